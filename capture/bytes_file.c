#include "capture/bytes.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct bytes_file {
	struct byte_stream stream;
	int fd;
	bool may_wait; /* a pipe, a terminal, a socket */
};

/* Wait a moment for a pipe; whoever called sees to signals and other sources between. */
static enum result wait_for_bytes(int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };

	if (poll(&wanted, 1, PIPE_WAIT_MS) <= 0)
		return RESULT_MORE;
	return RESULT_OK;
}

/* Read what there is. */
static enum result bytes_file_read(struct byte_stream *stream, uint8_t *to, size_t room,
				   size_t *out_bytes)
{
	struct bytes_file *file = (struct bytes_file *)stream;
	ssize_t n;

	if (file->may_wait && wait_for_bytes(file->fd) == RESULT_MORE)
		return RESULT_MORE;
	n = read(file->fd, to, room);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return RESULT_MORE;
	if (n < 0)
		return error_set(&stream->error, RESULT_FAILED, "cannot read on: %s",
				 strerror(errno));
	if (n == 0)
		return RESULT_END;
	*out_bytes = (size_t)n;
	return RESULT_OK;
}

/* Close the descriptor with the stream. */
static void bytes_file_close(struct byte_stream *stream)
{
	struct bytes_file *file = (struct bytes_file *)stream;

	(void)close(file->fd);
	free(file);
}

static const struct byte_stream_ops bytes_file_ops = {
	.read = bytes_file_read,
	.close = bytes_file_close,
};

/* Begin to read a descriptor. */
enum result bytes_file_new(struct byte_stream **out, int fd)
{
	struct bytes_file *file = calloc(1, sizeof(*file));
	struct stat st;

	if (file == NULL) {
		(void)close(fd);
		return RESULT_FAILED;
	}
	file->stream.ops = &bytes_file_ops;
	file->fd = fd;
	file->may_wait = fstat(fd, &st) != 0 || !S_ISREG(st.st_mode);
	*out = &file->stream;
	return RESULT_OK;
}
