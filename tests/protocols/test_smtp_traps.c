#include "talk.h"

#include <criterion/criterion.h>

/*
 * Dialogues that other readers of SMTP got wrong, each under the name that it has in the tests of
 * Suricata or Zeek. What a mail is, and how it ends, is by RFC 5321, 3030 and 2920.
 */

/* clang-format off */
#define C(text) { CLIENT_SAYS, text, 0 }
#define S(text) { SERVER_SAYS, text, 0 }
#define GREETING S("220 mx ESMTP\r\n")
#define HELLO GREETING, C("EHLO c\r\n"), S("250-mx\r\n250-CHUNKING\r\n250 PIPELINING\r\n")
#define MAIL(from) C("MAIL FROM:<" from ">\r\n"), S("250 2.1.0 Ok\r\n")
#define RCPT(to) C("RCPT TO:<" to ">\r\n"), S("250 2.1.5 Ok\r\n")
#define DATA C("DATA\r\n"), S("354 go\r\n")
#define TEXT C("Subject: x\r\n\r\nhi\r\n.\r\n"), S("250 2.0.0 queued\r\n")
#define RSET C("RSET\r\n"), S("250 ok\r\n")
#define QUIT C("QUIT\r\n"), S("221 bye\r\n")
#define FIRST MAIL("a@x"), RCPT("b@y.z")
#define SECOND MAIL("c@x"), RCPT("d@y.z"), DATA, TEXT, QUIT
#define FIRST_IS(how) "message 1 from=a@x to=b@y.z:accepted " how "\n"
#define SECOND_OK "message 2 from=c@x to=d@y.z:accepted accepted\n"
#define SESSION(n) "session smtp tls=none auth=none n=" #n

static const struct talk chunks[] = {
	{ .name = "bdat-bad-tail-next-mail", .port = 25,
	  .steps = { HELLO, FIRST, C("BDAT 5 X\r\n"), S("501 syntax\r\n"),
		     C("BDAT 4 LAST\r\nhi\r\n"), S("250 ok\r\n"), SECOND },
	  .facts = FIRST_IS("accepted") SECOND_OK SESSION(2) " chunking malformed\n" },
	{ .name = "bdat-bad-tail-reply-queue", .port = 25,
	  .steps = { HELLO,
		     C("MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nBDAT 5 X\r\nRSET\r\n"
		       "MAIL FROM:<c@x>\r\nRCPT TO:<d@y.z>\r\n"),
		     S("250 ok\r\n250 ok\r\n501 syntax\r\n250 reset\r\n250 ok\r\n250 ok\r\n"),
		     DATA, TEXT },
	  .facts = FIRST_IS("rejected") SECOND_OK SESSION(2) " pipelining chunking malformed\n" },
	{ .name = "bdat-last-next-mail", .port = 25,
	  .steps = { HELLO, FIRST, C("BDAT 4 LAST\r\nhi\r\n"), S("250 ok\r\n"), SECOND },
	  .facts = FIRST_IS("accepted") SECOND_OK SESSION(2) " chunking\n" },
	{ .name = "bdat-multichunk-inspection", .port = 25,
	  .steps = { HELLO, FIRST, C("BDAT 4\r\nhi\r\n"), S("250 4 octets\r\n"),
		     C("BDAT 6\r\n.\r\n.\r\n"), S("250 6 octets\r\n"), C("BDAT 2 LAST\r\n\r\n"),
		     S("250 ok\r\n"), QUIT },
	  .facts = FIRST_IS("accepted") SESSION(1) " chunking\n" },
	{ .name = "bdat-multichunk-next-mail", .port = 25,
	  .steps = { HELLO, FIRST, C("BDAT 4\r\nhi\r\n"), S("250 4 octets\r\n"),
		     C("BDAT 4 LAST\r\nho\r\n"), S("554 no\r\n"), SECOND },
	  .facts = FIRST_IS("rejected") SECOND_OK SESSION(2) " chunking\n" },
	{ .name = "bdat-pipelined-next-mail", .port = 25,
	  .steps = { HELLO,
		     C("MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nBDAT 4\r\nhi\r\nBDAT 4 LAST\r\nho\r\n"
		       "MAIL FROM:<c@x>\r\nRCPT TO:<d@y.z>\r\nDATA\r\n"),
		     S("250 ok\r\n250 ok\r\n250 4\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"),
		     TEXT },
	  .facts = FIRST_IS("accepted") SECOND_OK SESSION(2) " pipelining chunking\n" },
	{ .name = "bdat-zero-last-next-mail", .port = 25,
	  .steps = { HELLO, FIRST, C("BDAT 0 LAST\r\n"), S("250 ok\r\n"), SECOND },
	  .facts = FIRST_IS("accepted") SECOND_OK SESSION(2) " chunking\n" },
	{ .name = "bdat-gap: a hole that is a whole chunk", .port = 25,
	  .steps = { HELLO, FIRST, C("BDAT 100\r\n"), { CLIENT_LOST, NULL, 100 }, S("250 100\r\n"),
		     C("BDAT 0 LAST\r\n"), S("250 ok\r\n"), SECOND },
	  .facts = FIRST_IS("accepted") SECOND_OK SESSION(2) " gap chunking\n" },
	{ .name = "bdat-chunk-size-overflow", .port = 25,
	  .steps = { HELLO, FIRST, C("BDAT 18446744073709551616\r\n"), S("501 x\r\n"),
		     C("BDAT 99999999999999999999999999999999 LAST\r\n"), S("501 x\r\n"), RSET,
		     SECOND },
	  .facts = FIRST_IS("rejected") SECOND_OK SESSION(2) " chunking malformed\n" },
	{ .name = "bdat-negative-chunk-size", .port = 25,
	  .steps = { HELLO, FIRST, C("BDAT -5 LAST\r\n"), S("501 x\r\n"), RSET, SECOND },
	  .facts = FIRST_IS("rejected") SECOND_OK SESSION(2) " chunking malformed\n" },
	{ .name = "S12: the second message's chunks are counted anew", .port = 25,
	  .steps = { HELLO, FIRST, C("BDAT 4 LAST\r\nhi\r\n"), S("250 ok\r\n"), MAIL("c@x"),
		     RCPT("d@y.z"), C("BDAT 8 LAST\r\nhi\r\nho\r\n"), S("250 ok\r\n"), QUIT },
	  .facts = FIRST_IS("accepted") SECOND_OK SESSION(2) " chunking\n" },
};

Test(smtp_traps, chunks)
{
	for (size_t i = 0; i < ARRAY_COUNT(chunks); i++)
		talk_check(&smtp_decoder, &chunks[i]);
}

static const struct talk resets[] = {
	{ .name = "data-rejected", .port = 25,
	  .steps = { HELLO, FIRST, C("DATA\r\n"), S("451 later\r\n"), RSET, SECOND },
	  .facts = FIRST_IS("tempfail") SECOND_OK SESSION(2) "\n" },
	{ .name = "ehlo-reset", .port = 25,
	  .steps = { HELLO, FIRST, C("EHLO c\r\n"), S("250 mx\r\n"), SECOND },
	  .facts = FIRST_IS("aborted") SECOND_OK SESSION(2) "\n" },
	{ .name = "ehlo-reset-after-rejected-data", .port = 25,
	  .steps = { HELLO, FIRST, C("DATA\r\n"), S("554 no\r\n"), C("EHLO c\r\n"),
		     S("250 mx\r\n"), SECOND },
	  .facts = FIRST_IS("rejected") SECOND_OK SESSION(2) "\n" },
	{ .name = "helo-reset-after-rcpt", .port = 25,
	  .steps = { HELLO, FIRST, C("helo c\r\n"), S("250 mx\r\n"), SECOND },
	  .facts = FIRST_IS("aborted") SECOND_OK SESSION(2) "\n" },
	{ .name = "rejected-ehlo-preserves-envelope", .port = 25,
	  .steps = { HELLO, FIRST, C("EHLO \r\n"), S("501 syntax\r\n"), DATA, TEXT, QUIT },
	  .facts = FIRST_IS("accepted") SESSION(1) "\n" },
	{ .name = "no-helo-quit", .port = 25, .steps = { GREETING, QUIT },
	  .facts = SESSION(0) "\n" },
	{ .name = "no-helo-rset", .port = 25, .steps = { GREETING, RSET, QUIT },
	  .facts = SESSION(0) "\n" },
	{ .name = "no-helo-rset-helo-mail", .port = 25,
	  .steps = { GREETING, RSET, C("HELO c\r\n"), S("250 mx\r\n"), FIRST, DATA, TEXT, QUIT },
	  .facts = FIRST_IS("accepted") SESSION(1) "\n" },
	{ .name = "pipelined-post-data-rset-sequence", .port = 25,
	  .steps = { HELLO, FIRST, DATA, TEXT,
		     C("RSET\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@y.z>\r\nDATA\r\n"),
		     S("250 reset\r\n250 ok\r\n250 ok\r\n354 go\r\n"), TEXT, QUIT },
	  .facts = FIRST_IS("accepted") SECOND_OK SESSION(2) " pipelining\n" },
	{ .name = "pipelined-rset-after-complete", .port = 25,
	  .steps = { HELLO, FIRST, DATA,
		     C("hi\r\n.\r\nRSET\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@y.z>\r\nDATA\r\n"),
		     S("550 5.7.1 spam\r\n250 reset\r\n250 ok\r\n250 ok\r\n354 go\r\n"), TEXT, QUIT },
	  .facts = FIRST_IS("rejected") SECOND_OK SESSION(2) " pipelining\n" },
	{ .name = "pipelined-rset-data-replies: no MAIL, no mail", .port = 25,
	  .steps = { HELLO, C("RSET\r\nDATA\r\n.\r\n"),
		     S("250 reset\r\n354 continue\r\n250 queued\r\n") },
	  .facts = SESSION(0) " pipelining\n" },
	{ .name = "rset", .port = 25, .steps = { HELLO, FIRST, RSET, RSET, SECOND },
	  .facts = FIRST_IS("aborted") SECOND_OK SESSION(2) "\n" },
	{ .name = "rset-after-rcpt", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), C("RCPT TO:<b@y.z>\r\nRSET\r\n"),
		     S("550 5.7.1 relay denied\r\n250 ok\r\n"), SECOND },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay rejected\n" SECOND_OK
		   SESSION(2) " pipelining\n" },
	{ .name = "rset-starttls", .port = 25,
	  .steps = { HELLO, FIRST, RSET, C("STARTTLS\r\n"), S("220 go\r\n"), C("\x16\x03\x01") },
	  .facts = FIRST_IS("aborted") "session smtp tls=starttls auth=hidden n=1\n" },
	{ .name = "quit-after-mail-from", .port = 25, .steps = { HELLO, MAIL("a@x"), QUIT },
	  .facts = "message 1 from=a@x aborted\n" SESSION(1) "\n" },
};

Test(smtp_traps, resets)
{
	for (size_t i = 0; i < ARRAY_COUNT(resets); i++)
		talk_check(&smtp_decoder, &resets[i]);
}

static const struct talk orders[] = {
	{ .name = "out-of-order-commands", .port = 25,
	  .steps = { HELLO, C("RCPT TO:<b@y.z>\r\n"), S("503 need MAIL\r\n"), C("DATA\r\n"),
		     S("503 need RCPT\r\n"), FIRST, DATA, TEXT },
	  .facts = FIRST_IS("accepted") SESSION(1) "\n" },
	{ .name = "nested-mail-from", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), C("MAIL FROM:<c@x>\r\n"), S("503 nested\r\n"),
		     RCPT("b@y.z"), DATA, TEXT },
	  .facts = FIRST_IS("accepted") SESSION(1) "\n" },
	{ .name = "all-rcpts-required-drop: one of two is taken", .port = 25,
	  .steps = { HELLO, FIRST, C("RCPT TO:<c@y.z>\r\n"), S("550 5.1.1 unknown\r\n"), DATA, TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:denied_user accepted\n"
		   SESSION(1) "\n" },
	{ .name = "any-rcpt-allowed-accept: the first of two is not", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), C("RCPT TO:<c@y.z>\r\n"), S("550 5.7.1 relay denied\r\n"),
		     RCPT("b@y.z"), DATA, TEXT },
	  .facts = "message 1 from=a@x to=c@y.z:denied_relay to=b@y.z:accepted accepted\n"
		   SESSION(1) "\n" },
	{ .name = "mail-transactions-invalid", .port = 25,
	  .steps = { HELLO, C("MAIL FRM:<q@x>\r\n"), S("501 syntax\r\n"), C("RCPT\r\n"),
		     S("501 syntax\r\n"), C("MAIL FROM:a b c\r\n"), S("555 x\r\n"), FIRST, DATA, TEXT },
	  .facts = "message 1 rejected\nmessage 2 from=a rejected\n"
		   "message 3 from=a@x to=b@y.z:accepted accepted\n" SESSION(3) " malformed\n" },
	{ .name = "to-comma: one RCPT names one recipient", .port = 25,
	  .steps = { HELLO, MAIL("a@x"), C("RCPT TO:<b@y.z>,<c@y.z>\r\n"), S("250 ok\r\n"), DATA,
		     TEXT },
	  .facts = FIRST_IS("accepted") SESSION(1) "\n" },
	{ .name = "S9 errors: codes that no RFC has", .port = 25,
	  .steps = { HELLO, C("MAIL FROM:<a@x>\r\n"), S("200 yes\r\n"), RCPT("b@y.z"),
		     C("RCPT TO:<c@y.z>\r\n"), S("400 4.7.0 wait\r\n"),
		     C("RCPT TO:<d@y.z>\r\n"), S("472 dns\r\n"),
		     C("RCPT TO:<e@y.z>\r\n"), S("599 no\r\n"), DATA, TEXT },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:tempfail to=d@y.z:tempfail"
		   " to=e@y.z:denied_policy accepted\n" SESSION(1) "\n" },
	{ .name = "S9 a server that answers a TLS hello line by line", .port = 25,
	  .steps = { GREETING,
		     { CLIENT_SAYS, "\x16\x03\x01\0\x20\x01\0\0\n\0\n\0\x08\0\r\n\r\n", 17 },
		     S("500 what\r\n500 what\r\n500 what\r\n500 what\r\n"), C("EHLO c\r\n"),
		     S("250 mx\r\n"), FIRST, DATA, TEXT },
	  .facts = FIRST_IS("accepted") SESSION(1) "\n" },
	{ .name = "startssl", .port = 25,
	  .steps = { HELLO, C("STARTSSL\r\n"), S("500 what\r\n"), FIRST, DATA, TEXT },
	  .facts = FIRST_IS("accepted") SESSION(1) "\n" },
	{ .name = "N4 line ends of both kinds", .port = 25,
	  .steps = { S("220 mx ESMTP\n"), C("EHLO c\n"), S("250-mx\n250 PIPELINING\r\n"),
		     C("MAIL FROM:<a@x>\nRCPT TO:<b@y.z>\r\nDATA\n"),
		     S("250 ok\n250 ok\r\n354 go\n"), TEXT },
	  .facts = FIRST_IS("accepted") SESSION(1) " pipelining\n" },
	{ .name = "A1 a client that goes on when a reply is one line short", .port = 25,
	  .steps = { GREETING, C("EHLO c\r\n"), S("250-mx\r\n250-SIZE\r\n"), FIRST, DATA, TEXT },
	  .facts = FIRST_IS("accepted") SESSION(1) "\n" },
};

Test(smtp_traps, orders)
{
	for (size_t i = 0; i < ARRAY_COUNT(orders); i++)
		talk_check(&smtp_decoder, &orders[i]);
}
