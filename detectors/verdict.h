/*
 * verdict - what is held against a pair: evidence, score, the first verdict whose condition holds
 *
 * In:      a pair and what it claims, with ownership as it is known now.
 * Out:     struct judgement; asking twice gives the same.
 * Limits:  one entry a rule.
 * Errors:  -
 * Owner:   the caller's struct; it is good as long as the pair and its claims are not changed.
 */
#ifndef RELAYWATCH_DETECTORS_VERDICT_H
#define RELAYWATCH_DETECTORS_VERDICT_H

#include "core/finding.h"
#include "detectors/state.h"

struct judged_rule {
	enum rule rule;
	struct track track;
	struct span domain;     /* the one seen first, as it came; of the pair's holding */
	uint32_t domains;       /* how many */
	double weight_decibans; /* what it adds in the end */
};

struct judgement {
	enum verdict verdict;
	uint32_t also;
	enum ownership ownership;
	bool weak; /* an open relay only by domains whose ownership is weakly known */
	double score;
	enum severity severity;
	int64_t decisive_ns; /* of the first sighting of the strongest rule */
	int64_t last_decisive_ns;
	uint32_t count;
	struct judged_rule rules[RULE_COUNT]; /* the strongest first */
};

void verdict_judge(const struct site *site, const struct pair *pair, int64_t now_ns,
		   struct judgement *out);
/* The sentence of a rule, with the names put in. */
void verdict_reason(const struct pair *pair, const struct judged_rule *rule, struct text *out);
/* Is this verdict an accusation that an open server shares: open_relay or above? */
bool verdict_is_relay(enum verdict verdict);

#endif
