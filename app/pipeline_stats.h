/*
 * pipeline_stats - the counters of all stages in one struct
 *
 * In:      the counters that each stage keeps.
 * Out:     struct stats, as the sinks print it.
 * Limits:  STATS_NAMED_MAX names in each list.
 * Errors:  -
 * Owner:   plain values; names point to constants.
 */
#ifndef RELAYWATCH_APP_PIPELINE_STATS_H
#define RELAYWATCH_APP_PIPELINE_STATS_H

#include "capture/capture.h"
#include "core/stats.h"
#include "detectors/detectors.h"
#include "protocols/protocols.h"
#include "reassembly/reassembly.h"

struct stage_counters {
	struct capture_stats capture;
	struct reassembly_stats reassembly;
	struct protocols_stats protocols;
	struct detectors_stats detectors;
	uint64_t alerts;
};

struct run_clock {
	int64_t monotonic_ns;
};

void run_clock_start(struct run_clock *clock);
int64_t run_clock_elapsed_ns(const struct run_clock *clock);
/* The system's clock: live alone asks for it. */
int64_t wall_clock_ns(void);
void stats_sum(const struct stage_counters *counters, const struct run_clock *clock,
	       struct stats *out);

#endif
