/*
 * Fragments: of each its identification (one byte), offset in units of eight (two), length (two),
 * more (one), seconds gone (one); data are made up. The table must stay within its bounds, and
 * what comes out must be as long as its parts say.
 */
#include "capture/fragment.h"
#include "core/cursor.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t filler[DATAGRAM_MAX_BYTES];
	struct cursor in = cursor_of(span_of(data, size));
	struct hash_key key = hash_key_fixed();
	struct fragments *fragments = NULL;
	struct datagram_whole whole;
	int64_t now_ns = 0;

	if (fragments_new(&fragments, &key) != RESULT_OK)
		abort();
	while (cursor_left(&in) >= 7) {
		struct fragment f = { .protocol = 6 };
		uint16_t length;

		f.identification = cursor_u8(&in);
		f.offset_bytes = (cursor_be16(&in) & 0x1fffu) * 8;
		length = cursor_be16(&in);
		f.more = (cursor_u8(&in) & 1) != 0;
		now_ns += cursor_u8(&in) * INT64_C(1000000000);
		f.time_ns = now_ns;
		f.data = span_of(filler, length);
		f.source.family = f.destination.family = 4;
		if (fragments_add(fragments, &f, &whole) == RESULT_OK &&
		    (whole.data.length == 0 || whole.data.length > DATAGRAM_MAX_BYTES))
			abort();
		if (fragments_bytes(fragments) > FRAGMENT_BYTES_MAX)
			abort();
	}
	fragments_finish(fragments);
	if (fragments_bytes(fragments) != 0 ||
	    fragments_given_up(fragments) + fragments_copies(fragments) > size)
		abort();
	fragments_free(&fragments);
	return 0;
}
