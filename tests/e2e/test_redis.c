/* Alerts in a real Redis. */
#include <criterion/criterion.h>
#include <string.h>

#include "e2e/events.h"
#include "e2e/redis_server.h"
#include "e2e/run.h"
#include "e2e/traffic.h"

#define CAPTURE "pcaps/smtp-fixed.pcap"

/* Criterion hands nothing from .init to a test. */
static struct redis_server redis;
static char scratch[256];

static void set_up(void)
{
	scratch_make(scratch, sizeof(scratch));
	redis_server_start(&redis);
}

static void tear_down(void)
{
	redis_server_stop(&redis);
	scratch_remove(scratch);
}

TestSuite(redis, .init = set_up, .fini = tear_down);

static redisReply *all_alerts(void)
{
	return redis_ask(&redis,
			 (const char *const[]){ "XRANGE", REDIS_KEY_ALERTS, "-", "+", NULL });
}

/* The entry of the stream that holds this event; there must be one, and only one. */
static const redisReply *entry_of(const redisReply *entries, const char *id)
{
	const redisReply *found = NULL;

	for (size_t i = 0; i < entries->elements; i++) {
		const char *got = redis_entry_field(entries->element[i], "id");

		cr_assert_not_null(got);
		if (strcmp(got, id) != 0)
			continue;
		cr_assert_null(found, "'%s' is there twice", id);
		found = entries->element[i];
	}
	cr_assert_not_null(found, "'%s' is not in Redis", id);
	return found;
}

/* Where INTERFACE says that a field of the entry equals one of the event. */
static void check_entry(const redisReply *entry, const json_t *event)
{
	static const struct {
		const char *field, *path;
	} same[] = {
		{ "alert_id", "relaywatch.alert_id" }, { "sensor", "observer.name" },
		{ "action", "event.action" },          { "severity", "relaywatch.severity" },
		{ "verdict", "relaywatch.verdict" },
	};
	const char *json = redis_entry_field(entry, "event");
	json_t *stored;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		const char *got = redis_entry_field(entry, same[i].field);

		cr_assert_not_null(got, "no field '%s'", same[i].field);
		cr_assert_str_eq(got, event_text(event, same[i].path));
	}
	cr_assert_not_null(redis_entry_field(entry, "seq"));
	cr_assert_not_null(redis_entry_field(entry, "score"));
	cr_assert_not_null(redis_entry_field(entry, "server"));
	cr_assert_not_null(redis_entry_field(entry, "client"));
	cr_assert_not_null(json);
	stored = json_loads(json, 0, NULL);
	cr_assert(json_equal(stored, event), "the stored event differs: %s", json);
	json_decref(stored);
}

Test(redis, each_alert_is_stored_once_as_it_was_printed)
{
	struct run run;
	json_t *events;
	redisReply *entries;
	size_t i;
	const json_t *event;

	run_relaywatch(&run, (const char *const[]){ "read", "--json=alert", "--redis", redis.url,
						    "--local-domain", "example.com", "--trusted",
						    "192.0.2.96/27", CAPTURE, NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	events = events_parse(run.out);
	entries = all_alerts();
	cr_assert_gt(json_array_size(events), 0);
	cr_assert_eq(entries->elements, json_array_size(events));
	json_array_foreach(events, i, event)
	    check_entry(entry_of(entries, event_text(event, "event.id")), event);
	freeReplyObject(entries);
	json_decref(events);
	run_clear(&run);
}

Test(redis, three_thousand_strangers_at_one_relay_are_one_alert)
{
	char capture[512];
	struct run run;
	redisReply *entries;
	size_t raised = 0;

	path_join(capture, sizeof(capture), scratch, "strangers.pcap");
	traffic_strangers(capture, 3000);
	run_relaywatch(&run, (const char *const[]){ "read", "--json", "--redis", redis.url,
						    "--local-domain", "example.com", "--local-net",
						    "192.0.2.0/24", capture, NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	{
		json_t *events = events_parse(run.out);

		cr_assert_eq(events_count(events, "finding"), 3000);
		json_decref(events);
	}
	entries = all_alerts();
	cr_assert_gt(entries->elements, 0);
	for (size_t i = 0; i < entries->elements; i++) {
		const char *action = redis_entry_field(entries->element[i], "action");
		const char *json = redis_entry_field(entries->element[i], "event");
		json_t *event = json_loads(json, 0, NULL);

		raised += strcmp(action, "raised") == 0;
		cr_assert_str_eq(event_text(event, "relaywatch.subject.id"), TRAFFIC_RELAY);
		json_decref(event);
	}
	cr_assert_eq(raised, 1, "raised %zu times", raised);
	freeReplyObject(entries);
	run_clear(&run);
}

/* One sentence about Redis, how many alerts it cost, exit code 1, and the results all the same. */
static void check_refused(const struct run *run, const char *said)
{
	const char *cause = strstr(run->err, said);

	cr_assert_eq(run->exit_code, 1);
	cr_assert_not_null(cause, "said: %s", run->err);
	cr_assert_null(strstr(cause + 1, said), "said more than once: %s", run->err);
	cr_assert_not_null(strstr(run->err, "alerts did not reach Redis"), "%s", run->err);
	cr_assert_not_null(strstr(run->out, "relaywatch.server"), "the results are missing");
}

Test(redis, a_redis_that_is_not_there_is_said)
{
	char url[64];
	struct run run;

	(void)snprintf(url, sizeof(url), "redis://127.0.0.1:%d", free_port());
	run_relaywatch(&run,
		       (const char *const[]){ "read", "--json", "--redis", url, CAPTURE, NULL });
	check_refused(&run, url + strlen("redis://"));
	run_clear(&run);
}

Test(redis, a_key_of_another_type_is_said)
{
	struct run run;

	freeReplyObject(
	    redis_ask(&redis, (const char *const[]){ "SET", REDIS_KEY_ALERTS, "x", NULL }));
	run_relaywatch(
	    &run, (const char *const[]){ "read", "--json", "--redis", redis.url, CAPTURE, NULL });
	check_refused(&run, REDIS_KEY_ALERTS);
	run_clear(&run);
}
