#include "detectors/lru.h"

#include <stdlib.h>

enum result lru_init(struct lru *lru, size_t record_bytes, size_t count_max, struct budget *budget)
{
	size_t share = budget->limit_bytes / LRU_SHARE / record_bytes;

	*lru = (struct lru){ .budget = budget, .record_bytes = record_bytes };
	lru->count_max = share < count_max ? share + 1 : count_max;
	return hashmap_init(&lru->map, 16);
}

static void unlist(struct lru *lru, struct lru_node *n)
{
	if (n->older != NULL)
		n->older->newer = n->newer;
	else
		lru->oldest = n->newer;
	if (n->newer != NULL)
		n->newer->older = n->older;
	else
		lru->newest = n->older;
	n->older = n->newer = NULL;
}

static void list_newest(struct lru *lru, struct lru_node *n)
{
	n->older = lru->newest;
	if (lru->newest != NULL)
		lru->newest->newer = n;
	else
		lru->oldest = n;
	lru->newest = n;
}

static void forget_oldest(struct lru *lru)
{
	struct lru_node *n = lru->oldest;

	unlist(lru, n);
	hashmap_remove(&lru->map, &n->node);
	free(n);
	budget_give(lru->budget, lru->record_bytes);
}

void lru_clear(struct lru *lru)
{
	while (lru->oldest != NULL)
		forget_oldest(lru);
	if (lru->map.buckets != NULL)
		hashmap_clear(&lru->map);
}

static bool is_same(const struct hashmap_node *node, const void *key)
{
	const struct lru_id *a = &HASHMAP_ENTRY(node, const struct lru_node, node)->id;
	const struct lru_id *b = key;

	return a->halves[0] == b->halves[0] && a->halves[1] == b->halves[1];
}

void *lru_find(const struct lru *lru, struct lru_id id)
{
	struct hashmap_node *node = hashmap_find(&lru->map, id.halves[0], is_same, &id);

	return node == NULL ? NULL : HASHMAP_ENTRY(node, struct lru_node, node);
}

/* Find it, or make room for it and make it. */
void *lru_need(struct lru *lru, struct lru_id id)
{
	struct lru_node *n = lru_find(lru, id);

	if (n != NULL) {
		unlist(lru, n);
		list_newest(lru, n);
		return n;
	}
	if (lru->map.count >= lru->count_max) {
		forget_oldest(lru);
		lru->forgotten++;
	}
	if (budget_take(lru->budget, lru->record_bytes) != RESULT_OK)
		return NULL;
	n = calloc(1, lru->record_bytes);
	if (n == NULL) {
		budget_give(lru->budget, lru->record_bytes);
		return NULL;
	}
	n->id = id;
	hashmap_add(&lru->map, &n->node, id.halves[0]);
	list_newest(lru, n);
	return n;
}

/* Chained, so that where one part ends and the next begins makes a difference. */
struct lru_id lru_id_of(const struct hash_key *key, const struct span *parts, size_t count)
{
	struct lru_id id = { { 0x72656c6179, count } };

	for (size_t i = 0; i < count; i++) {
		uint64_t hash = hash_span(key, parts[i]);

		for (size_t h = 0; h < 2; h++) {
			uint64_t chain[3] = { id.halves[h], hash, h };

			id.halves[h] = hash_bytes(key, chain, sizeof(chain));
		}
	}
	return id;
}

struct lru_id lru_id_at(const struct hash_key *key, const struct ip_address *host, struct span what)
{
	struct span parts[2] = { span_of(host, sizeof(*host)), what };

	return lru_id_of(key, parts, ARRAY_COUNT(parts));
}
