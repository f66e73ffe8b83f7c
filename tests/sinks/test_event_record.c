/* Events read back from their JSON. */
#include "sinks/event_record.h"
#include "sinks/samples.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* As the sink writes it. */
static struct event_record *written_and_read(json_t *event)
{
	struct event_record *record = NULL;
	struct error error = { .text = "" };
	char *line = json_dumps(event, JSON_COMPACT);

	cr_assert_eq(event_record_parse(span_text(line), &record, &error), RESULT_OK, "%s",
		     error.text);
	free(line);
	json_decref(event);
	return record;
}

Test(event_record, an_alert_comes_back)
{
	struct alert alert = sample_alert();
	struct event_record *r = written_and_read(printed_alert(&alert));

	cr_expect(r->is_alert);
	cr_expect_str_eq(r->event_id, "00112233445566778899aabbccddeeff-1");
	cr_expect_str_eq(event_record_group(r), "00112233445566778899aabbccddeeff");
	cr_expect_str_eq(r->action, "raised");
	cr_expect_str_eq(r->subject_id, "192.0.2.25:209/qmtp");
	cr_expect_str_eq(r->verdict, "open_relay");
	cr_expect_str_eq(r->client, "203.0.113.7");
	cr_expect_eq(r->server_port, 209);
	cr_expect_eq(r->clients, 2);
	cr_expect_eq(r->also.count, 2);
	cr_expect_str_eq(r->sample.texts[1], "250 2.1.5 Ok");
	cr_expect_str_eq(r->advice.texts[0], "list whom it may relay for");
	cr_assert_eq(r->rule_count, 2);
	cr_expect_str_eq(r->rules[0].rule, "foreign_accepted");
	cr_expect_str_eq(r->rules[0].witness, "reply");
	cr_expect_eq(r->rules[0].count, 12);
	cr_expect_eq(r->rules[0].frame_count, 3);
	cr_expect_eq(r->rules[0].frames[2].file, 1);
	cr_expect_eq(r->rules[0].frames[2].frame, 77);
	cr_expect_str_eq(r->rules[1].community_id, "");
	cr_expect_float_eq(event_record_sum(r), -20.0 + 28.46 - 3.0, 1e-9);
	event_record_free(&r);
}

Test(event_record, a_finding_comes_back)
{
	struct finding finding = sample_finding();
	struct event_record *r = written_and_read(printed_finding(&finding));

	cr_expect_not(r->is_alert);
	cr_expect_str_eq(event_record_group(r), r->event_id);
	cr_expect_eq(r->transactions, finding.transactions);
	event_record_free(&r);
}

/* Around the rules of an otherwise good finding. */
#define FINDING(id, rest)                                                                         \
	"{\"event\":{\"dataset\":\"relaywatch.finding\",\"id\":\"" id "\"},\"relaywatch\":{" rest \
	"}}"

Test(event_record, lines_of_all_sorts)
{
	static const struct {
		const char *line;
		enum result result;
		const char *said;
	} cases[] = {
		{ "", RESULT_BAD, "no JSON" },
		{ "{", RESULT_BAD, "no JSON" },
		{ "{} x", RESULT_BAD, "no JSON" },
		{ "7", RESULT_BAD, "no JSON object" },
		{ "[]", RESULT_BAD, "no JSON object" },
		{ "{\"a\":\"\x80\"}", RESULT_BAD, "no JSON" },
		{ "{\"\x1b[2J\":}", RESULT_BAD, "no JSON" },
		{ "{}", RESULT_END, "" },
		{ "{\"event\":7}", RESULT_END, "" },
		{ "{\"event\":{\"dataset\":\"relaywatch.session\"}}", RESULT_END, "" },
		{ FINDING("", "\"prior\":-20,\"evidence\":[]"), RESULT_BAD, "no ID" },
		{ FINDING("a", "\"evidence\":[]"), RESULT_BAD, "weight" },
		{ FINDING("a", "\"prior\":\"x\",\"evidence\":[]"), RESULT_BAD, "weight" },
		{ FINDING("a", "\"prior\":-20,\"evidence\":[{}]"), RESULT_BAD, "weight" },
		{ FINDING("a", "\"prior\":-20,\"evidence\":[{\"weight\":1e300}]"), RESULT_BAD,
		  "weight" },
		{ FINDING("a", "\"prior\":-20,\"evidence\":[{\"weight\":1e999}]"), RESULT_BAD,
		  "no JSON" },
		{ FINDING("a", "\"prior\":-20"), RESULT_OK, "" },
		{ FINDING("a", "\"prior\":-20,\"evidence\":{}"), RESULT_OK, "" },
		{ FINDING("a", "\"prior\":-20,\"evidence\":[{\"weight\":3,\"frames\":[[0,1],[1],"
			       "7,[-1,2],[0,0],[5000000000,1]]}]"),
		  RESULT_OK, "" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct event_record *record = NULL;
		struct error error = { .text = "" };
		enum result r = event_record_parse(span_text(cases[i].line), &record, &error);

		cr_expect_eq(r, cases[i].result, "'%s': %d", cases[i].line, r);
		cr_expect_eq(record != NULL, r == RESULT_OK);
		cr_expect_not_null(strstr(error.text, cases[i].said), "'%s': %s", cases[i].line,
				   error.text);
		cr_expect_null(strchr(error.text, '\x1b'));
		event_record_free(&record);
	}
}

Test(event_record, texts_are_fit_for_a_terminal)
{
	static const char line[] = FINDING("a\\u0000\\u001b]0;x\\u0007",
					   "\"prior\":-20,\"sample\":[\"\\u009b2J\",7,null]");
	struct event_record *r = NULL;

	cr_assert_eq(event_record_parse(span_text(line), &r, NULL), RESULT_OK);
	cr_expect_str_eq(r->event_id, "a\\x00\\x1b]0;x\\x07");
	cr_expect_eq(r->sample.count, 3);
	cr_expect_str_eq(r->sample.texts[0], "\\xc2\\x9b2J");
	cr_expect_str_eq(r->sample.texts[1], "");
	event_record_free(&r);
}

Test(event_record, more_rules_than_there_are_is_no_event_of_ours)
{
	struct event_record *r = NULL;
	char line[8192] = FINDING("a", "\"prior\":-20,\"evidence\":[{\"weight\":1}");
	size_t length = strlen(line) - 2; /* without the two brackets at the end */

	for (int i = 0; i < RECORD_RULES_MAX; i++)
		length += (size_t)snprintf(line + length, sizeof(line) - length, ",{\"weight\":1}");
	(void)snprintf(line + length, sizeof(line) - length, "]}}");
	cr_expect_eq(event_record_parse(span_text(line), &r, NULL), RESULT_BAD);
	cr_expect_null(r);
}

Test(event_record, adds_up)
{
	static const struct {
		double score, prior, weights[3];
		bool adds_up;
	} cases[] = {
		{ 0.99, -20, { 0, 0, 0 }, true },
		{ 86.32, -20, { 28, 0, 0 }, true },
		{ 99.96, -20, { 28, 26, 0 }, true },
		{ 50.0, -20, { 20, 0, 0 }, true },
		/* Two roundings of half a hundredth, at the place where they move most. */
		{ 50.11, -20, { 20.005, 0.005, 0 }, true },
		{ 51.0, -20, { 20, 0, 0 }, false },
		{ 99.0, -20, { 28, 0, 0 }, false },
		{ 100.0, -20, { 900, 900, 0 }, true },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct record_rule rules[3] = { 0 };
		struct event_record record = { .score = cases[i].score,
					       .prior_decibans = cases[i].prior,
					       .rules = rules,
					       .rule_count = 3 };

		for (size_t k = 0; k < 3; k++)
			rules[k].weight_decibans = cases[i].weights[k];
		cr_expect_eq(event_record_adds_up(&record), cases[i].adds_up, "case %zu", i);
	}
}
