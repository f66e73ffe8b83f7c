/*
 * nearest - the word that somebody may have meant
 *
 * In:      a word that was not understood, and those that would have been.
 * Out:     the nearest one by edits (insert, delete, replace, swap of neighbours).
 * Limits:  words of NEAREST_MAX bytes; longer ones are near to nothing.
 * Errors:  NULL: none is near enough (more than a third of it would have to change).
 * Owner:   the words are the caller's.
 */
#ifndef RELAYWATCH_APP_NEAREST_H
#define RELAYWATCH_APP_NEAREST_H

#include <stddef.h>

#define NEAREST_MAX 64

/* The running best of a search: offer it one candidate after the other. */
struct nearest {
	const char *word;
	const char *best; /* NULL: none yet */
	size_t best_edits;
};

void nearest_begin(struct nearest *nearest, const char *word);
void nearest_offer(struct nearest *nearest, const char *candidate);
size_t nearest_edits(const char *a, const char *b);

#endif
