#include "core/hash.h"

#include <sys/random.h>

/* Ask the system for a key that no sender of packets can know. */
enum result hash_key_random(struct hash_key *key)
{
	struct hash_key k;

	if (getrandom(&k, sizeof(k), 0) != (ssize_t)sizeof(k))
		return RESULT_FAILED;
	*key = k;
	return RESULT_OK;
}

/* A key that is no secret. */
struct hash_key hash_key_fixed(void)
{
	return (struct hash_key){ .k0 = UINT64_C(0x72656c6179776174),
				  .k1 = UINT64_C(0x63682072656c6179) };
}

static uint64_t rotate(uint64_t x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

/* One SipRound of the paper. */
static void round_once(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* Read up to eight bytes, the least significant first. */
static uint64_t word(const uint8_t *p, size_t n)
{
	uint64_t w = 0;

	for (size_t i = n; i > 0; i--)
		w = w << 8 | p[i - 1];
	return w;
}

static void absorb(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	round_once(v);
	round_once(v);
	v[0] ^= m;
}

/* SipHash-2-4 over the bytes. */
uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t length_bytes)
{
	const uint8_t *p = data;
	size_t whole = length_bytes / 8 * 8;
	uint64_t v[4] = { key->k0 ^ UINT64_C(0x736f6d6570736575),
			  key->k1 ^ UINT64_C(0x646f72616e646f6d),
			  key->k0 ^ UINT64_C(0x6c7967656e657261),
			  key->k1 ^ UINT64_C(0x7465646279746573) };

	for (size_t i = 0; i < whole; i += 8)
		absorb(v, word(p + i, 8));
	absorb(v, (uint64_t)length_bytes << 56 |
		      (length_bytes == whole ? 0 : word(p + whole, length_bytes - whole)));
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		round_once(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The same for a span. */
uint64_t hash_span(const struct hash_key *key, struct span s)
{
	return hash_bytes(key, s.data, s.length);
}
