/* A small memory under a flood: what is let go first, what stays, and that nobody trips over it. */
#include "detectors/rig.h"

#include "core/time_text.h"
#include "detectors/state.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SMALL ((size_t)512 << 10)
#define FLOOD 100000

static struct ip_address server_of(uint32_t n)
{
	return rig_address(192, n);
}

static struct ip_address stranger(uint32_t n)
{
	return rig_address(20, n);
}

/* One message for somebody else's domain, taken from a stranger; or what the callers alters. */
static struct rig_offer relayed(uint32_t client, uint32_t server, const char *domain)
{
	return (struct rig_offer){ .client = stranger(client),
				   .server = server_of(server),
				   .domains = { domain },
				   .count = 1,
				   .id = "id@spam.example" };
}

/* The server hands on what `relayed` brought. */
static void leave(struct rig *rig, const struct rig_offer *in)
{
	struct rig_offer out = *in;

	out.client = in->server;
	out.server = rig_address(21, 7);
	rig_offer(rig, &out);
}

static struct detectors_stats stats_of(const struct rig *rig)
{
	struct detectors_stats stats;

	detectors_stats_get(rig->detectors, &stats);
	return stats;
}

Test(flood, contacts_go_and_the_accused_stays)
{
	struct rig rig;
	struct rig_offer in = relayed(1, 25, "foreign.example");
	struct ip_address server = server_of(25);

	rig_open(&rig, SMALL);
	rig.watched = in.client;
	rig_offer(&rig, &in);
	leave(&rig, &in);
	for (uint32_t i = 2; i < FLOOD; i++) {
		struct ip_address client = stranger(i);

		rig_session(&rig, &client, &server, NULL, false);
	}
	cr_expect_gt(stats_of(&rig).forgotten_pairs, FLOOD / 2);
	cr_expect_eq(rig.alerts[ALERT_RAISED], 1);
	rig_finish(&rig);
	cr_expect_eq(rig.watched_verdict, VERDICT_OPEN_RELAY_CONFIRMED);
	cr_expect_eq(rig.confirmed, 1);
	cr_expect_eq(rig.open_servers, 1);
	rig_close(&rig);
}

/* A memory that is full already must not make the detectors blind: not for a known server, and
 * not for a new one. */
Test(flood, a_relay_is_seen_after_it)
{
	static const char *const what[] = { "sessions", "mail", "denied mail", "tests" };

	for (size_t kind = 0; kind < ARRAY_COUNT(what); kind++) {
		for (uint32_t new_server = 0; new_server < 2; new_server++) {
			struct rig rig;
			struct rig_offer in = relayed(FLOOD, 25 + new_server, "foreign.example");
			struct rig_offer other = relayed(0, 25, "example.com");

			rig_open(&rig, SMALL);
			rig.watched = in.client;
			other.verdict = kind == 2 ? RECIPIENT_DENIED_RELAY : RECIPIENT_ACCEPTED;
			for (uint32_t i = 0; i < 5000; i++) {
				other.client = stranger(i);
				if (kind == 0)
					rig_session(&rig, &other.client, &other.server, NULL,
						    false);
				else if (kind == 3)
					rig_command(&rig, &other.client, &other.server, "VRFY");
				else
					rig_offer(&rig, &other);
			}
			rig_offer(&rig, &in);
			leave(&rig, &in);
			rig_finish(&rig);
			cr_expect_eq(rig.watched_verdict, VERDICT_OPEN_RELAY_CONFIRMED,
				     "after %s, new server %u: %s", what[kind], new_server,
				     verdict_word(rig.watched_verdict));
			rig_close(&rig);
		}
	}
}

/* Cheap accusations do not push out a dear one. */
Test(flood, tests_push_out_no_relay)
{
	struct rig rig;
	struct rig_offer in = relayed(1, 25, "foreign.example");

	rig_open(&rig, SMALL);
	rig.watched = in.client;
	rig_offer(&rig, &in);
	for (uint32_t i = 2; i < FLOOD / 4; i++) {
		struct ip_address client = stranger(i);

		rig_command(&rig, &client, &in.server, "EXPN");
	}
	rig_finish(&rig);
	cr_expect_eq(rig.watched_verdict, VERDICT_OPEN_RELAY);
	rig_close(&rig);
}

/* One host, domains without end: some servers say "no such user" whatever the domain is, others
 * say yes to all recipients. */
Test(flood, domains_are_bounded)
{
	static const struct {
		const char *what;
		enum recipient_verdict verdict;
		bool no_data;
		uint64_t forgotten_least;
	} rows[] = {
		{ "unknown users", RECIPIENT_DENIED_USER, false, 1000 },
		{ "denied", RECIPIENT_DENIED_RELAY, false, 0 },
		{ "recipients taken, no data", RECIPIENT_ACCEPTED, true, 0 },
		{ "taken", RECIPIENT_ACCEPTED, false, 1000 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct rig rig;
		struct rig_offer in = relayed(1, 26, "foreign.example");
		struct rig_offer many = relayed(2, 25, NULL);

		rig_open(&rig, SMALL);
		rig.watched = in.client;
		many.verdict = rows[i].verdict;
		many.no_data = rows[i].no_data;
		for (uint32_t n = 0; n < 6000; n++) {
			char domain[32];

			(void)snprintf(domain, sizeof(domain), "d%u.example", n);
			many.domains[0] = domain;
			rig_offer(&rig, &many);
		}
		cr_expect_geq(stats_of(&rig).forgotten_domains, rows[i].forgotten_least, "%s: %llu",
			      rows[i].what, (unsigned long long)stats_of(&rig).forgotten_domains);
		rig_offer(&rig, &in);
		leave(&rig, &in);
		rig_finish(&rig);
		cr_expect_eq(rig.watched_verdict, VERDICT_OPEN_RELAY_CONFIRMED, "%s", rows[i].what);
		rig_close(&rig);
	}
}

/* Servers that refused somebody have a posture and outlive their pairs; they are bounded too. */
Test(flood, servers_are_bounded)
{
	for (int open = 0; open < 2; open++) {
		struct rig rig;
		struct rig_offer in = relayed(1, 25, "foreign.example");

		rig_open(&rig, SMALL);
		rig.watched = in.client;
		for (uint32_t i = 0; i < 20000; i++) {
			struct rig_offer other = relayed(2, 1000 + i, "other.example");

			other.verdict = open ? RECIPIENT_ACCEPTED : RECIPIENT_DENIED_RELAY;
			rig_offer(&rig, &other);
		}
		cr_expect_gt(stats_of(&rig).forgotten_servers, 10000);
		rig_offer(&rig, &in);
		rig_finish(&rig);
		cr_expect_eq(rig.watched_verdict, VERDICT_OPEN_RELAY);
		rig_close(&rig);
	}
}

/* A hundred recipients in one fact need more than there is: the pair at work must stay. */
Test(flood, the_pair_at_work_stays)
{
	struct rig rig;
	char domains[RIG_RECIPIENTS_MAX][32];

	rig_open(&rig, (size_t)224 << 10);
	for (uint32_t round = 0; round < 300; round++) {
		struct rig_offer in = relayed(round, 25 + round % 3, NULL);

		in.count = RIG_RECIPIENTS_MAX;
		for (size_t i = 0; i < in.count; i++) {
			(void)snprintf(domains[i], sizeof(domains[i]), "d%zu.example",
				       i + round % 7);
			in.domains[i] = domains[i];
		}
		if (round % 5 == 1)
			in.verdict = RECIPIENT_DENIED_RELAY;
		if (round % 5 == 2)
			in.verdict = RECIPIENT_DENIED_USER;
		rig_offer(&rig, &in);
		leave(&rig, &in);
	}
	rig_finish(&rig);
	cr_expect_gt(rig.relays, 0);
	rig_close(&rig);
}

/* A server is open by what it did, also when those for whom it did it were let go. */
Test(flood, an_open_server_outlives_its_strangers)
{
	struct rig rig;

	rig_open(&rig, SMALL);
	for (uint32_t i = 0; i < 5000; i++) {
		struct rig_offer in = relayed(i, 25 + (i > 0), "foreign.example");

		rig_offer(&rig, &in);
		leave(&rig, &in);
	}
	cr_expect_gt(stats_of(&rig).forgotten_pairs, 1000);
	rig_finish(&rig);
	cr_expect_eq(rig.open_servers, 2);
	rig_close(&rig);
}

/* The onward memory and the incidents outlive the pairs that they are about. */
Test(flood, a_leg_and_an_incident_of_a_forgotten_pair)
{
	struct rig rig;
	struct rig_offer first = relayed(1, 25, "foreign.example");

	rig_open(&rig, SMALL);
	rig.watched = first.client;
	rig_offer(&rig, &first);
	cr_expect_eq(rig.alerts[ALERT_RAISED], 0, "it rests on a list of domains alone");
	for (uint32_t i = 2; i < 5000; i++) {
		struct rig_offer in = relayed(i, 25 + i % 50, "foreign.example");

		in.id = "another@spam.example";
		rig_offer(&rig, &in);
		leave(&rig, &in);
	}
	leave(&rig, &first);
	detectors_tick(rig.detectors, rig.now_ns + 48 * NS_PER_HOUR);
	cr_expect_eq(rig.alerts[ALERT_RESOLVED], rig.alerts[ALERT_RAISED]);
	rig_finish(&rig);
	cr_expect_eq(rig.watched_verdict, VERDICT_COUNT, "it should have been forgotten");
	rig_close(&rig);
}

/* Whoever opens thousands of ports makes as many incidents; they too share the memory. */
Test(flood, incidents_have_no_memory_of_their_own)
{
	struct rig rig;

	rig_open(&rig, SMALL);
	for (uint32_t i = 0; i < 5000; i++) {
		struct rig_offer in = relayed(i, 25 + i, "foreign.example");

		rig_offer(&rig, &in);
		leave(&rig, &in);
		cr_assert_leq(rig.budget.used_bytes, SMALL);
	}
	cr_expect_gt(stats_of(&rig).forgotten_incidents, 1000);
	rig_finish(&rig);
	rig_close(&rig);
}

/* ---- the tables themselves ---- */

static void open_state(struct state *state, struct budget *budget, size_t limit_bytes)
{
	struct hash_key key = hash_key_fixed();

	budget_init(budget, limit_bytes);
	cr_assert_eq(state_init(state, &key, budget), RESULT_OK);
}

/* A number names one claim for ever: after its pair is gone it names none. */
Test(claims, numbers_over_many_generations)
{
	struct state state;
	struct budget budget;
	uint32_t numbers[64];
	size_t known = 0;

	open_state(&state, &budget, (size_t)128 << 10);
	for (uint32_t i = 0; i < FLOOD; i++) {
		struct ip_address client = stranger(i);
		struct ip_address address = server_of(i % 3);
		struct server *server = state_server(&state, &address, 25, PROTOCOL_SMTP, i);
		struct pair *pair = state_pair(&state, server, &client, i);
		struct holding *holding;
		struct claim *claim;

		cr_assert_not_null(pair);
		holding = state_holding(&state, server->host, span_text("foreign.example"));
		cr_assert_not_null(holding);
		claim = state_claim(&state, pair, holding, 0, false);
		cr_assert_not_null(claim);
		cr_assert_eq(state_claim_by_number(&state, claim->number), claim);
		numbers[i % ARRAY_COUNT(numbers)] = claim->number;
	}
	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
		known += state_claim_by_number(&state, numbers[i]) != NULL;
	cr_expect_gt(known, 0);
	cr_expect_eq(state_claim_by_number(&state, 3), NULL);
	cr_expect_leq(state.claim_count, state.pairs.count);
	state_clear(&state);
	cr_expect_eq(budget.used_bytes, 0);
}

/* Marked to be judged again, and let go before it was. */
Test(dirty, a_forgotten_pair_is_off_the_list)
{
	struct state state;
	struct budget budget;
	struct pair *pair;
	size_t left = 0;

	open_state(&state, &budget, (size_t)64 << 10);
	for (uint32_t i = 0; i < 1000; i++) {
		struct ip_address client = stranger(i);
		struct ip_address address = server_of(1);
		struct server *server = state_server(&state, &address, 25, PROTOCOL_SMTP, i);

		pair = state_pair(&state, server, &client, i);
		cr_assert_not_null(pair);
		state_dirty(&state, pair);
		state_dirty(&state, pair);
	}
	while ((pair = state_next_dirty(&state)) != NULL)
		left++;
	cr_expect_eq(left, state.pairs.count);
	cr_expect_gt(state.forgotten_pairs, 0);
	state_clear(&state);
	cr_expect_eq(budget.used_bytes, 0);
}

/* Without room for one record the budget is neither overdrawn nor lost. */
Test(budget, no_room_at_all)
{
	for (size_t limit = 0; limit < 12000; limit += 97) {
		struct state state;
		struct budget budget;

		open_state(&state, &budget, limit);
		for (uint32_t i = 0; i < 20; i++) {
			struct ip_address client = stranger(i);
			struct ip_address address = server_of(i);
			struct server *server = state_server(&state, &address, 25, PROTOCOL_SMTP,
							     i);
			struct pair *pair = server == NULL ? NULL
							   : state_pair(&state, server, &client, i);
			struct holding *holding = pair == NULL
						      ? NULL
						      : state_holding(&state, server->host,
								      span_text("a.example"));

			if (holding != NULL) {
				(void)state_claim(&state, pair, holding, 0, false);
				state_settle_holding(&state, holding);
			}
		}
		cr_expect_leq(budget.peak_bytes, limit);
		state_clear(&state);
		cr_expect_eq(budget.used_bytes, 0, "limit %zu: %zu left", limit, budget.used_bytes);
	}
}
