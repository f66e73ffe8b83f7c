/* Transactions as events: recipients, codes, and continuation facts. */
#include "sinks/samples.h"

#include <criterion/criterion.h>
#include <string.h>

#include "e2e/events.h"

#define MANY 10000

Test(event_transaction, a_message)
{
	struct fact_transaction transaction = sample_transaction();
	json_t *event = printed_transaction(&transaction);

	expect_event(event, "transaction");
	json_decref(event);
}

/* "" is the null sender, null one that was not seen. */
Test(event_transaction, sender)
{
	static const struct {
		bool seen;
		const char *sender, *json;
	} cases[] = {
		{ true, "a@b.example", "\"a@b.example\"" },
		{ true, "", "\"\"" },
		{ false, "", "null" },
		{ true, "\"a b\"@c.example", "\"\\\"a b\\\"@c.example\"" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact_transaction transaction = sample_transaction();
		json_t *event;

		transaction.mail_from_seen = cases[i].seen;
		transaction.mail_from = span_text(cases[i].sender);
		event = printed_transaction(&transaction);
		expect_member(event, "relaywatch.mail_from", cases[i].json);
		json_decref(event);
	}
}

/* One transaction with one recipient; its only entry. */
static json_t *printed_recipient(const struct fact_recipient *recipient)
{
	struct fact_transaction transaction = sample_transaction();
	json_t *event, *entry;

	transaction.recipients = recipient;
	event = printed_transaction(&transaction);
	entry = json_incref(json_array_get(event_get(event, "relaywatch.recipients"), 0));
	json_decref(event);
	return entry;
}

/* A number for SMTP, a letter for QMTP and QMQP, null where no answer was seen. */
Test(event_transaction, code)
{
	static const struct {
		struct fact_reply reply;
		const char *code, *enhanced;
	} cases[] = {
		{ { .code = 250, .enhanced = "2.1.5" }, "250", "\"2.1.5\"" },
		{ { .code = 450 }, "450", "null" },
		{ { .letter = 'K' }, "\"K\"", "null" },
		{ { .letter = 'Z', .enhanced = "4.3.0" }, "\"Z\"", "\"4.3.0\"" },
		{ { .letter = 'D' }, "\"D\"", "null" },
		{ { 0 }, "null", "null" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact_recipient recipient = sample_recipient();
		json_t *entry;

		recipient.reply = cases[i].reply;
		entry = printed_recipient(&recipient);
		expect_member(entry, "code", cases[i].code);
		expect_member(entry, "enhanced", cases[i].enhanced);
		json_decref(entry);
	}
}

Test(event_transaction, verdict)
{
	static const struct {
		enum recipient_verdict verdict;
		bool inferred;
		const char *word, *inferred_word;
	} cases[] = {
		{ RECIPIENT_ACCEPTED, false, "\"accepted\"", "absent" },
		{ RECIPIENT_DENIED_RELAY, false, "\"denied_relay\"", "absent" },
		{ RECIPIENT_DENIED_USER, false, "\"denied_user\"", "absent" },
		{ RECIPIENT_DENIED_POLICY, false, "\"denied_policy\"", "absent" },
		{ RECIPIENT_TEMPFAIL, false, "\"tempfail\"", "absent" },
		{ RECIPIENT_UNKNOWN, false, "\"unknown\"", "absent" },
		{ RECIPIENT_UNKNOWN, true, "\"unknown\"", "\"accepted\"" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact_recipient recipient = sample_recipient();
		json_t *entry;

		recipient.verdict = cases[i].verdict;
		recipient.inferred_accepted = cases[i].inferred;
		entry = printed_recipient(&recipient);
		expect_member(entry, "verdict", cases[i].word);
		expect_member(entry, "inferred", cases[i].inferred_word);
		json_decref(entry);
	}
}

Test(event_transaction, tricks_and_domain)
{
	struct fact_recipient recipient = sample_recipient();
	json_t *entry;

	recipient.tricks = (1U << 9) - 1;
	recipient.domain = span_of(NULL, 0);
	entry = printed_recipient(&recipient);
	expect_member(entry, "domain", "null");
	expect_member(entry, "tricks",
		      "[\"percent_hack\",\"bang_path\",\"source_route\",\"quoted_address\","
		      "\"double_at\",\"nested_netstring\",\"address_literal\","
		      "\"no_angle_brackets\",\"trailing_dot\"]");
	json_decref(entry);
	recipient.tricks = 0;
	entry = printed_recipient(&recipient);
	expect_member(entry, "tricks", "[]");
	json_decref(entry);
}

Test(event_transaction, outcome)
{
	static const struct {
		enum outcome outcome;
		const char *word, *ecs;
	} cases[] = {
		{ OUTCOME_ACCEPTED, "\"accepted\"", "\"success\"" },
		{ OUTCOME_REJECTED, "\"rejected\"", "\"failure\"" },
		{ OUTCOME_TEMPFAIL, "\"tempfail\"", "\"failure\"" },
		{ OUTCOME_ABORTED, "\"aborted\"", "\"unknown\"" },
		{ OUTCOME_UNKNOWN, "\"unknown\"", "\"unknown\"" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact_transaction transaction = sample_transaction();
		json_t *event;

		transaction.outcome = cases[i].outcome;
		event = printed_transaction(&transaction);
		expect_member(event, "relaywatch.outcome", cases[i].word);
		expect_member(event, "event.outcome", cases[i].ecs);
		json_decref(event);
	}
}

Test(event_transaction, of_which_little_was_seen)
{
	struct fact_transaction transaction = { .origin = sample_origin(),
						.index = 1,
						.last = true };
	json_t *event;

	transaction.origin.helo = span_of(NULL, 0);
	event = printed_transaction(&transaction);
	expect_member(event, "email", "absent");
	expect_member(event, "related.hosts", "absent");
	expect_member(event, "relaywatch.recipients", "[]");
	expect_member(event, "relaywatch.recipients_count", "0");
	expect_member(event, "relaywatch.body_digest", "null");
	expect_member(event, "relaywatch.mail_from", "null");
	json_decref(event);
}

/* What strangers write stays data: a line stays a line, and bytes that are no UTF-8 are replaced. */
Test(event_transaction, hostile_bytes)
{
	static const uint8_t sender[] = "\x1b[2J\n\"\\\0\xff@\xc2\x9b.example";
	struct fact_transaction transaction = sample_transaction();
	struct printer printer;
	json_t *events;
	char *text;

	transaction.mail_from = span_of(sender, sizeof(sender) - 1);
	transaction.message_id = span_text("\xe2\x80\xa8\xc3");
	printer_open(&printer, DATASET_ALL, NULL);
	printer_transaction(&printer, &transaction);
	text = printer_end(&printer);
	for (const char *c = text; c[1] != '\0'; c++)
		cr_assert((unsigned char)*c >= 0x20 && *c != 0x7f, "byte 0x%02x in the line",
			  (unsigned char)*c);
	cr_expect_not_null(strstr(text, "\\u001b[2J\\n\\\"\\\\\\u0000\xef\xbf\xbd@\\u009b.example"),
			   "%s", text);
	cr_expect_not_null(strstr(text, "\"\\u2028\xef\xbf\xbd\""), "%s", text);
	/* jansson takes no \u0000; all else in the line is plain JSON. */
	events = json_loads(text, JSON_ALLOW_NUL, NULL);
	cr_expect_not_null(events);
	json_decref(events);
	free(text);
}

/* Facts of one transaction of so many recipients, FACT_RECIPIENTS_MAX in each. */
static void print_many(struct printer *printer, uint32_t count, uint32_t parts)
{
	static struct fact_recipient recipients[FACT_RECIPIENTS_MAX];
	static char addresses[FACT_RECIPIENTS_MAX][32];
	struct fact_transaction transaction = sample_transaction();

	transaction.recipients = recipients;
	transaction.recipients_total = count;
	for (uint32_t part = 0; part < parts; part++) {
		uint32_t first = part * FACT_RECIPIENTS_MAX;

		transaction.recipient_first = first;
		transaction.recipient_count = 0;
		for (uint32_t i = first; i < count && i < first + FACT_RECIPIENTS_MAX; i++) {
			uint32_t at = transaction.recipient_count++;

			(void)snprintf(addresses[at], sizeof(addresses[at]), "r%u@redrock.test", i);
			recipients[at] = sample_recipient();
			recipients[at].address = span_text(addresses[at]);
		}
		transaction.last = first + FACT_RECIPIENTS_MAX >= count;
		printer_transaction(printer, &transaction);
	}
}

static void expect_recipients(const json_t *event, size_t count)
{
	const json_t *list = event_get(event, "relaywatch.recipients");

	cr_assert_eq(json_array_size(list), count);
	for (size_t i = 0; i < count; i++) {
		char address[48];

		(void)snprintf(address, sizeof(address), "r%zu@redrock.test", i);
		cr_assert_str_eq(event_text(json_array_get(list, i), "address"), address);
	}
}

/* One event, also where its facts were several; more than are listed are counted. */
Test(event_transaction, of_ten_thousand_recipients)
{
	static const struct {
		uint32_t count;
	} cases[] = { { 1 }, { 99 }, { 100 }, { 101 }, { MANY } };

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		uint32_t count = cases[i].count;
		struct printer printer;
		json_t *events;
		const json_t *event;

		printer_open(&printer, DATASET_ALL, NULL);
		print_many(&printer, count,
			   (count + FACT_RECIPIENTS_MAX - 1) / FACT_RECIPIENTS_MAX);
		events = printer_close(&printer);
		cr_assert_eq(json_array_size(events), 1);
		event = json_array_get(events, 0);
		expect_recipients(event, count);
		cr_expect_eq(event_number(event, "relaywatch.recipients_count"), count);
		cr_expect_leq(json_array_size(event_get(event, "related.hosts")), 128);
		json_decref(events);
	}
}

/* An alert that arises between two facts of a message follows its line. */
Test(event_transaction, nothing_stands_inside_its_line)
{
	const struct alert alert = sample_alert();
	const struct fact session = { .kind = FACT_SESSION, .as.session = sample_session() };
	struct printer printer;
	json_t *events;

	printer_open(&printer, DATASET_ALL, NULL);
	print_many(&printer, 150, 1);
	printer.sink.ops->alert(printer.sink.state, &alert);
	printer_fact(&printer, &session);
	{
		struct fact_transaction rest = sample_transaction();

		rest.recipient_first = 100;
		printer_transaction(&printer, &rest);
	}
	events = printer_close(&printer);
	cr_assert_eq(json_array_size(events), 3);
	cr_expect(event_is(json_array_get(events, 0), "transaction"));
	cr_expect(event_is(json_array_get(events, 1), "alert"));
	cr_expect(event_is(json_array_get(events, 2), "session"));
	cr_expect_eq(json_array_size(event_get(json_array_get(events, 0), "relaywatch.recipients")),
		     101);
	json_decref(events);
}

/* Where a continuation never comes, the line is closed when the next message or the end does. */
Test(event_transaction, that_is_never_ended)
{
	struct fact_transaction other = sample_transaction();
	struct printer printer;
	json_t *events;

	other.index = 4;
	printer_open(&printer, DATASET_ALL, NULL);
	print_many(&printer, 150, 1);
	printer_transaction(&printer, &other);
	print_many(&printer, 150, 1);
	events = printer_close(&printer);
	cr_assert_eq(json_array_size(events), 3);
	expect_member(json_array_get(events, 0), "event.id", "\"0123456789abcdef-3\"");
	expect_member(json_array_get(events, 0), "relaywatch.recipients_count", "150");
	expect_member(json_array_get(events, 1), "event.id", "\"0123456789abcdef-4\"");
	expect_member(json_array_get(events, 2), "event.id", "\"0123456789abcdef-3\"");
	json_decref(events);
}
