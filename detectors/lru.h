/*
 * lru - a bounded table of records, of which the one that was asked for longest ago goes first
 *
 * In:      a 128-bit fingerprint of whatever a record is about, by a keyed hash.
 * Out:     the record, made of zeros on first need.
 * Limits:  count_max records, and 1/LRU_SHARE of the budget, so that no table starves the others.
 * Errors:  NULL without memory; what had to go is counted.
 * Owner:   the table owns its records; a pointer holds until the next lru_need.
 */
#ifndef RELAYWATCH_DETECTORS_LRU_H
#define RELAYWATCH_DETECTORS_LRU_H

#include "core/address.h"
#include "core/budget.h"
#include "core/hash.h"
#include "core/hashmap.h"

#define LRU_SHARE 64

struct lru_id {
	uint64_t halves[2];
};

/* The head of each record. */
struct lru_node {
	struct hashmap_node node;
	struct lru_node *older, *newer;
	struct lru_id id;
};

struct lru {
	struct budget *budget;
	struct hashmap map;
	struct lru_node *oldest, *newest;
	size_t record_bytes, count_max;
	uint64_t forgotten;
};

/* record_bytes: of the caller's struct, which begins with a struct lru_node. */
MUST_USE enum result lru_init(struct lru *lru, size_t record_bytes, size_t count_max,
			      struct budget *budget);
void lru_clear(struct lru *lru);
void *lru_find(const struct lru *lru, struct lru_id id);
/* Find or make it; it is the newest now. */
void *lru_need(struct lru *lru, struct lru_id id);
/* The fingerprint of several parts, in their order; each counts with its length. */
struct lru_id lru_id_of(const struct hash_key *key, const struct span *parts, size_t count);
/* Of something at a host. */
struct lru_id lru_id_at(const struct hash_key *key, const struct ip_address *host,
			struct span what);

#endif
