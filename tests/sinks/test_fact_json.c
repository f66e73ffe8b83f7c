/* Facts as JSON lose nothing, and say first what they are. */
#include "sinks/fact_json.h"

#include <criterion/criterion.h>
#include <string.h>

#include "e2e/events.h"
#include "sinks/samples.h"

static json_t *printed(const struct fact *fact)
{
	struct text text;
	json_t *json;

	text_init(&text, 1 << 20);
	cr_assert(fact_json(&text, fact));
	json = json_loads(text_get(&text), JSON_REJECT_DUPLICATES, NULL);
	cr_assert(json_is_object(json), "%s", text_get(&text));
	text_clear(&text);
	return json;
}

Test(fact_json, kinds)
{
	static const struct {
		enum fact_kind kind;
		const char *word;
	} cases[] = {
		{ FACT_TRANSACTION, "\"transaction\"" },
		{ FACT_SESSION, "\"session\"" },
		{ FACT_AUTH, "\"auth\"" },
		{ FACT_COMMAND, "\"command\"" },
		{ FACT_CONTACT, "\"contact\"" },
		{ FACT_DNS, "\"dns\"" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct fact fact = { .kind = cases[i].kind,
					   .time_ns = SAMPLE_TIME(1),
					   .at = { .frame = 7, .file = 2 } };
		json_t *json = printed(&fact);

		expect_member(json, "schema", "1");
		expect_member(json, "kind", cases[i].word);
		expect_member(json, "time_ns", "1795601178000000001");
		expect_member(json, "at", "[2,7]");
		json_decref(json);
	}
}

/* Bytes that are no UTF-8 come back as they were. */
Test(fact_json, loses_no_byte)
{
	struct fact fact = { .kind = FACT_TRANSACTION, .as.transaction = sample_transaction() };
	json_t *json;

	fact.as.transaction.mail_from = span_text("a\xff@b");
	json = printed(&fact);
	expect_member(json, "mail_from", "{\"hex\":\"61ff4062\"}");
	json_decref(json);
	fact.as.transaction.mail_from = span_text("\xc3\xa4@b");
	json = printed(&fact);
	cr_expect_str_eq(event_text(json, "mail_from"), "\xc3\xa4@b");
	json_decref(json);
}

/* What the head of a message says of its way. */
Test(fact_json, tells_the_head_of_a_message)
{
	const uint8_t webmail[4] = { 198, 51, 100, 7 };
	struct fact fact = { .kind = FACT_TRANSACTION, .as.transaction = sample_transaction() };
	json_t *json = printed(&fact);

	expect_member(json, "date", "\"\"");
	expect_member(json, "return_path", "\"\"");
	expect_member(json, "originating", "null");
	json_decref(json);
	fact.as.transaction.date = span_text("Wed, 25 Nov 2026 10:00:00 +0000");
	fact.as.transaction.return_path = span_text("bounces@bluehill.test");
	fact.as.transaction.originating = ip_address_v4(webmail);
	fact.as.transaction.origin.auth_unseen = true;
	json = printed(&fact);
	expect_member(json, "date", "\"Wed, 25 Nov 2026 10:00:00 +0000\"");
	expect_member(json, "return_path", "\"bounces@bluehill.test\"");
	expect_member(json, "originating", "\"198.51.100.7\"");
	expect_member(json_object_get(json, "origin"), "auth_unseen", "true");
	json_decref(json);
}

/* A text that is too small is told, not cut. */
Test(fact_json, does_not_fit)
{
	const struct fact fact = { .kind = FACT_TRANSACTION,
				   .as.transaction = sample_transaction() };
	struct text text;

	text_init(&text, 100);
	cr_expect_not(fact_json(&text, &fact));
	text_clear(&text);
}
