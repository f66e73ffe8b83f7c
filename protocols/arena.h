/*
 * arena - many small pieces of memory that are freed together
 *
 * In:      sizes, and bytes to keep a copy of.
 * Out:     memory that stays until arena_clear.
 * Limits:  limit_bytes of its own, and the budget, which is charged for every block.
 * Errors:  NULL, or RESULT_LIMIT and RESULT_FAILED: nothing was taken.
 * Owner:   the arena owns the pieces; the budget is lent for the arena's life.
 */
#ifndef RELAYWATCH_PROTOCOLS_ARENA_H
#define RELAYWATCH_PROTOCOLS_ARENA_H

#include "core/budget.h"
#include "core/span.h"

struct arena_block;

struct arena {
	struct budget *budget;
	struct arena_block *newest;
	size_t limit_bytes;
	size_t taken_bytes; /* charged to the budget */
};

void arena_init(struct arena *arena, struct budget *budget, size_t limit_bytes);
void arena_clear(struct arena *arena);
void *arena_take(struct arena *arena, size_t size_bytes); /* not aligned: for text */
/* A copy's data is never NULL, also where its length is 0. */
MUST_USE enum result arena_copy(struct arena *arena, struct span bytes, struct span *out);

#endif
