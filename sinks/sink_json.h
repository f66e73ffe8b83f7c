/*
 * sink_json - the events as JSON Lines in a stream
 *
 * In:      all that a sink is given.
 * Out:     one event a line, as docs/interface.md says, of the datasets asked for.
 * Limits:  EVENT_MAX_BYTES a line; what comes while a long transaction is being written waits,
 *          at most EVENT_MAX_BYTES of it.
 * Errors:  a stream that takes no more (closed pipe, full disk): said once, close and flush give
 *          RESULT_FAILED.
 * Owner:   the stream and the environment stay the caller's.
 */
#ifndef RELAYWATCH_SINKS_SINK_JSON_H
#define RELAYWATCH_SINKS_SINK_JSON_H

#include "sinks/event.h"
#include "sinks/sink.h"

#include <stdio.h>

enum json_dataset {
	DATASET_SESSION = 1 << 0,
	DATASET_TRANSACTION = 1 << 1,
	DATASET_FINDING = 1 << 2,
	DATASET_ALERT = 1 << 3,
	DATASET_SERVER = 1 << 4,
	DATASET_STATS = 1 << 5,
	DATASET_ALL = (1 << 6) - 1, /* of docs/interface.md */
	DATASET_FACT = 1 << 6       /* facts as they are, for those who work on detectors */
};

struct sink_json_options {
	FILE *stream;
	const char *stream_name; /* for messages */
	uint32_t datasets;       /* enum json_dataset */
	bool each_line;          /* hand on each line at once, not in blocks */
	struct event_env env;
	struct sink_errors errors;
};

MUST_USE enum result sink_json_new(struct sink *out, const struct sink_json_options *options);
/* Read "session,alert" into bits; the word that is none of them stands in the error. */
MUST_USE enum result sink_json_datasets(const char *words, uint32_t *out, struct error *error);

#endif
