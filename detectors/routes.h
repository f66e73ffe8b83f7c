/*
 * routes - what the name service was seen to say about where mail for a domain goes
 *
 * In:      dns facts: MX answers, addresses of exchangers, addresses of domains without MX.
 * Out:     whether a server is named for a domain, or others are; who asked and when.
 * Limits:  ROUTE_EXCHANGERS_MAX exchangers a domain, ROUTE_ADDRESSES_MAX addresses a host,
 *          ROUTE_ASKERS_MAX askers a domain; all in one share of the budget, where the names that
 *          were told longest ago go first, so that look-ups push out nothing else.
 * Errors:  without memory an answer is not remembered; counted in routes_forgotten.
 * Owner:   the caller; names given in are copied.
 */
#ifndef RELAYWATCH_DETECTORS_ROUTES_H
#define RELAYWATCH_DETECTORS_ROUTES_H

#include "core/budget.h"
#include "core/fact.h"
#include "core/hash.h"
#include "core/site.h"

#define ROUTE_EXCHANGERS_MAX 16
#define ROUTE_ADDRESSES_MAX 16
#define ROUTE_ASKERS_MAX 4

enum route {
	ROUTE_UNSEEN,       /* no answer about this domain was seen */
	ROUTE_NAMES_IT,     /* the server is an exchanger of the domain */
	ROUTE_NAMES_OTHERS, /* exchangers whose addresses are known, none of them this server */
	ROUTE_NAMES_OTHERS_WEAKLY, /* exchangers with other names, some address not seen, of the
				      server's kind */
	ROUTE_NOBODY               /* a null MX (RFC 7505), or no such domain: clears nothing */
};

struct routes;
typedef void route_changed_fn(void *ctx, struct span domain);

MUST_USE enum result routes_new(struct routes **out, const struct hash_key *key,
				const struct site *site, struct budget *budget, size_t share_bytes);
void routes_free(struct routes **routes);
/* changed is called for each domain about which something new is known. */
void routes_fact(struct routes *routes, const struct fact_dns *dns, int64_t time_ns,
		 route_changed_fn *changed, void *ctx);
/* Through the site's address translation. greeting: the name in the server's greeting; may be empty. */
enum route routes_judge(const struct routes *routes, struct span domain,
			const struct ip_address *server, struct span greeting);
/* Is the address one of the domain's exchangers? */
bool routes_is_exchanger(const struct routes *routes, struct span domain,
			 const struct ip_address *address);
/* Is one of the domain's exchangers such an address? */
bool routes_any_exchanger(const struct routes *routes, struct span domain,
			  bool (*is_such)(void *ctx, const struct ip_address *address), void *ctx);
/* When client asked last for the domain's exchangers; false: never seen to. */
bool routes_asked(const struct routes *routes, struct span domain, const struct ip_address *client,
		  int64_t *out_ns);
uint64_t routes_forgotten(const struct routes *routes);

#endif
