/* Whose bytes count where two segments behind a hole share a place, by policy. */
#include "reassembly/script.h"

#include <criterion/criterion.h>
#include <stdio.h>

/*
 * DEF stands at 4 and came first; the newer one then comes, then what is missing before both. The
 * list of kinds is that of Shankar and Paxson, Active Mapping (2003), and of Novak and Sturges,
 * Target-Based TCP Stream Reassembly (2007): where the newer one begins, and where it ends.
 */
struct overlap_case {
	const char *name;
	int32_t at;
	const char *newer;
	const char *streams[OVERLAP_POLICY_COUNT]; /* by enum overlap_policy */
};

/*                                    linux        bsd          first        last         solaris */
static const struct overlap_case cases[] = {
	{ "before, ends inside",
	  2,
	  "wxyz",
	  { "abwxyzF", "abwxyzF", "abwxDEF", "abwxyzF", "abwxDEF" } },
	{ "before, ends with it",
	  2,
	  "vwxyz",
	  { "abvwxyz", "abvwxyz", "abvwDEF", "abvwxyz", "abvwxyz" } },
	{ "before, ends behind",
	  2,
	  "uvwxyz",
	  { "abuvwxyz", "abuvwxyz", "abuvDEFz", "abuvwxyz", "abuvwxyz" } },
	{ "at its place, ends inside",
	  4,
	  "yz",
	  { "abcdDEF", "abcdDEF", "abcdDEF", "abcdyzF", "abcdDEF" } },
	{ "at its place, ends with it",
	  4,
	  "xyz",
	  { "abcdDEF", "abcdDEF", "abcdDEF", "abcdxyz", "abcdxyz" } },
	{ "at its place, ends behind",
	  4,
	  "wxyz",
	  { "abcdwxyz", "abcdDEFz", "abcdDEFz", "abcdwxyz", "abcdwxyz" } },
	{ "inside", 5, "z", { "abcdDEF", "abcdDEF", "abcdDEF", "abcdDzF", "abcdDEF" } },
	{ "inside, ends with it",
	  5,
	  "yz",
	  { "abcdDEF", "abcdDEF", "abcdDEF", "abcdDyz", "abcdDEF" } },
	{ "inside, ends behind",
	  5,
	  "xyz",
	  { "abcdDEFz", "abcdDEFz", "abcdDEFz", "abcdDxyz", "abcdDxyz" } },
};

static void setup(struct script *s, enum overlap_policy policy)
{
	script_init(s, 25, 0);
	script_use_overlap(s, policy);
	script_handshake(s);
}

static void try(const struct overlap_case *c, enum overlap_policy policy)
{
	static const char front[] = "abcd";
	struct step older = { 1, 'C', TCP_ACK, 4, 0, "DEF" };
	struct step newer = { 1, 'C', TCP_ACK, c->at, 0, c->newer };
	struct step fill = { 1, 'C', TCP_ACK, 0 };
	char want[64];
	struct script s;

	(void)snprintf(want, sizeof(want), "open C'%s' close eof", c->streams[policy]);
	setup(&s, policy);
	script_step(&s, &older);
	script_step(&s, &newer);
	script_send(&s, &fill, span_of((const uint8_t *)front, c->at < 4 ? (size_t)c->at : 4));
	cr_expect_str_eq(script_end(&s), want, "%s, %s: %s", c->name, overlap_policy_name(policy),
			 text_get(&s.log));
	cr_expect_eq(s.flags, CONNECTION_OVERLAP_CONFLICT, "%s, %s", c->name,
		     overlap_policy_name(policy));
	script_clear(&s);
}

Test(overlaps, each_policy)
{
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		for (int policy = 0; policy < OVERLAP_POLICY_COUNT; policy++)
			try(&cases[i], (enum overlap_policy)policy);
}

/* One that covers three others, with a hole between two of them. */
Test(overlaps, many_at_once)
{
	static const struct step steps[] = {
		{ 1, 'C', TCP_ACK, 2, 0, "CD" },  { 1, 'C', TCP_ACK, 4, 0, "E" },
		{ 1, 'C', TCP_ACK, 6, 0, "GHI" }, { 1, 'C', TCP_ACK, 1, 0, "stuvwxy" },
		{ 1, 'C', TCP_ACK, 0, 0, "a" },   { 0 }
	};
	static const char *const streams[OVERLAP_POLICY_COUNT] = {
		[OVERLAP_LINUX] = "open C'astuvwxyI' close eof",
		[OVERLAP_BSD] = "open C'astuvwxyI' close eof",
		[OVERLAP_FIRST] = "open C'asCDEwGHI' close eof",
		[OVERLAP_LAST] = "open C'astuvwxyI' close eof",
		[OVERLAP_SOLARIS] = "open C'astuvwGHI' close eof",
	};

	for (int policy = 0; policy < OVERLAP_POLICY_COUNT; policy++) {
		struct script s;

		setup(&s, (enum overlap_policy)policy);
		script_steps(&s, steps);
		cr_expect_str_eq(script_end(&s), streams[policy], "%s: %s",
				 overlap_policy_name((enum overlap_policy)policy),
				 text_get(&s.log));
		script_clear(&s);
	}
}

/* What was received stays, whatever the policy: it waits only for its turn. */
Test(overlaps, what_was_received_stays)
{
	static const struct step steps[] = { { 1, 'S', TCP_ACK, 0, 4, "250" },
					     { 1, 'S', TCP_ACK, 0, 4, "550" },
					     { 1, 'C', TCP_ACK, 0, 0, "MAIL" },
					     { 0 } };

	for (int policy = 0; policy < OVERLAP_POLICY_COUNT; policy++) {
		struct script s;

		setup(&s, (enum overlap_policy)policy);
		script_steps(&s, steps);
		cr_expect_str_eq(script_end(&s), "open C'MAIL' S'250' close eof", "%s: %s",
				 overlap_policy_name((enum overlap_policy)policy),
				 text_get(&s.log));
		cr_expect_eq(s.flags, CONNECTION_OVERLAP_CONFLICT);
		script_clear(&s);
	}
}
