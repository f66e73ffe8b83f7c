#include "protocols/line.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 128

/* Begin empty. */
void line_init(struct line *line, struct budget *budget)
{
	*line = (struct line){ .budget = budget };
}

/* Give the memory back. */
void line_clear(struct line *line)
{
	if (line->capacity > 0)
		budget_give(line->budget, line->capacity);
	free(line->data);
	line_init(line, line->budget);
}

/* Forget what is incomplete. */
void line_drop(struct line *line)
{
	line->length = 0;
	line->total = 0;
	line->last_was_cr = false;
}

/* What is there of an incomplete line. */
struct span line_partial(const struct line *line)
{
	return span_of(line->data, line->length);
}

/* Have room for as many bytes as may be kept. */
static void reserve(struct line *line, size_t want)
{
	size_t capacity = line->capacity == 0 ? CAPACITY_FIRST : line->capacity;
	uint8_t *data;

	while (capacity < want)
		capacity *= 2;
	if (capacity <= line->capacity ||
	    budget_take(line->budget, capacity - line->capacity) != RESULT_OK)
		return;
	data = realloc(line->data, capacity);
	if (data == NULL) {
		budget_give(line->budget, capacity - line->capacity);
		return;
	}
	line->data = data;
	line->capacity = capacity;
}

/* Keep a part of a line that is not whole yet. */
static void append(struct line *line, struct span part)
{
	size_t want = line->length + part.length;

	if (part.length == 0)
		return;
	line->total += part.length;
	line->last_was_cr = part.data[part.length - 1] == '\r';
	if (want > LINE_MAX_BYTES)
		want = LINE_MAX_BYTES;
	reserve(line, want);
	if (want > line->capacity)
		want = line->capacity;
	if (want > line->length)
		memcpy(line->data + line->length, part.data, want - line->length);
	line->length = want;
}

/* Take bytes up to the end of a line. */
size_t line_take(struct line *line, struct span bytes, bool *out_whole, struct span *out)
{
	size_t newline = span_find_byte(bytes, '\n');
	struct span part = span_part(bytes, 0, newline);

	*out_whole = newline != SPAN_NOT_FOUND;
	if (!*out_whole) {
		append(line, part);
		return bytes.length;
	}
	if (line->total == 0) { /* all of it is here: no copy */
		if (part.length > 0 && part.data[part.length - 1] == '\r')
			part.length--;
		*out = span_part(part, 0, LINE_MAX_BYTES);
		return newline + 1;
	}
	append(line, part);
	if (line->last_was_cr && line->total == line->length)
		line->length--;
	*out = span_of(line->data, line->length);
	line_drop(line);
	return newline + 1;
}
