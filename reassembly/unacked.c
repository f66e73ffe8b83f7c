#include "reassembly/unacked.h"

#include "reassembly/sequence.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 256u
/* More than this is given back as soon as all is acknowledged. */
#define KEPT_BYTES 4096u

/* Bytes from a sequence number on into a ring; they fit. */
static void put(uint8_t *ring, uint32_t capacity, uint32_t sequence, const uint8_t *bytes,
		uint32_t length)
{
	uint32_t at = sequence & (capacity - 1);
	uint32_t first = capacity - at < length ? capacity - at : length;

	memcpy(ring + at, bytes, first);
	memcpy(ring, bytes + first, length - first);
}

/* The same number of bytes in a larger ring. */
static void move(const struct unacked *u, uint8_t *ring, uint32_t capacity)
{
	uint32_t at = u->from & (u->capacity - 1);
	uint32_t length = u->to - u->from;
	uint32_t first = u->capacity - at < length ? u->capacity - at : length;

	put(ring, capacity, u->from, u->ring + at, first);
	put(ring, capacity, u->from + first, u->ring, length - first);
}

static uint32_t capacity_max(const struct budget *budget)
{
	return budget->used_bytes > budget->limit_bytes / 2 ? UNACKED_SCARCE_BYTES
							    : UNACKED_MAX_BYTES;
}

/* Room for so many bytes, if that may be. */
static void grow(struct unacked *u, struct budget *budget, uint32_t wanted)
{
	uint32_t capacity = u->capacity == 0 ? FIRST_BYTES : u->capacity;
	uint8_t *ring;

	while (capacity < wanted && capacity < capacity_max(budget))
		capacity *= 2;
	if (capacity <= u->capacity || budget_take(budget, capacity - u->capacity) != RESULT_OK)
		return;
	ring = malloc(capacity);
	if (ring == NULL) {
		budget_give(budget, capacity - u->capacity);
		return;
	}
	if (u->capacity > 0)
		move(u, ring, capacity);
	free(u->ring);
	u->ring = ring;
	u->capacity = capacity;
}

/* What does not follow what is there begins anew: all before it was acknowledged, or is lost. */
void unacked_add(struct unacked *u, struct budget *budget, uint32_t sequence, struct span bytes)
{
	uint32_t length = (uint32_t)bytes.length, skip = 0;

	if (sequence != u->to)
		u->from = u->to = sequence;
	if (u->to - u->from + length > u->capacity)
		grow(u, budget, u->to - u->from + length);
	if (u->capacity == 0)
		return;
	if (length > u->capacity)
		skip = length - u->capacity;
	u->to += length;
	if (u->to - u->from > u->capacity)
		u->from = u->to - u->capacity;
	put(u->ring, u->capacity, sequence + skip, bytes.data + skip, length - skip);
}

void unacked_forget(struct unacked *u, struct budget *budget, uint32_t acknowledged)
{
	if (sequence_after(acknowledged, u->from))
		u->from = sequence_earlier(acknowledged, u->to);
	if (u->from == u->to && u->capacity > KEPT_BYTES)
		unacked_clear(u, budget);
}

bool unacked_agrees(const struct unacked *u, uint32_t sequence, struct span bytes)
{
	uint32_t from = sequence_later(sequence, u->from);
	uint32_t to = sequence_earlier(sequence + (uint32_t)bytes.length, u->to);
	uint32_t at, length, first;

	if (!sequence_before(from, to))
		return true;
	at = from & (u->capacity - 1);
	length = to - from;
	first = u->capacity - at < length ? u->capacity - at : length;
	return memcmp(u->ring + at, bytes.data + (from - sequence), first) == 0 &&
	       memcmp(u->ring, bytes.data + (from - sequence) + first, length - first) == 0;
}

void unacked_clear(struct unacked *u, struct budget *budget)
{
	budget_give(budget, u->capacity);
	free(u->ring);
	*u = (struct unacked){ 0 };
}
