/* Guessing recipients and passwords, spraying exchangers: decided, and not too early. */
#include "detectors/scene.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SERVER "192.0.2.25"

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
 * The same mails, by an unlisted inside host, by a trusted one, by a server that takes mail, and by one
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
