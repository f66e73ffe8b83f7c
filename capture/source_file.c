/* A capture file of any kind: what its first bytes say decides who reads it. */
#include "capture/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HEAD_BYTES 24

static const uint8_t gzip_magic[] = { 0x1f, 0x8b };
static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
static const uint8_t zstd_skippable_magic[] = { 0x2a, 0x4d, 0x18 }; /* after 0x50 to 0x5f */
static const uint8_t pcapng_magic[] = { 0x0a, 0x0d, 0x0d, 0x0a };

/* Do the bytes at this place of the window say so? */
static bool has_magic(const struct window *window, size_t at, const uint8_t *magic, size_t length)
{
	return window_left(window) >= at + length &&
	       memcmp(window_at(window) + at, magic, length) == 0;
}

/* What a file that cannot be opened needs. */
static enum result open_error(struct error *error, const char *path, int number)
{
	switch (number) {
	case ENOENT:
		return error_set(error, RESULT_FAILED, "cannot open '%s': there is no such file",
				 path);
	case EACCES:
	case EPERM:
		return error_set(error, RESULT_FAILED,
				 "cannot open '%s': permission denied; run as a user who may read "
				 "it",
				 path);
	case EMFILE:
		return error_set(error, RESULT_FAILED,
				 "cannot open '%s': too many open files; raise 'ulimit -n'", path);
	default:
		return error_set(error, RESULT_FAILED, "cannot open '%s': %s", path,
				 strerror(number));
	}
}

/* A window over the plain bytes of a path, or of standard input. */
static enum result open_plain(struct window *window, const char *path, size_t window_bytes,
			      struct error *error)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			  : open(path, O_RDONLY | O_CLOEXEC);
	struct byte_stream *stream = NULL;

	if (fd < 0)
		return open_error(error, is_stdin ? "standard input" : path, errno);
	if (bytes_file_new(&stream, fd) != RESULT_OK ||
	    window_init(window, stream, window_bytes) != RESULT_OK)
		return error_set(error, RESULT_FAILED, "no memory to read '%s'", path);
	return RESULT_OK;
}

/* The first bytes, however long a pipe takes; fewer when the file is shorter. */
static enum result read_head(struct window *window, const char *path, struct error *error)
{
	enum result r;

	do {
		errno = 0;
		r = window_need(window, HEAD_BYTES);
		if (r == RESULT_MORE && errno == EINTR)
			return error_set(error, RESULT_FAILED, "reading '%s' was interrupted",
					 path);
	} while (r == RESULT_MORE);
	if (r == RESULT_OK || r == RESULT_END)
		return RESULT_OK;
	return error_set(error, r, "cannot read '%s': %s", path, window->stream->error.text);
}

/* Unpack what is compressed: window becomes one over the plain bytes. */
static enum result unpack(struct window *window, const char *path, size_t window_bytes,
			  struct error *error)
{
	bool gzip = has_magic(window, 0, gzip_magic, sizeof(gzip_magic));
	bool zstd = has_magic(window, 0, zstd_magic, sizeof(zstd_magic)) ||
		    has_magic(window, 1, zstd_skippable_magic, sizeof(zstd_skippable_magic));
	struct byte_stream *stream = NULL;
	enum result r;

	if (!gzip && !zstd)
		return RESULT_OK;
	r = gzip ? bytes_gzip_new(&stream, window) : bytes_zstd_new(&stream, window);
	if (r == RESULT_OK)
		r = window_init(window, stream, window_bytes);
	if (r != RESULT_OK)
		return error_set(error, RESULT_FAILED, "no memory to unpack '%s'", path);
	return read_head(window, path, error);
}

/* Hand the window to the reader that knows the format. */
static enum result open_format(struct source **out, struct window *window, const char *path,
			       struct links *links, struct error *error)
{
	struct error why = { "" };
	enum result r;

	if (window_left(window) == 0) {
		window_clear(window);
		return error_set(error, RESULT_BAD, "'%s' is empty, not a capture", path);
	}
	if (has_magic(window, 0, pcapng_magic, sizeof(pcapng_magic)))
		return source_pcapng_open(out, window, links, error);
	if (source_classic_knows(span_of(window_at(window), window_left(window))))
		return source_classic_open(out, window, links, error);
	r = source_other_open(out, window, links, &why);
	if (r != RESULT_OK)
		return error_set(error, r,
				 "'%s' is no capture that can be read: %s; pcap and pcapng "
				 "can, also packed with gzip or zstd",
				 path, why.text);
	return RESULT_OK;
}

/* Open by magic number. */
enum result source_file_open(struct source **out, const char *path, size_t window_bytes,
			     struct links *links, struct error *error)
{
	struct window window = { 0 };
	enum result r = open_plain(&window, path, window_bytes, error);

	if (r != RESULT_OK)
		return r;
	r = read_head(&window, path, error);
	if (r == RESULT_OK)
		r = unpack(&window, path, window_bytes, error);
	if (r != RESULT_OK) {
		window_clear(&window);
		return r;
	}
	return open_format(out, &window, path, links, error);
}
