#include "protocols/reply.h"

#include <string.h>

#define TEXT_COUNTED_BYTES 512

/*
 * What the words mean. The first phrase that the text holds decides, so what quotes another
 * reply (a callout) or speaks of the sender stands before what it may quote. The text is
 * compared in lower case, runs of blanks as one, addresses left out. PROTOCOLS 3.5.
 */
struct phrase {
	const char *text;
	const char *and_text; /* must be there too, anywhere; NULL: nothing more */
	enum reply_class reply_class;
};

static const struct phrase phrases[] = {
	/* The sender, also where a callout about it is quoted. */
	{ "sender address rejected", NULL, REPLY_SENDER_REFUSED }, /* Postfix */
	{ "badmailfrom", NULL, REPLY_SENDER_REFUSED },             /* qmail */
	{ "unacceptable sender", NULL, REPLY_SENDER_REFUSED },     /* qmail-qmtpd */
	{ "sender verify failed", NULL, REPLY_SENDER_REFUSED },    /* Exim */
	{ "sender", "does not exist", REPLY_SENDER_REFUSED },
	{ "domain of sender address", NULL, REPLY_SENDER_REFUSED }, /* sendmail */
	{ "not owned by user", NULL, REPLY_SENDER_REFUSED },
	/* The recipient, by a callout. */
	{ "unverified address", NULL, REPLY_USER_UNVERIFIED },
	{ "undeliverable address", NULL, REPLY_USER_UNVERIFIED },
	/* Block lists and reputation; they may name a relay ("open relay listed"). */
	{ "blocked using", NULL, REPLY_BLOCKED },
	{ "client host rejected", NULL, REPLY_BLOCKED },
	{ "helo command rejected: need fully-qualified", NULL, REPLY_SYNTAX },
	{ "helo command rejected", NULL, REPLY_BLOCKED },
	{ "spamhaus", NULL, REPLY_BLOCKED },
	{ "sophos.com/security", NULL, REPLY_BLOCKED },
	{ "spamcop.net", NULL, REPLY_BLOCKED },
	{ "cbl.abuseat.org", NULL, REPLY_BLOCKED },
	{ "sorbs.net", NULL, REPLY_BLOCKED },
	{ "bsn.borderware.com", NULL, REPLY_BLOCKED },
	{ "mail-abuse.com", NULL, REPLY_BLOCKED },
	{ "barracudacentral", NULL, REPLY_BLOCKED },
	{ "psbl.surriel.com", NULL, REPLY_BLOCKED },
	{ "antispam.imp.ch", NULL, REPLY_BLOCKED },
	{ "rbl.knology.net", NULL, REPLY_BLOCKED },
	{ "intercept.datapacket.net", NULL, REPLY_BLOCKED },
	{ "uceprotect.net", NULL, REPLY_BLOCKED },
	{ "hostkarma.junkemailfilter", NULL, REPLY_BLOCKED },
	{ "blacklist", NULL, REPLY_BLOCKED },
	{ "block list", NULL, REPLY_BLOCKED },
	{ "blocklist", NULL, REPLY_BLOCKED },
	{ "listed at", NULL, REPLY_BLOCKED },
	/* An unknown user whom the words of a relay would hide. */
	{ "user unknown", NULL, REPLY_USER_UNKNOWN }, /* "in relay recipient table" */
	/* Relaying. */
	{ "access denied", "relay", REPLY_RELAY_DENIED }, /* Postfix, Exchange Online */
	{ "relay", "denied", REPLY_RELAY_DENIED },        /* sendmail, Courier */
	{ "relay", "not permitted", REPLY_RELAY_DENIED }, /* Exim */
	{ "relay", "not allowed", REPLY_RELAY_DENIED },
	{ "relay", "prohibited", REPLY_RELAY_DENIED },
	{ "relay", "unable to", REPLY_RELAY_DENIED }, /* Exchange */
	{ "relay", "do not", REPLY_RELAY_DENIED },
	{ "relay", "don't", REPLY_RELAY_DENIED },
	{ "relay", "cannot", REPLY_RELAY_DENIED },
	{ "relay", "rejected", REPLY_RELAY_DENIED }, /* Domino */
	{ "not configured to relay", NULL, REPLY_RELAY_DENIED },
	{ "no relay", NULL, REPLY_RELAY_DENIED },
	{ "uucp addressing denied", NULL, REPLY_RELAY_DENIED },             /* Barricade MX */
	{ "rcpthosts", NULL, REPLY_RELAY_DENIED },                          /* qmail */
	{ "non-accepted domain", NULL, REPLY_RELAY_DENIED },                /* Exchange */
	{ "tenantattribution", NULL, REPLY_RELAY_DENIED },                  /* Exchange Online */
	{ "not authorized to use this service", NULL, REPLY_RELAY_DENIED }, /* Postfix qmqpd */
	{ "i cannot deliver mail for", NULL, REPLY_RELAY_DENIED },          /* Haraka */
	{ "restricted characters in", NULL, REPLY_RELAY_DENIED },           /* Exim, a trick */
	{ "delivery is not allowed to this address", NULL, REPLY_RELAY_DENIED }, /* hMailServer */
	{ "we don't handle mail for", NULL, REPLY_RELAY_DENIED },
	{ "we do not handle mail for", NULL, REPLY_RELAY_DENIED },
	{ "has non-existant domain", NULL, REPLY_RELAY_DENIED },
	{ "user not local", NULL, REPLY_RELAY_DENIED }, /* RFC 5321, 4.2.3 */
	/* One text for a foreign domain and for an unknown user. */
	{ "invalid recipient", NULL, REPLY_RELAY_OR_USER },                       /* OpenSMTPD */
	{ "not configured to accept that recipient", NULL, REPLY_RELAY_OR_USER }, /* mailfront */
	/* Authentication. */
	{ "too many auth", NULL, REPLY_LIMITED },
	{ "not logged in", NULL, REPLY_AUTH_REQUIRED },
	{ "not authenticated", NULL, REPLY_AUTH_REQUIRED },          /* Exchange */
	{ "must issue an auth command", NULL, REPLY_AUTH_REQUIRED }, /* OpenSMTPD */
	{ "must authenticate", NULL, REPLY_AUTH_REQUIRED },          /* mailfront */
	{ "authentication required", NULL, REPLY_AUTH_REQUIRED },
	{ "requires authentication", NULL, REPLY_AUTH_REQUIRED }, /* MailEnable */
	{ "use smtp auth", NULL, REPLY_AUTH_REQUIRED },
	/* Users. */
	{ "unknown user", NULL, REPLY_USER_UNKNOWN }, /* Exim */
	{ "no such user", NULL, REPLY_USER_UNKNOWN },
	{ "no such recipient", NULL, REPLY_USER_UNKNOWN },
	{ "no such mailbox", NULL, REPLY_USER_UNKNOWN },
	{ "no mailbox here", NULL, REPLY_USER_UNKNOWN }, /* qmail */
	{ "mailbox unavailable", NULL, REPLY_USER_UNKNOWN },
	{ "mailbox not found", NULL, REPLY_USER_UNKNOWN },
	{ "mailbox disabled", NULL, REPLY_USER_UNKNOWN },
	{ "unrouteable address", NULL, REPLY_USER_UNKNOWN }, /* Exim */
	{ "unknown in", "recipient table", REPLY_USER_UNKNOWN },
	{ "does not exist", NULL, REPLY_USER_UNKNOWN },
	{ "doesn't exist", NULL, REPLY_USER_UNKNOWN },
	{ "unknown recipient", NULL, REPLY_USER_UNKNOWN },
	{ "recipient unknown", NULL, REPLY_USER_UNKNOWN },
	{ "recipient not found", NULL, REPLY_USER_UNKNOWN }, /* Exchange */
	{ "recipnotfound", NULL, REPLY_USER_UNKNOWN },
	{ "is not deliverable", NULL, REPLY_USER_UNKNOWN },
	/* Not now. */
	{ "service currently unavailable", NULL, REPLY_GREYLISTED }, /* postscreen */
	{ "greylist", NULL, REPLY_GREYLISTED },
	{ "graylist", NULL, REPLY_GREYLISTED },
	{ "grey listed", NULL, REPLY_GREYLISTED },
	/* Numbers and rates. */
	{ "too much mail from", NULL, REPLY_LIMITED },
	{ "too many hops", NULL, REPLY_CONTENT },
	{ "too many", NULL, REPLY_LIMITED },
	{ "receiving mail at a rate", NULL, REPLY_LIMITED }, /* Gmail */
	{ "unusual rate", NULL, REPLY_LIMITED },
	{ "rate limit", NULL, REPLY_LIMITED },
	{ "over quota", NULL, REPLY_LIMITED },
	{ "mailbox full", NULL, REPLY_LIMITED },
	{ "mailbox is full", NULL, REPLY_LIMITED },
	{ "weren't sent", NULL, REPLY_LIMITED },         /* Hotmail */
	{ "permanently deferred", NULL, REPLY_BLOCKED }, /* Yahoo */
	{ "temporarily deferred", NULL, REPLY_BLOCKED },
	/* The message. */
	{ "unsolicited mail", NULL, REPLY_CONTENT },
	{ "databytes", NULL, REPLY_CONTENT },
	{ "message too large", NULL, REPLY_CONTENT },
	{ "message size", NULL, REPLY_CONTENT },
	{ "is looping", NULL, REPLY_CONTENT },
	{ "content rejected", NULL, REPLY_CONTENT },
	{ "spam", NULL, REPLY_CONTENT },
	{ "virus", NULL, REPLY_CONTENT },
	/* The protocol. */
	{ "fully-qualified", NULL, REPLY_SYNTAX },
	{ "domain not found", NULL, REPLY_SYNTAX }, /* Postfix, of HELO names */
	{ "command pipelining", NULL, REPLY_SYNTAX },
	{ "synchronization", NULL, REPLY_SYNTAX },
	{ "protocol error", NULL, REPLY_SYNTAX },
	{ "syntax error", NULL, REPLY_SYNTAX },
	{ "bad syntax", NULL, REPLY_SYNTAX },
	{ "bad address syntax", NULL, REPLY_SYNTAX },
	{ "netstring", NULL, REPLY_SYNTAX }, /* Postfix qmqpd, mailfront */
	{ "addresses like that", NULL, REPLY_SYNTAX },
	{ "can't handle that recipient", NULL, REPLY_SYNTAX }, /* qmail-qmtpd */
	{ "i can break rules", NULL, REPLY_SYNTAX },           /* Postfix */
	{ "no recipients specified", NULL, REPLY_SYNTAX },
	{ "no valid recipients", NULL, REPLY_SYNTAX },
	{ "mail first", NULL, REPLY_SYNTAX },
	{ "rcpt first", NULL, REPLY_SYNTAX },
	{ "error: access denied", NULL, REPLY_BLOCKED }, /* Postfix */
};

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
	{ 421, REPLY_LIMITED },       { 452, REPLY_LIMITED }, { 500, REPLY_SYNTAX },
	{ 501, REPLY_SYNTAX },        { 502, REPLY_SYNTAX },  { 503, REPLY_SYNTAX },
	{ 504, REPLY_SYNTAX },        { 521, REPLY_BLOCKED }, { 530, REPLY_AUTH_REQUIRED },
	{ 551, REPLY_RELAY_OR_USER }, { 552, REPLY_CONTENT }, { 555, REPLY_SYNTAX },
	{ 556, REPLY_RELAY_OR_USER }, /* RFC 7504: the domain does not accept mail */
};

/* Copy the text in lower case, blanks as one, what stands between < and > left out. */
static struct span normalise(struct span text, uint8_t out[TEXT_COUNTED_BYTES])
{
	bool inside = false;
	size_t n = 0, last_close;

	text = span_part(text, 0, TEXT_COUNTED_BYTES);
	last_close = span_find_last_byte(text, '>');
	for (size_t i = 0; i < text.length; i++) {
		uint8_t byte = ascii_lower(text.data[i]);

		if (byte == '<' && last_close != SPAN_NOT_FOUND && i < last_close)
			inside = true;
		if (inside) {
			inside = byte != '>';
			continue;
		}
		if (byte == '\t' || byte == '\r' || byte == '\n')
			byte = ' ';
		if (byte != ' ' || n == 0 || out[n - 1] != ' ')
			out[n++] = byte;
	}
	return span_of(out, n);
}

/* Leave out words with an @, which the client chose. */
static struct span without_addresses(struct span text, uint8_t *data)
{
	size_t n = 0, word = 0;
	bool address = false;

	for (size_t i = 0; i <= text.length; i++) {
		uint8_t byte = i < text.length ? text.data[i] : ' ';

		address = address || byte == '@';
		if (byte == ' ' && address) {
			n = word;
			address = false;
		}
		if (i < text.length)
			data[n++] = byte;
		if (byte == ' ')
			word = n;
	}
	return span_of(data, n);
}

/*
 * Which byte follows which, by the last five bits of each: they tell letters apart. A refusal is
 * held against the whole table, and most phrases have a pair that it has not.
 */
struct pairs {
	uint32_t followers[32];
};

static void find_pairs(struct span words, struct pairs *out)
{
	*out = (struct pairs){ { 0 } };
	for (size_t i = 1; i < words.length; i++)
		out->followers[words.data[i - 1] & 31] |= UINT32_C(1) << (words.data[i] & 31);
}

static bool has_pairs(const struct pairs *pairs, const char *text)
{
	for (; text[1] != '\0'; text++)
		if ((pairs->followers[text[0] & 31] >> (text[1] & 31) & 1) == 0)
			return false;
	return true;
}

/* Tell whether the words, in lower case, hold a text of ours. */
static bool holds(struct span words, const struct pairs *pairs, const char *text)
{
	return has_pairs(pairs, text) &&
	       memmem(words.data, words.length, text, strlen(text)) != NULL;
}

/* The class that the words tell, REPLY_NONE: none of the table's. */
static enum reply_class class_of_words(struct span text)
{
	uint8_t buffer[TEXT_COUNTED_BYTES];
	struct span words = without_addresses(normalise(text, buffer), buffer);
	struct pairs pairs;

	find_pairs(words, &pairs);
	for (size_t i = 0; i < ARRAY_COUNT(phrases); i++) {
		if (!holds(words, &pairs, phrases[i].text))
			continue;
		if (phrases[i].and_text == NULL || holds(words, &pairs, phrases[i].and_text))
			return phrases[i].reply_class;
	}
	return REPLY_NONE;
}

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
	struct span text = span_part(reply->text, 0, TEXT_COUNTED_BYTES);
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
	enum reply_class c = class_of_words(reply->text);

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
