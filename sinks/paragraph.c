#include "sinks/paragraph.h"

static size_t columns(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.length; i++)
		n += (s.data[i] & 0xc0) != 0x80;
	return n;
}

/* Word by word; made printable first. */
void paragraph_add(struct text *out, size_t at, const char *text)
{
	struct text clean;
	struct span left;
	size_t column = at;

	text_init(&clean, PARAGRAPH_MAX);
	text_add_printable(&clean, span_text(text));
	left = text_span(&clean);
	while (left.length > 0) {
		size_t blank = span_find_byte(left, ' ');
		struct span word = span_part(left, 0, blank);
		size_t width = columns(word);

		if (column > at && column + 1 + width > PARAGRAPH_WIDTH) {
			text_addf(out, "\n%*s", (int)at, "");
			column = at;
		} else if (column > at) {
			text_add(out, " ");
			column++;
		}
		text_add_bytes(out, word.data, word.length);
		column += width;
		left = blank == SPAN_NOT_FOUND ? span_of(NULL, 0)
					       : span_part(left, blank + 1, SIZE_MAX);
	}
	text_add(out, "\n");
	text_clear(&clean);
}
