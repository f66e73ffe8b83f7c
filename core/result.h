/*
 * result - what a function that can fail says, and the words for a person
 *
 * In:      -
 * Out:     enum result for code; struct error for people (what, where, the mend).
 * Limits:  an error text holds 511 bytes and is cut there.
 * Errors:  -
 * Owner:   the caller owns the struct error; a NULL pointer is accepted everywhere.
 */
#ifndef RELAYWATCH_CORE_RESULT_H
#define RELAYWATCH_CORE_RESULT_H

#include <stddef.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(text_at, first_at) __attribute__((format(printf, text_at, first_at)))
#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum result {
	RESULT_OK,     /* done */
	RESULT_MORE,   /* not an error: feed me again */
	RESULT_END,    /* nothing more will come */
	RESULT_BAD,    /* the bytes are not what they should be */
	RESULT_LIMIT,  /* a stated limit was reached; it is counted */
	RESULT_FAILED, /* the system refused: memory, file, network */
};

struct error {
	char text[512];
};

/* Write the text (when error is not NULL) and hand back r, so that a failure is one statement. */
enum result error_set(struct error *error, enum result r, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
