#include "core/hash.h"

#include <endian.h>
#include <string.h>
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

static inline uint64_t rotate(uint64_t x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

/* The four words of the paper's state: kept apart, so that they stay in registers. */
struct sip {
	uint64_t v0, v1, v2, v3;
};

/* One SipRound of the paper. */
static inline void round_once(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

/* Read eight bytes, the least significant first. */
static inline uint64_t word(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return le64toh(w);
}

/* The last bytes, fewer than eight, below the length of it all. */
static inline uint64_t last_word(const uint8_t *p, size_t n, size_t length_bytes)
{
	uint64_t w = (uint64_t)length_bytes << 56;

	for (size_t i = 0; i < n; i++)
		w |= (uint64_t)p[i] << (8 * i);
	return w;
}

static inline void absorb(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	round_once(s);
	round_once(s);
	s->v0 ^= m;
}

/* SipHash-2-4 over the bytes. */
uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t length_bytes)
{
	const uint8_t *p = data;
	size_t whole = length_bytes / 8 * 8;
	struct sip s = { .v0 = key->k0 ^ UINT64_C(0x736f6d6570736575),
			 .v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d),
			 .v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
			 .v3 = key->k1 ^ UINT64_C(0x7465646279746573) };

	for (size_t i = 0; i < whole; i += 8)
		absorb(&s, word(p + i));
	absorb(&s, length_bytes == whole
		       ? (uint64_t)length_bytes << 56
		       : last_word(p + whole, length_bytes - whole, length_bytes));
	s.v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		round_once(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* The same for a span. */
uint64_t hash_span(const struct hash_key *key, struct span s)
{
	return hash_bytes(key, s.data, s.length);
}
