/* Whose is the domain: the nine rows of docs/detection.md, each alone and each against the next. */
#include "detectors/ownership.h"

#include "detectors/registrable.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SERVER "192.0.2.25"
#define OTHER "198.51.100.7"

/* What is known of one domain at one server. */
struct known {
	const char *domain; /* NULL: hosted.example */
	const char *local_domain, *relay_to, *local_net, *nat;
	const char *mx, *mx_address; /* mx "": a null MX */
	const char *greeting;
	size_t clients, denied_others, next_hops;
	bool left, denied, unknown_user, took_local;
};

static struct ip_address ip(const char *text)
{
	struct ip_address address;

	cr_assert_eq(ip_address_parse(text, &address), RESULT_OK, "%s", text);
	return address;
}

static struct site *site_of(const struct known *k)
{
	struct site *site;

	cr_assert_eq(site_new(&site), RESULT_OK);
	if (k->local_domain != NULL)
		cr_assert_eq(site_add_domain(site, SITE_LOCAL_DOMAIN, k->local_domain), RESULT_OK);
	if (k->relay_to != NULL)
		cr_assert_eq(site_add_domain(site, SITE_RELAY_TO, k->relay_to), RESULT_OK);
	if (k->local_net != NULL)
		cr_assert_eq(site_add_network(site, SITE_LOCAL_NET, k->local_net), RESULT_OK);
	if (k->nat != NULL)
		cr_assert_eq(site_add_nat(site, k->nat), RESULT_OK);
	return site;
}

static void nothing_changed(void *ctx, struct span domain)
{
	(void)ctx;
	(void)domain;
}

static void tell_route(struct routes *routes, const struct known *k, struct span domain)
{
	struct fact_dns_answer answers[2] = {
		{ .type = DNS_MX, .owner = domain, .exchange = span_text(k->mx) },
		{ .type = DNS_A, .owner = span_text(k->mx) }
	};
	struct fact_dns dns = { .client = ip(OTHER),
				.name = domain,
				.type = DNS_MX,
				.answers = answers,
				.answer_count = k->mx_address == NULL ? 1 : 2 };

	if (k->mx == NULL)
		return;
	if (k->mx_address != NULL)
		answers[1].address = ip(k->mx_address);
	routes_fact(routes, &dns, 1, nothing_changed, NULL);
}

static void add_networks(struct netset *set, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[IP_TEXT_MAX];
		struct ip_address address;

		(void)snprintf(text, sizeof(text), "198.18.%zu.5", i);
		address = ip(text);
		cr_assert(netset_add(set, &address));
	}
}

static void greet(struct state *state, struct mailhost *host, const char *name)
{
	struct greeting *greeting;

	if (name == NULL)
		return;
	greeting = state_greeting(state, host, span_text(name));
	cr_assert_not_null(greeting);
	greeting->registrable -= registrable_domain(span_text(greeting->name)).length;
}

static const char *judge(const struct known *k)
{
	static char word[64];
	struct hash_key key = hash_key_fixed();
	struct ip_address address = ip(SERVER);
	struct span domain = span_text(k->domain == NULL ? "hosted.example" : k->domain);
	struct ownership_world world = { .site = site_of(k) };
	struct routes *routes = NULL;
	struct site *site = (struct site *)world.site;
	struct holding *holding;
	struct budget budget;
	struct state state;
	struct server *server;

	budget_init(&budget, 1 << 20);
	cr_assert_eq(state_init(&state, &key, &budget), RESULT_OK);
	cr_assert_eq(routes_new(&routes, &key, site, &budget, 65536), RESULT_OK);
	world.routes = routes;
	tell_route(routes, k, domain);
	server = state_server(&state, &address, 25, PROTOCOL_SMTP, 1);
	cr_assert_not_null(server);
	server->host->took_local = k->took_local;
	greet(&state, server->host, k->greeting);
	add_networks(&server->host->denied, k->denied_others);
	holding = state_holding(&state, server->host, domain);
	cr_assert_not_null(holding);
	add_networks(&holding->clients, k->clients);
	add_networks(&holding->next_hops, k->next_hops);
	holding->left = k->left;
	holding->denied = k->denied;
	holding->unknown_user = k->unknown_user;
	(void)ownership_update(&world, holding);
	cr_expect_not(ownership_update(&world, holding), "asked again it is the same");
	(void)snprintf(word, sizeof(word), "%s, %s", ownership_word(holding->ownership),
		       ownership_source_word(holding->source));
	state_clear(&state);
	routes_free(&routes);
	site_free(&site);
	return word;
}

Test(ownership, the_nine_rows)
{
	static const struct {
		const char *what;
		struct known known;
		const char *ownership;
	} rows[] = {
		{ "nothing", { 0 }, "undetermined, nothing" },

		{ "1: listed", { .local_domain = "hosted.example" }, "own, configured" },
		{ "1: below a listed one", { .local_domain = "example" }, "own, configured" },
		{ "1: backup", { .relay_to = "hosted.example" }, "own, configured" },
		{ "1: no domain at all", { .domain = "" }, "own, configured" },
		{ "1: its own literal", { .domain = "[" SERVER "]" }, "own, configured" },
		{ "1: another's literal", { .domain = "[" OTHER "]" }, "undetermined, nothing" },
		{ "1: its public literal, behind address translation",
		  { .domain = "[203.0.113.25]", .nat = "203.0.113.25=" SERVER },
		  "own, configured" },
		{ "1: half a literal", { .domain = "[" }, "undetermined, nothing" },
		{ "1: it left, and yet",
		  { .relay_to = "hosted.example", .left = true, .denied = true },
		  "own, configured" },

		{ "2: by address", { .mx = "mx.us.example", .mx_address = SERVER }, "own, mx" },
		{ "2: by name",
		  { .mx = "mx.us.example", .mx_address = OTHER, .greeting = "mx.us.example" },
		  "own, mx" },
		{ "2: by its public address",
		  { .mx = "mx.us.example",
		    .mx_address = "203.0.113.25",
		    .nat = "203.0.113.25=" SERVER },
		  "own, mx" },
		{ "2 before 3",
		  { .mx = "mx.us.example", .mx_address = SERVER, .left = true },
		  "own, mx" },

		{ "3: it left", { .left = true }, "foreign, left" },
		{ "3: it left a gateway before a tenant in a cloud",
		  { .left = true, .clients = 4, .denied_others = 2, .next_hops = 4 },
		  "undetermined, nothing" },
		{ "3: to too many hosts",
		  { .left = true, .clients = 4, .denied_others = 2, .next_hops = 5 },
		  "foreign, left" },
		{ "3: brought by too few",
		  { .left = true, .clients = 3, .denied_others = 2, .next_hops = 1 },
		  "foreign, left" },
		{ "3: nobody was denied",
		  { .left = true, .clients = 9, .denied_others = 1, .next_hops = 1 },
		  "foreign, left" },
		{ "3: the operator's list lacks it",
		  { .left = true,
		    .clients = 9,
		    .denied_others = 2,
		    .next_hops = 1,
		    .local_domain = "other.example",
		    .local_net = "192.0.2.0/24" },
		  "foreign, left" },
		{ "3: an MX answer names others",
		  { .left = true,
		    .clients = 9,
		    .denied_others = 2,
		    .next_hops = 1,
		    .mx = "mx.them.example",
		    .mx_address = OTHER },
		  "foreign, left" },
		{ "3 before 5 and 6",
		  { .left = true, .unknown_user = true, .greeting = "mx.hosted.example" },
		  "foreign, left" },

		{ "4: denied", { .denied = true }, "foreign, denied" },
		{ "4 before 5 and 7",
		  { .denied = true, .unknown_user = true, .clients = 16, .denied_others = 5 },
		  "foreign, denied" },

		{ "5: an unknown user", { .unknown_user = true }, "own, unknown_user" },
		{ "5 before 8",
		  { .unknown_user = true, .mx = "filter.example", .mx_address = OTHER },
		  "own, unknown_user" },

		{ "6: the greeting", { .greeting = "mail.hosted.example" }, "own, greeting" },
		{ "6: a domain below",
		  { .domain = "sub.hosted.example", .greeting = "mail.hosted.example" },
		  "own, greeting" },
		{ "6: a neighbour under one suffix",
		  { .domain = "hosted.co.uk", .greeting = "mail.other.co.uk" },
		  "undetermined, nothing" },
		{ "6: the same letters at the end",
		  { .domain = "nothosted.example", .greeting = "mail.hosted.example" },
		  "undetermined, nothing" },
		{ "6 before 8",
		  { .greeting = "mail.hosted.example",
		    .mx = "filter.example",
		    .mx_address = OTHER },
		  "own, greeting" },

		{ "7: a majority", { .clients = 8, .denied_others = 2 }, "own, majority" },
		{ "7: one too few", { .clients = 7, .denied_others = 2 }, "undetermined, nothing" },
		{ "7: others are not denied",
		  { .clients = 16, .denied_others = 1 },
		  "undetermined, nothing" },
		{ "7 before 8",
		  { .clients = 8, .denied_others = 2, .mx = "filter.example", .mx_address = OTHER },
		  "own, majority" },

		{ "8: others by address",
		  { .mx = "mx.them.example", .mx_address = OTHER },
		  "foreign, mx" },
		{ "8: others by name, no address seen",
		  { .mx = "mx.them.example", .greeting = "mail.us.example" },
		  "foreign, mx_names" },
		{ "8: a null MX tells nothing", { .mx = "" }, "undetermined, nothing" },

		{ "9: not listed, one of ours by its network",
		  { .local_domain = "other.example", .local_net = "192.0.2.0/24" },
		  "foreign, not_configured" },
		{ "9: not listed, one of ours by what it took",
		  { .local_domain = "other.example", .took_local = true },
		  "foreign, not_configured" },
		{ "9: not listed, none of ours",
		  { .local_domain = "other.example" },
		  "undetermined, nothing" },
		{ "9: not listed, outside of our networks",
		  { .local_domain = "other.example",
		    .local_net = "10.0.0.0/8",
		    .took_local = true },
		  "undetermined, nothing" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		cr_expect_str_eq(judge(&rows[i].known), rows[i].ownership, "%s: %s", rows[i].what,
				 judge(&rows[i].known));
}

/* Names without addresses are a weak word, as the list that may have forgotten one. */
Test(ownership, what_is_weak)
{
	static const struct {
		enum ownership_source source;
		bool weak, settled;
	} rows[] = {
		{ SOURCE_NOT_CONFIGURED, true, false },
		{ SOURCE_MX_NAMES, true, false },
		{ SOURCE_MX, false, true },
		{ SOURCE_CONFIGURED, false, true },
		{ SOURCE_LEFT, false, false },
		{ SOURCE_DENIED, false, false },
		{ SOURCE_GREETING, false, false },
		{ SOURCE_MAJORITY, false, false },
		{ SOURCE_UNKNOWN_USER, false, false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct holding holding = { .ownership = OWNERSHIP_OWN, .source = rows[i].source };

		cr_expect_eq(ownership_is_weak(&holding), rows[i].weak, "row %zu", i);
		cr_expect_eq(ownership_is_settled_own(&holding), rows[i].settled, "row %zu", i);
		holding.ownership = OWNERSHIP_FOREIGN;
		cr_expect_not(ownership_is_settled_own(&holding), "row %zu", i);
	}
}
