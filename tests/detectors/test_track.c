/* Sightings in any order of time and of packets: what is counted and what is kept. */
#include "detectors/track.h"

#include <criterion/criterion.h>

static struct frame_id frame(uint64_t number)
{
	return (struct frame_id){ .frame = number };
}

static struct connection from_port(uint16_t port)
{
	return (struct connection){ .client_port = port, .server_port = 25 };
}

static void see(struct track *track, int64_t time_ns, uint64_t number)
{
	struct connection connection = from_port((uint16_t)(1000 + number));

	track_add(track, time_ns, frame(number), &connection);
}

static void expect_frames(const struct track *track, const uint64_t *first, size_t first_count,
			  const uint64_t *last, size_t last_count, const char *what)
{
	cr_assert_eq(track->first_count, first_count, "%s: %u", what, track->first_count);
	cr_assert_eq(track->last_count, last_count, "%s: %u", what, track->last_count);
	for (size_t i = 0; i < first_count; i++)
		cr_expect_eq(track->first[i].frame, first[i], "%s: first %zu", what, i);
	for (size_t i = 0; i < last_count; i++)
		cr_expect_eq(track->last[i].frame, last[i], "%s: last %zu", what, i);
}

/* The first eight and the last eight, in order, none twice, whatever comes first. */
Test(track, keeps_the_first_and_the_last_packets)
{
	static const uint64_t first[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint64_t last[] = { 93, 94, 95, 96, 97, 98, 99, 100 };
	static const char *const what[] = { "forwards", "backwards", "from both ends",
					    "each twice" };

	for (size_t order = 0; order < ARRAY_COUNT(what); order++) {
		struct track track = { 0 };

		for (uint64_t i = 1; i <= 100; i++) {
			uint64_t n = order == 1   ? 101 - i
				     : order == 2 ? (i % 2 == 0 ? 101 - i / 2 : (i + 1) / 2)
						  : i;

			see(&track, (int64_t)n, n);
			if (order == 3)
				see(&track, (int64_t)n, n);
		}
		expect_frames(&track, first, 8, last, 8, what[order]);
		cr_expect_eq(track.count, order == 3 ? 200 : 100);
		cr_expect_eq(track.first_ns, 1);
		cr_expect_eq(track.last_ns, 100);
		cr_expect_eq(track.client_port, 1001, "%s: the earliest one's connection",
			     what[order]);
	}
}

Test(track, few_packets_are_all_first_ones)
{
	static const uint64_t frames[] = { 3, 5, 9 };
	struct track track = { 0 };

	see(&track, 30, 9);
	see(&track, 10, 3);
	see(&track, 20, 5);
	expect_frames(&track, frames, 3, NULL, 0, "three");
}

Test(track, no_packet_is_none)
{
	struct track track = { 0 };
	struct connection connection = from_port(1);

	track_add(&track, -5, frame(0), &connection);
	cr_expect_eq(track.count, 1);
	cr_expect_eq(track.first_count, 0);
	cr_expect_eq(track.first_ns, -5, "before 1970");
	cr_expect_eq(track.last_ns, -5);
}

/* Two halves put together are the whole, whichever is put into the other. */
Test(track, merging)
{
	static const uint64_t first[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint64_t last[] = { 33, 34, 35, 36, 37, 38, 39, 40 };

	for (int turned = 0; turned < 2; turned++) {
		struct track odd = { 0 }, even = { 0 };
		struct track *into = turned ? &even : &odd;

		for (uint64_t i = 1; i <= 40; i++)
			see(i % 2 == 1 ? &odd : &even, (int64_t)i, i);
		track_merge(into, turned ? &odd : &even);
		cr_expect_eq(into->count, 40);
		cr_expect_eq(into->first_ns, 1);
		cr_expect_eq(into->last_ns, 40);
		cr_expect_eq(into->client_port, 1001);
		/* Of each half only the ends were kept, and those are the ends of the whole. */
		expect_frames(into, first, 8, last, 8, turned ? "odd into even" : "even into odd");
	}
}

Test(track, merging_with_nothing)
{
	struct track empty = { 0 }, track = { 0 };

	see(&track, 7, 7);
	track_merge(&track, &empty);
	cr_expect_eq(track.count, 1);
	track_merge(&empty, &track);
	cr_expect_eq(empty.count, 1);
	cr_expect_eq(empty.first_ns, 7);
	cr_expect_eq(empty.client_port, 1007);
}

/* Packets of several files: the file counts before the number. */
Test(track, packets_of_several_files)
{
	static const struct {
		struct frame_id a, b;
		int order;
	} rows[] = {
		{ { 1, 0 }, { 1, 0 }, 0 },
		{ { 1, 0 }, { 2, 0 }, -1 },
		{ { 9, 0 }, { 1, 1 }, -1 },
		{ { 1, 2 }, { 99, 1 }, 1 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		cr_expect_eq(frame_compare(rows[i].a, rows[i].b), rows[i].order, "row %zu", i);
		cr_expect_eq(frame_compare(rows[i].b, rows[i].a), -rows[i].order, "row %zu", i);
	}
}

Test(track, time_between)
{
	static const struct {
		int64_t earlier, later, between;
	} rows[] = {
		{ 1, 5, 4 },
		{ 5, 1, -4 },
		{ INT64_MIN, INT64_MAX, INT64_MAX },
		{ INT64_MAX, INT64_MIN, INT64_MIN },
		{ INT64_MIN, 0, INT64_MAX },
		{ -1, INT64_MAX, INT64_MAX },
		{ INT64_MIN, INT64_MIN, 0 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		cr_expect_eq(time_between_ns(rows[i].earlier, rows[i].later), rows[i].between,
			     "row %zu", i);
}

Test(track, as_evidence)
{
	struct evidence evidence = { .rule = "kept" };
	struct track track = { 0 };

	for (uint64_t i = 1; i <= 20; i++)
		see(&track, (int64_t)i, i);
	track_describe(&track, &evidence);
	cr_expect_eq(evidence.count, 20);
	cr_expect_eq(evidence.time_ns, 1);
	cr_expect_eq(evidence.first_count, 8);
	cr_expect_eq(evidence.last[7].frame, 20);
	cr_expect_eq(evidence.connection.client_port, 1001);
	cr_expect_str_eq(evidence.rule, "kept");
}
