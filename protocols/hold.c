#include "protocols/hold.h"

#include <stdlib.h>
#include <string.h>

/* Twice the limit, so that moving the rest to the front costs no more than the bytes that came. */
#define CAPACITY_BYTES ((size_t)2 * HOLD_MAX_BYTES)
#define CAPACITY_FIRST ((size_t)1024)

struct piece {
	size_t length;
	struct moment moment;
};

struct hold_memory {
	uint8_t *data;
	size_t capacity, start, end;
	struct piece pieces[HOLD_MOMENTS_MAX]; /* a ring */
	size_t piece_first, piece_count;
};

/* Begin empty. */
void hold_init(struct hold *hold, struct budget *budget)
{
	*hold = (struct hold){ .budget = budget };
}

/* Forget what is held. */
void hold_clear(struct hold *hold)
{
	struct hold_memory *m = hold->memory;

	if (m == NULL)
		return;
	budget_give(hold->budget, sizeof(*m) + m->capacity);
	free(m->data);
	free(m);
	hold->memory = NULL;
}

size_t hold_length(const struct hold *hold)
{
	return hold->memory == NULL ? 0 : hold->memory->end - hold->memory->start;
}

struct span hold_bytes(const struct hold *hold)
{
	if (hold->memory == NULL || hold->memory->data == NULL)
		return span_of(NULL, 0);
	return span_of(hold->memory->data + hold->memory->start, hold_length(hold));
}

static struct hold_memory *have_memory(struct hold *hold)
{
	struct hold_memory *m = hold->memory;

	if (m != NULL)
		return m;
	if (budget_take(hold->budget, sizeof(*m)) != RESULT_OK)
		return NULL;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		budget_give(hold->budget, sizeof(*m));
	hold->memory = m;
	return m;
}

/* Have room behind the end; gives how many of the wanted bytes fit. */
static size_t reserve(struct hold *hold, struct hold_memory *m, size_t want)
{
	size_t length = m->end - m->start;
	size_t capacity = m->capacity == 0 ? CAPACITY_FIRST : m->capacity;
	uint8_t *data;

	if (want > HOLD_MAX_BYTES - length)
		want = HOLD_MAX_BYTES - length;
	if (m->start > 0 && (m->start >= HOLD_MAX_BYTES || length == 0)) {
		if (length > 0)
			memmove(m->data, m->data + m->start, length);
		m->start = 0;
		m->end = length;
	}
	while (capacity < m->end + want)
		capacity *= 2;
	if (capacity > m->capacity && capacity <= CAPACITY_BYTES &&
	    budget_take(hold->budget, capacity - m->capacity) == RESULT_OK) {
		data = realloc(m->data, capacity);
		if (data == NULL) {
			budget_give(hold->budget, capacity - m->capacity);
		} else {
			m->data = data;
			m->capacity = capacity;
		}
	}
	return want < m->capacity - m->end ? want : m->capacity - m->end;
}

static struct piece *piece_at(struct hold_memory *m, size_t number)
{
	return &m->pieces[(m->piece_first + number) % HOLD_MOMENTS_MAX];
}

static bool same_moment(const struct moment *a, const struct moment *b)
{
	return a->time_ns == b->time_ns && a->at.frame == b->at.frame && a->at.file == b->at.file;
}

/* Remember when these bytes came. */
static void add_piece(struct hold_memory *m, size_t length, struct moment moment)
{
	struct piece *last = m->piece_count == 0 ? NULL : piece_at(m, m->piece_count - 1);

	if (last != NULL &&
	    (m->piece_count == HOLD_MOMENTS_MAX || same_moment(&last->moment, &moment))) {
		last->length += length;
		return;
	}
	*piece_at(m, m->piece_count) = (struct piece){ .length = length, .moment = moment };
	m->piece_count++;
}

/* Hold bytes. */
size_t hold_add(struct hold *hold, struct span bytes, struct moment moment)
{
	struct hold_memory *m = have_memory(hold);
	size_t fit;

	if (m == NULL || bytes.length == 0)
		return 0;
	fit = reserve(hold, m, bytes.length);
	if (fit == 0)
		return 0;
	memcpy(m->data + m->end, bytes.data, fit);
	m->end += fit;
	add_piece(m, fit, moment);
	return fit;
}

/* The first bytes that came at one moment. */
struct span hold_front(const struct hold *hold, struct moment *out_moment)
{
	const struct hold_memory *m = hold->memory;
	const struct piece *first;

	if (m == NULL || m->piece_count == 0)
		return span_of(NULL, 0);
	first = &m->pieces[m->piece_first];
	*out_moment = first->moment;
	return span_of(m->data + m->start, first->length);
}

/* Let go of bytes at the front. */
void hold_drop(struct hold *hold, size_t length_bytes)
{
	struct hold_memory *m = hold->memory;

	while (m != NULL && length_bytes > 0 && m->piece_count > 0) {
		struct piece *first = piece_at(m, 0);
		size_t n = length_bytes < first->length ? length_bytes : first->length;

		first->length -= n;
		m->start += n;
		length_bytes -= n;
		if (first->length == 0) {
			m->piece_first = (m->piece_first + 1) % HOLD_MOMENTS_MAX;
			m->piece_count--;
		}
	}
	if (hold_length(hold) == 0)
		hold_clear(hold);
}
