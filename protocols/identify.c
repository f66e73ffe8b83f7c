#include "protocols/identify.h"

#include "protocols/mail_port.h"
#include "protocols/netstring.h"
#include "protocols/via.h"

#include <string.h>

/* How a verb has to go on to be believed in the middle of a stream. */
enum verb_form { VERB_LINE, VERB_ARGUMENT };

static const struct {
	const char *verb;
	enum verb_form form;
} verbs[] = {
	{ "EHLO", VERB_ARGUMENT },                                  /* RFC 5321, 4.1.1 */
	{ "HELO", VERB_ARGUMENT },       { "LHLO", VERB_ARGUMENT }, /* RFC 2033, 4.1 */
	{ "MAIL FROM:", VERB_ARGUMENT }, { "RCPT TO:", VERB_ARGUMENT },
	{ "DATA", VERB_LINE },           { "BDAT", VERB_ARGUMENT }, /* RFC 3030, 2 */
	{ "RSET", VERB_LINE },           { "QUIT", VERB_LINE },
	{ "NOOP", VERB_LINE },           { "AUTH", VERB_ARGUMENT }, /* RFC 4954, 4 */
	{ "STARTTLS", VERB_LINE },                                  /* RFC 3207, 4 */
	{ "XCLIENT", VERB_ARGUMENT },    { "XFORWARD", VERB_ARGUMENT },
};

/* Believed at the start only: in the middle of a text they may be ordinary words. */
static const char *const start_verbs[] = {
	"MAIL", "RCPT", "VRFY", "EXPN", "HELP", "ETRN", "TURN", "ATRN", "X-ANONYMOUSTLS",
};

static const char *const http_methods[] = {
	"GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "CONNECT ", "DELETE ", "PRI * HTTP",
};

static const uint8_t proxy_v2[12] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
				      0x0a, 'Q',  'U',  'I',  'T',  0x0a };

enum match { MATCH_NO, MATCH_SHORT, MATCH_YES };

/* Compare the front of head with a word, without regard to case. */
static enum match match_word(struct span head, const char *word)
{
	size_t length, n;

	if (ascii_lower(head.data[0]) != ascii_lower((uint8_t)word[0]))
		return MATCH_NO;
	length = strlen(word);
	n = head.length < length ? head.length : length;
	if (!span_equal_nocase(span_of(head.data, n), span_of(word, n)))
		return MATCH_NO;
	return n < length ? MATCH_SHORT : MATCH_YES;
}

/* Compare the front of head with a verb and the byte that ends it. */
static enum match match_verb(struct span head, const char *verb, enum verb_form form, bool at_start)
{
	enum match match = match_word(head, verb);
	size_t length = strlen(verb);
	uint8_t next;

	if (match != MATCH_YES)
		return match;
	if (head.data[length - 1] == ':')
		return MATCH_YES;
	if (head.length == length)
		return MATCH_SHORT;
	next = head.data[length];
	if ((at_start || form == VERB_ARGUMENT) && (next == ' ' || next == '\t'))
		return MATCH_YES;
	if ((at_start || form == VERB_LINE) && (next == '\r' || next == '\n'))
		return MATCH_YES;
	return MATCH_NO;
}

/* Keep the better of two answers. */
static enum match either(enum match a, enum match b)
{
	return a > b ? a : b;
}

/* The letters that verbs begin with: most payloads that are no mail end here. */
static bool may_be_verb(uint8_t first)
{
	static const bool letters[256] = {
		['A'] = true, ['B'] = true, ['D'] = true, ['E'] = true, ['H'] = true, ['L'] = true,
		['M'] = true, ['N'] = true, ['Q'] = true, ['R'] = true, ['S'] = true, ['T'] = true,
		['V'] = true, ['X'] = true, ['a'] = true, ['b'] = true, ['d'] = true, ['e'] = true,
		['h'] = true, ['l'] = true, ['m'] = true, ['n'] = true, ['q'] = true, ['r'] = true,
		['s'] = true, ['t'] = true, ['v'] = true, ['x'] = true,
	};

	return letters[first];
}

static enum match match_command(struct span head, bool at_start)
{
	enum match best = MATCH_NO;

	if (!may_be_verb(head.data[0]))
		return MATCH_NO;
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
		best = either(best, match_verb(head, verbs[i].verb, verbs[i].form, at_start));
	if (!at_start)
		return best;
	for (size_t i = 0; i < ARRAY_COUNT(start_verbs); i++)
		best = either(best, match_verb(head, start_verbs[i], VERB_LINE, true));
	return best;
}

/* "PROXY " or the twelve bytes of version 2 (haproxy, proxy-protocol.txt, 2.1 and 2.2). */
static enum match match_proxy(struct span head)
{
	size_t n = head.length < sizeof(proxy_v2) ? head.length : sizeof(proxy_v2);

	if (memcmp(head.data, proxy_v2, n) == 0)
		return n < sizeof(proxy_v2) ? MATCH_SHORT : MATCH_YES;
	return match_word(head, "PROXY ");
}

/* A TLS record of type handshake whose first message is of this type (RFC 8446, 5.1 and 4). */
static enum match match_hello(struct span head, uint8_t handshake_type)
{
	const uint8_t *p = head.data;

	if (p[0] != 0x16 || (head.length > 1 && p[1] != 0x03) || (head.length > 2 && p[2] > 0x04))
		return MATCH_NO;
	if (head.length < 6)
		return MATCH_SHORT;
	return p[5] == handshake_type ? MATCH_YES : MATCH_NO;
}

/* The numbers of a QMQP request must fit each other; mailfront alone does not look. */
static bool qmqp_fits(const struct netstring_head *outer, const struct netstring_head *inner)
{
	/* "," of the message, "0:," for the sender, and no recipient is shorter than "1:x,". */
	return !outer->odd && !inner->odd &&
	       outer->length >= inner->length + inner->digits + 1 + 1 + 3 + 4;
}

/*
 * QMTP's message begins with the byte that names its line ends; QMQP's request is one netstring
 * around others, so that a second number follows the first.
 */
static enum payload_kind netstring_request(struct span head, bool at_start)
{
	struct netstring_head outer = { 0 };
	struct netstring_head inner = { 0 };
	struct cursor in = cursor_of(head);
	enum result r = netstring_head_read(&outer, &in);

	if (r == RESULT_BAD || outer.lenient)
		return PAYLOAD_OTHER;
	if (r == RESULT_MORE || cursor_done(&in))
		return PAYLOAD_SHORT;
	if (outer.length > 0 && (*in.at == '\n' || *in.at == '\r'))
		return PAYLOAD_QMTP;
	r = netstring_head_read(&inner, &in);
	if (r == RESULT_BAD || inner.lenient)
		return PAYLOAD_OTHER;
	if (r == RESULT_MORE)
		return PAYLOAD_SHORT;
	return at_start || qmqp_fits(&outer, &inner) ? PAYLOAD_QMQP : PAYLOAD_OTHER;
}

/* Tell what a client says. */
enum payload_kind identify_client(struct span head, bool at_start)
{
	enum match command, proxy = MATCH_NO, hello = MATCH_NO;

	if (head.length == 0)
		return PAYLOAD_SHORT;
	if (ascii_is_digit(head.data[0]))
		return netstring_request(head, at_start);
	command = match_command(head, at_start);
	if (command == MATCH_YES)
		return PAYLOAD_SMTP;
	if (at_start)
		proxy = match_proxy(head);
	if (proxy == MATCH_YES)
		return PAYLOAD_PROXY;
	if (at_start)
		hello = match_hello(head, 1);
	if (hello == MATCH_YES)
		return PAYLOAD_TLS;
	if (command == MATCH_SHORT || proxy == MATCH_SHORT || hello == MATCH_SHORT)
		return PAYLOAD_SHORT;
	return PAYLOAD_OTHER;
}

/* Three digits of a reply (RFC 5321, 4.2) and what may stand behind them. */
static enum payload_kind identify_reply(struct span head)
{
	const uint8_t *p = head.data;

	if (p[0] < '2' || p[0] > '5' || (head.length > 1 && !ascii_is_digit(p[1])) ||
	    (head.length > 2 && !ascii_is_digit(p[2])))
		return PAYLOAD_OTHER;
	if (head.length < 4)
		return PAYLOAD_SHORT;
	if (p[3] == ' ' || p[3] == '-' || p[3] == '\r' || p[3] == '\n')
		return PAYLOAD_SMTP;
	return PAYLOAD_OTHER;
}

static enum payload_kind identify_answer(struct span head)
{
	struct netstring_head length = { 0 };
	struct cursor in = cursor_of(head);
	enum result r = netstring_head_read(&length, &in);

	if (r == RESULT_BAD || length.lenient || (r == RESULT_OK && length.length == 0))
		return PAYLOAD_OTHER;
	if (r == RESULT_MORE || cursor_done(&in))
		return PAYLOAD_SHORT;
	if (*in.at == 'K' || *in.at == 'Z' || *in.at == 'D')
		return PAYLOAD_NETSTRING_ANSWER;
	return PAYLOAD_OTHER;
}

/* Tell what a server says. */
enum payload_kind identify_server(struct span head)
{
	enum payload_kind reply, answer;
	enum match hello;

	if (head.length == 0)
		return PAYLOAD_SHORT;
	if (!ascii_is_digit(head.data[0])) {
		hello = match_hello(head, 2);
		if (hello == MATCH_NO)
			return PAYLOAD_OTHER;
		return hello == MATCH_YES ? PAYLOAD_TLS : PAYLOAD_SHORT;
	}
	reply = identify_reply(head);
	if (reply == PAYLOAD_SMTP)
		return reply;
	answer = identify_answer(head);
	if (answer == PAYLOAD_NETSTRING_ANSWER)
		return answer;
	return reply == PAYLOAD_SHORT || answer == PAYLOAD_SHORT ? PAYLOAD_SHORT : PAYLOAD_OTHER;
}

/* Tell a request of HTTP by its method. */
bool identify_is_http(struct span head)
{
	for (size_t i = 0; i < ARRAY_COUNT(http_methods); i++)
		if (span_starts_nocase(head, http_methods[i]))
			return true;
	return false;
}

/* Less than a method yet. */
bool identify_may_be_http(struct span head)
{
	for (size_t i = 0; i < ARRAY_COUNT(http_methods) && head.length > 0; i++)
		if (match_word(head, http_methods[i]) == MATCH_SHORT)
			return true;
	return false;
}

/* On a port that says nothing, an answer must be there whole. */
static bool answer_fits(struct span payload)
{
	struct netstring_head length = { 0 };
	struct cursor in = cursor_of(payload);

	return netstring_head_read(&length, &in) == RESULT_OK && !length.odd &&
	       length.length < cursor_left(&in) && in.at[length.length] == ',';
}

/* Look at a payload on a port that says nothing. Most are told by their first byte. */
static enum first_look look_at_content(struct span payload)
{
	struct span head = span_part(payload, 0, IDENTIFY_HEAD_MAX);
	bool midway;

	switch (identify_client(head, false)) {
	case PAYLOAD_SMTP:
	case PAYLOAD_QMTP:
	case PAYLOAD_QMQP:
		return LOOK_SENDER_IS_CLIENT;
	case PAYLOAD_SHORT:
	case PAYLOAD_PROXY:
	case PAYLOAD_NETSTRING_ANSWER:
	case PAYLOAD_TLS:
	case PAYLOAD_OTHER:
		break;
	}
	if (match_proxy(head) == MATCH_YES)
		return LOOK_SENDER_IS_CLIENT;
	if (via_begins(payload.data[0]) && via_is_request(payload, &midway))
		return midway ? LOOK_CLIENT_GOES_ON : LOOK_SENDER_IS_CLIENT;
	if (span_starts_nocase(head, "220 ") || span_starts_nocase(head, "220-"))
		return LOOK_SENDER_IS_SERVER;
	if (identify_answer(head) == PAYLOAD_NETSTRING_ANSWER && answer_fits(payload))
		return LOOK_SENDER_IS_SERVER;
	return LOOK_NOT_MAIL;
}

/* Tell whether a segment without a flow is to open one. */
enum first_look identify_segment(const struct segment *segment)
{
	bool from = mail_port_find(segment->source_port) != NULL;
	bool to = mail_port_find(segment->destination_port) != NULL;
	enum first_look look;

	if (from != to)
		return LOOK_MAIL_PORT;
	if (segment->payload.length == 0)
		return from ? LOOK_MAIL_PORT : LOOK_NOT_MAIL;
	look = look_at_content(segment->payload);
	return from && look == LOOK_NOT_MAIL ? LOOK_MAIL_PORT : look;
}
