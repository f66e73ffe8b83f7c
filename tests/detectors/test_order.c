/* The same facts in any order give the same findings, as those of several sensors come in any. */
#include "detectors/scene.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define ORDERS 40
#define SUMMARY_MAX (1 << 16)

/* Seconds between what belongs together; a clock may be set back by less than ten minutes. */
#define LATER 700.0

static void must_not_depend_on_order(struct scene *s, const char *what)
{
	struct text first, other;

	text_init(&first, SUMMARY_MAX);
	text_init(&other, SUMMARY_MAX);
	scene_play(s);
	scene_summary(s, &first);
	cr_expect_gt(first.length, 0);
	for (uint64_t seed = 0; seed < ORDERS; seed++) {
		if (seed == 0)
			scene_play_backwards(s);
		else
			scene_play_shuffled(s, seed * 7919);
		text_reset(&other);
		scene_summary(s, &other);
		cr_expect_str_eq(text_get(&other), text_get(&first), "%s, order %llu:\n%s\nnot\n%s",
				 what, (unsigned long long)seed, text_get(&other),
				 text_get(&first));
		if (strcmp(text_get(&other), text_get(&first)) != 0)
			break;
	}
	text_clear(&first);
	text_clear(&other);
}

/* As must not depend on it what is told of rates, whose events count as they come. */
static void must_not_depend_on_others(struct scene *s, const char *what)
{
	struct text first, other;

	text_init(&first, SUMMARY_MAX);
	text_init(&other, SUMMARY_MAX);
	scene_play(s);
	scene_summary(s, &first);
	for (uint64_t seed = 1; seed < ORDERS; seed++) {
		scene_play_interleaved(s, seed * 7919);
		text_reset(&other);
		scene_summary(s, &other);
		cr_expect_str_eq(text_get(&other), text_get(&first), "%s, order %llu:\n%s\nnot\n%s",
				 what, (unsigned long long)seed, text_get(&other),
				 text_get(&first));
		if (strcmp(text_get(&other), text_get(&first)) != 0)
			break;
	}
	text_clear(&first);
	text_clear(&other);
}

static void mail(struct scene *s, double at, const char *client, const char *server, const char *to,
		 enum recipient_verdict verdict)
{
	struct mail m = { .at = at,
			  .client = client,
			  .server = server,
			  .to = to,
			  .verdict = verdict,
			  .message_id = "id@x",
			  .body = "text" };

	scene_mail(s, &m);
}

/* Its mail is taken, leaves, and is then refused. */
static void add_relay(struct scene *s, const char *server)
{
	mail(s, 10, "203.0.113.5", server, "a@foreign.example", RECIPIENT_ACCEPTED);
	mail(s, 10 + LATER, server, "198.51.100.7", "a@foreign.example", RECIPIENT_ACCEPTED);
	mail(s, 20, "203.0.114.5", server, "b@other.example", RECIPIENT_ACCEPTED);
	mail(s, 30 + LATER, "203.0.115.5", server, "b@other.example", RECIPIENT_DENIED_RELAY);
}

/* Hosts a domain: an MX answer says so, unknown users do, and others are denied. */
static void add_host(struct scene *s, const char *server)
{
	scene_mx(s, 3, "198.51.100.9", "hosted.example", "mx.us.example", server);
	mail(s, 11, "203.0.113.5", server, "a@hosted.example", RECIPIENT_ACCEPTED);
	mail(s, 12, "203.0.113.6", server, "nobody@second.example", RECIPIENT_DENIED_USER);
	mail(s, 13, "203.0.113.7", server, "a@second.example", RECIPIENT_ACCEPTED);
	mail(s, 14, "203.0.113.8", server, "a@third.example", RECIPIENT_DENIED_RELAY);
	scene_session(s, 15, "203.0.113.8", server, 25, "mail.fourth.example ESMTP", TLS_NONE);
	mail(s, 16, "203.0.113.9", server, "a@fourth.example", RECIPIENT_ACCEPTED);
}

/* Two hops inside, then outside. */
static void add_chain(struct scene *s, const char *first, const char *second)
{
	mail(s, 10, "203.0.120.5", first, "c@foreign.example", RECIPIENT_ACCEPTED);
	mail(s, 10 + LATER, first, second, "c@foreign.example", RECIPIENT_ACCEPTED);
	mail(s, 10 + 2 * LATER, second, "198.51.100.8", "c@foreign.example", RECIPIENT_ACCEPTED);
}

/* Tests, a role command, a refused connection, guesses. */
static void add_tests(struct scene *s, const char *server)
{
	static const uint32_t tricks[] = { TRICK_PERCENT_HACK, TRICK_BANG_PATH, TRICK_SOURCE_ROUTE,
					   TRICK_QUOTED_ADDRESS };

	for (size_t i = 0; i < ARRAY_COUNT(tricks); i++) {
		struct mail m = { .at = 40 + (double)i,
				  .client = "203.0.121.1",
				  .server = server,
				  .to = "x@foreign.example",
				  .tricks = tricks[i],
				  .verdict = i < 3 ? RECIPIENT_DENIED_RELAY : RECIPIENT_ACCEPTED };

		scene_mail(s, &m);
	}
	scene_command(s, 50, "203.0.121.2", server, "VRFY", false);
	scene_auth(s, 51, "203.0.121.3", server, "anna", AUTH_FAILED);
}

static void add_qmqp(struct scene *s, const char *server)
{
	struct mail m = { .at = 5,
			  .client = "203.0.122.1",
			  .server = server,
			  .port = 628,
			  .protocol = PROTOCOL_QMQP,
			  .to = "q@foreign.example" };

	scene_mail(s, &m);
	m.at = 6;
	m.client = "192.0.2.98";
	scene_mail(s, &m);
	m.at = 7 + LATER;
	m.client = "203.0.123.1";
	m.verdict = RECIPIENT_DENIED_RELAY;
	scene_mail(s, &m);
}

Test(order, each_by_itself)
{
	static const char *const what[] = { "a relay", "a host", "a chain", "tests", "QMQP" };

	for (int configured = 0; configured < 2; configured++) {
		for (size_t i = 0; i < ARRAY_COUNT(what); i++) {
			struct scene *s = scene_new();

			if (configured)
				scene_site(s);
			if (i == 0)
				add_relay(s, "192.0.2.25");
			if (i == 1)
				add_host(s, "192.0.2.26");
			if (i == 2)
				add_chain(s, "192.0.2.27", "192.0.2.28");
			if (i == 3)
				add_tests(s, "192.0.2.29");
			if (i == 4)
				add_qmqp(s, "192.0.2.30");
			must_not_depend_on_order(s, what[i]);
			scene_free(&s);
		}
	}
}

Test(order, all_interleaved)
{
	for (int configured = 0; configured < 2; configured++) {
		struct scene *s = scene_new();

		if (configured)
			scene_site(s);
		add_relay(s, "192.0.2.25");
		add_host(s, "192.0.2.26");
		add_host(s, "192.0.2.25");
		add_chain(s, "192.0.2.27", "192.0.2.28");
		add_tests(s, "192.0.2.26");
		add_tests(s, "192.0.2.29");
		add_qmqp(s, "192.0.2.30");
		add_relay(s, "192.0.2.31");
		must_not_depend_on_order(s, configured ? "all, a site" : "all, no site");
		scene_free(&s);
	}
}

/* A domain that many deliver to, while others are denied: in whatever order the many come. */
Test(order, a_majority)
{
	static char clients[16][IP_TEXT_MAX];
	struct scene *s = scene_new();

	scene_site(s);
	for (size_t i = 0; i < ARRAY_COUNT(clients); i++) {
		(void)snprintf(clients[i], sizeof(clients[i]), "198.18.%zu.5", i);
		mail(s, 10 + (double)i, clients[i], "192.0.2.25",
		     i < 12 ? "user@hosted.example" : "user@other.example",
		     i < 12 ? RECIPIENT_ACCEPTED : RECIPIENT_DENIED_RELAY);
	}
	must_not_depend_on_order(s, "a majority");
	scene_free(&s);
}

/* The name service changes its mind; what it said last counts. */
Test(order, an_mx_that_moves)
{
	for (int comes = 0; comes < 2; comes++) {
		struct scene *s = scene_new();

		scene_mx(s, comes ? 2 : 1, "198.51.100.9", "moved.example", "mx.us.example",
			 "192.0.2.25");
		scene_mx(s, comes ? 1 : 2, "198.51.100.9", "moved.example", "mx.them.example",
			 "198.51.100.44");
		mail(s, 10, "203.0.113.5", "192.0.2.25", "a@moved.example", RECIPIENT_ACCEPTED);
		must_not_depend_on_order(s, comes ? "it came" : "it left");
		cr_expect_str_eq(scene_verdict(s, "203.0.113.5", "192.0.2.25", 25),
				 comes ? "benign" : "open_relay");
		scene_free(&s);
	}
}

/* ---- rules that learn from many facts ---- */

#define INSIDE "192.0.2.200"

/* An inside client speaks for the world, and what it brings for others leaves. */
static void add_balancer(struct scene *s, const char *server)
{
	static char names[16][32], senders[16][32], users[16][32];
	struct mail m = {
		.client = INSIDE, .server = server, .message_id = "id@x", .body = "text"
	};

	for (int i = 0; i < 16; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "mx.world%d.example", i);
		(void)snprintf(senders[i], sizeof(senders[i]), "a@writer%d.example", i);
		(void)snprintf(users[i], sizeof(users[i]), "user%d@example.com", i % 5);
		m.at = 10 + i;
		m.helo = names[i];
		m.from = senders[i];
		m.to = users[i];
		scene_mail(s, &m);
	}
	m.at = 40;
	m.helo = "mail.bulk.example";
	m.from = NULL;
	m.to = "victim@foreign.example";
	scene_mail(s, &m);
	mail(s, 40 + LATER, server, "198.51.100.7", "victim@foreign.example", RECIPIENT_ACCEPTED);
}

/* One trick each from the addresses of one network; the same address asks all servers. */
static void add_campaign(struct scene *s, const char *server)
{
	static const uint32_t tricks[] = { TRICK_PERCENT_HACK, TRICK_BANG_PATH, TRICK_SOURCE_ROUTE,
					   TRICK_QUOTED_ADDRESS };
	static char clients[8][IP_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_COUNT(clients); i++) {
		struct mail m = { .at = 40 + 3600.0 * (double)i,
				  .client = clients[i],
				  .server = server,
				  .to = "x@foreign.example",
				  .tricks = tricks[i % 4],
				  .verdict = RECIPIENT_DENIED_RELAY };

		(void)snprintf(clients[i], sizeof(clients[i]), "203.0.130.%zu", i + 1);
		scene_mail(s, &m);
	}
}

/* Short sessions under TLS, one a second. */
static void add_hidden_guesses(struct scene *s, const char *server)
{
	for (int n = 0; n < 60; n++) {
		scene_session(s, 1 + n, "203.0.131.5", server, 587, NULL, TLS_STARTTLS);
		scene_session_talk(s, 5, 165 + (uint64_t)n % 9);
	}
}

/* An offer that is gone for all that had it. */
static void add_withdrawn(struct scene *s, const char *server)
{
	static const char *const clients[] = { "203.0.132.5", "203.0.133.5", "203.0.134.5" };

	for (size_t i = 0; i < 2 * ARRAY_COUNT(clients); i++) {
		scene_session(s, 100 + (double)i, clients[i % 3], server, 25, "mail.example.com",
			      TLS_NONE);
		scene_session_ehlo(s, i < 3, false);
	}
}

/* A stranger's mail through a proxy; it leaves. */
static void add_proxied(struct scene *s, const char *proxy)
{
	struct mail m = { .at = 10,
			  .client = "203.0.135.5",
			  .server = proxy,
			  .port = 3128,
			  .to = "lena@o.example",
			  .via = "198.51.100.25:25",
			  .message_id = "id@x",
			  .body = "text" };

	scene_mail(s, &m);
	mail(s, 10 + LATER, proxy, "198.51.100.25", "lena@o.example", RECIPIENT_ACCEPTED);
}

/* Our outbound server sends to many, and takes mail itself, which may be seen later. */
static void add_sender(struct scene *s, const char *server)
{
	static char exchangers[12][IP_TEXT_MAX];

	for (int n = 0; n < 12; n++) {
		(void)snprintf(exchangers[n], sizeof(exchangers[n]), "198.18.%d.7", n);
		mail(s, 10 + n, server, exchangers[n], "x@foreign.example", RECIPIENT_ACCEPTED);
	}
	mail(s, 5, "203.0.113.5", server, "user@example.com", RECIPIENT_ACCEPTED);
}

/* One name at two addresses of each family: closed over the one, open over the other. */
static void add_families(struct scene *s)
{
	static const char *const servers[] = { "192.0.2.41", "192.0.2.42", "2001:db8:1::41",
					       "2001:db8:1::42" };

	for (size_t i = 0; i < ARRAY_COUNT(servers); i++) {
		struct mail m = { .at = 10 + (double)i,
				  .client = i < 2 ? "203.0.136.5" : "2001:db8:bad::5",
				  .server = servers[i],
				  .banner = "mx.cluster.example ESMTP",
				  .to = "x@foreign.example",
				  .verdict = i < 2 ? RECIPIENT_DENIED_RELAY : RECIPIENT_ACCEPTED };

		scene_mail(s, &m);
	}
}

Test(order, what_needs_many_facts)
{
	for (int configured = 0; configured < 2; configured++) {
		struct scene *s = scene_new();

		if (configured)
			scene_site(s);
		add_balancer(s, "192.0.2.25");
		add_balancer(s, "192.0.2.26");
		add_campaign(s, "192.0.2.26");
		add_campaign(s, "192.0.2.27");
		add_proxied(s, "192.0.2.128");
		add_relay(s, "192.0.2.31");
		add_families(s);
		must_not_depend_on_order(s, configured ? "many, a site" : "many, no site");
		add_hidden_guesses(s, "192.0.2.26");
		add_hidden_guesses(s, "192.0.2.28");
		add_withdrawn(s, "192.0.2.29");
		add_withdrawn(s, "192.0.2.25");
		add_sender(s, "192.0.2.50");
		must_not_depend_on_others(s, configured ? "rates, a site" : "rates, no site");
		if (configured) {
			cr_expect_str_eq(scene_verdict(s, INSIDE, "192.0.2.25", 25),
					 "open_relay_confirmed");
			cr_expect_str_eq(scene_verdict(s, "203.0.130.3", "192.0.2.27", 25),
					 "probe");
			cr_expect_str_eq(scene_verdict(s, "203.0.131.5", "192.0.2.28", 587),
					 "brute_force");
			cr_expect(scene_has_rule(s, "203.0.132.5", "192.0.2.29", 25,
						 "starttls_withdrawn"));
			cr_expect_str_eq(scene_verdict(s, "192.0.2.50", "198.18.3.7", 25),
					 "benign");
		}
		scene_free(&s);
	}
}
