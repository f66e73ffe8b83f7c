#include "core/cursor.h"

#include "core/result.h"

#include <criterion/criterion.h>

static const uint8_t eight[] = { 0x01, 0x02, 0x03, 0x04, 0x85, 0x86, 0x87, 0x88 };

Test(cursor, reads_both_byte_orders)
{
	struct cursor in;

	in = cursor_of(span_of(eight, sizeof(eight)));
	cr_expect_eq(cursor_u8(&in), 0x01);
	cr_expect_eq(cursor_be16(&in), 0x0203);
	cr_expect_eq(cursor_be32(&in), UINT32_C(0x04858687));
	cr_expect_eq(cursor_left(&in), 1);
	in = cursor_of(span_of(eight, sizeof(eight)));
	cr_expect_eq(cursor_be64(&in), UINT64_C(0x0102030485868788));
	cr_expect(cursor_done(&in));
	in = cursor_of(span_of(eight, sizeof(eight)));
	cr_expect_eq(cursor_le64(&in), UINT64_C(0x8887868504030201));
	in = cursor_of(span_of(eight + 2, 6));
	cr_expect_eq(cursor_le16(&in), 0x0403);
	cr_expect_eq(cursor_le32(&in), UINT32_C(0x88878685));
	cr_expect(cursor_done(&in));
	cr_expect_not(in.failed);
}

static uint64_t read_width(struct cursor *in, int width)
{
	switch (width) {
	case 1:
		return cursor_u8(in);
	case 2:
		return cursor_be16(in);
	case -2:
		return cursor_le16(in);
	case 4:
		return cursor_be32(in);
	case -4:
		return cursor_le32(in);
	case 8:
		return cursor_be64(in);
	default:
		return cursor_le64(in);
	}
}

Test(cursor, a_read_past_the_end_gives_zero_and_moves_nothing)
{
	static const int widths[] = { 1, 2, -2, 4, -4, 8, -8 };

	for (size_t i = 0; i < ARRAY_COUNT(widths); i++) {
		size_t width = (size_t)(widths[i] < 0 ? -widths[i] : widths[i]);

		for (size_t have = 0; have <= width; have++) {
			struct cursor in = cursor_of(span_of(eight, have));
			uint64_t got = read_width(&in, widths[i]);

			cr_expect_eq(in.failed, have < width);
			cr_expect_eq(cursor_left(&in), have < width ? have : 0);
			cr_expect((got != 0) == (have == width));
		}
	}
}

Test(cursor, failure_is_remembered)
{
	struct cursor in = cursor_of(span_of(eight, 3));

	(void)cursor_be32(&in);
	cr_expect(in.failed);
	cr_expect_eq(cursor_u8(&in), 0); /* one byte is there, but the reader has lost its place */
	cr_expect_eq(cursor_take(&in, 1).length, 0);
	cursor_skip(&in, 0);
	cr_expect(in.failed);
	cr_expect_eq(cursor_left(&in), 3);
}

Test(cursor, takes_and_skips_within_the_span)
{
	struct cursor in = cursor_of(span_of(eight, sizeof(eight)));
	struct span part = cursor_take(&in, 3);

	cr_expect_eq(part.data, eight);
	cr_expect_eq(part.length, 3);
	cursor_skip(&in, 4);
	cr_expect_eq(cursor_rest(&in).data, eight + 7);
	cr_expect_eq(cursor_rest(&in).length, 1);
	cr_expect_eq(cursor_take(&in, SIZE_MAX).length, 0);
	cr_expect(in.failed);
}

Test(cursor, of_nothing)
{
	struct cursor in = cursor_of(span_of(NULL, 0));

	cr_expect(cursor_done(&in));
	cr_expect_eq(cursor_take(&in, 0).length, 0);
	cr_expect_not(in.failed);
	cr_expect_eq(cursor_u8(&in), 0);
	cr_expect(in.failed);
}
