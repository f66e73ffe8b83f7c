/*
 * site - what the operator says of the network: domains, networks, roles
 *
 * In:      the site options of the command line and the configuration.
 * Out:     membership tests. Nothing said is a valid site.
 * Limits:  SITE_ENTRIES_MAX of each kind.
 * Errors:  RESULT_BAD (cannot be read as what it should be), RESULT_LIMIT, RESULT_FAILED.
 * Owner:   app/ owns the site; stages are lent it and never change it.
 */
#ifndef RELAYWATCH_CORE_SITE_H
#define RELAYWATCH_CORE_SITE_H

#include "core/address.h"
#include "core/span.h"

#define SITE_ENTRIES_MAX 65536

/* Sets of networks. */
enum site_role {
	SITE_LOCAL_NET,   /* a network of ours */
	SITE_TRUSTED,     /* clients that may relay */
	SITE_QMQP_CLIENT, /* clients that may use QMQP (none given: trusted) */
	SITE_MTA_CHAIN,   /* our own gateways and filters: hops, not ends */
	SITE_PROXY,       /* speaks PROXY or XCLIENT to us and is believed */
	SITE_SMARTHOST,   /* takes our outgoing mail */
	SITE_SCANNER,     /* our own scanners */
	SITE_HONEYPOT,    /* ours, meant to be abused */
	SITE_ROLE_COUNT
};

/* Sets of domains, each with its subdomains. */
enum site_domains {
	SITE_LOCAL_DOMAIN, /* ours */
	SITE_RELAY_TO,     /* we are backup exchanger for it */
	SITE_DOMAINS_COUNT
};

/* Which way a connection goes, as the site sees it. */
enum network_direction {
	DIRECTION_UNKNOWN,
	DIRECTION_INBOUND,
	DIRECTION_OUTBOUND,
	DIRECTION_INTERNAL,
	DIRECTION_EXTERNAL
};

struct site;

MUST_USE enum result site_new(struct site **out);
void site_free(struct site **site);
MUST_USE enum result site_add_network(struct site *site, enum site_role role, const char *cidr);
MUST_USE enum result site_add_domain(struct site *site, enum site_domains set, const char *domain);
MUST_USE enum result site_add_nat(struct site *site, const char *public_equals_private);

bool site_has(const struct site *site, enum site_role role); /* anything given for it? */
bool site_contains(const struct site *site, enum site_role role, const struct ip_address *a);
/* Is there an entry for this address alone? */
bool site_names(const struct site *site, enum site_role role, const struct ip_address *a);
bool site_has_domains(const struct site *site, enum site_domains set);
/* domain: lower case, A-labels; equal to an entry or below it, label by label. */
bool site_owns_domain(const struct site *site, enum site_domains set, struct span domain);
/* Equal to the other, or below it, label by label; both folded. */
bool domain_is_or_below(struct span domain, struct span parent);
/* The private address behind a public one, or the address itself. */
struct ip_address site_nat(const struct site *site, struct ip_address a);
/* The public address before a private one, or the address itself. */
struct ip_address site_nat_outside(const struct site *site, struct ip_address a);
enum network_direction site_direction(const struct site *site, const struct ip_address *client,
				      const struct ip_address *server);

#endif
