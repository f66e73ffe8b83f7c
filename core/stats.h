/*
 * stats - the counters of a run, as app/ sums them up for the sinks
 *
 * In:      the stages' own counters.
 * Out:     one struct that JSON, the report and (later) metrics print.
 * Limits:  -
 * Errors:  -
 * Owner:   plain values; names point to constants.
 */
#ifndef RELAYWATCH_CORE_STATS_H
#define RELAYWATCH_CORE_STATS_H

#include <stdint.h>

#define STATS_NAMED_MAX 16

struct stats_named {
	const char *name; /* NULL ends the list */
	uint64_t count;
};

struct stats {
	int64_t time_ns, start_ns, end_ns; /* packet time */
	uint64_t packets, bytes, segments, sessions, sessions_readable, transactions, alerts;
	uint64_t sessions_encrypted, sessions_one_sided, sessions_cut;
	uint64_t dropped_kernel, dropped_interface;
	struct stats_named forgotten[STATS_NAMED_MAX];
	struct stats_named damaged[STATS_NAMED_MAX];
	struct stats_named not_seen[STATS_NAMED_MAX]; /* carriers and link types not looked into */
	struct stats_named not_mail[STATS_NAMED_MAX]; /* what else came to mail ports */
	uint64_t duplicates;
	int64_t onward_window_s;
	uint64_t memory_bytes;
	int64_t elapsed_ns;
};

#endif
