#include "protocols/session.h"

#include "core/text.h"
#include "talk.h"

#include <criterion/criterion.h>
#include <string.h>

struct setup {
	struct budget budget;
	struct site *site;
	struct text facts;
	struct fact last;
	struct fact_sink sink;
	struct protocols_stats stats;
	struct session_env env;
	struct connection connection;
	struct session *session;
};

static void keep_last(void *ctx, const struct fact *fact)
{
	struct setup *s = ctx;

	s->last = *fact;
	talk_fact(&s->facts, fact);
}

static void begin(struct setup *s, uint16_t port, uint32_t flags)
{
	const uint8_t client[4] = { 203, 0, 113, 9 };
	const uint8_t server[4] = { 192, 0, 2, 25 };

	memset(s, 0, sizeof(*s));
	budget_init(&s->budget, (size_t)1 << 20);
	cr_assert_eq(site_new(&s->site), RESULT_OK);
	text_init(&s->facts, 10000);
	s->sink = (struct fact_sink){ .fact = keep_last, .ctx = s };
	s->env = (struct session_env){
		.site = s->site, .budget = &s->budget, .facts = &s->sink, .stats = &s->stats
	};
	s->connection = (struct connection){ .client = ip_address_v4(client),
					     .server = ip_address_v4(server),
					     .client_port = 40000,
					     .server_port = port,
					     .client_isn = 7,
					     .start_ns = 5,
					     .flags = flags };
	cr_assert_eq(session_new(&s->session, &s->env, &s->connection), RESULT_OK);
}

static void end(struct setup *s)
{
	const struct conversation_end how = { .reason = CLOSE_FIN, .time_ns = 99 };

	session_close(s->session, &how);
	session_free(&s->session);
	cr_expect_eq(s->budget.used_bytes, 0);
	text_clear(&s->facts);
	site_free(&s->site);
}

static const struct {
	uint16_t port;
	bool nonstandard;
} ports[] = {
	{ 25, false },  { 24, false },   { 465, false }, { 587, false }, { 209, false },
	{ 628, false }, { 6209, false }, { 26, true },   { 2525, true }, { 40025, true },
};

Test(session, ports_that_are_not_standard_are_flagged)
{
	for (size_t i = 0; i < ARRAY_COUNT(ports); i++) {
		struct setup s;

		begin(&s, ports[i].port, 0);
		cr_expect_eq((session_origin(s.session)->flags & SESSION_NONSTANDARD_PORT) != 0,
			     ports[i].nonstandard, "port %u", ports[i].port);
		end(&s);
	}
}

Test(session, flags_of_the_connection_are_read_when_told)
{
	struct setup s;

	begin(&s, 25, CONNECTION_MIDSTREAM);
	session_add_flags(s.session, SESSION_PIPELINING);
	s.connection.flags |= CONNECTION_GAP | CONNECTION_TRUNCATED | CONNECTION_ONE_SIDED |
			      CONNECTION_OVERLAP_CONFLICT;
	cr_expect_eq(session_origin(s.session)->flags,
		     SESSION_MIDSTREAM | SESSION_GAP | SESSION_TRUNCATED | SESSION_ONE_SIDED |
			 SESSION_OVERLAP_CONFLICT | SESSION_PIPELINING);
	end(&s);
}

Test(session, its_name_is_the_same_for_the_same_packets_alone)
{
	struct setup a, b, c;

	begin(&a, 25, 0);
	begin(&b, 25, 0);
	begin(&c, 26, 0);
	cr_expect_eq(strlen(session_origin(a.session)->session), 16);
	cr_expect_str_eq(session_origin(a.session)->session, session_origin(b.session)->session);
	cr_expect_str_neq(session_origin(a.session)->session, session_origin(c.session)->session);
	end(&a);
	end(&b);
	end(&c);
}

Test(session, only_what_was_established_is_told)
{
	struct setup s;

	begin(&s, 25, 0);
	end(&s);
	cr_expect_eq(s.stats.sessions, 0);
	begin(&s, 25, 0);
	session_set_established(s.session);
	end(&s);
	cr_expect_eq(s.stats.sessions, 1);
	cr_expect_eq(s.stats.sessions_readable, 1);
}

struct attempt {
	const char *user;
	enum auth_result result;
};

static const struct {
	const char *name;
	struct attempt attempts[4];
	enum auth_result result;
	const char *user;
	uint32_t count, failures;
	bool tls_after;
} auths[] = {
	{ "none", { { 0 } }, AUTH_NONE, "", 0, 0, false },
	{ "tls before any attempt hides them", { { 0 } }, AUTH_HIDDEN, "", 0, 0, true },
	{ "one that succeeded", { { "a", AUTH_OK } }, AUTH_OK, "a", 1, 0, false },
	{ "the last word counts",
	  { { "a", AUTH_FAILED }, { "b", AUTH_OK } },
	  AUTH_OK,
	  "b",
	  2,
	  1,
	  false },
	{ "ok if any succeeded",
	  { { "a", AUTH_OK }, { "b", AUTH_FAILED } },
	  AUTH_OK,
	  "a",
	  2,
	  1,
	  false },
	{ "failed stays, also under tls", { { "a", AUTH_FAILED } }, AUTH_FAILED, "a", 1, 1, true },
	{ "an answer that was not seen", { { "a", AUTH_NONE } }, AUTH_NONE, "a", 1, 0, false },
};

Test(session, auth_keeps_the_last_word)
{
	for (size_t i = 0; i < ARRAY_COUNT(auths); i++) {
		const struct frame_id at = { .frame = 1 };
		const struct fact_session *fact;
		struct setup s;

		begin(&s, 25, 0);
		session_set_established(s.session);
		for (const struct attempt *a = auths[i].attempts; a->user != NULL; a++)
			session_auth(s.session, span_text("PLAIN"), span_text(a->user), a->result,
				     NULL, 1, at);
		if (auths[i].tls_after)
			session_set_tls(s.session, TLS_STARTTLS);
		session_close(s.session, &(struct conversation_end){ .reason = CLOSE_FIN });
		fact = &s.last.as.session;
		cr_expect_eq(fact->origin.auth, auths[i].result, "%s", auths[i].name);
		cr_expect_eq(fact->auth_attempts, auths[i].count, "%s", auths[i].name);
		cr_expect_eq(fact->auth_failures, auths[i].failures, "%s", auths[i].name);
		cr_expect(span_equal(fact->auth_user, span_text(auths[i].user)), "%s",
			  auths[i].name);
		end(&s);
	}
}

Test(session, a_claim_is_trusted_only_from_a_configured_proxy)
{
	const uint8_t claimed[4] = { 198, 51, 100, 1 };
	struct ip_address address = ip_address_v4(claimed);
	struct setup s;

	begin(&s, 25, 0);
	session_set_claim(s.session, &address, 9, true);
	cr_expect_not(session_origin(s.session)->claim_trusted);
	cr_expect(ip_address_equal(fact_client(session_origin(s.session)), &s.connection.client));
	cr_assert_eq(site_add_network(s.site, SITE_PROXY, "203.0.113.0/24"), RESULT_OK);
	session_set_claim(s.session, &address, 9, true);
	cr_expect(session_origin(s.session)->claim_trusted);
	cr_expect(ip_address_equal(fact_client(session_origin(s.session)), &address));
	end(&s);
}

Test(session, texts_are_cut)
{
	char big[2000];
	struct setup s;

	memset(big, 'x', sizeof(big));
	begin(&s, 25, 0);
	session_set_helo(s.session, span_of(big, sizeof(big)));
	session_set_banner(s.session, span_of(big, sizeof(big)));
	session_command(s.session, "VRFYVRFYVRFYVRFY", span_of(big, sizeof(big)), true, NULL, 1,
			(struct frame_id){ .frame = 1 });
	cr_expect_eq(session_origin(s.session)->helo.length, 255);
	cr_expect_eq(session_origin(s.session)->banner.length, 512);
	cr_expect_eq(s.last.as.command.argument.length, 512);
	cr_expect_str_eq(s.last.as.command.verb, "VRFYVRFYVRF");
	end(&s);
}

Test(session, without_memory_there_is_none)
{
	struct setup s;
	struct session *more = NULL;

	begin(&s, 25, 0);
	s.budget.limit_bytes = s.budget.used_bytes;
	cr_expect_eq(session_new(&more, &s.env, &s.connection), RESULT_LIMIT);
	cr_expect_null(more);
	end(&s);
}

Test(session, bytes_under_tls_are_counted_apart)
{
	struct setup s;

	begin(&s, 25, 0);
	session_set_established(s.session);
	session_count_bytes(s.session, FROM_CLIENT, 100, 10);
	session_set_tls(s.session, TLS_STARTTLS);
	session_count_bytes(s.session, FROM_CLIENT, 20, 11);
	session_count_bytes(s.session, FROM_SERVER, 30, 12);
	session_close(s.session, &(struct conversation_end){ .reason = CLOSE_FIN });
	cr_expect_eq(s.last.as.session.bytes[FROM_CLIENT], 120);
	cr_expect_eq(s.last.as.session.tls.bytes[FROM_CLIENT], 20);
	cr_expect_eq(s.last.as.session.tls.bytes[FROM_SERVER], 30);
	cr_expect_eq(s.last.as.session.tls.start_ns, 11);
	cr_expect_eq(s.last.as.session.tls.end_ns, 12);
	end(&s);
}
