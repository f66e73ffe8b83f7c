/*
 * letter_pairs - a quick look whether a text can hold words of ours
 *
 * In:      a text, once; then words of ours, as many as there are.
 * Out:     no: the text does not hold them. Yes: it may.
 * Limits:  a pair is told by the last five bits of each byte, which tell letters apart and make
 *          upper and lower case alike.
 * Errors:  -
 * Owner:   a plain struct.
 *
 * A reply is held against whole tables, and most of their words have a pair that it has not.
 */
#ifndef RELAYWATCH_PROTOCOLS_LETTER_PAIRS_H
#define RELAYWATCH_PROTOCOLS_LETTER_PAIRS_H

#include "core/span.h"

/* Which byte follows which. */
struct letter_pairs {
	uint32_t followers[32];
};

void letter_pairs_find(struct span text, struct letter_pairs *out);

/* Tell whether b follows a somewhere. */
static inline bool letter_pairs_have(const struct letter_pairs *pairs, char a, char b)
{
	return (pairs->followers[a & 31] >> (b & 31) & 1) != 0;
}

bool letter_pairs_may_hold(const struct letter_pairs *pairs, const char *words);

#endif
