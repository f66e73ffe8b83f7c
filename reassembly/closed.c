#include "reassembly/closed.h"

#include "reassembly/sequence.h"

#include <stdlib.h>

/* No late copy is further away than any window (RFC 7323, 2.2, leaves 1 GiB; few use 16 MiB). */
#define ELSEWHERE_BYTES (16 << 20)

enum result closed_init(struct closed *closed, struct marks *marks)
{
	*closed = (struct closed){ .marks = marks };
	return hashmap_init(&closed->map, 256);
}

void closed_clear(struct closed *closed, struct budget *budget)
{
	while (closed->oldest != NULL)
		closed_remove(closed, budget, closed->oldest);
	hashmap_clear(&closed->map);
}

static void list_add(struct closed *closed, struct closed_flow *entry)
{
	entry->newer = NULL;
	entry->older = closed->newest;
	*(entry->older == NULL ? &closed->oldest : &entry->older->newer) = entry;
	closed->newest = entry;
}

static void list_remove(struct closed *closed, struct closed_flow *entry)
{
	*(entry->older == NULL ? &closed->oldest : &entry->older->newer) = entry->newer;
	*(entry->newer == NULL ? &closed->newest : &entry->newer->older) = entry->older;
}

static struct closed_side side_of(const struct stream *s)
{
	return (struct closed_side){ .isn = s->isn,
				     .next = s->next,
				     .isn_known = s->handshake_seen,
				     .next_known = s->placed };
}

void closed_add(struct closed *closed, struct budget *budget, const struct flow *flow)
{
	struct closed_flow *entry;

	if (sizeof(*entry) > budget->limit_bytes - budget->used_bytes)
		(void)closed_forget(closed, budget);
	if (budget_take(budget, sizeof(*entry)) != RESULT_OK) {
		closed->forgotten++;
		return;
	}
	entry = malloc(sizeof(*entry));
	if (entry == NULL) {
		budget_give(budget, sizeof(*entry));
		closed->forgotten++;
		return;
	}
	*entry = (struct closed_flow){ .key = flow->key, .last_ns = flow->last_ns };
	entry->sides[flow->client_is_high] = side_of(&flow->streams[FROM_CLIENT]);
	entry->sides[!flow->client_is_high] = side_of(&flow->streams[FROM_SERVER]);
	hashmap_add(&closed->map, &entry->node, flow->node.hash);
	marks_raise(closed->marks, &entry->key.low, entry->key.low_port, &entry->key.high,
		    entry->key.high_port);
	list_add(closed, entry);
}

static bool is_at(const struct hashmap_node *node, const void *place)
{
	return flow_place_is(place, &((const struct closed_flow *)(const void *)node)->key);
}

_Static_assert(offsetof(struct closed_flow, node) == 0, "a node is its entry");

struct closed_flow *closed_find(const struct closed *closed, const struct flow_place *place)
{
	if (!marks_hold(closed->marks, place->low, place->low_port, place->high, place->high_port))
		return NULL;
	return (struct closed_flow *)(void *)hashmap_find(&closed->map, place->hash, is_at, place);
}

void closed_remove(struct closed *closed, struct budget *budget, struct closed_flow *entry)
{
	hashmap_remove(&closed->map, &entry->node);
	marks_lower(closed->marks, &entry->key.low, entry->key.low_port, &entry->key.high,
		    entry->key.high_port);
	list_remove(closed, entry);
	budget_give(budget, sizeof(*entry));
	free(entry);
}

void closed_touch(struct closed *closed, struct closed_flow *entry, int64_t now_ns)
{
	list_remove(closed, entry);
	entry->last_ns = now_ns;
	list_add(closed, entry);
}

bool closed_forget(struct closed *closed, struct budget *budget)
{
	if (closed->oldest == NULL)
		return false;
	closed->forgotten++;
	closed_remove(closed, budget, closed->oldest);
	return true;
}

void closed_expire(struct closed *closed, struct budget *budget, int64_t until_ns)
{
	while (closed->oldest != NULL && closed->oldest->last_ns <= until_ns)
		closed_remove(closed, budget, closed->oldest);
}

bool closed_is_elsewhere(const struct closed_flow *entry, bool of_high, const struct segment *s)
{
	const struct closed_side *side = &entry->sides[of_high];
	int32_t away = (int32_t)(s->sequence - side->next);

	return side->next_known && (away > ELSEWHERE_BYTES || away < -ELSEWHERE_BYTES);
}

/* A SYN-ACK is known by its own number, or else by the one that it answers. */
static bool is_own_syn(const struct closed_flow *entry, bool of_high, const struct segment *s)
{
	const struct closed_side *side = &entry->sides[of_high], *other = &entry->sides[!of_high];

	if (side->isn_known)
		return side->isn == s->sequence;
	return (s->flags & TCP_ACK) != 0 && other->isn_known &&
	       s->acknowledgement == other->isn + 1;
}

bool closed_has_syn(const struct closed_flow *entry, bool of_high, const struct segment *s,
		    const struct handshake *noted)
{
	if (is_own_syn(entry, of_high, s))
		return true;
	/* Another SYN-ACK is an invention, unless it answers a SYN that came after the end. */
	return (s->flags & TCP_ACK) != 0 &&
	       !handshake_answered_anew(noted, entry->sides[noted->client_is_high].isn);
}
