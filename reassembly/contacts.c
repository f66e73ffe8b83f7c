#include "reassembly/contacts.h"

#include <stdlib.h>
#include <string.h>

enum result contacts_new(struct contacts *contacts, const struct hash_key *key, uint32_t sums_max)
{
	*contacts = (struct contacts){ .key = *key, .sums_max = sums_max };
	contacts->sums = calloc(sums_max, sizeof(*contacts->sums));
	if (contacts->sums == NULL)
		return RESULT_FAILED;
	return hashmap_init(&contacts->map, sums_max);
}

void contacts_free(struct contacts *contacts)
{
	free(contacts->sums);
	contacts->sums = NULL;
	hashmap_clear(&contacts->map);
}

_Static_assert(offsetof(struct contact_sum, node) == 0, "a node is its sum");

static bool same_sum(const struct hashmap_node *node, const void *key)
{
	const struct contact *a = &((const struct contact_sum *)(const void *)node)->contact;
	const struct contact *b = key;

	return a->kind == b->kind && a->server_port == b->server_port &&
	       ip_address_equal(&a->client, &b->client) && ip_address_equal(&a->server, &b->server);
}

static uint64_t sum_hash(const struct contacts *contacts, const struct contact *c)
{
	uint8_t packed[2 * sizeof(c->client.bytes) + 3];
	size_t n = sizeof(c->client.bytes);

	memcpy(packed, c->client.bytes, n);
	memcpy(packed + n, c->server.bytes, n);
	packed[2 * n] = (uint8_t)(c->server_port >> 8);
	packed[2 * n + 1] = (uint8_t)c->server_port;
	packed[2 * n + 2] = (uint8_t)c->kind;
	return hash_bytes(&contacts->key, packed, sizeof(packed));
}

/* Add to the sum that it belongs to, or begin one. */
void contacts_add(struct contacts *contacts, const struct contact *contact)
{
	uint64_t hash = sum_hash(contacts, contact);
	struct hashmap_node *node = hashmap_find(&contacts->map, hash, same_sum, contact);
	struct contact_sum *sum = (struct contact_sum *)(void *)node;

	if (sum != NULL) {
		sum->contact.count += contact->count;
		if (contact->first_ns < sum->contact.first_ns) {
			sum->contact.first_ns = contact->first_ns;
			sum->contact.at = contact->at;
		}
		if (contact->last_ns > sum->contact.last_ns)
			sum->contact.last_ns = contact->last_ns;
		return;
	}
	if (contacts->count == contacts->sums_max) {
		contacts->forgotten += contact->count;
		return;
	}
	sum = &contacts->sums[contacts->count++];
	sum->contact = *contact;
	hashmap_add(&contacts->map, &sum->node, hash);
}

/* By time, then by place: no two sums have their first packet in common. */
static int by_first(const void *a, const void *b)
{
	const struct contact *x = &((const struct contact_sum *)a)->contact;
	const struct contact *y = &((const struct contact_sum *)b)->contact;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	if (x->at.file != y->at.file)
		return x->at.file < y->at.file ? -1 : 1;
	return x->at.frame < y->at.frame ? -1 : x->at.frame > y->at.frame;
}

/* Tell and empty. */
void contacts_flush(struct contacts *contacts, const struct conversation_ops *ops, void *ctx)
{
	for (uint32_t i = 0; i < contacts->count; i++)
		hashmap_remove(&contacts->map, &contacts->sums[i].node);
	qsort(contacts->sums, contacts->count, sizeof(*contacts->sums), by_first);
	for (uint32_t i = 0; i < contacts->count && ops->contact != NULL; i++)
		ops->contact(ctx, &contacts->sums[i].contact);
	contacts->count = 0;
}
