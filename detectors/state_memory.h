/*
 * state_memory - how the parts of state share one budget; nobody outside includes it
 *
 * In:      sizes.
 * Out:     zeroed memory that is charged to the state's budget.
 * Limits:  the budget.
 * Errors:  NULL.
 * Owner:   what was taken is given back with its size.
 */
#ifndef RELAYWATCH_DETECTORS_STATE_MEMORY_H
#define RELAYWATCH_DETECTORS_STATE_MEMORY_H

#include "detectors/state.h"

/* What a claim takes of the table of numbers, at most half full and doubled when it is. */
#define CLAIM_SLOTS_BYTES (4 * sizeof(struct claim *))

void *state_take(struct state *state, size_t bytes);
void state_give(struct state *state, void *memory, size_t bytes);
/* The lists of pairs by class, the one that is let go first at the old end. */
void state_list_pair(struct state *state, struct pair *pair);
void state_unlist_pair(struct state *state, struct pair *pair);
void state_free_holding(struct state *state, struct holding *holding);
void state_free_domain(struct state *state, struct domain *domain);
void state_free_pair(struct state *state, struct pair *pair);
void state_free_server(struct state *state, struct server *server);
void state_free_host(struct state *state, struct mailhost *host);
/* Nobody works on it any more: without pairs it goes, or waits on the idle list. */
void state_settle_server(struct state *state, struct server *server);
void state_unlist_server(struct state *state, struct server *server);
void state_unlist_holding(struct state *state, struct holding *holding);
uint64_t state_address_hash(const struct state *state, const struct ip_address *address);

#endif
