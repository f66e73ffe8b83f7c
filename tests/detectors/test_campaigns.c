/* A relay test in small pieces: one trick an hour, each from another address of one network. */
#include "detectors/campaigns.h"

#include "core/time_text.h"
#include "detectors/scene.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SERVER "192.0.2.25"
#define HOUR_S 3600.0
#define DAY_S (24 * HOUR_S)
#define CLIENTS 16

static const uint32_t kinds[] = { TRICK_PERCENT_HACK, TRICK_BANG_PATH, TRICK_SOURCE_ROUTE,
				  TRICK_QUOTED_ADDRESS, TRICK_DOUBLE_AT };

struct spread {
	const char *what;
	const char *before, *after; /* the number in the clients' addresses */
	int clients, kinds;         /* kinds 0: plain recipients */
	double every_s;
	const char *verdict;
};

static char clients[CLIENTS][IP_TEXT_MAX];

static void name_clients(const struct spread *spread)
{
	for (int i = 0; i < spread->clients; i++)
		(void)snprintf(clients[i], sizeof(clients[i]), "%s%d%s", spread->before, i + 1,
			       spread->after);
}

static void try(struct scene *s, const struct spread *spread)
{
	name_clients(spread);
	for (int i = 0; i < spread->clients; i++) {
		struct mail m = { .at = i * spread->every_s,
				  .client = clients[i],
				  .server = SERVER,
				  .to = "victim@foreign.example",
				  .verdict = RECIPIENT_DENIED_RELAY };

		if (spread->kinds > 0)
			m.tricks = kinds[i % spread->kinds];
		scene_mail(s, &m);
	}
}

Test(campaign, spread_over_addresses)
{
	static const struct spread spreads[] = {
		{ "P33: one an hour from 16 addresses", "203.0.113.", "", 16, 5, HOUR_S, "probe" },
		{ "of an IPv6 network", "2001:db8:bad:", "::1", 16, 5, HOUR_S, "probe" },
		{ "just enough", "203.0.113.", "", 4, 3, HOUR_S, "probe" },
		{ "twin: of 16 networks", "198.18.", ".1", 16, 5, HOUR_S, "relay_denied" },
		{ "twin: plain recipients", "203.0.113.", "", 16, 0, HOUR_S, "relay_denied" },
		{ "twin: one odd address on a list", "203.0.113.", "", 16, 1, HOUR_S,
		  "relay_denied" },
		{ "twin: two of them", "203.0.113.", "", 16, 2, HOUR_S, "relay_denied" },
		{ "twin: three addresses", "203.0.113.", "", 3, 3, HOUR_S, "relay_denied" },
		{ "twin: one in three days", "203.0.113.", "", 16, 5, 3 * DAY_S, "relay_denied" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(spreads); i++) {
		for (uint64_t seed = 0; seed < 8; seed++) {
			struct scene *s = scene_new();
			bool found = strcmp(spreads[i].verdict, "probe") == 0;

			scene_site(s);
			scene_alert_severity(s, SEVERITY_LOW);
			try(s, &spreads[i]);
			if (seed == 0)
				scene_play(s);
			else
				scene_play_shuffled(s, seed * 7919);
			for (int c = 0; c < spreads[i].clients; c++)
				cr_expect_str_eq(scene_verdict(s, clients[c], SERVER, 25),
						 spreads[i].verdict, "%s, %s, order %llu",
						 spreads[i].what, clients[c],
						 (unsigned long long)seed);
			cr_expect_str_eq(scene_posture(s, SERVER, 25), "closed");
			if (seed == 0)
				cr_expect_eq(scene_alerts(s, ALERT_RAISED), found, "%s: %zu",
					     spreads[i].what, scene_alerts(s, ALERT_RAISED));
			scene_free(&s);
		}
	}
}

/* One incident, whose subject is who began, and whose clients are all of them. */
Test(campaign, one_alert_for_all)
{
	static const struct spread spread = { "", "203.0.113.", "", 16, 5, HOUR_S, NULL };
	struct scene *s = scene_new();

	scene_site(s);
	scene_alert_severity(s, SEVERITY_LOW);
	try(s, &spread);
	scene_play(s);
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), 1);
	cr_expect_str_eq(scene_last_alert_subject(s), "203.0.113.1");
	cr_expect_eq(scene_last_alert_clients(s), 16);
	for (int c = 0; c < CLIENTS; c += 15) {
		const char *reason = scene_reason(s, clients[c], SERVER, 25, "probe_campaign");

		cr_expect_not_null(strstr(reason, "16 addresses of 203.0.113.0/24 tried 5 kinds"),
				   "%s", reason);
		cr_expect_str_eq(scene_severity(s, clients[c], SERVER, 25), "low");
		cr_expect_lt(scene_sum_error(s, clients[c], SERVER, 25), 1e-6);
	}
	scene_free(&s);
	/* By default nobody is woken for a test that was refused. */
	s = scene_new();
	scene_site(s);
	try(s, &spread);
	scene_play(s);
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), 0);
	scene_free(&s);
}

/* Those who came after it was known for one are a part of it; who only writes to us is none. */
Test(campaign, who_is_a_part)
{
	static const struct spread spread = { "", "203.0.113.", "", 8, 5, HOUR_S, NULL };
	struct scene *s = scene_new();
	struct mail late = { .at = 20 * HOUR_S,
			     .client = "203.0.113.77",
			     .server = SERVER,
			     .to = "victim@foreign.example",
			     .tricks = TRICK_BANG_PATH,
			     .verdict = RECIPIENT_DENIED_RELAY };
	struct mail neighbour = { .at = 21 * HOUR_S,
				  .client = "203.0.113.78",
				  .server = SERVER,
				  .to = "user@example.com" };
	struct mail elsewhere = { .at = 22 * HOUR_S,
				  .client = "203.0.113.79",
				  .server = "192.0.2.26",
				  .to = "victim@foreign.example",
				  .tricks = TRICK_BANG_PATH,
				  .verdict = RECIPIENT_DENIED_RELAY };

	scene_site(s);
	try(s, &spread);
	scene_mail(s, &late);
	scene_mail(s, &neighbour);
	scene_mail(s, &elsewhere);
	scene_play(s);
	cr_expect_str_eq(scene_verdict(s, late.client, SERVER, 25), "probe");
	cr_expect_str_eq(scene_verdict(s, neighbour.client, SERVER, 25), "benign");
	cr_expect_str_eq(scene_verdict(s, elsewhere.client, elsewhere.server, 25), "relay_denied");
	scene_free(&s);
}

/*
 * The gateways of a mail provider bring the mail of the many, whose lists hold odd addresses now and then.
 * What they are asked to bring beside those tells them from a test.
 */
Test(campaign, not_of_gateways_that_bring_ordinary_mail)
{
	for (int ordinary = 0; ordinary < 2; ordinary++) {
		static const struct spread spread = { "", "203.0.113.", "", 8, 5, HOUR_S, NULL };
		struct scene *s = scene_new();

		scene_site(s);
		scene_alert_severity(s, SEVERITY_LOW);
		name_clients(&spread);
		for (int n = 0; ordinary && n < 20 * spread.clients; n++) {
			struct mail m = { .at = n,
					  .client = clients[n % spread.clients],
					  .server = SERVER,
					  .to = "user@example.com" };

			scene_mail(s, &m);
		}
		try(s, &spread);
		scene_play(s);
		for (int c = 0; c < spread.clients; c++)
			cr_expect_str_eq(scene_verdict(s, clients[c], SERVER, 25),
					 ordinary ? "relay_denied" : "probe", "%s: %s", clients[c],
					 scene_verdict(s, clients[c], SERVER, 25));
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), !ordinary, "%d: %zu %s", ordinary,
			     scene_alerts(s, ALERT_RAISED), scene_last_alert_reason(s));
		scene_free(&s);
	}
}

/* So it is with one of them alone: three odd addresses in as many hundred ordinary ones are no test. */
Test(campaign, many_tricks_in_much_ordinary_mail)
{
	for (int ordinary = 0; ordinary < 2; ordinary++) {
		struct scene *s = scene_new();

		scene_site(s);
		for (int n = 0; n < 300; n++) {
			struct mail m = { .at = n,
					  .client = "203.0.113.1",
					  .server = SERVER,
					  .to = "user@example.com" };

			if (n % 100 == 50) {
				m.to = "victim@foreign.example";
				m.tricks = kinds[n / 100];
				m.verdict = RECIPIENT_DENIED_RELAY;
			} else if (!ordinary) {
				continue;
			}
			scene_mail(s, &m);
		}
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, "203.0.113.1", SERVER, 25),
				 ordinary ? "relay_denied" : "probe");
		scene_free(&s);
	}
}

/* N13: a scanner of ours takes part in nobody's campaign. */
Test(campaign, not_of_our_scanners)
{
	static const struct spread spread = { "", "203.0.113.", "", 16, 5, HOUR_S, NULL };
	struct scene *s = scene_new();

	scene_site(s);
	scene_net(s, SITE_SCANNER, "203.0.113.0/28");
	scene_alert_severity(s, SEVERITY_LOW);
	try(s, &spread);
	scene_play(s);
	cr_expect_str_eq(scene_verdict(s, "203.0.113.16", SERVER, 25), "relay_denied");
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), 0);
	scene_free(&s);
}

/* ---- the table ---- */

static struct connection connection_to(uint16_t port)
{
	struct connection c = { .client_port = 40000, .server_port = port };

	cr_assert_eq(ip_address_parse(SERVER, &c.server), RESULT_OK);
	return c;
}

static struct ip_address client_of(uint32_t n)
{
	const uint8_t bytes[4] = { 203, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	return ip_address_v4(bytes);
}

/* However many addresses and networks come: a fixed number is kept, and the budget is. */
Test(campaign, bounded)
{
	struct hash_key key = hash_key_fixed();
	struct connection c = connection_to(25);
	struct campaigns *all = NULL;
	const struct campaign *found = NULL;
	struct budget budget;

	budget_init(&budget, (size_t)64 << 20);
	cr_assert_eq(campaigns_new(&all, &key, &budget), RESULT_OK);
	for (uint32_t n = 0; n < 200; n++) {
		struct ip_address client = client_of(n);

		found = campaigns_tried(all, &c, &client, kinds[n % 5], n * NS_PER_MINUTE,
					(struct frame_id){ .frame = n + 1 });
		cr_expect_eq(found != NULL, n >= 3, "%u", n);
	}
	cr_assert_not_null(found);
	cr_expect_eq(found->clients_now, CAMPAIGN_CLIENTS_MAX);
	for (uint32_t n = 1; n < 10 * CAMPAIGNS_MAX; n++) {
		struct ip_address client = client_of(n << 8);

		cr_expect_null(campaigns_tried(all, &c, &client, TRICK_BANG_PATH, 24 * NS_PER_HOUR,
					       (struct frame_id){ .frame = n + 1 }));
	}
	cr_expect_gt(campaigns_forgotten(all), 0);
	cr_expect_leq(budget.peak_bytes, budget.limit_bytes / LRU_SHARE + sizeof(*found));
	campaigns_free(&all);
	cr_expect_eq(budget.used_bytes, 0);
	campaigns_free(&all);
}

/* Without memory nothing is counted; what is no trick never is. */
Test(campaign, nothing_to_count)
{
	struct hash_key key = hash_key_fixed();
	struct connection c = connection_to(25);
	struct campaigns *all = NULL;
	struct budget budget;

	budget_init(&budget, 0);
	cr_assert_eq(campaigns_new(&all, &key, &budget), RESULT_OK);
	for (uint32_t n = 0; n < 20; n++) {
		struct ip_address client = client_of(n);

		cr_expect_null(campaigns_tried(all, &c, &client, kinds[n % 5], 0,
					       (struct frame_id){ .frame = 1 }));
	}
	campaigns_free(&all);
	budget_init(&budget, (size_t)1 << 20);
	cr_assert_eq(campaigns_new(&all, &key, &budget), RESULT_OK);
	for (uint32_t n = 0; n < 20; n++) {
		struct ip_address client = client_of(n);

		cr_expect_null(campaigns_tried(all, &c, &client,
					       TRICK_ADDRESS_LITERAL | TRICK_NO_ANGLE_BRACKETS, 0,
					       (struct frame_id){ .frame = 1 }));
	}
	cr_expect_eq(budget.used_bytes, 0);
	campaigns_free(&all);
}
