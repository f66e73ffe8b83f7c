#include "protocols/transaction.h"

#include "core/text.h"
#include "protocols/reply.h"
#include "talk.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const struct frame_id at = { .frame = 1 };

struct setup {
	struct budget budget;
	struct site *site;
	struct text facts;
	unsigned parts;
	struct fact_transaction last;
	struct fact_sink sink;
	struct protocols_stats stats;
	struct session_env env;
	struct connection connection;
	struct session *session;
	struct transaction *transaction;
};

static void keep_fact(void *ctx, const struct fact *fact)
{
	struct setup *s = ctx;

	s->parts++;
	s->last = fact->as.transaction;
	talk_fact(&s->facts, fact);
}

static void begin(struct setup *s, size_t budget_bytes)
{
	memset(s, 0, sizeof(*s));
	budget_init(&s->budget, budget_bytes);
	cr_assert_eq(site_new(&s->site), RESULT_OK);
	text_init(&s->facts, 100000);
	s->sink = (struct fact_sink){ .fact = keep_fact, .ctx = s };
	s->env = (struct session_env){
		.site = s->site, .budget = &s->budget, .facts = &s->sink, .stats = &s->stats
	};
	s->connection = (struct connection){ .server_port = 25 };
	cr_assert_eq(session_new(&s->session, &s->env, &s->connection), RESULT_OK);
	session_set_established(s->session);
	cr_assert_eq(transaction_new(&s->transaction, s->session, 1, at), RESULT_OK);
}

static void end(struct setup *s)
{
	transaction_free(&s->transaction);
	session_free(&s->session);
	cr_expect_eq(s->budget.used_bytes, 0);
	text_clear(&s->facts);
	site_free(&s->site);
}

static uint32_t add(struct setup *s, const char *address)
{
	uint32_t number = UINT32_MAX;

	cr_assert_eq(transaction_add_recipient(s->transaction, span_text(address), 1, at, &number),
		     RESULT_OK);
	return number;
}

static struct fact_reply reply_of(uint16_t code, const char *text)
{
	struct fact_reply reply = { .code = code, .text = span_text(text) };

	reply_classify(&reply);
	return reply;
}

Test(transaction, answers_are_bound_by_number)
{
	struct fact_reply yes = reply_of(250, "ok");
	struct fact_reply no = reply_of(554, "5.7.1 Relay access denied");
	struct setup s;

	begin(&s, (size_t)1 << 20);
	transaction_set_sender(s.transaction, span_text("a@x.example"));
	cr_expect_eq(add(&s, "b@y.example"), 0);
	cr_expect_eq(add(&s, "c@y.example"), 1);
	cr_expect_eq(add(&s, "d@y.example"), 2);
	transaction_answer_recipient(s.transaction, 1, &no);
	transaction_answer_recipient(s.transaction, 0, &yes);
	transaction_infer_accepted(s.transaction, 2);
	transaction_infer_accepted(s.transaction, 1); /* its answer was seen */
	cr_expect_eq(transaction_recipient_verdict(s.transaction, 0), RECIPIENT_ACCEPTED);
	cr_expect_eq(transaction_recipient_verdict(s.transaction, 9), RECIPIENT_UNKNOWN);
	transaction_close(&s.transaction, OUTCOME_ACCEPTED, 2, at);
	cr_expect_null(s.transaction);
	cr_expect_str_eq(text_get(&s.facts),
			 "message 1 from=a@x.example to=b@y.example:accepted "
			 "to=c@y.example:denied_relay to=d@y.example:unknown? accepted\n");
	cr_expect_eq(s.stats.transactions, 1);
	end(&s);
}

Test(transaction, numbers_stay_when_one_is_dropped)
{
	struct fact_reply yes = reply_of(250, "ok");
	struct setup s;

	begin(&s, (size_t)1 << 20);
	add(&s, "a@x");
	add(&s, "b@x");
	add(&s, "c@x");
	transaction_drop_recipient(s.transaction, 0);
	transaction_answer_recipient(s.transaction, 1, &yes);
	transaction_answer_recipient(s.transaction, 0, &yes); /* dropped: nothing happens */
	cr_expect_eq(transaction_recipient_count(s.transaction), 3);
	transaction_drop_recipient(s.transaction, 2);
	cr_expect_eq(transaction_recipient_count(s.transaction), 2);
	cr_expect_eq(transaction_recipients_total(s.transaction), 1);
	transaction_close(&s.transaction, OUTCOME_UNKNOWN, 2, at);
	cr_expect_str_eq(text_get(&s.facts), "message 1 to=b@x:accepted unknown\n");
	end(&s);
}

Test(transaction, what_the_session_was_at_its_start_stays)
{
	struct setup s;

	begin(&s, (size_t)1 << 20);
	session_set_tls(s.session, TLS_STARTTLS);
	transaction_close(&s.transaction, OUTCOME_ABORTED, 2, at);
	cr_expect_eq(s.last.origin.tls, TLS_NONE);
	cr_expect_eq(s.last.origin.auth, AUTH_NONE);
	cr_expect_not(s.last.mail_from_seen);
	cr_expect_eq(s.last.recipient_count, 0);
	cr_expect(s.last.last);
	end(&s);
}

Test(transaction, a_hundred_recipients_a_fact)
{
	struct setup s;

	begin(&s, (size_t)1 << 20);
	for (unsigned i = 0; i < 250; i++)
		add(&s, "b@y.example");
	transaction_close(&s.transaction, OUTCOME_UNKNOWN, 2, at);
	cr_expect_eq(s.parts, 3);
	cr_expect_eq(s.last.recipient_first, 200);
	cr_expect_eq(s.last.recipient_count, 50);
	cr_expect_eq(s.last.recipients_total, 250);
	cr_expect_eq(s.stats.transactions, 1);
	end(&s);
}

Test(transaction, past_the_limit_recipients_are_counted_alone)
{
	uint32_t number = 0;
	struct setup s;

	begin(&s, (size_t)64 << 20);
	for (unsigned i = 0; i < RECIPIENTS_KEPT_MAX; i++)
		add(&s, "b@y.example");
	cr_expect_eq(transaction_add_recipient(s.transaction, span_text("z@y"), 1, at, &number),
		     RESULT_LIMIT);
	cr_expect_eq(transaction_recipient_count(s.transaction), RECIPIENTS_KEPT_MAX);
	cr_expect_eq(transaction_recipients_total(s.transaction), RECIPIENTS_KEPT_MAX + 1);
	end(&s);
}

Test(transaction, once_memory_is_short_numbers_stay_in_step)
{
	uint32_t number = 0;
	struct setup s;

	begin(&s, (size_t)1 << 20);
	add(&s, "a@x");
	s.budget.limit_bytes = s.budget.used_bytes;
	for (unsigned i = 0; i < 200; i++)
		(void)!transaction_add_recipient(s.transaction, span_text("long.name@example.com"),
						 1, at, &number);
	s.budget.limit_bytes = (size_t)1 << 20;
	cr_expect_eq(transaction_add_recipient(s.transaction, span_text("a@x"), 1, at, &number),
		     RESULT_LIMIT);
	cr_expect_eq(transaction_recipients_total(s.transaction), 202);
	end(&s);
}

Test(transaction, the_message_passes_through)
{
	static const char text[] = "From: a@x.example\r\nMessage-ID: <1@x.example>\r\n\r\nbody\r\n";
	struct setup s;

	begin(&s, (size_t)1 << 20);
	message_feed(transaction_message(s.transaction), span_text(text));
	transaction_set_complete(s.transaction, 7, at);
	transaction_set_data_invited(s.transaction);
	transaction_close(&s.transaction, OUTCOME_ACCEPTED, 9, at);
	cr_expect(s.last.complete);
	cr_expect(s.last.data_invited);
	cr_expect(s.last.body_digest_known);
	cr_expect_eq(s.last.end_ns, 7);
	end(&s);
}
