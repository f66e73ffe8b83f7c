#include "detectors/routes.h"

#include "core/hashmap.h"

#include <stdlib.h>
#include <string.h>

#define ORPHANS_MAX 4096

struct route_domain;

/* One exchanger of one domain, on the list of its host. */
struct exchange {
	struct route_host *host;
	struct route_domain *domain;
	struct exchange *next_of_host;
};

struct asker {
	struct ip_address client;
	int64_t time_ns;
};

struct name {
	struct hashmap_node node;
	struct name *older, *newer; /* in a list, by when it was told last */
	char *text;
	size_t length;
};

struct route_host {
	struct name name;
	struct ip_address addresses[ROUTE_ADDRESSES_MAX];
	uint8_t address_count;
	bool resolved;
	struct exchange *users;
};

struct route_domain {
	struct name name;
	struct exchange exchanges[ROUTE_EXCHANGERS_MAX];
	uint8_t exchange_count;
	bool told;   /* an answer about MX was seen */
	bool nobody; /* null MX, or no such domain */
	struct asker askers[ROUTE_ASKERS_MAX];
	uint8_t asker_count;
};

struct name_list {
	struct name *oldest, *newest;
	size_t count;
};

struct routes {
	struct hash_key key;
	struct budget *budget;
	struct hashmap domains;
	struct hashmap hosts;
	struct name_list told;    /* all domains */
	struct name_list orphans; /* hosts that no domain names, or not yet */
	uint64_t forgotten;
};

/* Two empty tables. */
enum result routes_new(struct routes **out, const struct hash_key *key, struct budget *budget)
{
	struct routes *routes = calloc(1, sizeof(*routes));

	if (routes == NULL)
		return RESULT_FAILED;
	routes->key = *key;
	routes->budget = budget;
	if (hashmap_init(&routes->domains, 64) != RESULT_OK ||
	    hashmap_init(&routes->hosts, 64) != RESULT_OK) {
		hashmap_clear(&routes->domains);
		free(routes);
		return RESULT_FAILED;
	}
	*out = routes;
	return RESULT_OK;
}

static bool same_name(const struct hashmap_node *node, const void *key)
{
	const struct name *name = HASHMAP_ENTRY(node, const struct name, node);
	const struct span *text = key;

	return span_equal(span_of(name->text, name->length), *text);
}

static struct name *find(const struct routes *routes, const struct hashmap *map, struct span text)
{
	struct hashmap_node *node;

	node = hashmap_find(map, hash_span(&routes->key, text), same_name, &text);
	return node == NULL ? NULL : HASHMAP_ENTRY(node, struct name, node);
}

static struct route_domain *find_domain(const struct routes *routes, struct span text)
{
	return (struct route_domain *)find(routes, &routes->domains, text);
}

/* A new entry of size bytes that begins with a struct name. */
static void *name_new(struct routes *routes, struct hashmap *map, struct span text, size_t size)
{
	struct name *name;

	if (budget_take(routes->budget, size + text.length + 1) != RESULT_OK) {
		routes->forgotten++;
		return NULL;
	}
	name = calloc(1, size);
	if (name != NULL)
		name->text = malloc(text.length + 1);
	if (name == NULL || name->text == NULL) {
		free(name);
		budget_give(routes->budget, size + text.length + 1);
		routes->forgotten++;
		return NULL;
	}
	memcpy(name->text, text.data, text.length);
	name->text[text.length] = '\0';
	name->length = text.length;
	hashmap_add(map, &name->node, hash_span(&routes->key, text));
	return name;
}

static void name_free(struct routes *routes, struct hashmap *map, struct name *name, size_t size)
{
	hashmap_remove(map, &name->node);
	budget_give(routes->budget, size + name->length + 1);
	free(name->text);
	free(name);
}

static void unlist(struct name_list *list, struct name *name)
{
	if (name->older != NULL)
		name->older->newer = name->newer;
	else
		list->oldest = name->newer;
	if (name->newer != NULL)
		name->newer->older = name->older;
	else
		list->newest = name->older;
	name->older = name->newer = NULL;
	list->count--;
}

static void list_newest(struct name_list *list, struct name *name)
{
	name->older = list->newest;
	if (list->newest != NULL)
		list->newest->newer = name;
	else
		list->oldest = name;
	list->newest = name;
	list->count++;
}

static void forget_orphan(struct routes *routes)
{
	struct name *host = routes->orphans.oldest;

	unlist(&routes->orphans, host);
	name_free(routes, &routes->hosts, host, sizeof(struct route_host));
}

/* Take a domain off its hosts; those that nobody names any more are kept for a while. */
static void drop_exchanges(struct routes *routes, struct route_domain *domain)
{
	for (size_t i = 0; i < domain->exchange_count; i++) {
		struct route_host *host = domain->exchanges[i].host;
		struct exchange **at = &host->users;

		while (*at != NULL && *at != &domain->exchanges[i])
			at = &(*at)->next_of_host;
		if (*at != NULL)
			*at = domain->exchanges[i].next_of_host;
		if (host->users == NULL)
			list_newest(&routes->orphans, &host->name);
	}
	domain->exchange_count = 0;
	while (routes->orphans.count > ORPHANS_MAX)
		forget_orphan(routes);
}

static void forget_domain(struct routes *routes, struct route_domain *domain)
{
	drop_exchanges(routes, domain);
	unlist(&routes->told, &domain->name);
	name_free(routes, &routes->domains, &domain->name, sizeof(*domain));
}

/* Free all. */
void routes_free(struct routes **routes)
{
	struct routes *r = *routes;

	if (r == NULL)
		return;
	while (r->told.oldest != NULL)
		forget_domain(r, (struct route_domain *)r->told.oldest);
	while (r->orphans.oldest != NULL)
		forget_orphan(r);
	hashmap_clear(&r->domains);
	hashmap_clear(&r->hosts);
	free(r);
	*routes = NULL;
}

/* Make; when memory is short what was told longest ago makes room. */
static void *need_name(struct routes *routes, struct hashmap *map, struct span text, size_t size)
{
	void *name = name_new(routes, map, text, size);

	if (name == NULL && routes->orphans.oldest != NULL)
		forget_orphan(routes);
	else if (name == NULL && routes->told.oldest != NULL)
		forget_domain(routes, (struct route_domain *)routes->told.oldest);
	return name == NULL ? name_new(routes, map, text, size) : name;
}

static struct route_domain *need_domain(struct routes *routes, struct span text)
{
	struct route_domain *domain = find_domain(routes, text);

	if (domain != NULL)
		unlist(&routes->told, &domain->name);
	else
		domain = need_name(routes, &routes->domains, text, sizeof(*domain));
	if (domain != NULL)
		list_newest(&routes->told, &domain->name);
	return domain;
}

static struct route_host *find_host(const struct routes *routes, struct span text)
{
	return (struct route_host *)find(routes, &routes->hosts, text);
}

/* A host that no domain names yet: answers may come in any order. */
static struct route_host *need_host(struct routes *routes, struct span text)
{
	struct route_host *host = find_host(routes, text);

	if (host != NULL)
		return host;
	host = name_new(routes, &routes->hosts, text, sizeof(*host));
	if (host != NULL)
		list_newest(&routes->orphans, &host->name);
	return host;
}

static void add_exchange(struct routes *routes, struct route_domain *domain, struct span host_name)
{
	struct route_host *host = need_host(routes, host_name);
	struct exchange *exchange;

	if (host == NULL || domain->exchange_count == ROUTE_EXCHANGERS_MAX)
		return;
	for (size_t i = 0; i < domain->exchange_count; i++)
		if (domain->exchanges[i].host == host)
			return;
	if (host->users == NULL)
		unlist(&routes->orphans, &host->name);
	exchange = &domain->exchanges[domain->exchange_count++];
	*exchange =
	    (struct exchange){ .host = host, .domain = domain, .next_of_host = host->users };
	host->users = exchange;
}

static void remember_asker(struct route_domain *domain, const struct ip_address *client,
			   int64_t time_ns)
{
	struct asker *to = &domain->askers[0];

	for (size_t i = 0; i < domain->asker_count; i++) {
		if (ip_address_equal(&domain->askers[i].client, client)) {
			if (time_ns > domain->askers[i].time_ns)
				domain->askers[i].time_ns = time_ns;
			return;
		}
		if (domain->askers[i].time_ns < to->time_ns)
			to = &domain->askers[i];
	}
	if (domain->asker_count < ROUTE_ASKERS_MAX)
		to = &domain->askers[domain->asker_count++];
	*to = (struct asker){ .client = *client, .time_ns = time_ns };
}

/* The newest answer counts; hosts that it names again were kept as orphans meanwhile. */
static void take_mx(struct routes *routes, const struct fact_dns *dns, int64_t time_ns,
		    route_changed_fn *changed, void *ctx)
{
	struct route_domain *domain = need_domain(routes, dns->name);

	if (domain == NULL)
		return;
	remember_asker(domain, &dns->client, time_ns);
	drop_exchanges(routes, domain);
	domain->nobody = dns->rcode == 3;
	domain->told = true;
	for (size_t i = 0; i < dns->answer_count; i++) {
		const struct fact_dns_answer *answer = &dns->answers[i];

		if (answer->type != DNS_MX)
			continue;
		if (answer->exchange.length == 0)
			domain->nobody = true;
		else
			add_exchange(routes, domain, answer->exchange);
	}
	changed(ctx, dns->name);
}

static bool add_address(struct route_host *host, const struct ip_address *address)
{
	for (size_t i = 0; i < host->address_count; i++)
		if (ip_address_equal(&host->addresses[i], address))
			return false;
	if (host->address_count == ROUTE_ADDRESSES_MAX)
		return false;
	host->addresses[host->address_count++] = *address;
	return true;
}

/* A domain without MX is its own exchanger (RFC 5321, 5.1). */
static void take_implicit(struct routes *routes, struct span name)
{
	struct route_domain *domain = find_domain(routes, name);

	if (domain != NULL && domain->told && !domain->nobody && domain->exchange_count == 0)
		add_exchange(routes, domain, name);
}

static void tell_users(const struct route_host *host, route_changed_fn *changed, void *ctx)
{
	for (const struct exchange *e = host->users; e != NULL; e = e->next_of_host)
		changed(ctx, span_of(e->domain->name.text, e->domain->name.length));
}

/* Addresses count for the name that was asked, whatever aliases lie between. */
static void take_addresses(struct routes *routes, struct span asked, const struct fact_dns *dns,
			   route_changed_fn *changed, void *ctx)
{
	struct route_host *host;
	bool news;

	take_implicit(routes, asked);
	host = need_host(routes, asked);
	if (host == NULL)
		return;
	news = !host->resolved;
	host->resolved = true;
	for (size_t i = 0; i < dns->answer_count; i++)
		if (dns->answers[i].type != DNS_MX && add_address(host, &dns->answers[i].address))
			news = true;
	if (news)
		tell_users(host, changed, ctx);
}

/* Addresses that came along with an MX answer. */
static void take_additional(struct routes *routes, const struct fact_dns *dns,
			    route_changed_fn *changed, void *ctx)
{
	for (size_t i = 0; i < dns->answer_count; i++) {
		const struct fact_dns_answer *answer = &dns->answers[i];
		struct route_host *host;

		if (answer->type == DNS_MX)
			continue;
		host = find_host(routes, answer->owner);
		if (host == NULL)
			continue;
		host->resolved = true;
		if (add_address(host, &answer->address))
			tell_users(host, changed, ctx);
	}
}

/* Learn from one answer. */
void routes_fact(struct routes *routes, const struct fact_dns *dns, int64_t time_ns,
		 route_changed_fn *changed, void *ctx)
{
	if (dns->name.length == 0 || (dns->rcode != 0 && dns->rcode != 3))
		return;
	if (dns->type != DNS_MX) {
		take_addresses(routes, dns->name, dns, changed, ctx);
		return;
	}
	take_mx(routes, dns, time_ns, changed, ctx);
	take_additional(routes, dns, changed, ctx);
}

static bool host_has(const struct route_host *host, const struct ip_address *address)
{
	for (size_t i = 0; i < host->address_count; i++)
		if (ip_address_equal(&host->addresses[i], address))
			return true;
	return false;
}

/* Put the domain's exchangers beside the server. */
enum route routes_judge(const struct routes *routes, struct span domain,
			const struct ip_address *server, struct span greeting)
{
	const struct route_domain *d = find_domain(routes, domain);
	bool all_resolved = true;

	if (d == NULL || !d->told)
		return ROUTE_UNSEEN;
	if (d->nobody)
		return ROUTE_NOBODY;
	if (d->exchange_count == 0)
		return ROUTE_UNSEEN;
	for (size_t i = 0; i < d->exchange_count; i++) {
		const struct route_host *host = d->exchanges[i].host;

		if (host_has(host, server) ||
		    span_equal_nocase(span_of(host->name.text, host->name.length), greeting))
			return ROUTE_NAMES_IT;
		all_resolved = all_resolved && host->resolved;
	}
	return all_resolved ? ROUTE_NAMES_OTHERS : ROUTE_NAMES_OTHERS_WEAKLY;
}

/* Look through the exchangers' addresses. */
bool routes_is_exchanger(const struct routes *routes, struct span domain,
			 const struct ip_address *address)
{
	const struct route_domain *d = find_domain(routes, domain);

	for (size_t i = 0; d != NULL && i < d->exchange_count; i++)
		if (host_has(d->exchanges[i].host, address))
			return true;
	return false;
}

/* Look through the askers. */
bool routes_asked(const struct routes *routes, struct span domain, const struct ip_address *client,
		  int64_t *out_ns)
{
	const struct route_domain *d = find_domain(routes, domain);

	for (size_t i = 0; d != NULL && i < d->asker_count; i++) {
		if (ip_address_equal(&d->askers[i].client, client)) {
			*out_ns = d->askers[i].time_ns;
			return true;
		}
	}
	return false;
}

/* What was let go for lack of memory. */
uint64_t routes_forgotten(const struct routes *routes)
{
	return routes->forgotten;
}
