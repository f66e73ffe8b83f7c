/* P14: one server at two addresses, closed at the one and open at the other. */
#include "detectors/twins.h"

#include "detectors/scene.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SERVER4 "192.0.2.25"
#define SERVER6 "2001:db8:1::25"
#define STRANGER4 "203.0.113.5"
#define STRANGER6 "2001:db8:bad::5"
#define THEIRS "victim@foreign.example"

/* How the two addresses are known for one server's. */
enum known { BY_GREETING, BY_MX, BY_NAT, BY_NOTHING };

struct two {
	const char *what;
	enum known known;
	const char *name4, *name6; /* of the greeting, or of the exchanger */
	bool taken4, taken6;
	uint16_t port6; /* 0: 25 */
	const char *same4, *same6, *advice4, *advice6;
};

static void offer(struct scene *s, double at, const char *client, const char *server, uint16_t port,
		  const char *banner, bool taken)
{
	struct mail m = { .at = at,
			  .client = client,
			  .server = server,
			  .port = port,
			  .banner = banner,
			  .to = THEIRS,
			  .verdict = taken ? RECIPIENT_ACCEPTED : RECIPIENT_DENIED_RELAY };

	scene_mail(s, &m);
}

static struct scene *play(const struct two *two, bool backwards)
{
	struct scene *s = scene_new();

	scene_site(s);
	if (two->known == BY_NAT)
		scene_nat(s, SERVER6 "=" SERVER4);
	if (two->known == BY_MX) {
		scene_mx(s, 1, "192.0.2.53", "example.com", two->name4, SERVER4);
		scene_mx(s, 2, "192.0.2.53", "example.com", two->name6, SERVER6);
	}
	offer(s, 10, STRANGER4, SERVER4, 0, two->known == BY_GREETING ? two->name4 : NULL,
	      two->taken4);
	offer(s, 11, STRANGER6, SERVER6, two->port6, two->known == BY_GREETING ? two->name6 : NULL,
	      two->taken6);
	if (backwards)
		scene_play_backwards(s);
	else
		scene_play(s);
	return s;
}

Test(families, told_apart_and_compared)
{
	static const struct two twos[] = {
		{ .what = "open over IPv6 alone",
		  .name4 = "mail.example.com ESMTP",
		  .name6 = "mail.example.com ESMTP",
		  .taken6 = true,
		  .same4 = SERVER6 " open",
		  .same6 = SERVER4 " closed",
		  .advice6 = "userland" },
		{ .what = "open over IPv4 alone",
		  .name4 = "mail.example.com ESMTP",
		  .name6 = "Mail.Example.Com ready",
		  .taken4 = true,
		  .same4 = SERVER6 " closed",
		  .same6 = SERVER4 " open",
		  .advice4 = "refuses this over IPv6" },
		{ .what = "by the addresses of an exchanger",
		  .known = BY_MX,
		  .name4 = "mx.example.com",
		  .name6 = "mx.example.com",
		  .taken6 = true,
		  .same4 = SERVER6 " open",
		  .same6 = SERVER4 " closed",
		  .advice6 = "userland" },
		{ .what = "by address translation",
		  .known = BY_NAT,
		  .taken6 = true,
		  .same4 = SERVER6 " open",
		  .same6 = SERVER4 " closed",
		  .advice6 = "userland" },
		{ .what = "both open: nothing to compare",
		  .name4 = "mail.example.com ESMTP",
		  .name6 = "mail.example.com ESMTP",
		  .taken4 = true,
		  .taken6 = true,
		  .same4 = SERVER6 " open",
		  .same6 = SERVER4 " open" },
		{ .what = "both closed",
		  .name4 = "mail.example.com ESMTP",
		  .name6 = "mail.example.com ESMTP",
		  .same4 = SERVER6 " closed",
		  .same6 = SERVER4 " closed" },
		{ .what = "twin: another name",
		  .name4 = "mail.example.com ESMTP",
		  .name6 = "mail6.example.com ESMTP",
		  .taken6 = true,
		  .same4 = "none",
		  .same6 = "none" },
		{ .what = "twin: a name that any host may have",
		  .name4 = "localhost.localdomain ESMTP",
		  .name6 = "localhost.localdomain ESMTP",
		  .taken6 = true,
		  .same4 = "none",
		  .same6 = "none" },
		{ .what = "twin: exchangers of two names",
		  .known = BY_MX,
		  .name4 = "mx4.example.com",
		  .name6 = "mx6.example.com",
		  .taken6 = true,
		  .same4 = "none",
		  .same6 = "none" },
		{ .what = "twin: nothing known",
		  .known = BY_NOTHING,
		  .taken6 = true,
		  .same4 = "none",
		  .same6 = "none" },
		{ .what = "twin: another port",
		  .name4 = "mail.example.com ESMTP",
		  .name6 = "mail.example.com ESMTP",
		  .taken6 = true,
		  .port6 = 587,
		  .same4 = "none",
		  .same6 = "none" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(twos); i++) {
		const struct two *t = &twos[i];
		uint16_t port6 = t->port6 == 0 ? 25 : t->port6;

		for (int backwards = 0; backwards < 2; backwards++) {
			struct scene *s = play(t, backwards);

			cr_expect_str_eq(scene_same_server(s, SERVER4, 25), t->same4, "%s: %s",
					 t->what, scene_same_server(s, SERVER4, 25));
			cr_expect_str_eq(scene_same_server(s, SERVER6, port6), t->same6, "%s: %s",
					 t->what, scene_same_server(s, SERVER6, port6));
			cr_expect_eq(scene_advises(s, SERVER4, 25, "the same server"),
				     t->advice4 != NULL, "%s", t->what);
			cr_expect_eq(scene_advises(s, SERVER6, port6, "the same server"),
				     t->advice6 != NULL, "%s", t->what);
			cr_expect(t->advice4 == NULL || scene_advises(s, SERVER4, 25, t->advice4),
				  "%s", t->what);
			cr_expect(t->advice6 == NULL ||
				      scene_advises(s, SERVER6, port6, t->advice6),
				  "%s", t->what);
			scene_free(&s);
		}
	}
}

/* ---- the table ---- */

static struct ip_address ip(const char *text)
{
	struct ip_address address;

	cr_assert_eq(ip_address_parse(text, &address), RESULT_OK, "%s", text);
	return address;
}

static void called(struct twins *twins, const char *address, const char *name)
{
	struct ip_address a = ip(address);

	twins_called(twins, &a, span_text(name));
}

static const char *other(const struct twins *twins, const char *address)
{
	static _Thread_local char text[IP_TEXT_MAX];
	struct ip_address a = ip(address), found;

	return twins_other(twins, &a, &found) ? ip_address_format(&found, text) : "none";
}

/* One name of several is enough, in whatever order they come; of several addresses the lowest counts. */
Test(twins, names_and_addresses)
{
	static const struct {
		const char *address, *name;
	} rows[] = {
		{ "192.0.2.25", "a.example.com" },      { "192.0.2.25", "b.example.com" },
		{ "192.0.2.25", "c.example.com" },      { "192.0.2.24", "far.example.com" },
		{ "2001:db8::25", "c.example.com" },    { "2001:db8::26", "c.example.com" },
		{ "2001:db8::27", "only.example.com" },
	};
	struct hash_key key = hash_key_fixed();

	for (size_t first = 0; first < ARRAY_COUNT(rows); first++) {
		struct twins *twins = NULL;
		struct budget budget;

		budget_init(&budget, (size_t)64 << 20);
		cr_assert_eq(twins_new(&twins, &key, &budget), RESULT_OK);
		cr_expect_str_eq(other(twins, "192.0.2.25"), "none");
		for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
			size_t at = (first + i) % ARRAY_COUNT(rows);

			called(twins, rows[at].address, rows[at].name);
		}
		cr_expect_str_eq(other(twins, "192.0.2.25"), "2001:db8::25");
		cr_expect_str_eq(other(twins, "2001:db8::25"), "192.0.2.25");
		cr_expect_str_eq(other(twins, "2001:db8::26"), "192.0.2.25");
		cr_expect_str_eq(other(twins, "2001:db8::27"), "none");
		cr_expect_str_eq(other(twins, "192.0.2.24"), "none");
		twins_free(&twins);
		cr_expect_eq(budget.used_bytes, 0);
		twins_free(&twins);
	}
}

/* However many names come, the tables keep their size; without memory they keep nothing. */
Test(twins, bounded)
{
	struct hash_key key = hash_key_fixed();

	for (size_t limit = 0; limit <= (size_t)16 << 20; limit += (size_t)16 << 20) {
		struct twins *twins = NULL;
		struct budget budget;

		budget_init(&budget, limit);
		cr_assert_eq(twins_new(&twins, &key, &budget), RESULT_OK);
		for (int i = 0; i < 3 * TWINS_NAMES; i++) {
			char name[64];

			(void)snprintf(name, sizeof(name), "mx%d.example.com", i);
			called(twins, "192.0.2.25", name);
			called(twins, "2001:db8::25", name);
		}
		cr_expect_leq(budget.peak_bytes, limit / 16);
		cr_expect_str_eq(other(twins, "192.0.2.25"), limit == 0 ? "none" : "2001:db8::25");
		twins_free(&twins);
	}
}

/*
 * What a stranger brought over IPv6 leaves over IPv4, from the address that is known for the same
 * server's: by its greeting there, or by what it calls itself as it hands the message on. Twins: from
 * another server's address, and under another name.
 */
Test(families, what_came_by_one_leaves_by_the_other)
{
	static const struct {
		const char *what, *name4, *helo, *from, *verdict;
	} rows[] = {
		{ "greeting", "mail.example.com ESMTP", NULL, SERVER4, "open_relay_confirmed" },
		{ "HELO", NULL, "mail.example.com", SERVER4, "open_relay_confirmed" },
		{ "another name", "other.example.com ESMTP", NULL, SERVER4, "open_relay" },
		{ "another HELO", NULL, "other.example.com", SERVER4, "open_relay" },
		{ "another address", "mail.example.com ESMTP", NULL, "192.0.2.26", "open_relay" },
		{ "a stranger of that name", NULL, "mail.example.com", "203.0.113.9",
		  "open_relay" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();
		struct mail in = { .at = 11,
				   .client = STRANGER6,
				   .server = SERVER6,
				   .banner = "mail.example.com ESMTP",
				   .to = THEIRS,
				   .message_id = "1@spam.example",
				   .body = "spam" };
		struct mail out = { .at = 12,
				    .client = rows[i].from,
				    .helo = rows[i].helo,
				    .server = "198.51.100.7",
				    .to = THEIRS,
				    .message_id = "1@spam.example",
				    .body = "spam" };

		scene_site(s);
		scene_net(s, SITE_LOCAL_NET, "2001:db8:1::/48");
		scene_mx(s, 1, "192.0.2.53", "foreign.example", "mx.foreign.example",
			 "198.51.100.7");
		offer(s, 10, STRANGER4, SERVER4, 0, rows[i].name4, false);
		scene_mail(s, &in);
		scene_mail(s, &out);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, STRANGER6, SERVER6, 25), rows[i].verdict,
				 "%s: %s", rows[i].what, scene_verdict(s, STRANGER6, SERVER6, 25));
		scene_free(&s);
	}
}
