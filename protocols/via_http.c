#include "protocols/via.h"

#include <string.h>

/*
 * CONNECT host:port HTTP/1.x CRLF *( field CRLF ) CRLF, and a status line with fields (RFC 9112, 2
 * to 5; a bare LF is taken for a line end, as 2.2 allows). 2xx: what follows the fields is the
 * tunnel's. 1xx: another answer follows. Else the proxy said no; after 407 its client asks again.
 */

enum asking { ASK_LINE, ASK_FIELDS };
enum answering { ANSWER_LINE, ANSWER_FIELDS };

static const char method[] = "CONNECT ";
static const char version[] = "HTTP/1.";
static const char credentials[] = "Proxy-Authorization:";

/* Decimal digits alone, and a port. */
static bool read_port(struct span digits, uint16_t *out)
{
	uint32_t port = 0;

	if (digits.length == 0 || digits.length > 5)
		return false;
	for (size_t i = 0; i < digits.length; i++) {
		if (!ascii_is_digit(digits.data[i]))
			return false;
		port = port * 10 + (uint32_t)(digits.data[i] - '0');
	}
	*out = (uint16_t)port;
	return port > 0 && port <= UINT16_MAX;
}

static bool read_line(struct via *via, struct span line)
{
	struct span rest = span_part(line, sizeof(method) - 1, SIZE_MAX);
	size_t blank = span_find_byte(rest, ' ');
	struct span target = span_part(rest, 0, blank);
	size_t colon = span_find_last_byte(target, ':');
	size_t login = span_find_last_byte(target, '@');
	uint16_t port;
	if (blank == SPAN_NOT_FOUND || colon == SPAN_NOT_FOUND ||
	    !span_starts_nocase(span_part(rest, blank + 1, SIZE_MAX), version) ||
	    !read_port(span_part(target, colon + 1, SIZE_MAX), &port))
		return false;
	target = span_part(target, 0, colon);
	if (login == SPAN_NOT_FOUND)
		return via_set_target(via, target, port);
	/* A name and a password (RFC 3986, 3.2.1). */
	via->login_offered = true;
	return via_set_target(via, span_part(target, login + 1, SIZE_MAX), port);
}

static bool is_end(struct span line)
{
	return line.length == 0 || (line.length == 1 && line.data[0] == '\r');
}

/* A line is whole. */
static enum via_verdict ask_line(struct via *via)
{
	struct span line = span_of(via->ask, via->ask_length);

	via->ask_length = 0;
	if (via->asking == ASK_LINE) {
		via->asking = ASK_FIELDS;
		return read_line(via, line) ? VIA_MORE : VIA_NONE;
	}
	if (span_starts_nocase(line, credentials))
		via->login_offered = true;
	via->asked = is_end(line);
	return VIA_MORE;
}

/* After a no: the client may ask once more. */
static void ask_again(struct via *via)
{
	via->refused = via->asked = via->login_offered = false;
	via->asking = ASK_LINE;
	via->answering = ANSWER_LINE;
	via->ask_length = via->answer_length = 0;
}

/* One byte of its client's. */
enum via_verdict via_http_ask(struct via *via, uint8_t byte)
{
	/* Of a field no more is kept than tells its name: its value may be a secret. */
	size_t kept = via->asking == ASK_LINE ? sizeof(via->ask) : sizeof(credentials) - 1;

	if (via->refused)
		ask_again(via);
	if (byte == '\n')
		return ask_line(via);
	if (via->asking == ASK_LINE && via->ask_length < sizeof(method) - 1 &&
	    ascii_lower(byte) != ascii_lower((uint8_t)method[via->ask_length]))
		return VIA_NONE;
	if (via->ask_length < kept)
		via->ask[via->ask_length++] = byte;
	else if (via->asking == ASK_LINE)
		return VIA_NONE;
	return VIA_MORE;
}

/* The fields are over: the code counts. */
static enum via_verdict answered(struct via *via)
{
	uint8_t digit = via->answer[sizeof(version) + 1];

	via->answering = ANSWER_LINE;
	via->answer_length = 0;
	if (digit == '1')
		return VIA_MORE;
	if (digit == '2') {
		if (via->login_offered)
			via->login = via->login_wanted ? VIA_LOGIN_TAKEN : VIA_LOGIN_OFFERED;
		return via->asked ? VIA_THROUGH : VIA_NONE;
	}
	via->login_wanted = via->login_wanted ||
			    memcmp(via->answer + sizeof(version) + 1, "407", 3) == 0;
	via->refused = true;
	return via->asked ? VIA_MORE : VIA_NONE;
}

/* "HTTP/1.1 200": the version's digit, a blank, three digits. */
static bool status_fits(const struct via *via)
{
	const uint8_t *code = via->answer + sizeof(version) + 1;

	return via->answer_length >= VIA_ANSWER_MAX && code[-1] == ' ' && code[0] >= '1' &&
	       code[0] <= '5' && ascii_is_digit(code[1]) && ascii_is_digit(code[2]);
}

/* One byte of the proxy's. */
enum via_verdict via_http_answer(struct via *via, uint8_t byte)
{
	if (via->refused) /* the page that says why */
		return VIA_MORE;
	if (via->answering == ANSWER_FIELDS) {
		if (byte == '\n' && !via->in_field)
			return answered(via);
		if (byte != '\r')
			via->in_field = byte != '\n';
		return VIA_MORE;
	}
	if (via->answer_length < sizeof(version) - 1 &&
	    byte != (uint8_t)version[via->answer_length])
		return VIA_NONE;
	if (byte == '\n') {
		via->answering = ANSWER_FIELDS;
		via->in_field = false;
		return status_fits(via) ? VIA_MORE : VIA_NONE;
	}
	if (via->answer_length < sizeof(via->answer))
		via->answer[via->answer_length++] = byte;
	via->sure = via->sure || via->answer_length >= sizeof(version) - 1;
	return VIA_MORE;
}
