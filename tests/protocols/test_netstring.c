#include "protocols/netstring.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
	const char *bytes;
	enum result result;
	uint64_t length;
	bool odd, lenient;
} heads[] = {
	{ "0:", RESULT_OK, 0, false, false },
	{ "12:", RESULT_OK, 12, false, false },
	{ "2000000009:", RESULT_OK, 2000000009, false, false },
	{ ":", RESULT_OK, 0, true, false }, /* qmail takes it for 0 */
	{ "00:", RESULT_OK, 0, true, false },
	{ "007:", RESULT_OK, 7, true, false },
	{ "0012:", RESULT_OK, 12, true, false },
	{ ";:", RESULT_OK, 11, true, true }, /* ';' - '0' */
	{ "1;:", RESULT_OK, 21, true, true },
	{ "", RESULT_MORE, 0, false, false },
	{ "12", RESULT_MORE, 12, false, false },
	{ "2000000010:", RESULT_BAD, 0, false, false },
	{ "4294967297:", RESULT_BAD, 0, false, false },
	{ "18446744073709551617:", RESULT_BAD, 0, false, false },
	{ "000000000000000000001:", RESULT_BAD, 0, false, false },
	{ "-1:", RESULT_BAD, 0, false, false },
	{ " 1:", RESULT_BAD, 0, false, false },
	{ "1,", RESULT_BAD, 0, false, false },
	{ "GET / HTTP/1.1\r\n", RESULT_BAD, 0, false, false },
};

Test(netstring, heads)
{
	for (size_t i = 0; i < ARRAY_COUNT(heads); i++) {
		struct netstring_head whole = { 0 }, bytewise = { 0 };
		struct cursor in = cursor_of(span_text(heads[i].bytes));
		enum result r = netstring_head_read(&whole, &in);
		enum result byte_r = RESULT_MORE;

		cr_expect_eq(r, heads[i].result, "'%s': %d", heads[i].bytes, r);
		for (size_t at = 0; heads[i].bytes[at] != 0 && byte_r == RESULT_MORE; at++) {
			struct cursor one = cursor_of(span_of(heads[i].bytes + at, 1));

			byte_r = netstring_head_read(&bytewise, &one);
		}
		cr_expect_eq(byte_r, r, "'%s' byte by byte", heads[i].bytes);
		if (r == RESULT_BAD)
			continue;
		cr_expect_eq(whole.length, heads[i].length, "'%s'", heads[i].bytes);
		cr_expect_eq(whole.lenient, heads[i].lenient, "'%s'", heads[i].bytes);
		cr_expect_eq(bytewise.length, heads[i].length, "'%s'", heads[i].bytes);
		if (r == RESULT_OK)
			cr_expect_eq(whole.odd, heads[i].odd, "'%s'", heads[i].bytes);
	}
}

Test(netstring, texts_are_kept_as_far_as_they_fit)
{
	static struct netstring_text text;
	char wire[3000];
	struct cursor in;

	memset(wire, 'x', sizeof(wire));
	memcpy(wire, "1500:", 5);
	wire[1505] = ',';
	memcpy(wire + 1506, "3:abc,", 6);
	in = cursor_of(span_of(wire, 1512));
	cr_assert_eq(netstring_text_read(&text, &in), RESULT_OK);
	cr_expect_eq(netstring_text_get(&text).length, NETSTRING_KEPT_MAX);
	cr_assert_eq(netstring_text_read(&text, &in), RESULT_OK);
	cr_expect(span_equal(netstring_text_get(&text), span_text("abc")));
	cr_expect(netstring_text_is_fresh(&text));
}

static const struct {
	const char *before;
	uint64_t gap;
	enum result result;
} gaps[] = {
	{ "5:he", 2, RESULT_MORE }, { "5:he", 3, RESULT_MORE },  { "5:he", 4, RESULT_OK },
	{ "5:he", 5, RESULT_BAD },  { "5:hello", 1, RESULT_OK }, { "5:hello", 2, RESULT_BAD },
	{ "5", 1, RESULT_BAD },     { "", 1, RESULT_BAD },       { "5:he", UINT64_MAX, RESULT_BAD },
};

Test(netstring, gaps_are_stepped_over)
{
	for (size_t i = 0; i < ARRAY_COUNT(gaps); i++) {
		struct netstring_text text = { 0 };
		struct cursor in = cursor_of(span_text(gaps[i].before));

		cr_assert_eq(netstring_text_read(&text, &in), RESULT_MORE);
		cr_expect_eq(netstring_text_gap(&text, gaps[i].gap), gaps[i].result, "'%s' %d",
			     gaps[i].before, (int)gaps[i].gap);
	}
}

static const struct {
	const char *bytes;
	const char *letters; /* of the answers; ! where bytes are none */
} answers[] = {
	{ "3:Kok,2:Zx,2:Dy,", "KZD" },
	{ "1:K,", "K" },
	{ "3:xyz,3:Kok,", "?K" }, /* no letter that is known */
	{ "0:,3:Kok,", "?K" },
	{ "3:Kok;3:Dno,2:Zx,", "!Z" }, /* the place is lost until a comma */
	{ "HTTP/1.1 400 Bad Request\r\n", "!" },
	{ "a,b,c,12:xyz,3:Kok,", "!K" },
	{ "220 x ESMTP\r\n,3:Dno,", "!D" },
	{ "3:Kok", "" },
};

Test(netstring, answers)
{
	for (size_t i = 0; i < ARRAY_COUNT(answers); i++) {
		for (size_t step = 1; step <= 64; step += 63) {
			static struct netstring_answer reader;
			char seen[16] = "";
			size_t length = strlen(answers[i].bytes);

			reader = (struct netstring_answer){ 0 };
			for (size_t at = 0; at < length; at += step) {
				struct span part = span_part(span_text(answers[i].bytes), at, step);
				struct cursor in = cursor_of(part);

				while (!cursor_done(&in)) {
					enum result r = netstring_answer_read(&reader, &in);
					struct fact_reply reply;

					if (r == RESULT_BAD)
						strcat(seen, "!");
					if (r != RESULT_OK)
						continue;
					netstring_answer_get(&reader, &reply);
					seen[strlen(seen)] = reply.letter ? reply.letter : '?';
				}
			}
			cr_expect_str_eq(seen, answers[i].letters, "'%s' in steps of %zu: %s",
					 answers[i].bytes, step, seen);
		}
	}
}
