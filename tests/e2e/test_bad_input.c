/* What cannot be read is said, by name, and ends in the right exit code. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "e2e/events.h"
#include "e2e/run.h"

#define CAPTURE "pcaps/smtp-open-relay.pcap"
#define PCAPNG_SHB "\x0a\x0d\x0d\x0a"

/* Criterion hands nothing from .init to a test. */
static char scratch[256];

static void set_up(void)
{
	scratch_make(scratch, sizeof(scratch));
}

static void tear_down(void)
{
	scratch_remove(scratch);
}

TestSuite(bad_input, .init = set_up, .fini = tear_down);

static void write_file(const char *path, const void *bytes, size_t length)
{
	FILE *file = fopen(path, "wb");

	cr_assert_not_null(file, "cannot write '%s'", path);
	cr_assert_eq(fwrite(bytes, 1, length, file), length);
	cr_assert_eq(fclose(file), 0);
}

static size_t read_file(const char *path, unsigned char *bytes, size_t size_bytes)
{
	FILE *file = fopen(path, "rb");
	size_t length;

	cr_assert_not_null(file, "cannot read '%s'", path);
	length = fread(bytes, 1, size_bytes, file);
	(void)fclose(file);
	cr_assert_lt(length, size_bytes);
	return length;
}

/* Exit code 1, and the file is named on standard error. */
static void check_file_refused(const char *name)
{
	struct run run;

	run_relaywatch(&run, (const char *const[]){ "read", "--json", name, NULL });
	cr_assert_eq(run.exit_code, 1, "%s: exit code %d", name, run.exit_code);
	cr_assert_not_null(strstr(run.err, name), "'%s' is not named: %s", name, run.err);
	run_clear(&run);
}

Test(bad_input, what_is_no_capture_is_refused)
{
	static const struct {
		const char *name, *bytes;
		size_t length;
	} files[] = {
		{ "empty", "", 0 },
		{ "text", "This is not a capture at all, but a text.\n", 42 },
		{ "pcap magic alone", "\xd4\xc3\xb2\xa1", 4 },
		{ "pcapng magic alone", PCAPNG_SHB, 4 },
		{ "pcapng of no length", PCAPNG_SHB "\0\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0", 16 },
	};
	char path[512];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path_join(path, sizeof(path), scratch, files[i].name);
		write_file(path, files[i].bytes, files[i].length);
		check_file_refused(path);
	}
}

Test(bad_input, what_is_no_file_is_refused)
{
	char path[512];

	check_file_refused(scratch);
	path_join(path, sizeof(path), scratch, "missing.pcap");
	check_file_refused(path);
}

/* The sessions before the cut are reported, and the last packet is named. */
static void check_cut(const char *path)
{
	struct run run;
	json_t *events;

	run_relaywatch(&run, (const char *const[]){ "read", "--json", path, NULL });
	cr_assert_eq(run.exit_code, 1);
	cr_assert_not_null(strstr(run.err, path), "%s", run.err);
	cr_assert_not_null(strstr(run.err, "packet"), "no packet number: %s", run.err);
	events = events_parse(run.out);
	cr_assert_geq(events_count(events, "session"), 1);
	cr_assert_eq(events_count(events, "stats"), 1);
	json_decref(events);
	run_clear(&run);
}

Test(bad_input, a_cut_pcap_is_read_up_to_the_cut)
{
	unsigned char bytes[65536];
	size_t length = read_file(CAPTURE, bytes, sizeof(bytes));
	char path[512];

	path_join(path, sizeof(path), scratch, "cut.pcap");
	write_file(path, bytes, length - 7);
	check_cut(path);
}

static size_t put32(unsigned char *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
	return sizeof(value);
}

/* The same packets as enhanced packet blocks of one Ethernet interface. */
static size_t pcap_to_pcapng(const unsigned char *pcap, size_t length, unsigned char *out)
{
	static const unsigned char heads[] = {
		0x0a, 0x0d, 0x0d, 0x0a, 28,   0,    0,    0,    0x4d, 0x3c, 0x2b, 0x1a, 1,  0, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 28,   0,    0,    0,    1,  0, 0, 0,
		20,   0,    0,    0,    1,    0,    0,    0,    0,    0,    4,    0,    20, 0, 0, 0,
	};
	size_t n = sizeof(heads);

	memcpy(out, heads, n);
	for (size_t at = 24; at + 16 <= length;) {
		uint32_t head[4]; /* seconds, microseconds, kept bytes, bytes on the wire */
		uint64_t time_us;
		uint32_t padded;

		memcpy(head, pcap + at, sizeof(head));
		at += sizeof(head);
		padded = (head[2] + 3) & ~UINT32_C(3);
		time_us = head[0] * UINT64_C(1000000) + head[1];
		n += put32(out + n, 6);
		n += put32(out + n, 32 + padded);
		n += put32(out + n, 0);
		n += put32(out + n, (uint32_t)(time_us >> 32));
		n += put32(out + n, (uint32_t)time_us);
		n += put32(out + n, head[2]);
		n += put32(out + n, head[3]);
		memset(out + n, 0, padded);
		memcpy(out + n, pcap + at, head[2]);
		n += padded;
		n += put32(out + n, 32 + padded);
		at += head[2];
	}
	return n;
}

Test(bad_input, a_cut_pcapng_is_read_up_to_the_cut)
{
	unsigned char pcap[65536], pcapng[2 * 65536];
	size_t length = pcap_to_pcapng(pcap, read_file(CAPTURE, pcap, sizeof(pcap)), pcapng);
	char path[512];
	struct run run;

	path_join(path, sizeof(path), scratch, "whole.pcapng");
	write_file(path, pcapng, length);
	run_relaywatch(&run, (const char *const[]){ "read", "--json", path, NULL });
	cr_assert_eq(run.exit_code, 0, "the whole file: %s", run.err);
	run_clear(&run);
	path_join(path, sizeof(path), scratch, "cut.pcapng");
	write_file(path, pcapng, length - 7);
	check_cut(path);
}

Test(bad_input, one_bad_file_does_not_hide_the_others)
{
	unsigned char bytes[65536];
	char path[512];
	struct run run;
	json_t *events;

	(void)read_file(CAPTURE, bytes, sizeof(bytes));
	path_join(path, sizeof(path), scratch, "cut.pcap");
	write_file(path, bytes, 24 + 10);
	run_relaywatch(&run, (const char *const[]){ "read", "--json", path, CAPTURE, NULL });
	cr_assert_eq(run.exit_code, 1);
	events = events_parse(run.out);
	cr_assert_eq(events_count(events, "session"), 3);
	json_decref(events);
	run_clear(&run);
}

Test(bad_input, wrong_usage_is_exit_code_2_with_the_mend)
{
	static const struct {
		const char *arguments[4];
		const char *said;
	} cases[] = {
		{ { "read", "--local-domian", "example.com", NULL }, "--local-domain" },
		{ { "read", "--jsom", CAPTURE, NULL }, "--json" },
		{ { "red", CAPTURE, NULL }, "read" },
		{ { "read", NULL }, "file" },
		{ { "read", "--trusted", NULL }, "--trusted" },
		{ { "read", "--trusted=192.0.2.0/33", CAPTURE, NULL }, "192.0.2.0/33" },
		{ { "read", "--json=sessions", CAPTURE, NULL }, "session" },
		{ { "read", "--fail-on=severe", CAPTURE, NULL }, "severe" },
		{ { NULL }, "usage" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run run;

		run_relaywatch(&run, cases[i].arguments);
		cr_assert_eq(run.exit_code, 2, "case %zu: exit code %d: %s", i, run.exit_code,
			     run.err);
		cr_assert_not_null(strcasestr(run.err, cases[i].said), "case %zu: '%s' in: %s", i,
				   cases[i].said, run.err);
		run_clear(&run);
	}
}

Test(bad_input, fail_on_counts_only_what_is_as_severe)
{
	static const struct {
		const char *capture, *severity;
		int exit_code;
	} cases[] = {
		{ "pcaps/smtp-open-relay.pcap", "critical", 3 },
		{ "pcaps/smtp-open-relay.pcap", "low", 3 },
		{ "pcaps/ordinary-mail.pcap", "low", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run run;

		run_relaywatch(&run, (const char *const[]){
					 "read", "--fail-on", cases[i].severity, "--local-domain",
					 "example.com", "--local-domain", "example.org",
					 "--trusted", "192.0.2.96/27", cases[i].capture, NULL });
		cr_assert_eq(run.exit_code, cases[i].exit_code, "case %zu: exit code %d: %s", i,
			     run.exit_code, run.err);
		run_clear(&run);
	}
}

Test(bad_input, a_cut_file_wins_over_fail_on)
{
	unsigned char bytes[65536];
	size_t length = read_file(CAPTURE, bytes, sizeof(bytes));
	char path[512];
	struct run run;

	path_join(path, sizeof(path), scratch, "cut.pcap");
	write_file(path, bytes, length - 7);
	run_relaywatch(&run, (const char *const[]){ "read", "--fail-on", "low", path, NULL });
	cr_assert_eq(run.exit_code, 1);
	run_clear(&run);
}

Test(bad_input, a_full_disk_is_not_success)
{
	static const char *const modes[] = { "--json", "-q" };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		const struct run_setup full = { .out_path = "/dev/full" };
		struct run run;

		run_start(&run, &full, (const char *const[]){ "read", modes[i], CAPTURE, NULL });
		run_finish(&run, 0);
		cr_assert_eq(run.exit_code, 1, "%s: exit code %d", modes[i], run.exit_code);
		cr_assert_gt(run.err_bytes, 0, "%s: nothing is said", modes[i]);
		run_clear(&run);
	}
}
