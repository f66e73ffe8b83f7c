/*
 * reassembly - segments in, conversations out
 *
 * In:      TCP segments in capture order.
 * Out:     the calls of core/conversation.h: both directions of one connection as one
 *          conversation; an answer never overtakes its command.
 * Limits:  one budget; flows_max; what is forgotten first is written in reassembly.c.
 * Errors:  none reach the caller: hostile segments are counted in reassembly_stats.
 * Owner:   the caller owns the reassembly, the budget and what the calls' ctx points to.
 */
#ifndef RELAYWATCH_REASSEMBLY_REASSEMBLY_H
#define RELAYWATCH_REASSEMBLY_REASSEMBLY_H

#include "core/budget.h"
#include "core/conversation.h"
#include "core/hash.h"
#include "reassembly/overlap.h"

struct reassembly;

struct reassembly_options {
	struct hash_key key;     /* of the flow table: random */
	uint32_t flows_max;      /* 0: the default */
	uint32_t handshakes_max; /* 0: the default; rounded up to a power of two */
	uint32_t contacts_max;   /* sums of one minute; 0: the default */
	int64_t idle_timeout_ns; /* 0: 65 minutes of silence */
	int64_t reorder_wait_ns; /* 0: 200 ms, how long an answer waits for its command */
	enum overlap_policy overlap;
	bool (*is_mail_port)(uint16_t port); /* for handshakes, which carry nothing to look at */
};

struct reassembly_stats {
	uint64_t segments, flows_opened, flows_open;
	uint64_t forgotten_flows, forgotten_segments; /* for lack of memory */
	uint64_t gaps, gap_bytes, out_of_order, retransmitted, overlap_conflicts;
	uint64_t ignored;            /* segments of no flow */
	uint64_t invalid;            /* that the receiver would have dropped */
	uint64_t forgotten_contacts; /* more sums in a minute than the table holds */
	uint64_t forgotten_closed;   /* connections whose late copies may begin a new one */
};

MUST_USE enum result reassembly_new(struct reassembly **out,
				    const struct reassembly_options *options, struct budget *budget,
				    const struct conversation_ops *ops, void *ops_ctx);
void reassembly_segment(struct reassembly *reassembly, const struct segment *segment);
/* Time has passed without packets (live). */
void reassembly_tick(struct reassembly *reassembly, int64_t now_ns);
/* The capture ended: what waits is delivered, every connection is closed with CLOSE_EOF. */
void reassembly_finish(struct reassembly *reassembly);
void reassembly_stats_get(const struct reassembly *reassembly, struct reassembly_stats *out);
void reassembly_free(struct reassembly **reassembly);

#endif
