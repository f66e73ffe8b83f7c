/* Those who may send: what they are accused of, and the twins that do the same and are innocent. */
#include "detectors/allowed.h"
#include "detectors/bounces.h"

#include "core/time_text.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define START_NS (INT64_C(1750003200) * NS_PER_SECOND)

/* A run of messages, one after another. */
struct run {
	double at_s, every_s;
	int messages, recipients;
	bool own;            /* the sender is in a domain of the server's */
	int sender_domains;  /* that it changes through */
	int people;          /* recipients repeat after so many; 0: never */
	int unknown_percent; /* of the recipients, when the server hands on */
};

struct allowed_case {
	const char *what;
	bool authenticated;
	struct run runs[3];
	bool abused;
};

static const struct allowed_case cases[] = {
	{ "P7: a stolen account: other senders, many at a time",
	  true,
	  { { 0, 0.2, 10, 25, false, 10, 0, 0 } },
	  true },
	{ "twin: it writes as itself", true, { { 0, 0.2, 10, 25, true, 1, 0, 0 } }, false },
	{ "twin: to the same few people", true, { { 0, 0.2, 10, 25, false, 10, 25, 0 } }, false },
	{ "twin: within a month", true, { { 0, 259200, 10, 25, false, 10, 0, 0 } }, false },
	{ "a stolen account that writes as itself, to a bought list",
	  true,
	  { { 0, 1, 100, 5, true, 1, 0, 30 } },
	  true },
	{ "twin: a list of people who exist", true, { { 0, 1, 100, 5, true, 1, 0, 2 } }, false },
	{ "an outbox flushed after a flight", true, { { 0, 0.5, 30, 2, true, 1, 0, 3 } }, false },
	{ "P31: a web host with a past that bursts",
	  false,
	  { { 0, 3000, 4, 1, true, 1, 0, 0 }, { 12000, 0.1, 10, 20, false, 10, 0, 0 } },
	  true },
	{ "twin: without a past", false, { { 12000, 0.1, 10, 20, false, 10, 0, 0 } }, false },
	{ "twin: a newsletter of its own",
	  false,
	  { { 0, 3000, 4, 1, true, 1, 0, 0 }, { 12000, 0.1, 2000, 1, true, 1, 0, 2 } },
	  false },
	{ "a newsletter under one foreign name",
	  false,
	  { { 0, 3000, 4, 1, true, 1, 0, 0 }, { 12000, 0.1, 500, 1, false, 1, 0, 0 } },
	  false },
	{ "a relay host of three hundred domains, from its first minute",
	  false,
	  { { 0, 2, 3600, 1, false, 300, 0, 3 } },
	  false },
	{ "the same for days, and then a fifth more",
	  false,
	  { { 0, 7, 40000, 1, false, 300, 0, 3 }, { 280000, 6, 600, 1, false, 300, 0, 3 } },
	  false },
	{ "the same, quiet by night and loud in the morning",
	  false,
	  { { 0, 450, 40, 1, false, 300, 0, 3 }, { 18000, 6, 3000, 1, false, 300, 0, 3 } },
	  false },
	{ "twin: who wrote as itself by night",
	  false,
	  { { 0, 450, 40, 1, true, 1, 0, 3 }, { 18000, 6, 3000, 1, false, 300, 0, 3 } },
	  true },
	{ "N25: reports to many domains", false, { { 0, 30, 300, 1, true, 1, 0, 0 } }, false },
};

static bool play_run(struct allowed *a, const struct allowed_case *c, const struct run *run,
		     const struct ip_address *server, const struct ip_address *client, int *serial)
{
	struct hash_key key = hash_key_fixed();
	bool abused = false;

	for (int i = 0; i < run->messages; i++) {
		struct allowed_message m = { .server = server,
					     .client = { .address = *client, .port = 587 },
					     .session = "s1",
					     .authenticated = c->authenticated,
					     .own_sender = run->own,
					     .first = true };
		const struct peers *clients;
		bool by_right;
		char sender[64];

		m.time_ns = START_NS +
			    (int64_t)((run->at_s + run->every_s * i) * (double)NS_PER_SECOND);
		(void)snprintf(sender, sizeof(sender), "a%d@d%d.example", i % 7,
			       i % run->sender_domains);
		m.mail_from = span_text(sender);
		for (int r = 0; r < run->recipients; r++) {
			int who = run->people > 0 ? *serial % run->people : *serial;

			(*serial)++;
			m.recipients[m.recipient_count++] = hash_bytes(&key, &who, sizeof(who));
		}
		abused = allowed_sent(a, &m, &clients) == ALLOWED_ABUSED || abused;
		for (int r = 0; r < run->recipients; r++)
			abused = allowed_handed_on(a, server, m.mail_from,
						   (*serial + r) * 37 % 100 < run->unknown_percent,
						   &by_right, &clients) ||
				 abused;
	}
	return abused;
}

Test(allowed, abuse_and_its_twins)
{
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct hash_key key = hash_key_fixed();
		struct ip_address server, client;
		struct budget budget;
		struct allowed *a = NULL;
		bool abused = false;
		int serial = 1;

		budget_init(&budget, (size_t)64 << 20);
		cr_assert_eq(ip_address_parse("192.0.2.25", &server), RESULT_OK);
		cr_assert_eq(ip_address_parse("203.0.113.5", &client), RESULT_OK);
		cr_assert_eq(allowed_new(&a, &key, &budget), RESULT_OK);
		allowed_login(a, "s1", span_text("anna"));
		for (size_t r = 0; r < ARRAY_COUNT(cases[i].runs); r++)
			abused = play_run(a, &cases[i], &cases[i].runs[r], &server, &client,
					  &serial) ||
				 abused;
		cr_expect_eq(abused, cases[i].abused, "%s", cases[i].what);
		allowed_free(&a);
		cr_expect_eq(budget.used_bytes, 0, "%s", cases[i].what);
	}
}

/* When the owner has his account back, what he writes is his own again. */
Test(allowed, abuse_ends)
{
	static const struct run abuse = { 0, 0.2, 10, 25, false, 10, 0, 0 };
	static const struct run owner = { 90000, 60, 3, 1, true, 1, 0, 0 };
	struct hash_key key = hash_key_fixed();
	struct ip_address server, client;
	struct budget budget;
	struct allowed *a = NULL;
	int serial = 1;

	budget_init(&budget, (size_t)64 << 20);
	cr_assert_eq(ip_address_parse("192.0.2.25", &server), RESULT_OK);
	cr_assert_eq(ip_address_parse("203.0.113.5", &client), RESULT_OK);
	cr_assert_eq(allowed_new(&a, &key, &budget), RESULT_OK);
	allowed_login(a, "s1", span_text("anna"));
	cr_expect(play_run(a, &cases[0], &abuse, &server, &client, &serial));
	cr_expect_not(play_run(a, &cases[0], &owner, &server, &client, &serial));
	allowed_free(&a);
}

/* One client, so many accounts, every so many seconds; do they write as themselves? */
Test(allowed, any_password)
{
	static const struct {
		const char *what;
		int accounts;
		double every_s;
		bool as_itself;
		bool any;
	} rows[] = {
		{ "P9: six accounts at once, none as itself", 6, 1, false, true },
		{ "twin: each as itself", 6, 1, true, false },
		{ "an office through a day", 12, 1800, false, false },
		{ "two accounts", 2, 1, false, false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct hash_key key = hash_key_fixed();
		struct ip_address server;
		struct budget budget;
		struct allowed *a = NULL;
		bool any = false;

		budget_init(&budget, (size_t)64 << 20);
		cr_assert_eq(ip_address_parse("192.0.2.25", &server), RESULT_OK);
		cr_assert_eq(allowed_new(&a, &key, &budget), RESULT_OK);
		for (int n = 0; n < rows[i].accounts; n++) {
			char session[20], user[20], sender[64];
			const struct peers *clients;
			struct allowed_message m = { .server = &server,
						     .session = session,
						     .authenticated = true,
						     .first = true,
						     .recipients = { (uint64_t)n },
						     .recipient_count = 1 };

			(void)snprintf(session, sizeof(session), "s%d", n);
			(void)snprintf(user, sizeof(user), "user%d", n);
			(void)snprintf(sender, sizeof(sender), "%s%d@d%d.example",
				       rows[i].as_itself ? "user" : "other", n, n);
			allowed_login(a, session, span_text(user));
			m.client = (struct subject_peer){ .address = server, .port = 587 };
			m.mail_from = span_text(sender);
			m.time_ns = START_NS + (int64_t)(rows[i].every_s * n * 1e9);
			any = allowed_sent(a, &m, &clients) == ALLOWED_ANY_PASSWORD || any;
		}
		cr_expect_eq(any, rows[i].any, "%s", rows[i].what);
		allowed_free(&a);
	}
}

/* Where the bounces of so many messages go, and how many there are. */
Test(bounces, forged_senders_and_real_ones)
{
	static const struct {
		const char *what;
		int taken, bounced;
		double every_s;
		bool from_there; /* the messages came from the network that the bounces go to */
		bool seen;       /* the messages were */
		bool backscatter;
	} rows[] = {
		{ "all that it takes goes back, to others", 36, 36, 1, false, true, true },
		{ "twin: to those who wrote", 36, 36, 1, true, true, false },
		{ "twin: one in ten", 200, 20, 1, false, true, false },
		{ "twin: three", 3, 3, 1, false, true, false },
		{ "out-of-office answers, one an hour", 36, 36, 3600, false, true, false },
		{ "what was taken was not to be seen", 36, 36, 1, false, false, false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct hash_key key = hash_key_fixed();
		struct ip_address server, client;
		struct subject_peer exchanger = { .port = 25 };
		const struct peers *exchangers;
		struct budget budget;
		struct bounces *b = NULL;
		bool decided = false;

		budget_init(&budget, (size_t)64 << 20);
		cr_assert_eq(ip_address_parse("192.0.2.25", &server), RESULT_OK);
		cr_assert_eq(ip_address_parse("198.51.100.7", &exchanger.address), RESULT_OK);
		cr_assert_eq(
		    ip_address_parse(rows[i].from_there ? "198.51.100.9" : "203.0.113.5", &client),
		    RESULT_OK);
		cr_assert_eq(bounces_new(&b, &key, &budget), RESULT_OK);
		for (int n = 0; n < rows[i].taken; n++) {
			char sender[40];

			(void)snprintf(sender, sizeof(sender), "victim%d@foreign.example", n);
			if (rows[i].seen)
				bounces_taken(b, &server, &client, span_text(sender));
			if (n * rows[i].bounced / rows[i].taken !=
			    (n + 1) * rows[i].bounced / rows[i].taken)
				decided = bounces_sent(b, &server, &exchanger, span_text(sender),
						       START_NS +
							   (int64_t)(n * rows[i].every_s * 1e9),
						       &exchangers) ||
					  decided;
		}
		cr_expect_eq(decided, rows[i].backscatter, "%s", rows[i].what);
		bounces_free(&b);
		cr_expect_eq(budget.used_bytes, 0);
	}
}
