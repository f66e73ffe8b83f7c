/* What `read` promises beside verdicts: form of the events, merging, standard input, secrets. */
#include <criterion/criterion.h>
#include <string.h>

#include "e2e/events.h"
#include "e2e/run.h"
#include "e2e/traffic.h"

#define RELAY "pcaps/qmtp-open-relay.pcap"
#define ORDINARY "pcaps/ordinary-mail.pcap"

static json_t *read_events(const char *const *arguments)
{
	struct run run;
	json_t *events;

	run_relaywatch(&run, arguments);
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	events = events_parse(run.out);
	run_clear(&run);
	return events;
}

/* 2026-01-02T03:04:05.678901234Z */
static void check_time(const char *text)
{
	cr_assert_eq(strlen(text), 30, "'%s'", text);
	cr_assert_eq(text[10], 'T', "'%s'", text);
	cr_assert_eq(text[29], 'Z', "'%s'", text);
}

Test(read, every_event_has_what_every_event_must_have)
{
	static const char *const texts[] = {
		"ecs.version", "event.kind",    "event.dataset",
		"event.id",    "observer.name", "observer.version",
	};
	json_t *events = read_events((const char *const[]){ "read", "--json", RELAY, NULL });
	size_t i;
	const json_t *event;

	json_array_foreach(events, i, event)
	{
		check_time(event_text(event, "@timestamp"));
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			(void)event_text(event, texts[k]);
		cr_assert_str_eq(event_text(event, "event.module"), "relaywatch");
		cr_assert_str_eq(event_text(event, "observer.type"), "sensor");
		cr_assert_str_eq(event_text(event, "observer.product"), "relaywatch");
		cr_assert(json_is_array(event_get(event, "event.category")));
		cr_assert(json_is_array(event_get(event, "event.type")));
	}
	json_decref(events);
}

Test(read, the_same_packets_give_the_same_ids)
{
	json_t *first = read_events((const char *const[]){ "read", "--json", RELAY, NULL });
	json_t *second = read_events((const char *const[]){ "read", "--json", RELAY, NULL });
	size_t i;
	const json_t *event;

	cr_assert_eq(json_array_size(first), json_array_size(second));
	json_array_foreach(first, i, event)
	{
		const json_t *other = json_array_get(second, i);

		if (event_is(event, "alert"))
			cr_assert_str_eq(event_text(event, "relaywatch.alert_id"),
					 event_text(other, "relaywatch.alert_id"));
	}
	json_decref(first);
	json_decref(second);
}

Test(read, json_types_choose_the_events)
{
	json_t *events = read_events(
	    (const char *const[]){ "read", "--json=server,stats", RELAY, NULL });

	cr_assert_gt(events_count(events, "server"), 0);
	cr_assert_eq(events_count(events, "stats"), 1);
	cr_assert_eq(events_count(events, "server") + 1, json_array_size(events));
	json_decref(events);
}

Test(read, standard_input_is_a_capture_too)
{
	const struct run_setup piped = { .in_path = RELAY };
	json_t *from_file = read_events((const char *const[]){ "read", "--json", RELAY, NULL });
	json_t *events;
	struct run run;

	run_start(&run, &piped, (const char *const[]){ "read", "--json", "-", NULL });
	run_finish(&run, 0);
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	events = events_parse(run.out);
	cr_assert_eq(json_array_size(events), json_array_size(from_file));
	json_decref(events);
	json_decref(from_file);
	run_clear(&run);
}

Test(read, several_files_are_one_run)
{
	json_t *events = read_events(
	    (const char *const[]){ "read", "--json", ORDINARY, RELAY, NULL });
	json_t *reverse = read_events(
	    (const char *const[]){ "read", "--json", RELAY, ORDINARY, NULL });

	cr_assert_eq(events_count(events, "session"), 9);
	cr_assert_eq(events_count(events, "stats"), 1);
	cr_assert_eq(json_array_size(events), json_array_size(reverse));
	json_decref(events);
	json_decref(reverse);
}

Test(read, what_is_no_mail_makes_no_session)
{
	char scratch[256], capture[512];
	json_t *events;

	scratch_make(scratch, sizeof(scratch));
	path_join(capture, sizeof(capture), scratch, "no-mail.pcap");
	traffic_no_mail(capture);
	events = read_events((const char *const[]){ "read", "--json", capture, NULL });
	cr_assert_eq(events_count(events, "session"), 0);
	cr_assert_eq(events_count(events, "finding"), 0);
	cr_assert_eq(events_count(events, "alert"), 0);
	json_decref(events);
	scratch_remove(scratch);
}

/* The one password of pcaps/, as it stands on the wire and in clear. */
Test(read, a_password_is_told_to_nobody)
{
	static const char *const secrets[] = { "correct-horse", "AGNvcnJlY3QtaG9yc2U",
					       "AGJlbkBtYWls" };
	static const char *const modes[] = { "--json", "-v" };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct run run;

		run_relaywatch(&run, (const char *const[]){ "read", modes[i], ORDINARY, NULL });
		for (size_t k = 0; k < sizeof(secrets) / sizeof(secrets[0]); k++) {
			cr_assert_null(strstr(run.out, secrets[k]), "in the output of %s",
				       modes[i]);
			cr_assert_null(strstr(run.err, secrets[k]), "in the log of %s", modes[i]);
		}
		run_clear(&run);
	}
}
