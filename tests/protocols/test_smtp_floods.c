/*
 * What is sent to wear a reader out: each flood is followed by a mail, which must be seen, and
 * leaves the memory within bounds that no peer can move. TRAPS rows by their names.
 */
#include "protocols/decoder.h"
#include "protocols/session.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES 65536
#define MEMORY_MAX_BYTES ((size_t)4 << 20)

struct flood {
	struct budget budget;
	struct site *site;
	struct protocols_stats stats;
	struct fact_sink sink;
	struct session_env env;
	struct connection connection;
	struct session *session;
	void *state;
	int64_t now_ns;
	uint64_t messages, accepted; /* transactions, and those of the last mail's kind */
	uint64_t recipients_listed, recipients_total;
	uint32_t flags; /* of the session */
};

static void take_fact(void *ctx, const struct fact *fact)
{
	const struct fact_transaction *t = &fact->as.transaction;
	struct flood *f = ctx;

	if (fact->kind == FACT_SESSION)
		f->flags = fact->as.session.origin.flags;
	if (fact->kind != FACT_TRANSACTION)
		return;
	f->recipients_listed += t->recipient_count;
	if (!t->last)
		return;
	f->recipients_total += t->recipients_total;
	f->messages++;
	f->accepted += t->outcome == OUTCOME_ACCEPTED;
}

static void say(struct flood *f, enum direction from, const void *bytes, size_t length)
{
	struct chunk chunk = { .direction = from,
			       .time_ns = ++f->now_ns,
			       .at = { .frame = 1 },
			       .bytes = span_of(bytes, length) };

	smtp_decoder.data(f->state, &chunk);
}

/* A text so many times, as few packets as it takes. */
static void repeat(struct flood *f, enum direction from, const char *text, size_t times)
{
	size_t length = strlen(text);
	size_t fit = times < PIECE_BYTES / length ? times : PIECE_BYTES / length;
	char *piece = malloc(PIECE_BYTES);

	for (size_t i = 0; i < fit; i++)
		memcpy(piece + i * length, text, length);
	for (; times > fit; times -= fit)
		say(f, from, piece, fit * length);
	say(f, from, piece, times * length);
	free(piece);
}

static void client(struct flood *f, const char *text)
{
	repeat(f, FROM_CLIENT, text, 1);
}

static void server(struct flood *f, const char *text)
{
	repeat(f, FROM_SERVER, text, 1);
}

static void begin(struct flood *f)
{
	*f = (struct flood){ .connection = { .server_port = 25, .seen = { true, true } } };
	f->sink = (struct fact_sink){ .fact = take_fact, .ctx = f };
	budget_init(&f->budget, (size_t)64 << 20);
	cr_assert_eq(site_new(&f->site), RESULT_OK);
	f->env = (struct session_env){
		.site = f->site, .budget = &f->budget, .facts = &f->sink, .stats = &f->stats
	};
	cr_assert_eq(session_new(&f->session, &f->env, &f->connection), RESULT_OK);
	f->state = smtp_decoder.open(f->session);
	cr_assert_not_null(f->state);
	server(f, "220 mx ESMTP\r\n");
	client(f, "EHLO c\r\n");
	server(f, "250 mx\r\n");
}

/* A mail, answer by answer, and the end. */
static void finish(struct flood *f)
{
	const struct conversation_end end = { .reason = CLOSE_FIN, .time_ns = ++f->now_ns };

	client(f, "MAIL FROM:<last@x>\r\n");
	server(f, "250 ok\r\n");
	client(f, "RCPT TO:<b@y.z>\r\n");
	server(f, "250 ok\r\n");
	client(f, "DATA\r\n");
	server(f, "354 go\r\n");
	client(f, "hi\r\n.\r\n");
	server(f, "250 ok\r\n");
	client(f, "QUIT\r\n");
	server(f, "221 bye\r\n");
	smtp_decoder.close(f->state, &end);
	session_close(f->session, &end);
	session_free(&f->session);
	site_free(&f->site);
	cr_expect_eq(f->budget.used_bytes, 0);
	cr_expect_leq(f->budget.peak_bytes, MEMORY_MAX_BYTES, "%zu bytes", f->budget.peak_bytes);
	cr_expect_eq(f->budget.refused_count, 0);
}

Test(smtp_floods, z6_a_million_recipients)
{
	const size_t count = 1000000, step = 1000;
	struct flood f;

	begin(&f);
	client(&f, "MAIL FROM:<a@x>\r\n");
	server(&f, "250 ok\r\n");
	for (size_t i = 0; i < count / step; i++) {
		repeat(&f, FROM_CLIENT, "RCPT TO:<b@y.z>\r\n", step);
		repeat(&f, FROM_SERVER, "250 ok\r\n", step);
	}
	client(&f, "DATA\r\n");
	server(&f, "354 go\r\n");
	client(&f, "hi\r\n.\r\n");
	server(&f, "250 ok\r\n");
	finish(&f);
	cr_expect_eq(f.accepted, 2);
	cr_expect_eq(f.recipients_total, count + 1);
	cr_expect_eq(f.recipients_listed, 10000 + 1);
}

Test(smtp_floods, z6_all_of_them_refused)
{
	const size_t count = 100000, step = 1000;
	struct flood f;

	begin(&f);
	client(&f, "MAIL FROM:<a@x>\r\n");
	server(&f, "250 ok\r\n");
	for (size_t i = 0; i < count / step; i++) {
		repeat(&f, FROM_CLIENT, "RCPT TO:<b@y.z>\r\n", step);
		repeat(&f, FROM_SERVER, "550 5.7.1 relaying denied\r\n", step);
	}
	client(&f, "RSET\r\n");
	server(&f, "250 ok\r\n");
	finish(&f);
	cr_expect_eq(f.messages, 2);
	cr_expect_eq(f.accepted, 1);
	cr_expect_eq(f.recipients_total, count + 1);
}

Test(smtp_floods, z7_invalid_transactions)
{
	struct flood f;

	begin(&f);
	for (size_t i = 0; i < 100000; i++) {
		client(&f, "RCPT TO:<b@y.z>\r\nDATA\r\nMAIL FRM\r\n.\r\n");
		server(&f, "503 x\r\n503 x\r\n501 x\r\n500 x\r\n");
	}
	finish(&f);
	cr_expect_eq(f.accepted, 1);
}

Test(smtp_floods, z8_empty_lines_that_nobody_answers)
{
	struct flood f;

	begin(&f);
	repeat(&f, FROM_CLIENT, "\r\n", 1000000);
	finish(&f);
	cr_expect_eq(f.messages, 1);
	cr_expect_eq(f.accepted, 1);
}

Test(smtp_floods, z8_empty_lines_that_are_answered)
{
	struct flood f;

	begin(&f);
	repeat(&f, FROM_CLIENT, "\n", 1000000);
	repeat(&f, FROM_SERVER, "500 5.5.2 bad syntax\r\n", 1000000);
	finish(&f);
	cr_expect_eq(f.accepted, 1);
}

Test(smtp_floods, z8_commands_whose_answers_come_late)
{
	struct flood f;

	begin(&f);
	repeat(&f, FROM_CLIENT, "NOOP\r\n", 100000);
	repeat(&f, FROM_SERVER, "250 ok\r\n", 100000);
	finish(&f);
	cr_expect_eq(f.accepted, 1);
	cr_expect(f.flags & SESSION_PIPELINING);
}

Test(smtp_floods, s1_many_small_transactions)
{
	const size_t count = 100000;
	struct flood f;

	begin(&f);
	for (size_t i = 0; i < count; i++) {
		client(&f, "MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nBDAT 1 LAST\r\nx");
		server(&f, "250 ok\r\n250 ok\r\n250 ok\r\n");
	}
	finish(&f);
	cr_expect_eq(f.messages, count + 1);
	cr_expect_eq(f.accepted, count + 1);
}

/* Of the oldest ones the answers are given up, and counted as such. */
Test(smtp_floods, s1_transactions_whose_answers_come_late)
{
	const size_t count = 10000;
	struct flood f;

	begin(&f);
	repeat(&f, FROM_CLIENT, "MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nBDAT 0 LAST\r\n", count);
	repeat(&f, FROM_SERVER, "250 ok\r\n250 ok\r\n250 ok\r\n", count);
	finish(&f);
	cr_expect_eq(f.messages, count + 1);
	cr_expect_gt(f.stats.forgotten, 0);
	cr_expect_eq(f.recipients_total, count + 1);
}

Test(smtp_floods, s1_the_newest_are_kept)
{
	const size_t count = 1000, kept = 64;
	struct flood f;

	begin(&f);
	repeat(&f, FROM_CLIENT, "MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nBDAT 0 LAST\r\n", count);
	repeat(&f, FROM_SERVER, "250 ok\r\n250 ok\r\n250 ok\r\n", count);
	finish(&f);
	cr_expect_eq(f.messages, count + 1);
	cr_expect_eq(f.accepted, kept + 1);
	cr_expect_eq(f.stats.forgotten, count - kept);
}

Test(smtp_floods, s3_no_line_end_in_either_direction)
{
	struct flood f;

	begin(&f);
	for (size_t i = 0; i < 50; i++) {
		repeat(&f, FROM_CLIENT, "NOOP ", (1 << 20) / 5);
		repeat(&f, FROM_SERVER, "250-x", (1 << 20) / 5);
	}
	client(&f, "\r\n");
	server(&f, "\r\n250 ok\r\n");
	finish(&f);
	cr_expect_eq(f.accepted, 1);
	cr_expect(f.flags & SESSION_MALFORMED);
	cr_expect_eq(f.stats.malformed, 1, "Z9: it is counted");
}

Test(smtp_floods, s4_the_command_behind_a_long_one)
{
	struct flood f;

	begin(&f);
	client(&f, "NOOP ");
	repeat(&f, FROM_CLIENT, "x", 5000);
	server(&f, "500-");
	repeat(&f, FROM_SERVER, "y", 5000);
	client(&f, "\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nBDAT 1 LAST\r\nx");
	server(&f, "\r\n500 too long\r\n250 ok\r\n250 ok\r\n250 ok\r\n");
	finish(&f);
	cr_expect_eq(f.accepted, 2);
}

Test(smtp_floods, w1_one_command_of_a_megabyte)
{
	struct flood f;

	begin(&f);
	client(&f, "MAIL FROM:<");
	repeat(&f, FROM_CLIENT, "a", 1 << 20);
	client(&f, "@x>\r\n");
	server(&f, "500 line too long\r\n");
	finish(&f);
	cr_expect_eq(f.messages, 2);
	cr_expect_eq(f.accepted, 1);
}

/* Suricata's long-DATA-line, and dots that are none. */
Test(smtp_floods, a_text_of_one_long_line)
{
	struct flood f;

	begin(&f);
	client(&f, "MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nDATA\r\n");
	server(&f, "250 ok\r\n250 ok\r\n354 go\r\n");
	repeat(&f, FROM_CLIENT, ". MAIL FROM:<no@x>", 1 << 20);
	repeat(&f, FROM_CLIENT, "\r", 1 << 20);
	client(&f, "\r\n.\r\n");
	server(&f, "250 ok\r\n");
	finish(&f);
	cr_expect_eq(f.messages, 2);
	cr_expect_eq(f.accepted, 2);
	cr_expect_not(f.flags & SESSION_SMUGGLING);
}

Test(smtp_floods, chunks_of_one_byte)
{
	struct flood f;

	begin(&f);
	client(&f, "MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\n");
	server(&f, "250 ok\r\n250 ok\r\n");
	for (size_t i = 0; i < 100; i++) {
		repeat(&f, FROM_CLIENT, "BDAT 1\r\nx", 1000);
		repeat(&f, FROM_SERVER, "250 1 octet\r\n", 1000);
	}
	client(&f, "BDAT 0 LAST\r\n");
	server(&f, "250 ok\r\n");
	finish(&f);
	cr_expect_eq(f.accepted, 2);
}

Test(smtp_floods, attempts_to_authenticate)
{
	struct flood f;

	begin(&f);
	for (size_t i = 0; i < 100000; i++) {
		client(&f, "AUTH PLAIN AHVzZXIAcA==\r\n");
		server(&f, "535 no\r\n");
	}
	finish(&f);
	cr_expect_eq(f.accepted, 1);
}

/* A lone dot with a bare line end beside it holds what follows: it must not do so for ever. */
Test(smtp_floods, dubious_dots)
{
	struct flood f;

	begin(&f);
	client(&f, "MAIL FROM:<a@x>\r\nRCPT TO:<b@y.z>\r\nDATA\r\n");
	server(&f, "250 ok\r\n250 ok\r\n354 go\r\n");
	repeat(&f, FROM_CLIENT, "\n.\nNOOP\r\n", 200000);
	client(&f, "\r\n.\r\n");
	server(&f, "250 ok\r\n");
	finish(&f);
	cr_expect_eq(f.accepted, 2);
}
