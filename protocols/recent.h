/*
 * recent - what was seen of late, remembered by fingerprints in memory of a fixed size
 *
 * In:      64-bit fingerprints that the caller made with core/hash (keyed), and packet time.
 * Out:     whether a fingerprint was seen, and when last.
 * Limits:  as many slots as asked for. A fingerprint has RECENT_WAYS slots to lie in; where they
 *          are full, the one of them that was seen longest ago goes.
 * Errors:  recent_new: RESULT_LIMIT, RESULT_FAILED.
 * Owner:   the caller; the budget is lent until recent_free.
 */
#ifndef RELAYWATCH_PROTOCOLS_RECENT_H
#define RELAYWATCH_PROTOCOLS_RECENT_H

#include "core/budget.h"

#include <stdbool.h>

#define RECENT_WAYS 8

struct recent;

/* slot_count is rounded up to a power of two. */
MUST_USE enum result recent_new(struct recent **out, size_t slot_count, struct budget *budget);
void recent_free(struct recent **recent);
void recent_put(struct recent *recent, uint64_t fingerprint, int64_t time_ns);
bool recent_find(const struct recent *recent, uint64_t fingerprint, int64_t *out_time_ns);
void recent_remove(struct recent *recent, uint64_t fingerprint);

#endif
