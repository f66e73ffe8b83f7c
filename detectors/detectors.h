/*
 * detectors - facts in; evidence, scores, verdicts, postures and alerts out
 *
 * In:      facts and the passing of packet time; nothing else.
 * Out:     alerts as they arise; findings and server reports at the end.
 * Limits:  one budget; what is forgotten first is written in state.h.
 * Errors:  none reach the caller; what was forgotten is counted.
 * Owner:   the caller owns the detectors, the site and the budget.
 */
#ifndef RELAYWATCH_DETECTORS_DETECTORS_H
#define RELAYWATCH_DETECTORS_DETECTORS_H

#include "core/budget.h"
#include "core/finding.h"
#include "core/hash.h"
#include "core/site.h"

struct detectors;

struct detectors_options {
	struct hash_key key;          /* of the tables */
	int64_t alert_repeat_ns;      /* 0: an hour */
	int64_t alert_quiet_ns;       /* 0: 24 hours */
	enum severity alert_severity; /* from here up alerts are raised */
};

struct detectors_stats {
	uint64_t facts, pairs, servers, alerts;
	uint64_t forgotten_pairs, forgotten_servers, forgotten_candidates, forgotten_domains;
	uint64_t forgotten_rates; /* of senders, accounts and bouncing servers */
	uint64_t forgotten_incidents;
	int64_t onward_window_ns; /* how far back an onward leg can be matched */
};

MUST_USE enum result detectors_new(struct detectors **out, const struct detectors_options *options,
				   const struct site *site, struct budget *budget,
				   const struct finding_sink *sink);
void detectors_fact(struct detectors *detectors, const struct fact *fact);
void detectors_tick(struct detectors *detectors, int64_t now_ns);
/* The end: what is left to say is said, then each server and each pair once, sorted. */
void detectors_finish(struct detectors *detectors);
void detectors_stats_get(const struct detectors *detectors, struct detectors_stats *out);
void detectors_free(struct detectors **detectors);

#endif
