#include "talk.h"

#include "protocols/session.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_CUTS 8
#define START_NS INT64_C(1700000000000000000)

/* The connection of a talk: 203.0.113.9 to 192.0.2.25. */
static struct connection connection_of(const struct talk *talk)
{
	const uint8_t client[4] = { 203, 0, 113, 9 };
	const uint8_t server[4] = { 192, 0, 2, 25 };

	return (struct connection){
		.client = ip_address_v4(client),
		.server = ip_address_v4(server),
		.client_port = 40000,
		.server_port = talk->port,
		.client_isn = 1000,
		.start_ns = START_NS,
		.start_at = { .frame = 1 },
		.flags = talk->flags,
		.seen = { !talk->client_unseen, !talk->server_unseen },
		.roles_known = true,
	};
}

static void add_span(struct text *out, const char *name, struct span value)
{
	text_addf(out, " %s=", name);
	text_add_printable(out, span_part(value, 0, 60));
}

static void add_flags(struct text *out, uint32_t flags)
{
	const char *flag;

	while ((flag = session_flag_next(&flags)) != NULL)
		text_addf(out, " %s", flag);
}

static void add_via(struct text *out, const struct fact_via *via)
{
	static const char *const logins[] = { "", "/offered", "/taken" };

	if (via->type == VIA_NOTHING)
		return;
	text_addf(out, " via=%s%s:", via_type_word(via->type), logins[via->login]);
	text_add_printable(out, via->target);
}

static void add_transaction(struct text *out, const struct fact_transaction *t)
{
	text_addf(out, "message %u", t->index);
	if (t->mail_from_seen)
		add_span(out, "from", t->mail_from);
	for (uint32_t i = 0; i < t->recipient_count && i < 6; i++) {
		const struct fact_recipient *r = &t->recipients[i];

		text_add(out, " to=");
		text_add_printable(out, span_part(r->address, 0, 60));
		text_addf(out, ":%s%s", recipient_verdict_word(r->verdict),
			  r->inferred_accepted ? "?" : "");
	}
	if (t->recipients_total > 6 || t->recipients_total != t->recipient_count)
		text_addf(out, " of=%llu", (unsigned long long)t->recipients_total);
	text_addf(out, " %s\n", outcome_word(t->outcome));
}

/* Write a fact as a line. */
void talk_fact(void *ctx, const struct fact *fact)
{
	struct text *out = ctx;

	switch (fact->kind) {
	case FACT_TRANSACTION:
		add_transaction(out, &fact->as.transaction);
		return;
	case FACT_SESSION:
		text_addf(out, "session %s tls=%s auth=%s n=%u",
			  mail_protocol_word(fact->as.session.origin.protocol),
			  tls_use_word(fact->as.session.origin.tls),
			  auth_result_word(fact->as.session.origin.auth),
			  fact->as.session.transactions);
		add_via(out, &fact->as.session.origin.via);
		add_flags(out, fact->as.session.origin.flags);
		text_add(out, "\n");
		return;
	case FACT_AUTH:
		text_addf(out, "auth %s", auth_result_word(fact->as.auth.result));
		add_span(out, "user", fact->as.auth.user);
		text_add(out, "\n");
		return;
	case FACT_COMMAND:
		text_addf(out, "command %s %d", fact->as.command.verb, fact->as.command.accepted);
		add_span(out, "argument", fact->as.command.argument);
		text_add(out, "\n");
		return;
	case FACT_CONTACT:
		text_addf(out, "contact %s\n", contact_kind_word(fact->as.contact.kind));
		return;
	case FACT_DNS:
		text_addf(out, "dns %s\n", dns_type_word(fact->as.dns.type));
		return;
	}
}

static size_t piece_length(enum talk_cut cut, size_t left, unsigned *seed)
{
	size_t n = left;

	if (cut == TALK_BYTES)
		n = 1;
	if (cut == TALK_RANDOM)
		n = 1 + (size_t)rand_r(seed) % 17;
	return n < left ? n : left;
}

/* Say something, in pieces; each from memory of exactly its size. */
static bool say(const struct conversation_ops *ops, void *ctx, void *session, enum direction from,
		const struct talk_step *step, enum talk_cut cut, unsigned *seed, int64_t time_ns)
{
	size_t length = step->count > 0 ? step->count : strlen(step->bytes);
	size_t at = 0;
	bool wanted = true;

	while (at < length && wanted) {
		size_t n = piece_length(cut, length - at, seed);
		uint8_t *copy = malloc(n);
		struct chunk chunk = { .direction = from,
				       .time_ns = time_ns,
				       .at = { .frame = 2 } };

		memcpy(copy, step->bytes + at, n);
		chunk.bytes = span_of(copy, n);
		wanted = ops->data(ctx, session, &chunk);
		free(copy);
		at += n;
	}
	return wanted;
}

static bool lose(const struct conversation_ops *ops, void *ctx, void *session, enum direction from,
		 size_t count, int64_t time_ns)
{
	struct gap gap = { .direction = from,
			   .kind = GAP_LOST,
			   .length_bytes = count,
			   .time_ns = time_ns,
			   .at = { .frame = 2 } };

	return ops->gap(ctx, session, &gap);
}

/* Run the steps. */
void talk_conversation(const struct conversation_ops *ops, void *ctx, const struct talk *talk,
		       enum talk_cut cut, unsigned seed)
{
	struct connection connection = connection_of(talk);
	struct conversation_end end = { .reason = talk->end, .at = { .frame = 3 } };
	void *session = ops->open(ctx, &connection);
	int64_t now = START_NS;
	bool wanted = session != NULL;

	for (const struct talk_step *s = talk->steps; s->kind != TALK_OVER && wanted; s++) {
		now += 1000000;
		switch (s->kind) {
		case TALK_OVER:
			break;
		case CLIENT_SAYS:
			wanted = say(ops, ctx, session, FROM_CLIENT, s, cut, &seed, now);
			break;
		case SERVER_SAYS:
			wanted = say(ops, ctx, session, FROM_SERVER, s, cut, &seed, now);
			break;
		case CLIENT_LOST:
		case SERVER_LOST:
			connection.flags |= CONNECTION_GAP;
			wanted = lose(ops, ctx, session,
				      s->kind == CLIENT_LOST ? FROM_CLIENT : FROM_SERVER, s->count,
				      now);
			break;
		case CLIENT_ENDS:
			ops->end(ctx, session, FROM_CLIENT, now);
			break;
		case SERVER_ENDS:
			ops->end(ctx, session, FROM_SERVER, now);
			break;
		}
	}
	end.time_ns = now;
	if (session != NULL)
		ops->close(ctx, session, &end);
}

/* A decoder without the look at first bytes. */
struct bare {
	const struct decoder_ops *decoder;
	struct session_env env;
	struct session *session;
	void *state;
};

static void *bare_open(void *ctx, const struct connection *connection)
{
	struct bare *bare = ctx;

	cr_assert_eq(session_new(&bare->session, &bare->env, connection), RESULT_OK);
	bare->state = bare->decoder->open(bare->session);
	cr_assert_not_null(bare->state);
	return bare;
}

static bool bare_data(void *ctx, void *session, const struct chunk *chunk)
{
	struct bare *bare = session;

	(void)ctx;
	session_count_bytes(bare->session, chunk->direction, chunk->bytes.length, chunk->time_ns);
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

static const struct conversation_ops bare_ops = {
	.open = bare_open,
	.data = bare_data,
	.gap = bare_gap,
	.end = bare_end,
	.close = bare_close,
};

/* Run against one decoder. */
void talk_decoder(const struct decoder_ops *decoder, const struct talk *talk, enum talk_cut cut,
		  unsigned seed, struct text *out)
{
	struct fact_sink sink = { .fact = talk_fact, .ctx = out };
	struct protocols_stats stats = { 0 };
	struct budget budget;
	struct site *site = NULL;
	struct bare bare = { .decoder = decoder };

	budget_init(&budget, (size_t)64 << 20);
	cr_assert_eq(site_new(&site), RESULT_OK);
	if (talk->proxy != NULL)
		cr_assert_eq(site_add_network(site, SITE_PROXY, talk->proxy), RESULT_OK);
	bare.env = (struct session_env){
		.site = site, .budget = &budget, .facts = &sink, .stats = &stats
	};
	talk_conversation(&bare_ops, &bare, talk, cut, seed);
	cr_expect_eq(budget.used_bytes, 0, "%s: %zu bytes are still charged", talk->name,
		     budget.used_bytes);
	site_free(&site);
}

/* Whole, byte by byte, and cut at random. */
void talk_check(const struct decoder_ops *decoder, const struct talk *talk)
{
	for (unsigned i = 0; i < 2 + RANDOM_CUTS; i++) {
		enum talk_cut cut = i == 0 ? TALK_WHOLE : i == 1 ? TALK_BYTES : TALK_RANDOM;
		struct text out;

		text_init(&out, (size_t)1 << 20);
		talk_decoder(decoder, talk, cut, i, &out);
		cr_expect_str_eq(text_get(&out), talk->facts, "%s, cut %u:\n%s", talk->name, i,
				 text_get(&out));
		text_clear(&out);
	}
}
