/*
 * fingerprints - notice that delivered bytes come again with other content
 *
 * In:      each chunk that was handed on and is not acknowledged yet; each retransmission.
 * Out:     whether a retransmission differs from what was handed on.
 * Limits:  FINGERPRINTS_MAX chunks of one direction, the oldest are forgotten first; only chunks
 *          that lie whole within a retransmission can be compared.
 * Errors:  without memory nothing is kept, and nothing is noticed.
 * Owner:   the direction owns its ring, which is charged to the budget.
 */
#ifndef RELAYWATCH_REASSEMBLY_FINGERPRINTS_H
#define RELAYWATCH_REASSEMBLY_FINGERPRINTS_H

#include "core/budget.h"
#include "core/span.h"

#define FINGERPRINTS_MAX 64 /* a window of 64 KiB in full segments */

struct fingerprint {
	uint32_t sequence;
	uint32_t length;
	uint64_t hash;
};

struct fingerprints {
	struct fingerprint *ring;
	uint16_t capacity; /* a power of two, or 0 */
	uint16_t first, count;
};

void fingerprints_add(struct fingerprints *prints, struct budget *budget, uint64_t seed,
		      uint32_t sequence, struct span bytes);
/* Forget what the receiver has acknowledged. */
void fingerprints_acked(struct fingerprints *prints, uint32_t acknowledged);
bool fingerprints_agree(const struct fingerprints *prints, uint64_t seed, uint32_t sequence,
			struct span bytes);
void fingerprints_clear(struct fingerprints *prints, struct budget *budget);

#endif
