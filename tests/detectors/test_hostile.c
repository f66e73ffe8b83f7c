/* Work that an outsider could multiply: each of these took minutes when it was done for all pairs,
 * domains or claims at each fact. They assert what comes out; that they end says the rest. */
#include "detectors/rig.h"

#include "core/time_text.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define LARGE ((size_t)192 << 20)
#define MANY 30000

static struct ip_address server_of(uint32_t n)
{
	return rig_address(192, n);
}

static struct ip_address exchanger(void)
{
	return rig_address(21, 7);
}

static struct ip_address stranger(uint32_t n)
{
	return rig_address(20, n);
}

static struct rig_offer relayed(uint32_t client, const char *domain)
{
	return (struct rig_offer){ .client = stranger(client),
				   .server = server_of(25),
				   .domains = { domain },
				   .count = 1,
				   .id = "id@spam.example" };
}

/* One look-up takes back what thousands of strangers are accused of. */
Test(hostile, all_taken_back_at_once)
{
	struct rig rig;
	struct ip_address server = server_of(25);

	rig_open(&rig, LARGE);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_offer in = relayed(i, "hosted.example");

		rig_offer(&rig, &in);
	}
	rig_mx(&rig, &server, "hosted.example", "mx.example.com", &server);
	rig_finish(&rig);
	cr_expect_eq(rig.findings, MANY);
	cr_expect_eq(rig.relays, 0);
	cr_expect_eq(rig.open_servers, 0);
	cr_expect_eq(rig.alerts[ALERT_RAISED], rig.alerts[ALERT_RESOLVED]);
	rig_close(&rig);
}

/* A server that denied some is fixed only when it denies what it took: which of its domains? */
Test(hostile, domains_of_one_server_that_denies_others)
{
	struct rig rig;
	char domain[32];

	rig_open(&rig, LARGE);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_offer in = relayed(i, domain);

		(void)snprintf(domain, sizeof(domain), "d%u.example", i);
		rig_offer(&rig, &in);
		in = relayed(i, "no.example");
		in.verdict = RECIPIENT_DENIED_RELAY;
		rig_offer(&rig, &in);
	}
	rig_finish(&rig);
	cr_expect_eq(rig.relays, MANY);
	cr_expect_eq(rig.open_servers, 1);
	rig_close(&rig);
}

/* A host with many domains that gives itself another name each time. */
Test(hostile, a_new_greeting_each_time)
{
	struct rig rig;
	char text[64];
	struct ip_address server = server_of(25);

	rig_open(&rig, LARGE);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_offer in = relayed(i, text);

		(void)snprintf(text, sizeof(text), "d%u.example", i);
		rig_offer(&rig, &in);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		struct ip_address client = stranger(i % 8);

		(void)snprintf(text, sizeof(text), "mx%u.d7.example ESMTP", i % 1000);
		rig_session(&rig, &client, &server, text, false);
	}
	rig_finish(&rig);
	cr_expect_eq(rig.relays, MANY - 1, "d7.example is the server's own");
	rig_close(&rig);
}

/* Thousands of strangers' mails for one domain, and then each connection to its exchanger. */
Test(hostile, encrypted_legs_of_a_busy_domain)
{
	struct rig rig;
	struct ip_address server = server_of(25), to = exchanger();

	rig_open(&rig, LARGE);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_offer in = relayed(i, "foreign.example");

		rig_offer(&rig, &in);
	}
	rig_mx(&rig, &server, "foreign.example", "mx.foreign.example", &to);
	for (uint32_t i = 0; i < MANY; i++)
		rig_session(&rig, &server, &to, NULL, true);
	rig_finish(&rig);
	cr_expect_eq(rig.relays, MANY);
	cr_expect_gt(rig.confirmed, 0);
	rig_close(&rig);
}

/* The owner of a domain names now this exchanger, now that one. */
Test(hostile, an_mx_that_changes_all_the_time)
{
	struct rig rig;
	struct ip_address server = server_of(25), to = exchanger();

	rig_open(&rig, LARGE);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_offer in = relayed(i, "foreign.example");

		rig_offer(&rig, &in);
	}
	for (uint32_t i = 0; i < 2000; i++) {
		rig_mx(&rig, &server, "foreign.example", "mx.us.example", &server);
		rig_mx(&rig, &server, "foreign.example", "mx.foreign.example", &to);
	}
	rig_finish(&rig);
	cr_expect_eq(rig.relays, MANY, "the last word counts");
	rig_close(&rig);
}

/* Thousands of domains at one host, each told of again by each answer of the name service. */
Test(hostile, one_domain_at_many_hosts)
{
	struct rig rig;
	struct ip_address server = server_of(25), to = exchanger();

	rig_open(&rig, LARGE);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_offer in = relayed(1, "foreign.example");

		in.server = server_of(i);
		rig_offer(&rig, &in);
	}
	for (uint32_t i = 0; i < MANY; i++)
		rig_mx(&rig, &server, "foreign.example", "mx.foreign.example", &to);
	rig_finish(&rig);
	cr_expect_eq(rig.relays, MANY);
	rig_close(&rig);
}

/* Stamps of packets may be anything: nothing overflows, and the mail is judged all the same. */
Test(hostile, time_stamps)
{
	static const int64_t stamps[] = { 0,
					  -1,
					  1,
					  INT64_MAX,
					  INT64_MIN,
					  INT64_MIN + 1,
					  -NS_PER_HOUR,
					  RIG_START_NS,
					  INT64_MAX - 1,
					  INT64_C(4294967296) * NS_PER_SECOND };

	for (size_t a = 0; a < ARRAY_COUNT(stamps); a++) {
		for (size_t b = 0; b < ARRAY_COUNT(stamps); b++) {
			struct rig rig;
			struct rig_offer in = relayed(1, "foreign.example");
			struct rig_offer no = relayed(2, "other.example");
			struct rig_offer out = in;
			struct ip_address server = server_of(25), to = exchanger();

			rig_open(&rig, (size_t)4 << 20);
			rig.watched = in.client;
			rig.step_ns = 0;
			no.verdict = RECIPIENT_DENIED_RELAY;
			out.client = in.server;
			out.server = to;
			rig.now_ns = stamps[a];
			rig_offer(&rig, &in);
			rig_mx(&rig, &server, "foreign.example", "mx.foreign.example", &to);
			rig_command(&rig, &no.client, &server, "XCLIENT");
			rig.now_ns = stamps[b];
			rig_offer(&rig, &out);
			rig_session(&rig, &server, &to, NULL, true);
			rig_offer(&rig, &no);
			for (uint32_t i = 0; i < 12; i++) {
				struct ip_address inside = server_of(99), outside = stranger(i);

				out.client = inside;
				out.server = outside;
				rig.now_ns = stamps[i % 2 == 0 ? a : b];
				rig_offer(&rig, &out);
			}
			detectors_tick(rig.detectors, stamps[a]);
			rig_finish(&rig);
			cr_expect_leq(rig.watched_verdict, VERDICT_OPEN_RELAY,
				      "stamps %zu, %zu: %s", a, b,
				      verdict_word(rig.watched_verdict));
			rig_close(&rig);
		}
	}
}

/* Numbers that look random and are the same in each run (Marsaglia's xorshift, 2003). */
static uint32_t next_number(uint64_t *seed, uint32_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)(*seed >> 32) % below;
}

static void offer_anything(struct rig *rig, uint64_t *seed)
{
	static const enum mail_protocol protocols[] = { PROTOCOL_SMTP, PROTOCOL_SMTP, PROTOCOL_QMTP,
							PROTOCOL_QMQP };
	static const enum recipient_verdict verdicts[] = { RECIPIENT_ACCEPTED, RECIPIENT_ACCEPTED,
							   RECIPIENT_DENIED_RELAY,
							   RECIPIENT_DENIED_USER,
							   RECIPIENT_TEMPFAIL };
	static char domains[RIG_RECIPIENTS_MAX][32], id[32];
	uint32_t many = next_number(seed, 20) == 0 ? RIG_RECIPIENTS_MAX : 3;
	struct rig_offer o = { .count = 1 + next_number(seed, many) };
	bool onward = next_number(seed, 3) == 0;
	bool inside = next_number(seed, 4) == 0;

	o.client = onward ? server_of(next_number(seed, 40)) : stranger(next_number(seed, 5000));
	o.server = onward && !inside ? rig_address(21, next_number(seed, 50))
				     : server_of(next_number(seed, 40));
	o.protocol = protocols[next_number(seed, ARRAY_COUNT(protocols))];
	o.verdict = verdicts[next_number(seed, ARRAY_COUNT(verdicts))];
	o.no_data = next_number(seed, 5) == 0;
	(void)snprintf(id, sizeof(id), "%u@x", next_number(seed, 50));
	o.id = id;
	for (size_t i = 0; i < o.count; i++) {
		uint32_t of = next_number(seed, 10) == 0 ? 100000 : 30;

		(void)snprintf(domains[i], sizeof(domains[i]), "d%u.example",
			       next_number(seed, of));
		o.domains[i] = domains[i];
	}
	rig_offer(rig, &o);
}

static void say_anything(struct rig *rig, uint64_t *seed)
{
	static const char *const verbs[] = { "VRFY", "XCLIENT", "PROXY", "NOOP" };
	struct ip_address client = stranger(next_number(seed, 5000));
	struct ip_address server = server_of(next_number(seed, 40));
	struct ip_address to = rig_address(21, next_number(seed, 50));
	char domain[32], banner[64];

	(void)snprintf(domain, sizeof(domain), "d%u.example", next_number(seed, 30));
	(void)snprintf(banner, sizeof(banner), "mx%u.%s ESMTP", next_number(seed, 3), domain);
	switch (next_number(seed, 4)) {
	case 0:
		rig_session(rig, &client, &server, banner, next_number(seed, 2) == 0);
		break;
	case 1:
		rig_session(rig, &server, &to, NULL, true);
		break;
	case 2:
		rig_command(rig, &client, &server, verbs[next_number(seed, ARRAY_COUNT(verbs))]);
		break;
	default:
		rig_mx(rig, &server, domain, "mx.them.example",
		       next_number(seed, 3) == 0 ? &server : &to);
		break;
	}
}

/* Anything, in any order, at any time, in a memory that is always full: nobody trips over what
 * was let go, and all of it is given back. */
Test(hostile, anything)
{
	static const size_t budgets[] = { 48 << 10, 96 << 10, 256 << 10, 2 << 20 };

	for (size_t b = 0; b < ARRAY_COUNT(budgets); b++) {
		uint64_t seed = 88172645463325252 + b;
		struct rig rig;

		rig_open(&rig, budgets[b]);
		for (int i = 0; i < 20000; i++) {
			rig.step_ns = next_number(&seed, 200) == 0 ? 3 * NS_PER_HOUR : NS_PER_MS;
			if (next_number(&seed, 500) == 0)
				rig.step_ns = -NS_PER_HOUR;
			if (next_number(&seed, 2) == 0)
				offer_anything(&rig, &seed);
			else
				say_anything(&rig, &seed);
		}
		rig_finish(&rig);
		rig_close(&rig);
	}
}
