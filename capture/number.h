/*
 * number - numbers at fixed places of a header whose length was checked
 *
 * In:      a pointer to bytes of which enough are known to be there: one check a header, by
 *          walk_header or window_need, in place of one a field as cursor.h has it. This is for
 *          the headers that each packet has; whatever comes less often uses the cursor.
 * Out:     the number.
 * Limits:  -
 * Errors:  -
 * Owner:   -
 */
#ifndef RELAYWATCH_CAPTURE_NUMBER_H
#define RELAYWATCH_CAPTURE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

static inline uint16_t be16_at(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t le16_at(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t le32_at(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* In the byte order that a file's header told. */
static inline uint16_t order16_at(const uint8_t *p, bool big_endian)
{
	return big_endian ? be16_at(p) : le16_at(p);
}

static inline uint32_t order32_at(const uint8_t *p, bool big_endian)
{
	return big_endian ? be32_at(p) : le32_at(p);
}

#endif
