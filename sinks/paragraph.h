/*
 * paragraph - a sentence broken into lines for a person
 *
 * In:      a text; it may hold what strangers wrote.
 * Out:     lines of PARAGRAPH_WIDTH columns, appended to a struct text, with a line end.
 * Limits:  PARAGRAPH_MAX bytes; a word that is longer than a line stands on one of its own.
 * Errors:  the text's own.
 * Owner:   the caller owns both.
 */
#ifndef RELAYWATCH_SINKS_PARAGRAPH_H
#define RELAYWATCH_SINKS_PARAGRAPH_H

#include "core/text.h"

#define PARAGRAPH_WIDTH 100
#define PARAGRAPH_MAX 8192

/* It begins in column at; what stands there is there already. */
void paragraph_add(struct text *out, size_t at, const char *text);

#endif
