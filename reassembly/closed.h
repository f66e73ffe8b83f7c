/*
 * closed - connections that are over: what keeps their late copies from beginning new ones
 *
 * In:      flows that ended; segments of no flow.
 * Out:     whether a segment is a late one of such a connection. It costs a fifth of a flow, as
 *          TIME-WAIT does in Linux, and for the same reason: there are many.
 * Limits:  CLOSED_LINGER_NS after the last packet; every entry is charged to the budget, and all
 *          of them go before any flow does, the oldest first.
 * Errors:  without memory nothing is kept, and a late copy may begin a flow.
 * Owner:   the caller; an entry is lent until the next call.
 */
#ifndef RELAYWATCH_REASSEMBLY_CLOSED_H
#define RELAYWATCH_REASSEMBLY_CLOSED_H

#include "reassembly/flow_table.h"
#include "reassembly/handshakes.h"

/* What is known of one end. */
struct closed_side {
	uint32_t isn, next;
	bool isn_known, next_known;
};

struct closed_flow {
	struct hashmap_node node;
	struct closed_flow *older, *newer;
	int64_t last_ns; /* by our clock */
	struct flow_key key;
	struct closed_side sides[2]; /* low, high */
};

struct closed {
	struct hashmap map;
	struct marks *marks;
	struct closed_flow *oldest, *newest;
	uint64_t forgotten; /* for lack of memory */
};

MUST_USE enum result closed_init(struct closed *closed, struct marks *marks);
void closed_clear(struct closed *closed, struct budget *budget);
/* Keep what is to be known of a flow that ended, if there is room. */
void closed_add(struct closed *closed, struct budget *budget, const struct flow *flow);
/* NULL: none. */
struct closed_flow *closed_find(const struct closed *closed, const struct flow_place *place);
void closed_remove(struct closed *closed, struct budget *budget, struct closed_flow *entry);
/* A late packet came: keep it for as long again. */
void closed_touch(struct closed *closed, struct closed_flow *entry, int64_t now_ns);
/* Forget the oldest for lack of memory; false: there is none. */
bool closed_forget(struct closed *closed, struct budget *budget);
/* Let go of those whose last packet came no later than this. */
void closed_expire(struct closed *closed, struct budget *budget, int64_t until_ns);

/* Is a segment without SYN too far from where this end was to be a late one? */
bool closed_is_elsewhere(const struct closed_flow *entry, bool of_high, const struct segment *s);
/* Is this SYN, or SYN-ACK, a late one? noted: what the table of handshakes knows by now. */
bool closed_has_syn(const struct closed_flow *entry, bool of_high, const struct segment *s,
		    const struct handshake *noted);

#endif
