/*
 * unacked - notice that delivered bytes come again with other content
 *
 * In:      bytes as they are handed on, while the receiver has not acknowledged them; parts of
 *          segments that come again, cut in any way.
 * Out:     whether such a part says something else than what was handed on.
 * Limits:  the last UNACKED_MAX_BYTES of one direction; where the budget is more than half used,
 *          UNACKED_SCARCE_BYTES. It pushes nothing out.
 * Errors:  without memory nothing is kept, and nothing is noticed.
 * Owner:   the direction owns the bytes, which are charged to the budget.
 */
#ifndef RELAYWATCH_REASSEMBLY_UNACKED_H
#define RELAYWATCH_REASSEMBLY_UNACKED_H

#include "core/budget.h"
#include "core/span.h"

#define UNACKED_MAX_BYTES 65536u /* a window without scaling */
#define UNACKED_SCARCE_BYTES 2048u

/* A ring: the byte of sequence number n stands at n modulo the capacity. */
struct unacked {
	uint8_t *ring;
	uint32_t capacity; /* a power of two, or 0 */
	uint32_t from, to; /* sequence numbers of what is there */
};

void unacked_add(struct unacked *unacked, struct budget *budget, uint32_t sequence,
		 struct span bytes);
/* The receiver has acknowledged up to here. */
void unacked_forget(struct unacked *unacked, struct budget *budget, uint32_t acknowledged);
bool unacked_agrees(const struct unacked *unacked, uint32_t sequence, struct span bytes);
void unacked_clear(struct unacked *unacked, struct budget *budget);

#endif
