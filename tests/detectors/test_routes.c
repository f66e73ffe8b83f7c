/* What the name service says about where mail goes: whom it names, who asked, how it is bounded. */
#include "detectors/routes.h"

#include "core/time_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SERVER "192.0.2.25"
#define OTHER "198.51.100.7"
#define DOMAIN "hosted.example"
#define ANSWERS_MAX 24

struct book {
	struct routes *routes;
	struct site *site;
	struct budget budget;
	size_t changes;
	char last_changed[256];
};

static struct ip_address ip(const char *text)
{
	struct ip_address address;

	cr_assert_eq(ip_address_parse(text, &address), RESULT_OK, "%s", text);
	return address;
}

static void open_book(struct book *book, size_t share_bytes)
{
	struct hash_key key = hash_key_fixed();

	*book = (struct book){ 0 };
	budget_init(&book->budget, share_bytes);
	cr_assert_eq(site_new(&book->site), RESULT_OK);
	cr_assert_eq(routes_new(&book->routes, &key, book->site, &book->budget, share_bytes),
		     RESULT_OK);
}

static void close_book(struct book *book)
{
	routes_free(&book->routes);
	site_free(&book->site);
	cr_assert_eq(book->budget.used_bytes, 0);
}

static void on_change(void *ctx, struct span domain)
{
	struct book *book = ctx;

	book->changes++;
	cr_assert_lt(domain.length, sizeof(book->last_changed));
	memcpy(book->last_changed, domain.data, domain.length);
	book->last_changed[domain.length] = '\0';
}

/* One answer of the name service in words: "MX 10 mx.example" is said as mx = "mx.example". */
struct look_up {
	enum dns_type type;
	const char *name;
	uint8_t rcode;
	const char *mx[3];         /* exchangers; "" for a null MX */
	const char *address;       /* of the name, for A and AAAA */
	const char *additional[2]; /* with MX: the addresses of mx[0] and mx[1] */
	int64_t at_s;
	const char *client;
};

static void look_up(struct book *book, const struct look_up *l)
{
	struct fact_dns_answer answers[ANSWERS_MAX];
	struct fact_dns dns = { .client = ip(l->client == NULL ? SERVER : l->client),
				.name = span_text(l->name),
				.type = l->type,
				.rcode = l->rcode,
				.answers = answers };

	for (size_t i = 0; i < ARRAY_COUNT(l->mx) && l->mx[i] != NULL; i++)
		answers[dns.answer_count++] = (struct fact_dns_answer){
			.type = DNS_MX, .owner = dns.name, .exchange = span_text(l->mx[i])
		};
	for (size_t i = 0; i < ARRAY_COUNT(l->additional) && l->additional[i] != NULL; i++) {
		struct ip_address address = ip(l->additional[i]);

		answers[dns.answer_count++] =
		    (struct fact_dns_answer){ .type = address.family == 6 ? DNS_AAAA : DNS_A,
					      .owner = span_text(l->mx[i]),
					      .address = address };
	}
	if (l->address != NULL)
		answers[dns.answer_count++] = (struct fact_dns_answer){ .type = l->type,
									.owner = dns.name,
									.address = ip(l->address) };
	routes_fact(book->routes, &dns, l->at_s * NS_PER_SECOND, on_change, book);
}

static const char *word_of(enum route route)
{
	static const char *const words[] = {
		[ROUTE_UNSEEN] = "unseen",       [ROUTE_NAMES_IT] = "it",
		[ROUTE_NAMES_OTHERS] = "others", [ROUTE_NAMES_OTHERS_WEAKLY] = "others, weakly",
		[ROUTE_NOBODY] = "nobody",
	};

	return words[route];
}

static const char *judged_at(const struct book *book, const char *server, const char *greeting)
{
	struct ip_address address = ip(server);

	return word_of(
	    routes_judge(book->routes, span_text(DOMAIN), &address, span_text(greeting)));
}

/* Each row is played in the order given and, where all its times are equal, in the other one. */
Test(routes, whom_they_name)
{
	static const struct {
		const char *what;
		struct look_up look_ups[4];
		const char *server, *greeting, *route;
		bool in_order;
	} rows[] = {
		{ "nothing seen", { { 0 } }, SERVER, "", "unseen" },
		{ "its address",
		  { { DNS_MX, DOMAIN, .mx = { "mx.us.example" } },
		    { DNS_A, "mx.us.example", .address = SERVER } },
		  SERVER,
		  "",
		  "it" },
		{ "its address, which came along",
		  { { DNS_MX, DOMAIN, .mx = { "mx.us.example" }, .additional = { SERVER } } },
		  SERVER,
		  "",
		  "it" },
		{ "the name in its greeting, in capitals",
		  { { DNS_MX, DOMAIN, .mx = { "mx.us.example" } } },
		  SERVER,
		  "MX.us.example",
		  "it" },
		{ "the second of two exchangers is it",
		  { { DNS_MX, DOMAIN, .mx = { "a.example", "b.example" },
		      .additional = { OTHER, SERVER } } },
		  SERVER,
		  "",
		  "it" },
		{ "others",
		  { { DNS_MX, DOMAIN, .mx = { "mx.us.example" } },
		    { DNS_A, "mx.us.example", .address = OTHER } },
		  SERVER,
		  "mail.them.example",
		  "others" },
		{ "others, no address seen",
		  { { DNS_MX, DOMAIN, .mx = { "mx.us.example" } } },
		  SERVER,
		  "mail.them.example",
		  "others, weakly" },
		{ "others, one address of two seen",
		  { { DNS_MX, DOMAIN, .mx = { "a.example", "b.example" },
		      .additional = { OTHER } } },
		  SERVER,
		  "",
		  "others, weakly" },
		{ "others, but only addresses of the other kind are known",
		  { { DNS_MX, DOMAIN, .mx = { "mx.us.example" } },
		    { DNS_A, "mx.us.example", .address = OTHER } },
		  "2001:db8::25",
		  "",
		  "others, weakly" },
		{ "others, which have no address of that kind",
		  { { DNS_MX, DOMAIN, .mx = { "mx.us.example" } },
		    { DNS_A, "mx.us.example", .address = OTHER },
		    { DNS_AAAA, "mx.us.example" } },
		  "2001:db8::25",
		  "",
		  "others" },
		{ "an exchanger that does not exist",
		  { { DNS_MX, DOMAIN, .mx = { "mx.us.example" } },
		    { DNS_A, "mx.us.example", .rcode = 3 } },
		  SERVER,
		  "",
		  "others" },
		{ "a null MX", { { DNS_MX, DOMAIN, .mx = { "" } } }, SERVER, "", "nobody" },
		{ "no such domain", { { DNS_MX, DOMAIN, .rcode = 3 } }, SERVER, "", "nobody" },
		{ "a failure of the name service",
		  { { DNS_MX, DOMAIN, .rcode = 2 } },
		  SERVER,
		  "",
		  "unseen" },
		{ "no MX, and no address seen", { { DNS_MX, DOMAIN } }, SERVER, "", "unseen" },
		{ "no MX: the domain is its own exchanger, it",
		  { { DNS_MX, DOMAIN }, { DNS_A, DOMAIN, .address = SERVER } },
		  SERVER,
		  "",
		  "it" },
		{ "no MX: the domain is its own exchanger, another",
		  { { DNS_MX, DOMAIN }, { DNS_A, DOMAIN, .address = OTHER } },
		  SERVER,
		  "",
		  "others" },
		{ "no MX, and no address of one kind",
		  { { DNS_MX, DOMAIN }, { DNS_AAAA, DOMAIN } },
		  SERVER,
		  "",
		  "unseen" },
		{ "an address alone makes no exchanger",
		  { { DNS_A, DOMAIN, .address = SERVER } },
		  SERVER,
		  "",
		  "unseen" },
		{ "a new exchanger takes the place of the old one",
		  { { DNS_MX, DOMAIN, .mx = { "mx.us.example" }, .at_s = 1 },
		    { DNS_A, "mx.us.example", .address = SERVER, .at_s = 2 },
		    { DNS_MX, DOMAIN, .mx = { "mx.them.example" }, .at_s = 3 },
		    { DNS_A, "mx.them.example", .address = OTHER, .at_s = 4 } },
		  SERVER,
		  "",
		  "others" },
		{ "and the old one that of the new one",
		  { { DNS_MX, DOMAIN, .mx = { "mx.them.example" }, .at_s = 1 },
		    { DNS_A, "mx.them.example", .address = OTHER, .at_s = 2 },
		    { DNS_MX, DOMAIN, .mx = { "mx.us.example" }, .at_s = 3 },
		    { DNS_A, "mx.us.example", .address = SERVER, .at_s = 4 } },
		  SERVER,
		  "",
		  "it" },
		{ "an MX in the place of a null MX",
		  { { DNS_MX, DOMAIN, .mx = { "" }, .at_s = 1 },
		    { DNS_MX, DOMAIN, .mx = { "mx.us.example" }, .additional = { SERVER },
		      .at_s = 2 } },
		  SERVER,
		  "",
		  "it" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		for (size_t backwards = 0; backwards < 2; backwards++) {
			struct book book;

			open_book(&book, 65536);
			for (size_t k = 0; k < 4; k++) {
				const struct look_up *l = &rows[i].look_ups[backwards ? 3 - k : k];

				if (l->name != NULL)
					look_up(&book, l);
			}
			cr_expect_str_eq(judged_at(&book, rows[i].server, rows[i].greeting),
					 rows[i].route, "%s%s: %s", rows[i].what,
					 backwards ? ", backwards" : "",
					 judged_at(&book, rows[i].server, rows[i].greeting));
			close_book(&book);
		}
	}
}

/* The sensor may stand before or behind the translation of addresses. */
Test(routes, through_address_translation)
{
	static const char *const servers[] = { "203.0.113.25", "10.0.0.25" };

	for (size_t i = 0; i < ARRAY_COUNT(servers); i++) {
		struct ip_address server = ip(servers[i]);
		struct book book;

		open_book(&book, 65536);
		cr_assert_eq(site_add_nat(book.site, "203.0.113.25=10.0.0.25"), RESULT_OK);
		look_up(&book, &(struct look_up){ DNS_MX, DOMAIN, .mx = { "mx.us.example" },
						  .additional = { "203.0.113.25" } });
		cr_expect_str_eq(judged_at(&book, servers[i], ""), "it", "%s", servers[i]);
		cr_expect_str_eq(judged_at(&book, "10.0.0.26", ""), "others");
		cr_expect(routes_is_exchanger(book.routes, span_text(DOMAIN), &server), "%s",
			  servers[i]);
		close_book(&book);
	}
}

/* Only what is new is told, so that an answer that is given again and again costs nothing. */
Test(routes, old_news_are_none)
{
	struct look_up mx = { DNS_MX, DOMAIN, .mx = { "a.example", "b.example" },
			      .additional = { SERVER, OTHER } };
	struct look_up turned = { DNS_MX, DOMAIN, .mx = { "b.example", "a.example" } };
	struct look_up fewer = { DNS_MX, DOMAIN, .mx = { "b.example" } };
	struct look_up address = { DNS_A, "b.example", .address = OTHER };
	struct look_up another = { DNS_A, "b.example", .address = "198.51.100.8" };
	struct book book;
	size_t before;

	open_book(&book, 65536);
	look_up(&book, &mx);
	cr_expect_gt(book.changes, 0);
	cr_expect_str_eq(book.last_changed, DOMAIN);
	before = book.changes;
	look_up(&book, &mx);
	look_up(&book, &turned);
	look_up(&book, &address);
	cr_expect_eq(book.changes, before);
	look_up(&book, &another);
	cr_expect_eq(book.changes, before + 1);
	look_up(&book, &fewer);
	cr_expect_eq(book.changes, before + 2);
	look_up(&book, &fewer);
	cr_expect_eq(book.changes, before + 2);
	close_book(&book);
}

Test(routes, who_asked_and_when)
{
	static const char *const clients[] = { "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4",
					       "192.0.2.5" };
	struct ip_address first = ip(clients[0]), last = ip(clients[4]), nobody = ip("192.0.2.9");
	struct book book;
	int64_t at_ns = 0;

	open_book(&book, 65536);
	for (size_t i = 0; i < ROUTE_ASKERS_MAX; i++)
		look_up(&book, &(struct look_up){ DNS_MX, DOMAIN, .mx = { "a.example" },
						  .at_s = 100 - (int64_t)i, .client = clients[i] });
	cr_expect(routes_asked(book.routes, span_text(DOMAIN), &first, &at_ns));
	cr_expect_eq(at_ns, 100 * NS_PER_SECOND);
	cr_expect_not(routes_asked(book.routes, span_text(DOMAIN), &nobody, &at_ns));
	cr_expect_not(routes_asked(book.routes, span_text("other.example"), &first, &at_ns));
	/* An older question of the same client changes nothing. */
	look_up(&book, &(struct look_up){ DNS_MX, DOMAIN, .mx = { "a.example" }, .at_s = 5,
					  .client = clients[0] });
	cr_expect(routes_asked(book.routes, span_text(DOMAIN), &first, &at_ns));
	cr_expect_eq(at_ns, 100 * NS_PER_SECOND);
	/* One more: the one that asked longest ago goes. */
	look_up(&book, &(struct look_up){ DNS_MX, DOMAIN, .mx = { "a.example" }, .at_s = 200,
					  .client = clients[4] });
	cr_expect(routes_asked(book.routes, span_text(DOMAIN), &last, &at_ns));
	cr_expect(routes_asked(book.routes, span_text(DOMAIN), &first, &at_ns));
	last = ip(clients[3]);
	cr_expect_not(routes_asked(book.routes, span_text(DOMAIN), &last, &at_ns));
	close_book(&book);
}

/* More exchangers than are kept: which are missing is not known, so it is no strong word. */
Test(routes, more_exchangers_than_are_kept)
{
	struct fact_dns_answer answers[ROUTE_EXCHANGERS_MAX + 2];
	char names[ROUTE_EXCHANGERS_MAX + 1][32];
	struct fact_dns dns = {
		.client = ip(SERVER), .name = span_text(DOMAIN), .type = DNS_MX, .answers = answers
	};
	struct book book;

	open_book(&book, 65536);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		(void)snprintf(names[i], sizeof(names[i]), "mx%zu.example", i);
		answers[dns.answer_count++] =
		    (struct fact_dns_answer){ .type = DNS_MX, .exchange = span_text(names[i]) };
	}
	routes_fact(book.routes, &dns, 1, on_change, &book);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		look_up(&book, &(struct look_up){ DNS_A, names[i], .address = OTHER });
	cr_expect_str_eq(judged_at(&book, SERVER, ""), "others, weakly");
	cr_expect_str_eq(judged_at(&book, OTHER, ""), "it");
	close_book(&book);
}

/* Names without end, of each kind: the share is kept, the newest are known, the oldest are gone. */
Test(routes, are_bounded)
{
	for (int kind = 0; kind < 3; kind++) {
		struct ip_address other = ip(OTHER);
		struct book book;
		char name[32], host[32];

		open_book(&book, (size_t)128 << 10);
		for (int i = 0; i < 20000; i++) {
			struct look_up l = { .name = name, .client = SERVER, .at_s = i };

			(void)snprintf(name, sizeof(name), "d%d.example", i);
			(void)snprintf(host, sizeof(host), "mx%d.example", i);
			l.type = kind == 0 ? DNS_A : DNS_MX;
			l.address = kind == 0 ? OTHER : NULL;
			l.mx[0] = kind == 1 ? host : kind == 2 ? "mx.one.example" : NULL;
			l.additional[0] = l.mx[0] == NULL ? NULL : OTHER;
			look_up(&book, &l);
		}
		cr_expect_gt(routes_forgotten(book.routes), 10000, "kind %d", kind);
		if (kind > 0) {
			cr_expect(routes_is_exchanger(book.routes, span_text(name), &other),
				  "kind %d", kind);
			cr_expect_not(
			    routes_is_exchanger(book.routes, span_text("d0.example"), &other));
		}
		close_book(&book);
	}
}

/* Thousands of domains at one exchanger, whose answers come again and again. */
Test(routes, one_exchanger_of_many_domains)
{
	struct ip_address other = ip(OTHER);
	struct book book;
	char name[32];
	size_t before = 0;

	open_book(&book, (size_t)64 << 20);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 20000; i++) {
			(void)snprintf(name, sizeof(name), "d%d.example", i);
			look_up(&book, &(struct look_up){
					   DNS_MX, name,
					   .mx = { round == 1 ? "b.example" : "a.example" } });
		}
		before = book.changes;
	}
	cr_expect_eq(before, 60000);
	look_up(&book, &(struct look_up){ DNS_A, "a.example", .address = OTHER });
	cr_expect_eq(book.changes, before + 20000);
	cr_expect(routes_is_exchanger(book.routes, span_text("d77.example"), &other));
	cr_expect_eq(routes_forgotten(book.routes), 0);
	close_book(&book);
}

/* A share in which not even one domain fits, and each one that is a little larger. */
Test(routes, hardly_any_room)
{
	for (size_t share = 0; share < 4000; share += 37) {
		struct book book;

		open_book(&book, share);
		for (int i = 0; i < 20; i++) {
			char name[32];

			(void)snprintf(name, sizeof(name), "d%d.example", i % 4);
			look_up(&book, &(struct look_up){ DNS_MX, name,
							  .mx = { "a.example", "b.example", name },
							  .additional = { OTHER, SERVER } });
			look_up(&book, &(struct look_up){ DNS_A, name, .address = OTHER });
		}
		close_book(&book);
	}
}
