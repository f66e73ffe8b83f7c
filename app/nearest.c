#include "app/nearest.h"

#include <stdint.h>
#include <string.h>

/* Begin a search. */
void nearest_begin(struct nearest *nearest, const char *word)
{
	*nearest = (struct nearest){ .word = word, .best_edits = strlen(word) / 3 + 2 };
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The optimal string alignment distance, three rows of its table at a time. */
size_t nearest_edits(const char *a, const char *b)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];
	size_t a_length = strlen(a), b_length = strlen(b);

	if (a_length > NEAREST_MAX || b_length > NEAREST_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_length; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;

			now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[b_length];
}

/* Is this one nearer? A word that goes on where the other ends ("local" for "local-net") is. */
void nearest_offer(struct nearest *nearest, const char *candidate)
{
	size_t length = strlen(nearest->word);
	size_t edits = nearest_edits(nearest->word, candidate);

	if (length >= 3 && strncmp(nearest->word, candidate, length) == 0)
		edits = 1;
	if (edits >= nearest->best_edits)
		return;
	nearest->best = candidate;
	nearest->best_edits = edits;
}
