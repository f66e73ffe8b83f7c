/* What is noticed beside mail: connections that nobody answers, passwords in clear. */
#include "detectors/scene.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SERVER "192.0.2.25"
#define STRANGER "203.0.113.5"

Test(noticed, exchangers_that_do_not_answer)
{
	static const struct {
		const char *what, *client;
		int exchangers;
		double every_s;
		uint16_t port;
		const char *verdict;
	} rows[] = {
		{ "a bot behind a firewall", "192.0.2.200", 12, 1, 25, "spam_source" },
		{ "twin: three exchangers", "192.0.2.200", 3, 1, 25, NULL },
		{ "twin: one an hour", "192.0.2.200", 12, 3600, 25, NULL },
		{ "twin: a host that may relay", "192.0.2.98", 12, 1, 25, NULL },
		{ "twin: submission", "192.0.2.200", 12, 1, 587, NULL },
		{ "twin: from outside", STRANGER, 12, 1, 25, NULL },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();
		char exchangers[16][20];

		scene_site(s);
		for (int n = 0; n < rows[i].exchangers; n++) {
			(void)snprintf(exchangers[n], sizeof(exchangers[n]), "198.51.%d.7", n);
			scene_refused(s, n * rows[i].every_s, rows[i].client, exchangers[n],
				      rows[i].port);
		}
		scene_play(s);
		for (int n = 0; n < rows[i].exchangers && rows[i].verdict != NULL; n++)
			cr_expect_str_eq(
			    scene_verdict(s, rows[i].client, exchangers[n], rows[i].port),
			    rows[i].verdict, "%s: %s", rows[i].what, exchangers[n]);
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), rows[i].verdict != NULL, "%s",
			     rows[i].what);
		scene_free(&s);
	}
}

/* Told, and held against nobody. */
Test(noticed, a_password_in_clear)
{
	struct scene *s = scene_new();

	scene_site(s);
	scene_auth(s, 1, STRANGER, SERVER, "anna", AUTH_OK);
	scene_auth(s, 2, "192.0.2.98", SERVER, "bernd", AUTH_OK);
	scene_play(s);
	cr_expect(scene_has_rule(s, STRANGER, SERVER, 587, "clear_password"));
	cr_expect_str_eq(scene_verdict(s, STRANGER, SERVER, 587), "benign");
	cr_expect_not(scene_has_rule(s, "192.0.2.98", SERVER, 587, "clear_password"));
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), 0);
	scene_free(&s);
}
