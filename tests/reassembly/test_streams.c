/* What becomes of the bytes: order, holes, copies, overlaps, cuts, turns. */
#include "reassembly/script.h"

#include <criterion/criterion.h>

struct stream_case {
	const char *name;
	const char *log; /* what follows the handshake */
	uint32_t flags;  /* of the connection that must be set */
	struct step steps[12];
};

static const struct stream_case cases[] = {
	{ "in order",
	  "open S'220' C'EHLO' S'250' end C end S close fin",
	  0,
	  { { 0, 'S', .text = "220" },
	    { 1, 'C', .ack = 3, .text = "EHLO" },
	    { 1, 'S', .at = 3, .ack = 4, .text = "250" },
	    { 1, 'C', TCP_FIN | TCP_ACK, 4, 6 },
	    { 1, 'S', TCP_FIN | TCP_ACK, 6, 5 } } },
	{ "two change places",
	  "open C'abcdef' close eof",
	  0,
	  { { 0, 'C', .at = 3, .text = "def" }, { 1, 'C', .text = "abc" } } },
	{ "equal copies are silent",
	  "open C'abcdef' close eof",
	  0,
	  { { 0, 'C', .text = "abc" },
	    { 1, 'C', .text = "abc" },
	    { 1, 'C', .text = "abcdef" },
	    { 1, 'C', .at = 1, .text = "bcd" } } },
	{ "an answer before its command waits",
	  "open C'MAIL' S'250' close eof",
	  0,
	  { { 0, 'S', .ack = 4, .text = "250" }, { 150, 'C', .text = "MAIL" } } },
	{ "three answers before three commands",
	  "open C'a' S'1' C'b' S'2' C'c' S'3' close eof",
	  0,
	  { { 0, 'S', .at = 0, .ack = 1, .text = "1" },
	    { 1, 'S', .at = 1, .ack = 2, .text = "2" },
	    { 1, 'S', .at = 2, .ack = 3, .text = "3" },
	    { 100, 'C', .at = 0, .ack = 0, .text = "a" },
	    { 1, 'C', .at = 1, .ack = 1, .text = "b" },
	    { 1, 'C', .at = 2, .ack = 2, .text = "c" } } },
	{ "a command that was not captured is a gap, before its answer",
	  "open gap C 4 S'250' C'DATA' close eof",
	  CONNECTION_GAP,
	  { { 0, 'S', .ack = 4, .text = "250" },
	    { 500, 'C', .at = 4, .ack = 3, .text = "DATA" },
	    { 1, 'S', .at = 3, .ack = 8 },
	    { 500, 'C', .at = 8, .ack = 3 } } },
	{ "an answer that was not captured is a gap",
	  "open C'MAIL' gap S 3 C'DATA' S'354' close eof",
	  CONNECTION_GAP,
	  { { 0, 'C', .text = "MAIL" },
	    { 1, 'C', .at = 4, .ack = 3, .text = "DATA" },
	    { 1, 'S', .at = 3, .ack = 8, .text = "354" },
	    { 500, 'C', .at = 8, .ack = 6 } } },
	{ "a hole that is filled after minutes is no gap",
	  "open C'abcdef' S'250' close eof",
	  0,
	  { { 0, 'C', .at = 3, .text = "def" },
	    { 1, 'S', .ack = 0 },
	    { 300000, 'C', .text = "abc" },
	    { 1, 'S', .ack = 6, .text = "250" } } },
	{ "a hole that the receiver acknowledged is given up",
	  "open gap C 3 C'def' S'250' close eof",
	  CONNECTION_GAP,
	  { { 0, 'C', .at = 3, .text = "def" },
	    { 1, 'S', .ack = 6, .text = "250" },
	    { 300, 'C', .at = 6, .ack = 3 } } },
	{ "cut by the snap length",
	  "open C'ab' cut C 10 C'cd' close eof",
	  CONNECTION_TRUNCATED,
	  { { 0, 'C', .text = "ab", .missing = 10 }, { 1, 'C', .at = 12, .text = "cd" } } },
	{ "what the receiver had first stays: not acknowledged yet",
	  "open C'RCPT a' S'250' close eof",
	  CONNECTION_OVERLAP_CONFLICT,
	  { { 0, 'C', .text = "RCPT a" },
	    { 1, 'C', .text = "RCPT b" },
	    { 1, 'S', .ack = 6, .text = "250" } } },
	{ "two versions behind a hole: the first stays",
	  "open C'abcDEFghi' close eof",
	  CONNECTION_OVERLAP_CONFLICT,
	  { { 0, 'C', .at = 3, .text = "DEF" },
	    { 1, 'C', .at = 3, .text = "xyz" },
	    { 1, 'C', .text = "abc" },
	    { 1, 'C', .at = 6, .text = "ghi" } } },
	{ "a longer one from the same place wins",
	  "open C'abcxyzw' close eof",
	  CONNECTION_OVERLAP_CONFLICT,
	  { { 0, 'C', .at = 3, .text = "DEF" },
	    { 1, 'C', .at = 3, .text = "xyzw" },
	    { 1, 'C', .text = "abc" } } },
	{ "one that begins before wins the shared bytes",
	  "open C'abvwxEF' close eof",
	  CONNECTION_OVERLAP_CONFLICT,
	  { { 0, 'C', .at = 4, .text = "DEF" },
	    { 1, 'C', .at = 2, .text = "vwx" },
	    { 1, 'C', .text = "ab" } } },
	{ "one that begins inside keeps only its end",
	  "open C'abDEFyz' close eof",
	  CONNECTION_OVERLAP_CONFLICT,
	  { { 0, 'C', .at = 2, .text = "DEF" },
	    { 1, 'C', .at = 4, .text = "xyz" },
	    { 1, 'C', .text = "ab" } } },
	{ "a keep-alive of one garbage byte",
	  "open C'abc' S'1' C'def' close eof",
	  0,
	  { { 0, 'C', .text = "abc" },
	    { 1, 'S', .ack = 3, .text = "1" },
	    { 60000, 'C', .at = 2, .ack = 1, .text = "?" },
	    { 60000, 'C', .at = 3, .ack = 1, .text = "def" } } },
	{ "the urgent byte is no part of the stream",
	  "open C'abdef' close eof",
	  0,
	  { { 0, 'C', TCP_ACK | TCP_URG, .text = "abcdef", .urgent = 3 } } },
	{ "data with FIN, overtaken",
	  "open C'abcdef' end C S'250' end S close fin",
	  0,
	  { { 0, 'C', TCP_FIN | TCP_ACK, 3, 0, "def" },
	    { 1, 'C', .text = "abc" },
	    { 1, 'S', TCP_FIN | TCP_ACK, 0, 7, "250" } } },
	{ "half close",
	  "open C'abc' end C S'12' end S close fin",
	  0,
	  { { 0, 'C', TCP_FIN | TCP_ACK, 0, 0, "abc" },
	    { 9000, 'S', .ack = 4, .text = "1" },
	    { 9000, 'S', .at = 1, .ack = 4, .text = "2" },
	    { 1, 'C', .at = 4, .ack = 2 },
	    { 1, 'S', TCP_FIN | TCP_ACK, 2, 4 } } },
	{ "data behind a FIN is taken by nobody",
	  "open C'abc' end C end S close fin",
	  0,
	  { { 0, 'C', TCP_FIN | TCP_ACK, 0, 0, "abc" },
	    { 1, 'C', .at = 4, .text = "evil" },
	    { 1, 'S', TCP_FIN | TCP_ACK, 0, 4 } } },
	{ "only the client is in the capture",
	  "open C'EHLO' gap S 20 C'MAIL' gap S 8 C'RCPT' close eof",
	  CONNECTION_ONE_SIDED,
	  { { 0, 'C', .isn = 77000, .at = -1, .flags = TCP_SYN, .port = 40001 },
	    { 1, 'C', .isn = 77000, .ack = 0, .text = "EHLO", .port = 40001 },
	    { 300, 'C', .isn = 77000, .at = 4, .ack = 20, .text = "MAIL", .port = 40001 },
	    { 1, 'C', .isn = 77000, .at = 8, .ack = 28, .text = "RCPT", .port = 40001 } } },
};

Test(streams, cases)
{
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct stream_case *c = &cases[i];
		struct script s;

		script_init(&s, 25, 0);
		script_handshake(&s);
		script_steps(&s, c->steps);
		cr_expect_str_eq(script_end(&s), c->log, "%s: %s", c->name, text_get(&s.log));
		cr_expect_eq(s.flags & c->flags, c->flags, "%s: flags %x", c->name, s.flags);
		cr_expect(c->flags != 0 || s.flags == 0, "%s: flags %x", c->name, s.flags);
		script_clear(&s);
	}
}

Test(streams, wrap)
{
	static const struct step steps[] = {
		{ 0, 'C', TCP_SYN, -1, .isn = 0xfffffffc },
		{ 1, 'S', TCP_SYN | TCP_ACK, -1, .isn = 0xfffffffe, .other_isn = 0xfffffffc },
		{ 1, 'S', .text = "220", .isn = 0xfffffffe, .other_isn = 0xfffffffc },
		{ 1, 'C', .at = 4, .ack = 3, .text = "efgh", .isn = 0xfffffffc,
		  .other_isn = 0xfffffffe },
		{ 1, 'C', .at = 0, .ack = 3, .text = "abcd", .isn = 0xfffffffc,
		  .other_isn = 0xfffffffe },
		{ 0 }
	};
	struct script s;

	script_init(&s, 25, 0);
	script_steps(&s, steps);
	cr_expect_str_eq(script_end(&s), "open S'220' C'abcdefgh' close eof");
	script_clear(&s);
}
