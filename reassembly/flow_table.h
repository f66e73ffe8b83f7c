/*
 * flow_table - the flows by their four numbers, and in the order in which they are forgotten
 *
 * In:      segments (for their key), flows.
 * Out:     the flow of a segment; the flow that is worth least.
 * Limits:  -
 * Errors:  flow_table_init: RESULT_FAILED without memory.
 * Owner:   the caller owns the flows.
 */
#ifndef RELAYWATCH_REASSEMBLY_FLOW_TABLE_H
#define RELAYWATCH_REASSEMBLY_FLOW_TABLE_H

#include "core/hash.h"
#include "reassembly/flow.h"
#include "reassembly/marks.h"

struct flow_table {
	struct hashmap map;
	struct marks *marks;
	struct flow *oldest[WORTH_COUNT], *newest[WORTH_COUNT];
};

/* Where a segment belongs, worked out once; the addresses are lent by the segment. */
struct flow_place {
	const struct ip_address *low, *high;
	uint16_t low_port, high_port;
	bool sender_is_high;
	uint64_t hash;
};

void flow_place_of(const struct hash_key *key, const struct segment *segment,
		   struct flow_place *out);
/* A copy to be kept. */
struct flow_key flow_place_key(const struct flow_place *place);
bool flow_place_is(const struct flow_place *place, const struct flow_key *key);

/* The marks are shared with other tables and stay the caller's. */
MUST_USE enum result flow_table_init(struct flow_table *table, struct marks *marks);
void flow_table_clear(struct flow_table *table);
struct flow *flow_table_find(const struct flow_table *table, const struct flow_place *place);
void flow_table_add(struct flow_table *table, struct flow *flow, uint64_t hash);
void flow_table_remove(struct flow_table *table, struct flow *flow);
/* The flow was used, and is now worth this much. */
void flow_table_touch(struct flow_table *table, struct flow *flow, enum flow_worth worth);
/* The flow to forget first: of the lowest worth the one not used for longest. NULL: none. */
struct flow *flow_table_least(const struct flow_table *table, const struct flow *except);

#endif
