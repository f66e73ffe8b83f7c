#include "talk.h"

#include <criterion/criterion.h>

/* What is seldom said, and what is said out of turn. */

/* clang-format off */
#define C(text) { CLIENT_SAYS, text, 0 }
#define S(text) { SERVER_SAYS, text, 0 }
#define C_LOST(n) { CLIENT_LOST, NULL, n }
#define S_LOST(n) { SERVER_LOST, NULL, n }
#define HELLO S("220 mx ESMTP\r\n"), C("EHLO c\r\n"), S("250-mx\r\n250 PIPELINING\r\n")
#define MAIL(from) C("MAIL FROM:<" from ">\r\n"), S("250 2.1.0 Ok\r\n")
#define RCPT(to) C("RCPT TO:<" to ">\r\n"), S("250 2.1.5 Ok\r\n")
#define DATA C("DATA\r\n"), S("354 go\r\n")
#define TEXT C("Subject: x\r\n\r\nhi\r\n.\r\n"), S("250 2.0.0 queued\r\n")
#define QUIT C("QUIT\r\n"), S("221 bye\r\n")
#define FIRST MAIL("a@x"), RCPT("b@y.z")
#define SESSION(n) "session smtp tls=none auth=none n=" #n
#define FIRST_IS(how) "message 1 from=a@x to=b@y.z:accepted " how "\n"

static const struct talk names[] = {
	{ .name = "OAUTHBEARER", .port = 587,
	  .steps = { HELLO, C("AUTH OAUTHBEARER bixhPXVAeCwBYXV0aD1CZWFyZXIgcQEB\r\n"),
		     S("235 ok\r\n") },
	  .facts = "auth ok user=u@x\nsession smtp tls=none auth=ok n=0\n" },
	{ .name = "DIGEST-MD5", .port = 587,
	  .steps = { HELLO, C("AUTH DIGEST-MD5\r\n"), S("334 bm9uY2U=\r\n"),
		     C("dXNlcm5hbWU9ImZyZWQiLHJlYWxtPSJ4Iixub25jZT0ibiI=\r\n"), S("334 cg==\r\n"),
		     C("\r\n"), S("235 ok\r\n") },
	  .facts = "auth ok user=fred\nsession smtp tls=none auth=ok n=0\n" },
	{ .name = "a response without what its mechanism wants", .port = 587,
	  .steps = { HELLO, C("AUTH PLAIN bm9udWw=\r\n"), S("535 no\r\n"),
		     C("AUTH XOAUTH2 bm9udWw=\r\n"), S("535 no\r\n") },
	  .facts = "auth failed user=\nauth failed user=\nsession smtp tls=none auth=failed n=0\n" },
	{ .name = "AUTH is lost, 235 is not", .port = 587,
	  .steps = { HELLO, C_LOST(34), S("235 ok\r\n"), MAIL("a@x") },
	  .facts = "auth ok user=\nmessage 1 from=a@x aborted\n"
		   "session smtp tls=none auth=ok n=1 gap\n" },
	{ .name = "the password is lost, 235 is not", .port = 587,
	  .steps = { HELLO, C("AUTH LOGIN dXNlcg==\r\n"), S("334 UGFzc3dvcmQ6\r\n"), C_LOST(10),
		     S("235 ok\r\n"), MAIL("a@x") },
	  .facts = "auth ok user=user\n"
		   "message 1 from=a@x aborted\n"
		   "session smtp tls=none auth=ok n=1 gap\n" },
};

Test(smtp_rare, names_of_users)
{
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		talk_check(&smtp_decoder, &names[i]);
}

static const struct talk claims[] = {
	{ .name = "XCLIENT of IPv6", .port = 25,
	  .steps = { HELLO, C("XCLIENT ADDR=IPV6:2001:db8::1 PORT=9\r\n"), S("220 mx\r\n") },
	  .facts = "command XCLIENT 1 argument=ADDR=IPV6:2001:db8::1 PORT=9\n" SESSION(0) "\n" },
	{ .name = "XCLIENT that is refused, and one without an address", .port = 25,
	  .steps = { HELLO, C("XCLIENT ADDR=192.0.2.1\r\n"), S("550 no\r\n"),
		     C("XCLIENT ADDR=[UNAVAILABLE]\r\n"), S("220 mx\r\n") },
	  .facts = "command XCLIENT 0 argument=ADDR=192.0.2.1\n"
		   "command XCLIENT 1 argument=ADDR=[UNAVAILABLE]\n" SESSION(0) "\n" },
	{ .name = "PROXY without an address", .port = 25,
	  .steps = { C("PROXY UNKNOWN\r\n"), HELLO },
	  .facts = "command PROXY 1 argument=UNKNOWN\n" SESSION(0) "\n" },
	{ .name = "a binary PROXY header of IPv6, with more behind its addresses", .port = 25,
	  .steps = { { CLIENT_SAYS,
		       "\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x2c"
		       "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
		       "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x19\0\x07\0\x19"
		       "\x04\0\x05\0\0\0\0\0", 60 }, HELLO },
	  .facts = "command PROXY 1 argument=2001:db8::7 7\n" SESSION(0) "\n" },
	{ .name = "a binary PROXY header of nobody", .port = 25,
	  .steps = { { CLIENT_SAYS, "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16 }, HELLO },
	  .facts = "command PROXY 1 argument=LOCAL\n" SESSION(0) "\n" },
};

Test(smtp_rare, claims_of_clients)
{
	for (size_t i = 0; i < ARRAY_COUNT(claims); i++)
		talk_check(&smtp_decoder, &claims[i]);
}

static const struct talk answers[] = {
	{ .name = "the text is refused before its end", .port = 25,
	  .steps = { HELLO, FIRST, DATA, C("Subject: x\r\n"), S("552 5.3.4 too big\r\n"),
		     C("more\r\n.\r\n"), QUIT },
	  .facts = FIRST_IS("rejected") SESSION(1) "\n" },
	{ .name = "DATA is lost, 354 is not", .port = 25,
	  .steps = { HELLO, FIRST, C_LOST(6), S("354 go\r\n"), TEXT, QUIT },
	  .facts = FIRST_IS("accepted") SESSION(1) " gap\n" },
	{ .name = "a server that takes its leave and goes on", .port = 25,
	  .steps = { HELLO, QUIT, C("MAIL FROM:<a@x>\r\n"), S("250 ok\r\n"), RCPT("b@y.z") },
	  .facts = "message 1 to=b@y.z:accepted aborted\n"
		   "session smtp tls=none auth=none n=1\n" },
	{ .name = "a line without its code within a reply", .port = 25,
	  .steps = { S("220 mx ESMTP\r\n"), C("EHLO c\r\n"), S("250-mx\r\nSIZE\r\n250 PIPELINING\r\n"),
		     FIRST, DATA, TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "session smtp tls=none auth=none n=1 malformed\n" },
	{ .name = "lines that are no replies", .port = 25,
	  .steps = { S("220 mx ESMTP\r\n"), C("EHLO c\r\n"), S("2X0 mx\r\n25\r\n250x\r\n999 y\r\n250 mx\r\n"),
		     FIRST, DATA, TEXT },
	  .facts = FIRST_IS("accepted") SESSION(1) " malformed\n" },
	{ .name = "S9 TLS at once, at the port of SMTP", .port = 25,
	  .steps = { { CLIENT_SAYS, "\x16\x03\x01\0\x05\x01\0\0\x01\0", 10 },
		     S("220 mx ESMTP\r\n500 what\r\n") },
	  .facts = "session smtp tls=none auth=none n=0\n" },
	{ .name = "the answer to STARTTLS is lost, and TLS begins", .port = 25,
	  .steps = { HELLO, C("STARTTLS\r\n"), S_LOST(8), C("\x16\x03\x01") },
	  .facts = "session smtp tls=starttls auth=hidden n=0 gap\n" },
	{ .name = "the answer to STARTTLS is lost, and commands follow", .port = 25,
	  .steps = { HELLO, C("STARTTLS\r\n"), S_LOST(8), FIRST, DATA, TEXT },
	  .facts = FIRST_IS("accepted") SESSION(1) " gap\n" },
	{ .name = "holes under TLS", .port = 25,
	  .steps = { HELLO, C("STARTTLS\r\n"), S("220 go\r\n"), C("\x16\x03\x01"), S_LOST(800),
		     C_LOST(9), C("MAIL FROM:<a@x>\r\n") },
	  .facts = "session smtp tls=starttls auth=hidden n=0 gap\n" },
	{ .name = "N5 an answer that came before TLS is no answer to what is said under it", .port = 25,
	  .steps = { HELLO, C("STARTTLS\r\n"), S("220 go\r\n250 injected\r\n"), C("\x16\x03\x01") },
	  .facts = "session smtp tls=starttls auth=hidden n=0\n" },
	{ .name = "A1 sloppy paths, and none", .port = 25,
	  .steps = { HELLO, C("MAIL\r\n"), S("501 x\r\n"), C("MAIL FROM\r\n"), S("501 x\r\n"),
		     C("MAIL FROM:\r\n"), S("501 x\r\n"), C("MAIL FROM:a@x\r\n"), S("250 ok\r\n"),
		     C("RCPT TO:  b@y.z NOTIFY=NEVER\r\n"), S("250 ok\r\n"), DATA, TEXT },
	  .facts = "message 1 rejected\n"
		   "message 2 rejected\n"
		   "message 3 rejected\n"
		   "message 4 from=a@x to=b@y.z:accepted accepted\n"
		   "session smtp tls=none auth=none n=4 malformed\n" },
	{ .name = "C4 HTTP at the port of SMTP", .port = 25,
	  .steps = { S("220 mx ESMTP\r\n"), C("GET / HTTP/1.1\r\nHost: mx\r\n\r\n"),
		     S("502 no\r\n502 no\r\n500 x\r\n"), QUIT },
	  .facts = "session smtp tls=none auth=none n=0\n" },
	{ .name = "Z10 what follows a QUIT that was taken", .port = 25,
	  .steps = { HELLO, QUIT, C("MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\n") },
	  .facts = "session smtp tls=none auth=none n=0\n" },
	{ .name = "the end of a text and its answer are lost", .port = 25,
	  .steps = { HELLO, FIRST, DATA, C("Subject: x\r\n\r\nh"), C_LOST(9000), S_LOST(20), QUIT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted unknown\n"
		   "session smtp tls=none auth=none n=1 gap\n" },
};

Test(smtp_rare, answers)
{
	for (size_t i = 0; i < ARRAY_COUNT(answers); i++)
		talk_check(&smtp_decoder, &answers[i]);
}

/* A mark that another server would take for the end, and what makes plain that it is text. */
static const struct talk dots[] = {
	{ .name = "LF.CRLF, then text", .port = 25,
	  .steps = { HELLO, FIRST, DATA, C("a\n.\r\n"), C("b\r\n.\r\n"), S("250 ok\r\n"), QUIT },
	  .facts = FIRST_IS("accepted") SESSION(1) "\n" },
	{ .name = "CR.CR, then text", .port = 25,
	  .steps = { HELLO, FIRST, DATA, C("a\r.\rb\r\n.\r\n"), S("250 ok\r\n"), QUIT },
	  .facts = FIRST_IS("accepted") SESSION(1) "\n" },
	{ .name = "CR.CRLF, then text", .port = 25,
	  .steps = { HELLO, FIRST, DATA, C("a\r.\r\nb\r\n.\r\n"), S("250 ok\r\n"), QUIT },
	  .facts = FIRST_IS("accepted") SESSION(1) "\n" },
	{ .name = "CR.LF, then text", .port = 25,
	  .steps = { HELLO, FIRST, DATA, C("a\r.\nb\r\n.\r\n"), S("250 ok\r\n"), QUIT },
	  .facts = FIRST_IS("accepted") SESSION(1) "\n" },
	{ .name = "CR.CR, and the client stops", .port = 25, .end = CLOSE_FIN,
	  .steps = { HELLO, FIRST, DATA, C("a\r.\r") },
	  .facts = "message 1 from=a@x to=b@y.z:accepted aborted\n"
		   "session smtp tls=none auth=none n=1\n" },
	{ .name = "LF.LF, and the client stops", .port = 25, .end = CLOSE_EOF,
	  .steps = { HELLO, FIRST, DATA, C("a\n.\n"), { CLIENT_ENDS, NULL, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted unknown\n"
		   "session smtp tls=none auth=none n=1\n" },
	{ .name = "LF.CRLF, and the answer is lost", .port = 25,
	  .steps = { HELLO, FIRST, DATA, C("a\n.\r\n"), S_LOST(8), QUIT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted unknown\n"
		   "session smtp tls=none auth=none n=1 gap\n" },
	{ .name = "LF.LF of a client whose server is not in the capture", .port = 25,
	  .server_unseen = true, .flags = CONNECTION_ONE_SIDED,
	  .steps = { C("EHLO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nDATA\r\n"),
		     C("a\n.\n"), C("MAIL FROM:<c@x>\r\nRCPT TO:<d@y.z>\r\nDATA\r\nb\r\n.\r\n"),
		     C("QUIT\r\n") },
	  .facts = "message 1 from=a@x to=b@y.z:unknown? unknown\n"
		   "session smtp tls=none auth=none n=1 one_sided smuggling\n" },
};

Test(smtp_rare, ends_of_a_text)
{
	for (size_t i = 0; i < ARRAY_COUNT(dots); i++)
		talk_check(&smtp_decoder, &dots[i]);
}
