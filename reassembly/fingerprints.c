#include "reassembly/fingerprints.h"

#include "reassembly/sequence.h"

#include <stdlib.h>
#include <xxhash.h>

#define RING_FIRST 4

/* The entry number n, the oldest being 0. */
static struct fingerprint *entry(const struct fingerprints *prints, uint16_t n)
{
	return &prints->ring[(prints->first + n) & (prints->capacity - 1)];
}

/* Double the ring; the entries move to its front. */
static bool grow(struct fingerprints *prints, struct budget *budget)
{
	uint16_t capacity = prints->capacity == 0 ? RING_FIRST : (uint16_t)(prints->capacity * 2);
	size_t more = (size_t)(capacity - prints->capacity) * sizeof(*prints->ring);
	struct fingerprint *ring;

	if (capacity > FINGERPRINTS_MAX || budget_take(budget, more) != RESULT_OK)
		return false;
	ring = malloc(capacity * sizeof(*ring));
	if (ring == NULL) {
		budget_give(budget, more);
		return false;
	}
	for (uint16_t i = 0; i < prints->count; i++)
		ring[i] = *entry(prints, i);
	free(prints->ring);
	prints->ring = ring;
	prints->capacity = capacity;
	prints->first = 0;
	return true;
}

static void drop_oldest(struct fingerprints *prints)
{
	prints->first = (uint16_t)((prints->first + 1) & (prints->capacity - 1));
	prints->count--;
}

/* Remember one chunk. */
void fingerprints_add(struct fingerprints *prints, struct budget *budget, uint64_t seed,
		      uint32_t sequence, struct span bytes)
{
	if (bytes.length == 0 || bytes.length > UINT32_MAX)
		return;
	if (prints->count == prints->capacity && !grow(prints, budget)) {
		if (prints->count == 0)
			return;
		drop_oldest(prints);
	}
	*entry(prints, prints->count) = (struct fingerprint){
		.sequence = sequence,
		.length = (uint32_t)bytes.length,
		.hash = XXH3_64bits_withSeed(bytes.data, bytes.length, seed),
	};
	prints->count++;
}

/* The entries are in sequence order: the acknowledged ones are at the front. */
void fingerprints_acked(struct fingerprints *prints, uint32_t acknowledged)
{
	while (prints->count > 0) {
		const struct fingerprint *f = entry(prints, 0);

		if (sequence_after(f->sequence + f->length, acknowledged))
			return;
		drop_oldest(prints);
	}
}

/* Compare each chunk that lies within. */
bool fingerprints_agree(const struct fingerprints *prints, uint64_t seed, uint32_t sequence,
			struct span bytes)
{
	for (uint16_t i = 0; i < prints->count; i++) {
		const struct fingerprint *f = entry(prints, i);
		uint32_t at = f->sequence - sequence;

		if (sequence_before(f->sequence, sequence) || at > bytes.length ||
		    f->length > bytes.length - at)
			continue;
		if (XXH3_64bits_withSeed(bytes.data + at, f->length, seed) != f->hash)
			return false;
	}
	return true;
}

/* Free the ring. */
void fingerprints_clear(struct fingerprints *prints, struct budget *budget)
{
	budget_give(budget, prints->capacity * sizeof(*prints->ring));
	free(prints->ring);
	*prints = (struct fingerprints){ 0 };
}
