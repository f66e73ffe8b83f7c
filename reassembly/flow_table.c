#include "reassembly/flow_table.h"

#include <string.h>

/* Is the sender the higher of the two ends? */
static bool sender_is_high(const struct segment *s)
{
	int order = memcmp(s->source.bytes, s->destination.bytes, sizeof(s->source.bytes));

	return order != 0 ? order > 0 : s->source_port > s->destination_port;
}

/* The key in as few bytes as will do: fewer to hash. */
static uint64_t key_hash(const struct hash_key *secret, const struct flow_key *key)
{
	uint8_t packed[2 * sizeof(key->low.bytes) + 2 * sizeof(uint16_t)];
	size_t address_bytes = key->low.family == 4 ? 4 : sizeof(key->low.bytes);
	uint8_t *at = packed;

	memcpy(at, key->low.bytes, address_bytes);
	at += address_bytes;
	memcpy(at, key->high.bytes, address_bytes);
	at += address_bytes;
	memcpy(at, &key->low_port, sizeof(key->low_port));
	at += sizeof(key->low_port);
	memcpy(at, &key->high_port, sizeof(key->high_port));
	at += sizeof(key->high_port);
	return hash_bytes(secret, packed, (size_t)(at - packed));
}

/* Key and hash of a segment. */
void flow_place_of(const struct hash_key *key, const struct segment *s, struct flow_place *out)
{
	out->sender_is_high = sender_is_high(s);
	if (out->sender_is_high)
		out->key = (struct flow_key){ .low = s->destination,
					      .high = s->source,
					      .low_port = s->destination_port,
					      .high_port = s->source_port };
	else
		out->key = (struct flow_key){ .low = s->source,
					      .high = s->destination,
					      .low_port = s->source_port,
					      .high_port = s->destination_port };
	out->hash = key_hash(key, &out->key);
}

enum result flow_table_init(struct flow_table *table, const struct hash_key *key)
{
	*table = (struct flow_table){ .key = *key };
	return hashmap_init(&table->map, 1024);
}

void flow_table_clear(struct flow_table *table)
{
	hashmap_clear(&table->map);
}

static bool same_key(const struct hashmap_node *node, const void *key)
{
	const struct flow *flow = (const struct flow *)(const void *)node;
	const struct flow_key *a = &flow->key;
	const struct flow_key *b = key;

	return a->low_port == b->low_port && a->high_port == b->high_port &&
	       ip_address_equal(&a->low, &b->low) && ip_address_equal(&a->high, &b->high);
}

_Static_assert(offsetof(struct flow, node) == 0, "a node is its flow");

struct flow *flow_table_find(const struct flow_table *table, const struct flow_place *place)
{
	return (struct flow *)(void *)hashmap_find(&table->map, place->hash, same_key, &place->key);
}

/* Put a flow at the used end of its list. */
static void list_add(struct flow_table *table, struct flow *flow)
{
	flow->newer = NULL;
	flow->older = table->newest[flow->worth];
	*(flow->older == NULL ? &table->oldest[flow->worth] : &flow->older->newer) = flow;
	table->newest[flow->worth] = flow;
}

static void list_remove(struct flow_table *table, struct flow *flow)
{
	*(flow->older == NULL ? &table->oldest[flow->worth] : &flow->older->newer) = flow->newer;
	*(flow->newer == NULL ? &table->newest[flow->worth] : &flow->newer->older) = flow->older;
}

void flow_table_add(struct flow_table *table, struct flow *flow, uint64_t hash)
{
	hashmap_add(&table->map, &flow->node, hash);
	list_add(table, flow);
}

void flow_table_remove(struct flow_table *table, struct flow *flow)
{
	hashmap_remove(&table->map, &flow->node);
	list_remove(table, flow);
}

void flow_table_touch(struct flow_table *table, struct flow *flow, enum flow_worth worth)
{
	if (flow->worth == worth && flow->newer == NULL)
		return;
	list_remove(table, flow);
	flow->worth = worth;
	list_add(table, flow);
}

struct flow *flow_table_least(const struct flow_table *table, const struct flow *except)
{
	for (int worth = 0; worth < WORTH_COUNT; worth++) {
		struct flow *flow = table->oldest[worth];

		if (flow != NULL && flow == except)
			flow = flow->newer;
		if (flow != NULL)
			return flow;
	}
	return NULL;
}
