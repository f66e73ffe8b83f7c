#include "sinks/event.h"

#include <inttypes.h>
#include <stdio.h>

static void add_named(struct json *json, const char *key, const struct stats_named *list)
{
	json_object_open(json, key);
	for (size_t i = 0; i < STATS_NAMED_MAX && list[i].name != NULL; i++)
		json_uint(json, list[i].name, list[i].count);
	json_object_close(json);
}

static void add_sessions(struct json *json, const struct stats *stats)
{
	json_uint(json, "sessions", stats->sessions);
	json_uint(json, "sessions_readable", stats->sessions_readable);
	json_uint(json, "sessions_encrypted", stats->sessions_encrypted);
	json_uint(json, "sessions_one_sided", stats->sessions_one_sided);
	json_uint(json, "sessions_cut", stats->sessions_cut);
	json_uint(json, "transactions", stats->transactions);
	json_uint(json, "alerts", stats->alerts);
}

static void add_relaywatch(struct json *json, const struct stats *stats)
{
	json_object_open(json, "relaywatch");
	json_uint(json, "packets", stats->packets);
	json_uint(json, "bytes", stats->bytes);
	json_uint(json, "segments", stats->segments);
	add_sessions(json, stats);
	json_object_open(json, "dropped");
	json_uint(json, "kernel", stats->dropped_kernel);
	json_uint(json, "interface", stats->dropped_interface);
	json_object_close(json);
	add_named(json, "forgotten", stats->forgotten);
	add_named(json, "damaged", stats->damaged);
	add_named(json, "not_seen", stats->not_seen);
	add_named(json, "not_mail", stats->not_mail);
	json_uint(json, "duplicates", stats->duplicates);
	json_int(json, "onward_window_s", stats->onward_window_s);
	json_uint(json, "memory_bytes", stats->memory_bytes);
	json_int(json, "elapsed_ns", stats->elapsed_ns);
	json_object_close(json);
}

/* The counters of the run so far. */
bool event_stats(struct text *out, const struct event_env *env, const struct stats *stats)
{
	static const char *const categories[] = { "network", NULL };
	static const char *const types[] = { "info", NULL };
	char text[128], id[EVENT_ID_MAX];
	const struct event_head head = { .dataset = "relaywatch.stats",
					 .kind = "metric",
					 .categories = categories,
					 .types = types,
					 .id = id,
					 .time_ns = stats->time_ns,
					 .start_ns = stats->start_ns,
					 .end_ns = stats->end_ns };
	struct json json;

	(void)snprintf(text, sizeof(text), "stats %.64s %" PRId64, env->sensor, stats->time_ns);
	event_id_of(text, id);
	json_begin(&json, out);
	event_open(&json, env, &head);
	json_object_close(&json);
	add_relaywatch(&json, stats);
	event_close(&json);
	return json_whole(&json);
}
