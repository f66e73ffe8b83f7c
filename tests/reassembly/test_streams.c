/* What becomes of the bytes: order, holes, copies, overlaps, cuts, turns. */
#include "reassembly/script.h"

#include <criterion/criterion.h>

static const struct script_case cases[] = {
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
	{ "a keep-alive of one garbage byte, and the other end is not in the capture",
	  "open C'EHLO' gap S 20 C'MAIL' close eof",
	  CONNECTION_ONE_SIDED,
	  { { 0, 'C', .isn = 77000, .at = -1, .flags = TCP_SYN, .port = 40001 },
	    { 1, 'C', .isn = 77000, .ack = 0, .text = "EHLO", .port = 40001 },
	    { 60000, 'C', .isn = 77000, .at = 3, .ack = 20, .text = "?", .port = 40001 },
	    { 300, 'C', .isn = 77000, .at = 4, .ack = 20, .text = "MAIL", .port = 40001 } } },
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

#define ACK TCP_ACK
#define URG (TCP_URG | TCP_ACK)

static const struct script_case urgent[] = {
	{ "the last byte of a segment",
	  "open C'abcdef' close eof",
	  0,
	  { { 0, 'C', URG, 0, 0, "abc!", .urgent = 4 }, { 1, 'C', ACK, 4, 0, "def" } } },
	{ "a byte that comes with the next segment",
	  "open C'abcdef' close eof",
	  0,
	  { { 0, 'C', URG, 0, 0, "abc", .urgent = 4 },
	    { 1, 'C', URG, 3, 0, "!def", .urgent = 1 } } },
	{ "two of them",
	  "open C'abcd' close eof",
	  0,
	  { { 0, 'C', URG, 0, 0, "ab!", .urgent = 3 },
	    { 1, 'C', URG, 3, 0, "cd!", .urgent = 3 } } },
	{ "the pointer names nothing",
	  "open C'abc' close eof",
	  0,
	  { { 0, 'C', URG, 0, 0, "abc", .urgent = 0 } } },
	{ "the pointer without its flag",
	  "open C'abc' close eof",
	  0,
	  { { 0, 'C', ACK, 0, 0, "abc", .urgent = 2 } } },
	{ "nothing else in the segment",
	  "open C'ab' close eof",
	  0,
	  { { 0, 'C', URG, 0, 0, "!", .urgent = 1 }, { 1, 'C', ACK, 1, 0, "ab" } } },
};

static const struct script_case cut_short[] = {
	{ "with the end of the stream behind it",
	  "open C'ab' cut C 2 end C close eof",
	  CONNECTION_TRUNCATED,
	  { { 0, 'C', TCP_FIN | ACK, 0, 0, "ab", .missing = 2 }, { 1, 'S', ACK, 0, 5 } } },
	{ "all of it",
	  "open C'ab' cut C 100 C'cd' close eof",
	  CONNECTION_TRUNCATED,
	  { { 0, 'C', ACK, 0, 0, "ab" },
	    { 1, 'C', ACK, 2, 0, "", .missing = 100 },
	    { 1, 'C', ACK, 102, 0, "cd" } } },
	{ "and sent again: no more of it is there",
	  "open C'ab' cut C 2 C'ef' close eof",
	  CONNECTION_TRUNCATED,
	  { { 0, 'C', ACK, 0, 0, "ab", .missing = 2 },
	    { 1, 'C', ACK, 0, 0, "ab", .missing = 2 },
	    { 1, 'C', ACK, 4, 0, "ef" } } },
	{ "behind a hole",
	  "open C'abcd' cut C 2 C'gh' close eof",
	  CONNECTION_TRUNCATED,
	  { { 0, 'C', ACK, 6, 0, "gh" },
	    { 1, 'C', ACK, 2, 0, "cd", .missing = 2 },
	    { 1, 'C', ACK, 0, 0, "ab" } } },
	{ "a lost packet and a cut one are told apart",
	  "open gap C 2 C'cd' cut C 2 C'gh' close eof",
	  CONNECTION_TRUNCATED | CONNECTION_GAP,
	  { { 0, 'C', ACK, 2, 0, "cd", .missing = 2 },
	    { 1, 'C', ACK, 6, 0, "gh" },
	    { 1, 'S', ACK, 0, 8 },
	    { 500, 'S', ACK, 0, 8 } } },
};

static const struct script_case again[] = {
	{ "other bytes from the middle of one chunk to the middle of the next",
	  "open C'abcdef' close eof",
	  CONNECTION_OVERLAP_CONFLICT,
	  { { 0, 'C', ACK, 0, 0, "abc" },
	    { 1, 'C', ACK, 3, 0, "def" },
	    { 1, 'C', ACK, 1, 0, "bcdX" } } },
	{ "the same bytes, cut in another way",
	  "open C'abcdef' close eof",
	  0,
	  { { 0, 'C', ACK, 0, 0, "abc" },
	    { 1, 'C', ACK, 3, 0, "def" },
	    { 1, 'C', ACK, 1, 0, "bcde" },
	    { 1, 'C', ACK, 5, 0, "f" } } },
	{ "one other byte within a chunk",
	  "open C'abcdef' close eof",
	  CONNECTION_OVERLAP_CONFLICT,
	  { { 0, 'C', ACK, 0, 0, "abcdef" }, { 1, 'C', ACK, 2, 0, "X" } } },
	{ "the part that is acknowledged has other bytes, the rest has not",
	  "open C'abcdef' close eof",
	  0,
	  { { 0, 'C', ACK, 0, 0, "abcdef" },
	    { 1, 'S', ACK, 0, 3 },
	    { 1, 'C', ACK, 0, 0, "xyzdef" } } },
	{ "the part that is not acknowledged has other bytes",
	  "open C'abcdef' close eof",
	  CONNECTION_OVERLAP_CONFLICT,
	  { { 0, 'C', ACK, 0, 0, "abcdef" },
	    { 1, 'S', ACK, 0, 3 },
	    { 1, 'C', ACK, 0, 0, "abcdeX" } } },
	{ "other bytes for two chunks at once",
	  "open C'abcdef' close eof",
	  CONNECTION_OVERLAP_CONFLICT,
	  { { 0, 'C', ACK, 0, 0, "abc" },
	    { 1, 'C', ACK, 3, 0, "def" },
	    { 1, 'C', ACK, 0, 0, "abcdeX" } } },
	{ "acknowledged already: the receiver will not look at it",
	  "open C'abc' close eof",
	  0,
	  { { 0, 'C', ACK, 0, 0, "abc" }, { 1, 'S', ACK, 0, 3 }, { 1, 'C', ACK, 0, 0, "xyz" } } },
	{ "other bytes, and new ones behind them",
	  "open C'abcdef' close eof",
	  CONNECTION_OVERLAP_CONFLICT,
	  { { 0, 'C', ACK, 0, 0, "abc" }, { 1, 'C', ACK, 0, 0, "xyzdef" } } },
	{ "waiting for its command, and sent again with other bytes",
	  "open C'MAIL' S'250' close eof",
	  CONNECTION_OVERLAP_CONFLICT,
	  { { 0, 'S', ACK, 0, 4, "250" },
	    { 1, 'S', ACK, 0, 4, "550" },
	    { 1, 'C', ACK, 0, 0, "MAIL" } } },
};

static const struct script_setting after_handshake = { .handshake = true, .server_port = 25 };

Test(streams, cases)
{
	script_try(cases, ARRAY_COUNT(cases), &after_handshake);
}

Test(streams, urgent)
{
	script_try(urgent, ARRAY_COUNT(urgent), &after_handshake);
}

Test(streams, cut_by_the_snap_length)
{
	script_try(cut_short, ARRAY_COUNT(cut_short), &after_handshake);
}

Test(streams, sent_again)
{
	script_try(again, ARRAY_COUNT(again), &after_handshake);
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

/* The receiver of the calls wants no more: the flow goes on to its end without a word. */
Test(streams, unwanted)
{
	static const struct step steps[] = { { 0, 'S', ACK, 0, 0, "220" },
					     { 1, 'C', ACK, 0, 3, "EHLO" },
					     { 1, 'S', ACK, 3, 4, "250" },
					     { 1, 'C', ACK, 9, 6, "late" },
					     { 1, 'C', TCP_FIN | ACK, 13, 6 },
					     { 1, 'S', TCP_FIN | ACK, 6, 14 },
					     { 0 } };
	struct script s;

	script_init(&s, 25, 0);
	s.refuse_after = 1;
	script_handshake(&s);
	script_steps(&s, steps);
	cr_expect_str_eq(script_end(&s), "open S'220' C'EHLO' close fin", "%s", text_get(&s.log));
	script_clear(&s);
}
