/*
 * Mail that goes through a proxy: HTTP CONNECT and SOCKS. Each conversation runs whole, byte by byte and
 * cut at random; the facts are the same.
 */
#include "protocols/via.h"

#include "protocols/identify.h"
#include "protocols/protocols.h"
#include "talk.h"

#include <criterion/criterion.h>
#include <string.h>

#define BUDGET_BYTES ((size_t)64 << 20)
#define RANDOM_CUTS 8

/* clang-format off */
#define C(text) { CLIENT_SAYS, text, sizeof(text) - 1 }
#define S(text) { SERVER_SAYS, text, sizeof(text) - 1 }
/* clang-format on */

#define GREETING S("220 mx.o.example ESMTP\r\n")
#define HELLO C("EHLO c\r\n"), S("250 mx\r\n")
#define MAIL                                                                                       \
	C("MAIL FROM:<a@x>\r\n"), S("250 ok\r\n"), C("RCPT TO:<b@y>\r\n"), S("250 ok\r\n"),        \
	    C("DATA\r\n"), S("354 go\r\n"), C("Subject: x\r\n\r\nbody\r\n.\r\n"), S("250 ok\r\n"), \
	    C("QUIT\r\n"), S("221 bye\r\n")
#define ACCEPTED "message 1 from=a@x to=b@y:accepted accepted\n"
#define SESSION(via) "session smtp tls=none auth=none n=1 via=" via " nonstandard_port\n"
#define FACTS(via) ACCEPTED SESSION(via)

#define CONNECT "CONNECT mx.o.example:25 HTTP/1.1\r\nHost: mx.o.example:25\r\n"
#define HTTP_ASK C(CONNECT "\r\n")
#define HTTP_YES S("HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n")
#define HTTP_FACTS FACTS("http_connect:mx.o.example:25")
#define PORT_25 "\x00\x19"
#define V4 "\xc6\x33\x64\x19" /* 198.51.100.25 */
#define SOCKS4_ASK C("\x04\x01" PORT_25 V4 "anna\0")
#define SOCKS4_YES S("\0\x5a\0\0\0\0\0\0")
#define SOCKS5_METHODS C("\x05\x01\x00"), S("\x05\x00")
#define SOCKS5_ASK C("\x05\x01\x00\x01" V4 PORT_25)
#define SOCKS5_YES S("\x05\x00\x00\x01" V4 "\x9c\x40")
#define CLIENT_HELLO C("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
#define SERVER_HELLO S("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03")
#define TLS_DATA "\x17\x03\x03\x00\x05hello"
#define NO_END                       \
	{                            \
		SERVER_ENDS, NULL, 0 \
	}

static const struct talk through[] = {
	{ .name = "HTTP CONNECT",
	  .port = 3128,
	  .steps = { HTTP_ASK, HTTP_YES, GREETING, HELLO, MAIL },
	  .facts = HTTP_FACTS },
	{ .name = "the greeting comes with the proxy's answer",
	  .port = 3128,
	  .steps = { HTTP_ASK, S("HTTP/1.0 200 ok\r\n\r\n220 mx ESMTP\r\n"), HELLO, MAIL },
	  .facts = HTTP_FACTS },
	{ .name = "the client speaks before the proxy has answered",
	  .port = 3128,
	  .steps = { C(CONNECT "\r\nEHLO c\r\n"), HTTP_YES, GREETING, S("250 mx\r\n"), MAIL },
	  .facts = ACCEPTED "session smtp tls=none auth=none n=1 via=http_connect:mx.o.example:25 "
			    "nonstandard_port pipelining\n" },
	{ .name = "line ends of another kind, an address in brackets, small letters",
	  .port = 8080,
	  .steps = { C("connect [2001:db8::25]:25 http/1.0\n\n"), S("HTTP/1.0 200\n\n"), GREETING,
		     HELLO, MAIL },
	  .facts = FACTS("http_connect:[2001:db8::25]:25") },
	{ .name = "joined at the request, as ports that say nothing are",
	  .port = 3128,
	  .flags = CONNECTION_MIDSTREAM,
	  .steps = { HTTP_ASK, HTTP_YES, GREETING, HELLO, MAIL },
	  .facts = HTTP_FACTS },
	{ .name = "the proxy wants a login, and gets it",
	  .port = 3128,
	  .steps = { HTTP_ASK, S("HTTP/1.1 407 no\r\nContent-Length: 9\r\n\r\nHTTP/1.1 "),
		     C(CONNECT "proxy-authorization: Basic c2VjcmV0\r\n\r\n"), HTTP_YES, GREETING,
		     HELLO, MAIL },
	  .facts = FACTS("http_connect/taken:mx.o.example:25") },
	{ .name = "a login that nobody asked for",
	  .port = 3128,
	  .steps = { C(CONNECT "Proxy-Authorization: Basic c2VjcmV0\r\n\r\n"), HTTP_YES, GREETING,
		     HELLO, MAIL },
	  .facts = FACTS("http_connect/offered:mx.o.example:25") },
	{ .name = "a login in front of the host, which no client may write (RFC 9110, 9.3.6), is "
		  "not told",
	  .port = 3128,
	  .steps = { C("CONNECT anna:secret@mx.o.example:25 HTTP/1.1\r\n\r\n"), HTTP_YES, GREETING,
		     HELLO, MAIL },
	  .facts = FACTS("http_connect/offered:mx.o.example:25") },
	{ .name = "an interim answer",
	  .port = 3128,
	  .steps = { HTTP_ASK, S("HTTP/1.1 100 wait\r\n\r\n"), HTTP_YES, GREETING, HELLO, MAIL },
	  .facts = HTTP_FACTS },
	{ .name = "a proxy on a port of mail",
	  .port = 2525,
	  .steps = { HTTP_ASK, HTTP_YES, GREETING, HELLO, MAIL },
	  .facts = HTTP_FACTS },
	{ .name = "TLS from the first byte on, as the port that was asked for has it",
	  .port = 3128,
	  .steps = { C("CONNECT mx:465 HTTP/1.1\r\n\r\n"), HTTP_YES, CLIENT_HELLO, SERVER_HELLO,
		     C(TLS_DATA), S(TLS_DATA) },
	  .facts = "session smtp tls=implicit auth=hidden n=0 via=http_connect:mx:465 "
		   "nonstandard_port\n" },
	{ .name = "QMTP",
	  .port = 3128,
	  .steps = { C("CONNECT mx:209 HTTP/1.1\r\n\r\n"), HTTP_YES,
		     C("10:\nSubject: ,3:a@x,6:3:b@y,,"), S("3:Kok,") },
	  .facts = ACCEPTED "session qmtp tls=none auth=none n=1 via=http_connect:mx:209 "
			    "nonstandard_port\n" },
	{ .name = "SOCKS 4",
	  .port = 1080,
	  .steps = { SOCKS4_ASK, SOCKS4_YES, GREETING, HELLO, MAIL },
	  .facts = FACTS("socks4:198.51.100.25:25") },
	{ .name = "SOCKS 4a",
	  .port = 1080,
	  .steps = { C("\x04\x01" PORT_25 "\0\0\0\x01\0mx.o.example\0"), SOCKS4_YES, GREETING,
		     HELLO, MAIL },
	  .facts = FACTS("socks4:mx.o.example:25") },
	{ .name = "SOCKS 5",
	  .port = 1080,
	  .steps = { SOCKS5_METHODS, SOCKS5_ASK, SOCKS5_YES, GREETING, HELLO, MAIL },
	  .facts = FACTS("socks5:198.51.100.25:25") },
	{ .name = "SOCKS 5 by name, from the request on",
	  .port = 1080,
	  .flags = CONNECTION_MIDSTREAM,
	  .steps = { C("\x05\x01\x00\x03\x0cmx.o.example" PORT_25), SOCKS5_YES, GREETING, HELLO,
		     MAIL },
	  .facts = FACTS("socks5/offered:mx.o.example:25") },
	{ .name = "SOCKS 5 with all sent ahead, IPv6, and an answer by name",
	  .port = 1080,
	  .steps = { C("\x05\x01\x00\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"
		       "\x25" PORT_25),
		     S("\x05\x00"), S("\x05\x00\x00\x03\x02mx\0\0"), GREETING, HELLO, MAIL },
	  .facts = FACTS("socks5:[2001:db8::25]:25") },
	{ .name = "SOCKS 5 with name and password",
	  .port = 1080,
	  .steps = { C("\x05\x02\x00\x02"), S("\x05\x02"),
		     C("\x01\x04"
		       "anna"
		       "\x06"
		       "secret"),
		     S("\x01\x00"), SOCKS5_ASK, SOCKS5_YES, GREETING, HELLO, MAIL },
	  .facts = FACTS("socks5/taken:198.51.100.25:25") },
	{ .name = "of the proxy nothing is in the capture",
	  .port = 3128,
	  .flags = CONNECTION_ONE_SIDED,
	  .server_unseen = true,
	  .steps = { HTTP_ASK, C("EHLO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n"),
		     C("Subject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n") },
	  .facts =
	      "message 1 from=a@x to=b@y:unknown? unknown\nsession smtp tls=none auth=none n=1 "
	      "via=http_connect:mx.o.example:25 one_sided nonstandard_port\n" },
	{ .name = "the proxy's answer is lost, in part",
	  .port = 3128,
	  .steps = { HTTP_ASK,
		     S("HTTP/1.1 200 "),
		     { SERVER_LOST, NULL, 20 },
		     GREETING,
		     HELLO,
		     MAIL },
	  .facts = ACCEPTED "session smtp tls=none auth=none n=1 "
			    "via=http_connect:mx.o.example:25 gap nonstandard_port\n" },
};

/* At a server of mail the words of a proxy's client are what they were: nonsense. */
static const struct talk no_proxy[] = {
	{ .name = "CONNECT at a server that greets",
	  .port = 25,
	  .steps = { HTTP_ASK, GREETING, S("502 no\r\n502 no\r\n"), HELLO, MAIL },
	  .facts = ACCEPTED "session smtp tls=none auth=none n=1\n" },
	{ .name = "CONNECT at a server that greeted",
	  .port = 25,
	  .steps = { GREETING, HTTP_ASK, S("502 no\r\n502 no\r\n"), HELLO, MAIL },
	  .facts = ACCEPTED "session smtp tls=none auth=none n=1\n" },
	{ .name = "a line of a text that begins as SOCKS does",
	  .port = 25,
	  .flags = CONNECTION_MIDSTREAM,
	  .steps = { C("\x05\x01\x00\x01 and so on\r\n.\r\n"), S("250 ok\r\n"), HELLO, MAIL },
	  .facts = ACCEPTED "session smtp tls=none auth=none n=1 midstream\n" },
	{ .name = "a line of a text that begins as CONNECT does",
	  .port = 25,
	  .flags = CONNECTION_MIDSTREAM,
	  .steps = { C("Connections are fine\r\n.\r\n"), S("250 ok\r\n"), HELLO, MAIL },
	  .facts = ACCEPTED "session smtp tls=none auth=none n=1 midstream\n" },
};

static const struct talk no_mail[] = {
	{ .name = "twin: the proxy refuses",
	  .port = 3128,
	  .steps = { HTTP_ASK, S("HTTP/1.1 403 Forbidden\r\n\r\n220 mx ESMTP\r\n"), NO_END } },
	{ .name = "twin: another port, where a web server answers",
	  .port = 3128,
	  .steps = { C("CONNECT www:443 HTTP/1.1\r\n\r\n"), HTTP_YES, CLIENT_HELLO,
		     SERVER_HELLO } },
	{ .name = "twin: SOCKS 4 refuses",
	  .port = 1080,
	  .steps = { SOCKS4_ASK, S("\0\x5b\0\0\0\0\0\0"), GREETING } },
	{ .name = "twin: SOCKS 5 refuses",
	  .port = 1080,
	  .steps = { SOCKS5_METHODS, SOCKS5_ASK, S("\x05\x02\x00\x01\0\0\0\0\0\0"), GREETING } },
	{ .name = "twin: SOCKS 5 takes no method",
	  .port = 1080,
	  .steps = { C("\x05\x01\x00"), S("\x05\xff"), SOCKS5_ASK, GREETING } },
	{ .name = "twin: the password is wrong",
	  .port = 1080,
	  .steps = { C("\x05\x01\x02"), S("\x05\x02"),
		     C("\x01\x01"
		       "a"
		       "\x01"
		       "b"),
		     S("\x01\x01"), SOCKS5_ASK, SOCKS5_YES, GREETING, HELLO, MAIL } },
	{ .name = "a proxy that waits for a port to be bound",
	  .port = 1080,
	  .steps = { C("\x04\x02" PORT_25 V4 "\0"), SOCKS4_YES, C("x") } },
	{ .name = "HTTP that no proxy is asked by",
	  .port = 3128,
	  .steps = { C("CONNECT mx HTTP/1.1\r\n\r\n"), HTTP_YES, S("+OK\r\n") } },
	{ .name = "nothing but a request", .port = 3128, .steps = { HTTP_ASK } },
	{ .name = "what comes through is no mail",
	  .port = 3128,
	  .steps = { HTTP_ASK, HTTP_YES, S("SSH-2.0-x\r\n"), C("SSH-2.0-y\r\n") } },
};

static void check(const struct talk *talk, const char *facts)
{
	for (unsigned i = 0; i < 2 + RANDOM_CUTS; i++) {
		enum talk_cut cut = i == 0 ? TALK_WHOLE : i == 1 ? TALK_BYTES : TALK_RANDOM;
		struct text out;
		struct fact_sink sink = { .fact = talk_fact, .ctx = &out };
		struct protocols *protocols;
		struct budget budget;
		struct site *site;

		text_init(&out, 65536);
		budget_init(&budget, BUDGET_BYTES);
		cr_assert_eq(site_new(&site), RESULT_OK);
		cr_assert_eq(protocols_new(&protocols, site, &budget, &sink), RESULT_OK);
		talk_conversation(protocols_conversation_ops(), protocols, talk, cut, i);
		cr_expect_str_eq(text_get(&out), facts, "%s, cut %u:\n%s", talk->name, i,
				 text_get(&out));
		protocols_free(&protocols);
		cr_expect_eq(budget.used_bytes, 0, "%s: %zu bytes are still charged", talk->name,
			     budget.used_bytes);
		site_free(&site);
		text_clear(&out);
	}
}

Test(via, mail_through_a_proxy)
{
	for (size_t i = 0; i < ARRAY_COUNT(through); i++)
		check(&through[i], through[i].facts);
}

Test(via, a_server_of_mail_is_no_proxy)
{
	for (size_t i = 0; i < ARRAY_COUNT(no_proxy); i++)
		check(&no_proxy[i], no_proxy[i].facts);
}

Test(via, no_mail_through_a_proxy)
{
	for (size_t i = 0; i < ARRAY_COUNT(no_mail); i++)
		check(&no_mail[i], "");
}

/* Which payloads of a port that says nothing begin a connection that is looked at. */
#define BYTES(text) text, sizeof(text) - 1

static const struct {
	const char *bytes;
	size_t length;
	enum first_look look;
} payloads[] = {
	{ BYTES(CONNECT "\r\n"), LOOK_SENDER_IS_CLIENT },
	{ BYTES("connect mx:587 http/1.0\n"), LOOK_SENDER_IS_CLIENT },
	{ BYTES("CONNECT mx:465 HTTP/1.1\r\nHo"), LOOK_SENDER_IS_CLIENT },
	{ BYTES("CONNECT mx:443 HTTP/1.1\r\n\r\n"), LOOK_NOT_MAIL },
	{ BYTES("CONNECT mx:65561 HTTP/1.1\r\n\r\n"), LOOK_NOT_MAIL },
	{ BYTES("CONNECT mx:25\r\n"), LOOK_NOT_MAIL },
	{ BYTES("CONNECT mx HTTP/1.1\r\n"), LOOK_NOT_MAIL },
	{ BYTES("CONNECT :25 HTTP/1.1\r\n"), LOOK_NOT_MAIL },
	{ BYTES("CONNECTED to mx:25 HTTP/1.1\r\n"), LOOK_NOT_MAIL },
	{ BYTES("\x04\x01" PORT_25 V4 "\0"), LOOK_SENDER_IS_CLIENT },
	{ BYTES("\x04\x01" PORT_25 V4 "a"), LOOK_NOT_MAIL },
	{ BYTES("\x04\x01\x00\x50" V4 "\0"), LOOK_NOT_MAIL },
	{ BYTES("\x04\x02" PORT_25 V4 "\0"), LOOK_NOT_MAIL },
	{ BYTES("\x05\x01\x00"), LOOK_NOT_MAIL },
	{ BYTES("\x05\x01\x00\x01" V4 PORT_25), LOOK_CLIENT_GOES_ON },
	{ BYTES("\x05\x01\x00\x03\x02mx" PORT_25), LOOK_CLIENT_GOES_ON },
	{ BYTES("\x05\x01\x00\x01" V4 "\x01\xbb"), LOOK_NOT_MAIL },
	{ BYTES("\x05\x01\x00\x05\x01\x00\x01" V4 PORT_25), LOOK_SENDER_IS_CLIENT },
	{ BYTES("\x05\x00\x00\x01" V4 PORT_25), LOOK_NOT_MAIL },
};

Test(via, a_request_for_a_mail_port_opens_a_connection)
{
	for (size_t i = 0; i < ARRAY_COUNT(payloads); i++) {
		const struct segment segment = { .source_port = 40000,
						 .destination_port = 3128,
						 .payload = span_of(payloads[i].bytes,
								    payloads[i].length) };

		cr_expect_eq(identify_segment(&segment), payloads[i].look, "'%s': %d",
			     payloads[i].bytes, identify_segment(&segment));
	}
}

/* No handshake goes on for ever, and none costs more than its struct. */
Test(via, is_bounded)
{
	static const struct {
		const char *what, *begin, *again;
		enum direction endless;
	} rows[] = {
		{ "fields", "CONNECT mx:25 HTTP/1.1\r\n", "X: y\r\n", FROM_CLIENT },
		{ "one field", "CONNECT mx:25 HTTP/1.1\r\nX: ", "y", FROM_CLIENT },
		{ "a line", "CONNECT ", "mx", FROM_CLIENT },
		{ "interim answers", "CONNECT mx:25 HTTP/1.1\r\n\r\n", "HTTP/1.1 100 x\r\n\r\n",
		  FROM_SERVER },
		{ "a refusal's page", "CONNECT mx:25 HTTP/1.1\r\n\r\n",
		  "HTTP/1.1 403 no\r\n\r\n<p>", FROM_SERVER },
		{ "a user's name", "\x04\x01\x01\x19zzzz", "anna", FROM_CLIENT },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		enum via_verdict verdict;
		struct via via;
		size_t fed = 0;

		via_init(&via, (uint8_t)rows[i].begin[0]);
		(void)via_take(&via, FROM_CLIENT, span_text(rows[i].begin), &verdict);
		while (verdict == VIA_MORE && fed < 2 * VIA_SIDE_MAX_BYTES)
			fed += via_take(&via, rows[i].endless, span_text(rows[i].again), &verdict);
		cr_expect_eq(verdict, VIA_NONE, "%s: %zu bytes", rows[i].what, fed);
	}
}

/* What a login held is nowhere in memory once it was passed over. */
Test(via, a_password_is_not_kept)
{
	static const char socks[] = "\x05\x01\x02\x01\x04"
				    "anna"
				    "\x06"
				    "secret";
	static const char http[] = CONNECT "Proxy-Authorization: Basic secret\r\n\r\n";
	const struct span dialogues[] = { span_of(socks, sizeof(socks) - 1), span_text(http) };

	for (size_t i = 0; i < ARRAY_COUNT(dialogues); i++) {
		enum via_verdict verdict;
		struct via via;

		via_init(&via, dialogues[i].data[0]);
		(void)via_take(&via, FROM_CLIENT, dialogues[i], &verdict);
		cr_expect_eq(verdict, VIA_MORE);
		cr_expect_eq(span_find_nocase(span_of(&via, sizeof(via)), "secret"),
			     SPAN_NOT_FOUND);
	}
}
