/*
 * outputs - the sinks that the settings ask for
 *
 * In:      the settings.
 * Out:     sinks for the pipeline: JSON or a report on standard output, Redis, the log.
 * Limits:  PIPELINE_SINKS_MAX.
 * Errors:  what a sink cannot do is logged, and outputs_failed says so.
 * Owner:   the caller owns the outputs; outputs_close closes every sink.
 */
#ifndef RELAYWATCH_APP_OUTPUTS_H
#define RELAYWATCH_APP_OUTPUTS_H

#include "app/log.h"
#include "app/pipeline.h"

struct outputs {
	const struct log *log;
	struct sink sinks[PIPELINE_SINKS_MAX];
	size_t count;
	bool stdout_broken; /* nobody reads any more: there is no use in going on */
	bool failed;        /* something could not be put out */
};

/* RESULT_BAD: usage (the URL of Redis); RESULT_FAILED: memory, the file of the password. */
MUST_USE enum result outputs_open(struct outputs *outputs, const struct settings *settings,
				  enum pipeline_run run, const struct log *log,
				  struct error *error);
void outputs_flush(struct outputs *outputs);
void outputs_close(struct outputs *outputs);

/* The password of Redis: from the environment, else from the file; *out NULL: none. */
MUST_USE enum result outputs_redis_password(const struct settings *settings, char **out,
					    struct error *error);
void outputs_forget_password(char **password);

#endif
