#include "app/pipeline_stats.h"

#include "core/time_text.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>

static int64_t clock_ns(clockid_t id)
{
	struct timespec now = { 0 };

	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

void run_clock_start(struct run_clock *clock)
{
	clock->monotonic_ns = clock_ns(CLOCK_MONOTONIC);
}

int64_t run_clock_elapsed_ns(const struct run_clock *clock)
{
	return clock_ns(CLOCK_MONOTONIC) - clock->monotonic_ns;
}

int64_t wall_clock_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

/* The most that the process ever held in memory. */
static uint64_t peak_memory_bytes(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) != 0)
		return 0;
	return (uint64_t)usage.ru_maxrss * 1024;
}

/* Put named counters behind those that are there; the last place ends the list. */
static void append(struct stats_named *list, const struct stats_named *more, size_t count)
{
	size_t at = 0;

	while (at < STATS_NAMED_MAX - 1 && list[at].name != NULL)
		at++;
	for (size_t i = 0; i < count && at < STATS_NAMED_MAX - 1; i++)
		if (more[i].name != NULL)
			list[at++] = more[i];
}

static void append_capture(struct stats_named *list, const struct capture_count *counts)
{
	for (size_t i = 0; i < CAPTURE_REASONS_MAX && counts[i].name != NULL; i++) {
		const struct stats_named one = { counts[i].name, counts[i].count };

		if (one.count > 0)
			append(list, &one, 1);
	}
}

static void sum_lists(const struct stage_counters *counters, struct stats *stats)
{
	const struct stats_named forgotten[] = {
		{ "flows", counters->reassembly.forgotten_flows },
		{ "segments", counters->reassembly.forgotten_segments },
		{ "contacts", counters->reassembly.forgotten_contacts },
		{ "closed", counters->reassembly.forgotten_closed },
		{ "sessions", counters->protocols.forgotten },
		{ "pairs", counters->detectors.forgotten_pairs },
		{ "servers", counters->detectors.forgotten_servers },
		{ "candidates", counters->detectors.forgotten_candidates },
		{ "domains", counters->detectors.forgotten_domains },
		{ "rates", counters->detectors.forgotten_rates },
		{ "incidents", counters->detectors.forgotten_incidents },
	};
	const struct stats_named damaged[] = {
		{ "files", counters->capture.damaged_files },
		{ "packets_malformed", counters->capture.malformed },
		{ "packets_truncated", counters->capture.truncated },
		{ "stream_gaps", counters->reassembly.gaps },
		{ "sessions_malformed", counters->protocols.malformed },
	};

	append(stats->forgotten, forgotten, ARRAY_COUNT(forgotten));
	append(stats->damaged, damaged, ARRAY_COUNT(damaged));
	append_capture(stats->not_seen, counters->capture.opaque);
	append_capture(stats->not_seen, counters->capture.unknown);
	append(stats->not_mail, counters->protocols.others, PROTOCOLS_OTHERS_MAX);
}

/* All counters in one struct. */
void stats_sum(const struct stage_counters *counters, const struct run_clock *clock,
	       struct stats *out)
{
	const struct protocols_stats *protocols = &counters->protocols;

	*out = (struct stats){
		.time_ns = counters->capture.last_ns,
		.start_ns = counters->capture.first_ns,
		.end_ns = counters->capture.last_ns,
		.packets = counters->capture.packets,
		.bytes = counters->capture.bytes,
		.segments = counters->capture.segments,
		.sessions = protocols->sessions,
		.sessions_readable = protocols->sessions_readable,
		.sessions_encrypted = protocols->sessions_encrypted,
		.sessions_one_sided = protocols->sessions_one_sided,
		.sessions_cut = protocols->sessions_cut,
		.transactions = protocols->transactions,
		.alerts = counters->alerts,
		.dropped_kernel = counters->capture.kernel_dropped,
		.dropped_interface = counters->capture.interface_dropped,
		.duplicates = counters->capture.duplicates,
		.onward_window_s = counters->detectors.onward_window_ns / NS_PER_SECOND,
		.memory_bytes = peak_memory_bytes(),
		.elapsed_ns = run_clock_elapsed_ns(clock),
	};
	sum_lists(counters, out);
}
