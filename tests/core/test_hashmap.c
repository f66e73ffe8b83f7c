#include "core/hashmap.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define MANY 5000U

struct item {
	unsigned int key;
	unsigned int visits;
	struct hashmap_node node;
};

static bool has_key(const struct hashmap_node *node, const void *key)
{
	const struct item *item = HASHMAP_ENTRY(node, const struct item, node);

	return item->key == *(const unsigned int *)key;
}

static struct item *find(const struct hashmap *map, uint64_t hash, unsigned int key)
{
	struct hashmap_node *node = hashmap_find(map, hash, has_key, &key);

	return node == NULL ? NULL : HASHMAP_ENTRY(node, struct item, node);
}

/* Spread keys over the buckets, or put all into one. */
static uint64_t hash_of(unsigned int key, bool spread)
{
	return spread ? key * UINT64_C(0x9e3779b97f4a7c15) : 7;
}

static void add_find_remove(bool spread, unsigned int count)
{
	struct item *items = calloc(count, sizeof(*items));
	struct hashmap map;

	cr_assert_not_null(items);
	cr_assert_eq(hashmap_init(&map, 0), RESULT_OK);
	for (unsigned int i = 0; i < count; i++) {
		items[i].key = i;
		hashmap_add(&map, &items[i].node, hash_of(i, spread));
	}
	cr_expect_eq(map.count, count);
	for (unsigned int i = 0; i < count; i++)
		cr_expect_eq(find(&map, hash_of(i, spread), i), &items[i]);
	cr_expect_null(find(&map, hash_of(count, spread), count));
	for (unsigned int i = 0; i < count; i += 2)
		hashmap_remove(&map, &items[i].node);
	cr_expect_eq(map.count, count / 2);
	for (unsigned int i = 0; i < count; i++)
		cr_expect_eq(find(&map, hash_of(i, spread), i), i % 2 == 0 ? NULL : &items[i]);
	hashmap_clear(&map);
	free(items);
}

Test(hashmap, keeps_many_while_it_grows)
{
	add_find_remove(true, MANY);
}

Test(hashmap, tells_keys_of_one_hash_apart)
{
	add_find_remove(false, 100);
}

Test(hashmap, removing_a_stranger_changes_nothing)
{
	struct item in = { .key = 1 }, out = { .key = 2 };
	struct hashmap map;

	cr_assert_eq(hashmap_init(&map, 1), RESULT_OK);
	hashmap_add(&map, &in.node, 1);
	out.node.hash = 1;
	hashmap_remove(&map, &out.node);
	cr_expect_eq(map.count, 1);
	cr_expect_eq(find(&map, 1, 1), &in);
	hashmap_clear(&map);
}

struct visit {
	struct hashmap *map;
	unsigned int visits;
};

static void free_item(void *ctx, struct hashmap_node *node)
{
	struct visit *visit = ctx;

	hashmap_remove(visit->map, node);
	free(HASHMAP_ENTRY(node, struct item, node));
	visit->visits++;
}

Test(hashmap, a_visit_may_remove_and_free_its_node)
{
	struct hashmap map;
	struct visit visit = { .map = &map };

	cr_assert_eq(hashmap_init(&map, 0), RESULT_OK);
	for (unsigned int i = 0; i < 1000; i++) {
		struct item *item = calloc(1, sizeof(*item));

		cr_assert_not_null(item);
		hashmap_add(&map, &item->node, hash_of(i, true));
	}
	hashmap_each(&map, free_item, &visit);
	cr_expect_eq(visit.visits, 1000);
	cr_expect_eq(map.count, 0);
	hashmap_clear(&map);
}
