/*
 * lossy - a table of a fixed size, where what comes to the same place overwrites what was there
 *
 * In:      64-bit keyed hashes.
 * Out:     the record of that hash, if it is the one that came there last.
 * Limits:  count records, and 1/LOSSY_SHARE of the budget; taken as a whole on first need.
 * Errors:  NULL without memory.
 * Owner:   the table; a pointer holds until the next lossy_put.
 */
#ifndef RELAYWATCH_DETECTORS_LOSSY_H
#define RELAYWATCH_DETECTORS_LOSSY_H

#include "core/budget.h"

#include <stdbool.h>

#define LOSSY_SHARE 64

struct lossy {
	struct budget *budget;
	uint8_t *records;
	size_t record_bytes, count;
};

/* record_bytes: of the caller's struct, which begins with the uint64_t hash. */
void lossy_init(struct lossy *lossy, size_t record_bytes, size_t count, struct budget *budget);
void lossy_clear(struct lossy *lossy);
/* The record as it was left, or NULL. */
void *lossy_get(const struct lossy *lossy, uint64_t hash);
/* The record of this hash, of zeros but for the hash unless it was there. */
void *lossy_put(struct lossy *lossy, uint64_t hash);

#endif
