/*
 * pipeline - the stages in a row, from a segment to the sinks
 *
 * In:      segments and datagrams of capture/, through pipeline_packets().
 * Out:     facts, alerts, findings and server reports to every sink.
 * Limits:  memory_limit of the settings, split among the stages.
 * Errors:  RESULT_FAILED without memory or randomness.
 * Owner:   the caller owns the pipeline, the settings and the sinks, and closes the sinks.
 */
#ifndef RELAYWATCH_APP_PIPELINE_H
#define RELAYWATCH_APP_PIPELINE_H

#include "app/settings.h"
#include "capture/capture.h"
#include "sinks/sink.h"

#define PIPELINE_SINKS_MAX 4

struct pipeline;

enum pipeline_run {
	PIPELINE_READ, /* the same input gives the same output, byte for byte */
	PIPELINE_LIVE  /* tables are seeded at random */
};

MUST_USE enum result pipeline_new(struct pipeline **out, const struct settings *settings,
				  enum pipeline_run run, const struct sink *sinks,
				  size_t sink_count, struct error *error);
void pipeline_free(struct pipeline **pipeline);
/* Valid as long as the pipeline. */
const struct packet_sink *pipeline_packets(struct pipeline *pipeline);
/* Time has passed, with or without packets (live). */
void pipeline_tick(struct pipeline *pipeline, int64_t now_ns);
/* No packet will come: what is left to say goes to the sinks, without the counters. */
void pipeline_finish(struct pipeline *pipeline);
/* The counters so far, to every sink. */
void pipeline_report_stats(struct pipeline *pipeline, struct capture *capture, int64_t now_ns);
/* The gravest finding or alert so far; false: none. */
bool pipeline_worst(const struct pipeline *pipeline, enum severity *out);

#endif
