/*
 * Abuse that must be found, by the numbers of the scenarios (P), and what looks like it (N); each
 * with a twin in which one fact is another. What is about the wire is tried with the decoders:
 * P12 and P13 in test_qmtp, P18, P19 and P27 in test_smtp_loss, P20 and P23 in test_smtp, P35 and
 * N27 in test_protocols, N18 and N30 in test_mail_address, N12 in e2e/test_wrapped. P7, P9, P31 and
 * N25 are in test_allowed; P30 is in test_behaviour; P14 is in test_families, P22 in
 * test_balancer, P28 in test_proxy, P33 by many addresses in test_campaigns; N13 and N14 are in
 * test_incidents; P1, P2, P6, P10, P16, P17 and N22 are in test_relay; the others are in
 * test_scenarios.
 */
#include "detectors/play.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define PROBER "203.0.113.77"

/* P3, P4: each way to write a route is a suspicion, and a relay when its plain address leaves. */
Test(scenario, routed_addresses_of_each_kind)
{
	static const struct {
		const char *what;
		uint32_t trick;
	} kinds[] = {
		{ "P3: percent hack", TRICK_PERCENT_HACK }, { "P4: bang path", TRICK_BANG_PATH },
		{ "P4: source route", TRICK_SOURCE_ROUTE }, { "P4: quotes", TRICK_QUOTED_ADDRESS },
		{ "P4: two at signs", TRICK_DOUBLE_AT },
	};

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		struct play plays[2] = {
			{ .what = kinds[i].what,
			  .mails = { { .to = THEIRS, .tricks = kinds[i].trick },
				     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
			  .verdict = "open_relay_confirmed",
			  .alerts = 1 },
			{ .what = kinds[i].what,
			  .mails = { { .to = THEIRS, .tricks = kinds[i].trick },
				     { .client = SERVER,
				       .server = EXCHANGER,
				       .from = "",
				       .to = "sender@sender.example" } },
			  .verdict = "probe" },
		};

		plays_check(plays, ARRAY_COUNT(plays));
	}
}

/* P11: one package, an answer for each recipient. */
Test(scenario, recipients_of_one_package)
{
	static const struct {
		const char *what;
		enum recipient_verdict third;
		const char *verdict, *posture;
	} rows[] = {
		{ "P11: ours taken, one denied, one taken", RECIPIENT_ACCEPTED, "open_relay",
		  "open" },
		{ "twin: both denied", RECIPIENT_DENIED_RELAY, "relay_denied", "closed" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();
		struct mail m = { .at = 1,
				  .client = STRANGER,
				  .server = SERVER,
				  .port = 209,
				  .protocol = PROTOCOL_QMTP,
				  .to = OURS };

		scene_site(s);
		scene_mail(s, &m);
		scene_recipient(s, THEIRS, RECIPIENT_DENIED_RELAY, REPLY_NONE);
		scene_recipient(s, "other@third.example", rows[i].third, REPLY_NONE);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 209), rows[i].verdict, "%s: %s",
				 rows[i].what, scene_verdict(s, STRANGER, SERVER, 209));
		cr_expect_str_eq(scene_posture(s, SERVER, 209), rows[i].posture, "%s",
				 rows[i].what);
		scene_free(&s);
	}
}

/* P15: what came in encrypted, and clear mail that leaves after it: nothing is claimed. */
Test(scenario, only_the_way_in_is_encrypted)
{
	for (int clear = 0; clear < 2; clear++) {
		struct mail in = { .at = 1, .client = STRANGER, .server = SERVER, .to = THEIRS };
		struct mail out = { .at = 20, .client = SERVER, .server = EXCHANGER, .to = THEIRS };
		struct scene *s = scene_new();

		in.message_id = out.message_id = "id@sender.example";
		scene_site(s);
		if (clear)
			scene_mail(s, &in);
		else
			scene_session(s, 1, STRANGER, SERVER, 25, "mail.example.com", TLS_STARTTLS);
		scene_mail(s, &out);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 25),
				 clear ? "open_relay_confirmed" : "unknown_encrypted");
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), clear ? 1 : 0);
		scene_free(&s);
	}
}

/* P20, P21, P29: commands that strangers have no need of. */
Test(scenario, commands_of_strangers)
{
	static const struct {
		const char *what, *verb, *client, *verdict;
		bool proxy;
	} rows[] = {
		{ "P20: a forged PROXY header", "PROXY", PROBER, "evasion", false },
		{ "twin: by a proxy of ours", "PROXY", PROBER, "nothing", true },
		{ "P21: XCLIENT from outside", "XCLIENT", PROBER, "evasion", false },
		{ "P29: TURN", "TURN", PROBER, "probe", false },
		{ "P29: ETRN", "ETRN", PROBER, "probe", false },
		{ "P29: ATRN", "ATRN", PROBER, "probe", false },
		{ "twin: by a trusted host", "ETRN", "192.0.2.98", "nothing", false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();

		scene_site(s);
		if (rows[i].proxy)
			scene_net(s, SITE_PROXY, rows[i].client);
		scene_command(s, 1, rows[i].client, SERVER, rows[i].verb, true);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, rows[i].client, SERVER, 25), rows[i].verdict,
				 "%s: %s", rows[i].what,
				 scene_verdict(s, rows[i].client, SERVER, 25));
		scene_free(&s);
	}
}

/* P21: the claim was believed, and the mail taken: the relay stands before the evasion. */
Test(scenario, a_believed_claim)
{
	for (int taken = 0; taken < 2; taken++) {
		struct scene *s = scene_new();
		struct mail m = { .at = 2, .client = PROBER, .server = SERVER, .to = THEIRS };

		scene_site(s);
		scene_command(s, 1, PROBER, SERVER, "XCLIENT", true);
		if (!taken)
			m.verdict = RECIPIENT_DENIED_RELAY;
		scene_mail(s, &m);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, PROBER, SERVER, 25),
				 taken ? "open_relay" : "evasion");
		scene_free(&s);
	}
}

/* P27: a second message behind a doubtful end of the first. */
Test(scenario, smuggling)
{
	for (int smuggles = 0; smuggles < 2; smuggles++) {
		struct scene *s = scene_new();

		scene_site(s);
		scene_session(s, 1, STRANGER, SERVER, 25, "mail.example.com", TLS_NONE);
		scene_session_flags(s, smuggles ? SESSION_SMUGGLING : SESSION_PIPELINING);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 25),
				 smuggles ? "evasion" : "benign");
		scene_free(&s);
	}
}

/* P24: one recipient in each of many sessions, from many strangers, is one alert of the server. */
Test(scenario, many_small_sessions)
{
	for (int ours = 0; ours < 2; ours++) {
		static char clients[40][IP_TEXT_MAX], people[40][40];
		struct scene *s = scene_new();

		scene_site(s);
		for (size_t i = 0; i < ARRAY_COUNT(clients); i++) {
			struct mail m = { .at = (double)i * 60, .server = SERVER };

			(void)snprintf(clients[i], sizeof(clients[i]), "203.0.113.%zu", i + 1);
			(void)snprintf(people[i], sizeof(people[i]), "user%zu@%s", i,
				       ours ? "example.com" : "foreign.example");
			m.client = clients[i];
			m.to = people[i];
			scene_mail(s, &m);
		}
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, "203.0.113.7", SERVER, 25),
				 ours ? "benign" : "open_relay");
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), ours ? 0 : 1);
		cr_expect_eq(scene_last_alert_clients(s), ours ? 0 : 40);
		scene_free(&s);
	}
}

/* P25: guesses of our users, with a few foreign recipients taken among them. */
Test(scenario, guesses_and_a_relay)
{
	for (int relayed = 0; relayed < 2; relayed++) {
		static char people[100][40];
		struct scene *s = scene_new();

		scene_site(s);
		for (size_t i = 0; i < ARRAY_COUNT(people); i++) {
			bool foreign = relayed && i % 10 == 9;
			struct mail m = { .at = (double)i, .client = STRANGER, .server = SERVER };

			(void)snprintf(people[i], sizeof(people[i]), "user%zu@%s", i,
				       foreign ? "foreign.example" : "example.com");
			m.to = people[i];
			m.verdict = foreign ? RECIPIENT_ACCEPTED : RECIPIENT_DENIED_USER;
			scene_mail(s, &m);
		}
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 25),
				 relayed ? "open_relay" : "harvest");
		cr_expect(scene_has_rule(s, STRANGER, SERVER, 25, "harvest"));
		scene_free(&s);
	}
}

/* P32: what others say of our server is told, and accuses nobody. */
Test(scenario, block_listed)
{
	static const enum reply_class classes[] = { REPLY_BLOCKED, REPLY_CONTENT };

	for (size_t i = 0; i < ARRAY_COUNT(classes); i++) {
		struct scene *s = scene_new();
		struct mail out = { .at = 1,
				    .client = SERVER,
				    .server = EXCHANGER,
				    .from = OURS,
				    .to = THEIRS,
				    .verdict = RECIPIENT_DENIED_POLICY,
				    .reply = classes[i] };

		scene_site(s);
		scene_mail(s, &out);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, SERVER, EXCHANGER, 25), "benign");
		cr_expect_eq(scene_has_rule(s, SERVER, EXCHANGER, 25, "block_listed"),
			     classes[i] == REPLY_BLOCKED);
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), 0);
		scene_free(&s);
	}
}

/* P33: one host that tries a route an hour is a test, however slow; one that erred once is none. */
Test(scenario, a_slow_test)
{
	static const uint32_t tricks[] = { TRICK_PERCENT_HACK, TRICK_BANG_PATH, TRICK_SOURCE_ROUTE,
					   TRICK_QUOTED_ADDRESS };

	for (size_t count = 1; count <= ARRAY_COUNT(tricks); count += 3) {
		struct scene *s = scene_new();

		scene_site(s);
		for (size_t i = 0; i < count; i++) {
			struct mail m = { .at = 1 + 3600 * (double)i,
					  .client = STRANGER,
					  .server = SERVER,
					  .to = THEIRS,
					  .tricks = tricks[i],
					  .verdict = RECIPIENT_DENIED_RELAY };

			scene_mail(s, &m);
		}
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 25),
				 count > 1 ? "probe" : "relay_denied");
		scene_free(&s);
	}
}

/* P34: the port does not matter. */
Test(scenario, on_any_port)
{
	static const uint16_t ports[] = { 25, 26, 587, 2525, 40025 };

	for (size_t i = 0; i < ARRAY_COUNT(ports); i++) {
		struct play plays[2] = {
			{ .what = "P34: a relay on this port",
			  .port = ports[i],
			  .mails = { { .to = THEIRS },
				     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
			  .verdict = "open_relay_confirmed",
			  .alerts = 1 },
			{ .what = "twin: with a password",
			  .port = ports[i],
			  .mails = { { .to = THEIRS, .auth = AUTH_OK },
				     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
			  .verdict = "benign" },
		};

		plays_check(plays, ARRAY_COUNT(plays));
	}
}

Test(scenario, what_looks_like_an_open_door)
{
	static const struct play plays[] = {
		{ .what = "N7: a trusted printer without a password",
		  .mails = { { .client = "192.0.2.98", .to = THEIRS },
			     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .client = "192.0.2.98",
		  .verdict = "benign" },
		{ .what = "twin, N8: a roamer whom nobody listed",
		  .mails = { { .to = THEIRS },
			     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
		{ .what = "N7: nothing said: a program in another part of the same private network",
		  .roles = { .nothing_said = true },
		  .mails = { { .client = "10.0.7.9", .server = "10.0.1.25", .to = THEIRS },
			     { .client = "10.0.1.25", .server = EXCHANGER, .to = THEIRS } },
		  .client = "10.0.7.9",
		  .server = "10.0.1.25",
		  .verdict = "benign" },
		{ .what = "twin: a client that no private network has",
		  .roles = { .nothing_said = true },
		  .mails = { { .client = STRANGER, .server = "10.0.1.25", .to = THEIRS },
			     { .client = "10.0.1.25", .server = EXCHANGER, .to = THEIRS } },
		  .server = "10.0.1.25",
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
		{ .what = "N15: yes to the recipient, and a no that names no reason after the data",
		  .mails = { { .to = THEIRS,
			       .outcome = OUTCOME_REJECTED,
			       .answer = REPLY_POLICY_UNKNOWN } },
		  .verdict = "benign" },
		{ .what = "twin: a yes",
		  .mails = { { .to = THEIRS } },
		  .verdict = "open_relay",
		  .alerts = 1 },
		{ .what = "N21: QMTP for a domain of ours",
		  .port = 209,
		  .mails = { { .to = OURS, .protocol = PROTOCOL_QMTP } },
		  .verdict = "benign" },
		{ .what = "twin: for a domain of others",
		  .port = 209,
		  .mails = { { .to = THEIRS, .protocol = PROTOCOL_QMTP } },
		  .verdict = "open_relay",
		  .alerts = 1 },
	};

	plays_check(plays, ARRAY_COUNT(plays));
}

/* N9, N10: bounces of our server; the senders of what it bounces were forged, or not. */
Test(scenario, bounces_to_many)
{
	static const struct {
		const char *what;
		size_t count;
		bool automatic;
		const char *verdict;
	} rows[] = {
		{ "N10: thirty, to people who did not write", 30, true, "backscatter" },
		{ "N9: three of them", 3, true, "benign" },
		{ "twin: nothing says that a program wrote them", 30, false, "benign" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		static char senders[30][40], clients[30][IP_TEXT_MAX];
		struct scene *s = scene_new();

		scene_site(s);
		for (size_t n = 0; n < rows[i].count; n++) {
			struct mail in = { .at = (double)n * 2, .server = SERVER, .to = OURS };
			struct mail out = { .at = (double)n * 2 + 1,
					    .client = SERVER,
					    .server = EXCHANGER,
					    .from = "",
					    .automatic = rows[i].automatic };

			(void)snprintf(senders[n], sizeof(senders[n]), "u%zu@foreign.example", n);
			(void)snprintf(clients[n], sizeof(clients[n]), "203.0.%zu.9", n);
			in.client = clients[n];
			in.from = out.to = senders[n];
			scene_mail(s, &in);
			scene_mail(s, &out);
		}
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, SERVER, EXCHANGER, 25), rows[i].verdict, "%s: %s",
				 rows[i].what, scene_verdict(s, SERVER, EXCHANGER, 25));
		scene_free(&s);
	}
}
