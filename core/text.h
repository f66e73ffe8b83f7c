/*
 * text - a string that grows, to a limit
 *
 * In:      pieces of text and bytes.
 * Out:     one NUL-ended string of our own.
 * Limits:  limit_bytes, given at init; what goes past it is left out and cut is set.
 * Errors:  failed: no memory; what was added since is missing.
 * Owner:   text_clear frees; text_reset keeps the memory for the next use.
 */
#ifndef RELAYWATCH_CORE_TEXT_H
#define RELAYWATCH_CORE_TEXT_H

#include "core/result.h"
#include "core/span.h"

struct text {
	char *data; /* NULL until something was added; NUL-ended after */
	size_t length;
	size_t capacity;
	size_t limit_bytes;
	bool cut;
	bool failed;
};

void text_init(struct text *text, size_t limit_bytes);
void text_clear(struct text *text);
void text_reset(struct text *text);
void text_add(struct text *text, const char *piece);
void text_add_bytes(struct text *text, const void *data, size_t length_bytes);
void text_addf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
const char *text_get(const struct text *text); /* never NULL */
struct span text_span(const struct text *text);
/*
 * Wire bytes made fit for people: control bytes, DEL, and what is not UTF-8 come out as \xNN,
 * so that no terminal and no log obeys a stranger.
 */
void text_add_printable(struct text *text, struct span wire);
/* Length in bytes of the UTF-8 character at the front (RFC 3629), 0 when it is not one. */
size_t utf8_length(struct span s);

#endif
