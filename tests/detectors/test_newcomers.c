/* A mail server that appears in a network of ours after that was watched for a while. */
#include "detectors/newcomers.h"

#include "core/time_text.h"
#include "detectors/scene.h"

#include <criterion/criterion.h>
#include <string.h>

#define OLD "192.0.2.25"
#define NEW "192.0.2.77"
#define STRANGER "203.0.113.5"
#define DAY_S (24 * 3600.0)

/* What comes to the new server, after the days. */
enum coming { MAIL, REFUSED_MAIL, ENCRYPTED, REFUSED_CONNECTIONS };

struct coming_up {
	const char *what;
	const char *old; /* where mail goes all the days; NULL: OLD */
	int days;
	double every_s; /* 0: a day */
	enum coming first, then;
	const char *server; /* NULL: NEW */
	uint16_t port;      /* 0: 25 */
	bool nothing_said;
	uint32_t watched_days;
};

static void come(struct scene *s, enum coming how, double at, const char *server, uint16_t port)
{
	struct mail m = { .at = at,
			  .client = STRANGER,
			  .server = server,
			  .port = port,
			  .to = "user@example.com",
			  .verdict = how == REFUSED_MAIL ? RECIPIENT_DENIED_USER
							 : RECIPIENT_ACCEPTED };

	switch (how) {
	case MAIL:
	case REFUSED_MAIL:
		scene_mail(s, &m);
		break;
	case ENCRYPTED:
		scene_session(s, at, STRANGER, server, port, NULL, TLS_STARTTLS);
		break;
	case REFUSED_CONNECTIONS:
		scene_refused(s, at, STRANGER, server, port);
		break;
	}
}

Test(newcomer, after_some_days)
{
	static const struct coming_up rows[] = {
		{ .what = "after ten days", .days = 10, .watched_days = 10 },
		{ .what = "after just enough", .days = 7, .watched_days = 7 },
		{ .what = "behind TLS", .days = 10, .then = ENCRYPTED, .watched_days = 10 },
		{ .what = "another port of an old one",
		  .days = 10,
		  .server = OLD,
		  .port = 2525,
		  .watched_days = 10 },
		{ .what = "one that only refused, before",
		  .days = 10,
		  .first = REFUSED_CONNECTIONS,
		  .watched_days = 10 },
		{ .what = "one that took no mail, before",
		  .days = 10,
		  .first = REFUSED_MAIL,
		  .watched_days = 10 },
		{ .what = "twin: within the first days", .days = 6 },
		{ .what = "twin: in a short capture", .days = 10, .every_s = 600 },
		{ .what = "twin: it took mail from the first day on",
		  .days = 10,
		  .first = MAIL,
		  .server = OLD },
		{ .what = "twin: refused connections alone",
		  .days = 10,
		  .then = REFUSED_CONNECTIONS },
		{ .what = "twin: mail that it does not take", .days = 10, .then = REFUSED_MAIL },
		{ .what = "twin: in a network of which nothing was seen",
		  .old = "192.0.3.25",
		  .days = 10 },
		{ .what = "twin: an exchanger of somebody else",
		  .old = "198.51.100.25",
		  .days = 10,
		  .server = "198.51.100.77" },
		{ .what = "twin: nobody said what is inside", .days = 10, .nothing_said = true },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct coming_up *r = &rows[i];
		const char *server = r->server == NULL ? NEW : r->server;
		uint16_t port = r->port == 0 ? 25 : r->port;
		double day_s = r->every_s > 0 ? r->every_s : DAY_S;
		struct scene *s = scene_new();

		if (!r->nothing_said)
			scene_site(s);
		if (r->first != MAIL)
			come(s, r->first, 5, server, port);
		for (int d = 0; d < r->days; d++)
			come(s, MAIL, 10 + d * day_s, r->old == NULL ? OLD : r->old, 25);
		come(s, r->then, 10 + r->days * day_s, server, port);
		come(s, r->then, 20 + r->days * day_s, server, port);
		scene_play(s);
		cr_expect_eq(scene_watched_days(s, server, port), r->watched_days, "%s: %u",
			     r->what, scene_watched_days(s, server, port));
		cr_expect_eq(scene_has_rule(s, STRANGER, server, port, "new_server"),
			     r->watched_days > 0, "%s", r->what);
		cr_expect_eq(scene_watched_days(s, OLD, 25), 0, "%s", r->what);
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), 0, "%s", r->what);
		scene_free(&s);
	}
}

/* It says since when, and is held against nobody. */
Test(newcomer, what_is_said)
{
	struct scene *s = scene_new();
	const char *reason;

	scene_site(s);
	for (int d = 0; d < 12; d++)
		come(s, MAIL, d * DAY_S, OLD, 25);
	come(s, MAIL, 12 * DAY_S, NEW, 25);
	scene_play(s);
	reason = scene_reason(s, STRANGER, NEW, 25, "new_server");
	cr_expect_not_null(strstr(reason, NEW " took mail for the first time, on port 25"), "%s",
			   reason);
	cr_expect_not_null(strstr(reason, "12 days"), "%s", reason);
	cr_expect_str_eq(scene_verdict(s, STRANGER, NEW, 25), "benign");
	scene_free(&s);
}

/* ---- the table ---- */

static struct ip_address address(uint32_t n)
{
	const uint8_t bytes[4] = { 192, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	return ip_address_v4(bytes);
}

static void watch_days(struct newcomers *all, const struct ip_address *a, int64_t from, int days)
{
	for (int64_t d = from; d < from + days; d++)
		newcomers_watch(all, a, d * 24 * NS_PER_HOUR);
}

/* Each is told once; a network that is full of servers overlooks few. */
Test(newcomer, each_once)
{
	struct hash_key key = hash_key_fixed();
	struct newcomers *all = NULL;
	struct budget budget;
	uint32_t days, told = 0;

	budget_init(&budget, (size_t)16 << 20);
	cr_assert_eq(newcomers_new(&all, &key, &budget), RESULT_OK);
	watch_days(all, &(struct ip_address){ .bytes = { 192 }, .family = 4 }, -20, 30);
	for (int twice = 0; twice < 2; twice++) {
		for (uint32_t n = 0; n < 200; n++) {
			struct ip_address a = address(n);

			if (newcomers_take_mail(all, &a, 25, &days)) {
				cr_expect_eq(days, 29);
				told++;
			}
		}
		cr_expect(told > 195 && told <= 200, "%u", told);
	}
	newcomers_free(&all);
	cr_expect_eq(budget.used_bytes, 0);
	newcomers_free(&all);
}

/* However many networks come, a fixed number is kept; who was forgotten is learned anew. */
Test(newcomer, bounded)
{
	struct hash_key key = hash_key_fixed();
	struct newcomers *all = NULL;
	struct ip_address first = address(0);
	struct budget budget;
	uint32_t days;

	budget_init(&budget, (size_t)64 << 20);
	cr_assert_eq(newcomers_new(&all, &key, &budget), RESULT_OK);
	watch_days(all, &first, 0, 30);
	for (uint32_t n = 1; n <= 2 * NEWCOMER_NETS_MAX; n++) {
		struct ip_address a = address(n << 8);

		newcomers_watch(all, &a, 31 * 24 * NS_PER_HOUR);
	}
	cr_expect_gt(newcomers_forgotten(all), NEWCOMER_NETS_MAX);
	cr_expect_leq(budget.peak_bytes, budget.limit_bytes / 64 + 4096);
	cr_expect_not(newcomers_take_mail(all, &first, 25, &days));
	newcomers_free(&all);
	budget_init(&budget, 0);
	cr_assert_eq(newcomers_new(&all, &key, &budget), RESULT_OK);
	watch_days(all, &first, 0, 30);
	cr_expect_not(newcomers_take_mail(all, &first, 25, &days));
	newcomers_free(&all);
}
