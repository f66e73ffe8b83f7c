#include "capture/duplicate.h"

#include "capture/walk.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_COUNT 8192 /* a power of two */

struct slot {
	uint64_t print;
	int64_t time_ns;
};

/*
 * The prints are keyed, so that nobody can make two different packets that agree; the slot is
 * not, so that the same input is read in the same way in each run.
 */
struct duplicates {
	uint64_t key[2];
	struct slot slots[SLOT_COUNT];
};

enum result duplicates_new(struct duplicates **out, const struct hash_key *key)
{
	struct duplicates *duplicates = calloc(1, sizeof(*duplicates));

	if (duplicates == NULL)
		return RESULT_FAILED;
	duplicates->key[0] = key->k0;
	duplicates->key[1] = key->k1;
	*out = duplicates;
	return RESULT_OK;
}

void duplicates_free(struct duplicates **duplicates)
{
	free(*duplicates);
	*duplicates = NULL;
}

/* Both halves of a product of 128 bits: each bit of a and b reaches all of the result. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes in the machine's order, or fewer with zeros behind. */
static uint64_t word_at(const uint8_t *p, size_t length_bytes)
{
	uint64_t word = 0;

	memcpy(&word, p, length_bytes < sizeof(word) ? length_bytes : sizeof(word));
	return word;
}

/* A keyed print of some bytes, going on from another one. */
static uint64_t print_bytes(const uint64_t key[2], uint64_t print, const uint8_t *data,
			    size_t length_bytes)
{
	for (size_t i = 0; i < length_bytes; i += 16) {
		uint64_t a = word_at(data + i, length_bytes - i);
		uint64_t b = length_bytes - i > 8 ? word_at(data + i + 8, length_bytes - i - 8) : 0;

		print = mix(a ^ key[0] ^ print, b ^ key[1]);
	}
	return print;
}

/* Where in the table: by what differs between packets of one connection, and between these. */
static size_t slot_of(const struct ip_view *ip, struct span transport, size_t wire_bytes)
{
	uint64_t a = transport.length >= 12 ? word_at(transport.data + 4, 8) : wire_bytes;
	uint64_t b = word_at(ip->source.bytes, 4) ^ word_at(ip->destination.bytes, 4) << 16;

	return (size_t)(mix(a ^ ip->identification ^ wire_bytes << 32,
			    b | UINT64_C(0x9e3779b97f4a7c15)) &
			(SLOT_COUNT - 1));
}

bool duplicates_seen(struct duplicates *duplicates, const struct ip_view *ip, struct span transport,
		     size_t wire_bytes, int64_t time_ns)
{
	struct slot *slot = &duplicates->slots[slot_of(ip, transport, wire_bytes)];
	size_t address_bytes = ip->source.family == 4 ? 4 : 16;
	uint64_t print = wire_bytes << 32 ^ ip->identification;

	print = print_bytes(duplicates->key, print, ip->source.bytes, address_bytes);
	print = print_bytes(duplicates->key, print, ip->destination.bytes, address_bytes);
	print = print_bytes(duplicates->key, print, transport.data, transport.length);
	/* the subtraction is done without a sign, as hostile times may be far apart */
	if (slot->print == print &&
	    (uint64_t)time_ns - (uint64_t)slot->time_ns + (uint64_t)DUPLICATE_WINDOW_NS <=
		2 * (uint64_t)DUPLICATE_WINDOW_NS)
		return true;
	*slot = (struct slot){ .print = print, .time_ns = time_ns };
	return false;
}
