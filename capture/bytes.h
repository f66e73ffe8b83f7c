/*
 * bytes - where the bytes of a capture file come from
 *
 * In:      an open file, a pipe, or another stream of bytes that is compressed.
 * Out:     the bytes in order, through one window that is walked without a copy.
 * Limits:  a window grows to WINDOW_MAX_BYTES, for one record of a file.
 * Errors:  RESULT_MORE: a pipe has nothing for now; RESULT_BAD: the compressed data is damaged;
 *          RESULT_FAILED: the system refused. stream->error says what.
 * Owner:   a window owns its stream, and a stream of unpacked bytes the window it reads from.
 */
#ifndef RELAYWATCH_CAPTURE_BYTES_H
#define RELAYWATCH_CAPTURE_BYTES_H

#include "core/result.h"
#include "core/span.h"

#define WINDOW_BYTES (256 * 1024)
#define WINDOW_SMALL_BYTES (32 * 1024) /* where many files are open at once */
#define WINDOW_MAX_BYTES (64 * 1024 * 1024 + 64)
#define PIPE_WAIT_MS 100

struct byte_stream;

struct byte_stream_ops {
	/* Up to room bytes, at least one; RESULT_END when there are no more. */
	enum result (*read)(struct byte_stream *stream, uint8_t *to, size_t room,
			    size_t *out_bytes);
	void (*close)(struct byte_stream *stream); /* frees the stream too */
};

struct byte_stream {
	const struct byte_stream_ops *ops;
	struct error error;
};

struct window {
	struct byte_stream *stream;
	uint8_t *buffer;
	size_t capacity_bytes;
	size_t start, end; /* what is not yet consumed, in buffer */
	bool ended;        /* the stream has no more */
};

/* Takes over the stream; it is closed also when this fails. */
MUST_USE enum result window_init(struct window *window, struct byte_stream *stream,
				 size_t capacity_bytes);
void window_clear(struct window *window);
/*
 * Have want_bytes in the window without consuming any. RESULT_END: the stream ended before;
 * what there is of it is in the window. RESULT_LIMIT: more than a window may hold.
 */
MUST_USE enum result window_fill(struct window *window, size_t want_bytes);

static inline size_t window_left(const struct window *window)
{
	return window->end - window->start;
}

/* The first byte that is not consumed; lent until the next window_fill. */
static inline const uint8_t *window_at(const struct window *window)
{
	return window->buffer + window->start;
}

static inline void window_consume(struct window *window, size_t length_bytes)
{
	window->start += length_bytes;
}

/* The fast way in front of window_fill: most records are there already. */
MUST_USE static inline enum result window_need(struct window *window, size_t want_bytes)
{
	if (want_bytes <= window_left(window))
		return RESULT_OK;
	return window_fill(window, want_bytes);
}

/* Plain bytes from a descriptor, which is taken over. */
MUST_USE enum result bytes_file_new(struct byte_stream **out, int fd);
/* Unpacked bytes; from is taken over (left empty), also on failure. */
MUST_USE enum result bytes_gzip_new(struct byte_stream **out, struct window *from);
MUST_USE enum result bytes_zstd_new(struct byte_stream **out, struct window *from);
/* Of the libraries, for --version. */
const char *bytes_gzip_version(void);
const char *bytes_zstd_version(void);

#endif
