#include "core/span.h"

#include <string.h>

/* Name bytes and their number. */
struct span span_of(const void *data, size_t length_bytes)
{
	return (struct span){ .data = data, .length = length_bytes };
}

/* Name a text of our own. */
struct span span_text(const char *text)
{
	return span_of(text, text == NULL ? 0 : strlen(text));
}

/* Cut out a part; what is not there is left out. */
struct span span_part(struct span whole, size_t start, size_t length_bytes)
{
	if (start >= whole.length)
		return span_of(NULL, 0);
	if (length_bytes > whole.length - start)
		length_bytes = whole.length - start;
	return span_of(whole.data + start, length_bytes);
}

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

/* Drop blanks and tabs at both ends. */
struct span span_trim(struct span s)
{
	while (s.length > 0 && is_blank(s.data[0])) {
		s.data++;
		s.length--;
	}
	while (s.length > 0 && is_blank(s.data[s.length - 1]))
		s.length--;
	return s;
}

/* Compare byte for byte. */
bool span_equal(struct span a, struct span b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* Compare with ASCII letters folded. */
bool span_equal_nocase(struct span a, struct span b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
			return false;
	return true;
}

/*
 * How many bytes a text of ours takes up at the front, SPAN_NOT_FOUND: another stands there. Most
 * texts differ in their first letter, so the text is not measured before.
 */
static size_t front_nocase(struct span s, const char *text)
{
	size_t n = 0;

	for (; text[n] != '\0'; n++)
		if (n == s.length || ascii_lower(s.data[n]) != ascii_lower((uint8_t)text[n]))
			return SPAN_NOT_FOUND;
	return n;
}

/* Compare with a word of our own. */
bool span_is_nocase(struct span s, const char *text)
{
	return front_nocase(s, text) == s.length;
}

/* Tell whether s begins with the prefix. */
bool span_starts_nocase(struct span s, const char *prefix)
{
	return front_nocase(s, prefix) != SPAN_NOT_FOUND;
}

/* Find a byte from the front. */
size_t span_find_byte(struct span s, uint8_t byte)
{
	const uint8_t *hit = s.length == 0 ? NULL : memchr(s.data, byte, s.length);

	return hit == NULL ? SPAN_NOT_FOUND : (size_t)(hit - s.data);
}

/* Find a byte from the back. */
size_t span_find_last_byte(struct span s, uint8_t byte)
{
	for (size_t i = s.length; i > 0; i--)
		if (s.data[i - 1] == byte)
			return i - 1;
	return SPAN_NOT_FOUND;
}

/* Find a text of our own. Both are short: lines and phrases. */
size_t span_find_nocase(struct span s, const char *text)
{
	for (size_t i = 0; i <= s.length; i++)
		if (front_nocase(span_part(s, i, SIZE_MAX), text) != SPAN_NOT_FOUND)
			return i;
	return SPAN_NOT_FOUND;
}

/* Fold one ASCII letter. */
uint8_t ascii_lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

/* Tell a decimal digit. */
bool ascii_is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

/* Tell a letter. */
bool ascii_is_alpha(uint8_t byte)
{
	return ascii_lower(byte) >= 'a' && ascii_lower(byte) <= 'z';
}
