#include "core/span.h"

#include "core/result.h"

#include <criterion/criterion.h>

Test(span, part_is_cut_to_what_is_there)
{
	static const struct {
		size_t start, length;
		const char *want;
	} cases[] = {
		{ 0, 3, "abc" }, { 2, 2, "cd" }, { 0, SIZE_MAX, "abcdef" },  { 4, SIZE_MAX, "ef" },
		{ 5, 1, "f" },   { 6, 1, "" },   { SIZE_MAX, SIZE_MAX, "" }, { 3, 0, "" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct span got = span_part(span_text("abcdef"), cases[i].start, cases[i].length);

		cr_expect(span_equal(got, span_text(cases[i].want)), "case %zu", i);
	}
}

Test(span, trim_drops_blanks_and_tabs_alone)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ " \t ", "" },
		{ " a b\t", "a b" },
		{ "a", "a" },
		{ "\r\na\r\n", "\r\na\r\n" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		cr_expect(span_equal(span_trim(span_text(cases[i].text)), span_text(cases[i].want)),
			  "case %zu", i);
}

Test(span, comparison_folds_ascii_letters_only)
{
	static const struct {
		const char *a, *b;
		bool exact, nocase;
	} cases[] = {
		{ "", "", true, true },
		{ "mail", "mail", true, true },
		{ "MAIL", "mail", false, true },
		{ "mail", "mai", false, false },
		{ "m@il", "m`il", false, false }, /* 32 apart, as letters are */
		{ "[", "{", false, false },
		{ "\xc3\x84", "\xc3\xa4", false, false }, /* A and a with two dots */
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct span a = span_text(cases[i].a);

		cr_expect_eq(span_equal(a, span_text(cases[i].b)), cases[i].exact, "case %zu", i);
		cr_expect_eq(span_is_nocase(a, cases[i].b), cases[i].nocase, "case %zu", i);
	}
}

Test(span, holds_nul)
{
	struct span a = span_of("a\0b", 3);

	cr_expect_not(span_is_nocase(a, "a"));
	cr_expect_not(span_equal(a, span_of("a\0c", 3)));
	cr_expect_eq(span_find_byte(a, 'b'), 2);
	cr_expect_eq(span_find_byte(a, '\0'), 1);
}

Test(span, starts)
{
	static const struct {
		const char *text, *prefix;
		bool want;
	} cases[] = {
		{ "MAIL FROM:<a@b>", "mail from:", true },
		{ "MAIL", "mail from:", false },
		{ "MAIL", "", true },
		{ "", "", true },
		{ "", "a", false },
		{ "XMAIL", "mail", false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		cr_expect_eq(span_starts_nocase(span_text(cases[i].text), cases[i].prefix),
			     cases[i].want, "case %zu", i);
}

Test(span, find)
{
	static const struct {
		const char *text, *what;
		size_t want;
	} cases[] = {
		{ "relaying denied", "DENIED", 9 },
		{ "relaying denied", "relay", 0 },
		{ "relaying denied", "denied.", SPAN_NOT_FOUND },
		{ "aab", "ab", 1 },
		{ "", "a", SPAN_NOT_FOUND },
		{ "abc", "", 0 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		cr_expect_eq(span_find_nocase(span_text(cases[i].text), cases[i].what),
			     cases[i].want, "case %zu", i);
	cr_expect_eq(span_find_byte(span_text("u@a@b"), '@'), 1);
	cr_expect_eq(span_find_last_byte(span_text("u@a@b"), '@'), 3);
	cr_expect_eq(span_find_byte(span_text("u"), '@'), SPAN_NOT_FOUND);
	cr_expect_eq(span_find_last_byte(span_text("u"), '@'), SPAN_NOT_FOUND);
}

Test(span, of_nothing_is_empty_everywhere)
{
	struct span none = span_text(NULL);

	cr_expect_eq(none.length, 0);
	cr_expect(span_equal(none, span_text("")));
	cr_expect_eq(span_trim(none).length, 0);
	cr_expect_eq(span_find_byte(none, 'a'), SPAN_NOT_FOUND);
	cr_expect_eq(span_find_last_byte(none, 'a'), SPAN_NOT_FOUND);
}

Test(span, ascii_classes_over_all_bytes)
{
	for (unsigned int c = 0; c < 256; c++) {
		bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';

		cr_expect_eq(ascii_is_alpha((uint8_t)c), upper || lower, "%u", c);
		cr_expect_eq(ascii_is_digit((uint8_t)c), c >= '0' && c <= '9', "%u", c);
		cr_expect_eq(ascii_lower((uint8_t)c), upper ? c + 32 : c, "%u", c);
	}
}
