#include "core/cursor.h"

/* Begin at the front of the bytes. */
struct cursor cursor_of(struct span bytes)
{
	static const uint8_t nothing[1];
	const uint8_t *start = bytes.data == NULL ? nothing : bytes.data;

	return (struct cursor){ .at = start, .end = start + bytes.length, .failed = false };
}

/* Move over length bytes, or fail and stay. */
static const uint8_t *step(struct cursor *in, size_t length_bytes)
{
	const uint8_t *from = in->at;

	if (in->failed || length_bytes > cursor_left(in)) {
		in->failed = true;
		return NULL;
	}
	in->at += length_bytes;
	return from;
}

/* Sum up bytes, the most significant one first. */
static uint64_t big_endian(struct cursor *in, size_t length_bytes)
{
	const uint8_t *p = step(in, length_bytes);
	uint64_t n = 0;

	for (size_t i = 0; p != NULL && i < length_bytes; i++)
		n = n << 8 | p[i];
	return n;
}

/* Sum up bytes, the least significant one first. */
static uint64_t little_endian(struct cursor *in, size_t length_bytes)
{
	const uint8_t *p = step(in, length_bytes);
	uint64_t n = 0;

	for (size_t i = length_bytes; p != NULL && i > 0; i--)
		n = n << 8 | p[i - 1];
	return n;
}

uint8_t cursor_u8(struct cursor *in)
{
	return (uint8_t)big_endian(in, 1);
}

uint16_t cursor_be16(struct cursor *in)
{
	return (uint16_t)big_endian(in, 2);
}

uint32_t cursor_be32(struct cursor *in)
{
	return (uint32_t)big_endian(in, 4);
}

uint64_t cursor_be64(struct cursor *in)
{
	return big_endian(in, 8);
}

uint16_t cursor_le16(struct cursor *in)
{
	return (uint16_t)little_endian(in, 2);
}

uint32_t cursor_le32(struct cursor *in)
{
	return (uint32_t)little_endian(in, 4);
}

uint64_t cursor_le64(struct cursor *in)
{
	return little_endian(in, 8);
}

/* Lend the next bytes. */
struct span cursor_take(struct cursor *in, size_t length_bytes)
{
	const uint8_t *p = step(in, length_bytes);

	return p == NULL ? span_of(NULL, 0) : span_of(p, length_bytes);
}

/* Pass over bytes. */
void cursor_skip(struct cursor *in, size_t length_bytes)
{
	(void)step(in, length_bytes);
}

/* Lend what is left. */
struct span cursor_rest(const struct cursor *in)
{
	return span_of(in->at, cursor_left(in));
}
