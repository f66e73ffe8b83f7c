/* Which alert an ID names. */
#include "app/explain_search.h"

#include <criterion/criterion.h>
#include <string.h>

enum { EVENTS_MAX = 6 };

struct event {
	const char *dataset, *alert_id, *id, *time;
};

/* "": none */
static void offer(struct explain_search *search, const struct event *event)
{
	char line[1024];
	struct error error = { .text = "" };

	(void)snprintf(line, sizeof(line),
		       "{\"@timestamp\":\"%s\",\"event\":{\"dataset\":\"relaywatch.%s\",\"id\":"
		       "\"%s\"},\"relaywatch\":{\"prior\":-20,\"alert_id\":\"%s\"}}",
		       event->time, event->dataset, event->id, event->alert_id);
	cr_assert_eq(explain_search_offer(search, span_text(line), &error), RESULT_OK, "%s",
		     error.text);
}

static const struct event events[EVENTS_MAX] = {
	{ "alert", "aaaa1111", "aaaa1111-2", "2026-11-25T10:00:02Z" },
	{ "alert", "aaaa1111", "aaaa1111-1", "2026-11-25T10:00:01Z" },
	{ "alert", "aaaa2222", "aaaa2222-1", "2026-11-25T10:00:09Z" },
	{ "alert", "aaaa1111", "aaaa1111-10", "2026-11-25T10:00:02Z" },
	{ "finding", "", "bbbb3333", "2026-11-25T10:00:03Z" },
	{ "finding", "", "bbbb33334", "2026-11-25T10:00:03Z" },
};

Test(explain_search, finds)
{
	static const struct {
		const char *id;
		enum explain_found found;
		const char *shown;
		size_t history;
	} cases[] = {
		{ "aaaa1111", EXPLAIN_ONE, "aaaa1111-10", 3 },
		{ "aaaa1", EXPLAIN_ONE, "aaaa1111-10", 3 },
		{ "aaaa1111-", EXPLAIN_ONE, "aaaa1111-10", 3 },
		{ "aaaa1111-2", EXPLAIN_ONE, "aaaa1111-2", 3 },
		/* It is the beginning of -10 also, but a whole ID counts more. */
		{ "aaaa1111-1", EXPLAIN_ONE, "aaaa1111-1", 3 },
		{ "aaaa", EXPLAIN_SEVERAL, NULL, 4 },
		{ "bbbb3333", EXPLAIN_ONE, "bbbb3333", 1 },
		{ "bbbb333", EXPLAIN_SEVERAL, NULL, 2 },
		{ "aaaa1111-7", EXPLAIN_NONE, NULL, 3 },
		{ "cccc", EXPLAIN_NONE, NULL, 0 },
		{ "aaa1111", EXPLAIN_NONE, NULL, 0 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct explain_search search;
		const struct event_record *shown = NULL;

		explain_search_begin(&search, cases[i].id);
		for (size_t k = 0; k < EVENTS_MAX; k++)
			offer(&search, &events[k]);
		cr_expect_eq(explain_search_end(&search, &shown), cases[i].found, "'%s'",
			     cases[i].id);
		cr_expect_eq(search.count, cases[i].history, "'%s': %zu", cases[i].id,
			     search.count);
		if (cases[i].shown != NULL)
			cr_expect_str_eq(shown->event_id, cases[i].shown);
		for (size_t k = 1; k < search.count; k++)
			cr_expect_leq(strcmp(search.kept[k - 1]->time, search.kept[k]->time), 0);
		explain_search_clear(&search);
	}
}

Test(explain_search, names_the_nearest)
{
	static const struct {
		const char *id, *nearest;
	} cases[] = {
		{ "aaab1111", "aaaa1111" },
		{ "aaa2222", "aaaa2222" },
		{ "bbxx3333", "bbbb3333" },
		{ "ffffffff", "" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct explain_search search;

		explain_search_begin(&search, cases[i].id);
		for (size_t k = 0; k < EVENTS_MAX; k++)
			offer(&search, &events[k]);
		cr_expect_str_eq(search.nearest, cases[i].nearest, "'%s': '%s'", cases[i].id,
				 search.nearest);
		explain_search_clear(&search);
	}
}

Test(explain_search, keeps_the_latest_and_one_of_each)
{
	enum { MANY = EXPLAIN_KEPT_MAX + 50 };
	struct explain_search search;
	const struct event_record *shown = NULL;

	explain_search_begin(&search, "aaaa");
	for (int twice = 0; twice < 2; twice++) {
		for (int i = 1; i <= MANY; i++) {
			char id[32], time[48];

			(void)snprintf(id, sizeof(id), "aaaa-%d", i);
			(void)snprintf(time, sizeof(time), "2026-11-25T10:%02d:%02dZ", i / 60,
				       i % 60);
			offer(&search, &(struct event){ "alert", "aaaa", id, time });
		}
		if (twice == 0)
			cr_expect_eq(search.left_out, 50);
	}
	cr_expect_eq(explain_search_end(&search, &shown), EXPLAIN_ONE);
	cr_expect_eq(search.count, EXPLAIN_KEPT_MAX);
	cr_expect_str_eq(search.kept[0]->event_id, "aaaa-51");
	cr_expect_str_eq(shown->event_id, "aaaa-306");
	explain_search_clear(&search);
}
