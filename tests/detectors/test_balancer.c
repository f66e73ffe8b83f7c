/* Who speaks for the world: a balancer or a NAT before the server, and what only looks like one. */
#include "detectors/balancer.h"

#include "detectors/scene.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SERVER "192.0.2.25"
#define INSIDE "192.0.2.200" /* ours, and not among those that may relay */
#define EXCHANGER "198.51.100.7"
#define THEIRS "victim@foreign.example"
#define NAMES_MOST 40

/* What an inside client brings before one message goes to somebody else. */
struct crowd {
	const char *what;
	const char *client;  /* NULL: INSIDE */
	const char *trusted; /* beside 192.0.2.96/27 */
	int names;
	const char *helo, *from, *to; /* %d: the number of the name */
	bool outward_too;             /* each name also brings mail for others */
	const char *helo_then;        /* of the message to somebody else; NULL: a spammer's */
	const char *from_then;        /* its sender; NULL: a stranger */
	bool logged_in, by_proxy, takes_mail;
	bool shuffled;
	const char *verdict;
	bool speaks_for_many;
};

static char helos[NAMES_MOST][64], senders[NAMES_MOST][64], users[NAMES_MOST][64];

static void print(char out[64], const char *format, int n)
{
	const char *mark = strstr(format, "%d");

	if (mark == NULL)
		(void)snprintf(out, 64, "%s", format);
	else
		(void)snprintf(out, 64, "%.*s%d%s", (int)(mark - format), format, n, mark + 2);
}

static void bring(struct scene *s, const struct crowd *c)
{
	const char *client = c->client == NULL ? INSIDE : c->client;
	struct mail m = { .client = client,
			  .server = SERVER,
			  .claimed = c->by_proxy ? "203.0.113.77" : NULL,
			  .auth = c->logged_in ? AUTH_OK : AUTH_NONE };

	if (c->takes_mail)
		scene_session(s, 1, "203.0.113.5", client, 25, "filter.example.com", TLS_NONE);
	for (int i = 0; i < c->names; i++) {
		print(helos[i], c->helo, i);
		print(senders[i], c->from, i);
		print(users[i], c->to, c->to[4] == '%' ? i % 5 : 0);
		m.at = 10 + i;
		m.helo = helos[i];
		m.from = senders[i];
		m.to = users[i];
		scene_mail(s, &m);
		if (c->outward_too) {
			m.to = "someone@elsewhere.example";
			scene_mail(s, &m);
		}
	}
	m.at = 100;
	m.helo = c->helo_then == NULL ? "mail.bulk.example" : c->helo_then;
	m.from = c->from_then;
	m.to = THEIRS;
	m.message_id = "id@x";
	m.body = "text";
	scene_mail(s, &m);
	m = (struct mail){ .at = 110,
			   .client = SERVER,
			   .server = EXCHANGER,
			   .to = THEIRS,
			   .message_id = "id@x",
			   .body = "text" };
	scene_mail(s, &m);
}

#define WORLD .names = 16, .helo = "mx.world%d.example", .from = "a@writer%d.example"
#define OUR_USERS .to = "user%d@example.com"

Test(balancer, who_speaks_for_the_world)
{
	static const struct crowd crowds[] = {
		{ .what = "P22: a balancer that the server believes",
		  WORLD,
		  OUR_USERS,
		  .verdict = "open_relay_confirmed",
		  .speaks_for_many = true },
		{ .what = "in another order",
		  WORLD,
		  OUR_USERS,
		  .shuffled = true,
		  .verdict = "open_relay_confirmed",
		  .speaks_for_many = true },
		{ .what = "within a network that is trusted as a whole",
		  .client = "192.0.2.98",
		  WORLD,
		  OUR_USERS,
		  .verdict = "open_relay_confirmed",
		  .speaks_for_many = true },
		{ .what = "literals of many networks",
		  .names = 16,
		  .helo = "[198.18.%d.5]",
		  .from = "a@writer%d.example",
		  OUR_USERS,
		  .verdict = "open_relay_confirmed",
		  .speaks_for_many = true },
		{ .what = "twin: the operator trusts this very address",
		  .client = "192.0.2.98",
		  .trusted = "192.0.2.98/32",
		  WORLD,
		  OUR_USERS,
		  .verdict = "benign",
		  .speaks_for_many = true },
		{ .what = "twin: three names",
		  .names = 3,
		  .helo = "mx.world%d.example",
		  .from = "a@writer%d.example",
		  OUR_USERS,
		  .verdict = "benign" },
		{ .what = "twin: a gateway, with a name of its own",
		  .names = 16,
		  .helo = "gateway.example.com",
		  .from = "a@writer%d.example",
		  OUR_USERS,
		  .helo_then = "gateway.example.com",
		  .verdict = "benign" },
		{ .what = "twin: many hosts of one domain",
		  .names = 16,
		  .helo = "mx%d.partner.example",
		  .from = "a@writer%d.example",
		  OUR_USERS,
		  .verdict = "benign" },
		{ .what = "twin: pieces of one network by their addresses",
		  .names = 16,
		  .helo = "[198.18.7.%d]",
		  .from = "a@writer%d.example",
		  OUR_USERS,
		  .verdict = "benign" },
		{ .what = "twin: bare names, as of our own machines",
		  .names = 16,
		  .helo = "pc%d",
		  .from = "a@writer%d.example",
		  OUR_USERS,
		  .helo_then = "pc7",
		  .verdict = "benign" },
		{ .what = "twin: names that are used inside only",
		  .names = 16,
		  .helo = "srv%d.office.lan",
		  .from = "a@writer%d.example",
		  OUR_USERS,
		  .helo_then = "srv7.office.lan",
		  .verdict = "benign" },
		{ .what = "twin: inside literals",
		  .names = 16,
		  .helo = "[192.0.2.%d]",
		  .from = "a@writer%d.example",
		  OUR_USERS,
		  .helo_then = "[192.0.2.7]",
		  .verdict = "benign" },
		{ .what = "twin: a web server, whose sites write for themselves",
		  .names = 16,
		  .helo = "www.site%d.example",
		  .from = "form@site%d.example",
		  OUR_USERS,
		  .helo_then = "www.site7.example",
		  .from_then = "form@site7.example",
		  .verdict = "benign" },
		{ .what = "twin: a web server, whose sites write in all names, and to all",
		  WORLD,
		  OUR_USERS,
		  .outward_too = true,
		  .verdict = "benign" },
		{ .what = "twin: many machines report to the one who runs them",
		  WORLD,
		  .to = "root@example.com",
		  .verdict = "benign" },
		{ .what = "twin: of the world nothing is for us: a NAT before our smarthost",
		  WORLD,
		  .to = "someone@far.example",
		  .verdict = "benign" },
		{ .what = "twin: with a login",
		  WORLD,
		  OUR_USERS,
		  .logged_in = true,
		  .verdict = "benign" },
		{ .what = "twin: the server is told who the clients are",
		  WORLD,
		  OUR_USERS,
		  .by_proxy = true,
		  .verdict = "benign" },
		{ .what = "twin: a mail server itself, judged at its own door",
		  WORLD,
		  OUR_USERS,
		  .takes_mail = true,
		  .verdict = "benign" },
		{ .what = "twin: printers of branches, by private addresses",
		  .names = 16,
		  .helo = "[10.0.%d.9]",
		  .from = "scan@printer%d.example",
		  OUR_USERS,
		  .helo_then = "[10.0.7.9]",
		  .verdict = "benign" },
		{ .what = "twin: as above, by IPv6",
		  .names = 16,
		  .helo = "[IPv6:fd00:0:%d::9]",
		  .from = "scan@printer%d.example",
		  OUR_USERS,
		  .helo_then = "[IPv6:fd00:0:7::9]",
		  .verdict = "benign" },
		{ .what = "twin: programs on laptops that do not know their name",
		  .names = 16,
		  .helo = "%d.0.168.192.in-addr.arpa",
		  .from = "a@writer%d.example",
		  OUR_USERS,
		  .helo_then = "7.0.168.192.in-addr.arpa",
		  .verdict = "benign" },
		{ .what = "twin: a web server with visitors' forms, one site writes outward",
		  WORLD,
		  OUR_USERS,
		  .helo_then = "www.site7.example",
		  .from_then = "news@site7.example",
		  .verdict = "benign",
		  .speaks_for_many = true },
		{ .what = "twin: a machine of ours behind the same balancer, by its bare name",
		  WORLD,
		  OUR_USERS,
		  .helo_then = "printer",
		  .verdict = "benign",
		  .speaks_for_many = true },
		{ .what = "twin: somebody of ours writes",
		  WORLD,
		  OUR_USERS,
		  .from_then = "anna@example.com",
		  .verdict = "benign",
		  .speaks_for_many = true },
	};

	for (size_t i = 0; i < ARRAY_COUNT(crowds); i++) {
		const struct crowd *c = &crowds[i];
		const char *client = c->client == NULL ? INSIDE : c->client;
		struct scene *s = scene_new();
		bool accused = strcmp(c->verdict, "benign") != 0;

		scene_site(s);
		if (c->trusted != NULL)
			scene_net(s, SITE_TRUSTED, c->trusted);
		bring(s, c);
		if (c->shuffled)
			scene_play_shuffled(s, 4711);
		else
			scene_play(s);
		cr_expect_str_eq(scene_verdict(s, client, SERVER, 25), c->verdict, "%s: %s",
				 c->what, scene_verdict(s, client, SERVER, 25));
		cr_expect_eq(scene_has_rule(s, client, SERVER, 25, "speaks_for_many"),
			     c->speaks_for_many, "%s", c->what);
		cr_expect_eq(scene_has_rule(s, client, SERVER, 25, "foreign_by_balancer"), accused,
			     "%s", c->what);
		cr_expect_str_eq(scene_posture(s, SERVER, 25), accused ? "open" : "unknown", "%s",
				 c->what);
		cr_expect_eq(scene_alerts(s, ALERT_RAISED), accused, "%s", c->what);
		scene_free(&s);
	}
}

/* Nothing said: the domain is ours by the greeting; whose the other is, an answer about its MX tells. */
Test(balancer, nothing_said)
{
	for (int named = 0; named < 2; named++) {
		static const struct crowd c = { WORLD, OUR_USERS };
		struct scene *s = scene_new();

		scene_session(s, 1, "203.0.113.5", SERVER, 25, "mail.example.com ESMTP", TLS_NONE);
		if (named)
			scene_mx(s, 2, SERVER, "foreign.example", "mx.foreign.example", EXCHANGER);
		bring(s, &c);
		scene_play(s);
		cr_expect_str_eq(scene_verdict(s, INSIDE, SERVER, 25),
				 named ? "open_relay_confirmed" : "benign");
		scene_free(&s);
	}
}

/* That a balancer's mail left says nothing of whose the domain is: a tenant in a cloud. */
Test(balancer, what_leaves_for_a_cloud)
{
	static const struct crowd c = { WORLD, OUR_USERS };
	struct scene *s = scene_new();
	struct mail m = { .at = 1000,
			  .client = INSIDE,
			  .server = SERVER,
			  .helo = "mx.world1.example",
			  .to = "user1@example.com",
			  .message_id = "cloud@x",
			  .body = "other" };

	scene_session(s, 1, "203.0.113.5", SERVER, 25, "mail.example.com ESMTP", TLS_NONE);
	bring(s, &c);
	scene_mail(s, &m);
	m.at = 1010;
	m.client = SERVER;
	m.server = EXCHANGER;
	scene_mail(s, &m);
	m = (struct mail){
		.at = 1020, .client = "203.0.113.9", .server = SERVER, .to = "user2@example.com"
	};
	scene_mail(s, &m);
	scene_play(s);
	cr_expect_str_eq(scene_verdict(s, "203.0.113.9", SERVER, 25), "benign");
	cr_expect_str_eq(scene_verdict(s, INSIDE, SERVER, 25), "benign");
	scene_free(&s);
}

/* Closed again: what the balancer brings is refused now. */
Test(balancer, repaired)
{
	static const struct crowd c = { WORLD, OUR_USERS };
	struct scene *s = scene_new();
	struct mail m = { .at = 1000,
			  .client = INSIDE,
			  .server = SERVER,
			  .helo = "mail.bulk.example",
			  .to = THEIRS,
			  .verdict = RECIPIENT_DENIED_RELAY };

	scene_site(s);
	bring(s, &c);
	scene_mail(s, &m);
	scene_play(s);
	cr_expect_str_eq(scene_posture(s, SERVER, 25), "fixed");
	cr_expect_eq(scene_alerts(s, ALERT_RESOLVED), 1);
	scene_free(&s);
}

Test(balancer, names)
{
	static const struct {
		const char *helo, *registrable; /* NULL: it says nothing */
	} rows[] = {
		{ "MX.Mail.Example.COM", "example.com" },
		{ "mx.example.com.", "example.com" },
		{ "mx.example.co.uk", "example.co.uk" },
		{ "[203.0.113.5]", "203.0.113.0" },
		{ "[IPv6:2001:db8:1:2::3]", "2001:db8:1::" },
		{ "[203.0.113.5", NULL },
		{ "[]", NULL },
		{ "[x]", NULL },
		{ "", NULL },
		{ ".", NULL },
		{ "mail", NULL },
		{ "com.", NULL },
		{ "co.uk", NULL },
		{ "localhost.localdomain", NULL },
		{ "pc.lan", NULL },
		{ "pc.home.arpa", NULL },
		{ "mail.local", NULL },
	};
	char longest[300];

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct balancer_name name;
		bool told = balancer_name_of(span_text(rows[i].helo), &name);

		cr_assert_eq(told, rows[i].registrable != NULL, "%s", rows[i].helo);
		cr_expect(!told || span_equal(name.registrable, span_text(rows[i].registrable)),
			  "%s: %.*s", rows[i].helo, (int)name.registrable.length,
			  (const char *)name.registrable.data);
	}
	memset(longest, 'a', sizeof(longest));
	longest[100] = '.';
	for (size_t n = 0; n <= sizeof(longest); n++) {
		struct balancer_name name;

		cr_expect_eq(balancer_name_of(span_of(longest, n), &name),
			     n > 101 && n <= BALANCER_NAME_MAX, "%zu", n);
	}
	cr_expect_not(balancer_name_of(span_of("a\0b.example", 11), &(struct balancer_name){ 0 }));
}

/* Three errors of the count of all names must be names that write inward alone. */
Test(balancer, a_few_among_thousands)
{
	for (uint64_t outward = 0; outward <= 10000; outward = outward == 0 ? 100 : 10 * outward) {
		struct hash_key key = hash_key_fixed();
		struct balancer b = { 0 };

		for (uint64_t n = 0; n < 12 + outward; n++) {
			uint64_t name = hash_bytes(&key, &n, sizeof(n));

			if (n < 12)
				balancer_inward(&b, name, n);
			else
				balancer_outward(&b, name);
		}
		cr_expect_eq(balancer_is_one(&b), outward == 0, "%llu outward",
			     (unsigned long long)outward);
	}
	cr_expect_not(balancer_is_one(NULL));
}
