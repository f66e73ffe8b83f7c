/*
 * routes_table - the names that routes remembers, in one share of the budget
 *
 * In:      names of domains and of hosts.
 * Out:     records, found or made; which exchanger serves which domain, from both ends.
 * Limits:  the share; ORPHANS_MAX hosts that no domain names. Orphans go first, then the domains
 *          that were told longest ago.
 * Errors:  NULL when even so there is no room; counted in forgotten.
 * Owner:   struct routes owns every record. Nobody but routes.c includes this.
 */
#ifndef RELAYWATCH_DETECTORS_ROUTES_TABLE_H
#define RELAYWATCH_DETECTORS_ROUTES_TABLE_H

#include "core/hashmap.h"
#include "detectors/routes.h"

#define ORPHANS_MAX 4096

struct route_domain;

/* One exchanger of one domain, on the list of its host. */
struct exchange {
	struct route_host *host;
	struct route_domain *domain;
	struct exchange *next_of_host, *previous_of_host;
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

/* Of which kind all addresses are known. Bits. */
enum resolved { RESOLVED_V4 = 1, RESOLVED_V6 = 2 };

struct route_host {
	struct name name;
	struct ip_address addresses[ROUTE_ADDRESSES_MAX];
	uint8_t address_count;
	uint8_t resolved; /* enum resolved */
	struct exchange *users;
};

struct route_domain {
	struct name name;
	struct exchange exchanges[ROUTE_EXCHANGERS_MAX];
	uint8_t exchange_count;
	bool told;       /* an answer about MX was seen */
	bool nobody;     /* null MX, or no such domain */
	bool incomplete; /* not all exchangers could be kept */
	int64_t told_ns;
	struct asker askers[ROUTE_ASKERS_MAX];
	uint8_t asker_count;
};

struct name_list {
	struct name *oldest, *newest;
	size_t count;
};

struct routes {
	struct hash_key key;
	const struct site *site;
	struct budget *from;  /* whence the share was taken, whole, at the start */
	struct budget budget; /* the share */
	struct hashmap domains;
	struct hashmap hosts;
	struct name_list told;    /* all domains */
	struct name_list orphans; /* hosts that no domain names, or not yet */
	uint64_t forgotten;
};

struct route_domain *routes_find_domain(const struct routes *routes, struct span text);
/* Found or made, and from now on the one that was told last. */
struct route_domain *routes_need_domain(struct routes *routes, struct span text);
struct route_host *routes_find_host(const struct routes *routes, struct span text);
/* Found or made; keep is a domain that must stay meanwhile, or NULL. */
struct route_host *routes_need_host(struct routes *routes, struct span text,
				    const struct route_domain *keep);
bool route_domain_names(const struct route_domain *domain, struct span host_name);
void routes_add_exchange(struct routes *routes, struct route_domain *domain, struct span host_name);
/* Take a domain off its hosts. */
void routes_drop_exchanges(struct routes *routes, struct route_domain *domain);

#endif
