/*
 * redis - alerts into Redis (hiredis stays behind redis.c)
 *
 * In:      alerts; a URL: redis://[USER@]HOST[:PORT][/DB], or unix:/PATH.
 * Out:     stream: XADD KEY MAXLEN ~ 100000 * with the fields of docs/interface.md;
 *          list: RPUSH KEY event; channel: PUBLISH KEY event.
 * Limits:  REDIS_QUEUE_MAX alerts, REDIS_QUEUE_MAX_BYTES of them wait while Redis is away; the
 *          oldest of the lowest severity goes first. A connect takes at most
 *          REDIS_CONNECT_MS, a command REDIS_COMMAND_MS. Between two tries to connect the wait
 *          doubles from 1 s to 30 s.
 * Errors:  each kind once through errors.say: what, and the mend; again after it went well. close
 *          gives RESULT_FAILED when an alert was lost, or when Redis would take none to the last.
 * Owner:   the texts in the options are copied; the environment stays the caller's.
 *
 * Delivery is at least once while this process lives: an alert whose answer did not come is sent
 * again. The password is never taken from the URL, which everybody on the host can read.
 */
#ifndef RELAYWATCH_SINKS_REDIS_H
#define RELAYWATCH_SINKS_REDIS_H

#include "sinks/event.h"
#include "sinks/redis_link.h"
#include "sinks/sink.h"

#define REDIS_KEY_DEFAULT "{relaywatch:alerts}"
#define REDIS_QUEUE_MAX 10000
#define REDIS_QUEUE_MAX_BYTES (16u << 20)

enum redis_mode { REDIS_STREAM, REDIS_LIST, REDIS_CHANNEL };

struct redis_options {
	const char *url;
	const char *key; /* NULL: REDIS_KEY_DEFAULT */
	enum redis_mode mode;
	const char *password; /* NULL: none */
	struct event_env env;
	struct sink_errors errors;
};

/* RESULT_BAD: the URL. That Redis cannot be reached is no error here: it is said, and retried. */
MUST_USE enum result redis_new(struct sink *out, const struct redis_options *options,
			       struct error *error);
MUST_USE enum result redis_mode_parse(const char *word, enum redis_mode *out, struct error *error);
/* One try to connect, for `relaywatch check`. */
MUST_USE enum result redis_try(const struct redis_options *options, struct error *error);
const char *redis_library_version(void);

#endif
