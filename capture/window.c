#include "capture/bytes.h"

#include <stdlib.h>
#include <string.h>

/* Begin at the front of a stream. */
enum result window_init(struct window *window, struct byte_stream *stream, size_t capacity_bytes)
{
	*window = (struct window){ .stream = stream, .capacity_bytes = capacity_bytes };
	window->buffer = malloc(capacity_bytes);
	if (window->buffer != NULL)
		return RESULT_OK;
	window_clear(window);
	return RESULT_FAILED;
}

/* Give back the buffer and the stream. */
void window_clear(struct window *window)
{
	if (window->stream != NULL)
		window->stream->ops->close(window->stream);
	free(window->buffer);
	*window = (struct window){ .ended = true };
}

/*
 * Twice the size, until want_bytes fit. The number comes from the file, so it is only believed
 * as far as bytes have come: the buffer grows when it is full.
 */
static enum result grow(struct window *window)
{
	size_t capacity_bytes = window->capacity_bytes * 2;
	uint8_t *bigger = realloc(window->buffer, capacity_bytes);

	if (bigger == NULL)
		return error_set(&window->stream->error, RESULT_FAILED,
				 "no memory for a record of more than %zu bytes",
				 window->capacity_bytes);
	window->buffer = bigger;
	window->capacity_bytes = capacity_bytes;
	return RESULT_OK;
}

/* Move what is left to the front, so that there is room behind it. */
static void make_room(struct window *window)
{
	size_t left = window_left(window);

	if (window->start == 0)
		return;
	memmove(window->buffer, window_at(window), left);
	window->start = 0;
	window->end = left;
}

/* Read until want_bytes are there. */
enum result window_fill(struct window *window, size_t want_bytes)
{
	enum result r;
	size_t n = 0;

	if (want_bytes > WINDOW_MAX_BYTES)
		return RESULT_LIMIT;
	if (window->ended)
		return want_bytes <= window_left(window) ? RESULT_OK : RESULT_END;
	make_room(window);
	while (window_left(window) < want_bytes) {
		if (window->end == window->capacity_bytes && grow(window) != RESULT_OK)
			return RESULT_FAILED;
		r = window->stream->ops->read(window->stream, window->buffer + window->end,
					      window->capacity_bytes - window->end, &n);
		if (r == RESULT_END)
			window->ended = true;
		if (r != RESULT_OK)
			return r;
		window->end += n;
	}
	return RESULT_OK;
}
