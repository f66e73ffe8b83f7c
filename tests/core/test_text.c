#include "core/text.h"

#include <criterion/criterion.h>
#include <string.h>

Test(text, is_empty_before_anything_was_added)
{
	struct text t;

	text_init(&t, 10);
	cr_expect_str_eq(text_get(&t), "");
	cr_expect_eq(text_span(&t).length, 0);
	text_clear(&t);
}

Test(text, grows_to_its_limit_and_says_that_it_was_cut)
{
	struct text t;

	text_init(&t, 200);
	for (int i = 0; i < 100; i++)
		text_add(&t, "ab");
	cr_expect_eq(t.length, 200);
	cr_expect_not(t.cut);
	text_add(&t, "");
	cr_expect_not(t.cut);
	text_add(&t, "c");
	cr_expect(t.cut);
	cr_expect_eq(t.length, 200);
	cr_expect_eq(strlen(text_get(&t)), 200);
	text_reset(&t);
	cr_expect_not(t.cut);
	cr_expect_str_eq(text_get(&t), "");
	text_addf(&t, "%s-%d", "x", 7);
	cr_expect_str_eq(text_get(&t), "x-7");
	text_clear(&t);
}

Test(text, takes_what_fits_of_a_piece)
{
	struct text t;

	text_init(&t, 3);
	text_add_bytes(&t, "abcdef", 6);
	cr_expect_str_eq(text_get(&t), "abc");
	cr_expect(t.cut);
	text_clear(&t);
	text_init(&t, 0);
	text_add(&t, "a");
	cr_expect_str_eq(text_get(&t), "");
	cr_expect(t.cut);
	text_clear(&t);
}

Test(text, formats_more_than_its_small_buffer)
{
	struct text t;

	text_init(&t, 1000);
	for (int width = 254; width <= 258; width++) {
		text_reset(&t);
		text_addf(&t, "%*d", width, 5);
		cr_expect_eq(t.length, (size_t)width);
		cr_expect_eq(text_get(&t)[width - 1], '5');
	}
	text_clear(&t);
}

Test(text, makes_wire_bytes_fit_for_people)
{
	static const struct {
		const char *wire, *want;
	} cases[] = {
		{ "", "" },
		{ "plain <a@b>", "plain <a@b>" },
		{ "\x1b[31mred", "\\x1b[31mred" },
		{ "a\r\nb", "a\\x0d\\x0ab" },
		{ "\t", "\\x09" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x9b"
		  "31m",
		  "\\xc2\\x9b31m" }, /* CSI as C1 */
		{ "\xc2\xa0", "\xc2\xa0" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xc3(", "\\xc3(" },
		{ "\xe2\x82\xac", "\xe2\x82\xac" },
		{ "\xe2\x82", "\\xe2\\x82" },
		{ "moc\xe2\x80\xae", "moc\\xe2\\x80\\xae" }, /* right-to-left override */
		{ "\xe2\x81\xa7", "\\xe2\\x81\\xa7" },       /* isolate */
		{ "\xe2\x80\x93", "\xe2\x80\x93" },          /* a dash is none */
	};
	struct text t;

	text_init(&t, 100);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		text_reset(&t);
		text_add_printable(&t, span_text(cases[i].wire));
		cr_expect_str_eq(text_get(&t), cases[i].want, "case %zu", i);
	}
	text_reset(&t);
	text_add_printable(&t, span_of("a\0b", 3));
	cr_expect_str_eq(text_get(&t), "a\\x00b");
	text_clear(&t);
}

Test(text, a_limit_never_leaves_half_a_character)
{
	static const char euros[] = "a\xe2\x82\xac\xe2\x82\xac";

	for (size_t limit = 0; limit <= sizeof(euros); limit++) {
		struct text t;
		struct span rest;

		text_init(&t, limit);
		text_add_printable(&t, span_text(euros));
		cr_expect_eq(t.cut, limit < strlen(euros), "limit %zu", limit);
		rest = text_span(&t);
		while (rest.length > 0) {
			size_t n = utf8_length(rest);

			cr_assert_gt(n, 0, "limit %zu", limit);
			rest = span_part(rest, n, SIZE_MAX);
		}
		text_clear(&t);
	}
}

/* The bounds of each row of RFC 3629, section 4, from both sides. */
Test(text, utf8)
{
	static const struct {
		const char *bytes;
		size_t want;
	} cases[] = {
		{ "", 0 },
		{ "a", 1 },
		{ "\x7f", 1 },
		{ "\x80", 0 },
		{ "\xbf\xbf", 0 },
		{ "\xc0\x80", 0 }, /* two bytes for what one can say */
		{ "\xc1\xbf", 0 },
		{ "\xc2\x7f", 0 },
		{ "\xc2\x80", 2 },
		{ "\xc2\xc0", 0 },
		{ "\xdf\xbf", 2 },
		{ "\xdf", 0 },
		{ "\xe0\x9f\xbf", 0 },
		{ "\xe0\xa0\x80", 3 },
		{ "\xe0\xa0", 0 },
		{ "\xe0\xa0\x7f", 0 },
		{ "\xed\x9f\xbf", 3 },
		{ "\xed\xa0\x80", 0 }, /* a surrogate */
		{ "\xee\x80\x80", 3 },
		{ "\xef\xbf\xbf", 3 },
		{ "\xf0\x8f\xbf\xbf", 0 },
		{ "\xf0\x90\x80\x80", 4 },
		{ "\xf0\x90\x80", 0 },
		{ "\xf0\x90\x80\xc0", 0 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "\xf4\x90\x80\x80", 0 }, /* past U+10FFFF */
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xff", 0 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		cr_expect_eq(utf8_length(span_text(cases[i].bytes)), cases[i].want, "case %zu", i);
}
