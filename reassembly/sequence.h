/*
 * sequence - arithmetic of TCP sequence numbers (RFC 9293, 3.4)
 *
 * In:      32-bit numbers that wrap.
 * Out:     which of two comes first, as long as they are less than 2^31 apart.
 * Limits:  -
 * Errors:  -
 * Owner:   plain values.
 */
#ifndef RELAYWATCH_REASSEMBLY_SEQUENCE_H
#define RELAYWATCH_REASSEMBLY_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

static inline bool sequence_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool sequence_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static inline uint32_t sequence_later(uint32_t a, uint32_t b)
{
	return sequence_before(a, b) ? b : a;
}

static inline uint32_t sequence_earlier(uint32_t a, uint32_t b)
{
	return sequence_before(a, b) ? a : b;
}

#endif
