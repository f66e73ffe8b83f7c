/*
 * timers - the flow whose deadline comes first
 *
 * In:      flows with deadline_ns set; equal deadlines go by serial, so that the same packets
 *          always give the same order.
 * Out:     the first one.
 * Limits:  one entry a flow.
 * Errors:  timers_add: RESULT_FAILED without memory.
 * Owner:   the caller owns the flows.
 */
#ifndef RELAYWATCH_REASSEMBLY_TIMERS_H
#define RELAYWATCH_REASSEMBLY_TIMERS_H

#include "core/result.h"

#include <stdint.h>

struct flow;

/* A heap: flows[i] is due no later than flows[2 * i + 1] and flows[2 * i + 2]. */
struct timers {
	struct flow **flows;
	uint32_t count, capacity;
};

MUST_USE enum result timers_add(struct timers *timers, struct flow *flow);
void timers_remove(struct timers *timers, struct flow *flow);
void timers_set(struct timers *timers, struct flow *flow, int64_t deadline_ns);
struct flow *timers_first(const struct timers *timers); /* NULL: none */
void timers_clear(struct timers *timers);

#endif
