/* What makes a relay: the reply, the onward leg, ownership; and what clears. */
#include "detectors/scene.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#define SERVER "192.0.2.25"
#define STRANGER "203.0.113.5"
#define EXCHANGER "198.51.100.7"
#define FOREIGN "victim@foreign.example"

static const struct mail inbound = { .at = 10,
				     .client = STRANGER,
				     .server = SERVER,
				     .port = 209,
				     .protocol = PROTOCOL_QMTP,
				     .to = FOREIGN,
				     .message_id = "id@spam.example",
				     .body = "buy" };
static const struct mail onward = { .at = 12,
				    .client = SERVER,
				    .server = EXCHANGER,
				    .to = FOREIGN,
				    .message_id = "id@spam.example",
				    .body = "buy",
				    .size = 1300 };

static void expect(const struct scene *s, const char *client, const char *server, uint16_t port,
		   const char *verdict)
{
	cr_expect_str_eq(scene_verdict(s, client, server, port), verdict,
			 "%s -> %s:%u is %s, not %s", client, server, port,
			 scene_verdict(s, client, server, port), verdict);
}

/* P1. */
Test(relay, both_legs_confirm_it_with_one_alert)
{
	struct scene *s = scene_new();

	scene_site(s);
	scene_mx(s, 1, SERVER, "foreign.example", "mx.foreign.example", EXCHANGER);
	scene_mail(s, &inbound);
	scene_mail(s, &onward);
	scene_play(s);
	expect(s, STRANGER, SERVER, 209, "open_relay_confirmed");
	expect(s, SERVER, EXCHANGER, 25, "benign");
	cr_expect_str_eq(scene_severity(s, STRANGER, SERVER, 209), "critical");
	cr_expect_str_eq(scene_posture(s, SERVER, 209), "open");
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), 1);
	cr_expect_eq(scene_alerts(s, ALERT_ESCALATED), 1);
	cr_expect_str_eq(scene_last_alert_subject(s), "192.0.2.25:209/qmtp");
	cr_expect_lt(fabs(scene_sum_error(s, STRANGER, SERVER, 209)), 1e-6);
	scene_free(&s);
}

/* The verdict must hold when one key is missing or rewritten, and in any order of the facts. */
Test(relay, holds_without_any_one_key_and_backwards)
{
	static const struct {
		const char *what, *id_in, *id_out, *body_in, *body_out;
		const char *verdict;
	} rows[] = {
		{ "all keys", "a@b", "a@b", "x", "x", "open_relay_confirmed" },
		{ "no Message-ID", NULL, NULL, "x", "x", "open_relay_confirmed" },
		{ "Message-ID rewritten", "a@b", "c@d", "x", "x", "open_relay_confirmed" },
		{ "Message-ID added", NULL, "c@d", "x", "x", "open_relay_confirmed" },
		{ "footer added", "a@b", "a@b", "x", "x and a footer", "open_relay_confirmed" },
		{ "body not seen", "a@b", "a@b", NULL, NULL, "open_relay_confirmed" },
		{ "both changed, sender and size fit", "a@b", "c@d", "x", "y",
		  "open_relay_confirmed" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct mail in = inbound, out = onward;
		struct scene *s = scene_new();

		in.message_id = rows[i].id_in;
		in.body = rows[i].body_in;
		out.message_id = rows[i].id_out;
		out.body = rows[i].body_out;
		scene_mail(s, &in);
		scene_mail(s, &out);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 209), rows[i].verdict, "%s: %s",
				 rows[i].what, scene_verdict(s, STRANGER, SERVER, 209));
		scene_play_backwards(s);
		cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 209), rows[i].verdict,
				 "%s, backwards: %s", rows[i].what,
				 scene_verdict(s, STRANGER, SERVER, 209));
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), 1);
		scene_free(&s);
	}
}

/* One decisive fact of the onward leg is another, and it is no onward leg any more. */
Test(relay, what_is_no_onward_leg)
{
	struct mail altered[5];
	static const char *const what[] = { "another recipient (an alias, a list)",
					    "sent before it came in", "another host sends it",
					    "the stranger brings it there itself",
					    "it goes to a neighbour" };

	for (size_t i = 0; i < ARRAY_COUNT(altered); i++)
		altered[i] = onward;
	altered[0].to = "somebody@else.example";
	altered[1].at = inbound.at - 600; /* more than a clock that was set back explains */
	altered[2].client = "192.0.2.99";
	altered[3].client = STRANGER;
	altered[4].server = "192.0.2.77";
	for (size_t i = 0; i < ARRAY_COUNT(altered); i++) {
		struct scene *s = scene_new();

		scene_mail(s, &inbound);
		scene_mail(s, &altered[i]);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 209), "benign", "%s: %s",
				 what[i], scene_verdict(s, STRANGER, SERVER, 209));
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), 0, "%s", what[i]);
		scene_free(&s);
	}
}

/* P2. */
Test(relay, leaves_five_hours_later_out_of_the_queue)
{
	struct scene *s = scene_new();
	struct mail late = onward;

	late.at = 5 * 3600;
	scene_mail(s, &inbound);
	scene_mail(s, &late);
	scene_play(s);
	expect(s, STRANGER, SERVER, 209, "open_relay_confirmed");
	scene_free(&s);
}

/* Over an inside hop, which sends it on: P22, the balancer. */
Test(relay, is_followed_over_an_inside_hop)
{
	struct mail hop = onward, out = onward;

	hop.server = "192.0.2.77";
	out.client = "192.0.2.77";
	out.at = 14;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct scene *s = scene_new();

		scene_site(s);
		scene_mail(s, &inbound);
		scene_mail(s, &hop);
		scene_mail(s, &out);
		if (backwards)
			scene_play_backwards(s);
		else
			scene_play(s);
		expect(s, STRANGER, SERVER, 209, "open_relay_confirmed");
		scene_free(&s);
	}
}

Test(relay, what_the_client_is_decides)
{
	static const struct {
		const char *what, *client;
		enum auth_result auth;
		const char *verdict;
	} rows[] = {
		{ "a stranger", "203.0.113.5", AUTH_NONE, "open_relay_confirmed" },
		{ "P8: a stranger whose password was refused", "203.0.113.5", AUTH_FAILED,
		  "open_relay_confirmed" },
		{ "N6: an authenticated stranger", "203.0.113.5", AUTH_OK, "benign" },
		{ "a trusted host", "192.0.2.98", AUTH_NONE, "benign" },
		{ "an inside host that is not listed", "192.0.2.9", AUTH_NONE, "benign" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();
		struct mail in = inbound;

		in.client = rows[i].client;
		in.auth = rows[i].auth;
		scene_site(s);
		scene_mail(s, &in);
		scene_mail(s, &onward);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, rows[i].client, SERVER, 209), rows[i].verdict,
				 "%s: %s", rows[i].what,
				 scene_verdict(s, rows[i].client, SERVER, 209));
		scene_free(&s);
	}
}

/* How far the server went: the rungs are kept apart. */
Test(relay, rungs)
{
	static const struct {
		const char *what;
		struct mail mail;
		const char *verdict, *posture;
	} rows[] = {
		{ "P6: taken", { .verdict = RECIPIENT_ACCEPTED }, "open_relay", "open" },
		{ "354, no answer seen", { .no_answer = true }, "open_relay", "open" },
		{ "RCPT only", { .no_data = true }, "probe", "unknown" },
		{ "refused after the data for its content",
		  { .outcome = OUTCOME_REJECTED, .answer = REPLY_CONTENT },
		  "benign",
		  "unknown" },
		{ "relaying denied after the data",
		  { .outcome = OUTCOME_REJECTED, .answer = REPLY_RELAY_DENIED },
		  "relay_denied",
		  "closed" },
		{ "denied", { .verdict = RECIPIENT_DENIED_RELAY }, "relay_denied", "closed" },
		{ "no such user",
		  { .verdict = RECIPIENT_DENIED_USER, .reply = REPLY_USER_UNVERIFIED },
		  "benign",
		  "unknown" },
		{ "greylisted", { .verdict = RECIPIENT_TEMPFAIL }, "benign", "unknown" },
		{ "block-listed",
		  { .verdict = RECIPIENT_DENIED_POLICY, .reply = REPLY_BLOCKED },
		  "benign",
		  "unknown" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();
		struct mail m = rows[i].mail;

		m.client = STRANGER;
		m.server = SERVER;
		m.to = FOREIGN;
		scene_site(s);
		scene_mail(s, &m);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 25), rows[i].verdict, "%s: %s",
				 rows[i].what, scene_verdict(s, STRANGER, SERVER, 25));
		cr_expect_str_eq(scene_posture(s, SERVER, 25), rows[i].posture, "%s: %s",
				 rows[i].what, scene_posture(s, SERVER, 25));
		scene_free(&s);
	}
}

/* Undetermined alone never accuses; an alert needs positive evidence. */
Test(ownership, nothing_known_accuses_nobody)
{
	struct scene *s = scene_new();

	scene_mail(s, &inbound);
	scene_play(s);
	expect(s, STRANGER, SERVER, 209, "benign");
	cr_expect_str_eq(scene_ownership(s, STRANGER, SERVER, 209), "undetermined");
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), 0);
	scene_free(&s);
}

Test(ownership, an_mx_answer_tells)
{
	static const struct {
		const char *what, *host, *address, *banner, *verdict, *ownership;
	} rows[] = {
		{ "names the server", "mx.foreign.example", SERVER, NULL, "benign", "own" },
		{ "names others", "mx.foreign.example", EXCHANGER, NULL, "open_relay", "foreign" },
		{ "names the greeting's name, behind NAT", "mx.us.example", EXCHANGER,
		  "mx.us.example ESMTP", "benign", "own" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		for (int backwards = 0; backwards < 2; backwards++) {
			struct scene *s = scene_new();

			scene_mx(s, 1, "198.51.100.9", "foreign.example", rows[i].host,
				 rows[i].address);
			if (rows[i].banner != NULL)
				scene_session(s, 2, "198.51.100.9", SERVER, 25, rows[i].banner,
					      TLS_NONE);
			scene_mail(s, &inbound);
			if (backwards)
				scene_play_backwards(s);
			else
				scene_play(s);
			cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 209), rows[i].verdict,
					 "%s: %s", rows[i].what,
					 scene_verdict(s, STRANGER, SERVER, 209));
			cr_expect_str_eq(scene_ownership(s, STRANGER, SERVER, 209),
					 rows[i].ownership, "%s", rows[i].what);
			scene_free(&s);
		}
	}
}

/* Several servers may answer at one address, each by its own name, in any order. */
Test(ownership, each_name_that_the_address_gives_counts)
{
	static const char *const banners[] = { "mx1.us.example ESMTP", "mx2.us.example ESMTP",
					       "mx3.us.example ESMTP" };

	for (size_t i = 0; i < ARRAY_COUNT(banners); i++) {
		for (int backwards = 0; backwards < 2; backwards++) {
			struct scene *s = scene_new();

			scene_mx(s, 1, "198.51.100.9", "foreign.example", "mx2.us.example",
				 EXCHANGER);
			for (size_t k = 0; k < ARRAY_COUNT(banners); k++)
				scene_session(s, 2 + (double)k, "198.51.100.9", SERVER, 209,
					      banners[(i + k) % ARRAY_COUNT(banners)], TLS_NONE);
			scene_mail(s, &inbound);
			if (backwards)
				scene_play_backwards(s);
			else
				scene_play(s);
			expect(s, STRANGER, SERVER, 209, "benign");
			scene_free(&s);
		}
	}
}

/* A session ends after its mails: its greeting was seen before them, and keeps an alert away. */
Test(ownership, the_greeting_is_known_when_the_mail_is_judged)
{
	for (int seen = 0; seen < 2; seen++) {
		struct scene *s = scene_new();
		struct mail in = inbound;

		in.port = 25;
		in.protocol = PROTOCOL_SMTP;
		in.banner = seen ? "mx.us.example ESMTP" : NULL;
		scene_mx(s, 1, "198.51.100.9", "foreign.example", "mx.us.example", EXCHANGER);
		scene_mail(s, &in);
		scene_session(s, 11, STRANGER, SERVER, 25, in.banner, TLS_NONE);
		scene_play(s);
		expect(s, STRANGER, SERVER, 25, seen ? "benign" : "open_relay");
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), seen ? 0 : 1);
		scene_free(&s);
	}
}

/* An MX answer that names a filter does not outweigh what the server itself knows. */
Test(ownership, unknown_users_and_greeting_outweigh_an_mx_answer)
{
	for (int with_unknown = 0; with_unknown < 2; with_unknown++) {
		struct scene *s = scene_new();
		struct mail unknown = inbound;

		unknown.client = "203.0.114.6";
		unknown.to = "nobody@foreign.example";
		unknown.verdict = RECIPIENT_DENIED_USER;
		scene_mx(s, 1, "198.51.100.9", "foreign.example", "filter.cloud.example",
			 EXCHANGER);
		scene_mail(s, &inbound);
		if (with_unknown)
			scene_mail(s, &unknown);
		else
			scene_session(s, 2, "198.51.100.9", SERVER, 25,
				      "mail.foreign.example hello", TLS_NONE);
		scene_play(s);
		expect(s, STRANGER, SERVER, 209, "benign");
		scene_free(&s);
	}
}

/* The answer that decides for a message is about its last recipient, not about the others. */
Test(ownership, one_recipient_s_denial_is_not_another_s)
{
	struct scene *s = scene_new();
	struct mail first = { .at = 1,
			      .client = "203.0.114.6",
			      .server = SERVER,
			      .to = "nobody@hosted.example",
			      .verdict = RECIPIENT_DENIED_USER,
			      .reply = REPLY_RELAY_OR_USER,
			      .answer = REPLY_RELAY_DENIED };
	struct mail later = {
		.at = 10, .client = STRANGER, .server = SERVER, .to = "user@hosted.example"
	};

	scene_mail(s, &first);
	scene_recipient(s, "other@foreign.example", RECIPIENT_DENIED_RELAY, REPLY_RELAY_DENIED);
	scene_mail(s, &later);
	scene_play(s);
	expect(s, STRANGER, SERVER, 25, "benign");
	cr_expect_str_eq(scene_ownership(s, STRANGER, SERVER, 25), "undetermined");
	expect(s, "203.0.114.6", SERVER, 25, "relay_denied");
	scene_free(&s);
}

/* "undeliverable" is the word of a callout: it makes nothing the server's own. */
Test(ownership, a_callout_teaches_nothing)
{
	struct scene *s = scene_new();
	struct mail callout = inbound;

	callout.to = "nobody@foreign.example";
	callout.verdict = RECIPIENT_DENIED_USER;
	callout.reply = REPLY_USER_UNVERIFIED;
	scene_site(s);
	scene_mail(s, &callout);
	scene_mail(s, &inbound);
	scene_play(s);
	expect(s, STRANGER, SERVER, 209, "open_relay");
	scene_free(&s);
}

static void many_clients(struct scene *s, size_t clients, size_t denied, bool leaves)
{
	static char addresses[64][IP_TEXT_MAX];
	static char ids[64][IP_TEXT_MAX];

	for (size_t i = 0; i < clients; i++) {
		struct mail in = inbound, out = onward;

		(void)snprintf(addresses[i], sizeof(addresses[i]), "198.18.%zu.5", i);
		(void)snprintf(ids[i], sizeof(ids[i]), "%zu@x", i);
		in.client = addresses[i];
		in.message_id = out.message_id = ids[i];
		in.at = 100 + (double)i * 10;
		out.at = in.at + 3;
		scene_mail(s, &in);
		if (leaves)
			scene_mail(s, &out);
	}
	for (size_t i = 0; i < denied; i++) {
		struct mail no = inbound;

		(void)snprintf(addresses[40 + i], sizeof(addresses[0]), "198.19.%zu.5", i);
		no.client = addresses[40 + i];
		no.to = "x@elsewhere.example";
		no.verdict = RECIPIENT_DENIED_RELAY;
		scene_mail(s, &no);
	}
}

/* A stable majority of unrelated clients, while others are denied, is a hosted domain; not so
 * when its mail is seen to leave for the outside (a botnet that relays through the server). */
Test(ownership, a_majority_tells_but_not_when_it_leaves)
{
	static const struct {
		size_t clients, denied;
		bool configured, leaves;
		const char *verdict;
	} rows[] = {
		{ 14, 3, true, false, "benign" },
		{ 3, 3, true, false, "open_relay" },
		{ 14, 0, true, false, "open_relay" },
		{ 14, 3, true, true, "open_relay_confirmed" },
		{ 14, 3, false, true,
		  "benign" }, /* a gateway before a tenant in a cloud looks so */
		{ 14, 0, false, true, "open_relay_confirmed" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();

		if (rows[i].configured)
			scene_site(s);
		many_clients(s, rows[i].clients, rows[i].denied, rows[i].leaves);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, "198.18.1.5", SERVER, 209), rows[i].verdict,
				 "row %zu: %s", i, scene_verdict(s, "198.18.1.5", SERVER, 209));
		scene_free(&s);
	}
}

Test(ownership, what_was_denied_to_one_and_taken_from_another_is_foreign)
{
	struct scene *s = scene_new();
	struct mail denied = inbound;

	denied.client = "203.0.113.77";
	denied.verdict = RECIPIENT_DENIED_RELAY;
	denied.at = 1;
	scene_mail(s, &denied);
	scene_mail(s, &inbound);
	scene_play(s);
	expect(s, STRANGER, SERVER, 209, "open_relay");
	expect(s, "203.0.113.77", SERVER, 209, "relay_denied");
	cr_expect_str_eq(scene_posture(s, SERVER, 209), "open");
	scene_free(&s);
}

Test(ownership, the_operator_has_the_last_word)
{
	struct scene *s = scene_new();

	scene_site(s);
	scene_domain(s, SITE_RELAY_TO, "foreign.example");
	scene_mail(s, &inbound);
	scene_mail(s, &onward);
	scene_play(s);
	expect(s, STRANGER, SERVER, 209, "benign");
	cr_expect_str_eq(scene_ownership(s, STRANGER, SERVER, 209), "own");
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), 0);
	scene_free(&s);
}

/* A yes to a routed address is a suspicion until its message leaves as the plain one. */
Test(relay, tricks_are_a_suspicion_until_they_leave)
{
	for (int leaves = 0; leaves < 2; leaves++) {
		struct scene *s = scene_new();
		struct mail trick = inbound;

		trick.tricks = TRICK_PERCENT_HACK;
		scene_site(s);
		scene_mail(s, &trick);
		if (leaves)
			scene_mail(s, &onward);
		scene_play(s);
		expect(s, STRANGER, SERVER, 209, leaves ? "open_relay_confirmed" : "probe");
		cr_expect_str_eq(scene_posture(s, SERVER, 209), leaves ? "open" : "unknown");
		scene_free(&s);
	}
}

/* A routed address that leads back to the server's own domain is no relay; nor is it undetermined. */
Test(relay, a_trick_that_leads_home)
{
	static const struct {
		const char *to, *verdict, *ownership;
	} rows[] = {
		{ "user@example.com", "benign", "own" },
		{ FOREIGN, "probe", "foreign" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();
		struct mail trick = inbound;

		trick.tricks = TRICK_PERCENT_HACK;
		trick.to = rows[i].to;
		scene_site(s);
		scene_mail(s, &trick);
		scene_play(s);
		expect(s, STRANGER, SERVER, 209, rows[i].verdict);
		cr_expect_str_eq(scene_ownership(s, STRANGER, SERVER, 209), rows[i].ownership);
		scene_free(&s);
	}
}

Test(qmqp, a_yes_to_a_stranger_exposes_the_server)
{
	static const struct {
		const char *what, *client, *qmqp_client, *verdict, *severity, *posture;
	} rows[] = {
		{ "P10: a stranger", STRANGER, NULL, "open_relay", "high", "exposed" },
		{ "a stranger who may", STRANGER, "203.0.113.5", "benign", "info", "unknown" },
		{ "N22: a trusted node", "192.0.2.98", NULL, "benign", "info", "unknown" },
		{ "an insider who is not listed", "192.0.2.9", NULL, "open_relay", "low",
		  "unknown" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();
		struct mail m = inbound;

		m.client = rows[i].client;
		m.port = 628;
		m.protocol = PROTOCOL_QMQP;
		scene_site(s);
		if (rows[i].qmqp_client != NULL)
			scene_net(s, SITE_QMQP_CLIENT, rows[i].qmqp_client);
		scene_mail(s, &m);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, m.client, SERVER, 628), rows[i].verdict, "%s: %s",
				 rows[i].what, scene_verdict(s, m.client, SERVER, 628));
		cr_expect_str_eq(scene_severity(s, m.client, SERVER, 628), rows[i].severity,
				 "%s: %s", rows[i].what, scene_severity(s, m.client, SERVER, 628));
		cr_expect_str_eq(scene_posture(s, SERVER, 628), rows[i].posture, "%s",
				 rows[i].what);
		scene_free(&s);
	}
}

/* Who asks a QMTP server by QMQP changes nothing about what it did by QMTP. */
Test(qmqp, asked_of_a_server_that_speaks_something_else)
{
	static const struct {
		size_t asked;
		enum outcome outcome;
		const char *verdict, *posture;
	} rows[] = {
		{ 0, OUTCOME_ABORTED, "open_relay_confirmed", "open" },
		{ 1, OUTCOME_ABORTED, "open_relay_confirmed", "open" },
		{ 5, OUTCOME_ABORTED, "open_relay_confirmed", "open" },
		{ 5, OUTCOME_REJECTED, "open_relay_confirmed", "open" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();
		struct mail by_qmqp = { .at = 20,
					.client = "203.0.114.7",
					.server = SERVER,
					.port = 209,
					.protocol = PROTOCOL_QMQP,
					.to = "x@example.com",
					.verdict = RECIPIENT_DENIED_POLICY,
					.reply = REPLY_SYNTAX,
					.outcome = rows[i].outcome };

		scene_site(s);
		scene_mail(s, &inbound);
		scene_mail(s, &onward);
		for (size_t n = 0; n < rows[i].asked; n++)
			scene_mail(s, &by_qmqp);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 209), rows[i].verdict,
				 "row %zu: %s", i, scene_verdict(s, STRANGER, SERVER, 209));
		cr_expect_str_eq(scene_posture(s, SERVER, 209), rows[i].posture, "row %zu: %s", i,
				 scene_posture(s, SERVER, 209));
		scene_free(&s);
	}
}

/* P16: the onward leg is encrypted; the look-up and the connection that follows it tell. */
Test(name_service, confirms_an_encrypted_onward_leg)
{
	struct scene *s = scene_new();

	scene_site(s);
	scene_mail(s, &inbound);
	scene_mx(s, 11, SERVER, "foreign.example", "mx.foreign.example", EXCHANGER);
	scene_session(s, 12, SERVER, EXCHANGER, 25, "mx.foreign.example", TLS_STARTTLS);
	scene_play(s);
	expect(s, STRANGER, SERVER, 209, "open_relay_confirmed");
	cr_expect(scene_has_rule(s, STRANGER, SERVER, 209, "route_asked_and_taken"));
	scene_free(&s);
}

/* P17; its twin, of which one leg is in clear, is P16 above. */
Test(encrypted, nothing_is_claimed)
{
	struct scene *s = scene_new();

	scene_site(s);
	scene_session(s, 1, STRANGER, SERVER, 25, "mail.example.com", TLS_STARTTLS);
	scene_mx(s, 2, SERVER, "foreign.example", "mx.foreign.example", EXCHANGER);
	scene_session(s, 3, SERVER, EXCHANGER, 25, "mx.foreign.example", TLS_STARTTLS);
	scene_play(s);
	expect(s, STRANGER, SERVER, 25, "unknown_encrypted");
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), 0);
	scene_free(&s);
}
