/*
 * redis_read - read the alerts that a stream in Redis holds
 *
 * In:      where Redis is, as redis.h has it.
 * Out:     the field `event` of each entry, the newest first.
 * Limits:  pages of REDIS_PAGE_ENTRIES; REDIS_COMMAND_MS for each.
 * Errors:  RESULT_BAD: the URL; RESULT_FAILED: what Redis said, and the mend.
 * Owner:   an event is lent until the callback returns. Nothing is written.
 */
#ifndef RELAYWATCH_SINKS_REDIS_READ_H
#define RELAYWATCH_SINKS_REDIS_READ_H

#include "core/span.h"
#include "sinks/redis.h"

#define REDIS_PAGE_ENTRIES 64

/* entry: its ID in the stream; anything but RESULT_OK ends the reading, and is handed on. */
typedef enum result redis_event_fn(void *ctx, const char *entry, struct span event);

/* Of the options url, key and password count. */
MUST_USE enum result redis_read_stream(const struct redis_options *options, redis_event_fn *visit,
				       void *ctx, struct error *error);

#endif
