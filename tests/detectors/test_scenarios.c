/*
 * What looks like abuse and is none, and the other way round. Each scene has a twin in which one
 * fact is another, and the verdict changes with it.
 */
#include "detectors/play.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SECOND "192.0.2.26"
#define GATEWAY "192.0.2.50"
#define CLOUD_GATEWAY "203.0.113.50"
#define TRUSTED "192.0.2.98"

Test(scenario, exchangers_and_their_backups)
{
	static const struct play plays[] = {
		{ .what = "N1: mail for a domain of ours",
		  .mails = { { .to = OURS } },
		  .verdict = "benign" },
		{ .what = "twin: for a domain of others",
		  .mails = { { .to = THEIRS } },
		  .verdict = "open_relay",
		  .alerts = 1 },
		{ .what = "N3: mail of ours that the gateway hands inside",
		  .mails = { { .to = OURS }, { .client = SERVER, .server = SECOND, .to = OURS } },
		  .verdict = "benign" },
		{ .what = "N3: mail of ours that goes to a filter in a cloud",
		  .mails = { { .to = OURS },
			     { .client = SERVER, .server = EXCHANGER, .to = OURS } },
		  .verdict = "benign" },
		{ .what = "N2: backup for a partner, who gets it",
		  .roles = { .relay_to = "foreign.example" },
		  .mails = { { .to = THEIRS },
			     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .verdict = "benign" },
		{ .what = "twin: backup for another partner",
		  .roles = { .relay_to = "partner.example" },
		  .mails = { { .to = THEIRS },
			     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
	};

	plays_check(plays, ARRAY_COUNT(plays));
}

/* The client of the inner server is a gateway of ours, wherever that stands. */
Test(scenario, gateways)
{
	static const struct play plays[] = {
		{ .what = "N3: a gateway of ours in a cloud brings all sorts",
		  .roles = { .mta_chain = CLOUD_GATEWAY },
		  .mails = { { .client = CLOUD_GATEWAY, .to = THEIRS } },
		  .client = CLOUD_GATEWAY,
		  .verdict = "benign" },
		{ .what = "twin: nobody named it",
		  .mails = { { .client = CLOUD_GATEWAY, .to = THEIRS } },
		  .client = CLOUD_GATEWAY,
		  .verdict = "open_relay",
		  .alerts = 1 },
		{ .what = "it goes to a gateway of ours in a cloud: no outside",
		  .roles = { .mta_chain = CLOUD_GATEWAY },
		  .mails = { { .to = THEIRS },
			     { .client = SERVER, .server = CLOUD_GATEWAY, .to = THEIRS } },
		  .verdict = "open_relay",
		  .alerts = 1 },
		{ .what = "twin: which hands it on",
		  .roles = { .mta_chain = CLOUD_GATEWAY },
		  .mails = { { .to = THEIRS },
			     { .client = SERVER, .server = CLOUD_GATEWAY, .to = THEIRS },
			     { .client = CLOUD_GATEWAY, .server = EXCHANGER, .to = THEIRS } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
		{ .what = "twin: nobody named it, so it is the outside",
		  .mails = { { .to = THEIRS },
			     { .client = SERVER, .server = CLOUD_GATEWAY, .to = THEIRS } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
		{ .what = "P22: a balancer of ours, seen as the client",
		  .roles = { .proxy = GATEWAY },
		  .mails = { { .client = GATEWAY, .to = THEIRS } },
		  .client = GATEWAY,
		  .verdict = "benign" },
	};

	plays_check(plays, ARRAY_COUNT(plays));
}

/* One Message-ID, many recipients: what matters is whether the stranger's own recipient leaves. */
Test(scenario, lists_forwarders_and_copies)
{
	static const struct play plays[] = {
		{ .what = "N4: a list",
		  .mails = { { .to = "list@example.com" },
			     { .client = SERVER,
			       .server = EXCHANGER,
			       .from = "list-bounces@example.com",
			       .to = THEIRS },
			     { .client = SERVER,
			       .server = "198.51.100.8",
			       .from = "list-bounces@example.com",
			       .to = "other@third.example" } },
		  .verdict = "benign" },
		{ .what = "twin: sent to a member by way of us",
		  .mails = { { .to = THEIRS },
			     { .client = SERVER,
			       .server = EXCHANGER,
			       .from = "list-bounces@example.com",
			       .to = THEIRS } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
		{ .what = "N5: a forwarder, nothing said",
		  .roles = { .nothing_said = true },
		  .mails = { { .to = "user@hosted.example" },
			     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .verdict = "benign" },
		{ .what = "twin: addressed to where it went",
		  .roles = { .nothing_said = true },
		  .mails = { { .to = THEIRS },
			     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
		{ .what = "N23: a copy of each mail to an archive",
		  .mails = { { .to = OURS },
			     { .client = SERVER,
			       .server = EXCHANGER,
			       .to = "journal@archive.example" } },
		  .verdict = "benign" },
		{ .what = "twin: a stranger writes to the archive by way of us",
		  .mails = { { .to = "journal@archive.example" },
			     { .client = SERVER,
			       .server = EXCHANGER,
			       .to = "journal@archive.example" } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
	};

	plays_check(plays, ARRAY_COUNT(plays));
}

Test(scenario, bounces)
{
	static const struct play plays[] = {
		{ .what = "N9: a bounce to the sender",
		  .mails = { { .to = OURS, .from = "sender@sender.example" },
			     { .client = SERVER,
			       .server = EXCHANGER,
			       .from = "",
			       .to = "sender@sender.example",
			       .message_id = "bounce@example.com",
			       .body = "no such user" } },
		  .verdict = "benign" },
		{ .what = "P5: a routed address is bounced later, as qmail does",
		  .mails = { { .to = THEIRS, .tricks = TRICK_PERCENT_HACK },
			     { .client = SERVER,
			       .server = EXCHANGER,
			       .from = "",
			       .to = "sender@sender.example",
			       .message_id = "bounce@example.com",
			       .body = "no such user" } },
		  .verdict = "probe" },
		{ .what = "twin: it leaves instead",
		  .mails = { { .to = THEIRS, .tricks = TRICK_PERCENT_HACK },
			     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
		{ .what = "P26: the null sender excuses nothing",
		  .mails = { { .to = THEIRS, .from = "" },
			     { .client = SERVER, .server = EXCHANGER, .from = "", .to = THEIRS } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
		{ .what = "N10: spam to an unknown user, bounced with the spam in it",
		  .mails = { { .to = "nobody@example.com", .from = "forged@foreign.example" },
			     { .client = SERVER,
			       .server = EXCHANGER,
			       .from = "",
			       .to = "forged@foreign.example" } },
		  .verdict = "benign" },
	};

	plays_check(plays, ARRAY_COUNT(plays));
}

/* The same message is seen again and again, and only its client brings it. */
Test(scenario, retries_and_several_exchangers)
{
	static const struct play plays[] = {
		{ .what = "N11: greylisted, then taken",
		  .mails = { { .to = OURS, .verdict = RECIPIENT_TEMPFAIL },
			     { .to = OURS, .at = 400 } },
		  .verdict = "benign" },
		{ .what = "N11: greylisted at one of our exchangers, taken by the other",
		  .mails = { { .to = OURS, .verdict = RECIPIENT_TEMPFAIL },
			     { .server = SECOND, .to = OURS } },
		  .server = SECOND,
		  .verdict = "benign" },
		{ .what = "N11: nothing said: a stranger brings it to two hosts",
		  .roles = { .nothing_said = true },
		  .mails = { { .to = THEIRS }, { .server = EXCHANGER, .to = THEIRS } },
		  .verdict = "benign" },
		{ .what = "twin: one host brings it to the other",
		  .roles = { .nothing_said = true },
		  .mails = { { .to = THEIRS },
			     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
		{ .what = "the host brings it back to the stranger",
		  .roles = { .nothing_said = true },
		  .mails = { { .to = THEIRS },
			     { .client = SERVER, .server = STRANGER, .to = THEIRS } },
		  .verdict = "benign" },
		{ .what = "P32: refused by the next host for the server's bad name",
		  .roles = { .nothing_said = true },
		  .mails = { { .to = THEIRS },
			     { .client = SERVER,
			       .server = EXCHANGER,
			       .to = THEIRS,
			       .outcome = OUTCOME_REJECTED,
			       .answer = REPLY_BLOCKED } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
	};

	plays_check(plays, ARRAY_COUNT(plays));
}

/* Those who may send, and the host that takes it all. */
Test(scenario, submission_and_smarthost)
{
	static const struct play plays[] = {
		{ .what = "N19: a trusted host by way of a smarthost",
		  .roles = { .smarthost = EXCHANGER },
		  .mails = { { .client = TRUSTED, .to = THEIRS },
			     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .client = TRUSTED,
		  .verdict = "benign" },
		{ .what = "twin: a stranger by way of a smarthost",
		  .roles = { .smarthost = EXCHANGER },
		  .mails = { { .to = THEIRS },
			     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
		{ .what = "the smarthost is not ours to judge",
		  .roles = { .smarthost = EXCHANGER, .nothing_said = true },
		  .mails = { { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .client = SERVER,
		  .server = EXCHANGER,
		  .verdict = "benign" },
		{ .what = "N6: with a password from abroad",
		  .mails = { { .to = THEIRS, .auth = AUTH_OK },
			     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .verdict = "benign" },
		{ .what = "P8: twin: the password was refused, and the mail taken all the same",
		  .mails = { { .to = THEIRS, .auth = AUTH_FAILED },
			     { .client = SERVER, .server = EXCHANGER, .to = THEIRS } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
	};

	plays_check(plays, ARRAY_COUNT(plays));
}

/* RCPT, and no more: somebody asks whether an address exists. */
Test(scenario, callouts)
{
	static const struct play plays[] = {
		{ .what = "N16: another server asks for a user of ours",
		  .mails = { { .to = OURS, .from = "", .no_data = true } },
		  .verdict = "benign" },
		{ .what = "twin: for a user of others, and is told yes",
		  .mails = { { .to = THEIRS, .from = "", .no_data = true } },
		  .verdict = "probe" },
		{ .what = "for a user of others, and is told no",
		  .mails = { { .to = THEIRS,
			       .from = "",
			       .no_data = true,
			       .verdict = RECIPIENT_DENIED_RELAY } },
		  .verdict = "relay_denied" },
		{ .what = "N17: our server asks the next one for a stranger's recipient",
		  .roles = { .nothing_said = true },
		  .mails = { { .to = THEIRS },
			     { .client = SERVER,
			       .server = EXCHANGER,
			       .from = "",
			       .to = THEIRS,
			       .no_data = true } },
		  .verdict = "benign" },
		{ .what = "twin: and hands it the message",
		  .roles = { .nothing_said = true },
		  .mails = { { .to = THEIRS },
			     { .client = SERVER, .server = EXCHANGER, .from = "", .to = THEIRS } },
		  .verdict = "open_relay_confirmed",
		  .alerts = 1 },
	};

	plays_check(plays, ARRAY_COUNT(plays));
}

/* Addresses that are local whatever the domains are, and one-sided captures. */
Test(scenario, odd_addresses_and_half_of_the_traffic)
{
	static const struct play plays[] = {
		{ .what = "N28: postmaster without a domain",
		  .mails = { { .to = "postmaster" } },
		  .verdict = "benign" },
		{ .what = "N29: the server's own literal",
		  .mails = { { .to = "user@[" SERVER "]" } },
		  .verdict = "benign" },
		{ .what = "twin: another's literal",
		  .mails = { { .to = "user@[" EXCHANGER "]" } },
		  .verdict = "open_relay",
		  .alerts = 1 },
		{ .what = "a domain below ours",
		  .mails = { { .to = "user@mail.example.com" } },
		  .verdict = "benign" },
		{ .what = "twin: one that only ends like ours",
		  .mails = { { .to = "user@notexample.com" } },
		  .verdict = "open_relay",
		  .alerts = 1 },
		{ .what = "P18: only the client was seen: it went on to the end",
		  .mails = { { .to = THEIRS, .one_sided = true } },
		  .verdict = "open_relay",
		  .alerts = 1 },
		{ .what = "twin: it was refused after all",
		  .mails = { { .to = THEIRS,
			       .outcome = OUTCOME_REJECTED,
			       .answer = REPLY_POLICY_UNKNOWN } },
		  .verdict = "benign" },
	};

	plays_check(plays, ARRAY_COUNT(plays));
}

/* N24: LMTP from the gateway to the store says yes to all. */
Test(scenario, the_way_into_the_store)
{
	for (int stranger = 0; stranger < 2; stranger++) {
		struct scene *s = scene_new();
		struct mail m = { .at = 1,
				  .client = stranger ? STRANGER : "192.0.2.97",
				  .server = SERVER,
				  .port = 2003,
				  .protocol = PROTOCOL_LMTP,
				  .to = THEIRS };

		scene_site(s);
		scene_mail(s, &m);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, m.client, SERVER, 2003),
				 stranger ? "open_relay" : "benign");
		scene_free(&s);
	}
}

/* N26: health checks: sessions without end that ask for nothing. */
Test(scenario, health_checks)
{
	struct scene *s = scene_new();

	scene_site(s);
	for (int i = 0; i < 500; i++)
		scene_session(s, i, "203.0.113.7", SERVER, 25, "mail.example.com ESMTP", TLS_NONE);
	scene_play(s);
	cr_expect_str_eq(scene_verdict(s, "203.0.113.7", SERVER, 25), "benign");
	cr_expect_str_eq(scene_posture(s, SERVER, 25), "unknown");
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), 0);
	scene_free(&s);
}

/* N20: a hosted domain that was added today, which the operator's list lacks: one mail is held back as
 * long as it rests on the list alone; many unrelated clients while others are denied clear it. */
Test(scenario, a_domain_added_today)
{
	for (size_t clients = 1; clients <= 9; clients += 8) {
		static char addresses[9][IP_TEXT_MAX];
		struct scene *s = scene_new();

		scene_site(s);
		for (size_t i = 0; i < 2; i++) {
			struct mail no = { .at = (double)i,
					   .client = i == 0 ? "198.18.100.1" : "198.18.101.1",
					   .server = SERVER,
					   .to = "x@elsewhere.example",
					   .verdict = RECIPIENT_DENIED_RELAY };

			scene_mail(s, &no);
		}
		for (size_t i = 0; i < clients; i++) {
			struct mail m = { .at = 10 + (double)i,
					  .server = SERVER,
					  .to = "user@new.example" };

			(void)snprintf(addresses[i], sizeof(addresses[i]), "198.18.%zu.5", i);
			m.client = addresses[i];
			scene_mail(s, &m);
		}
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, "198.18.0.5", SERVER, 25),
				 clients == 1 ? "open_relay" : "benign");
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), clients == 1 ? 1 : 0);
		scene_free(&s);
	}
}
