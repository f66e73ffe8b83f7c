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
