/*
 * cursor - the one way to read bytes from outside
 *
 * In:      a span.
 * Out:     numbers and parts, in order; big endian is the wire's, little endian the files'.
 * Limits:  the span: a read past its end gives 0 or an empty span, moves nothing and sets
 *          failed, which stays set. Several reads may be made before it is asked.
 * Errors:  cursor.failed.
 * Owner:   parts point into the span.
 */
#ifndef RELAYWATCH_CORE_CURSOR_H
#define RELAYWATCH_CORE_CURSOR_H

#include "core/span.h"

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

struct cursor cursor_of(struct span bytes);
static inline size_t cursor_left(const struct cursor *in)
{
	return (size_t)(in->end - in->at);
}
static inline bool cursor_done(const struct cursor *in)
{
	return in->at == in->end;
}

uint8_t cursor_u8(struct cursor *in);
uint16_t cursor_be16(struct cursor *in);
uint32_t cursor_be32(struct cursor *in);
uint64_t cursor_be64(struct cursor *in);
uint16_t cursor_le16(struct cursor *in);
uint32_t cursor_le32(struct cursor *in);
uint64_t cursor_le64(struct cursor *in);
struct span cursor_take(struct cursor *in, size_t length_bytes);
void cursor_skip(struct cursor *in, size_t length_bytes);
/* All that is left, without moving. */
struct span cursor_rest(const struct cursor *in);

#endif
