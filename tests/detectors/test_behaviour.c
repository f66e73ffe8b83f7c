/* Guessing recipients and passwords, spraying exchangers: decided, and not too early. */
#include "detectors/scene.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SERVER "192.0.2.25"
#define STRANGER "203.0.113.5"

Test(behaviour, recipients_are_guessed)
{
	static const struct {
		const char *what;
		size_t unknown, known;
		bool same;
		const char *verdict;
	} rows[] = {
		{ "two typing errors", 2, 3, false, "benign" },
		{ "one address, tried forty times", 40, 0, true, "benign" },
		{ "an old list, one in ten gone", 4, 40, false, "benign" },
		{ "sixty guesses, a few hit", 60, 4, false, "harvest" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		static char names[128][40];
		struct scene *s = scene_new();

		scene_site(s);
		for (size_t n = 0; n < rows[i].unknown + rows[i].known; n++) {
			bool known = rows[i].known > 0 &&
				     n % ((rows[i].unknown + rows[i].known) / rows[i].known) == 0;
			struct mail m = { .at = (double)n,
					  .client = "203.0.113.5",
					  .server = SERVER };

			(void)snprintf(names[n], sizeof(names[n]), "user%zu@example.com",
				       rows[i].same ? 0 : n);
			m.to = names[n];
			m.verdict = known ? RECIPIENT_ACCEPTED : RECIPIENT_DENIED_USER;
			scene_mail(s, &m);
		}
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, "203.0.113.5", SERVER, 25), rows[i].verdict,
				 "%s: %s", rows[i].what,
				 scene_verdict(s, "203.0.113.5", SERVER, 25));
		scene_free(&s);
	}
}

Test(behaviour, passwords_are_guessed)
{
	for (size_t failures = 1; failures <= 40; failures += 39) {
		struct scene *s = scene_new();

		scene_site(s);
		for (size_t i = 0; i < failures; i++)
			scene_auth(s, (double)i, "203.0.113.5", SERVER, "anna", AUTH_FAILED);
		scene_auth(s, 50, "203.0.113.5", SERVER, "anna", AUTH_OK);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, "203.0.113.5", SERVER, 587),
				 failures > 1 ? "brute_force" : "benign");
		scene_free(&s);
	}
}

/*
 * Passwords guessed under TLS, which only sizes and times tell. Each row is a client that comes again and
 * again; the twins differ in the one thing that makes it innocent.
 */
static const struct {
	const char *what, *client;
	int sessions;
	double every_s;
	uint32_t turns;
	uint64_t bytes;
	uint64_t vary; /* the sizes differ by up to so many bytes */
	int big_every; /* each so-many-th session carries a mail; 0: none */
	enum tls_use tls;
	const char *verdict;
} hidden[] = {
	{ "one guess a second", STRANGER, 60, 1, 5, 170, 10, 0, TLS_STARTTLS, "brute_force" },
	{ "implicit TLS", STRANGER, 60, 1, 6, 230, 40, 0, TLS_IMPLICIT, "brute_force" },
	{ "a guess in five seconds", STRANGER, 60, 5, 7, 190, 10, 0, TLS_STARTTLS, "brute_force" },
	{ "all at once", STRANGER, 40, 0, 5, 170, 10, 0, TLS_STARTTLS, "brute_force" },
	{ "twin: a few", STRANGER, 15, 1, 5, 170, 10, 0, TLS_STARTTLS, "unknown_encrypted" },
	{ "twin: a check each minute, for a day", STRANGER, 1440, 60, 5, 170, 10, 0, TLS_STARTTLS,
	  "unknown_encrypted" },
	{ "twin: a phone with an old password, each half minute", STRANGER, 1000, 30, 5, 170, 0, 0,
	  TLS_IMPLICIT, "unknown_encrypted" },
	{ "twin: EHLO and QUIT", STRANGER, 200, 1, 4, 80, 0, 0, TLS_STARTTLS, "unknown_encrypted" },
	{ "twin: EHLO and QUIT, and an alert", STRANGER, 200, 1, 5, 105, 5, 0, TLS_IMPLICIT,
	  "unknown_encrypted" },
	{ "twin: looks at the certificate", STRANGER, 500, 0.1, 3, 31, 0, 0, TLS_IMPLICIT,
	  "unknown_encrypted" },
	{ "twin: the shortest mails behind a login", STRANGER, 200, 1, 9, 287, 5, 0, TLS_STARTTLS,
	  "unknown_encrypted" },
	{ "twin: mails", STRANGER, 200, 1, 7, 900, 50, 0, TLS_STARTTLS, "unknown_encrypted" },
	{ "twin: a mail now and then", STRANGER, 200, 1, 5, 170, 10, 10, TLS_STARTTLS,
	  "unknown_encrypted" },
	{ "twin: sizes of all sorts", STRANGER, 200, 1, 5, 130, 340, 0, TLS_STARTTLS,
	  "unknown_encrypted" },
	{ "twin: one who may send", "192.0.2.98", 200, 1, 5, 170, 10, 0, TLS_STARTTLS, "benign" },
	{ "twin: nothing is hidden", STRANGER, 200, 1, 5, 170, 10, 0, TLS_NONE, "benign" },
};

/* Spread over their range, and not in order. */
static uint64_t size_of(size_t row, int n)
{
	uint64_t spread = hidden[row].vary == 0 ? 0 : (uint64_t)n * 211 % hidden[row].vary;

	if (hidden[row].big_every > 0 && n % hidden[row].big_every == 0)
		return 1500;
	return hidden[row].bytes + spread;
}

Test(behaviour, passwords_are_guessed_under_tls)
{
	for (size_t i = 0; i < ARRAY_COUNT(hidden); i++) {
		struct scene *s = scene_new();
		bool found = strcmp(hidden[i].verdict, "brute_force") == 0;

		scene_site(s);
		for (int n = 0; n < hidden[i].sessions; n++) {
			scene_session(s, 1 + n * hidden[i].every_s, hidden[i].client, SERVER, 587,
				      NULL, hidden[i].tls);
			scene_session_talk(s, hidden[i].turns, size_of(i, n));
		}
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, hidden[i].client, SERVER, 587), hidden[i].verdict,
				 "%s: %s", hidden[i].what,
				 scene_verdict(s, hidden[i].client, SERVER, 587));
		cr_expect_eq(
		    scene_has_rule(s, hidden[i].client, SERVER, 587, "password_guessing_inferred"),
		    found, "%s", hidden[i].what);
		/* What is inferred stays below the ceiling of its verdict, and wakes nobody. */
		if (found) {
			cr_expect_gt(scene_score(s, hidden[i].client, SERVER, 587), 50);
			cr_expect_lt(scene_score(s, hidden[i].client, SERVER, 587), 90);
		}
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), 0, "%s", hidden[i].what);
		scene_free(&s);
	}
}

/* An office behind one address: ten phones keep an old password, each tries again each five minutes. */
Test(behaviour, phones_with_an_old_password_are_no_guesses)
{
	struct scene *s = scene_new();

	scene_site(s);
	for (int n = 0; n < 1000; n++) {
		int phone = n % 10;

		scene_session(s, 1 + 300.0 * (n / 10) + 17 * phone, STRANGER, SERVER, 587, NULL,
			      TLS_STARTTLS);
		scene_session_talk(s, 5, 160 + 2 * (uint64_t)phone);
	}
	scene_play(s);
	cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 587), "unknown_encrypted");
	scene_free(&s);
}

/* However long it goes on. */
Test(behaviour, what_is_inferred_is_never_sure)
{
	struct scene *s = scene_new();

	scene_site(s);
	for (int n = 0; n < 8000; n++) {
		scene_session(s, 1 + n, STRANGER, SERVER, 465, NULL, TLS_IMPLICIT);
		scene_session_talk(s, 6, 180);
	}
	scene_play(s);
	cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 465), "brute_force");
	cr_expect_lt(scene_score(s, STRANGER, SERVER, 465), 90);
	cr_expect_str_eq(scene_severity(s, STRANGER, SERVER, 465), "low");
	scene_free(&s);
}

/* A callout to an exchanger is as short as a guess, and as often. */
Test(behaviour, short_sessions_with_an_exchanger_are_no_guesses)
{
	struct scene *s = scene_new();

	scene_site(s);
	for (int n = 0; n < 200; n++) {
		scene_session(s, 1 + n, STRANGER, SERVER, 25, NULL, TLS_STARTTLS);
		scene_session_talk(s, 6, 195);
	}
	scene_play(s);
	cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 25), "unknown_encrypted");
	scene_free(&s);
}

/* At a server that is none of ours they are none of our business. */
Test(behaviour, passwords_of_others)
{
	for (int ours = 0; ours < 2; ours++) {
		const char *server = ours ? SERVER : "198.51.100.7";
		struct scene *s = scene_new();

		scene_site(s);
		for (size_t i = 0; i < 40; i++)
			scene_auth(s, (double)i, "203.0.113.5", server, "anna", AUTH_FAILED);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, "203.0.113.5", server, 587),
				 ours ? "brute_force" : "benign");
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), ours ? 1 : 0);
		scene_free(&s);
	}
}

/*
 * P30. The same mails, by an unlisted inside host, by a trusted one, by a server that takes mail, and by one
 * that says from whom it took them: another inside host, or itself, a stranger, and under another name.
 */
Test(behaviour, exchangers_are_sprayed)
{
	static const struct {
		const char *client;
		bool is_server;
		size_t exchangers;
		const char *verdict;
		const char *took_from, *took_by;
	} rows[] = {
		{ "192.0.2.144", false, 12, "spam_source", NULL, NULL },
		{ "192.0.2.144", false, 3, "benign", NULL, NULL },
		{ "192.0.2.98", false, 12, "benign", NULL, NULL },
		{ "192.0.2.144", true, 12, "benign", NULL, NULL },
		{ "192.0.2.144", false, 12, "benign", "192.0.2.7", "OUT.example.com" },
		{ "192.0.2.144", false, 12, "spam_source", "192.0.2.144", "out.example.com" },
		{ "192.0.2.144", false, 12, "spam_source", "127.0.0.1", "out.example.com" },
		{ "192.0.2.144", false, 12, "spam_source", "203.0.113.7", "out.example.com" },
		{ "192.0.2.144", false, 12, "spam_source", "192.0.2.7", "other.example.com" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		static char addresses[12][IP_TEXT_MAX];
		struct scene *s = scene_new();
		struct mail in = { .client = "203.0.113.5",
				   .server = rows[i].client,
				   .to = "u@example.com" };

		scene_site(s);
		if (rows[i].is_server)
			scene_mail(s, &in);
		for (size_t n = 0; n < rows[i].exchangers; n++) {
			struct mail m = { .at = (double)n,
					  .client = rows[i].client,
					  .helo = "out.example.com",
					  .took_from = rows[i].took_from,
					  .took_by = rows[i].took_by,
					  .to = "x@foreign.example" };

			(void)snprintf(addresses[n], sizeof(addresses[n]), "198.51.100.%zu", n + 1);
			m.server = addresses[n];
			scene_mail(s, &m);
		}
		scene_play(s);
		for (size_t n = 0; n < rows[i].exchangers; n++)
			cr_expect_str_eq(scene_verdict(s, rows[i].client, addresses[n], 25),
					 rows[i].verdict, "row %zu, exchanger %zu: %s", i, n,
					 scene_verdict(s, rows[i].client, addresses[n], 25));
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), strcmp(rows[i].verdict, "benign") != 0);
		scene_free(&s);
	}
}
