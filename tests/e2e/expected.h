/*
 * expected - hold a capture's NAME.expected against what was reported
 *
 * In:      the file (format: pcaps/README.md), the events of one run.
 * Out:     what is wrong, a line each, on a stream.
 * Limits:  LINES_MAX lines of a file or a report, WORDS of one line separated by single spaces.
 * Errors:  assertions of the test: the file cannot be read, or too many lines.
 * Owner:   the caller owns both sets of lines and clears them.
 */
#ifndef RELAYWATCH_TESTS_E2E_EXPECTED_H
#define RELAYWATCH_TESTS_E2E_EXPECTED_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#define LINES_MAX 256

struct lines {
	char *text[LINES_MAX];
	size_t count;
};

/* The lines of a file, without comments and empty ones. */
void expected_read(const char *path, struct lines *out);
/* The events in the words of such a file. */
void reported_lines(const json_t *events, struct lines *out);
/* How many things are wrong; each is said on the stream. */
size_t expected_compare(const struct lines *expected, const struct lines *reported, FILE *said);
void lines_clear(struct lines *lines);

#endif
