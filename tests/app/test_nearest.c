/* Words that somebody may have meant. */
#include "app/nearest.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(nearest, edits)
{
	static const struct {
		const char *a, *b;
		size_t edits;
	} cases[] = {
		{ "", "", 0 },         { "json", "json", 0 },      { "", "abc", 3 },
		{ "jsn", "json", 1 },  { "jsonn", "json", 1 },     { "jxon", "json", 1 },
		{ "josn", "json", 1 }, { "kitten", "sitting", 3 }, { "abc", "xyz", 3 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(nearest_edits(cases[i].a, cases[i].b), cases[i].edits, "'%s' '%s'",
			     cases[i].a, cases[i].b);
		cr_expect_eq(nearest_edits(cases[i].b, cases[i].a), cases[i].edits, "'%s' '%s'",
			     cases[i].a, cases[i].b);
	}
}

Test(nearest, best)
{
	static const char *const words[] = { "local-domain", "local-net", "redis", "read" };
	static const struct {
		const char *word, *best;
	} cases[] = {
		{ "redis", "redis" },
		{ "rediss", "redis" },
		{ "raed", "read" },
		{ "local-ne", "local-net" },
		{ "local", "local-domain" },
		{ "xyz", NULL },
		{ "", NULL },
		{ "loc", "local-domain" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nearest nearest;

		nearest_begin(&nearest, cases[i].word);
		for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
			nearest_offer(&nearest, words[w]);
		if (cases[i].best == NULL)
			cr_expect_null(nearest.best, "'%s'", cases[i].word);
		else
			cr_expect_str_eq(nearest.best, cases[i].best, "'%s'", cases[i].word);
	}
}

/* Longer than there is room for is near to nothing. */
Test(nearest, long_words)
{
	char word[NEAREST_MAX + 2];

	memset(word, 'a', sizeof(word));
	word[NEAREST_MAX] = '\0';
	cr_expect_eq(nearest_edits(word, word), 0);
	word[NEAREST_MAX] = 'a';
	word[NEAREST_MAX + 1] = '\0';
	cr_expect_eq(nearest_edits(word, "a"), SIZE_MAX);
	cr_expect_eq(nearest_edits("a", word), SIZE_MAX);
}
