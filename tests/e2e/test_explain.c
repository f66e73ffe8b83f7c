/* relaywatch explain: every rule, weight and packet of an alert, and that they add up. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "e2e/events.h"
#include "e2e/redis_server.h"
#include "e2e/run.h"

#define SITE                                                                           \
	"--local-domain", "example.com", "--local-domain", "example.org", "--trusted", \
	    "192.0.2.96/27", "--sensor-name", "tap"

static char scratch[256];

static void set_up(void)
{
	scratch_make(scratch, sizeof(scratch));
}

static void tear_down(void)
{
	scratch_remove(scratch);
}

TestSuite(explain, .init = set_up, .fini = tear_down);

static void write_file(char *path, size_t size, const char *name, const char *text)
{
	FILE *file;

	path_join(path, size, scratch, name);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert_geq(fputs(text, file), 0);
	cr_assert_eq(fclose(file), 0);
}

static void expect_said(const char *page, const char *said, const char *id)
{
	cr_assert_not_null(strstr(page, said), "%s: no '%s' in:\n%s", id, said, page);
}

/* One rule: its name, weight, sentence, every packet and the connection. */
static void check_rule(const char *page, const json_t *rule, const char *id)
{
	char text[256];
	size_t i;
	const json_t *frame, *community = json_object_get(rule, "community_id");

	(void)snprintf(text, sizeof(text), "%+.2f  %s (%s)",
		       json_number_value(json_object_get(rule, "weight")), event_text(rule, "rule"),
		       event_text(rule, "witness"));
	expect_said(page, text, id);
	json_array_foreach(json_object_get(rule, "frames"), i, frame)
	{
		(void)snprintf(text, sizeof(text), " %lld:%lld",
			       json_integer_value(json_array_get(frame, 0)),
			       json_integer_value(json_array_get(frame, 1)));
		expect_said(page, text, id);
	}
	if (json_is_string(community))
		expect_said(page, json_string_value(community), id);
}

/* Everything that the event says is on its page, and the weights make the score. */
static void check_page(const char *page, const json_t *event)
{
	const char *id = event_text(event, "event.id");
	double sum = json_number_value(event_get(event, "relaywatch.prior"));
	double score = json_number_value(event_get(event, "event.risk_score"));
	char text[64];
	size_t i;
	const json_t *rule, *line;

	json_array_foreach(event_get(event, "relaywatch.evidence"), i, rule)
	{
		check_rule(page, rule, id);
		sum += json_number_value(json_object_get(rule, "weight"));
	}
	cr_assert_lt(fabs(100.0 / (1.0 + pow(10.0, -sum / 10.0)) - score), 0.3, "%s", id);
	(void)snprintf(text, sizeof(text), "which is the score of %.2f", score);
	expect_said(page, text, id);
	expect_said(page, event_text(event, "relaywatch.verdict"), id);
	expect_said(page, event_text(event, "relaywatch.severity"), id);
	expect_said(page, event_text(event, "source.ip"), id);
	json_array_foreach(event_get(event, "relaywatch.sample"), i, line)
	    expect_said(page, json_string_value(line), id);
	if (!event_is(event, "alert"))
		return;
	expect_said(page, event_text(event, "relaywatch.subject.id"), id);
	expect_said(page, event_text(event, "event.action"), id);
}

/* Explain each event of a capture, from the JSON Lines and from the capture itself. */
static void check_capture(const char *capture)
{
	char path[512];
	struct run run;
	json_t *events;
	size_t i;
	const json_t *event;

	run_relaywatch(&run, (const char *const[]){ "read", "--json", SITE, capture, NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	write_file(path, sizeof(path), "events.json", run.out);
	events = events_parse(run.out);
	json_array_foreach(events, i, event)
	{
		const char *id = event_text(event, "event.id");
		struct run from_json, from_capture;

		if (!event_is(event, "alert") && !event_is(event, "finding"))
			continue;
		run_relaywatch(&from_json, (const char *const[]){ "explain", id, path, NULL });
		cr_assert_eq(from_json.exit_code, 0, "%s", from_json.err);
		check_page(from_json.out, event);
		run_relaywatch(&from_capture,
			       (const char *const[]){ "explain", id, SITE, capture, NULL });
		cr_assert_eq(from_capture.exit_code, 0, "%s", from_capture.err);
		cr_assert_str_eq(from_capture.out, from_json.out);
		run_clear(&from_json);
		run_clear(&from_capture);
	}
	json_decref(events);
	run_clear(&run);
}

Test(explain, every_alert_and_finding_of_our_captures)
{
	static const char *const captures[] = {
		"pcaps/qmtp-open-relay.pcap", "pcaps/qmqp-exposed.pcap",
		"pcaps/smtp-open-relay.pcap", "pcaps/smtp-open-relay-v6.pcap",
		"pcaps/smtp-probe.pcap",      "pcaps/smtp-denied.pcap",
		"pcaps/smtp-starttls.pcap",   "pcaps/ordinary-mail.pcap",
	};

	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++)
		check_capture(captures[i]);
}

/* The ID of the first alert in a capture, and its events in a file. */
static void first_alert(const char *capture, char *id, size_t id_size, char *path, size_t path_size)
{
	struct run run;
	json_t *events;

	run_relaywatch(&run, (const char *const[]){ "read", "--json=alert", SITE, capture, NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	write_file(path, path_size, "alerts.json", run.out);
	events = events_parse(run.out);
	cr_assert_gt(json_array_size(events), 0);
	(void)snprintf(id, id_size, "%s",
		       event_text(json_array_get(events, 0), "relaywatch.alert_id"));
	json_decref(events);
	run_clear(&run);
}

/* In the order of time, whatever the order of the source. */
static void expect_history(const char *page)
{
	const char *history = strstr(page, "\nHISTORY\n");
	const char *raised, *resolved;

	cr_assert_not_null(history, "%s", page);
	raised = strstr(history, "raised");
	resolved = strstr(history, "resolved");
	cr_assert(raised != NULL && resolved != NULL && raised < resolved, "%s", page);
}

Test(explain, a_prefix_of_an_alert_tells_its_history)
{
	char id[128], path[512];
	struct run run;

	first_alert("pcaps/smtp-fixed.pcap", id, sizeof(id), path, sizeof(path));
	id[6] = '\0';
	run_relaywatch(&run, (const char *const[]){ "explain", id, path, NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	expect_history(run.out);
	run_clear(&run);
}

Test(explain, a_pipe_holds_json_lines)
{
	char id[128], path[512];
	struct run run;

	first_alert("pcaps/smtp-fixed.pcap", id, sizeof(id), path, sizeof(path));
	run_start(&run, &(struct run_setup){ .in_path = path },
		  (const char *const[]){ "explain", id, "-", NULL });
	run_finish(&run, 0);
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	expect_history(run.out);
	run_clear(&run);
}

Test(explain, an_alert_in_redis)
{
	char id[128], path[512];
	struct redis_server redis;
	struct run run, from_file;

	redis_server_start(&redis);
	run_relaywatch(&run, (const char *const[]){ "read", "--redis", redis.url, SITE,
						    "pcaps/smtp-fixed.pcap", NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	run_clear(&run);
	first_alert("pcaps/smtp-fixed.pcap", id, sizeof(id), path, sizeof(path));
	run_relaywatch(&from_file, (const char *const[]){ "explain", id, path, NULL });
	run_relaywatch(&run, (const char *const[]){ "explain", id, "--redis", redis.url, NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	cr_assert_str_eq(run.out, from_file.out);
	run_clear(&run);
	run_clear(&from_file);
	run_relaywatch(&run,
		       (const char *const[]){ "explain", "ffffffff", "--redis", redis.url, NULL });
	cr_assert_eq(run.exit_code, 1);
	expect_said(run.err, "'ffffffff'", "unknown");
	run_clear(&run);
	redis_server_stop(&redis);
}

/* More entries than a page of the reader holds; the wanted one is the oldest. */
Test(explain, an_alert_many_pages_back_in_redis)
{
	char id[128], path[512], event[4096];
	struct redis_server redis;
	struct run run;

	first_alert("pcaps/smtp-open-relay.pcap", id, sizeof(id), path, sizeof(path));
	redis_server_start(&redis);
	run_relaywatch(&run, (const char *const[]){ "read", "--redis", redis.url, SITE,
						    "pcaps/smtp-open-relay.pcap", NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	run_clear(&run);
	for (int i = 0; i < 300; i++) {
		(void)snprintf(event, sizeof(event),
			       "{\"event\":{\"dataset\":\"relaywatch.alert\",\"id\":\"x%d-1\"},"
			       "\"relaywatch\":{\"prior\":-20,\"alert_id\":\"x%d\"}}",
			       i, i);
		freeReplyObject(
		    redis_ask(&redis, (const char *const[]){ "XADD", REDIS_KEY_ALERTS, "*", "event",
							     event, NULL }));
	}
	run_relaywatch(&run, (const char *const[]){ "explain", id, "--redis", redis.url, NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	expect_said(run.out, "foreign_accepted", id);
	run_clear(&run);
	run_relaywatch(&run,
		       (const char *const[]){ "explain", "x299", "--redis", redis.url, NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	run_clear(&run);
	redis_server_stop(&redis);
}

#define ALERT(id, reason)                                                                   \
	"{\"@timestamp\":\"2026-11-25T10:00:00Z\",\"event\":{\"dataset\":"                  \
	"\"relaywatch.alert\",\"id\":\"" id "-1\",\"risk_score\":0.99,\"reason\":\"" reason \
	"\"},\"relaywatch\":{\"prior\":-20,\"alert_id\":\"" id "\"}}\n"

Test(explain, exit_codes_and_what_is_said)
{
	static const char lines[] = ALERT("abcd1111", "one") "{ no json\n\n" ALERT(
	    "abcd2222", "\\u001b[2Jtwo\\u0007") "{\"event\":7}\n";
	static const struct {
		const char *id;
		int exit_code;
		const char *out, *err;
	} cases[] = {
		{ "abcd1111", 1, "one", "line 2: it is no JSON" },
		{ "abcd2222", 1, "\\x1b[2Jtwo\\x07", "line 2: it is no JSON" },
		{ "abcd", 2, "", "abcd2222" },
		{ "abcd1110", 1, "", "did you mean 'abcd1111'?" },
		{ "ffff0000", 1, "", "2 alert events and 0 findings" },
		{ "abc", 2, "", "too short" },
	};
	char path[512];

	write_file(path, sizeof(path), "lines.json", lines);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run run;

		run_relaywatch(&run, (const char *const[]){ "explain", cases[i].id, path, NULL });
		cr_assert_eq(run.exit_code, cases[i].exit_code, "%s: %d", cases[i].id,
			     run.exit_code);
		expect_said(run.out, cases[i].out, cases[i].id);
		expect_said(run.err, cases[i].err, cases[i].id);
		cr_assert_null(strchr(run.out, '\x1b'));
		cr_assert_null(strchr(run.err, '\x1b'));
		run_clear(&run);
	}
}

Test(explain, a_score_that_the_weights_do_not_make_is_said)
{
	char path[512];
	struct run run;

	write_file(path, sizeof(path), "lines.json",
		   "{\"event\":{\"dataset\":\"relaywatch.finding\",\"id\":\"abcd1111\","
		   "\"risk_score\":99.0},\"relaywatch\":{\"prior\":-20}}\n");
	run_relaywatch(&run, (const char *const[]){ "explain", "abcd1111", path, NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	expect_said(run.out, "NOT the score of 99.00", "abcd1111");
	run_clear(&run);
}

Test(explain, where_nothing_can_be_looked_up)
{
	static const struct {
		const char *arguments[6];
		int exit_code;
		const char *said;
	} cases[] = {
		{ { "explain" }, 2, "needs an ID" },
		{ { "explain", "abcd1111" }, 2, "needs a place to look in" },
		{ { "explain", "abcd1111", "/nowhere/x.json" }, 1, "'/nowhere/x.json'" },
		{ { "explain", "abcd1111", "--redis", "redis://127.0.0.1:1" }, 1, "cannot reach" },
		{ { "explain", "abcd1111", "-C", "redis_url=redis://127.0.0.1", "-C",
		    "redis_mode=list" },
		  2,
		  "redis_mode" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *arguments[7] = { NULL };
		struct run run;

		memcpy(arguments, cases[i].arguments, sizeof(cases[i].arguments));
		run_relaywatch(&run, arguments);
		cr_assert_eq(run.exit_code, cases[i].exit_code, "%s", run.err);
		expect_said(run.err, cases[i].said, "usage");
		run_clear(&run);
	}
}
