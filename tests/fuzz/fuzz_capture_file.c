/* A whole capture file, of any format, packed or not. */
#include "capture/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A packed file may unfold a thousandfold; what is behind this many packets tells no more. */
#define CALLS_MAX 64

static void take_segment(void *ctx, const struct segment *segment)
{
	*(unsigned *)ctx += segment_checksum_ok(segment);
}

static void take_datagram(void *ctx, const struct datagram *datagram)
{
	*(unsigned *)ctx += (unsigned)datagram->payload.length;
}

static void take_damage(void *ctx, const char *file, uint64_t packet, const char *what)
{
	*(unsigned *)ctx += (unsigned)packet + (unsigned)(what[0] + file[0]);
}

/* Read the file behind a descriptor to its end. */
static void read_all(int fd)
{
	unsigned sum = 0;
	struct capture_options options = { .filter = "tcp or udp port 53",
					   .on_damage = take_damage,
					   .on_damage_ctx = &sum };
	struct packet_sink sink = { take_segment, take_datagram, &sum };
	struct capture *capture = NULL;
	struct capture_stats stats;
	const char *paths[1];
	struct error error;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	paths[0] = path;
	if (capture_open_files(&capture, paths, 1, &options, &error) != RESULT_OK)
		return;
	for (int i = 0; i < CALLS_MAX; i++) {
		if (capture_run(capture, 64, &sink, &error) != RESULT_OK)
			break;
	}
	capture_stats_get(capture, &stats);
	capture_free(&capture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	read_all(fd);
	(void)close(fd);
	return 0;
}
