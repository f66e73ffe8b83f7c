/*
 * line - put the lines of one direction together
 *
 * In:      bytes, in pieces of any size.
 * Out:     lines without their end (LF or CRLF; a CR elsewhere is a byte like others).
 * Limits:  LINE_MAX_BYTES of a line are kept, what follows is passed over up to its end: a line
 *          that is too long never hides the next one.
 * Errors:  without memory a line is cut, as if it were too long.
 * Owner:   embedded in a decoder; a line is lent until the next call. Memory is charged to the
 *          budget while a line is incomplete.
 */
#ifndef RELAYWATCH_PROTOCOLS_LINE_H
#define RELAYWATCH_PROTOCOLS_LINE_H

#include "core/budget.h"
#include "core/span.h"

#define LINE_MAX_BYTES 4096

struct line {
	struct budget *budget;
	uint8_t *data;
	size_t length, capacity;
	uint64_t total; /* of the line under way, with what was not kept */
	bool last_was_cr;
};

void line_init(struct line *line, struct budget *budget);
void line_clear(struct line *line);
/* Forget what is incomplete: a gap follows. */
void line_drop(struct line *line);
/* Gives how many bytes were used; out_whole: a line ended, and is in out. */
size_t line_take(struct line *line, struct span bytes, bool *out_whole, struct span *out);
/* What is there of an incomplete line. */
struct span line_partial(const struct line *line);

#endif
