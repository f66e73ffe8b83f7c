#include "capture/fragment.h"

#include "core/budget.h"
#include "core/hashmap.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of one datagram that are there; neighbours in a list do not overlap. */
struct piece {
	struct piece *next;
	uint32_t start, end;
	uint8_t data[];
};

/* Compared and hashed as bytes: no holes between the members. */
struct pending_key {
	uint8_t source[16], destination[16];
	uint32_t identification;
	uint8_t family, protocol, zero[2];
};

struct pending {
	struct hashmap_node node;
	struct pending *older, *newer; /* by arrival of their first piece */
	struct pending_key key;
	struct piece *pieces; /* in order */
	uint32_t piece_count;
	uint32_t have_bytes;
	uint32_t end; /* as far as is known; final when last_seen */
	int64_t first_ns;
	uint8_t next_header;
	bool last_seen, checksum_bad;
	bool only_copies; /* of what was put together before */
};

/* A fragment of a datagram that was put together. */
struct done {
	uint64_t print;
	int64_t time_ns;
};

struct fragments {
	struct hash_key hash_key;
	struct hashmap map;
	struct pending *oldest, *newest;
	struct budget budget;
	uint64_t given_up, copies;
	uint8_t *whole; /* DATAGRAM_MAX_BYTES, made when first needed */
	struct done done[FRAGMENT_COPIES_MAX];
};

enum result fragments_new(struct fragments **out, const struct hash_key *key)
{
	struct fragments *fragments = calloc(1, sizeof(*fragments));

	if (fragments == NULL)
		return RESULT_FAILED;
	if (hashmap_init(&fragments->map, 64) != RESULT_OK) {
		free(fragments);
		return RESULT_FAILED;
	}
	fragments->hash_key = *key;
	budget_init(&fragments->budget, FRAGMENT_BYTES_MAX);
	*out = fragments;
	return RESULT_OK;
}

/* Take a datagram out of the order of arrival. */
static void unlink_pending(struct fragments *fragments, struct pending *pending)
{
	if (pending->older != NULL)
		pending->older->newer = pending->newer;
	else
		fragments->oldest = pending->newer;
	if (pending->newer != NULL)
		pending->newer->older = pending->older;
	else
		fragments->newest = pending->older;
}

/* Forget a datagram, whole or not. */
static void drop(struct fragments *fragments, struct pending *pending)
{
	struct piece *piece, *next;

	for (piece = pending->pieces; piece != NULL; piece = next) {
		next = piece->next;
		budget_give(&fragments->budget, sizeof(*piece) + piece->end - piece->start);
		free(piece);
	}
	unlink_pending(fragments, pending);
	hashmap_remove(&fragments->map, &pending->node);
	budget_give(&fragments->budget, sizeof(*pending));
	free(pending);
}

void fragments_free(struct fragments **fragments)
{
	if (*fragments == NULL)
		return;
	while ((*fragments)->oldest != NULL)
		drop(*fragments, (*fragments)->oldest);
	hashmap_clear(&(*fragments)->map);
	free((*fragments)->whole);
	free(*fragments);
	*fragments = NULL;
}

/* Leave a datagram that is not whole. */
static void give_up(struct fragments *fragments, struct pending *pending)
{
	if (pending->only_copies)
		fragments->copies += pending->piece_count;
	else
		fragments->given_up++;
	drop(fragments, pending);
}

/* Give up the oldest datagram; false when there is none. */
static bool give_up_oldest(struct fragments *fragments)
{
	if (fragments->oldest == NULL)
		return false;
	give_up(fragments, fragments->oldest);
	return true;
}

/* Allocate within the budget; the oldest datagrams make room, but never the one in hand. */
static void *take_memory(struct fragments *fragments, size_t want_bytes, const struct pending *keep)
{
	void *memory;

	while (budget_take(&fragments->budget, want_bytes) != RESULT_OK) {
		if (fragments->oldest == keep || !give_up_oldest(fragments))
			return NULL;
	}
	memory = calloc(1, want_bytes);
	if (memory == NULL)
		budget_give(&fragments->budget, want_bytes);
	return memory;
}

static bool same_key(const struct hashmap_node *node, const void *key)
{
	return memcmp(&HASHMAP_ENTRY(node, struct pending, node)->key, key,
		      sizeof(struct pending_key)) == 0;
}

/* The datagram that a fragment belongs to, made when it is the first; NULL without memory. */
static struct pending *find_pending(struct fragments *fragments, const struct fragment *fragment)
{
	struct pending_key key = { .identification = fragment->identification,
				   .family = fragment->source.family,
				   .protocol = fragment->protocol };
	struct hashmap_node *node;
	struct pending *pending;
	uint64_t hash;

	memcpy(key.source, fragment->source.bytes, sizeof(key.source));
	memcpy(key.destination, fragment->destination.bytes, sizeof(key.destination));
	hash = hash_bytes(&fragments->hash_key, &key, sizeof(key));
	node = hashmap_find(&fragments->map, hash, same_key, &key);
	if (node != NULL)
		return HASHMAP_ENTRY(node, struct pending, node);
	if (fragments->map.count >= FRAGMENT_DATAGRAMS_MAX)
		(void)give_up_oldest(fragments);
	pending = take_memory(fragments, sizeof(*pending), NULL);
	if (pending == NULL)
		return NULL;
	pending->key = key;
	pending->first_ns = fragment->time_ns;
	pending->only_copies = true;
	pending->older = fragments->newest;
	if (fragments->newest != NULL)
		fragments->newest->newer = pending;
	else
		fragments->oldest = pending;
	fragments->newest = pending;
	hashmap_add(&fragments->map, &pending->node, hash);
	return pending;
}

/* Is start to end wholly covered by pieces that touch each other, the first being this one? */
static bool covered(const struct piece *piece, uint32_t start, uint32_t end)
{
	if (start < piece->start)
		return false;
	while (piece->end < end) {
		if (piece->next == NULL || piece->next->start != piece->end)
			return false;
		piece = piece->next;
	}
	return true;
}

/* RESULT_OK: put it at *out_link; RESULT_MORE: it is there already; RESULT_BAD: it overlaps. */
static enum result find_place(struct pending *pending, uint32_t start, uint32_t end,
			      struct piece ***out_link)
{
	struct piece **link = &pending->pieces;

	while (*link != NULL && (*link)->end <= start)
		link = &(*link)->next;
	if (*link == NULL || end <= (*link)->start) {
		*out_link = link;
		return RESULT_OK;
	}
	return covered(*link, start, end) ? RESULT_MORE : RESULT_BAD;
}

/* What the fragment says about the datagram's end must agree with what is known. */
static enum result note_end(struct pending *pending, uint32_t end, bool more)
{
	if (!more) {
		if (end < pending->end || (pending->last_seen && end != pending->end))
			return RESULT_BAD;
		pending->last_seen = true;
	} else if (end > pending->end && pending->last_seen) {
		return RESULT_BAD;
	}
	if (end > pending->end)
		pending->end = end;
	return RESULT_OK;
}

/* By which a fragment is known again. */
static uint64_t print_of(const struct fragments *fragments, const struct pending *pending,
			 uint32_t start, struct span data)
{
	const uint64_t parts[] = { hash_bytes(&fragments->hash_key, &pending->key,
					      sizeof(pending->key)),
				   start, hash_span(&fragments->hash_key, data) };

	return hash_bytes(&fragments->hash_key, parts, sizeof(parts));
}

/*
 * Where in the table: fragments of one datagram are apart. It has no key, so that the same input
 * is counted in the same way in each run.
 */
static size_t slot_of(const struct pending *pending, uint32_t start)
{
	uint32_t spread = pending->key.identification * UINT32_C(2654435761) >> 16;

	return (spread + start / 8) % FRAGMENT_COPIES_MAX;
}

/* Remember the fragments of a datagram that is whole. */
static void note_done(struct fragments *fragments, const struct pending *pending, int64_t now_ns)
{
	for (const struct piece *piece = pending->pieces; piece != NULL; piece = piece->next) {
		struct span data = span_of(piece->data, piece->end - piece->start);
		uint64_t print = print_of(fragments, pending, piece->start, data);

		fragments->done[slot_of(pending, piece->start)] = (struct done){ print, now_ns };
	}
}

/* Was this fragment put together a moment ago? */
static bool was_done(const struct fragments *fragments, const struct pending *pending,
		     const struct fragment *fragment)
{
	uint64_t print = print_of(fragments, pending, fragment->offset_bytes, fragment->data);
	const struct done *done = &fragments->done[slot_of(pending, fragment->offset_bytes)];

	/* without a sign, as hostile times may be far apart */
	return done->print == print &&
	       (uint64_t)fragment->time_ns - (uint64_t)done->time_ns <= FRAGMENT_COPY_NS;
}

/* Does this piece hold the same bytes? */
static bool is_copy(const struct piece *piece, const struct fragment *fragment)
{
	return piece->start == fragment->offset_bytes &&
	       piece->end - piece->start == fragment->data.length &&
	       memcmp(piece->data, fragment->data.data, fragment->data.length) == 0;
}

/* Count a copy of a piece that waits. */
static void count_copy(struct fragments *fragments, const struct pending *pending,
		       const struct fragment *fragment)
{
	const struct piece *piece = pending->pieces;

	while (piece != NULL && piece->start < fragment->offset_bytes)
		piece = piece->next;
	if (piece != NULL && is_copy(piece, fragment))
		fragments->copies++;
}

/* Keep a copy of a fragment's bytes. */
static enum result insert(struct fragments *fragments, struct pending *pending,
			  const struct fragment *fragment)
{
	uint32_t start = fragment->offset_bytes;
	uint32_t end = start + (uint32_t)fragment->data.length;
	struct piece **link = NULL;
	struct piece *piece;
	enum result r = note_end(pending, end, fragment->more);

	if (r == RESULT_OK)
		r = find_place(pending, start, end, &link);
	if (r != RESULT_OK)
		return r;
	if (pending->piece_count == FRAGMENT_PIECES_MAX)
		return RESULT_LIMIT;
	piece = take_memory(fragments, sizeof(*piece) + fragment->data.length, pending);
	if (piece == NULL)
		return RESULT_LIMIT;
	memcpy(piece->data, fragment->data.data, fragment->data.length);
	piece->start = start;
	piece->end = end;
	piece->next = *link;
	*link = piece;
	pending->piece_count++;
	pending->have_bytes += end - start;
	pending->checksum_bad |= fragment->checksum_bad;
	pending->only_copies = pending->only_copies && was_done(fragments, pending, fragment);
	if (start == 0)
		pending->next_header = fragment->next_header;
	return RESULT_OK;
}

/* Copy the pieces behind each other. */
static enum result put_together(struct fragments *fragments, const struct pending *pending,
				struct datagram_whole *out)
{
	if (fragments->whole == NULL)
		fragments->whole = malloc(DATAGRAM_MAX_BYTES);
	if (fragments->whole == NULL)
		return RESULT_FAILED;
	for (const struct piece *piece = pending->pieces; piece != NULL; piece = piece->next)
		memcpy(fragments->whole + piece->start, piece->data, piece->end - piece->start);
	*out = (struct datagram_whole){ .data = span_of(fragments->whole, pending->end),
					.next_header = pending->next_header,
					.checksum_bad = pending->checksum_bad };
	return RESULT_OK;
}

/* Datagrams whose time is over. A clock that was set back lets them stay. */
static void expire(struct fragments *fragments, int64_t now_ns)
{
	while (fragments->oldest != NULL && fragments->oldest->first_ns < now_ns - FRAGMENT_WAIT_NS)
		(void)give_up_oldest(fragments);
}

enum result fragments_add(struct fragments *fragments, const struct fragment *fragment,
			  struct datagram_whole *out)
{
	struct pending *pending;
	enum result r;

	if (fragment->data.length == 0 ||
	    fragment->data.length > DATAGRAM_MAX_BYTES - (size_t)fragment->offset_bytes)
		return RESULT_BAD;
	expire(fragments, fragment->time_ns);
	pending = find_pending(fragments, fragment);
	if (pending == NULL)
		return RESULT_FAILED;
	r = insert(fragments, pending, fragment);
	if (r == RESULT_MORE) {
		count_copy(fragments, pending, fragment);
		return r;
	}
	if (r == RESULT_OK && (!pending->last_seen || pending->have_bytes < pending->end))
		return RESULT_MORE;
	if (r != RESULT_OK) {
		pending->only_copies = false;
		give_up(fragments, pending);
		return r;
	}
	r = put_together(fragments, pending, out);
	note_done(fragments, pending, fragment->time_ns);
	if (pending->only_copies) /* but for the datagram itself, which is known again as one */
		fragments->copies += pending->piece_count - 1;
	drop(fragments, pending);
	return r;
}

/* At the end of a capture. */
void fragments_finish(struct fragments *fragments)
{
	while (give_up_oldest(fragments))
		continue;
}

uint64_t fragments_given_up(const struct fragments *fragments)
{
	return fragments->given_up;
}

uint64_t fragments_copies(const struct fragments *fragments)
{
	return fragments->copies;
}

size_t fragments_bytes(const struct fragments *fragments)
{
	return fragments->budget.used_bytes;
}
