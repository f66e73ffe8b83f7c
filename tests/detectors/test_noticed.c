/* What is noticed beside mail: connections that nobody answers, passwords in clear. */
#include "detectors/scene.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

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

/*
 * A monitoring system asks the exchangers of others each half minute, and then its line is down: who was
 * answered there before does not start to spray. Those that never answered count.
 */
Test(noticed, a_monitor_whose_line_is_down)
{
	for (int answered = 0; answered < 2; answered++) {
		static char exchangers[12][20];
		struct scene *s = scene_new();

		scene_site(s);
		for (int n = 0; n < 12; n++) {
			(void)snprintf(exchangers[n], sizeof(exchangers[n]), "198.51.%d.7", n);
			if (answered)
				scene_session(s, n, "192.0.2.200", exchangers[n], 25, NULL,
					      TLS_NONE);
		}
		for (int n = 0; n < 12; n++)
			scene_refused(s, 600 + n, "192.0.2.200", exchangers[n], 25);
		scene_play(s);
		for (int n = 0; n < 12; n++)
			cr_expect_str_eq(scene_verdict(s, "192.0.2.200", exchangers[n], 25),
					 answered ? "benign" : "spam_source", "%s", exchangers[n]);
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), !answered);
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

/* ---- STARTTLS that is offered no more ---- */

enum offer { OFFERED, MISSING, BLANKED, IN_PART, UNDER_TLS };

struct visit {
	const char *client;
	enum offer offer;
	uint16_t port; /* 0: 25 */
};

#define A "203.0.113.5"
#define B "203.0.113.6"
#define C "203.0.113.7"
#define USUAL                           \
	{ A, OFFERED }, { B, OFFERED }, \
	{                               \
		C, OFFERED              \
	}

static const struct {
	const char *what;
	struct visit visits[12];
	const char *rules[3]; /* of A, B and C; NULL: none */
} offers[] = {
	{ "gone for one, while others have it",
	  { USUAL, { A, MISSING }, { B, OFFERED } },
	  { "starttls_missing" } },
	{ "gone for one, and nobody came since",
	  { USUAL, { A, MISSING } },
	  { "starttls_missing" } },
	{ "gone for two",
	  { USUAL, { A, MISSING }, { C, MISSING } },
	  { "starttls_missing", NULL, "starttls_missing" } },
	{ "gone for all: said once",
	  { USUAL, { B, MISSING }, { A, MISSING }, { C, MISSING }, { A, MISSING } },
	  { NULL, "starttls_withdrawn" } },
	{ "gone for all, and back again",
	  { USUAL, { B, MISSING }, { A, MISSING }, { C, MISSING }, { A, OFFERED } },
	  { "starttls_missing", "starttls_missing", "starttls_missing" } },
	{ "twin: there all the time", { USUAL, { A, OFFERED }, { B, OFFERED } }, { NULL } },
	{ "twin: one that never had it",
	  { { B, OFFERED }, { C, OFFERED }, { B, OFFERED }, { A, MISSING } },
	  { NULL } },
	{ "twin: a server that hardly ever offered it",
	  { { A, OFFERED }, { A, MISSING } },
	  { NULL } },
	{ "twin: a part of the answer may be missing", { USUAL, { A, IN_PART } }, { NULL } },
	{ "twin: TLS is up", { USUAL, { A, UNDER_TLS } }, { NULL } },
	{ "twin: another port", { USUAL, { A, MISSING, 587 } }, { NULL } },
	{ "overwritten", { { A, BLANKED } }, { "starttls_blanked" } },
};

static void visit(struct scene *s, double at, const struct visit *v)
{
	scene_session(s, at, v->client, SERVER, v->port == 0 ? 25 : v->port, NULL,
		      v->offer == UNDER_TLS ? TLS_STARTTLS : TLS_NONE);
	scene_session_ehlo(s, v->offer == OFFERED, v->offer == BLANKED);
	if (v->offer == IN_PART)
		scene_session_flags(s, SESSION_GAP);
}

static bool has_any(const struct scene *s, const char *client, const char *but)
{
	static const char *const rules[] = { "starttls_missing", "starttls_withdrawn",
					     "starttls_blanked" };

	for (size_t i = 0; i < ARRAY_COUNT(rules); i++)
		if ((but == NULL || strcmp(rules[i], but) != 0) &&
		    (scene_has_rule(s, client, SERVER, 25, rules[i]) ||
		     scene_has_rule(s, client, SERVER, 587, rules[i])))
			return true;
	return false;
}

Test(noticed, an_offer_of_starttls_that_is_gone)
{
	static const char *const clients[] = { A, B, C };

	for (size_t i = 0; i < ARRAY_COUNT(offers); i++) {
		struct scene *s = scene_new();

		for (size_t v = 0; offers[i].visits[v].client != NULL; v++)
			visit(s, (double)v + 1, &offers[i].visits[v]);
		scene_play(s);
		for (size_t c = 0; c < ARRAY_COUNT(clients); c++) {
			const char *rule = offers[i].rules[c];

			cr_expect_not(has_any(s, clients[c], rule), "%s: %s", offers[i].what,
				      clients[c]);
			if (rule == NULL)
				continue;
			cr_expect(scene_has_rule(s, clients[c], SERVER, 25, rule), "%s: %s",
				  offers[i].what, clients[c]);
			cr_expect_str_eq(scene_verdict(s, clients[c], SERVER, 25), "benign");
		}
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), 0, "%s", offers[i].what);
		scene_free(&s);
	}
}
