#include "protocols/smtp_state.h"

#include "core/cursor.h"

#include <stdio.h>
#include <string.h>

/* PROXY, versions 1 and 2 (haproxy, doc/proxy-protocol.txt), and XCLIENT (Postfix). */

static const uint8_t signature[12] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
				       0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a };

#define HEADER_BYTES 16 /* signature, version and command, family, length */
#define ADDRESSES_MAX_BYTES 36

/* Cut the next word off. */
static struct span next_word(struct span *rest)
{
	size_t blank;
	struct span word;

	*rest = span_trim(*rest);
	blank = span_find_byte(*rest, ' ');
	word = span_part(*rest, 0, blank);
	*rest = span_part(*rest, word.length, SIZE_MAX);
	return word;
}

static bool read_address(struct span text, struct ip_address *out)
{
	char buffer[IP_TEXT_MAX];

	if (span_starts_nocase(text, "IPV6:"))
		text = span_part(text, 5, SIZE_MAX);
	if (text.length == 0 || text.length >= sizeof(buffer) ||
	    span_find_byte(text, '\0') != SPAN_NOT_FOUND)
		return false;
	memcpy(buffer, text.data, text.length);
	buffer[text.length] = '\0';
	return ip_address_parse(buffer, out) == RESULT_OK;
}

static uint16_t read_port(struct span text)
{
	uint32_t port = 0;

	for (size_t i = 0; i < text.length && i < 5 && ascii_is_digit(text.data[i]); i++)
		port = port * 10 + (uint32_t)(text.data[i] - '0');
	return port > UINT16_MAX ? 0 : (uint16_t)port;
}

/* PROXY TCP4 source destination source-port destination-port */
static bool read_v1(struct span line, struct ip_address *out_client, uint16_t *out_port)
{
	struct span rest = line, family, source;

	(void)next_word(&rest);
	family = next_word(&rest);
	source = next_word(&rest);
	(void)next_word(&rest);
	*out_port = read_port(next_word(&rest));
	if (!span_is_nocase(family, "TCP4") && !span_is_nocase(family, "TCP6"))
		return false;
	return read_address(source, out_client);
}

/* A PROXY line; only a server that does not know it answers it. */
bool smtp_proxy_line(struct smtp *s, struct span line)
{
	struct ip_address client;
	uint16_t port;

	if (!span_starts_nocase(line, "PROXY ") || s->proxied)
		return false;
	s->proxied = true;
	if (read_v1(line, &client, &port))
		session_set_claim(s->session, &client, port, false);
	line = span_part(line, 6, sizeof(s->argument));
	s->proxy_argument_length = line.length < sizeof(s->proxy_argument)
				       ? line.length
				       : sizeof(s->proxy_argument);
	memcpy(s->proxy_argument, line.data, s->proxy_argument_length);
	(void)smtp_await(s, AWAIT_PROXY, NULL, 0);
	return true;
}

/* What became of the PROXY header. */
void smtp_proxy_done(struct smtp *s, bool accepted, const struct fact_reply *reply)
{
	const struct fact_origin *origin = session_origin(s->session);
	struct ip_address client = origin->claimed_client;

	if (client.family != 0)
		session_set_claim(s->session, &client, origin->claimed_port, accepted);
	session_command(s->session, "PROXY", span_of(s->proxy_argument, s->proxy_argument_length),
			accepted, reply, s->now.time_ns, s->now.at);
}

/* Read a binary header that is whole, less what follows its addresses. */
static void read_v2(struct smtp *s, struct span header)
{
	struct cursor in = cursor_of(header);
	struct ip_address client = { 0 };
	uint8_t command, family;
	uint16_t length, port = 0;
	char text[IP_TEXT_MAX];

	cursor_skip(&in, sizeof(signature));
	command = cursor_u8(&in);
	family = cursor_u8(&in);
	length = cursor_be16(&in);
	if (family >> 4 == 1 && length >= 12)
		client = ip_address_v4(cursor_take(&in, 4).data);
	else if (family >> 4 == 2 && length >= 36)
		client = ip_address_v6(cursor_take(&in, 16).data);
	if (client.family != 0) {
		cursor_skip(&in, client.family == 4 ? 4 : 16);
		port = cursor_be16(&in);
	}
	if ((command & 15) == 1 && client.family != 0) {
		session_set_claim(s->session, &client, port, false);
		s->proxy_argument_length = (size_t)snprintf((char *)s->proxy_argument,
							    sizeof(s->proxy_argument), "%s %u",
							    ip_address_format(&client, text), port);
	} else {
		s->proxy_argument_length = (size_t)snprintf((char *)s->proxy_argument,
							    sizeof(s->proxy_argument), "LOCAL");
	}
	(void)smtp_await(s, AWAIT_PROXY, NULL, 0);
}

/* How many bytes of the header must be there before it can be read. */
static size_t v2_wanted(const struct smtp *s)
{
	size_t length;

	if (s->start_length < HEADER_BYTES)
		return HEADER_BYTES;
	length = (size_t)s->start[14] << 8 | s->start[15];
	return HEADER_BYTES + (length < ADDRESSES_MAX_BYTES ? length : ADDRESSES_MAX_BYTES);
}

/*
 * The client's first bytes: a binary PROXY header, or commands. What turns out to be no header
 * is read again as commands.
 */
size_t smtp_start_feed(struct smtp *s, struct span bytes)
{
	size_t used = 0;

	while (used < bytes.length && s->start_length < v2_wanted(s)) {
		uint8_t byte = bytes.data[used];

		if (s->start_length < sizeof(signature) && byte != signature[s->start_length]) {
			struct span begun = span_of(signature, s->start_length);

			s->mode = CLIENT_COMMAND;
			while (begun.length > 0)
				begun = span_part(begun, smtp_client_lines(s, begun), SIZE_MAX);
			return used;
		}
		s->start[s->start_length++] = byte;
		used++;
	}
	if (s->start_length < v2_wanted(s))
		return used;
	s->proxied = true;
	s->proxy_left_bytes = ((uint64_t)s->start[14] << 8 | s->start[15]) + HEADER_BYTES -
			      s->start_length;
	read_v2(s, span_of(s->start, s->start_length));
	s->mode = s->proxy_left_bytes > 0 ? CLIENT_PROXY : CLIENT_COMMAND;
	return used;
}

/* Pass over what follows the addresses of a binary header. */
size_t smtp_proxy_feed(struct smtp *s, struct span bytes)
{
	size_t used = bytes.length;

	if (used > s->proxy_left_bytes)
		used = (size_t)s->proxy_left_bytes;
	s->proxy_left_bytes -= used;
	if (s->proxy_left_bytes == 0)
		s->mode = CLIENT_COMMAND;
	return used;
}

/* XCLIENT NAME=value ...: the client's address and port. */
static bool read_xclient(struct span arguments, struct ip_address *out_client, uint16_t *out_port)
{
	bool found = false;

	*out_port = 0;
	while (arguments.length > 0) {
		struct span word = next_word(&arguments);

		if (span_starts_nocase(word, "ADDR="))
			found = read_address(span_part(word, 5, SIZE_MAX), out_client) || found;
		else if (span_starts_nocase(word, "PORT="))
			*out_port = read_port(span_part(word, 5, SIZE_MAX));
		arguments = span_trim(arguments);
	}
	return found;
}

/* 220: the session begins anew, for another client (Postfix, XCLIENT_README). */
void smtp_xclient_done(struct smtp *s, const struct fact_reply *reply)
{
	struct span arguments = span_of(s->argument, s->argument_length);
	bool accepted = reply != NULL && reply->code >= 200 && reply->code < 300;
	struct ip_address client;
	uint16_t port;

	if (accepted) {
		smtp_mail_end(s);
		if (read_xclient(arguments, &client, &port))
			session_set_claim(s->session, &client, port, true);
	}
	session_command(s->session, "XCLIENT", arguments, accepted, reply, s->now.time_ns,
			s->now.at);
}
