#include "protocols/reply.h"

#include "protocols/reply_words.h"

#include <string.h>

/* RFC 3463 and the registry that follows it; class digit apart. More digits come first. */
struct enhanced_meaning {
	const char *code; /* without the class digit; ends in '.' : the whole subject */
	enum reply_class reply_class;
};

static const struct enhanced_meaning enhanced_meanings[] = {
	{ "7.54", REPLY_RELAY_DENIED },                              /* Exchange */
	{ "7.64", REPLY_RELAY_DENIED },                              /* Exchange Online */
	{ "7.57", REPLY_AUTH_REQUIRED },                             /* Exchange */
	{ "7.3", REPLY_AUTH_REQUIRED },   { "7.25", REPLY_BLOCKED }, /* RFC 7372: reverse name */
	{ "7.28", REPLY_LIMITED },                                   /* Gmail */
	{ "7.26", REPLY_CONTENT },        /* RFC 7372: authentication checks */
	{ "7.27", REPLY_SENDER_REFUSED }, /* RFC 7505: the sender's null MX */
	{ "1.1", REPLY_USER_UNKNOWN },    /* bad destination mailbox */
	{ "1.10", REPLY_POLICY_UNKNOWN }, /* RFC 7505: the recipient's null MX */
	{ "1.3", REPLY_SYNTAX },          /* bad destination syntax */
	{ "1.6", REPLY_USER_UNKNOWN },    /* has moved */
	{ "1.7", REPLY_SENDER_REFUSED },  /* bad sender syntax */
	{ "1.8", REPLY_SENDER_REFUSED },  /* bad sender system */
	{ "2.1", REPLY_USER_UNKNOWN },    /* disabled */
	{ "2.2", REPLY_LIMITED },         /* full */
	{ "2.3", REPLY_CONTENT },         /* too long */
	{ "3.4", REPLY_CONTENT },         /* too big */
	{ "4.6", REPLY_CONTENT },         /* loop */
	{ "5.3", REPLY_LIMITED },         /* too many recipients */
	{ "5.", REPLY_SYNTAX },           { "6.", REPLY_CONTENT },
};

struct code_meaning {
	uint16_t code;
	enum reply_class reply_class;
};

static const struct code_meaning code_meanings[] = {
	{ 421, REPLY_LIMITED },
	{ 452, REPLY_LIMITED },
	{ 500, REPLY_SYNTAX },
	{ 501, REPLY_SYNTAX },
	{ 502, REPLY_SYNTAX },
	{ 503, REPLY_SYNTAX },
	{ 504, REPLY_SYNTAX },
	{ 521, REPLY_BLOCKED },
	{ 530, REPLY_AUTH_REQUIRED },
	{ 551, REPLY_RELAY_OR_USER },
	{ 552, REPLY_CONTENT },
	{ 555, REPLY_SYNTAX },
	/* RFC 7504: the domain takes no mail from anybody. An open relay says so as well. */
	{ 556, REPLY_POLICY_UNKNOWN },
};

/* The class that the enhanced code tells. */
static enum reply_class class_of_enhanced(const char *enhanced)
{
	const char *rest = enhanced[0] == '\0' ? "" : enhanced + 2;

	for (size_t i = 0; i < ARRAY_COUNT(enhanced_meanings); i++) {
		const char *code = enhanced_meanings[i].code;
		size_t length = strlen(code);

		if (strcmp(rest, code) == 0 ||
		    (code[length - 1] == '.' && strncmp(rest, code, length) == 0))
			return enhanced_meanings[i].reply_class;
	}
	return REPLY_NONE;
}

static enum reply_class class_of_code(uint16_t code)
{
	for (size_t i = 0; i < ARRAY_COUNT(code_meanings); i++)
		if (code_meanings[i].code == code)
			return code_meanings[i].reply_class;
	return REPLY_NONE;
}

/* Read one to three digits. */
static bool take_number(struct span text, size_t *at)
{
	size_t start = *at;

	while (*at < text.length && *at < start + 3 && ascii_is_digit(text.data[*at]))
		(*at)++;
	return *at > start;
}

/* Read "5.7.1" at a place; its length, 0: there is none. */
static size_t enhanced_length(struct span text, size_t start)
{
	size_t at = start + 1;

	if (start >= text.length || text.data[start] < '2' || text.data[start] > '5')
		return 0;
	for (int part = 0; part < 2; part++) {
		if (at >= text.length || text.data[at] != '.')
			return 0;
		at++;
		if (!take_number(text, &at))
			return 0;
	}
	if (at < text.length && (ascii_is_digit(text.data[at]) || text.data[at] == '.'))
		return 0;
	return at - start;
}

/* Find the enhanced code: at the front (RFC 2034), or qmail's "(#5.7.1)" anywhere. */
static void find_enhanced(struct fact_reply *reply)
{
	struct span text = span_part(reply->text, 0, REPLY_WORDS_BYTES);
	size_t start = 0, length, mark;

	while (start < text.length && text.data[start] == ' ')
		start++;
	length = enhanced_length(text, start);
	mark = length == 0 ? span_find_byte(text, '#') : SPAN_NOT_FOUND;
	if (mark != SPAN_NOT_FOUND) {
		start = mark + 1;
		length = enhanced_length(text, start);
	}
	reply->enhanced[0] = '\0';
	if (length == 0 || length >= sizeof(reply->enhanced))
		return;
	memcpy(reply->enhanced, text.data + start, length);
	reply->enhanced[length] = '\0';
}

static bool is_positive(const struct fact_reply *reply)
{
	return reply->letter == 'K' || (reply->code >= 200 && reply->code < 300);
}

static bool is_temporary(const struct fact_reply *reply)
{
	return reply->letter == 'Z' || (reply->code >= 400 && reply->code < 500);
}

static bool is_permanent(const struct fact_reply *reply)
{
	return reply->letter == 'D' || (reply->code >= 500 && reply->code < 600);
}

/* Words before enhanced code before code. */
static enum reply_class class_of_refusal(const struct fact_reply *reply)
{
	enum reply_class c = reply_words_class(reply->text);

	if (c == REPLY_NONE)
		c = class_of_enhanced(reply->enhanced);
	if (c == REPLY_NONE)
		c = class_of_code(reply->code);
	if (c == REPLY_GREYLISTED && is_permanent(reply))
		c = REPLY_BLOCKED; /* postscreen has one text for both */
	if (c == REPLY_NONE)
		c = is_temporary(reply) ? REPLY_TEMPORARY_UNKNOWN : REPLY_POLICY_UNKNOWN;
	return c;
}

/* Say what a reply means. */
void reply_classify(struct fact_reply *reply)
{
	find_enhanced(reply);
	if (is_positive(reply))
		reply->reply_class = REPLY_POSITIVE;
	else if (reply->code >= 300 && reply->code < 400)
		reply->reply_class = REPLY_INTERMEDIATE;
	else if (is_temporary(reply) || is_permanent(reply))
		reply->reply_class = class_of_refusal(reply);
	else
		reply->reply_class = REPLY_NONE;
}

/* Say it, unless that was done. */
void reply_classify_once(struct fact_reply *reply)
{
	if (reply->reply_class == REPLY_NONE)
		reply_classify(reply);
}

/* What the reply to a recipient says of it. */
enum recipient_verdict reply_recipient_verdict(const struct fact_reply *reply)
{
	if (is_positive(reply))
		return RECIPIENT_ACCEPTED;
	if (!is_temporary(reply) && !is_permanent(reply))
		return RECIPIENT_UNKNOWN;
	if (reply->reply_class == REPLY_RELAY_DENIED)
		return RECIPIENT_DENIED_RELAY;
	if (is_temporary(reply))
		return RECIPIENT_TEMPFAIL;
	switch (reply->reply_class) {
	case REPLY_AUTH_REQUIRED: /* a detector, which knows whose domain it is, may differ */
	case REPLY_RELAY_OR_USER:
		return RECIPIENT_DENIED_RELAY;
	case REPLY_USER_UNKNOWN:
	case REPLY_USER_UNVERIFIED:
		return RECIPIENT_DENIED_USER;
	case REPLY_NONE:
	case REPLY_POSITIVE:
	case REPLY_INTERMEDIATE:
	case REPLY_RELAY_DENIED:
	case REPLY_BLOCKED:
	case REPLY_GREYLISTED:
	case REPLY_LIMITED:
	case REPLY_SENDER_REFUSED:
	case REPLY_CONTENT:
	case REPLY_SYNTAX:
	case REPLY_POLICY_UNKNOWN:
	case REPLY_TEMPORARY_UNKNOWN:
		break;
	}
	return RECIPIENT_DENIED_POLICY;
}

/* What the reply to a message says of it. */
enum outcome reply_outcome(const struct fact_reply *reply)
{
	if (is_positive(reply))
		return OUTCOME_ACCEPTED;
	if (is_temporary(reply))
		return OUTCOME_TEMPFAIL;
	if (is_permanent(reply))
		return OUTCOME_REJECTED;
	return OUTCOME_UNKNOWN;
}
