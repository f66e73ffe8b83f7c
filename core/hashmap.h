/*
 * hashmap - a chained hash table whose nodes live inside the caller's structs
 *
 * In:      nodes with a 64-bit hash that the caller made with core/hash (keyed).
 * Out:     lookup by hash and an equality function of the caller's.
 * Limits:  the table of buckets doubles when nodes outnumber buckets, as far as memory
 *          allows; if it does not, chains grow and nothing is lost. Its order says nothing:
 *          what is printed is sorted first.
 * Errors:  hashmap_init: RESULT_FAILED without memory.
 * Owner:   the caller owns every node; the map owns its buckets.
 */
#ifndef RELAYWATCH_CORE_HASHMAP_H
#define RELAYWATCH_CORE_HASHMAP_H

#include "core/result.h"

#include <stdbool.h>
#include <stdint.h>

struct hashmap_node {
	struct hashmap_node *next;
	uint64_t hash;
};

struct hashmap {
	struct hashmap_node **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
};

/* The struct of the caller's that a node lives in. */
#define HASHMAP_ENTRY(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

typedef bool hashmap_equal_fn(const struct hashmap_node *node, const void *key);
typedef void hashmap_visit_fn(void *ctx, struct hashmap_node *node);

MUST_USE enum result hashmap_init(struct hashmap *map, size_t bucket_count);
void hashmap_clear(struct hashmap *map); /* frees the buckets, not the nodes */
struct hashmap_node *hashmap_find(const struct hashmap *map, uint64_t hash, hashmap_equal_fn *equal,
				  const void *key);
void hashmap_add(struct hashmap *map, struct hashmap_node *node, uint64_t hash);
void hashmap_remove(struct hashmap *map, struct hashmap_node *node);
/* Call visit for each node, in no order; visit may remove and free the node it is given. */
void hashmap_each(const struct hashmap *map, hashmap_visit_fn *visit, void *ctx);

#endif
