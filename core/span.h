/*
 * span - bytes that belong to somebody else
 *
 * In:      wire text, which may hold NUL and anything else.
 * Out:     comparisons and searches that never read past the end.
 * Limits:  -
 * Errors:  -
 * Owner:   whoever made the bytes; a span is valid as long as they are.
 */
#ifndef RELAYWATCH_CORE_SPAN_H
#define RELAYWATCH_CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const uint8_t *data; /* may be NULL only when length is 0 */
	size_t length;       /* bytes */
};

#define SPAN_NOT_FOUND SIZE_MAX

struct span span_of(const void *data, size_t length_bytes);
struct span span_text(const char *text); /* a NUL-ended text of our own */
/* The part from start on, at most length bytes; cut to what is there. */
struct span span_part(struct span whole, size_t start, size_t length_bytes);
struct span span_trim(struct span s); /* without blanks and tabs at both ends */

bool span_equal(struct span a, struct span b);
bool span_equal_nocase(struct span a, struct span b); /* ASCII letters only */
bool span_is_nocase(struct span s, const char *text); /* s equals text, ASCII case aside */
bool span_starts_nocase(struct span s, const char *prefix);
/* The place of the first (last) byte, of a text without regard to case; or SPAN_NOT_FOUND. */
size_t span_find_byte(struct span s, uint8_t byte);
size_t span_find_last_byte(struct span s, uint8_t byte);
size_t span_find_nocase(struct span s, const char *text);

/* ASCII alone: the locale of the process has no say about wire text. */
uint8_t ascii_lower(uint8_t byte);
bool ascii_is_digit(uint8_t byte);
bool ascii_is_alpha(uint8_t byte);

#endif
