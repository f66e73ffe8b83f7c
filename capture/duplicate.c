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

/* Eight bytes in the machine's order. */
static inline uint64_t word_at(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* Four bytes likewise. */
static inline uint64_t half_word_at(const uint8_t *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* A keyed print of sixteen bytes, going on from another one. */
static inline uint64_t print_block(const uint64_t key[2], uint64_t print, const uint8_t *p)
{
	return mix(word_at(p) ^ key[0] ^ print, word_at(p + 8) ^ key[1]);
}

/* Of at least eight bytes: the last block may lap over the one before. */
static uint64_t print_bytes(const uint64_t key[2], uint64_t print, const uint8_t *data,
			    size_t length_bytes)
{
	const uint8_t *last = data + length_bytes - 16;

	if (length_bytes < 16)
		return mix(word_at(data) ^ key[0] ^ print,
			   word_at(data + length_bytes - 8) ^ key[1]);
	for (; data < last; data += 16)
		print = print_block(key, print, data);
	return print_block(key, print, last);
}

/* Of both addresses. */
static uint64_t print_addresses(const uint64_t key[2], uint64_t print, const struct ip_view *ip)
{
	if (ip->source.family == 4)
		return mix(half_word_at(ip->source.bytes) << 32 ^
			       half_word_at(ip->destination.bytes) ^ key[0],
			   print ^ key[1]);
	print = print_block(key, print, ip->source.bytes);
	return print_block(key, print, ip->destination.bytes);
}

/*
 * Where in the table: by the ports, the next eight bytes (TCP's numbers, UDP's length and the
 * beginning of its payload) and the identification, which differ from packet to packet.
 */
static size_t slot_of(const struct ip_view *ip, struct span transport, size_t wire_bytes)
{
	uint64_t low = half_word_at(transport.data) ^ (uint64_t)ip->identification << 32;
	uint64_t high = word_at(transport.data + transport.length - 8) ^ wire_bytes;

	if (transport.length >= 12)
		high ^= word_at(transport.data + 4);
	return (
	    size_t)(mix(low ^ UINT64_C(0x9e3779b97f4a7c15), high ^ UINT64_C(0xd1342543de82ef95)) &
		    (SLOT_COUNT - 1));
}

bool duplicates_seen(struct duplicates *duplicates, const struct ip_view *ip, struct span transport,
		     size_t wire_bytes, int64_t time_ns)
{
	struct slot *slot = &duplicates->slots[slot_of(ip, transport, wire_bytes)];
	uint64_t print = wire_bytes << 32 ^ ip->identification;

	print = print_addresses(duplicates->key, print, ip);
	print = print_bytes(duplicates->key, print, transport.data, transport.length);
	/* the subtraction is done without a sign, as hostile times may be far apart */
	if (slot->print == print &&
	    (uint64_t)time_ns - (uint64_t)slot->time_ns + (uint64_t)DUPLICATE_WINDOW_NS <=
		2 * (uint64_t)DUPLICATE_WINDOW_NS)
		return true;
	*slot = (struct slot){ .print = print, .time_ns = time_ns };
	return false;
}
