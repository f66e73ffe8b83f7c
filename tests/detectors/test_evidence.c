/* The table of rules, and what repetition and age make of a weight. */
#include "detectors/evidence.h"

#include "core/time_text.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define DAY_NS (24 * NS_PER_HOUR)

/* Names are in what machines read, and sentences in what people do: each is there, and its own. */
Test(evidence, every_rule_has_a_row)
{
	for (enum rule rule = 0; rule < RULE_COUNT; rule++) {
		const struct rule_row *row = evidence_rule(rule);

		cr_assert_not_null(row->name, "rule %d", rule);
		cr_assert_not_null(row->meaning, "%s", row->name);
		cr_expect_gt(strlen(row->meaning), 20, "%s", row->name);
		cr_expect_lt(row->witness, WITNESS_COUNT, "%s", row->name);
		for (const char *p = strchr(row->meaning, '%'); p != NULL; p = strchr(p + 1, '%'))
			cr_expect(strchr("SCDNWAKPY", p[1]) != NULL, "%s", row->name);
		for (enum rule other = 0; other < rule; other++)
			cr_expect_str_neq(row->name, evidence_rule(other)->name);
		cr_expect(row->weight_decibans >= 0 || row->witness == WITNESS_SITE,
			  "%s: only the site clears", row->name);
	}
}

/* What must hold whatever the weights are set to: what one fact alone may come to. */
Test(evidence, what_one_sighting_comes_to)
{
	static const struct {
		enum rule rule;
		double least, most; /* percent */
	} rows[] = {
		{ RULE_FOREIGN_ACCEPTED, 75, 95 },
		{ RULE_QMQP_ACCEPTED, 90, 95 },
		{ RULE_FOREIGN_RECIPIENT_TAKEN, 50, 75 }, /* below all that was taken */
		{ RULE_TRICK_ACCEPTED, 0, 50 },
		{ RULE_RELAY_DENIED, 0, 1 },
		{ RULE_UNDETERMINED_ACCEPTED, 0, 5 },
		{ RULE_ALL_ENCRYPTED, 0, 5 },
		{ RULE_OWN_DOMAIN, 0, 1 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		double score = evidence_score(PRIOR_DECIBANS + evidence_weight(rows[i].rule, 1, 0));

		cr_expect(score >= rows[i].least && score <= rows[i].most, "%s: %f",
			  evidence_rule(rows[i].rule)->name, score);
	}
}

Test(evidence, repetition_and_age)
{
	static const struct {
		const char *what;
		enum rule rule;
		uint64_t count;
		int64_t age_ns;
		double part; /* of the weight in the table */
	} rows[] = {
		{ "one", RULE_FOREIGN_ACCEPTED, 1, 0, 1.0 },
		{ "none counts as one", RULE_FOREIGN_ACCEPTED, 0, 0, 1.0 },
		{ "two", RULE_FOREIGN_ACCEPTED, 2, 0, 1.1 },
		{ "sixteen", RULE_FOREIGN_ACCEPTED, 16, 0, 1.4 },
		{ "half as much again is the most", RULE_FOREIGN_ACCEPTED, UINT64_MAX, 0, 1.5 },
		{ "a month old", RULE_FOREIGN_ACCEPTED, 1, 30 * DAY_NS, 0.5 },
		{ "two months old", RULE_FOREIGN_ACCEPTED, 1, 60 * DAY_NS, 0.25 },
		{ "of the future", RULE_FOREIGN_ACCEPTED, 1, -DAY_NS, 1.0 },
		{ "older than the world", RULE_FOREIGN_ACCEPTED, 1, INT64_MAX, 0.0 },
		{ "what clears is not doubled", RULE_OWN_DOMAIN, 1000, 0, 1.0 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		double want = evidence_rule(rows[i].rule)->weight_decibans * rows[i].part;
		double have = evidence_weight(rows[i].rule, rows[i].count, rows[i].age_ns);

		cr_expect_lt(fabs(want - have), 1e-6, "%s: %f, not %f", rows[i].what, have, want);
	}
}

Test(evidence, decibans_to_percent)
{
	static const struct {
		double decibans, percent;
	} rows[] = { { 0, 50 }, { 10, 90.909090 }, { -10, 9.090909 }, { 400, 100 }, { -400, 0 } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		cr_expect_lt(fabs(evidence_score(rows[i].decibans) - rows[i].percent), 1e-5,
			     "%f: %f", rows[i].decibans, evidence_score(rows[i].decibans));
}
