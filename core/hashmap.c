#include "core/hashmap.h"

#include <stdlib.h>

/* Make the buckets; the number is rounded up to a power of two. */
enum result hashmap_init(struct hashmap *map, size_t bucket_count)
{
	size_t n = 16;

	while (n < bucket_count)
		n *= 2;
	*map = (struct hashmap){ .buckets = calloc(n, sizeof(*map->buckets)), .bucket_count = n };
	if (map->buckets == NULL) {
		*map = (struct hashmap){ 0 };
		return RESULT_FAILED;
	}
	return RESULT_OK;
}

/* Free the buckets. */
void hashmap_clear(struct hashmap *map)
{
	free(map->buckets);
	*map = (struct hashmap){ 0 };
}

static struct hashmap_node **bucket(const struct hashmap *map, uint64_t hash)
{
	return &map->buckets[hash & (map->bucket_count - 1)];
}

/* Walk the chain of one hash. */
struct hashmap_node *hashmap_find(const struct hashmap *map, uint64_t hash, hashmap_equal_fn *equal,
				  const void *key)
{
	for (struct hashmap_node *n = *bucket(map, hash); n != NULL; n = n->next)
		if (n->hash == hash && equal(n, key))
			return n;
	return NULL;
}

/* Twice the buckets; without memory the old ones stay. */
static void grow(struct hashmap *map)
{
	struct hashmap bigger = { .buckets = calloc(map->bucket_count * 2, sizeof(*map->buckets)),
				  .bucket_count = map->bucket_count * 2,
				  .count = map->count };

	if (bigger.buckets == NULL)
		return;
	for (size_t i = 0; i < map->bucket_count; i++) {
		struct hashmap_node *n = map->buckets[i];

		while (n != NULL) {
			struct hashmap_node *next = n->next;
			struct hashmap_node **to = bucket(&bigger, n->hash);

			n->next = *to;
			*to = n;
			n = next;
		}
	}
	free(map->buckets);
	*map = bigger;
}

/* Put a node in; the caller has looked that its key is not there. */
void hashmap_add(struct hashmap *map, struct hashmap_node *node, uint64_t hash)
{
	struct hashmap_node **to;

	if (map->count >= map->bucket_count)
		grow(map);
	to = bucket(map, hash);
	node->hash = hash;
	node->next = *to;
	*to = node;
	map->count++;
}

/* Take a node out. */
void hashmap_remove(struct hashmap *map, struct hashmap_node *node)
{
	struct hashmap_node **at = bucket(map, node->hash);

	while (*at != NULL && *at != node)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	*at = node->next;
	node->next = NULL;
	map->count--;
}

/* Visit every node once. */
void hashmap_each(const struct hashmap *map, hashmap_visit_fn *visit, void *ctx)
{
	for (size_t i = 0; i < map->bucket_count; i++) {
		struct hashmap_node *n = map->buckets[i];

		while (n != NULL) {
			struct hashmap_node *next = n->next;

			visit(ctx, n);
			n = next;
		}
	}
}
