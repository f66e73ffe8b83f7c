/*
 * redis_queue - alerts that wait for Redis
 *
 * In:      alerts, as the fields of their stream entry.
 * Out:     the same, the oldest first.
 * Limits:  REDIS_QUEUE_MAX alerts and REDIS_QUEUE_MAX_BYTES; when full, the oldest of the lowest
 *          severity goes, or the new one when nothing is below it.
 * Errors:  lost counts what went.
 * Owner:   the queue owns its entries.
 */
#ifndef RELAYWATCH_SINKS_REDIS_QUEUE_H
#define RELAYWATCH_SINKS_REDIS_QUEUE_H

#include "sinks/event.h"

enum redis_field {
	FIELD_ID,
	FIELD_ALERT_ID,
	FIELD_SENSOR,
	FIELD_SEQ,
	FIELD_ACTION,
	FIELD_SEVERITY,
	FIELD_VERDICT,
	FIELD_SERVER,
	FIELD_CLIENT,
	FIELD_SCORE,
	FIELD_EVENT,
	FIELD_COUNT
};

struct redis_entry {
	struct redis_entry *next;
	enum severity severity;
	size_t bytes;
	char *values[FIELD_COUNT];
};

struct redis_queue {
	struct redis_entry *first, *last;
	size_t count, bytes;
	uint64_t sequence; /* of the last one taken in, from 1 */
	uint64_t lost;
};

extern const char *const redis_field_names[FIELD_COUNT];

void redis_queue_put(struct redis_queue *queue, const struct event_env *env,
		     const struct alert *alert);
/* The oldest is done with. */
void redis_queue_drop_first(struct redis_queue *queue);
void redis_queue_clear(struct redis_queue *queue);

#endif
