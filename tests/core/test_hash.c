#include "core/hash.h"

#include <criterion/criterion.h>
#include <string.h>

/*
 * The key is 00 01 .. 0f and the message 00 01 .. n-1, as in appendix A of "SipHash: a fast
 * short-input PRF" (Aumasson and Bernstein, 2012), which prints the value for 15 bytes; the
 * others are from the vectors of the authors' reference implementation.
 */
Test(hash, siphash_vectors)
{
	static const struct {
		size_t length;
		uint64_t want;
	} cases[] = {
		{ 0, UINT64_C(0x726fdb47dd0e0e31) },  { 1, UINT64_C(0x74f839c593dc67fd) },
		{ 2, UINT64_C(0x0d6c8009d9a94f5a) },  { 3, UINT64_C(0x85676696d7fb7e2d) },
		{ 4, UINT64_C(0xcf2794e0277187b7) },  { 5, UINT64_C(0x18765564cd99a68d) },
		{ 6, UINT64_C(0xcbc9466e58fee3ce) },  { 7, UINT64_C(0xab0200f58b01d137) },
		{ 8, UINT64_C(0x93f5f5799a932462) },  { 15, UINT64_C(0xa129ca6149be45e5) },
		{ 63, UINT64_C(0x958a324ceb064572) },
	};
	const struct hash_key key = { .k0 = UINT64_C(0x0706050403020100),
				      .k1 = UINT64_C(0x0f0e0d0c0b0a0908) };
	uint8_t message[64];

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cr_expect_eq(hash_bytes(&key, message, cases[i].length), cases[i].want, "%zu bytes",
			     cases[i].length);
		cr_expect_eq(hash_span(&key, span_of(message, cases[i].length)), cases[i].want);
	}
}

Test(hash, depends_on_the_key)
{
	struct hash_key fixed = hash_key_fixed(), again = hash_key_fixed(), a, b;

	cr_expect_eq(memcmp(&fixed, &again, sizeof(fixed)), 0);
	cr_assert_eq(hash_key_random(&a), RESULT_OK);
	cr_assert_eq(hash_key_random(&b), RESULT_OK);
	cr_expect_neq(memcmp(&a, &b, sizeof(a)), 0);
	cr_expect_neq(hash_bytes(&a, "x", 1), hash_bytes(&b, "x", 1));
}

Test(hash, of_nothing)
{
	struct hash_key key = hash_key_fixed();

	cr_expect_eq(hash_span(&key, span_of(NULL, 0)), hash_bytes(&key, "", 0));
}
