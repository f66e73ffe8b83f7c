#include "detectors/routes_table.h"

#include <stdlib.h>
#include <string.h>

/* Two empty tables. */
enum result routes_new(struct routes **out, const struct hash_key *key, const struct site *site,
		       struct budget *budget, size_t share_bytes)
{
	struct routes *routes = calloc(1, sizeof(*routes));

	if (routes == NULL)
		return RESULT_FAILED;
	routes->key = *key;
	routes->site = site;
	routes->from = budget;
	if (hashmap_init(&routes->domains, 64) != RESULT_OK ||
	    hashmap_init(&routes->hosts, 64) != RESULT_OK ||
	    budget_take(budget, share_bytes) != RESULT_OK) {
		routes_free(&routes);
		return RESULT_FAILED;
	}
	budget_init(&routes->budget, share_bytes);
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

struct route_domain *routes_find_domain(const struct routes *routes, struct span text)
{
	return (struct route_domain *)find(routes, &routes->domains, text);
}

/* A new entry of size bytes that begins with a struct name, or NULL. */
static void *name_new(struct routes *routes, struct hashmap *map, struct span text, size_t size)
{
	struct name *name;

	if (budget_take(&routes->budget, size + text.length + 1) != RESULT_OK)
		return NULL;
	name = calloc(1, size);
	if (name != NULL)
		name->text = malloc(text.length + 1);
	if (name == NULL || name->text == NULL) {
		free(name);
		budget_give(&routes->budget, size + text.length + 1);
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
	budget_give(&routes->budget, size + name->length + 1);
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
	routes->forgotten++;
}

/* A host that nobody names, or not yet: kept for a while, as answers may come in any order. */
static void list_orphan(struct routes *routes, struct route_host *host)
{
	list_newest(&routes->orphans, &host->name);
	while (routes->orphans.count > ORPHANS_MAX)
		forget_orphan(routes);
}

static void drop_exchange(struct routes *routes, struct exchange *exchange)
{
	struct route_host *host = exchange->host;

	if (exchange->previous_of_host != NULL)
		exchange->previous_of_host->next_of_host = exchange->next_of_host;
	else
		host->users = exchange->next_of_host;
	if (exchange->next_of_host != NULL)
		exchange->next_of_host->previous_of_host = exchange->previous_of_host;
	if (host->users == NULL)
		list_orphan(routes, host);
}

/* Take a domain off its hosts. */
void routes_drop_exchanges(struct routes *routes, struct route_domain *domain)
{
	for (size_t i = 0; i < domain->exchange_count; i++)
		drop_exchange(routes, &domain->exchanges[i]);
	domain->exchange_count = 0;
	domain->incomplete = false;
}

static void forget_domain(struct routes *routes, struct route_domain *domain)
{
	routes_drop_exchanges(routes, domain);
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
	budget_give(r->from, r->budget.limit_bytes);
	hashmap_clear(&r->domains);
	hashmap_clear(&r->hosts);
	free(r);
	*routes = NULL;
}

static bool let_go(struct routes *routes, const struct route_domain *keep)
{
	struct name *oldest = routes->told.oldest;

	if (routes->orphans.oldest != NULL) {
		forget_orphan(routes);
		return true;
	}
	if (oldest == NULL || (const struct route_domain *)oldest == keep)
		return false;
	forget_domain(routes, (struct route_domain *)oldest);
	routes->forgotten++;
	return true;
}

/* Make; when memory is short what was told longest ago makes room, but for keep. */
static void *need_name(struct routes *routes, struct hashmap *map, struct span text, size_t size,
		       const struct route_domain *keep)
{
	void *name = name_new(routes, map, text, size);

	while (name == NULL && let_go(routes, keep))
		name = name_new(routes, map, text, size);
	routes->forgotten += name == NULL;
	return name;
}

struct route_domain *routes_need_domain(struct routes *routes, struct span text)
{
	struct route_domain *domain = routes_find_domain(routes, text);

	if (domain != NULL)
		unlist(&routes->told, &domain->name);
	else
		domain = need_name(routes, &routes->domains, text, sizeof(*domain), NULL);
	if (domain != NULL)
		list_newest(&routes->told, &domain->name);
	return domain;
}

struct route_host *routes_find_host(const struct routes *routes, struct span text)
{
	return (struct route_host *)find(routes, &routes->hosts, text);
}

/* Found or made; keep is a domain that must stay meanwhile, or NULL. */
struct route_host *routes_need_host(struct routes *routes, struct span text,
				    const struct route_domain *keep)
{
	struct route_host *host = routes_find_host(routes, text);

	if (host != NULL && host->users != NULL)
		return host;
	if (host != NULL)
		unlist(&routes->orphans, &host->name);
	else
		host = need_name(routes, &routes->hosts, text, sizeof(*host), keep);
	if (host != NULL)
		list_orphan(routes, host);
	return host;
}

bool route_domain_names(const struct route_domain *domain, struct span host_name)
{
	for (size_t i = 0; i < domain->exchange_count; i++) {
		const struct name *name = &domain->exchanges[i].host->name;

		if (span_equal(span_of(name->text, name->length), host_name))
			return true;
	}
	return false;
}

void routes_add_exchange(struct routes *routes, struct route_domain *domain, struct span host_name)
{
	struct route_host *host;
	struct exchange *exchange;

	if (route_domain_names(domain, host_name))
		return;
	host = domain->exchange_count == ROUTE_EXCHANGERS_MAX
		   ? NULL
		   : routes_need_host(routes, host_name, domain);
	if (host == NULL) {
		domain->incomplete = true;
		return;
	}
	if (host->users == NULL)
		unlist(&routes->orphans, &host->name);
	else
		host->users->previous_of_host = &domain->exchanges[domain->exchange_count];
	exchange = &domain->exchanges[domain->exchange_count++];
	*exchange =
	    (struct exchange){ .host = host, .domain = domain, .next_of_host = host->users };
	host->users = exchange;
}
