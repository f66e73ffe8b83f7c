/* Files and pipes of every kind, whole and damaged; several at once. */
#include "capture/capture.h"
#include "capture/folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

/* A file in the making. */
struct blob {
	uint8_t bytes[8192];
	size_t length;
	bool big_endian;
};

static void put(struct blob *blob, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		size_t shift = 8 * (blob->big_endian ? size - 1 - i : i);

		blob->bytes[blob->length++] = (uint8_t)(value >> shift);
	}
}

/* IPv4 with an empty TCP segment of port 25; the number is its sequence number. */
static void put_packet(struct blob *blob, uint8_t number)
{
	const uint8_t p[40] = { 0x45, 0, 0, 40,     0,   number, 0, 0, 64,   6,    0, 0,
				192,  0, 2, 1,      192, 0,      2, 2, 0x9c, 0x40, 0, 25,
				0,    0, 0, number, 0,   0,      0, 0, 0x50, 0x10 };

	memcpy(blob->bytes + blob->length, p, sizeof(p));
	blob->length += sizeof(p);
}

static void pcap_header(struct blob *blob, uint32_t magic, uint32_t link)
{
	put(blob, magic, 4);
	put(blob, 2, 2);
	put(blob, 4, 2);
	put(blob, 0, 8);
	put(blob, 65535, 4);
	put(blob, link, 4);
}

static void pcap_record(struct blob *blob, uint32_t seconds, uint32_t ticks, uint8_t number)
{
	put(blob, seconds, 4);
	put(blob, ticks, 4);
	put(blob, 40, 4);
	put(blob, 40, 4);
	put_packet(blob, number);
}

static void ng_section(struct blob *blob)
{
	put(blob, 0x0a0d0d0a, 4);
	put(blob, 28, 4);
	put(blob, 0x1a2b3c4d, 4);
	put(blob, 1, 2);
	put(blob, 0, 2);
	put(blob, UINT64_MAX, 8);
	put(blob, 28, 4);
}

/* resolution 0: none given, microseconds. */
static void ng_interface(struct blob *blob, uint16_t link, uint8_t resolution)
{
	uint32_t length = resolution == 0 ? 20 : 32;

	put(blob, 1, 4);
	put(blob, length, 4);
	put(blob, link, 2);
	put(blob, 0, 2);
	put(blob, 0, 4);
	if (resolution != 0) {
		put(blob, 9, 2);
		put(blob, 1, 2);
		blob->bytes[blob->length++] = resolution;
		put(blob, 0, 3);
		put(blob, 0, 4);
	}
	put(blob, length, 4);
}

static void ng_packet(struct blob *blob, uint32_t interface, uint64_t ticks, uint8_t number)
{
	put(blob, 6, 4);
	put(blob, 72, 4);
	put(blob, interface, 4);
	put(blob, ticks >> 32, 4);
	put(blob, ticks & UINT32_MAX, 4);
	put(blob, 40, 4);
	put(blob, 40, 4);
	put_packet(blob, number);
	put(blob, 72, 4);
}

/* What came out of a run. */
struct seen {
	uint32_t numbers[64];
	int64_t times[64];
	struct frame_id at[64];
	size_t count;
	char damage[8][256];
	uint64_t damaged_at[8];
	size_t damage_count;
	struct error error;
	enum result opened;
	struct capture_stats stats;
};

static void see_segment(void *ctx, const struct segment *segment)
{
	struct seen *seen = ctx;

	cr_assert(seen->count < 64);
	seen->numbers[seen->count] = segment->sequence;
	seen->times[seen->count] = segment->time_ns;
	seen->at[seen->count++] = segment->at;
}

static void see_datagram(void *ctx, const struct datagram *datagram)
{
	(void)ctx;
	(void)datagram;
}

static void see_damage(void *ctx, const char *file, uint64_t packet, const char *what)
{
	struct seen *seen = ctx;

	(void)file;
	cr_assert(seen->damage_count < 8);
	snprintf(seen->damage[seen->damage_count], 256, "%s", what);
	seen->damaged_at[seen->damage_count++] = packet;
}

static struct seen read_paths(const char *const *paths, size_t count, const char *filter)
{
	static struct seen seen;
	struct capture_options options = { .filter = filter,
					   .on_damage = see_damage,
					   .on_damage_ctx = &seen };
	struct packet_sink sink = { see_segment, see_datagram, &seen };
	struct capture *capture = NULL;
	enum result r;

	memset(&seen, 0, sizeof(seen));
	seen.opened = capture_open_files(&capture, paths, count, &options, &seen.error);
	if (seen.opened != RESULT_OK)
		return seen;
	do
		r = capture_run(capture, 3, &sink, &seen.error);
	while (r == RESULT_OK || r == RESULT_MORE);
	cr_expect_eq(r, RESULT_END);
	capture_stats_get(capture, &seen.stats);
	for (size_t i = 0; i < CAPTURE_REASONS_MAX; i++)
		seen.stats.unknown[i].name = NULL; /* they go with the capture */
	capture_free(&capture);
	cr_expect_null(capture);
	return seen;
}

/* A folder of its own for each test. */
static char *folder_new(void)
{
	static char folder[64];

	strcpy(folder, "/tmp/relaywatch-test-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	return folder;
}

static char *file_new(const char *folder, const char *name, const void *bytes, size_t length)
{
	char *path = NULL;
	FILE *file;

	cr_assert_gt(asprintf(&path, "%s/%s", folder, name), 0);
	file = fopen(path, "wb");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(bytes, 1, length, file), length);
	fclose(file);
	return path;
}

/* Read one file with these bytes. */
static struct seen read_bytes(const void *bytes, size_t length, const char *filter)
{
	char *folder = folder_new();
	char *path = file_new(folder, "a \xff.pcap", bytes, length); /* any byte may be in a name */
	struct seen seen = read_paths((const char *const[]){ path }, 1, filter);

	(void)unlink(path);
	(void)rmdir(folder);
	free(path);
	return seen;
}

static struct seen read_blob(const struct blob *blob)
{
	return read_bytes(blob->bytes, blob->length, NULL);
}

Test(files, pcap_in_each_variant)
{
	static const struct {
		uint32_t magic;
		bool big_endian;
		int64_t ns_per_tick;
	} rows[] = { { 0xa1b2c3d4, false, 1000 },
		     { 0xa1b2c3d4, true, 1000 },
		     { 0xa1b23c4d, false, 1 },
		     { 0xa1b23c4d, true, 1 } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct blob blob = { .big_endian = rows[i].big_endian };
		struct seen seen;

		pcap_header(&blob, rows[i].magic, 101);
		pcap_record(&blob, 10, 5, 1);
		pcap_record(&blob, 11, 6, 2);
		seen = read_blob(&blob);
		cr_assert_eq(seen.count, 2, "row %zu: %s", i, seen.error.text);
		cr_expect_eq(seen.times[0], 10000000000 + 5 * rows[i].ns_per_tick);
		cr_expect_eq(seen.at[1].frame, 2);
		cr_expect_eq(seen.stats.first_ns, seen.times[0]);
		cr_expect_eq(seen.stats.last_ns, seen.times[1]);
		cr_expect_eq(seen.damage_count, 0);
	}
}

/* Two sections of different byte order; interfaces with their own link type and clock. */
Test(files, pcapng_with_interfaces_and_sections)
{
	struct blob blob = { .big_endian = false };
	struct seen seen;

	ng_section(&blob);
	ng_interface(&blob, 101, 0);
	ng_interface(&blob, 228, 9);
	ng_interface(&blob, 101, 0x80 | 10);
	ng_packet(&blob, 0, 1000001, 1);
	ng_packet(&blob, 1, 2000000001, 2);
	ng_packet(&blob, 2, 3 * 1024 + 512, 3);
	put(&blob, 0x0bad, 4); /* a block that nobody knows */
	put(&blob, 16, 4);
	put(&blob, 0, 4);
	put(&blob, 16, 4);
	blob.big_endian = true;
	ng_section(&blob);
	ng_interface(&blob, 101, 6);
	ng_packet(&blob, 0, 4000004, 4);
	seen = read_blob(&blob);
	cr_assert_eq(seen.count, 4, "%s", seen.damage[0]);
	cr_expect_eq(seen.times[0], 1000001000);
	cr_expect_eq(seen.times[1], 2000000001);
	cr_expect_eq(seen.times[2], 3500000000);
	cr_expect_eq(seen.times[3], 4000004000);
	cr_expect_eq(seen.at[3].frame, 4);
}

/* Whatever a clock says, the stamps are such that a sum of two of them can be told. */
Test(files, pcapng_with_clocks_that_are_wrong)
{
	static const uint8_t resolutions[] = { 0, 1, 6, 9, 18, 0x80, 0x80 | 63 };
	static const uint64_t ticks[] = { UINT64_MAX, INT64_MAX, (uint64_t)INT64_MAX + 1, 0 };

	for (size_t i = 0; i < ARRAY_COUNT(resolutions); i++) {
		struct blob blob = { .big_endian = false };
		struct seen seen;

		ng_section(&blob);
		ng_interface(&blob, 101, resolutions[i]);
		for (size_t n = 0; n < ARRAY_COUNT(ticks); n++)
			ng_packet(&blob, 0, ticks[n], (uint8_t)n);
		seen = read_blob(&blob);
		cr_assert_eq(seen.count, ARRAY_COUNT(ticks), "%s", seen.damage[0]);
		for (size_t n = 0; n < seen.count; n++)
			cr_expect(seen.times[n] >= 0 && seen.times[n] <= INT64_MAX / 2, "row %zu",
				  i);
	}
}

/* All before the damage is handed on; the packet is named. */
Test(files, damage_is_told_with_its_packet)
{
	struct blob blob = { .big_endian = false };
	struct seen seen;
	size_t whole;

	pcap_header(&blob, 0xa1b2c3d4, 101);
	pcap_record(&blob, 10, 0, 1);
	whole = blob.length;
	pcap_record(&blob, 11, 0, 2);
	for (size_t n = whole + 1; n < blob.length; n++) {
		seen = read_bytes(blob.bytes, n, NULL);
		cr_assert_eq(seen.count, 1, "cut at %zu", n);
		cr_assert_eq(seen.damage_count, 1);
		cr_expect_eq(seen.damaged_at[0], 2);
		cr_expect_eq(seen.stats.damaged_files, 1);
	}
	memset(blob.bytes + whole + 8, 0xff, 4); /* the captured length */
	seen = read_blob(&blob);
	cr_assert_eq(seen.count, 1);
	cr_expect_not_null(strstr(seen.damage[0], "4294967295"));
}

Test(files, pcapng_is_read_to_its_damage)
{
	struct blob blob = { .big_endian = false };
	struct seen seen;
	size_t whole;

	ng_section(&blob);
	ng_interface(&blob, 101, 0);
	ng_packet(&blob, 0, 1, 1);
	whole = blob.length;
	ng_packet(&blob, 0, 2, 2);
	for (size_t n = whole + 1; n < blob.length; n++) {
		seen = read_bytes(blob.bytes, n, NULL);
		cr_assert(seen.count == 1 && seen.damage_count == 1, "cut at %zu", n);
	}
	blob.bytes[whole + 8] = 7; /* the interface */
	seen = read_blob(&blob);
	cr_assert_eq(seen.count, 1);
	cr_expect_not_null(strstr(seen.damage[0], "interface 7"));
}

Test(files, what_is_no_capture_is_refused)
{
	static const char text[] = "this is a letter, and no capture at all";
	struct seen seen = read_bytes(text, sizeof(text), NULL);

	cr_expect_eq(seen.opened, RESULT_BAD);
	cr_expect_not_null(strstr(seen.error.text, "no capture"));
	seen = read_bytes("", 0, NULL);
	cr_expect_eq(seen.opened, RESULT_BAD);
	cr_expect_not_null(strstr(seen.error.text, "empty"));
	seen = read_paths((const char *const[]){ "/nowhere/x.pcap" }, 1, NULL);
	cr_expect_eq(seen.opened, RESULT_FAILED);
	cr_expect_not_null(strstr(seen.error.text, "no such file"));
}

Test(files, an_unknown_link_type_names_itself)
{
	struct blob blob = { .big_endian = false };
	struct seen seen;

	pcap_header(&blob, 0xa1b2c3d4, 165);
	pcap_record(&blob, 10, 0, 1);
	pcap_record(&blob, 11, 0, 2);
	seen = read_blob(&blob);
	cr_expect_eq(seen.count, 0);
	cr_assert_eq(seen.damage_count, 1, "once, not for each packet");
	cr_expect_not_null(strstr(seen.damage[0], "165 (BACNET_MS_TP)"));
	cr_expect_eq(seen.stats.unknown[0].count, 2);
}

/* Frame numbers are those of the file, also behind packets that the filter leaves out. */
Test(files, a_filter_leaves_out)
{
	struct blob blob = { .big_endian = false };
	struct seen seen;

	pcap_header(&blob, 0xa1b2c3d4, 101);
	for (uint8_t i = 1; i <= 3; i++)
		pcap_record(&blob, 10, i, i);
	seen = read_bytes(blob.bytes, blob.length, "tcp[7] == 3");
	cr_assert_eq(seen.count, 1);
	cr_expect_eq(seen.at[0].frame, 3);
	cr_expect_eq(seen.stats.packets, 3);
	seen = read_bytes(blob.bytes, blob.length, "prot tcp");
	cr_expect_eq(seen.opened, RESULT_BAD);
	cr_expect_not_null(strstr(seen.error.text, "'prot tcp'"));
}

Test(files, merged_by_time_and_then_by_order)
{
	enum { FILES = 20 }; /* more than are kept open */
	char *folder = folder_new();
	char *paths[FILES];
	struct seen seen;

	for (uint8_t i = 0; i < FILES; i++) {
		struct blob blob = { .big_endian = i % 2 == 1 };
		char name[32];

		snprintf(name, sizeof(name), "%02u.pcap", i);
		pcap_header(&blob, 0xa1b2c3d4, 101);
		pcap_record(&blob, 100u + i / 2, 0, i);
		pcap_record(&blob, 200u - i, 0, (uint8_t)(100 + i));
		paths[i] = file_new(folder, name, blob.bytes, blob.length);
	}
	seen = read_paths((const char *const *)paths, FILES, NULL);
	cr_assert_eq(seen.count, 2 * FILES, "%s", seen.error.text);
	for (uint32_t i = 0; i < FILES; i++) {
		cr_expect_eq(seen.numbers[i], i);
		cr_expect_eq(seen.at[i].file, i);
		cr_expect_eq(seen.numbers[FILES + i], 100 + FILES - 1 - i);
	}
	/* the folder stands for the same files; what is named otherwise is left */
	free(file_new(folder, "notes.txt", "x", 1));
	seen = read_paths((const char *const[]){ folder }, 1, NULL);
	cr_expect_eq(seen.count, 2 * FILES);
	cr_expect_eq(seen.numbers[3], 3);
	for (size_t i = 0; i < FILES; i++) {
		(void)unlink(paths[i]);
		free(paths[i]);
	}
}

Test(files, names_of_captures)
{
	static const char *const yes[] = { "a.pcap",    "a.pcapng",     "a.cap",     "a.pcap12",
					   "a.pcap.gz", "a.pcapng.zst", "a.pcap3.gz" };
	static const char *const no[] = { "a",          "a.txt",   ".pcap",       "pcap",
					  "a.pcap.txt", ".a.pcap", "labels.json", "12" };

	for (size_t i = 0; i < ARRAY_COUNT(yes); i++)
		cr_expect(folder_is_capture_name(yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < ARRAY_COUNT(no); i++)
		cr_expect(!folder_is_capture_name(no[i]), "%s", no[i]);
}

/* One member or frame behind the other, and cut off. */
Test(files, gzip_and_zstd)
{
	struct blob blob = { .big_endian = false };
	uint8_t packed[16384];
	size_t half, length = 0;
	struct seen seen;

	pcap_header(&blob, 0xa1b2c3d4, 101);
	for (uint8_t i = 1; i <= 40; i++)
		pcap_record(&blob, i, 0, i);
	half = blob.length / 2;
	for (int part = 0; part < 2; part++) {
		z_stream z = { 0 };

		cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0), Z_OK);
		z.next_in = blob.bytes + (part == 0 ? 0 : half);
		z.avail_in = (unsigned)(part == 0 ? half : blob.length - half);
		z.next_out = packed + length;
		z.avail_out = (unsigned)(sizeof(packed) - length);
		cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
		length += z.total_out;
		deflateEnd(&z);
	}
	seen = read_bytes(packed, length, NULL);
	cr_expect_eq(seen.count, 40, "%s%s", seen.error.text, seen.damage[0]);
	seen = read_bytes(packed, length - 20, NULL);
	cr_expect_eq(seen.damage_count, 1);
	cr_expect_not_null(strstr(seen.damage[0], "too early"));

	length = ZSTD_compress(packed, sizeof(packed), blob.bytes, half, 3);
	length += ZSTD_compress(packed + length, sizeof(packed) - length, blob.bytes + half,
				blob.length - half, 3);
	seen = read_bytes(packed, length, NULL);
	cr_expect_eq(seen.count, 40, "%s%s", seen.error.text, seen.damage[0]);
	seen = read_bytes(packed, length - 5, NULL);
	cr_expect_eq(seen.damage_count, 1);
}

/* A pipe that hands over a few bytes at a time. */
Test(files, a_pipe)
{
	struct blob blob = { .big_endian = false };
	struct seen seen;
	int ends[2];

	pcap_header(&blob, 0xa1b2c3d4, 101);
	for (uint8_t i = 1; i <= 5; i++)
		pcap_record(&blob, i, 0, i);
	cr_assert_eq(pipe(ends), 0);
	if (fork() == 0) {
		for (size_t i = 0; i < blob.length; i += 7) {
			size_t n = blob.length - i < 7 ? blob.length - i : 7;

			if (write(ends[1], blob.bytes + i, n) < 0)
				_exit(1);
		}
		_exit(0);
	}
	(void)close(ends[1]);
	cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	seen = read_paths((const char *const[]){ "-" }, 1, NULL);
	cr_expect_eq(seen.count, 5, "%s%s", seen.error.text, seen.damage[0]);
}

Test(live, an_interface_that_is_not_there)
{
	struct capture *capture = NULL;
	struct error error = { "" };

	cr_expect_eq(capture_open_live(&capture, "nonesuch0", NULL, &error), RESULT_FAILED);
	cr_expect_not_null(strstr(error.text, "nonesuch0"));
	cr_expect_null(capture);
}
