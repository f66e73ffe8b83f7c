#include "talk.h"

#include <criterion/criterion.h>

/* SMTP dialogues; each runs whole, byte by byte and cut at random. TRAPS rows by their names. */

/* clang-format off */
#define C(text) { CLIENT_SAYS, text, 0 }
#define S(text) { SERVER_SAYS, text, 0 }
#define HELLO S("220 mx ESMTP\r\n"), C("EHLO c\r\n"), S("250-mx\r\n250 PIPELINING\r\n")
#define HELLO_AGAIN C("EHLO c\r\n"), S("250 mx\r\n")
#define MAIL(from) C("MAIL FROM:<" from ">\r\n"), S("250 2.1.0 Ok\r\n")
#define RCPT(to) C("RCPT TO:<" to ">\r\n"), S("250 2.1.5 Ok\r\n")
#define DATA C("DATA\r\n"), S("354 go\r\n")
#define TEXT C("Subject: x\r\n\r\nhi\r\n.\r\n"), S("250 2.0.0 queued\r\n")
#define QUIT C("QUIT\r\n"), S("221 bye\r\n")
#define SESSION(n) "session smtp tls=none auth=none n=" #n
#define OK_MESSAGE "message 1 from=a@x to=b@y.z:accepted accepted\n"

static const struct talk talks[] = {
	{ .name = "ordinary mail", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), DATA, TEXT, QUIT },
	  .facts = OK_MESSAGE SESSION(1) "\n" },
	{ .name = "each recipient has its own answer", .port = 25,
	  .steps = { HELLO, MAIL(""), RCPT("b@y.z"),
		     C("RCPT TO:<c@y.z>\r\n"), S("554 5.7.1 <c@y.z>: Relay access denied\r\n"),
		     C("RCPT TO:<d@y.z>\r\n"), S("550 5.1.1 User unknown\r\n"),
		     C("RCPT TO:<e@y.z>\r\n"), S("450 4.2.0 Greylisted\r\n"), DATA, TEXT },
	  .facts = "message 1 from= to=b@y.z:accepted to=c@y.z:denied_relay to=d@y.z:denied_user"
		   " to=e@y.z:tempfail accepted\n" SESSION(1) "\n" },
	{ .name = "S10 everything in one packet", .port = 25,
	  .steps = { HELLO,
		     C("MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nRCPT TO:<c@y.z>\r\nDATA\r\n"
		       "Subject: x\r\n\r\nMAIL FROM:<no@x>\r\n..\r\n.\r\n"
		       "MAIL FROM:<d@x>\r\nRCPT TO:<e@y.z>\r\nDATA\r\n\r\n.\r\nQUIT\r\n"),
		     S("250 a\r\n250 b\r\n550 5.7.1 relay denied\r\n354 go\r\n250 q\r\n"
		       "250 d\r\n250 e\r\n354 go\r\n451 later\r\n221 bye\r\n") },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:denied_relay accepted\n"
		   "message 2 from=d@x to=e@y.z:accepted tempfail\n" SESSION(2) " pipelining\n" },
	{ .name = "S5 DATA refused: the text is commands", .port = 25,
	  .steps = { HELLO,
		     C("MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nDATA\r\nSubject: x\r\n\r\nhi\r\n.\r\n"),
		     S("250 a\r\n554 5.7.1 Relay access denied\r\n554 no valid recipients\r\n"
		       "500 x\r\n500 x\r\n500 x\r\n500 x\r\n"),
		     C("RSET\r\n"), S("250 ok\r\n"), MAIL("a@x"), RCPT("c@y.z"), DATA, TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay rejected\n"
		   "message 2 from=a@x to=c@y.z:accepted accepted\n" SESSION(2) " pipelining\n" },
	{ .name = "S7 EHLO resets only when it is taken", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), C("EHLO d\r\n"), S("250 mx\r\n"),
		     MAIL("c@x"), RCPT("d@y.z"), C("EHLO\r\n"), S("501 syntax\r\n"),
		     RCPT("e@y.z"), DATA, TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted aborted\n"
		   "message 2 from=c@x to=d@y.z:accepted to=e@y.z:accepted accepted\n"
		   SESSION(2) "\n" },
	{ .name = "a nested MAIL that is refused begins nothing", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), C("MAIL FROM:<q@x>\r\n"), S("503 nested MAIL\r\n"),
		     RCPT("b@y.z"), QUIT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted aborted\n" SESSION(1) "\n" },
	{ .name = "a nested MAIL that is taken begins anew", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), MAIL("q@x"), RCPT("b@y.z"), DATA, TEXT },
	  .facts = "message 1 from=a@x aborted\n"
		   "message 2 from=q@x to=b@y.z:accepted accepted\n" SESSION(2) "\n" },
	{ .name = "a recipient behind a refused MAIL is not listed", .port = 25,
	  .steps = { HELLO,
		     C("MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nDATA\r\n"),
		     S("550 5.7.1 go away\r\n503 MAIL first\r\n503 MAIL first\r\n") },
	  .facts = "message 1 from=a@x rejected\n" SESSION(1) " pipelining\n" },
	{ .name = "tempfail is not now for all", .port = 25, .end = CLOSE_FIN,
	  .steps = { HELLO, MAIL("a@x"),
		     C("RCPT TO:<b@y.z>\r\n"), S("454 4.7.1 Relay access denied\r\n") },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay tempfail\n" SESSION(1) "\n" },
	{ .name = "S13 given up", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), C("RSET\r\n"), S("250 ok\r\n"), MAIL("c@x"), QUIT },
	  .facts = "message 1 from=a@x aborted\nmessage 2 from=c@x aborted\n" SESSION(2) "\n" },
	{ .name = "given up in the text", .port = 25, .end = CLOSE_RST,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), DATA, C("Subject: x\r\n\r\nh") },
	  .facts = "message 1 from=a@x to=b@y.z:accepted aborted\n" SESSION(1) "\n" },
	{ .name = "the capture ends in the text", .port = 25, .end = CLOSE_EOF,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), DATA, C("Subject: x\r\n\r\nh") },
	  .facts = "message 1 from=a@x to=b@y.z:accepted unknown\n" SESSION(1) "\n" },
	{ .name = "no answer to the text", .port = 25, .end = CLOSE_RST,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), DATA, C("hi\r\n.\r\n") },
	  .facts = "message 1 from=a@x to=b@y.z:accepted unknown\n" SESSION(1) "\n" },
	{ .name = "S14 sloppy commands", .port = 25,
	  .steps = { HELLO, C("mail from: a@x size=10\r\n"), S("250 ok\r\n"),
		     C("Rcpt To : <b@y.z> ORCPT=rfc822;q@w.v\r\n"), S("250 ok\r\n"),
		     C("RCPT TO:<\"a> b\"@y.z> NOTIFY=NEVER\n"), S("250 ok\r\n"),
		     C("DATA\n"), S("354 go\n"), TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=\"a> b\"@y.z:accepted accepted\n"
		   SESSION(1) "\n" },
	{ .name = "A2 DATAX is no DATA, Z8 X is no verb", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), C("DATAX\r\n"), S("500 what\r\n"),
		     C("X\r\n"), S("500 what\r\n"), DATA, TEXT },
	  .facts = OK_MESSAGE SESSION(1) "\n" },
	{ .name = "empty lines that are answered, and that are not", .port = 25,
	  .steps = { HELLO, C("\r\n\r\n"), S("500 x\r\n500 x\r\n"), C("\r\n\r\n"),
		     C("MAIL FROM:<a@x>\r\n"), S("250 ok\r\n"), RCPT("b@y.z"), DATA, TEXT },
	  .facts = OK_MESSAGE SESSION(1) "\n" },
	{ .name = "an early talker", .port = 25,
	  .steps = { C("EHLO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nDATA\r\n"),
		     S("220 mx\r\n250 mx\r\n250 ok\r\n250 ok\r\n354 go\r\n"), TEXT },
	  .facts = OK_MESSAGE SESSION(1) " pipelining\n" },
	{ .name = "an early talker who is turned away", .port = 25,
	  .steps = { C("EHLO c\r\nMAIL FROM:<a@x>\r\n"), S("554 SMTP synchronization error\r\n") },
	  .facts = SESSION(0) " pipelining\n" },
	{ .name = "N1 a reply of several lines", .port = 25,
	  .steps = { HELLO, MAIL("a@x"),
		     C("RCPT TO:<b@y.z>\r\n"), S("550-5.7.1 relaying\r\n550 5.7.1 denied\r\n"), QUIT },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay rejected\n" SESSION(1) "\n" },
	{ .name = "HTTP at a server that greets", .port = 25,
	  .steps = { S("220 mx\r\n"), C("GET / HTTP/1.1\r\n\r\n"), S("502 no\r\n") },
	  .facts = SESSION(0) "\n" },
	{ .name = "replies without their end", .port = 25,
	  .steps = { S("220 mx"), C("EHLO c\r\n"), S("250-mx\r\n"), MAIL("a@x"),
		     RCPT("b@y.z") },
	  .facts = "message 1 from=a@x to=b@y.z:accepted aborted\n" SESSION(1) "\n" },
	/*
	 * suricata-verify's smtp-tls-protodetect, which calls it TLS. TLS begins with a ServerHello
	 * (RFC 8446, 2; RFC 8314, 3.3); here the server's only words are a greeting in clear, so
	 * nothing was encrypted.
	 */
	{ .name = "TLS thrown at a server that greets in clear is no TLS", .port = 465,
	  .steps = { { CLIENT_SAYS, "\x16\x03\x01\0\x08\x01\0\0\n\0\n\0\x08", 13 },
		     S("220 mx ESMTP\r\n") },
	  .facts = SESSION(0) "\n" },
	{ .name = "a client that only takes its leave, at the port of SMTP", .port = 25,
	  .steps = { C("QUIT\r\n") }, .facts = SESSION(0) " pipelining\n" },
	{ .name = "a client that only takes its leave, elsewhere", .port = 2121,
	  .steps = { C("QUIT\r\n") }, .facts = "" },
	{ .name = "noise at a server that greets", .port = 25,
	  .steps = { C("\x01\x02\x03"), S("220 mx\r\n") },
	  .facts = SESSION(0) "\n" },
	{ .name = "a server that shuts down", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), S("421 4.3.2 shutting down\r\n") },
	  .facts = "message 1 from=a@x to=b@y.z:accepted tempfail\n" SESSION(1) "\n" },
	{ .name = "commands that are told", .port = 25,
	  .steps = { HELLO, C("VRFY root\r\n"), S("252 perhaps\r\n"),
		     C("EXPN all\r\n"), S("502 no\r\n"), C("TURN\r\n"), S("250 ok\r\n") },
	  .facts = "command VRFY 1 argument=root\ncommand EXPN 0 argument=all\n"
		   "command TURN 1 argument=\n" SESSION(0) "\n" },
	{ .name = "XCLIENT that is taken begins anew", .port = 25,
	  .steps = { HELLO, MAIL("a@x"),
		     C("XCLIENT ADDR=127.0.0.1 PORT=9\r\n"), S("220 mx\r\n"),
		     C("EHLO d\r\n"), S("250 mx\r\n"), MAIL("a@x"), RCPT("b@y.z"), DATA, TEXT },
	  .facts = "message 1 from=a@x aborted\ncommand XCLIENT 1 argument=ADDR=127.0.0.1 PORT=9\n"
		   "message 2 from=a@x to=b@y.z:accepted accepted\n" SESSION(2) "\n" },
	{ .name = "a PROXY line that is believed", .port = 25,
	  .steps = { C("PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n"), HELLO },
	  .facts = "command PROXY 1 argument=TCP4 192.0.2.1 192.0.2.2 1 25\n" SESSION(0) "\n" },
	{ .name = "scenario P20: a PROXY line that is not", .port = 25,
	  .steps = { S("220 mx\r\n"), C("PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n"),
		     S("500 what\r\n"), C("EHLO c\r\n"), S("250 mx\r\n") },
	  .facts = "command PROXY 0 argument=TCP4 192.0.2.1 192.0.2.2 1 25\n" SESSION(0) "\n" },
	{ .name = "a binary PROXY header", .port = 25,
	  .steps = { { CLIENT_SAYS,
		       "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0f\xcb\0\x71\x07\xc0\0\x02\x19\0\x07\0\x19"
		       "\x04\0\0", 31 }, HELLO },
	  .facts = "command PROXY 1 argument=203.0.113.7 7\n" SESSION(0) "\n" },
	{ .name = "empty lines at the start are no PROXY header", .port = 25,
	  .steps = { C("\r\n\r\nEHLO c\r\n"), S("220 mx\r\n500 x\r\n500 x\r\n250 mx\r\n"),
		     MAIL("a@x") },
	  .facts = "message 1 from=a@x aborted\n" SESSION(1) " pipelining\n" },
};

Test(smtp, dialogues)
{
	for (size_t i = 0; i < ARRAY_COUNT(talks); i++)
		talk_check(&smtp_decoder, &talks[i]);
}

static const struct talk lmtp[] = {
	{ .name = "LMTP: one answer for each recipient that was taken", .port = 24,
	  .steps = { S("220 store LMTP\r\n"), C("LHLO c\r\n"), S("250 store\r\n"),
		     C("MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nRCPT TO:<c@y.z>\r\n"
		       "RCPT TO:<d@y.z>\r\nDATA\r\n"),
		     S("250 ok\r\n250 ok\r\n550 5.1.1 no such user\r\n250 ok\r\n354 go\r\n"),
		     C("hi\r\n.\r\nMAIL FROM:<e@x>\r\n"),
		     S("452 4.2.2 mailbox full\r\n250 ok\r\n250 ok\r\n") },
	  .facts = "message 1 from=a@x to=b@y.z:tempfail to=c@y.z:denied_user to=d@y.z:accepted"
		   " accepted\nmessage 2 from=e@x aborted\n"
		   "session lmtp tls=none auth=none n=2 pipelining\n" },
	{ .name = "PRDR: each recipient, then the message", .port = 25,
	  .steps = { HELLO, C("MAIL FROM:<a@x> PRDR\r\n"), S("250 ok\r\n"), RCPT("b@y.z"),
		     RCPT("c@y.z"), DATA, C("hi\r\n.\r\n"),
		     S("353 PRDR content analysis beginning\r\n450 later\r\n250 ok\r\n250 id\r\n"),
		     QUIT },
	  .facts = "message 1 from=a@x to=b@y.z:tempfail to=c@y.z:accepted accepted\n"
		   SESSION(1) "\n" },
};

Test(smtp, answers_after_the_message)
{
	for (size_t i = 0; i < ARRAY_COUNT(lmtp); i++)
		talk_check(&smtp_decoder, &lmtp[i]);
}

static const struct talk bdat[] = {
	{ .name = "Z2 commands within a chunk", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), C("BDAT 18\r\nMAIL FROM:<no@x>\r\n"),
		     S("250 18 octets\r\n"), C("BDAT 0 LAST\r\n"), S("250 ok\r\n") },
	  .facts = OK_MESSAGE SESSION(1) " chunking\n" },
	{ .name = "Z3, S6 BDAT LAST with the next mail behind it", .port = 25,
	  .steps = { HELLO,
		     C("MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nBDAT 4 LAST\r\nhi\r\n"
		       "MAIL FROM:<c@x>\r\nRCPT TO:<d@y.z>\r\nBDAT 4 last\r\nho\r\nQUIT\r\n"),
		     S("250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n550 relay not permitted\r\n"
		       "503 no recipients\r\n221 bye\r\n") },
	  .facts = OK_MESSAGE "message 2 from=c@x to=d@y.z:denied_relay rejected\n"
		   SESSION(2) " pipelining chunking\n" },
	{ .name = "Z4 sizes that are none", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"),
		     C("BDAT 18446744073709551615\r\nBDAT -1\r\nBDAT 5 X\r\nBDAT\r\nBDAT 1 LASTX\r\n"),
		     S("501 x\r\n501 x\r\n501 x\r\n501 x\r\n501 x\r\n"),
		     C("BDAT 2 LAST\r\nhi"), S("250 ok\r\n") },
	  .facts = OK_MESSAGE SESSION(1) " pipelining chunking malformed\n" },
	{ .name = "Z4 a chunk that never comes", .port = 25, .end = CLOSE_FIN,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), C("BDAT 9223372036854775807\r\nhi\r\n") },
	  .facts = "message 1 from=a@x to=b@y.z:accepted aborted\n" SESSION(1) " chunking\n" },
	{ .name = "Z4 a size that is refused", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), C("BDAT -1 LAST\r\n"), S("501 x\r\n"), QUIT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted rejected\n"
		   SESSION(1) " chunking malformed\n" },
	{ .name = "Z5 a gap within a chunk", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), C("BDAT 100 LAST\r\nhi"),
		     { CLIENT_LOST, NULL, 96 }, C("\r\n"), S("250 ok\r\n"), MAIL("c@x") },
	  .facts = OK_MESSAGE "message 2 from=c@x aborted\n" SESSION(2) " gap chunking\n" },
	{ .name = "Z5 a gap over the end of a chunk", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), C("BDAT 100 LAST\r\nhi"),
		     { CLIENT_LOST, NULL, 105 }, C("P\r\n"), S("250 ok\r\n250 ok\r\n"),
		     MAIL("c@x"), QUIT },
	  .facts = OK_MESSAGE "message 2 from=c@x aborted\n" SESSION(2) " gap chunking\n" },
};

/* Scenario P23. */
Test(smtp, chunks)
{
	for (size_t i = 0; i < ARRAY_COUNT(bdat); i++)
		talk_check(&smtp_decoder, &bdat[i]);
}

static const struct talk auth[] = {
	{ .name = "PLAIN with its response", .port = 587,
	  .steps = { HELLO, C("AUTH PLAIN AHVzZXIAc2VjcmV0\r\n"), S("235 ok\r\n"), MAIL("a@x") },
	  .facts = "auth ok user=user\nmessage 1 from=a@x aborted\n"
		   "session smtp tls=none auth=ok n=1\n" },
	{ .name = "LOGIN, wrong, then right", .port = 587,
	  .steps = { HELLO, C("AUTH LOGIN\r\n"), S("334 VXNlcm5hbWU6\r\n"), C("dXNlcg==\r\n"),
		     S("334 UGFzc3dvcmQ6\r\n"), C("c2VjcmV0\r\n"), S("535 no\r\n"),
		     C("AUTH LOGIN dXNlcg==\r\n"), S("334 UGFzc3dvcmQ6\r\n"),
		     C("c2VjcmV0\r\n"), S("235 ok\r\n") },
	  .facts = "auth failed user=user\nauth ok user=user\n"
		   "session smtp tls=none auth=ok n=0\n" },
	{ .name = "the client does not wait", .port = 587,
	  .steps = { HELLO, C("AUTH LOGIN\r\ndXNlcg==\r\nQUIT\r\nMAIL FROM:<a@x>\r\n"),
		     S("334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n535 no\r\n250 ok\r\n") },
	  .facts = "auth failed user=user\nmessage 1 from=a@x aborted\n"
		   "session smtp tls=none auth=failed n=1\n" },
	{ .name = "given up, and not known", .port = 587,
	  .steps = { HELLO, C("AUTH PLAIN\r\n"), S("334 \r\n"), C("*\r\n"), S("501 ok\r\n"),
		     C("AUTH NTLM\r\n"), S("504 no\r\n") },
	  .facts = "auth failed user=\nauth failed user=\n"
		   "session smtp tls=none auth=failed n=0\n" },
	{ .name = "other mechanisms", .port = 587,
	  .steps = { HELLO, C("AUTH CRAM-MD5\r\n"), S("334 PDE+\r\n"),
		     C("ZnJlZCA5ZTk1YWVl\r\n"), S("235 ok\r\n"),
		     C("AUTH SCRAM-SHA-1 biwsbj11c2VyLHI9YWJj\r\n"), S("334 cg==\r\n"),
		     C("Yz1i\r\n"), S("535 no\r\n"),
		     C("AUTH XOAUTH2 dXNlcj11QHgBYXV0aD1CZWFyZXIgcQEB\r\n"), S("535 no\r\n") },
	  .facts = "auth ok user=fred\nauth failed user=user\nauth failed user=u@x\n"
		   "session smtp tls=none auth=ok n=0\n" },
};

Test(smtp, auth)
{
	for (size_t i = 0; i < ARRAY_COUNT(auth); i++)
		talk_check(&smtp_decoder, &auth[i]);
}

static const struct talk tls[] = {
	{ .name = "N2 nothing is read after STARTTLS", .port = 25,
	  .steps = { HELLO, C("STARTTLS\r\n"), S("220 go\r\n"),
		     C("\x16\x03\x01 MAIL FROM:<a@x>\r\n"), S("250 ok\r\n") },
	  .facts = "session smtp tls=starttls auth=hidden n=0\n" },
	{ .name = "STARTTLS that is refused", .port = 25,
	  .steps = { HELLO, C("STARTTLS\r\n"), S("454 no\r\n"), MAIL("a@x") },
	  .facts = "message 1 from=a@x aborted\n" SESSION(1) "\n" },
	{ .name = "N5 commands ahead of TLS are flagged and belong to nobody", .port = 25,
	  .steps = { HELLO, C("STARTTLS\r\nMAIL FROM:<a@x>\r\n"), S("220 go\r\n") },
	  .facts = "session smtp tls=starttls auth=hidden n=0 malformed\n" },
	{ .name = "commands behind a STARTTLS that is refused", .port = 25,
	  .steps = { HELLO, C("STARTTLS\r\nMAIL FROM:<a@x>\r\n"), S("454 no\r\n250 ok\r\n") },
	  .facts = "message 1 from=a@x aborted\n" SESSION(1) "\n" },
	{ .name = "STARTTLS that is taken, and the talk goes on in clear", .port = 25,
	  .steps = { HELLO, C("STARTTLS\r\n"), S("220 go\r\n"), HELLO_AGAIN, MAIL("a@x"),
		     RCPT("b@y.z"), DATA, TEXT, QUIT },
	  .facts = OK_MESSAGE SESSION(1) "\n" },
	{ .name = "what begins like a command and is none is TLS", .port = 25,
	  .steps = { HELLO, C("STARTTLS\r\n"), S("220 go\r\n"), C("MAIL ORDER"),
		     C("\r\nMAIL FROM:<a@x>\r\n"), S("250 ok\r\n") },
	  .facts = "session smtp tls=starttls auth=hidden n=0\n" },
	{ .name = "what the server says before the client goes on in clear is not read", .port = 25,
	  .steps = { HELLO, C("STARTTLS\r\n"), S("220 go\r\n554 injected\r\n"), HELLO_AGAIN,
		     MAIL("a@x") },
	  .facts = "message 1 from=a@x aborted\n" SESSION(1) "\n" },
	{ .name = "X-ANONYMOUSTLS", .port = 25,
	  .steps = { HELLO, C("X-ANONYMOUSTLS\r\n"), S("220 go\r\n") },
	  .facts = "session smtp tls=starttls auth=hidden n=0\n" },
};

Test(smtp, tls)
{
	for (size_t i = 0; i < ARRAY_COUNT(tls); i++)
		talk_check(&smtp_decoder, &tls[i]);
}
