#include "steps.h"

#include "core/cursor.h"
#include "protocols/protocols.h"
#include "protocols/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Too little for nDPI, which takes its time to begin: it is tried by itself elsewhere. */
#define MEMORY_BYTES (6 << 20)
#define LITTLE_MEMORY_BYTES 24000
#define TEXT_MAX_BYTES (4 << 20)

/* One run: where the steps go to. */
struct run {
	const struct conversation_ops *ops;
	void *ctx;
	void *session;
	enum steps_cut cut;
	uint32_t seed; /* of the places to cut */
	bool unseen[2], ended[2];
	enum gap_kind gap_kind;
	int64_t time_ns;
};

static void add_reply(struct text *out, const struct fact_reply *reply)
{
	text_addf(out, "%c%u/%s/%s/%lld/", reply->letter == 0 ? '-' : reply->letter, reply->code,
		  reply->enhanced, reply_class_word(reply->reply_class), (long long)reply->time_ns);
	text_add_printable(out, reply->text);
}

static void add_span(struct text *out, struct span span)
{
	text_add(out, " ");
	text_add_printable(out, span);
}

static void add_recipient(struct text *out, const struct fact_recipient *r)
{
	add_span(out, r->address);
	text_addf(out, "=%s/%u/%d/%lld/", recipient_verdict_word(r->verdict), r->tricks,
		  r->inferred_accepted, (long long)r->time_ns);
	add_reply(out, &r->reply);
}

static void add_message(struct text *out, const struct fact_transaction *t)
{
	add_span(out, t->message_id);
	add_span(out, t->header_from);
	for (uint32_t i = 0; i < t->trace_count; i++)
		add_span(out, t->trace[i].raw);
	text_addf(out, " %d%d%d%d, %llu bytes, %llu of body, digest ", t->has_list_headers,
		  t->is_automatic, t->header_complete, t->body_digest_known,
		  (unsigned long long)t->body_bytes, (unsigned long long)t->body_size_bytes);
	for (size_t i = 0; i < sizeof(t->body_digest); i++)
		text_addf(out, "%02x", t->body_digest[i]);
}

static void add_transaction(struct text *out, const struct fact_transaction *t)
{
	if (t->recipient_count > FACT_RECIPIENTS_MAX)
		abort();
	text_addf(out, " %u %s %d%d ", t->index, outcome_word(t->outcome), t->data_invited,
		  t->complete);
	add_reply(out, &t->answer);
	add_span(out, t->mail_from);
	for (uint32_t i = 0; i < t->recipient_count; i++)
		add_recipient(out, &t->recipients[i]);
	text_addf(out, " of %llu,", (unsigned long long)t->recipients_total);
	add_message(out, t);
	text_addf(out, ", from %lld to %lld", (long long)t->start_ns, (long long)t->end_ns);
}

static void add_session(struct text *out, const struct fact_session *s)
{
	text_addf(out, " %s %s %s %u %u/%u %u %s", mail_protocol_word(s->origin.protocol),
		  tls_use_word(s->origin.tls), auth_result_word(s->origin.auth), s->transactions,
		  s->auth_failures, s->auth_attempts, s->origin.flags,
		  s->origin.software.name == NULL ? "" : s->origin.software.name);
	text_addf(out, " %u/%llu", s->tls.turns, (unsigned long long)s->tls.talk_bytes);
	text_addf(out, " %d%d%d", s->ehlo_answered, s->starttls_offered, s->starttls_blanked);
	text_addf(out, " %s/%d/%u", via_type_word(s->origin.via.type), s->origin.via.login,
		  s->origin.via.port);
	add_span(out, s->origin.via.target);
	add_span(out, s->origin.helo);
	add_span(out, s->origin.banner);
}

/* What must not depend on how the bytes were cut. */
static void add_fact(void *ctx, const struct fact *fact)
{
	struct text *out = ctx;

	text_addf(out, "%s at %lld", fact_kind_word(fact->kind), (long long)fact->time_ns);
	switch (fact->kind) {
	case FACT_TRANSACTION:
		add_transaction(out, &fact->as.transaction);
		break;
	case FACT_SESSION:
		add_session(out, &fact->as.session);
		break;
	case FACT_AUTH:
		add_span(out, fact->as.auth.mechanism);
		add_span(out, fact->as.auth.user);
		text_addf(out, " %s ", auth_result_word(fact->as.auth.result));
		add_reply(out, &fact->as.auth.reply);
		break;
	case FACT_COMMAND:
		text_addf(out, " %s %d", fact->as.command.verb, fact->as.command.accepted);
		add_span(out, fact->as.command.argument);
		break;
	case FACT_CONTACT:
	case FACT_DNS:
		break;
	}
	text_add(out, "\n");
}

/* How much of what is left goes into the next piece. */
static size_t piece_length(struct run *run, size_t left, bool first)
{
	if (run->cut == STEPS_BYTES)
		return 1;
	if (run->cut != STEPS_TWO || !first || left < 2)
		return left;
	run->seed = run->seed * 1664525 + 1013904223;
	return 1 + (run->seed >> 8) % (left - 1);
}

/* Bytes are handed over in memory of exactly their size, so that a read past it is seen. */
static bool say(struct run *run, enum direction from, struct span bytes)
{
	bool wanted = true;

	for (size_t at = 0, step; at < bytes.length && wanted; at += step) {
		uint8_t *copy;
		struct chunk chunk = { .direction = from,
				       .time_ns = run->time_ns,
				       .at = { .frame = 1 } };

		step = piece_length(run, bytes.length - at, at == 0);
		copy = malloc(step);
		if (copy == NULL)
			abort();
		memcpy(copy, bytes.data + at, step);
		chunk.bytes = span_of(copy, step);
		wanted = run->ops->data(run->ctx, run->session, &chunk);
		free(copy);
	}
	return wanted;
}

/* One step; false: no more is wanted. */
static bool take_step(struct run *run, struct cursor *in)
{
	uint8_t what = cursor_u8(in);
	uint64_t length = cursor_done(in) ? 0 : cursor_u8(in);
	enum direction from = (what & 8) != 0 ? FROM_SERVER : FROM_CLIENT;
	struct gap gap = { .direction = from,
			   .kind = run->gap_kind,
			   .length_bytes = (length + 1) << (4 * ((what >> 4) & 7)),
			   .time_ns = run->time_ns,
			   .at = { .frame = 1 } };
	bool silent = run->unseen[from] || run->ended[from];

	run->time_ns++;
	switch (what & 7) {
	case STEP_LOST:
		return silent || run->ops->gap(run->ctx, run->session, &gap);
	case STEP_ENDS:
		if (!silent)
			run->ops->end(run->ctx, run->session, from, run->time_ns);
		run->ended[from] = true;
		return true;
	default:
		if (length > cursor_left(in))
			length = cursor_left(in);
		return say(run, silent ? FROM_CLIENT : from, cursor_take(in, (size_t)length));
	}
}

/* All steps of an input. */
static void run_steps(const struct conversation_ops *ops, void *ctx, uint16_t port,
		      struct span input, enum steps_cut cut)
{
	struct cursor in = cursor_of(input);
	uint8_t circumstances = cursor_done(&in) ? 0 : cursor_u8(&in);
	struct connection connection = { .server_port = port, .roles_known = true };
	struct conversation_end end = { .reason = CLOSE_FIN };
	struct run run = { .ops = ops, .ctx = ctx, .cut = cut, .time_ns = 1 };

	for (size_t i = 0; i < input.length; i++)
		run.seed = run.seed * 31 + input.data[i];
	run.unseen[FROM_SERVER] = (circumstances & CIRCUMSTANCE_SERVER_UNSEEN) != 0;
	run.unseen[FROM_CLIENT] = (circumstances & CIRCUMSTANCE_CLIENT_UNSEEN) != 0;
	run.gap_kind = (circumstances & CIRCUMSTANCE_ONE_GAP_KIND) != 0 ? GAP_CUT : GAP_LOST;
	connection.seen[FROM_SERVER] = !run.unseen[FROM_SERVER];
	connection.seen[FROM_CLIENT] = !run.unseen[FROM_CLIENT];
	if (circumstances & CIRCUMSTANCE_MIDSTREAM)
		connection.flags = CONNECTION_MIDSTREAM;
	if (circumstances & CIRCUMSTANCE_EOF)
		end.reason = CLOSE_EOF;
	run.session = ops->open(ctx, &connection);
	if (run.session == NULL)
		return;
	while (!cursor_done(&in) && take_step(&run, &in))
		;
	end.time_ns = run.time_ns;
	ops->close(ctx, run.session, &end);
}

static void set_memory(struct budget *budget, struct span input)
{
	bool little = input.length > 0 && (input.data[0] & CIRCUMSTANCE_LITTLE_MEMORY) != 0;

	budget_init(budget, little ? LITTLE_MEMORY_BYTES : MEMORY_BYTES);
}

/* What was taken must have been given back. */
static void check_memory(const struct budget *budget)
{
	if (budget->used_bytes != 0)
		abort();
}

/* ---- a decoder by itself ---- */

struct bare {
	const struct decoder_ops *decoder;
	struct session_env env;
	struct session *session;
	void *state;
};

static void *bare_open(void *ctx, const struct connection *connection)
{
	struct bare *bare = ctx;

	if (session_new(&bare->session, &bare->env, connection) != RESULT_OK)
		return NULL;
	bare->state = bare->decoder->open(bare->session);
	if (bare->state == NULL)
		session_free(&bare->session);
	return bare->state == NULL ? NULL : bare;
}

static bool bare_data(void *ctx, void *session, const struct chunk *chunk)
{
	struct bare *bare = session;

	(void)ctx;
	bare->decoder->data(bare->state, chunk);
	return true;
}

static bool bare_gap(void *ctx, void *session, const struct gap *gap)
{
	struct bare *bare = session;

	(void)ctx;
	bare->decoder->gap(bare->state, gap);
	return true;
}

static void bare_end(void *ctx, void *session, enum direction direction, int64_t time_ns)
{
	struct bare *bare = session;

	(void)ctx;
	bare->decoder->end(bare->state, direction, time_ns);
}

static void bare_close(void *ctx, void *session, const struct conversation_end *end)
{
	struct bare *bare = session;

	(void)ctx;
	bare->decoder->close(bare->state, end);
	session_close(bare->session, end);
	session_free(&bare->session);
}

void steps_decoder(const struct decoder_ops *decoder, uint16_t port, struct span input,
		   enum steps_cut cut, struct text *out)
{
	static const struct conversation_ops ops = { .open = bare_open,
						     .data = bare_data,
						     .gap = bare_gap,
						     .end = bare_end,
						     .close = bare_close };
	const struct fact_sink sink = { .fact = add_fact, .ctx = out };
	struct protocols_stats stats = { 0 };
	struct budget budget;
	struct site *site = NULL;
	struct bare bare = { .decoder = decoder };

	set_memory(&budget, input);
	if (site_new(&site) != RESULT_OK)
		abort();
	bare.env = (struct session_env){
		.site = site, .budget = &budget, .facts = &sink, .stats = &stats
	};
	run_steps(&ops, &bare, port, input, cut);
	site_free(&site);
	check_memory(&budget);
}

/* ---- all of protocols/ ---- */

static void conversation(uint16_t port, struct span input, enum steps_cut cut, struct text *out)
{
	const struct fact_sink sink = { .fact = add_fact, .ctx = out };
	struct protocols *protocols = NULL;
	struct budget budget;
	struct site *site = NULL;

	set_memory(&budget, input);
	if (site_new(&site) != RESULT_OK ||
	    protocols_new(&protocols, site, &budget, &sink) != RESULT_OK)
		abort();
	run_steps(protocols_conversation_ops(), protocols, port, input, cut);
	protocols_free(&protocols);
	site_free(&site);
	check_memory(&budget);
}

/* ---- all ways to cut ---- */

/* decoder NULL: all of protocols/. */
static void run_cut(const struct decoder_ops *decoder, uint16_t port, struct span input,
		    enum steps_cut cut, struct text *out)
{
	text_init(out, TEXT_MAX_BYTES);
	if (decoder == NULL)
		conversation(port, input, cut, out);
	else
		steps_decoder(decoder, port, input, cut, out);
}

static void check_cuts(const struct decoder_ops *decoder, uint16_t port, struct span input)
{
	static const enum steps_cut cuts[] = { STEPS_BYTES, STEPS_TWO };
	bool little = input.length > 0 && (input.data[0] & CIRCUMSTANCE_LITTLE_MEMORY) != 0;
	struct text whole, cut;

	run_cut(decoder, port, input, STEPS_WHOLE, &whole);
	for (size_t i = 0; i < ARRAY_COUNT(cuts); i++) {
		run_cut(decoder, port, input, cuts[i], &cut);
		/* Short memory runs out at other moments. */
		if (!little && strcmp(text_get(&whole), text_get(&cut)) != 0) {
			(void)fprintf(stderr, "whole:\n%scut in way %d:\n%s", text_get(&whole),
				      cuts[i], text_get(&cut));
			abort();
		}
		text_clear(&cut);
	}
	text_clear(&whole);
}

void steps_check_decoder(const struct decoder_ops *decoder, uint16_t port, struct span input)
{
	check_cuts(decoder, port, input);
}

void steps_check_conversation(uint16_t port, struct span input)
{
	check_cuts(NULL, port, input);
}
