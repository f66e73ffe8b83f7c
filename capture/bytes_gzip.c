#include "capture/bytes.h"

#include <stdlib.h>
#include <zlib.h>

struct bytes_gzip {
	struct byte_stream stream;
	struct window from;
	z_stream z;
	bool between_members; /* one gzip member is over; another may follow (RFC 1952, 2.2) */
};

/* What follows the last member: another one, the end, or zeros that fill up a block of a tape. */
static enum result next_member(struct bytes_gzip *gzip)
{
	enum result r;

	for (;;) {
		r = window_need(&gzip->from, 1);
		if (r != RESULT_OK)
			return r;
		if (*window_at(&gzip->from) != 0)
			break;
		window_consume(&gzip->from, 1);
	}
	if (*window_at(&gzip->from) != 0x1f)
		return error_set(&gzip->stream.error, RESULT_BAD,
				 "what follows the compressed data is not gzip");
	if (inflateReset(&gzip->z) != Z_OK)
		return error_set(&gzip->stream.error, RESULT_FAILED, "zlib does not start again");
	gzip->between_members = false;
	return RESULT_OK;
}

/* Unpack what the window holds, at most room bytes. */
static enum result inflate_some(struct bytes_gzip *gzip, uint8_t *to, size_t room,
				size_t *out_bytes)
{
	size_t left = window_left(&gzip->from);
	int z;

	/* zlib's type has no const */
	gzip->z.next_in = (Bytef *)(uintptr_t)window_at(&gzip->from);
	gzip->z.avail_in = (uInt)left;
	gzip->z.next_out = to;
	gzip->z.avail_out = room > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uInt)room;
	z = inflate(&gzip->z, Z_NO_FLUSH);
	window_consume(&gzip->from, left - gzip->z.avail_in);
	*out_bytes = (size_t)(gzip->z.next_out - to);
	if (z == Z_STREAM_END)
		gzip->between_members = true;
	/* what came before the damage is good; the next call meets it again and tells */
	if (z != Z_OK && z != Z_STREAM_END && z != Z_BUF_ERROR && *out_bytes == 0)
		return error_set(&gzip->stream.error, RESULT_BAD, "the gzip data is damaged (%s)",
				 gzip->z.msg == NULL ? "checksum" : gzip->z.msg);
	return RESULT_OK;
}

/* Take on more of the compressed file; its end is only right between two members. */
static enum result more_input(struct bytes_gzip *gzip)
{
	enum result r;

	if (gzip->between_members)
		return next_member(gzip);
	r = window_need(&gzip->from, 1);
	if (r == RESULT_END)
		return error_set(&gzip->stream.error, RESULT_BAD, "the gzip data ends too early");
	return r;
}

/* Unpack until there is at least one byte. */
static enum result bytes_gzip_read(struct byte_stream *stream, uint8_t *to, size_t room,
				   size_t *out_bytes)
{
	struct bytes_gzip *gzip = (struct bytes_gzip *)stream;
	enum result r;

	*out_bytes = 0;
	for (;;) {
		/* also without new input: zlib may hold back what did not fit last time */
		r = gzip->between_members ? RESULT_OK : inflate_some(gzip, to, room, out_bytes);
		if (r != RESULT_OK || *out_bytes > 0)
			return r;
		r = more_input(gzip);
		if (r == RESULT_FAILED && gzip->from.stream->error.text[0] != '\0')
			stream->error = gzip->from.stream->error;
		if (r != RESULT_OK)
			return r;
	}
}

/* Close what is below, too. */
static void bytes_gzip_close(struct byte_stream *stream)
{
	struct bytes_gzip *gzip = (struct bytes_gzip *)stream;

	(void)inflateEnd(&gzip->z);
	window_clear(&gzip->from);
	free(gzip);
}

static const struct byte_stream_ops bytes_gzip_ops = {
	.read = bytes_gzip_read,
	.close = bytes_gzip_close,
};

/* Begin to unpack; the window stands at the magic number. */
enum result bytes_gzip_new(struct byte_stream **out, struct window *from)
{
	struct bytes_gzip *gzip = calloc(1, sizeof(*gzip));

	/* 15: the largest window, 16: with gzip's header */
	if (gzip == NULL || inflateInit2(&gzip->z, 15 + 16) != Z_OK) {
		free(gzip);
		window_clear(from);
		return RESULT_FAILED;
	}
	gzip->stream.ops = &bytes_gzip_ops;
	gzip->from = *from;
	*from = (struct window){ .ended = true };
	*out = &gzip->stream;
	return RESULT_OK;
}

/* For --version. */
const char *bytes_gzip_version(void)
{
	return zlibVersion();
}
