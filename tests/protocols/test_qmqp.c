#include "talk.h"

#include <criterion/criterion.h>

#define REQUEST "9:Subject: ,3:a@x,"
#define ONE "26:" REQUEST "5:b@y.z,,"
#define TWO "34:" REQUEST "5:b@y.z,5:c@y.z,,"
#define K "5:Kok 1,"
#define D "60:DError: x[203.0.113.9] is not authorized to use this service,"
#define Z "36:ZError: queue file write error xxxxx,"

static const struct talk talks[] = {
	{ .name = "one answer for all recipients",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, TWO, 0 }, { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1\n" },
	{ .name = "refused after the request",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, TWO, 0 }, { SERVER_SAYS, D, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay to=c@y.z:denied_relay rejected\n"
		   "session qmqp tls=none auth=none n=1\n" },
	{ .name = "not now",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, ONE, 0 }, { SERVER_SAYS, Z, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:tempfail tempfail\n"
		   "session qmqp tls=none auth=none n=1\n" },
	{ .name = "Postfix refuses before the request is there",
	  .port = 628,
	  .end = CLOSE_FIN,
	  .steps = { { SERVER_SAYS, D, 0 } },
	  .facts = "message 1 rejected\nsession qmqp tls=none auth=none n=1\n" },
	{ .name = "Postfix refuses first, the request comes nevertheless",
	  .port = 628,
	  .end = CLOSE_RST,
	  .steps = { { SERVER_SAYS, D, 0 }, { CLIENT_SAYS, TWO, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay to=c@y.z:denied_relay rejected\n"
		   "session qmqp tls=none auth=none n=1\n" },
	{ .name = "refused while the recipients come",
	  .port = 628,
	  .end = CLOSE_RST,
	  .steps = { { CLIENT_SAYS, "34:" REQUEST "5:b@y.z,5:c@", 0 }, { SERVER_SAYS, D, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay rejected\n"
		   "session qmqp tls=none auth=none n=1\n" },
	{ .name = "closed without an answer",
	  .port = 628,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, ONE, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:unknown unknown\n"
		   "session qmqp tls=none auth=none n=1\n" },
	{ .name = "given up in the middle",
	  .port = 628,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, "34:9:Subj", 0 } },
	  .facts = "message 1 aborted\nsession qmqp tls=none auth=none n=1\n" },
	{ .name = "the capture ends in the middle",
	  .port = 628,
	  .end = CLOSE_EOF,
	  .steps = { { CLIENT_SAYS, "34:" REQUEST "5:b@y.z,5:c@", 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:unknown unknown\n"
		   "session qmqp tls=none auth=none n=1\n" },
	{ .name = "a scanner wraps QMTP's package once more; the address stays as it is",
	  .port = 628,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS,
		       "50:9:\nSubject:,18:nessus@example.org,"
		       "12:9:p@third.x,,,",
		       0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=nessus@example.org to=9:p@third.x,:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1\n" },
	{ .name = "mailfront does not look at the outer length",
	  .port = 628,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, "20:" REQUEST "5:b@y.z,5:c@y.z,,", 0 }, { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1 malformed\n" },
	{ .name = "an empty message, a null sender",
	  .port = 628,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, "14:0:,0:,5:b@y.z,,", 0 }, { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from= to=b@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1\n" },
	{ .name = "a hole in the message",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, "1020:1000:Subject: x\n", 0 },
		     { CLIENT_LOST, NULL, 989 },
		     { CLIENT_SAYS, ",3:a@x,5:b@y.z,,", 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole to the end of the request",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, "34:" REQUEST "5:b@y.z,", 0 },
		     { CLIENT_LOST, NULL, 9 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole that loses the place; the answer still counts",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, "34:9:Subj", 0 },
		     { CLIENT_LOST, NULL, 9 },
		     { CLIENT_SAYS, "@x,5:b@y.z,5:c@y.z,,", 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 accepted\nsession qmqp tls=none auth=none n=1 gap\n" },
	{ .name = "what cannot be read and is taken all the same",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, "\x78\x9c\x01\x02", 0 }, { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 accepted\nsession qmqp tls=none auth=none n=1 malformed\n" },
	{ .name = "more after the request",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, ONE ONE, 0 }, { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1 malformed\n" },
	{ .name = "the server's side alone",
	  .port = 628,
	  .flags = CONNECTION_ONE_SIDED,
	  .client_unseen = true,
	  .steps = { { SERVER_SAYS, K, 0 } },
	  .facts = "session qmqp tls=none auth=none n=0 one_sided\n" },
	{ .name = "on an odd port",
	  .port = 6280,
	  .end = CLOSE_FIN,
	  .steps = { { CLIENT_SAYS, ONE, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:unknown unknown\n"
		   "session qmqp tls=none auth=none n=1 nonstandard_port\n" },
	{ .name = "a hole in the message",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, "34:9:Subj", 0 },
		     { CLIENT_LOST, NULL, 4 },
		     { CLIENT_SAYS, " ,3:a@x,5:b@y.z,5:c@y.z,,", 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole over the end of the message",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, "34:9:Subject:", 0 },
		     { CLIENT_LOST, NULL, 2 },
		     { CLIENT_SAYS, "3:a@x,5:b@y.z,5:c@y.z,,", 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole in the sender",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, "34:9:Subject: ,3:a", 0 },
		     { CLIENT_LOST, NULL, 2 },
		     { CLIENT_SAYS, ",5:b@y.z,5:c@y.z,,", 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 to=b@y.z:accepted to=c@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole over the end of the sender",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, "34:9:Subject: ,3:a", 0 },
		     { CLIENT_LOST, NULL, 3 },
		     { CLIENT_SAYS, "5:b@y.z,5:c@y.z,,", 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 to=b@y.z:accepted to=c@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole in a recipient",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, "34:9:Subject: ,3:a@x,5:b@y.z,5:c", 0 },
		     { CLIENT_LOST, NULL, 2 },
		     { CLIENT_SAYS, ".z,,", 0 },
		     { SERVER_SAYS, D, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:denied_relay rejected\n"
		   "session qmqp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole over a recipient's end",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, "34:9:Subject: ,3:a@x,5:b@y.", 0 },
		     { CLIENT_LOST, NULL, 2 },
		     { CLIENT_SAYS, "5:c@y.z,,", 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=c@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole that is the last comma",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, "34:9:Subject: ,3:a@x,5:b@y.z,5:c@y.z,", 0 },
		     { CLIENT_LOST, NULL, 1 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole past the end",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, "34:9:Subject: ,3:a@x,5:b@y.z,5:c@y.z,", 0 },
		     { CLIENT_LOST, NULL, 9 },
		     { CLIENT_SAYS, "more", 0 },
		     { SERVER_SAYS, K, 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:accepted to=c@y.z:accepted accepted\n"
		   "session qmqp tls=none auth=none n=1 gap\n" },
	{ .name = "a hole in the answer",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, ONE, 0 },
		     { SERVER_SAYS, "60:DError: x[203.0.113.9] is not au", 0 },
		     { SERVER_LOST, NULL, 29 } },
	  .facts = "message 1 from=a@x to=b@y.z:denied_policy rejected\n"
		   "session qmqp tls=none auth=none n=1 gap\n" },
	{ .name = "an answer that has no end",
	  .port = 628,
	  .steps = { { CLIENT_SAYS, ONE, 0 }, { SERVER_SAYS, "5:Kok 1;", 0 } },
	  .facts = "message 1 from=a@x to=b@y.z:unknown unknown\n"
		   "session qmqp tls=none auth=none n=1 malformed\n" },
};

Test(qmqp, talks)
{
	for (size_t i = 0; i < ARRAY_COUNT(talks); i++)
		talk_check(&qmqp_decoder, &talks[i]);
}
