#include "talk.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define K "21:Kok 838640135 qp 1390,"
#define D "66:Dsorry, that domain isn't in my list of allowed rcpthosts (#5.7.1),"
#define Z "16:Zqueue is full x,"
/* Packages from a@x to the recipients; each message is ten bytes. */
#define HEAD "10:\nSubject: ,3:a@x,"
#define TO_B HEAD "8:5:b@y.z,,"
#define TO_C HEAD "8:5:c@y.z,,"
#define TO_BC HEAD "16:5:b@y.z,5:c@y.z,,"
#define TO_BCD HEAD "24:5:b@y.z,5:c@y.z,5:d@y.z,,"

static const struct talk talks[] = {
	{ .name = "the example of the specification, both encodings",
	  .port = 209,
	  .steps = { { CLIENT_SAYS,
		       "246:\nReceived: (qmail-queue invoked by uid 0); 29 Jul 1996 11:35:35 "
		       "-0000\n"
		       "Date: 29 Jul 1996 11:35:35 -0000\n"
		       "Message-ID: <19960729113535.375.qmail@heaven.af.mil>\n"
		       "From: God@heaven.af.mil\nTo: djb@silverton.berkeley.edu (D. J. "
		       "Bernstein)\n\n"
		       "This is a test.\n,24:God-DSN-37@heaven.af.mil,"
		       "30:26:djb@silverton.berkeley.edu,,"
		       "13:\rReceived\r\n\r\n,0:,"
		       "83:39:Hate.The Quoting@SILVERTON.berkeley.edu,36:\\Backslashes!"
		       "@silverton.BERKELEY.edu,,",
		       0 },
		     { SERVER_SAYS, K, 0 },
		     { SERVER_SAYS, K K, 0 } },
	  .facts = "message 1 from=God-DSN-37@heaven.af.mil to=djb@silverton.berkeley.edu:accepted "
		   "accepted\n"
		   "message 2 from= to=Hate.The Quoting@SILVERTON.berkeley.edu:accepted "
		   "to=\\Backslashes!@silverton.BERKELEY.edu:accepted accepted\n"
		   "session qmtp tls=none auth=none n=2 pipelining\n" },
	{ .name = "answers are bound in order",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, TO_BCD, 0 }, { SERVER_SAYS, K D K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:denied_relay to=d@y.z:accepted "
		   "accepted\nsession qmtp tls=none auth=none n=1\n" },
	{ .name = "all refused, all not now, both",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, TO_BC, 0 },
		     { SERVER_SAYS, D D, 0 },
		     { CLIENT_SAYS, TO_BC, 0 },
		     { SERVER_SAYS, Z Z, 0 },
		     { CLIENT_SAYS, TO_BC, 0 },
		     { SERVER_SAYS, Z D, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay to=c@y.z:denied_relay rejected\n"
		   "message 2 from=a@x to=b@y.z:tempfail to=c@y.z:tempfail tempfail\n"
		   "message 3 from=a@x to=b@y.z:tempfail to=c@y.z:denied_relay tempfail\n"
		   "session qmtp tls=none auth=none n=3\n" },
	{ .name = "scenario P12: late answers to pipelined packages",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, TO_B TO_BC TO_C, 0 },
		     { CLIENT_ENDS, NULL, 0 },
		     { SERVER_SAYS, D K, 0 },
		     { SERVER_SAYS, D K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay rejected\n"
		   "message 2 from=a@x to=b@y.z:accepted to=c@y.z:denied_relay accepted\n"
		   "message 3 from=a@x to=c@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=3 pipelining\n" },
	{ .name = "scenario P13: mailfront: one answer for a package",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, TO_BCD, 0 }, { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:accepted to=d@y.z:accepted "
		   "accepted\nsession qmtp tls=none auth=none n=1 short_replies\n" },
	{ .name = "mailfront: one answer for each of three packages",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, TO_BC TO_B TO_BC, 0 }, { SERVER_SAYS, D K K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay to=c@y.z:denied_relay rejected\n"
		   "message 2 from=a@x to=b@y.z:accepted accepted\n"
		   "message 3 from=a@x to=b@y.z:accepted to=c@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=3 pipelining short_replies\n" },
	{ .name = "fewer answers at a reset prove nothing",
	  .port = 209,
	  .end = CLOSE_RST,
	  .steps = { { CLIENT_SAYS, TO_BC, 0 }, { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:unknown accepted\n"
		   "session qmtp tls=none auth=none n=1\n" },
	{ .name = "a reset before the answer",
	  .port = 209,
	  .end = CLOSE_RST,
	  .steps = { { CLIENT_SAYS, TO_B, 0 }, { SERVER_SAYS, K, 0 }, { CLIENT_SAYS, TO_C, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "message 2 from=a@x to=c@y.z:unknown unknown\n"
		   "session qmtp tls=none auth=none n=2\n" },
	{ .name = "more answers than recipients",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, TO_B, 0 }, { SERVER_SAYS, K D, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=1 malformed\n" },
	{ .name = "a length that qmail reads leniently: ';' is 11",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, HEAD "14:;:bbbbbbb@y.z,," TO_C, 0 }, { SERVER_SAYS, K K, 0 } },
	  .facts = "message 1 from=a@x to=bbbbbbb@y.z:accepted accepted\n"
		   "message 2 from=a@x to=c@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=2 pipelining malformed\n" },
	{ .name = "leading zeros",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, "0010:\nSubject: ,003:a@x,010:005:b@y.z,,", 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=1 malformed\n" },
	{ .name = "a wrong last comma; the next package is found",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, HEAD "16:5:b@y.z,5:c@y.z,;", 0 },
		     { CLIENT_SAYS, TO_B TO_C, 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:unknown to=c@y.z:unknown aborted\n"
		   "message 2 from=a@x to=c@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=2 malformed\n" },
	{ .name = "200 MB announced, 10 bytes sent",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, "200000000:\nSubject:\n", 0 } },
	  .facts = "message 1 aborted\nsession qmtp tls=none auth=none n=1\n" },
	{ .name = "the client leaves in the list of recipients",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, TO_B, 0 },
		     { SERVER_SAYS, K, 0 },
		     { CLIENT_SAYS, HEAD "16:5:b@y.z,5:c@", 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "message 2 from=a@x to=b@y.z:unknown aborted\n"
		   "session qmtp tls=none auth=none n=2\n" },
	{ .name = "the capture ends in the message",
	  .port = 209,
	  .end = CLOSE_EOF,
	  .steps = { { CLIENT_SAYS, "200:\nSubject:\n", 0 } },
	  .facts = "message 1 unknown\nsession qmtp tls=none auth=none n=1\n" },
	{ .name = "a hole in a message of known length",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, "1000:\nSubject: x\n", 0 },
		     { CLIENT_LOST, NULL, 980 },
		     { CLIENT_SAYS, "last\n\n\n\n,3:a@x,8:5:b@y.z,,", 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole from the message into the sender",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, TO_B "1000:\nSubject: x\n", 0 },
		     { CLIENT_LOST, NULL, 1000 },
		     { CLIENT_SAYS, "y.z,8:5:b@y.z,," TO_C, 0 },
		     { SERVER_SAYS, K, 0 },
		     { SERVER_SAYS, D K, 0 } },
	  .end = CLOSE_EOF,
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "message 2 unknown\n"
		   "message 3 from=a@x to=c@y.z:unknown unknown\n"
		   "session qmtp tls=none auth=none n=3 gap pipelining\n" },
	{ .name = "the same, but the connection ends in order",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, "1000:\nSubject: x\n", 0 },
		     { CLIENT_LOST, NULL, 1000 },
		     { CLIENT_SAYS, "y.z,8:5:b@y.z,," TO_C, 0 },
		     { SERVER_SAYS, D K, 0 } },
	  .end = CLOSE_FIN,
	  .facts = "message 1 unknown\n"
		   "message 2 from=a@x to=c@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=2 gap pipelining\n" },
	{ .name = "a hole in one recipient: its answer is counted off",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, HEAD "24:5:b@y.z,5:c@", 0 },
		     { CLIENT_LOST, NULL, 3 },
		     { CLIENT_SAYS, ",5:d@y.z,,", 0 },
		     { SERVER_SAYS, D K D, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay to=d@y.z:denied_relay accepted\n"
		   "session qmtp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole across recipients: the list's own length leads to its end",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, HEAD "24:5:b@y.z,5:c@", 0 },
		     { CLIENT_LOST, NULL, 5 },
		     { CLIENT_SAYS, ":d@y.z,,", 0 },
		     { SERVER_SAYS, D K D, 0 },
		     { CLIENT_SAYS, TO_C, 0 },
		     { SERVER_SAYS, D, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay accepted\n"
		   "message 2 from=a@x to=c@y.z:denied_relay rejected\n"
		   "session qmtp tls=none auth=none n=2 gap\n" },
	{ .name = "lost answers are not taken from the next package",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, TO_BC, 0 },
		     { SERVER_LOST, NULL, 50 },
		     { CLIENT_SAYS, TO_BC, 0 },
		     { SERVER_SAYS, D K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:unknown to=c@y.z:unknown unknown\n"
		   "message 2 from=a@x to=b@y.z:denied_relay to=c@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=2 gap\n" },
	{ .name = "lost answers among pipelined packages are bound from the end",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, TO_BC, 0 },
		     { SERVER_SAYS, K K, 0 },
		     { CLIENT_SAYS, TO_BC TO_BC TO_B, 0 },
		     { SERVER_SAYS, K, 0 },
		     { SERVER_LOST, NULL, 50 },
		     { SERVER_SAYS, D K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:accepted accepted\n"
		   "message 2 from=a@x to=b@y.z:accepted to=c@y.z:unknown accepted\n"
		   "message 3 from=a@x to=b@y.z:unknown to=c@y.z:denied_relay unknown\n"
		   "message 4 from=a@x to=b@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=4 gap pipelining\n" },
	{ .name = "in the same place, where mailfront's manner is possible, nothing is said",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, TO_BC TO_BC TO_B, 0 },
		     { SERVER_SAYS, K, 0 },
		     { SERVER_LOST, NULL, 50 },
		     { SERVER_SAYS, D K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:unknown to=c@y.z:unknown unknown\n"
		   "message 2 from=a@x to=b@y.z:unknown to=c@y.z:unknown unknown\n"
		   "message 3 from=a@x to=b@y.z:unknown unknown\n"
		   "session qmtp tls=none auth=none n=3 gap pipelining\n" },
	{ .name = "a hole inside an answer's text",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, TO_BC, 0 },
		     { SERVER_SAYS, "21:Kok 83", 0 },
		     { SERVER_LOST, NULL, 15 },
		     { SERVER_SAYS, "," D, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:denied_relay accepted\n"
		   "session qmtp tls=none auth=none n=1 gap\n" },
	{ .name = "joined between two packages, the client waits",
	  .port = 209,
	  .flags = CONNECTION_MIDSTREAM,
	  .end = CLOSE_FIN,
	  .steps = { { SERVER_SAYS, K, 0 }, { CLIENT_SAYS, TO_BC, 0 }, { SERVER_SAYS, D K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay to=c@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=1 midstream\n" },
	{ .name = "joined before an answer to a package that was not seen",
	  .port = 209,
	  .flags = CONNECTION_MIDSTREAM,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, TO_B, 0 }, { SERVER_SAYS, D K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=1 midstream\n" },
	{ .name = "the client's side alone",
	  .port = 209,
	  .flags = CONNECTION_ONE_SIDED,
	  .server_unseen = true,
	  .steps = { { CLIENT_SAYS, TO_B TO_C, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:unknown unknown\n"
		   "message 2 from=a@x to=c@y.z:unknown unknown\n"
		   "session qmtp tls=none auth=none n=2 one_sided pipelining\n" },
	{ .name = "the server's side alone",
	  .port = 209,
	  .flags = CONNECTION_ONE_SIDED | CONNECTION_MIDSTREAM,
	  .client_unseen = true,
	  .steps = { { SERVER_SAYS, K D, 0 } },
	  .facts = "session qmtp tls=none auth=none n=0 midstream one_sided\n" },
	{ .name = "mailfront refuses the line ends before the package is over",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, "1000:\rReceived: x\r\n", 0 },
		     { SERVER_SAYS, "41:ZCannot handle non-LF line terminator xxx,", 0 } },
	  .facts = "message 1 tempfail\nsession qmtp tls=none auth=none n=1\n" },
	{ .name = "a list without recipients takes no answer",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, HEAD "0:,", 0 },
		     { CLIENT_SAYS, TO_B, 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x unknown\n"
		   "message 2 from=a@x to=b@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=2 malformed\n" },
	{ .name = "a recipient that is longer than its list",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, HEAD "8:6:b@y.zz,,", 0 } },
	  .facts = "message 1 from=a@x aborted\nsession qmtp tls=none auth=none n=1 malformed\n" },
	{ .name = "32 bits wrap in a length",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, TO_B "4294967306:\nSubject: ,3:a@x,8:5:b@y.z,,", 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=1 malformed\n" },
	{ .name = "an empty message is none",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, "0:,3:a@x,8:5:b@y.z,,", 0 } },
	  .facts = "" },
	{ .name = "answers that hold commas, colons and binary",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, TO_BC, 0 },
		     { SERVER_SAYS, "9:D1:K,2:Z,,7:K\0\1\2\377,:,", 22 } },
	  .facts = "message 1 from=a@x to=b@y.z:denied_policy to=c@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=1\n" },
	{ .name = "a broken answer is passed by, and those after it are not shifted",
	  .port = 209,
	  .end = CLOSE_RST,
	  .steps = { { CLIENT_SAYS, TO_BC, 0 }, { SERVER_SAYS, "5:Kok x;" K D, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:unknown to=c@y.z:unknown unknown\n"
		   "session qmtp tls=none auth=none n=1 malformed\n" },
	{ .name = "on an odd port a number alone is no mail",
	  .port = 20209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, "12:\nabc", 0 } },
	  .facts = "" },
	{ .name = "on an odd port a number and a comma at the right place are no mail",
	  .port = 20209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, "4:\nabc,noise", 0 } },
	  .facts = "" },
	{ .name = "on an odd port a message and its sender are mail",
	  .port = 20209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, "4:\nabc,3:a@x,", 0 } },
	  .facts = "message 1 from=a@x aborted\n"
		   "session qmtp tls=none auth=none n=1 nonstandard_port\n" },
	{ .name = "a hole that is the last comma of a package",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, HEAD "8:5:b@y.z,", 0 },
		     { CLIENT_LOST, NULL, 1 },
		     { CLIENT_SAYS, TO_C, 0 },
		     { SERVER_SAYS, K D, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "message 2 from=a@x to=c@y.z:denied_relay rejected\n"
		   "session qmtp tls=none auth=none n=2 gap pipelining\n" },
	{ .name = "a hole in the sender, and one over a recipient's end",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, "10:\nSubject: ,3:a", 0 },
		     { CLIENT_LOST, NULL, 2 },
		     { CLIENT_SAYS, ",16:5:b@y.", 0 },
		     { CLIENT_LOST, NULL, 2 },
		     { CLIENT_SAYS, "5:c@y.z,,", 0 },
		     { SERVER_SAYS, K D, 0 } },
	  .facts = "message 1 to=c@y.z:denied_relay accepted\n"
		   "session qmtp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole over the end of the message",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, "10:\nSubject:", 0 },
		     { CLIENT_LOST, NULL, 2 },
		     { CLIENT_SAYS, "3:a@x,8:5:b@y.z,,", 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "session qmtp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole from the sender into the list",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, "10:\nSubject: ,3:a@", 0 },
		     { CLIENT_LOST, NULL, 5 },
		     { CLIENT_SAYS, "5:b@y.z,5:c@y.z,,", 0 },
		     { SERVER_SAYS, K K, 0 },
		     { CLIENT_SAYS, TO_C, 0 },
		     { SERVER_SAYS, D, 0 } },
	  .facts = "message 1 accepted\n"
		   "message 2 from=a@x to=c@y.z:denied_relay rejected\n"
		   "session qmtp tls=none auth=none n=2 gap\n" },
	{ .name = "a hole in the last recipient, up to the end of the package",
	  .port = 209,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, HEAD "16:5:b@y.z,5:c@", 0 },
		     { CLIENT_LOST, NULL, 5 },
		     { SERVER_SAYS, K K, 0 },
		     { CLIENT_SAYS, TO_C, 0 },
		     { SERVER_SAYS, D, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "message 2 from=a@x to=c@y.z:denied_relay rejected\n"
		   "session qmtp tls=none auth=none n=2 gap\n" },
	{ .name = "a hole that is the whole list",
	  .port = 209,
	  .steps = { { CLIENT_SAYS, HEAD "16:", 0 },
		     { CLIENT_LOST, NULL, 16 },
		     { CLIENT_SAYS, "," TO_C, 0 },
		     { SERVER_SAYS, K K D, 0 } },
	  .facts = "message 1 from=a@x accepted\n"
		   "message 2 from=a@x to=c@y.z:denied_relay rejected\n"
		   "session qmtp tls=none auth=none n=2 gap pipelining\n" },
};

Test(qmtp, talks)
{
	for (size_t i = 0; i < ARRAY_COUNT(talks); i++)
		talk_check(&qmtp_decoder, &talks[i]);
}

/* A package of so many recipients, each of so many bytes. */
static char *big_package(size_t recipients, size_t address_bytes)
{
	size_t each = address_bytes + 8;
	char *list = calloc(1, recipients * each + 1);
	char *package = calloc(1, recipients * each + 200);
	char *at = list;

	for (size_t i = 0; i < recipients; i++)
		at += sprintf(at, "%zu:%0*zu@y.z,", address_bytes, (int)address_bytes - 4, i);
	sprintf(package, HEAD "%zu:%s,", strlen(list), list);
	free(list);
	return package;
}

Test(qmtp, many_recipients_are_bound_and_counted)
{
	char *package = big_package(20000, 10);
	char *answers = calloc(1, 20001 * 5);
	struct talk talk = { .port = 209,
			     .end = CLOSE_FIN,
			     .steps = { { CLIENT_SAYS, package, 0 },
					{ SERVER_SAYS, answers, 0 } } };
	struct text out;

	for (size_t i = 0; i < 20000; i++)
		strcat(answers + 4 * i, i == 19999 ? "1:K," : "1:D,");
	text_init(&out, (size_t)1 << 20);
	talk_decoder(&qmtp_decoder, &talk, TALK_WHOLE, 1, &out);
	cr_expect(span_find_nocase(text_span(&out), "of=20000 accepted\n") != SPAN_NOT_FOUND);
	cr_expect(span_find_nocase(text_span(&out), "to=000000@y.z:denied_policy") !=
		  SPAN_NOT_FOUND);
	text_clear(&out);
	free(answers);
	free(package);
}

Test(qmtp, a_long_address_is_cut)
{
	char *package = big_package(2, 1500);
	struct talk talk = { .port = 209,
			     .end = CLOSE_FIN,
			     .steps = { { CLIENT_SAYS, package, 0 }, { SERVER_SAYS, D K, 0 } } };
	struct text out;

	text_init(&out, (size_t)1 << 20);
	talk_decoder(&qmtp_decoder, &talk, TALK_RANDOM, 1, &out);
	cr_expect(span_find_nocase(text_span(&out), ":denied_relay") != SPAN_NOT_FOUND);
	cr_expect(span_find_nocase(text_span(&out), ":accepted accepted") != SPAN_NOT_FOUND);
	text_clear(&out);
	free(package);
}
