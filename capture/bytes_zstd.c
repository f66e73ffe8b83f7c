#include "capture/bytes.h"

#include <stdlib.h>
#include <zstd.h>

/* A frame may ask for any window up to 2 GiB; zstd itself never asks for more than this. */
#define ZSTD_WINDOW_LOG_MAX 27

struct bytes_zstd {
	struct byte_stream stream;
	struct window from;
	ZSTD_DCtx *context;
	bool inside_frame;
};

/* Unpack what the window holds, at most room bytes; frames may follow each other. */
static enum result unpack_some(struct bytes_zstd *zstd, uint8_t *to, size_t room, size_t *out_bytes)
{
	ZSTD_inBuffer in = { window_at(&zstd->from), window_left(&zstd->from), 0 };
	ZSTD_outBuffer out = { to, room, 0 };
	size_t r = ZSTD_decompressStream(zstd->context, &out, &in);

	window_consume(&zstd->from, in.pos);
	*out_bytes = out.pos;
	if (ZSTD_isError(r))
		return error_set(&zstd->stream.error, RESULT_BAD, "the zstd data is damaged (%s)",
				 ZSTD_getErrorName(r));
	zstd->inside_frame = r != 0;
	return RESULT_OK;
}

/* Unpack until there is at least one byte. */
static enum result bytes_zstd_read(struct byte_stream *stream, uint8_t *to, size_t room,
				   size_t *out_bytes)
{
	struct bytes_zstd *zstd = (struct bytes_zstd *)stream;
	enum result r;

	*out_bytes = 0;
	for (;;) {
		/* also without new input: zstd may hold back what did not fit last time */
		if (zstd->inside_frame || window_left(&zstd->from) > 0) {
			r = unpack_some(zstd, to, room, out_bytes);
			if (r != RESULT_OK || *out_bytes > 0)
				return r;
		}
		r = window_need(&zstd->from, 1);
		if (r == RESULT_END && zstd->inside_frame)
			return error_set(&stream->error, RESULT_BAD,
					 "the zstd data ends too early");
		if (r == RESULT_FAILED)
			stream->error = zstd->from.stream->error;
		if (r != RESULT_OK)
			return r;
	}
}

/* Close what is below, too. */
static void bytes_zstd_close(struct byte_stream *stream)
{
	struct bytes_zstd *zstd = (struct bytes_zstd *)stream;

	(void)ZSTD_freeDCtx(zstd->context);
	window_clear(&zstd->from);
	free(zstd);
}

static const struct byte_stream_ops bytes_zstd_ops = {
	.read = bytes_zstd_read,
	.close = bytes_zstd_close,
};

/* Begin to unpack; the window stands at the magic number. */
enum result bytes_zstd_new(struct byte_stream **out, struct window *from)
{
	struct bytes_zstd *zstd = calloc(1, sizeof(*zstd));

	if (zstd == NULL || (zstd->context = ZSTD_createDCtx()) == NULL) {
		free(zstd);
		window_clear(from);
		return RESULT_FAILED;
	}
	(void)ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	zstd->stream.ops = &bytes_zstd_ops;
	zstd->from = *from;
	*from = (struct window){ .ended = true };
	*out = &zstd->stream;
	return RESULT_OK;
}

/* For --version. */
const char *bytes_zstd_version(void)
{
	return ZSTD_versionString();
}
