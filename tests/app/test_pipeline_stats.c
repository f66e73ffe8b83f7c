/* The counters of all stages reach the statistics under their names. */
#include "app/pipeline_stats.h"

#include <criterion/criterion.h>
#include <string.h>

static uint64_t named(const struct stats_named *list, const char *name)
{
	for (size_t i = 0; i < STATS_NAMED_MAX && list[i].name != NULL; i++)
		if (strcmp(list[i].name, name) == 0)
			return list[i].count;
	cr_assert_fail("no counter '%s'", name);
	return 0;
}

Test(pipeline_stats, sums)
{
	struct stage_counters counters = {
		.capture = { .packets = 1,
			     .bytes = 2,
			     .segments = 3,
			     .truncated = 4,
			     .malformed = 5,
			     .duplicates = 6,
			     .damaged_files = 7,
			     .kernel_dropped = 8,
			     .interface_dropped = 9,
			     .opaque = { { "esp", 10 }, { "none", 0 } },
			     .unknown = { { "token_ring", 11 } },
			     .first_ns = 12,
			     .last_ns = 13 },
		.reassembly = { .forgotten_flows = 14,
				.forgotten_segments = 15,
				.forgotten_contacts = 16,
				.forgotten_closed = 33,
				.gaps = 17 },
		.protocols = { .sessions = 18,
			       .sessions_readable = 19,
			       .sessions_encrypted = 20,
			       .sessions_one_sided = 21,
			       .sessions_cut = 22,
			       .transactions = 23,
			       .malformed = 24,
			       .forgotten = 25,
			       .others = { { "HTTP", 32 } } },
		.detectors = { .forgotten_pairs = 26,
			       .forgotten_servers = 27,
			       .forgotten_candidates = 28,
			       .forgotten_rates = 30,
			       .forgotten_incidents = 34,
			       .forgotten_domains = 29,
			       .onward_window_ns = INT64_C(30999999999) },
		.alerts = 31,
	};
	struct run_clock clock;
	struct stats stats;

	run_clock_start(&clock);
	stats_sum(&counters, &clock, &stats);
	cr_expect_eq(stats.packets, 1);
	cr_expect_eq(stats.bytes, 2);
	cr_expect_eq(stats.segments, 3);
	cr_expect_eq(stats.duplicates, 6);
	cr_expect_eq(stats.dropped_kernel, 8);
	cr_expect_eq(stats.dropped_interface, 9);
	cr_expect_eq(stats.start_ns, 12);
	cr_expect_eq(stats.end_ns, 13);
	cr_expect_eq(stats.time_ns, 13);
	cr_expect_eq(stats.sessions, 18);
	cr_expect_eq(stats.sessions_readable, 19);
	cr_expect_eq(stats.sessions_encrypted, 20);
	cr_expect_eq(stats.sessions_one_sided, 21);
	cr_expect_eq(stats.sessions_cut, 22);
	cr_expect_eq(stats.transactions, 23);
	cr_expect_eq(stats.onward_window_s, 30);
	cr_expect_eq(stats.alerts, 31);
	cr_expect_gt(stats.memory_bytes, 0);
	cr_expect_geq(stats.elapsed_ns, 0);
	cr_expect_eq(named(stats.forgotten, "flows"), 14);
	cr_expect_eq(named(stats.forgotten, "segments"), 15);
	cr_expect_eq(named(stats.forgotten, "contacts"), 16);
	cr_expect_eq(named(stats.forgotten, "closed"), 33);
	cr_expect_eq(named(stats.forgotten, "sessions"), 25);
	cr_expect_eq(named(stats.forgotten, "pairs"), 26);
	cr_expect_eq(named(stats.forgotten, "servers"), 27);
	cr_expect_eq(named(stats.forgotten, "incidents"), 34);
	cr_expect_eq(named(stats.forgotten, "candidates"), 28);
	cr_expect_eq(named(stats.forgotten, "rates"), 30);
	cr_expect_eq(named(stats.forgotten, "domains"), 29);
	cr_expect_eq(named(stats.damaged, "files"), 7);
	cr_expect_eq(named(stats.damaged, "packets_truncated"), 4);
	cr_expect_eq(named(stats.damaged, "packets_malformed"), 5);
	cr_expect_eq(named(stats.damaged, "stream_gaps"), 17);
	cr_expect_eq(named(stats.damaged, "sessions_malformed"), 24);
	cr_expect_eq(named(stats.not_seen, "esp"), 10);
	cr_expect_eq(named(stats.not_seen, "token_ring"), 11);
	cr_expect_eq(named(stats.not_mail, "HTTP"), 32);
}

/* More reasons than there is room for: the list still ends. */
Test(pipeline_stats, many_reasons)
{
	struct stage_counters counters = { 0 };
	struct run_clock clock;
	struct stats stats;
	size_t count = 0;

	for (size_t i = 0; i < CAPTURE_REASONS_MAX; i++) {
		counters.capture.opaque[i] = (struct capture_count){ "a", 1 };
		counters.capture.unknown[i] = (struct capture_count){ "b", 1 };
	}
	run_clock_start(&clock);
	stats_sum(&counters, &clock, &stats);
	while (count < STATS_NAMED_MAX && stats.not_seen[count].name != NULL)
		count++;
	cr_expect_eq(count, STATS_NAMED_MAX - 1);
}
