/* How connections begin: handshakes, ports that are used again, and those joined in the middle. */
#include "reassembly/script.h"

#include <criterion/criterion.h>

#define ACK TCP_ACK
#define SYN TCP_SYN
#define FIN (TCP_FIN | TCP_ACK)
#define RST TCP_RST
#define SYN_ACK (TCP_SYN | TCP_ACK)
/* Numbers of another connection on the same ports. */
#define NEXT_C .isn = 900000, .other_isn = 700000
#define NEXT_S .isn = 700000, .other_isn = 900000

static const struct script_setting after_handshake = { .handshake = true, .server_port = 25 };
static const struct script_setting from_nothing = { .server_port = 25 };
static const struct script_setting other_port = { .server_port = 2525 };

static const struct script_case openings[] = {
	{ "a SYN sent again",
	  "open C'abc' close eof",
	  0,
	  { { 0, 'C', SYN, -1 },
	    { 1000, 'C', SYN, -1 },
	    { 1, 'S', SYN_ACK, -1 },
	    { 1, 'S', SYN_ACK, -1 },
	    { 1, 'C', ACK, 0, 0, "abc" } } },
	{ "a SYN sent again with another number, which is answered",
	  "open S'220' C'abc' close eof",
	  0,
	  { { 0, 'C', SYN, -1, .isn = 77000 },
	    { 1000, 'C', SYN, -1 },
	    { 1, 'S', SYN_ACK, -1 },
	    { 1, 'S', ACK, 0, 0, "220" },
	    { 1, 'C', ACK, 0, 3, "abc" } } },
	{ "two SYNs, of which the first is answered",
	  "open S'220' C'abc' close eof",
	  0,
	  { { 0, 'C', SYN, -1 },
	    { 1, 'C', SYN, -1, .isn = 77000 },
	    { 1, 'S', SYN_ACK, -1 },
	    { 1, 'S', ACK, 0, 0, "220" },
	    { 1, 'C', ACK, 0, 3, "abc" } } },
	{ "both open at once: the first to be seen is the client",
	  "open C'abc' S'1' close eof",
	  0,
	  { { 0, 'C', SYN, -1 },
	    { 1, 'S', SYN, -1 },
	    { 1, 'C', SYN_ACK, -1 },
	    { 1, 'S', SYN_ACK, -1 },
	    { 1, 'C', ACK, 0, 0, "abc" },
	    { 1, 'S', ACK, 0, 3, "1" } } },
	{ "data in a SYN that is taken (RFC 7413)",
	  "open C'abcdef' S'1' close eof",
	  0,
	  { { 0, 'C', SYN, -1, 0, "abc" },
	    { 1, 'S', SYN_ACK, -1, 3 },
	    { 1, 'C', ACK, 3, 0, "def" },
	    { 1, 'S', ACK, 0, 6, "1" } } },
	{ "data in a SYN that is not taken, and sent again",
	  "open C'xyzdef' close eof",
	  0,
	  { { 0, 'C', SYN, -1, 0, "abc" },
	    { 1, 'S', SYN_ACK, -1, 0 },
	    { 1, 'C', ACK, 0, 0, "xyz" },
	    { 1, 'C', ACK, 3, 0, "def" },
	    { 1, 'S', ACK, 0, 6 } } },
	{ "the SYN was not captured",
	  "open S'220' C'abc' close eof",
	  0,
	  { { 0, 'S', SYN_ACK, -1 }, { 1, 'S', ACK, 0, 0, "220" }, { 1, 'C', ACK, 0, 3, "abc" } } },
	{ "the SYN-ACK was not captured",
	  "open S'220' C'abc' close eof",
	  0,
	  { { 0, 'C', SYN, -1 }, { 1, 'S', ACK, 0, 0, "220" }, { 1, 'C', ACK, 0, 3, "abc" } } },
	{ "the SYN-ACK comes behind the first data",
	  "open S'220' C'abc' close eof",
	  0,
	  { { 0, 'C', SYN, -1 },
	    { 1, 'S', ACK, 0, 0, "220" },
	    { 1, 'S', SYN_ACK, -1 },
	    { 1, 'C', ACK, 0, 3, "abc" } } },
	{ "a keep-alive before anything was said",
	  "open S'220' close eof",
	  0,
	  { { 0, 'C', SYN, -1 },
	    { 1, 'S', SYN_ACK, -1 },
	    { 1, 'C', ACK, -1, 0, "?" },
	    { 75000, 'S', ACK, 0, 0, "220" },
	    { 1, 'C', ACK, 0, 3 } } },
	{ "the first segment begins before the first byte",
	  "open C'abc' close eof",
	  0,
	  { { 0, 'C', SYN, -1 },
	    { 1, 'S', SYN_ACK, -1 },
	    { 1, 'C', ACK, -2, 0, "??abc" },
	    { 1, 'S', ACK, 0, 3 } } },
	{ "the first data was not captured",
	  "open gap C 5 C'abc' close eof",
	  CONNECTION_GAP,
	  { { 0, 'C', SYN, -1 },
	    { 1, 'S', SYN_ACK, -1 },
	    { 1, 'C', ACK, 5, 0, "abc" },
	    { 1, 'S', ACK, 0, 8 },
	    { 300, 'S', ACK, 0, 8 } } },
};

Test(connections, openings)
{
	script_try(openings, ARRAY_COUNT(openings), &from_nothing);
}

static const struct script_case reuses[] = {
	{ "after FIN by both",
	  "open C'abc' end C end S close fin open C'xyz' close eof",
	  0,
	  { { 0, 'C', FIN, 0, 0, "abc" },
	    { 1, 'S', FIN, 0, 4 },
	    { 1, 'C', SYN, -1, NEXT_C },
	    { 1, 'S', SYN_ACK, -1, NEXT_S },
	    { 1, 'C', ACK, 0, 0, "xyz", NEXT_C } } },
	{ "after a RST",
	  "open C'abc' close rst open C'xyz' close eof",
	  0,
	  { { 0, 'C', ACK, 0, 0, "abc" },
	    { 1, 'C', RST, 3 },
	    { 1, 'C', SYN, -1, NEXT_C },
	    { 1, 'S', SYN_ACK, -1, NEXT_S },
	    { 1, 'C', ACK, 0, 0, "xyz", NEXT_C } } },
	{ "its end was not captured",
	  "open C'abc' close timeout open C'xyz' close eof",
	  0,
	  { { 0, 'C', ACK, 0, 0, "abc" },
	    { 60000, 'C', SYN, -1, NEXT_C },
	    { 1, 'S', SYN_ACK, -1, NEXT_S },
	    { 1, 'C', ACK, 0, 0, "xyz", NEXT_C } } },
	{ "a SYN alone ends nothing (RFC 5961, 4)",
	  "open C'abcdef' close eof",
	  0,
	  { { 0, 'C', ACK, 0, 0, "abc" },
	    { 1, 'C', SYN, -1, NEXT_C },
	    { 1, 'S', ACK, 0, 3 },
	    { 1, 'C', ACK, 3, 0, "def" } } },
	{ "a late copy opens nothing",
	  "open C'abc' end C end S close fin",
	  0,
	  { { 0, 'C', FIN, 0, 0, "abc" },
	    { 1, 'S', FIN, 0, 4 },
	    { 30000, 'C', ACK, 0, 0, "abc" },
	    { 1, 'S', FIN, 0, 4 } } },
};

Test(connections, reuses)
{
	script_try(reuses, ARRAY_COUNT(reuses), &after_handshake);
}

static const struct script_case joined[] = {
	{ "joined in the middle",
	  "midstream C'MAIL' S'250' C'RCPT' close eof",
	  CONNECTION_MIDSTREAM,
	  { { 0, 'C', ACK, 500, 90, "MAIL" },
	    { 1, 'S', ACK, 90, 504, "250" },
	    { 1, 'C', ACK, 504, 93, "RCPT" } } },
	{ "joined at an answer",
	  "midstream S'250' C'RCPT' close eof",
	  CONNECTION_MIDSTREAM,
	  { { 0, 'S', ACK, 90, 504, "250" }, { 1, 'C', ACK, 504, 93, "RCPT" } } },
	{ "joined, and the next command is missing",
	  "midstream C'MAIL' gap C 4 S'250' close eof",
	  CONNECTION_MIDSTREAM | CONNECTION_GAP,
	  { { 0, 'C', ACK, 500, 90, "MAIL" },
	    { 1, 'S', ACK, 90, 508, "250" },
	    { 500, 'C', ACK, 508, 93 } } },
	{ "the server's side alone",
	  "midstream S'250' gap C 6 S'354' close eof",
	  CONNECTION_MIDSTREAM | CONNECTION_ONE_SIDED,
	  { { 0, 'S', ACK, 0, 10, "250" },
	    { 300, 'S', ACK, 3, 16, "354" },
	    { 300, 'S', ACK, 6, 16 } } },
	{ "the client's side comes into sight late",
	  "open gap C 10 S'250' C'RCPT' S'251' close eof",
	  0,
	  { { 0, 'S', SYN_ACK, -1, 0 },
	    { 1, 'S', ACK, 0, 10, "250" },
	    { 500, 'C', ACK, 10, 3, "RCPT" },
	    { 1, 'S', ACK, 3, 14, "251" } } },
};

Test(connections, joined)
{
	script_try(joined, ARRAY_COUNT(joined), &from_nothing);
}

static const struct script_case elsewhere[] = {
	{ "the server greets",
	  "open S'220 hi' C'EHLO' close eof",
	  0,
	  { { 0, 'C', SYN, -1 },
	    { 1, 'S', SYN_ACK, -1 },
	    { 1, 'S', ACK, 0, 0, "220 hi" },
	    { 1, 'C', ACK, 0, 6, "EHLO" } } },
	{ "joined, and the client speaks",
	  "midstream C'EHLO' close eof",
	  CONNECTION_MIDSTREAM | CONNECTION_ONE_SIDED,
	  { { 0, 'C', ACK, 0, 6, "EHLO" } } },
	{ "no mail",
	  "",
	  0,
	  { { 0, 'C', SYN, -1 },
	    { 1, 'S', SYN_ACK, -1 },
	    { 1, 'C', ACK, 0, 0, "GET /" },
	    { 1, 'S', FIN, 0, 5, "HTTP" },
	    { 1, 'C', RST, 5 } } },
};

Test(connections, ports_that_are_not_for_mail)
{
	script_try(elsewhere, ARRAY_COUNT(elsewhere), &other_port);
}
