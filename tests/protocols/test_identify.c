/* First bytes, whole and in every shorter front: what a few bytes tell stays told with more. */
#include "protocols/identify.h"

#include <criterion/criterion.h>
#include <string.h>

/* The length is of the literal, which may hold NUL. */
#define BYTES(text) text, sizeof(text) - 1

struct client_case {
	const char *bytes;
	size_t length;
	enum payload_kind at_start;
	enum payload_kind inside; /* where it may be the middle of a text */
};

#define PROXY_2 "\r\n\r\n\0\r\nQUIT\n"
#define CLIENT_HELLO "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
#define SERVER_HELLO "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"

static const struct client_case clients[] = {
	{ BYTES("EHLO c\r\n"), PAYLOAD_SMTP, PAYLOAD_SMTP },
	{ BYTES("helo c\r\n"), PAYLOAD_SMTP, PAYLOAD_SMTP },
	{ BYTES("LHLO c\r\n"), PAYLOAD_SMTP, PAYLOAD_SMTP },
	{ BYTES("Mail From:<a@b>"), PAYLOAD_SMTP, PAYLOAD_SMTP },
	{ BYTES("RCPT TO:<a@b>"), PAYLOAD_SMTP, PAYLOAD_SMTP },
	{ BYTES("BDAT 10 LAST\r\n"), PAYLOAD_SMTP, PAYLOAD_SMTP },
	{ BYTES("XCLIENT ADDR=192.0.2.1\r\n"), PAYLOAD_SMTP, PAYLOAD_SMTP },
	{ BYTES("QUIT\r\n"), PAYLOAD_SMTP, PAYLOAD_SMTP },
	{ BYTES("DATA\n"), PAYLOAD_SMTP, PAYLOAD_SMTP },
	/* Ordinary words inside a text. */
	{ BYTES("DATA are given below"), PAYLOAD_SMTP, PAYLOAD_OTHER },
	{ BYTES("HELP\r\n"), PAYLOAD_SMTP, PAYLOAD_OTHER },
	{ BYTES("VRFY a\r\n"), PAYLOAD_SMTP, PAYLOAD_OTHER },
	{ BYTES("MAIL\r\n"), PAYLOAD_SMTP, PAYLOAD_OTHER },
	{ BYTES("EHLOX c\r\n"), PAYLOAD_OTHER, PAYLOAD_OTHER },
	{ BYTES("EHL"), PAYLOAD_SHORT, PAYLOAD_SHORT },
	{ BYTES("QUIT"), PAYLOAD_SHORT, PAYLOAD_SHORT },
	/* In front of SMTP (haproxy, proxy-protocol.txt, 2). */
	{ BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n"), PAYLOAD_PROXY, PAYLOAD_OTHER },
	{ BYTES(PROXY_2 "\x21\x11\0\x0c"), PAYLOAD_PROXY, PAYLOAD_OTHER },
	{ BYTES("\r\n\r\n\0"), PAYLOAD_SHORT, PAYLOAD_OTHER },
	{ BYTES("\r\n\r\nx"), PAYLOAD_OTHER, PAYLOAD_OTHER },
	/* Netstrings. */
	{ BYTES("246:\nReceived: x"), PAYLOAD_QMTP, PAYLOAD_QMTP },
	{ BYTES("13:\rReceived\r\n"), PAYLOAD_QMTP, PAYLOAD_QMTP },
	{ BYTES("60:20:Subject: x\n"), PAYLOAD_QMQP, PAYLOAD_QMQP },
	/* The scanner that wraps a package of QMTP once more. */
	{ BYTES("60:20:\nSubject: x\n"), PAYLOAD_QMQP, PAYLOAD_QMQP },
	/* Numbers that do not fit each other; mailfront does not look. */
	{ BYTES("10:500:Subject"), PAYLOAD_QMQP, PAYLOAD_OTHER },
	{ BYTES("246:"), PAYLOAD_SHORT, PAYLOAD_SHORT },
	{ BYTES("246"), PAYLOAD_SHORT, PAYLOAD_SHORT },
	{ BYTES("0:\n"), PAYLOAD_OTHER, PAYLOAD_OTHER },
	{ BYTES("5:hello,"), PAYLOAD_OTHER, PAYLOAD_OTHER },
	{ BYTES("12:34 on the clock"), PAYLOAD_OTHER, PAYLOAD_OTHER },
	{ BYTES("999999999999:\n"), PAYLOAD_OTHER, PAYLOAD_OTHER },
	{ BYTES("250 ok\r\n"), PAYLOAD_OTHER, PAYLOAD_OTHER },
	/* What scanners throw at mail ports. */
	{ BYTES(CLIENT_HELLO), PAYLOAD_TLS, PAYLOAD_OTHER },
	{ BYTES("\x16\x03\x01"), PAYLOAD_SHORT, PAYLOAD_OTHER },
	{ BYTES(SERVER_HELLO), PAYLOAD_OTHER, PAYLOAD_OTHER },
	{ BYTES("GET / HTTP/1.1\r\n"), PAYLOAD_OTHER, PAYLOAD_OTHER },
	{ BYTES("SSH-2.0-OpenSSH_9.2\r\n"), PAYLOAD_OTHER, PAYLOAD_OTHER },
	{ BYTES("\0\0\0\0"), PAYLOAD_OTHER, PAYLOAD_OTHER },
	{ BYTES(""), PAYLOAD_SHORT, PAYLOAD_SHORT },
};

static void check_fronts(struct span bytes, bool at_start, enum payload_kind wanted)
{
	for (size_t n = 0; n <= bytes.length; n++) {
		enum payload_kind kind = identify_client(span_part(bytes, 0, n), at_start);

		cr_expect(kind == wanted || (kind == PAYLOAD_SHORT && n < bytes.length),
			  "'%s' at %d: %zu bytes tell %d", (const char *)bytes.data, at_start, n,
			  kind);
	}
}

Test(identify, tells_what_a_client_says)
{
	for (size_t i = 0; i < ARRAY_COUNT(clients); i++) {
		struct span bytes = span_of(clients[i].bytes, clients[i].length);

		check_fronts(bytes, true, clients[i].at_start);
		check_fronts(bytes, false, clients[i].inside);
	}
}

struct server_case {
	const char *bytes;
	size_t length;
	enum payload_kind kind;
};

static const struct server_case servers[] = {
	{ BYTES("220 mx ESMTP\r\n"), PAYLOAD_SMTP },
	{ BYTES("220-mx ESMTP\r\n"), PAYLOAD_SMTP },
	{ BYTES("554 go away\r\n"), PAYLOAD_SMTP },
	{ BYTES("250\r\n"), PAYLOAD_SMTP },
	{ BYTES("220"), PAYLOAD_SHORT },
	{ BYTES("999 x\r\n"), PAYLOAD_OTHER },
	{ BYTES("21:Kok 838640135 qp 1390,"), PAYLOAD_NETSTRING_ANSWER },
	{ BYTES("2:Zx,"), PAYLOAD_NETSTRING_ANSWER },
	{ BYTES("220:Dsorry"), PAYLOAD_NETSTRING_ANSWER },
	{ BYTES("21:Xok"), PAYLOAD_OTHER },
	{ BYTES("0:,"), PAYLOAD_OTHER },
	{ BYTES("21:"), PAYLOAD_SHORT },
	{ BYTES(SERVER_HELLO), PAYLOAD_TLS },
	{ BYTES(CLIENT_HELLO), PAYLOAD_OTHER },
	{ BYTES("HTTP/1.1 400 Bad Request\r\n"), PAYLOAD_OTHER },
	{ BYTES("* OK IMAP4rev1"), PAYLOAD_OTHER },
	{ BYTES(""), PAYLOAD_SHORT },
};

Test(identify, tells_what_a_server_says)
{
	for (size_t i = 0; i < ARRAY_COUNT(servers); i++) {
		struct span bytes = span_of(servers[i].bytes, servers[i].length);

		for (size_t n = 0; n <= bytes.length; n++) {
			enum payload_kind kind = identify_server(span_part(bytes, 0, n));

			cr_expect(kind == servers[i].kind ||
				      (kind == PAYLOAD_SHORT && n < bytes.length),
				  "'%s': %zu bytes tell %d", servers[i].bytes, n, kind);
		}
	}
}

/* Whatever the bytes are, so many of them end the search. */
Test(identify, needs_no_more_than_a_head)
{
	uint8_t head[IDENTIFY_HEAD_MAX];

	for (unsigned byte = 0; byte < 256; byte++) {
		struct span all = span_of(head, sizeof(head));

		memset(head, (int)byte, sizeof(head));
		cr_expect_neq(identify_client(all, true), PAYLOAD_SHORT, "client, %u", byte);
		cr_expect_neq(identify_client(all, false), PAYLOAD_SHORT, "inside, %u", byte);
		cr_expect_neq(identify_server(all), PAYLOAD_SHORT, "server, %u", byte);
	}
}

Test(identify, knows_http_by_its_methods)
{
	cr_expect(identify_is_http(span_text("GET / HTTP/1.1\r\n")));
	cr_expect(identify_is_http(span_text("CONNECT mx.example.org:25 HTTP/1.1\r\n")));
	cr_expect(identify_is_http(span_text("PRI * HTTP/2.0\r\n")));
	cr_expect_not(identify_is_http(span_text("GETTING on\r\n")));
	cr_expect_not(identify_is_http(span_text("GET")));
	cr_expect_not(identify_is_http(span_text("")));
	cr_expect(identify_may_be_http(span_text("GET")));
	cr_expect_not(identify_may_be_http(span_text("GETT")));
	cr_expect_not(identify_may_be_http(span_text("")));
}

struct segment_case {
	uint16_t from, to;
	const char *payload;
	enum first_look look;
};

static const struct segment_case segments[] = {
	{ 40000, 25, "anything", LOOK_MAIL_PORT },
	{ 25, 40000, "anything", LOOK_MAIL_PORT },
	{ 40000, 209, "", LOOK_MAIL_PORT },
	{ 40000, 443, "", LOOK_NOT_MAIL },
	{ 40000, 443, "GET / HTTP/1.1\r\n", LOOK_NOT_MAIL },
	{ 40000, 10025, "EHLO c\r\n", LOOK_SENDER_IS_CLIENT },
	{ 40000, 10025, "EH", LOOK_NOT_MAIL },
	{ 10025, 40000, "220 mx ESMTP\r\n", LOOK_SENDER_IS_SERVER },
	{ 10025, 40000, "220 ftp ready\r\n", LOOK_SENDER_IS_SERVER },
	{ 10025, 40000, "250 ok\r\n", LOOK_NOT_MAIL },
	{ 40000, 2090, "10:\nSubject: ,", LOOK_SENDER_IS_CLIENT },
	{ 40000, 2090, "PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n", LOOK_SENDER_IS_CLIENT },
	{ 2090, 40000, "3:Kok,", LOOK_SENDER_IS_SERVER },
	{ 2090, 40000, "30:Kok,", LOOK_NOT_MAIL },
	/* Both ports are mail ports: the content tells who is who, if it can. */
	{ 25, 587, "EHLO c\r\n", LOOK_SENDER_IS_CLIENT },
	{ 25, 587, "", LOOK_MAIL_PORT },
	{ 25, 587, "anything", LOOK_MAIL_PORT },
};

Test(identify, tells_which_segments_open_a_connection)
{
	for (size_t i = 0; i < ARRAY_COUNT(segments); i++) {
		const struct segment_case *c = &segments[i];
		const struct segment segment = { .source_port = c->from,
						 .destination_port = c->to,
						 .payload = span_text(c->payload) };
		enum first_look look = identify_segment(&segment);

		cr_expect_eq(look, c->look, "%u to %u, '%s': %d", c->from, c->to, c->payload, look);
	}
}
