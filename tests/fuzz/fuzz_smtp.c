/*
 * Any conversation, as it came and byte by byte: no fault, and the same facts.
 *
 * Input: a byte of circumstances, then steps: a byte that says who (bits 0 and 1: client, server,
 * a hole in the client's bytes, one in the server's), a byte of length, and the bytes.
 */
#include "core/cursor.h"
#include "core/text.h"
#include "protocols/decoder.h"
#include "protocols/session.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MIDSTREAM = 1, SERVER_UNSEEN = 2, ENDS_EOF = 4, LITTLE_MEMORY = 8 };

/* What must not depend on how the bytes were cut. */
static void add_fact(void *ctx, const struct fact *fact)
{
	struct text *out = ctx;
	const struct fact_transaction *t = &fact->as.transaction;

	text_addf(out, "%s", fact_kind_word(fact->kind));
	if (fact->kind == FACT_SESSION)
		text_addf(out, " %u %u", fact->as.session.transactions,
			  fact->as.session.origin.flags);
	if (fact->kind == FACT_AUTH)
		text_add_printable(out, fact->as.auth.user);
	if (fact->kind == FACT_COMMAND)
		text_add_printable(out, fact->as.command.argument);
	if (fact->kind != FACT_TRANSACTION) {
		text_add(out, "\n");
		return;
	}
	text_addf(out, " %u %s %d ", t->index, outcome_word(t->outcome), t->answer.code);
	text_add_printable(out, t->mail_from);
	for (uint32_t i = 0; i < t->recipient_count; i++) {
		text_add(out, " ");
		text_add_printable(out, t->recipients[i].address);
		text_addf(out, "=%d/%d", (int)t->recipients[i].verdict,
			  t->recipients[i].reply.code);
	}
	text_addf(out, " %llu\n", (unsigned long long)t->body_bytes);
}

static void say(void *state, enum direction from, struct span bytes, bool bytewise)
{
	size_t step = bytewise ? 1 : bytes.length;

	for (size_t at = 0; at < bytes.length; at += step) {
		uint8_t *copy = malloc(step);
		struct chunk chunk = { .direction = from, .at = { .frame = 1 } };

		if (copy == NULL)
			abort();
		memcpy(copy, bytes.data + at, step);
		chunk.bytes = span_of(copy, step);
		smtp_decoder.data(state, &chunk);
		free(copy);
	}
}

static void run(struct span input, bool bytewise, struct text *out)
{
	struct cursor in = cursor_of(input);
	uint8_t circumstances = cursor_u8(&in);
	struct connection connection = { .server_port = 25, .seen = { true, true } };
	struct conversation_end end = { .reason = CLOSE_FIN };
	struct fact_sink sink = { .fact = add_fact, .ctx = out };
	struct protocols_stats stats = { 0 };
	struct session_env env = { .facts = &sink, .stats = &stats };
	struct site *site = NULL;
	struct session *session = NULL;
	struct budget budget;
	void *state;

	budget_init(&budget, (circumstances & LITTLE_MEMORY) ? 24000 : 64 << 20);
	if (site_new(&site) != RESULT_OK)
		abort();
	env.budget = &budget;
	env.site = site;
	if (circumstances & MIDSTREAM)
		connection.flags = CONNECTION_MIDSTREAM;
	if (circumstances & SERVER_UNSEEN)
		connection.seen[FROM_SERVER] = false;
	if (circumstances & ENDS_EOF)
		end.reason = CLOSE_EOF;
	if (session_new(&session, &env, &connection) != RESULT_OK)
		abort();
	state = smtp_decoder.open(session);
	while (state != NULL && !in.failed && !cursor_done(&in)) {
		uint8_t who = cursor_u8(&in);
		size_t length = cursor_u8(&in);
		enum direction from = (who & 1) ? FROM_SERVER : FROM_CLIENT;
		struct gap gap = { .direction = from, .length_bytes = length + 1 };

		if (from == FROM_SERVER && (circumstances & SERVER_UNSEEN))
			continue;
		if (who & 2)
			smtp_decoder.gap(state, &gap);
		else
			say(state, from, cursor_take(&in, length), bytewise);
	}
	if (state != NULL)
		smtp_decoder.close(state, &end);
	session_close(session, &end);
	session_free(&session);
	site_free(&site);
	if (budget.used_bytes != 0)
		abort(); /* what was taken must be given back */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text whole, cut;

	text_init(&whole, 1 << 20);
	text_init(&cut, 1 << 20);
	run(span_of(data, size), false, &whole);
	run(span_of(data, size), true, &cut);
	/* Short memory runs out at other moments. */
	if (size > 0 && (data[0] & LITTLE_MEMORY) == 0 &&
	    strcmp(text_get(&whole), text_get(&cut)) != 0)
		abort();
	text_clear(&whole);
	text_clear(&cut);
	return 0;
}
