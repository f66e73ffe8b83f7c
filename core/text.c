#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Begin empty. */
void text_init(struct text *text, size_t limit_bytes)
{
	*text = (struct text){ .limit_bytes = limit_bytes };
}

/* Free what was held. */
void text_clear(struct text *text)
{
	size_t limit_bytes = text->limit_bytes;

	free(text->data);
	text_init(text, limit_bytes);
}

/* Empty it for the next use. */
void text_reset(struct text *text)
{
	text->length = 0;
	text->cut = false;
	text->failed = false;
	if (text->data != NULL)
		text->data[0] = '\0';
}

/* Have room for more bytes and the NUL. */
static bool reserve(struct text *text, size_t more)
{
	size_t want = text->length + more + 1;
	size_t capacity = text->capacity == 0 ? 64 : text->capacity;
	char *data;

	if (want <= text->capacity)
		return true;
	while (capacity < want)
		capacity *= 2;
	data = realloc(text->data, capacity);
	if (data == NULL) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->capacity = capacity;
	return true;
}

/* Add bytes, as many as the limit lets in. */
void text_add_bytes(struct text *text, const void *data, size_t length_bytes)
{
	if (length_bytes > text->limit_bytes - text->length) {
		length_bytes = text->limit_bytes - text->length;
		text->cut = true;
	}
	if (length_bytes == 0 || !reserve(text, length_bytes))
		return;
	memcpy(text->data + text->length, data, length_bytes);
	text->length += length_bytes;
	text->data[text->length] = '\0';
}

/* Add a text of our own. */
void text_add(struct text *text, const char *piece)
{
	text_add_bytes(text, piece, strlen(piece));
}

/* Add as printf does. */
void text_addf(struct text *text, const char *format, ...)
{
	char small[256];
	char *big;
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		text_add_bytes(text, small, (size_t)n);
	} else if (n >= 0) {
		big = malloc((size_t)n + 1);
		if (big == NULL) {
			text->failed = true;
		} else {
			(void)vsnprintf(big, (size_t)n + 1, format, again);
			text_add_bytes(text, big, (size_t)n);
			free(big);
		}
	}
	va_end(again);
}

/* The string so far. */
const char *text_get(const struct text *text)
{
	return text->data == NULL ? "" : text->data;
}

/* The same as a span. */
struct span text_span(const struct text *text)
{
	return span_of(text->data, text->length);
}

static bool is_tail(struct span s, size_t i)
{
	return i < s.length && (s.data[i] & 0xc0) == 0x80;
}

/* Table 3-7 of the Unicode standard, as RFC 3629, section 4 has it. */
size_t utf8_length(struct span s)
{
	uint8_t a = s.length == 0 ? 0 : s.data[0];
	uint8_t b = s.length < 2 ? 0 : s.data[1];

	if (s.length == 0)
		return 0;
	if (a < 0x80)
		return 1;
	if (a >= 0xc2 && a <= 0xdf)
		return is_tail(s, 1) ? 2 : 0;
	if (a >= 0xe0 && a <= 0xef) {
		if (!is_tail(s, 1) || !is_tail(s, 2) || (a == 0xe0 && b < 0xa0) ||
		    (a == 0xed && b > 0x9f))
			return 0;
		return 3;
	}
	if (a >= 0xf0 && a <= 0xf4) {
		if (!is_tail(s, 1) || !is_tail(s, 2) || !is_tail(s, 3) || (a == 0xf0 && b < 0x90) ||
		    (a == 0xf4 && b > 0x8f))
			return 0;
		return 4;
	}
	return 0;
}

/* What turns the direction of a line (Unicode, UAX 9), so that a name reads as another one. */
static bool turns_direction(struct span s)
{
	const uint8_t *p = s.data;

	if (s.length >= 2 && p[0] == 0xd8 && p[1] == 0x9c) /* U+061C */
		return true;
	if (s.length < 3 || p[0] != 0xe2)
		return false;
	if (p[1] == 0x80) /* U+200E, U+200F, U+202A to U+202E; U+2028 and U+2029 end a line */
		return p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae);
	return p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9; /* U+2066 to U+2069 */
}

/* C0, DEL and C1 (0xc2 0x80 to 0xc2 0x9f). */
static bool is_control(struct span s)
{
	return s.data[0] < 0x20 || s.data[0] == 0x7f ||
	       (s.data[0] == 0xc2 && s.length >= 2 && s.data[1] < 0xa0);
}

/* How many bytes of printable ASCII are at the front. */
static size_t plain_length(struct span s)
{
	size_t n = 0;

	while (n < s.length && s.data[n] >= 0x20 && s.data[n] < 0x7f)
		n++;
	return n;
}

/* Escape what a terminal might obey, and what is no UTF-8. */
void text_add_printable(struct text *text, struct span wire)
{
	while (wire.length > 0) {
		size_t run = plain_length(wire);
		size_t n = run > 0 ? run : utf8_length(wire);
		bool plain = n > 0 && !is_control(wire) && !turns_direction(wire);

		if (plain && n > text->limit_bytes - text->length) {
			/* Half a character would be no UTF-8. */
			text_add_bytes(text, wire.data, run);
			text->cut = true;
			return;
		}
		if (plain) {
			text_add_bytes(text, wire.data, n);
		} else {
			n = 1;
			text_addf(text, "\\x%02x", wire.data[0]);
		}
		wire = span_part(wire, n, SIZE_MAX);
	}
}
