#include "reassembly/flow_table.h"

#include <endian.h>
#include <string.h>

/* Eight bytes as one number that orders like them. */
static inline uint64_t word(const uint8_t *bytes)
{
	uint64_t w;

	memcpy(&w, bytes, sizeof(w));
	return be64toh(w);
}

/* Is the sender the higher of the two ends? */
static inline bool sender_is_high(const struct segment *s)
{
	const uint8_t *from = s->source.bytes, *to = s->destination.bytes;

	if (word(from) != word(to))
		return word(from) > word(to);
	if (word(from + 8) != word(to + 8))
		return word(from + 8) > word(to + 8);
	return s->source_port > s->destination_port;
}

/* Addresses of this many bytes, and the ports: fewer bytes are fewer to hash. */
static inline uint64_t place_hash(const struct hash_key *secret, const struct flow_place *place,
				  size_t address_bytes)
{
	uint8_t packed[2 * sizeof(place->low->bytes) + 2 * sizeof(uint16_t)];
	uint8_t *ports = packed + 2 * address_bytes;

	memcpy(packed, place->low->bytes, address_bytes);
	memcpy(packed + address_bytes, place->high->bytes, address_bytes);
	memcpy(ports, &place->low_port, sizeof(place->low_port));
	memcpy(ports + sizeof(uint16_t), &place->high_port, sizeof(place->high_port));
	return hash_bytes(secret, packed, 2 * address_bytes + 2 * sizeof(uint16_t));
}

/* The ends in order, and their hash. */
void flow_place_of(const struct hash_key *key, const struct segment *s, struct flow_place *out)
{
	bool high = sender_is_high(s);

	out->sender_is_high = high;
	out->low = high ? &s->destination : &s->source;
	out->high = high ? &s->source : &s->destination;
	out->low_port = high ? s->destination_port : s->source_port;
	out->high_port = high ? s->source_port : s->destination_port;
	out->hash = s->source.family == 4 ? place_hash(key, out, 4) : place_hash(key, out, 16);
}

struct flow_key flow_place_key(const struct flow_place *place)
{
	return (struct flow_key){ .low = *place->low,
				  .high = *place->high,
				  .low_port = place->low_port,
				  .high_port = place->high_port };
}

bool flow_place_is(const struct flow_place *place, const struct flow_key *key)
{
	return key->low_port == place->low_port && key->high_port == place->high_port &&
	       ip_address_equal(&key->low, place->low) && ip_address_equal(&key->high, place->high);
}

enum result flow_table_init(struct flow_table *table, struct marks *marks)
{
	*table = (struct flow_table){ .marks = marks };
	return hashmap_init(&table->map, 1024);
}

void flow_table_clear(struct flow_table *table)
{
	hashmap_clear(&table->map);
}

static bool is_at(const struct hashmap_node *node, const void *place)
{
	return flow_place_is(place, &((const struct flow *)(const void *)node)->key);
}

_Static_assert(offsetof(struct flow, node) == 0, "a node is its flow");

struct flow *flow_table_find(const struct flow_table *table, const struct flow_place *place)
{
	return (struct flow *)(void *)hashmap_find(&table->map, place->hash, is_at, place);
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
	const struct flow_key *key = &flow->key;

	hashmap_add(&table->map, &flow->node, hash);
	marks_raise(table->marks, &key->low, key->low_port, &key->high, key->high_port);
	list_add(table, flow);
}

void flow_table_remove(struct flow_table *table, struct flow *flow)
{
	const struct flow_key *key = &flow->key;

	hashmap_remove(&table->map, &flow->node);
	marks_lower(table->marks, &key->low, key->low_port, &key->high, key->high_port);
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
