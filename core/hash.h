/*
 * hash - keyed hashing for tables whose keys come from outside
 *
 * In:      bytes and a key of 128 bits.
 * Out:     SipHash-2-4 (Aumasson and Bernstein, 2012), 64 bits.
 * Limits:  -
 * Errors:  hash_key_random: RESULT_FAILED when the system has no randomness.
 * Owner:   -
 */
#ifndef RELAYWATCH_CORE_HASH_H
#define RELAYWATCH_CORE_HASH_H

#include "core/result.h"
#include "core/span.h"

struct hash_key {
	uint64_t k0, k1;
};

MUST_USE enum result hash_key_random(struct hash_key *key);
/* The same on every machine and in every run: for what `read` must reproduce byte for byte. */
struct hash_key hash_key_fixed(void);
uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t length_bytes);
uint64_t hash_span(const struct hash_key *key, struct span s);

#endif
