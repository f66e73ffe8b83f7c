#include "protocols/software.h"

#include <string.h>

/* Words of greetings, as each server has them from its maker. */
static const struct {
	const char *word;
	const char *software;
} greetings[] = {
	{ "Postfix", "Postfix" },
	{ "Exim", "Exim" },
	{ "Sendmail", "Sendmail" },
	{ "OpenSMTPD", "OpenSMTPD" },
	{ "Microsoft ESMTP MAIL Service", "Microsoft ESMTP" }, /* Exchange and IIS */
	{ "Microsoft Exchange", "Microsoft Exchange" },
	{ "mailfront", "mailfront" },
	{ "qpsmtpd", "qpsmtpd" },
	{ "Courier", "Courier" },
	{ "Haraka", "Haraka" },
	{ "hMailServer", "hMailServer" },
	{ "MDaemon", "MDaemon" },
	{ "MailEnable", "MailEnable" },
	{ "IceWarp", "IceWarp" },
	{ "CommuniGate Pro", "CommuniGate Pro" },
	{ "Kerio", "Kerio" },
	{ "Lotus Domino", "Domino" },
	{ "IBM Domino", "Domino" },
	{ "HCL Domino", "Domino" },
	{ "GroupWise", "GroupWise" },
	{ "Mercury/32", "Mercury" },
	{ "JAMES SMTP Server", "Apache James" },
	{ "Stalwart", "Stalwart" },
	{ "PowerMTA", "PowerMTA" },
	{ "MailHog", "MailHog" },
	{ "Dovecot", "Dovecot" },
	{ "Cyrus", "Cyrus" },
	{ "gsmtp", "Google" },
};

enum where { AT_FRONT, ANYWHERE };

/* Words of replies, behind the enhanced code; # stands for a number. The first that fits counts. */
static const struct {
	uint16_t code; /* 0: any, and QMTP and QMQP */
	enum where where;
	const char *pattern;
	const char *software;
} replies[] = {
	{ 0, AT_FRONT, "ok # qp #", "qmail" },
	{ 0, ANYWHERE, "list of allowed rcpthosts (#5.7.1)", "qmail" },
	{ 0, AT_FRONT, "Ok: queued as ", "Postfix" },
	{ 0, ANYWHERE, ">: Relay access denied", "Postfix" },
	{ 0, ANYWHERE, ">: Recipient address rejected: ", "Postfix" },
	{ 0, ANYWHERE, "] is not authorized to use this service", "Postfix" }, /* qmqpd */
	{ 0, AT_FRONT, "netstring format error while receiving QMQP", "Postfix" },
	{ 0, AT_FRONT, "netstring length exceeds storage limit while", "Postfix" },
	{ 0, AT_FRONT, "OK id=", "Exim" },
	{ 550, AT_FRONT, "relay not permitted", "Exim" },
	{ 0, AT_FRONT, "Destination address valid: Recipient ok", "OpenSMTPD" },
	{ 0, ANYWHERE, "... Recipient ok", "Sendmail" },
	{ 0, ANYWHERE, "... Relaying denied", "Sendmail" },
	{ 0, ANYWHERE, " [InternalId=", "Microsoft Exchange" },
	{ 0, ANYWHERE, "Unable to relay recipient in non-accepted domain", "Microsoft Exchange" },
	{ 0, AT_FRONT, "Accepted message qp # bytes #", "mailfront" },
	{ 0, AT_FRONT, "Mail system is not configured to accept that recipient", "mailfront" },
	{ 0, AT_FRONT, "Message Queued (", "Haraka" },
	{ 250, AT_FRONT, "Queued (#.# seconds)", "hMailServer" },
	{ 513, AT_FRONT, "Relaying denied.", "Courier" },
};

static bool is_word_byte(uint8_t byte)
{
	return ascii_is_alpha(byte) || ascii_is_digit(byte);
}

/* A word that stands by itself. */
static bool holds_word(struct span text, const char *word)
{
	size_t length = strlen(word);
	size_t at = 0;

	for (;;) {
		struct span rest = span_part(text, at, SIZE_MAX);
		size_t found = span_find_nocase(rest, word);

		if (found == SPAN_NOT_FOUND)
			return false;
		at += found;
		if ((at == 0 || !is_word_byte(text.data[at - 1])) &&
		    (at + length == text.length || !is_word_byte(text.data[at + length])))
			return true;
		at++;
	}
}

/* The host's name is the first word, and may hold anything. */
const char *software_of_greeting(struct span text)
{
	size_t name_length = span_find_byte(text, ' ');
	struct span words;

	if (name_length == SPAN_NOT_FOUND)
		return NULL;
	words = span_part(text, name_length, SIZE_MAX);
	for (size_t i = 0; i < ARRAY_COUNT(greetings); i++)
		if (holds_word(words, greetings[i].word))
			return greetings[i].software;
	return NULL;
}

static size_t number_length(struct span text)
{
	size_t length = 0;

	while (length < text.length && ascii_is_digit(text.data[length]))
		length++;
	return length;
}

/* Does the text begin so? */
static bool begins(struct span text, const char *pattern)
{
	size_t at = 0;

	for (const char *p = pattern; *p != '\0'; p++) {
		struct span rest = span_part(text, at, SIZE_MAX);
		size_t step = 1;

		if (rest.length == 0)
			return false;
		/* "(#5.7.1)" is qmail's own number sign. */
		if (*p == '#' && rest.data[0] != '#')
			step = number_length(rest);
		else if (rest.data[0] != (uint8_t)*p)
			return false;
		if (step == 0)
			return false;
		at += step;
	}
	return true;
}

static bool fits(struct span text, const char *pattern, enum where where)
{
	size_t last = where == AT_FRONT || text.length == 0 ? 0 : text.length - 1;

	for (size_t at = 0; at <= last; at++)
		if (begins(span_part(text, at, SIZE_MAX), pattern))
			return true;
	return false;
}

/* "5.7.1 " in front of the words (RFC 2034, 4). */
static struct span without_enhanced_code(struct span text)
{
	size_t length = 0;

	while (length < text.length &&
	       (ascii_is_digit(text.data[length]) || text.data[length] == '.'))
		length++;
	if (length < 5 || length == text.length || text.data[length] != ' ')
		return text;
	return span_part(text, length + 1, SIZE_MAX);
}

/* The words of a reply. */
const char *software_of_reply(const struct fact_reply *reply)
{
	struct span text = without_enhanced_code(reply->text);

	for (size_t i = 0; i < ARRAY_COUNT(replies); i++)
		if ((replies[i].code == 0 || replies[i].code == reply->code) &&
		    fits(text, replies[i].pattern, replies[i].where))
			return replies[i].software;
	return NULL;
}
