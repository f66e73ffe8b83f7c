/* Postures over time, probes, and few alerts. */
#include "detectors/scene.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SERVER "192.0.2.25"
#define HOUR 3600.0

static struct mail offer(double at, const char *client, const char *to,
			 enum recipient_verdict verdict)
{
	return (struct mail){ .at = at,
			      .client = client,
			      .server = SERVER,
			      .port = 209,
			      .protocol = PROTOCOL_QMTP,
			      .to = to,
			      .verdict = verdict };
}

static void add(struct scene *s, double at, const char *client, const char *to,
		enum recipient_verdict verdict)
{
	struct mail m = offer(at, client, to, verdict);

	scene_mail(s, &m);
}

/* What other people's domains are, told by the name service: strong grounds for an alert. */
static void strong_site(struct scene *s)
{
	static const char *const domains[] = { "foreign.example", "other.example",
					       "third.example" };

	scene_site(s);
	for (size_t i = 0; i < ARRAY_COUNT(domains); i++)
		scene_mx(s, 0, "198.51.100.9", domains[i], "mx.elsewhere.example", "198.51.100.7");
}

Test(posture, is_fixed_when_what_was_taken_is_refused)
{
	struct scene *s = scene_new();

	strong_site(s);
	add(s, 1, "203.0.113.1", "a@foreign.example", RECIPIENT_ACCEPTED);
	add(s, 2, "203.0.113.2", "b@other.example", RECIPIENT_ACCEPTED);
	add(s, 9, "203.0.113.3", "c@third.example", RECIPIENT_DENIED_RELAY);
	scene_play(s);
	cr_expect_str_eq(scene_posture(s, SERVER, 209), "fixed");
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), 1);
	cr_expect_eq(scene_alerts(s, ALERT_RESOLVED), 1);
	scene_play_backwards(s);
	cr_expect_str_eq(scene_posture(s, SERVER, 209), "fixed");
	scene_free(&s);
}

Test(posture, reopens_and_raises_another_alert)
{
	struct scene *s = scene_new();

	strong_site(s);
	add(s, 1, "203.0.113.1", "a@foreign.example", RECIPIENT_ACCEPTED);
	add(s, 9, "203.0.113.3", "c@third.example", RECIPIENT_DENIED_RELAY);
	add(s, 20, "203.0.113.1", "d@foreign.example", RECIPIENT_ACCEPTED);
	scene_play(s);
	cr_expect_str_eq(scene_posture(s, SERVER, 209), "open");
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), 2);
	cr_expect_eq(scene_alerts(s, ALERT_RESOLVED), 1);
	cr_expect_str_neq(scene_alert_id(s, 0), scene_alert_id(s, 2));
	cr_expect_str_eq(scene_alert_id(s, 0), scene_alert_id(s, 1));
	scene_free(&s);
}

/*
 * Of two servers behind one address one is open: each of ten hours it takes mail and refuses it,
 * every ten minutes in turn. Twin: each repair stands for two days.
 */
Test(incident, that_keeps_coming_back_is_told_seldom)
{
	static const struct {
		double apart; /* seconds from one repair to the next opening */
		size_t raised, resolved;
	} rows[] = { { 600, 3, 3 }, { 48 * HOUR, 30, 30 } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();
		double at = 1;

		strong_site(s);
		for (size_t n = 0; n < 30; n++) {
			add(s, at, "203.0.113.1", "a@foreign.example", RECIPIENT_ACCEPTED);
			add(s, at + 600, "203.0.113.3", "a@foreign.example",
			    RECIPIENT_DENIED_RELAY);
			at += 600 + rows[i].apart;
		}
		scene_play(s);
		cr_expect_str_eq(scene_posture(s, SERVER, 209), "fixed");
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), rows[i].raised, "row %zu: %zu", i,
			     scene_alerts(s, ALERT_RAISED));
		cr_expect_eq(scene_alerts(s, ALERT_RESOLVED), rows[i].resolved, "row %zu: %zu", i,
			     scene_alerts(s, ALERT_RESOLVED));
		scene_free(&s);
	}
}

/* The third repair of a day is believed when it has stood for an hour, and not before. */
Test(incident, that_came_back_is_over_when_its_repair_has_stood)
{
	for (int minutes = 59; minutes <= 62; minutes += 3) {
		struct scene *s = scene_new();

		strong_site(s);
		for (size_t n = 0; n < 3; n++) {
			add(s, 1 + (double)n * 100, "203.0.113.1", "a@foreign.example",
			    RECIPIENT_ACCEPTED);
			add(s, 50 + (double)n * 100, "203.0.113.3", "a@foreign.example",
			    RECIPIENT_DENIED_RELAY);
		}
		/* It takes mail again: that ends the repair, if it has not been believed. */
		add(s, 250 + minutes * 60, "203.0.113.1", "a@foreign.example", RECIPIENT_ACCEPTED);
		scene_play(s);
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), minutes < 60 ? 3 : 4);
		cr_expect_eq(scene_alerts(s, ALERT_RESOLVED), minutes < 60 ? 2 : 3);
		scene_free(&s);
	}
}

/* One domain is listed by mistake: the server denied others all the time, so that proves nothing. */
Test(posture, a_domain_listed_by_mistake_is_fixed_only_by_its_own_refusal)
{
	for (int repaired = 0; repaired < 2; repaired++) {
		struct scene *s = scene_new();

		scene_site(s);
		add(s, 1, "203.0.113.1", "a@third.example", RECIPIENT_DENIED_RELAY);
		add(s, 5, "203.0.113.2", "b@listed.example", RECIPIENT_ACCEPTED);
		add(s, 9, "203.0.113.3", "c@third.example", RECIPIENT_DENIED_RELAY);
		/* What its own stranger is denied as well was not taken before. */
		add(s, 10, "203.0.113.2", "c@third.example", RECIPIENT_DENIED_RELAY);
		if (repaired)
			add(s, 11, "203.0.113.3", "c@listed.example", RECIPIENT_DENIED_RELAY);
		scene_play(s);
		cr_expect_str_eq(scene_posture(s, SERVER, 209), repaired ? "fixed" : "open");
		scene_free(&s);
	}
}

/* Block lists, greylists and unknown users prove no repair; a closed port does. */
Test(posture, what_is_a_repair)
{
	static const struct {
		enum recipient_verdict verdict;
		enum reply_class reply;
		const char *posture;
	} rows[] = {
		{ RECIPIENT_DENIED_POLICY, REPLY_BLOCKED, "open" },
		{ RECIPIENT_TEMPFAIL, REPLY_GREYLISTED, "open" },
		{ RECIPIENT_DENIED_USER, REPLY_USER_UNVERIFIED, "open" },
		{ RECIPIENT_DENIED_RELAY, REPLY_RELAY_DENIED, "fixed" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();
		struct mail m = offer(9, "203.0.113.1", "a@foreign.example", rows[i].verdict);

		m.reply = rows[i].reply;
		scene_site(s);
		add(s, 1, "203.0.113.1", "a@foreign.example", RECIPIENT_ACCEPTED);
		scene_mail(s, &m);
		scene_play(s);
		cr_expect_str_eq(scene_posture(s, SERVER, 209), rows[i].posture, "row %zu", i);
		scene_free(&s);
	}
}

Test(posture, a_refused_connection_after_it_was_open_is_a_repair)
{
	struct scene *s = scene_new();

	strong_site(s);
	add(s, 1, "203.0.113.1", "a@foreign.example", RECIPIENT_ACCEPTED);
	scene_refused(s, 9, "203.0.113.1", SERVER, 209);
	scene_play(s);
	cr_expect_str_eq(scene_posture(s, SERVER, 209), "fixed");
	cr_expect_eq(scene_alerts(s, ALERT_RESOLVED), 1);
	scene_free(&s);
}

Test(posture, the_two_address_families_are_told_apart)
{
	struct scene *s = scene_new();
	struct mail v6 = offer(5, "2001:db8:bad::1", "a@foreign.example", RECIPIENT_ACCEPTED);

	v6.server = "2001:db8:1::25";
	strong_site(s);
	add(s, 1, "203.0.113.1", "a@foreign.example", RECIPIENT_DENIED_RELAY);
	scene_mail(s, &v6);
	scene_play(s);
	cr_expect_str_eq(scene_posture(s, SERVER, 209), "closed");
	cr_expect_str_eq(scene_posture(s, "2001:db8:1::25", 209), "open");
	cr_expect_str_eq(scene_last_alert_subject(s), "[2001:db8:1::25]:209/qmtp");
	scene_free(&s);
}

/* 3,000 strangers at one relay are one alert, whose list is of the strongest. */
Test(incident, many_strangers_are_one_alert)
{
	static char clients[3000][IP_TEXT_MAX];
	struct scene *s = scene_new();

	strong_site(s);
	for (size_t i = 0; i < ARRAY_COUNT(clients); i++) {
		(void)snprintf(clients[i], sizeof(clients[i]), "198.18.%zu.%zu", i / 250,
			       i % 250 + 1);
		add(s, (double)i, clients[i], "a@foreign.example", RECIPIENT_ACCEPTED);
	}
	add(s, 2 * HOUR, "203.0.113.1", "a@foreign.example", RECIPIENT_ACCEPTED);
	scene_play(s);
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), 1);
	cr_expect_eq(scene_alerts(s, ALERT_ONGOING), 1);
	cr_expect_eq(scene_last_alert_clients(s), 3001);
	scene_free(&s);
}

/* A session that goes on for hours has told what the server is long before it ends. */
Test(incident, is_advised_while_its_session_runs)
{
	struct scene *s = scene_new();
	struct mail m = { .at = 1,
			  .client = "203.0.113.1",
			  .server = SERVER,
			  .to = "a@foreign.example",
			  .software = { "Postfix", SOFTWARE_BY_REPLY } };

	strong_site(s);
	scene_mail(s, &m);
	scene_play(s);
	cr_assert_eq(scene_alerts(s, ALERT_RAISED), 1);
	cr_expect_not_null(strstr(scene_alert_advice(s, 0), "mynetworks"), "%s",
			   scene_alert_advice(s, 0));
	scene_free(&s);
}

Test(incident, ends_after_a_day_without_more)
{
	struct scene *s = scene_new();

	strong_site(s);
	add(s, 1, "203.0.113.1", "a@foreign.example", RECIPIENT_ACCEPTED);
	add(s, 25 * HOUR, "198.51.100.9", "user@example.com", RECIPIENT_ACCEPTED);
	scene_play(s);
	cr_expect_eq(scene_alerts(s, ALERT_RESOLVED), 1);
	scene_free(&s);
}

/*
 * A domain that the operator's list lacks may be one that he forgot: the alert waits for better
 * grounds, for two hours, or for the end; a majority of clients that turns up takes it back.
 */
Test(incident, weak_grounds_wait)
{
	static char clients[14][IP_TEXT_MAX];

	for (int majority = 0; majority < 2; majority++) {
		struct scene *s = scene_new();
		size_t count = majority ? ARRAY_COUNT(clients) : 1;

		scene_site(s);
		for (size_t i = 0; i < count; i++) {
			(void)snprintf(clients[i], sizeof(clients[i]), "198.18.%zu.1", i);
			add(s, (double)i * 60, clients[i], "a@forgotten.example",
			    RECIPIENT_ACCEPTED);
		}
		add(s, 1000, "203.0.113.1", "x@third.example", RECIPIENT_DENIED_RELAY);
		add(s, 1001, "203.0.113.2", "x@third.example", RECIPIENT_DENIED_RELAY);
		if (!majority) {
			add(s, 1 * HOUR, "198.51.100.9", "user@example.com", RECIPIENT_ACCEPTED);
			add(s, 3 * HOUR, "198.18.0.1", "b@forgotten.example", RECIPIENT_ACCEPTED);
		}
		scene_play(s);
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), majority ? 0 : 1);
		cr_expect_str_eq(scene_verdict(s, "198.18.0.1", SERVER, 209),
				 majority ? "benign" : "open_relay");
		cr_expect_str_eq(scene_posture(s, SERVER, 209), majority ? "closed" : "open");
		scene_free(&s);
	}
}

/* What an incident was about that is over begins no new one, for a server nor for a client, whoever
 * comes by; only something new does. */
Test(incident, that_is_over_begins_again_with_news_only)
{
	static const struct {
		const char *what;
		bool guesses, benign, again;
		size_t raised;
	} rows[] = {
		{ "a relay, then nothing", false, false, false, 1 },
		{ "a relay, then its client comes by", false, true, false, 1 },
		{ "a relay, then it relays again", false, true, true, 2 },
		{ "guesses, then nothing", true, false, false, 1 },
		{ "guesses, then the client comes by", true, true, false, 1 },
		{ "guesses, then more of them", true, true, true, 2 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();

		scene_site(s);
		for (size_t n = 0; rows[i].guesses && n < 40; n++)
			scene_auth(s, (double)n, "203.0.113.1", SERVER, "anna", AUTH_FAILED);
		if (!rows[i].guesses)
			add(s, 1, "203.0.113.1", "a@foreign.example", RECIPIENT_ACCEPTED);
		add(s, 30 * HOUR, "198.51.100.9", "user@example.com", RECIPIENT_ACCEPTED);
		if (rows[i].benign) {
			scene_session(s, 31 * HOUR, "203.0.113.1", SERVER, 209, NULL, TLS_NONE);
			scene_session(s, 31 * HOUR, "203.0.113.1", SERVER, 587, NULL, TLS_NONE);
			add(s, 32 * HOUR, "203.0.113.1", "user@example.com", RECIPIENT_ACCEPTED);
		}
		if (rows[i].again && rows[i].guesses)
			scene_auth(s, 33 * HOUR, "203.0.113.1", SERVER, "anna", AUTH_FAILED);
		if (rows[i].again && !rows[i].guesses)
			add(s, 33 * HOUR, "203.0.113.1", "a@foreign.example", RECIPIENT_ACCEPTED);
		scene_play(s);
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), rows[i].raised, "%s: %zu", rows[i].what,
			     scene_alerts(s, ALERT_RAISED));
		cr_expect_eq(scene_alerts(s, ALERT_RESOLVED), 1, "%s", rows[i].what);
		cr_expect_str_neq(scene_alert_id(s, 0), scene_alert_id(s, 2));
		scene_free(&s);
	}
}

/* N13, N14; and the twin, of which the operator said nothing. */
Test(incident, a_honeypot_and_a_scanner_raise_none)
{
	enum { HONEYPOT, SCANNER, NEITHER };

	for (int which = HONEYPOT; which <= NEITHER; which++) {
		struct scene *s = scene_new();

		scene_site(s);
		if (which != NEITHER)
			scene_net(s, which == SCANNER ? SITE_SCANNER : SITE_HONEYPOT,
				  which == SCANNER ? "203.0.113.1" : SERVER);
		add(s, 1, "203.0.113.1", "a@foreign.example", RECIPIENT_ACCEPTED);
		scene_play(s);
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), which == NEITHER);
		cr_expect_str_eq(scene_severity(s, "203.0.113.1", SERVER, 209),
				 which == NEITHER ? "medium" : "info");
		scene_free(&s);
	}
}

Test(probe, what_is_a_test_and_what_is_a_mistake)
{
	static const uint32_t tricks[] = { TRICK_PERCENT_HACK, TRICK_BANG_PATH,
					   TRICK_SOURCE_ROUTE };

	for (size_t kinds = 0; kinds <= ARRAY_COUNT(tricks); kinds++) {
		struct scene *s = scene_new();

		scene_site(s);
		add(s, 1, "203.0.113.1", "a@foreign.example", RECIPIENT_DENIED_RELAY);
		for (size_t i = 0; i < kinds; i++) {
			struct mail m = offer(2, "203.0.113.1", "a@foreign.example",
					      RECIPIENT_DENIED_RELAY);

			m.tricks = tricks[i];
			scene_mail(s, &m);
		}
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, "203.0.113.1", SERVER, 209),
				 kinds == 3 ? "probe" : "relay_denied", "%zu kinds", kinds);
		cr_expect_str_eq(scene_posture(s, SERVER, 209), "closed");
		scene_free(&s);
	}
}

Test(probe, known_tests_and_role_commands)
{
	struct scene *s = scene_new();
	struct mail nmap = offer(1, "203.0.113.1", "relaytest@nmap.scanme.org",
				 RECIPIENT_DENIED_RELAY);

	nmap.from = "antispam@nmap.scanme.org";
	scene_site(s);
	scene_mail(s, &nmap);
	scene_command(s, 2, "203.0.113.2", SERVER, "VRFY", false);
	scene_command(s, 3, "203.0.113.3", SERVER, "XCLIENT", false);
	scene_command(s, 4, "192.0.2.98", SERVER, "VRFY", true);
	scene_play(s);
	cr_expect_str_eq(scene_verdict(s, "203.0.113.1", SERVER, 209), "probe");
	cr_expect_str_eq(scene_verdict(s, "203.0.113.2", SERVER, 25), "probe");
	cr_expect_str_eq(scene_verdict(s, "203.0.113.3", SERVER, 25), "evasion");
	cr_expect_str_eq(scene_verdict(s, "192.0.2.98", SERVER, 25), "nothing");
	scene_free(&s);
}
