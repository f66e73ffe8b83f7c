#include "detectors/routes_table.h"

#define RCODE_NO_SUCH_NAME 3 /* RFC 1035, 4.1.1 */

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

static bool is_null_mx(const struct fact_dns *dns)
{
	for (size_t i = 0; i < dns->answer_count; i++)
		if (dns->answers[i].type == DNS_MX && dns->answers[i].exchange.length == 0)
			return true;
	return dns->rcode == RCODE_NO_SUCH_NAME;
}

static bool is_its_own_exchanger(const struct route_domain *domain)
{
	return domain->exchange_count == 1 &&
	       route_domain_names(domain, span_of(domain->name.text, domain->name.length));
}

/* Does the answer name the exchangers that are known already, and no others? */
static bool is_old_news(const struct route_domain *domain, const struct fact_dns *dns)
{
	struct span seen[ROUTE_EXCHANGERS_MAX];
	size_t count = 0;

	if (!domain->told || domain->incomplete || domain->nobody != is_null_mx(dns))
		return false;
	for (size_t i = 0; i < dns->answer_count; i++) {
		struct span exchange = dns->answers[i].exchange;
		bool again = dns->answers[i].type != DNS_MX || exchange.length == 0;

		for (size_t k = 0; k < count && !again; k++)
			again = span_equal(seen[k], exchange);
		if (again)
			continue;
		if (count == domain->exchange_count || !route_domain_names(domain, exchange))
			return false;
		seen[count++] = exchange;
	}
	return count == domain->exchange_count || (count == 0 && is_its_own_exchanger(domain));
}

/* A domain without MX is its own exchanger (RFC 5321, 5.1), once an address of it is known. */
static void take_implicit(struct routes *routes, struct route_domain *domain)
{
	struct span name = span_of(domain->name.text, domain->name.length);
	const struct route_host *host = routes_find_host(routes, name);

	if (domain->told && !domain->nobody && !domain->incomplete && domain->exchange_count == 0 &&
	    host != NULL && host->address_count > 0)
		routes_add_exchange(routes, domain, name);
}

/* The answer that was given last counts, in whatever order they come. */
static void take_mx(struct routes *routes, const struct fact_dns *dns, int64_t time_ns,
		    route_changed_fn *changed, void *ctx)
{
	struct route_domain *domain = routes_need_domain(routes, dns->name);

	if (domain == NULL)
		return;
	remember_asker(domain, &dns->client, time_ns);
	if (domain->told && time_ns < domain->told_ns)
		return;
	domain->told_ns = time_ns;
	if (is_old_news(domain, dns))
		return;
	routes_drop_exchanges(routes, domain);
	domain->nobody = is_null_mx(dns);
	domain->told = true;
	for (size_t i = 0; i < dns->answer_count; i++)
		if (dns->answers[i].type == DNS_MX && dns->answers[i].exchange.length > 0)
			routes_add_exchange(routes, domain, dns->answers[i].exchange);
	take_implicit(routes, domain);
	changed(ctx, dns->name);
}

static uint8_t family_bit(const struct ip_address *address)
{
	return address->family == 6 ? RESOLVED_V6 : RESOLVED_V4;
}

/* Kept as they are inside of address translation. */
static bool add_address(const struct routes *routes, struct route_host *host,
			const struct ip_address *address)
{
	struct ip_address inside = site_nat(routes->site, *address);

	for (size_t i = 0; i < host->address_count; i++)
		if (ip_address_equal(&host->addresses[i], &inside))
			return false;
	if (host->address_count == ROUTE_ADDRESSES_MAX)
		return false;
	host->addresses[host->address_count++] = inside;
	return true;
}

static void tell_users(const struct route_host *host, route_changed_fn *changed, void *ctx)
{
	for (const struct exchange *e = host->users; e != NULL; e = e->next_of_host)
		changed(ctx, span_of(e->domain->name.text, e->domain->name.length));
}

/* What an answer without any address tells: there are none of this kind, or none at all. */
static uint8_t resolved_by(const struct fact_dns *dns)
{
	if (dns->rcode == RCODE_NO_SUCH_NAME)
		return RESOLVED_V4 | RESOLVED_V6;
	return dns->type == DNS_AAAA ? RESOLVED_V6 : RESOLVED_V4;
}

/* Addresses count for the name that was asked, whatever aliases lie between. */
static void take_addresses(struct routes *routes, const struct fact_dns *dns,
			   route_changed_fn *changed, void *ctx)
{
	struct route_host *host = routes_need_host(routes, dns->name, NULL);
	struct route_domain *domain;
	uint8_t before;
	bool news;

	if (host == NULL)
		return;
	before = host->resolved;
	host->resolved |= resolved_by(dns);
	news = host->resolved != before;
	for (size_t i = 0; i < dns->answer_count; i++)
		if (dns->answers[i].type != DNS_MX &&
		    add_address(routes, host, &dns->answers[i].address))
			news = true;
	domain = routes_find_domain(routes, dns->name);
	if (domain != NULL)
		take_implicit(routes, domain);
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
		host = routes_find_host(routes, answer->owner);
		if (host == NULL)
			continue;
		host->resolved |= family_bit(&answer->address);
		if (add_address(routes, host, &answer->address))
			tell_users(host, changed, ctx);
	}
}

/* Learn from one answer. */
void routes_fact(struct routes *routes, const struct fact_dns *dns, int64_t time_ns,
		 route_changed_fn *changed, void *ctx)
{
	if (dns->name.length == 0 || (dns->rcode != 0 && dns->rcode != RCODE_NO_SUCH_NAME))
		return;
	if (dns->type != DNS_MX) {
		take_addresses(routes, dns, changed, ctx);
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
	const struct route_domain *d = routes_find_domain(routes, domain);
	struct ip_address inside = site_nat(routes->site, *server);
	bool all_resolved;

	if (d == NULL || !d->told)
		return ROUTE_UNSEEN;
	if (d->nobody)
		return ROUTE_NOBODY;
	if (d->exchange_count == 0)
		return ROUTE_UNSEEN;
	all_resolved = !d->incomplete;
	for (size_t i = 0; i < d->exchange_count; i++) {
		const struct route_host *host = d->exchanges[i].host;

		if (host_has(host, &inside) ||
		    span_equal_nocase(span_of(host->name.text, host->name.length), greeting))
			return ROUTE_NAMES_IT;
		all_resolved = all_resolved && (host->resolved & family_bit(server)) != 0;
	}
	return all_resolved ? ROUTE_NAMES_OTHERS : ROUTE_NAMES_OTHERS_WEAKLY;
}

/* Look through the exchangers' addresses. */
bool routes_is_exchanger(const struct routes *routes, struct span domain,
			 const struct ip_address *address)
{
	const struct route_domain *d = routes_find_domain(routes, domain);
	struct ip_address inside = site_nat(routes->site, *address);

	for (size_t i = 0; d != NULL && i < d->exchange_count; i++)
		if (host_has(d->exchanges[i].host, &inside))
			return true;
	return false;
}

/* Look through all addresses of all of them. */
bool routes_any_exchanger(const struct routes *routes, struct span domain,
			  bool (*is_such)(void *ctx, const struct ip_address *address), void *ctx)
{
	const struct route_domain *d = routes_find_domain(routes, domain);

	for (size_t i = 0; d != NULL && i < d->exchange_count; i++) {
		const struct route_host *host = d->exchanges[i].host;

		for (size_t k = 0; k < host->address_count; k++)
			if (is_such(ctx, &host->addresses[k]))
				return true;
	}
	return false;
}

/* Look through the askers. */
bool routes_asked(const struct routes *routes, struct span domain, const struct ip_address *client,
		  int64_t *out_ns)
{
	const struct route_domain *d = routes_find_domain(routes, domain);

	for (size_t i = 0; d != NULL && i < d->asker_count; i++) {
		if (ip_address_equal(&d->askers[i].client, client)) {
			*out_ns = d->askers[i].time_ns;
			return true;
		}
	}
	return false;
}

/* What was let go, or not taken in, for lack of memory. */
uint64_t routes_forgotten(const struct routes *routes)
{
	return routes->forgotten;
}
