/*
 * fuzz_text - what is printed for people is UTF-8 without control characters, at every limit
 *
 * In:      the first byte is the limit, the rest are wire bytes.
 * Out:     an abort when the text could steer a terminal or is no UTF-8.
 */
#include "core/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text;
	struct span rest;

	if (size == 0)
		return 0;
	text_init(&text, data[0]);
	text_add_printable(&text, span_of(data + 1, size - 1));
	rest = text_span(&text);
	while (rest.length > 0) {
		size_t n = utf8_length(rest);

		if (n == 0 || rest.data[0] < 0x20 || rest.data[0] == 0x7f)
			abort();
		rest = span_part(rest, n, SIZE_MAX);
	}
	text_clear(&text);
	return 0;
}
