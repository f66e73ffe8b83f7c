/*
 * sink - one shape for everything that findings and facts leave by
 *
 * In:      facts, alerts, findings, server reports, counters.
 * Out:     as each sink says in its own header.
 * Limits:  -
 * Errors:  write calls return nothing: a sink that fails says so once through on_error, counts,
 *          and close returns RESULT_FAILED.
 * Owner:   app/ owns sinks; what is written is lent for the call. A NULL call is not wanted.
 */
#ifndef RELAYWATCH_SINKS_SINK_H
#define RELAYWATCH_SINKS_SINK_H

#include "core/finding.h"
#include "core/stats.h"

struct sink_ops {
	const char *name;
	void (*fact)(void *state, const struct fact *fact);
	void (*alert)(void *state, const struct alert *alert);
	void (*finding)(void *state, const struct finding *finding);
	void (*server)(void *state, const struct server_report *server);
	void (*stats)(void *state, const struct stats *stats);
	/* Everything buffered goes out; called about once a second in live, and at the end. */
	enum result (*flush)(void *state, struct error *error);
	/* RESULT_FAILED when anything was lost; the state is freed either way. */
	enum result (*close)(void *state, struct error *error);
};

struct sink {
	const struct sink_ops *ops;
	void *state;
};

/*
 * Where a sink says what went wrong: once for each kind of trouble, not for each event. What was
 * said here is not said again in the error of flush and close, whose text is empty then.
 */
struct sink_errors {
	void (*say)(void *ctx, const char *text);
	void *ctx;
};

#endif
