/*
 * state_memory - how the parts of state share one budget; nobody outside includes it
 *
 * In:      sizes.
 * Out:     zeroed memory that is charged to the state's budget.
 * Limits:  the budget; state_take_room lets go of the least valuable pairs first.
 * Errors:  NULL.
 * Owner:   what was taken is given back with its size.
 */
#ifndef RELAYWATCH_DETECTORS_STATE_MEMORY_H
#define RELAYWATCH_DETECTORS_STATE_MEMORY_H

#include "detectors/state.h"

void *state_take(struct state *state, size_t bytes);
void *state_take_room(struct state *state, size_t bytes, const struct pair *keep);
void state_give(struct state *state, void *memory, size_t bytes);
/* The lists of pairs by class, the one that is let go first at the old end. */
void state_list_pair(struct state *state, struct pair *pair);
void state_unlist_pair(struct state *state, struct pair *pair);
uint64_t state_address_hash(const struct state *state, const struct ip_address *address);

#endif
