/* JSON Lines: which datasets, and a stream that takes no more. */
#include "sinks/sink_json.h"

#include <criterion/criterion.h>
#include <string.h>

#include "e2e/events.h"
#include "sinks/samples.h"

/* One of each to a sink. */
static void write_all(struct sink *sink)
{
	const struct fact session = { .kind = FACT_SESSION, .as.session = sample_session() };
	const struct fact transaction = { .kind = FACT_TRANSACTION,
					  .as.transaction = sample_transaction() };
	const struct alert alert = sample_alert();
	const struct finding finding = sample_finding();
	const struct server_report server = sample_server();
	const struct stats stats = sample_stats();

	sink->ops->fact(sink->state, &transaction);
	sink->ops->fact(sink->state, &session);
	sink->ops->alert(sink->state, &alert);
	sink->ops->finding(sink->state, &finding);
	sink->ops->server(sink->state, &server);
	sink->ops->stats(sink->state, &stats);
}

Test(sink_json, writes_what_was_asked_for)
{
	static const struct {
		const char *words;
		const char *datasets[7]; /* in the order of writing */
	} cases[] = {
		{ "session", { "session" } },
		{ "transaction", { "transaction" } },
		{ "alert", { "alert" } },
		{ "finding", { "finding" } },
		{ "server", { "server" } },
		{ "stats", { "stats" } },
		{ "stats,alert", { "alert", "stats" } },
		{ " Session , FINDING ", { "session", "finding" } },
		{ "all", { "transaction", "session", "alert", "finding", "server", "stats" } },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct error error = { .text = "" };
		struct printer printer;
		uint32_t datasets;
		json_t *events;
		size_t n = 0;

		cr_assert_eq(sink_json_datasets(cases[i].words, &datasets, &error), RESULT_OK,
			     "'%s': %s", cases[i].words, error.text);
		printer_open(&printer, datasets, NULL);
		write_all(&printer.sink);
		events = printer_close(&printer);
		for (; cases[i].datasets[n] != NULL; n++)
			cr_expect(event_is(json_array_get(events, n), cases[i].datasets[n]));
		cr_expect_eq(json_array_size(events), n, "'%s'", cases[i].words);
		json_decref(events);
	}
}

Test(sink_json, types_that_are_none)
{
	static const struct {
		const char *words, *said;
	} cases[] = {
		{ "", "no type" },
		{ "sessions", "'sessions'" },
		{ "session,,alert", "''" },
		{ "session;alert", "'session;alert'" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct error error = { .text = "" };
		uint32_t datasets = 77;

		cr_expect_eq(sink_json_datasets(cases[i].words, &datasets, &error), RESULT_BAD);
		cr_expect_not_null(strstr(error.text, cases[i].said), "%s", error.text);
		cr_expect_eq(datasets, 77);
	}
}

static void count_said(void *ctx, const char *text)
{
	unsigned *said = ctx;

	cr_expect_not_null(strstr(text, "'the disk'"), "%s", text);
	++*said;
}

/* A disk that is full is said once, whatever comes after it. */
Test(sink_json, full_disk)
{
	for (int each_line = 0; each_line < 2; each_line++) {
		unsigned said = 0;
		struct sink_json_options options = { .stream = fopen("/dev/full", "w"),
						     .stream_name = "the disk",
						     .datasets = DATASET_ALL,
						     .each_line = each_line == 1,
						     .env = { .sensor = "tap-1" },
						     .errors = { count_said, &said } };
		struct error error = { .text = "" };
		struct sink sink;

		cr_assert_not_null(options.stream);
		cr_assert_eq(sink_json_new(&sink, &options), RESULT_OK);
		for (int i = 0; i < 100; i++)
			write_all(&sink);
		cr_expect_eq(sink.ops->flush(sink.state, &error), RESULT_FAILED);
		cr_expect_eq(sink.ops->close(sink.state, &error), RESULT_FAILED);
		cr_expect_eq(said, 1);
		cr_expect_str_eq(error.text, "");
		(void)fclose(options.stream);
	}
}

/* In live a reader gets each line when it is written, not a block later. */
Test(sink_json, each_line_at_once)
{
	struct sink_json_options options = { .stream_name = "memory",
					     .datasets = DATASET_ALERT,
					     .each_line = true,
					     .env = { .sensor = "tap-1" } };
	struct error error = { .text = "" };
	struct sink sink;
	char *text = NULL;
	size_t length = 0, before = 0;

	options.stream = open_memstream(&text, &length);
	cr_assert_eq(sink_json_new(&sink, &options), RESULT_OK);
	for (int i = 0; i < 3; i++) {
		write_all(&sink);
		cr_expect_gt(length, before);
		cr_expect_eq(text[length - 1], '\n');
		before = length;
	}
	cr_expect_eq(sink.ops->close(sink.state, &error), RESULT_OK);
	(void)fclose(options.stream);
	free(text);
}

/* An event that is longer than a line may be is left out whole, and said at the end. */
Test(sink_json, what_is_too_long)
{
	static char reason[EVENT_MAX_BYTES + 1];
	struct alert alert = sample_alert();
	struct sink_json_options options = { .stream_name = "memory",
					     .datasets = DATASET_ALL,
					     .env = { .sensor = "tap-1" } };
	struct error error = { .text = "" };
	struct sink sink;
	char *text = NULL;
	size_t length = 0;
	json_t *events;

	memset(reason, 'x', sizeof(reason) - 1);
	options.stream = open_memstream(&text, &length);
	cr_assert_eq(sink_json_new(&sink, &options), RESULT_OK);
	sink.ops->alert(sink.state, &alert);
	alert.reason = reason;
	sink.ops->alert(sink.state, &alert);
	alert.reason = "short";
	sink.ops->alert(sink.state, &alert);
	cr_expect_eq(sink.ops->close(sink.state, &error), RESULT_FAILED);
	cr_expect_not_null(strstr(error.text, "1 event "), "%s", error.text);
	(void)fclose(options.stream);
	events = events_parse(text);
	cr_expect_eq(json_array_size(events), 2);
	json_decref(events);
	free(text);
}
