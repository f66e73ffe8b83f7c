#include "talk.h"

#include <criterion/criterion.h>

/* What is not in the capture, and ends of a text that servers read differently. */

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
#define LOGIN                                                                           \
	C("AUTH LOGIN\r\n"), S("334 VXNlcm5hbWU6\r\n"), C("dXNlcg==\r\n"),                \
	    S("334 UGFzc3dvcmQ6\r\n")
#define QUIT C("QUIT\r\n"), S("221 bye\r\n")
#define SESSION(n) "session smtp tls=none auth=none n=" #n

static const struct talk gaps[] = {
	{ .name = "Z1 the dot and its answer are lost: two mails, never one", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), DATA, C("Subject: x\r\n\r\nh"), C_LOST(9),
		     S_LOST(20), C("MAIL FROM:<c@x>\r\n"), S("250 ok\r\n"), RCPT("d@y.z"), DATA, TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted unknown\n"
		   "message 2 from=c@x to=d@y.z:accepted accepted\n" SESSION(2) " gap\n" },
	{ .name = "the password and the word on it are lost: the client may be in", .port = 25,
	  .steps = { HELLO, LOGIN, C_LOST(14), S_LOST(37), MAIL("a@x"), RCPT("b@y.z"), DATA, TEXT },
	  .facts = "auth none user=user\nmessage 1 from=a@x to=b@y.z:accepted accepted\n"
		   SESSION(1) " gap\n" },
	{ .name = "the word comes before the client's hole is told", .port = 25,
	  .steps = { HELLO, LOGIN, S_LOST(37), C_LOST(14), MAIL("a@x"), RCPT("b@y.z"), DATA, TEXT },
	  .facts = "auth none user=user\nmessage 1 from=a@x to=b@y.z:accepted accepted\n"
		   SESSION(1) " gap\n" },
	{ .name = "the password is lost, the word on it is not: in", .port = 25,
	  .steps = { HELLO, LOGIN, C_LOST(14), S("235 2.7.0 in\r\n"), MAIL("a@x") },
	  .facts = "auth ok user=user\nmessage 1 from=a@x aborted\n"
		   "session smtp tls=none auth=ok n=1 gap\n" },
	{ .name = "the password is lost, the word on it is not: out", .port = 25,
	  .steps = { HELLO, LOGIN, C_LOST(14), S("535 5.7.8 no\r\n"), MAIL("a@x") },
	  .facts = "auth failed user=user\nmessage 1 from=a@x aborted\n"
		   "session smtp tls=none auth=failed n=1 gap\n" },
	{ .name = "the user's name is lost: what comes after it is a secret", .port = 25,
	  .steps = { HELLO, C("AUTH LOGIN\r\n"), S("334 VXNlcm5hbWU6\r\n"), C_LOST(10),
		     S("334 UGFzc3dvcmQ6\r\n"), C("c2VjcmV0\r\n"), S("235 2.7.0 in\r\n"), QUIT },
	  .facts = "auth ok user=\nsession smtp tls=none auth=ok n=0 gap\n" },
	{ .name = "AUTH itself is lost: two secrets, and in", .port = 25,
	  .steps = { HELLO, C_LOST(12), S("334 VXNlcm5hbWU6\r\n"), C("dXNlcg==\r\n"),
		     S("334 UGFzc3dvcmQ6\r\n"), C("c2VjcmV0\r\n"), S("235 2.7.0 in\r\n"),
		     MAIL("a@x") },
	  .facts = "auth ok user=\nmessage 1 from=a@x aborted\n"
		   "session smtp tls=none auth=ok n=1 gap\n" },
	{ .name = "AUTH itself is lost, and the word on it", .port = 25,
	  .steps = { HELLO, C_LOST(12), S("334 VXNlcm5hbWU6\r\n"), C("dXNlcg==\r\n"),
		     S("334 UGFzc3dvcmQ6\r\n"), C("c2VjcmV0\r\n"), S_LOST(20), MAIL("a@x") },
	  .facts = "auth none user=\nmessage 1 from=a@x aborted\n" SESSION(1) " gap\n" },
	{ .name = "the first 334 is lost: no second line is a name", .port = 25,
	  .steps = { HELLO, C("AUTH LOGIN\r\n"), S_LOST(18), C("dXNlcg==\r\n"),
		     S("334 UGFzc3dvcmQ6\r\n"), C("c2VjcmV0\r\n"), S("235 2.7.0 in\r\n"), QUIT },
	  .facts = "auth none user=\nsession smtp tls=none auth=none n=0 gap\n" },
	{ .name = "the first 334 and the name are lost", .port = 25,
	  .steps = { HELLO, C("AUTH LOGIN\r\n"), S_LOST(18), C_LOST(10),
		     S("334 UGFzc3dvcmQ6\r\n"), C("c2VjcmV0\r\n"), S("235 2.7.0 in\r\n"), QUIT },
	  .facts = "auth none user=\nauth ok user=\nsession smtp tls=none auth=ok n=0 gap\n" },
	{ .name = "the name and the first 334 are lost", .port = 25,
	  .steps = { HELLO, C("AUTH LOGIN\r\n"), C_LOST(10), S_LOST(18),
		     S("334 UGFzc3dvcmQ6\r\n"), C("c2VjcmV0\r\n"), S("235 2.7.0 in\r\n"), QUIT },
	  .facts = "auth none user=\nauth ok user=\nsession smtp tls=none auth=ok n=0 gap\n" },
	{ .name = "the dot is lost, its answer is not", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), DATA, C("Subject: x\r\n\r\nh"), C_LOST(9),
		     S("250 queued\r\n"), MAIL("c@x") },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "message 2 from=c@x aborted\n" SESSION(2) " gap\n" },
	{ .name = "a piece of the text is lost", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), DATA, C("Subject: x\r\n\r\nh"), C_LOST(900),
		     C("MAIL FROM:<no@x>\r\n.\r\n"), S("250 queued\r\n"), QUIT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n" SESSION(1) " gap\n" },
	{ .name = "the second of four answers is lost", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), C("RCPT TO:<c@y.z>\r\n"), S_LOST(14),
		     C("RCPT TO:<d@y.z>\r\n"), S("554 relay access denied\r\n"), RCPT("e@y.z"),
		     DATA, TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:unknown to=d@y.z:denied_relay"
		   " to=e@y.z:accepted accepted\n" SESSION(1) " gap\n" },
	{ .name = "the second of four pipelined answers is lost", .port = 25,
	  .steps = { HELLO,
		     C("MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nRCPT TO:<c@y.z>\r\n"
		       "RCPT TO:<d@y.z>\r\nRCPT TO:<e@y.z>\r\nDATA\r\n"),
		     S("250 ok\r\n250 ok\r\n"), S_LOST(8),
		     S("554 relay access denied\r\n250 ok\r\n354 go\r\n"), TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:unknown to=d@y.z:denied_relay"
		   " to=e@y.z:accepted accepted\n" SESSION(1) " gap pipelining\n" },
	{ .name = "a RCPT is lost, its answer is not", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), C_LOST(17), S("250 ok\r\n"),
		     C("RCPT TO:<c@y.z>\r\n"), S("554 relay access denied\r\n"), DATA, TEXT },
	  .facts = "message 1 from=a@x to=c@y.z:denied_relay accepted\n" SESSION(1) " gap\n" },
	{ .name = "the only answer is lost, and the client goes on", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), C("RCPT TO:<b@y.z>\r\n"), S_LOST(8), DATA, TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:unknown? accepted\n" SESSION(1) " gap\n" },
	{ .name = "the answer to DATA is lost", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), C("DATA\r\n"), S_LOST(8), TEXT, MAIL("c@x") },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "message 2 from=c@x aborted\n" SESSION(2) " gap\n" },
	{ .name = "the answer to DATA is lost, and was a refusal", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), RCPT("b@y.z"), C("DATA\r\n"), S_LOST(8), QUIT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted aborted\n" SESSION(1) " gap\n" },
	{ .name = "a reply is cut in its text", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), C("RCPT TO:<b@y.z>\r\n"), S("554 5.7.1 Relay access de"),
		     S_LOST(6), C("RCPT TO:<c@y.z>\r\n"), S("250 ok\r\n"), QUIT },
	  .facts = "message 1 from=a@x to=b@y.z:denied_policy to=c@y.z:accepted aborted\n"
		   SESSION(1) " gap\n" },
};

Test(smtp_loss, gaps)
{
	for (size_t i = 0; i < ARRAY_COUNT(gaps); i++)
		talk_check(&smtp_decoder, &gaps[i]);
}

static const struct talk partial[] = {
	{ .name = "Z12, scenario P18: the client's side alone", .port = 25, .server_unseen = true,
	  .flags = CONNECTION_ONE_SIDED,
	  .steps = { C("EHLO c\r\n"), C("MAIL FROM:<a@x>\r\n"), C("RCPT TO:<b@y.z>\r\n"),
		     C("DATA\r\n"), C("Subject: x\r\n\r\nhi\r\n.\r\n"), C("MAIL FROM:<c@x>\r\n"),
		     C("RCPT TO:<d@y.z>\r\n"), C("QUIT\r\n") },
	  .facts = "message 1 from=a@x to=b@y.z:unknown? unknown\n"
		   "message 2 from=c@x to=d@y.z:unknown unknown\n" SESSION(2) " one_sided\n" },
	{ .name = "Z12, scenario P19: the server's side alone", .port = 25, .client_unseen = true,
	  .flags = CONNECTION_ONE_SIDED,
	  .steps = { S("220 mx\r\n"), S("250-mx\r\n250 X\r\n"), S("250 ok\r\n"), S("250 ok\r\n"),
		     S("354 go\r\n"), S("250 ok\r\n"), S("221 bye\r\n") },
	  .facts = SESSION(0) " one_sided\n" },
	{ .name = "a greeting alone, of a server whose client is not in the capture", .port = 25,
	  .client_unseen = true, .flags = CONNECTION_ONE_SIDED | CONNECTION_MIDSTREAM,
	  .steps = { S("220 mx ESMTP\r\n") },
	  .facts = SESSION(0) " midstream one_sided\n" },
	{ .name = "an answer alone, that is no greeting for sure", .port = 25,
	  .client_unseen = true, .flags = CONNECTION_ONE_SIDED | CONNECTION_MIDSTREAM,
	  .steps = { S("220 ready\r\n") }, .facts = "" },
	{ .name = "joined before the greeting", .port = 25, .flags = CONNECTION_MIDSTREAM,
	  .steps = { S("220 mx ESMTP\r\n"),
		     C("EHLO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nRCPT TO:<c@y.z>\r\n"),
		     S("250 mx\r\n250 ok\r\n550 no such user\r\n250 ok\r\n"), DATA, TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:denied_user to=c@y.z:accepted accepted\n"
		   SESSION(1) " midstream pipelining\n" },
	{ .name = "http-connect: a tunnel, whose own words are not read", .port = 3128,
	  .flags = CONNECTION_MIDSTREAM,
	  .steps = { S("220 mx ESMTP\r\n"), C("EHLO c\r\n"), S("250 mx\r\n"), MAIL("a@x"),
		     RCPT("b@y.z"), DATA, TEXT, QUIT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   SESSION(1) " midstream nonstandard_port\n" },
	{ .name = "joined in a text", .port = 25, .flags = CONNECTION_MIDSTREAM,
	  .steps = { C("le of a line\r\nDear sir\r\nMAIL order\r\n.\r\n"), S("250 queued\r\n"),
		     MAIL("a@x"), RCPT("b@y.z"), DATA, TEXT, QUIT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n" SESSION(1) " midstream\n" },
	{ .name = "joined before a MAIL", .port = 25, .flags = CONNECTION_MIDSTREAM,
	  .steps = { MAIL("a@x"), RCPT("b@y.z"), DATA, TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n" SESSION(1) " midstream\n" },
	{ .name = "joined before EHLO, with MAIL and RCPT behind it", .port = 25,
	  .flags = CONNECTION_MIDSTREAM,
	  .steps = { C("EHLO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\n"),
		     S("250 mx\r\n250 ok\r\n250 ok\r\n"), DATA, TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   SESSION(1) " midstream pipelining\n" },
	{ .name = "joined behind a MAIL", .port = 25, .flags = CONNECTION_MIDSTREAM,
	  .steps = { RCPT("b@y.z"), DATA, TEXT },
	  .facts = "message 1 to=b@y.z:accepted accepted\n" SESSION(1) " midstream\n" },
};

Test(smtp_loss, one_sided_and_midstream)
{
	for (size_t i = 0; i < ARRAY_COUNT(partial); i++)
		talk_check(&smtp_decoder, &partial[i]);
}

#define SECOND "MAIL FROM:<c@x>\r\nRCPT TO:<d@y.z>\r\nDATA\r\nb\r\n.\r\n"
#define FIRST HELLO, MAIL("a@x"), RCPT("b@y.z"), DATA
#define FIRST_OK "message 1 from=a@x to=b@y.z:accepted accepted\n"
#define TAKEN FIRST_OK "message 2 from=c@x to=d@y.z:accepted accepted\n" SESSION(2) " pipelining smuggling\n"
#define ANSWERS S("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n")

static const struct talk dots[] = {
	{ .name = "P1 LF.CRLF is taken", .port = 25,
	  .steps = { FIRST, C("a\n.\r\n" SECOND), ANSWERS, QUIT }, .facts = TAKEN },
	{ .name = "P1 LF.LF is taken", .port = 25,
	  .steps = { FIRST, C("a\n.\n" SECOND), ANSWERS, QUIT }, .facts = TAKEN },
	{ .name = "P1 CR.CR is taken", .port = 25,
	  .steps = { FIRST, C("a\r.\r" SECOND), ANSWERS, QUIT }, .facts = TAKEN },
	{ .name = "P1 CRLF.LF is taken, answer by answer", .port = 25,
	  .steps = { FIRST, C("a\r\n.\n" SECOND), S("250 ok\r\n"), S("250 ok\r\n"),
		     S("250 ok\r\n"), S("354 go\r\n"), S("250 ok\r\n"), QUIT }, .facts = TAKEN },
	{ .name = "P1 it is text to the server", .port = 25,
	  .steps = { FIRST, C("a\n.\r\n" SECOND), S("250 ok\r\n"), QUIT },
	  .facts = FIRST_OK SESSION(1) " smuggling\n" },
	{ .name = "P1 it is text to the server, and the server hangs up", .port = 25,
	  .steps = { FIRST, C("a\n.\r\n" SECOND), S("451 bare newline\r\n") },
	  .facts = "message 1 from=a@x to=b@y.z:accepted tempfail\n" SESSION(1) " smuggling\n" },
	{ .name = "a lone dot within a text is text", .port = 25,
	  .steps = { FIRST, C("a\n.\nb\r\n.\r\n"), S("250 ok\r\n"), QUIT },
	  .facts = FIRST_OK SESSION(1) "\n" },
	{ .name = "a client that ends its lines with LF", .port = 25,
	  .steps = { FIRST, C("a\n.\n"), S("250 ok\r\n"), C("MAIL FROM:<c@x>\n"), S("250 ok\r\n") },
	  .facts = FIRST_OK "message 2 from=c@x aborted\n" SESSION(2) "\n" },
	{ .name = "S8 an empty text, and dots", .port = 25,
	  .steps = { FIRST, C(".\r\n"), S("250 ok\r\n"), MAIL("c@x"), RCPT("d@y.z"), DATA,
		     C("..\r\n.a\r\n\r.a\r\n\r\n.\r\n"), S("250 ok\r\n") },
	  .facts = FIRST_OK "message 2 from=c@x to=d@y.z:accepted accepted\n" SESSION(2) "\n" },
};

/* Scenario P27, by each doubtful end. */
Test(smtp_loss, ends_of_a_text)
{
	for (size_t i = 0; i < ARRAY_COUNT(dots); i++)
		talk_check(&smtp_decoder, &dots[i]);
}
