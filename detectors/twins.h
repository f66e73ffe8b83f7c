/*
 * twins - two addresses of one server, as an IPv4 and an IPv6 one
 *
 * In:      names that servers give themselves in their greetings, addresses of names that mail is
 *          sent to, and the site's address translation.
 * Out:     the other address.
 * Limits:  TWINS_NAMES names and as many addresses in fixed tables, where what comes to the same place
 *          overwrites what was there. Of several addresses of one family with one name, the lowest
 *          counts.
 * Errors:  without memory nothing is remembered.
 * Owner:   the detectors.
 *
 * A server may be closed over IPv4 and open over IPv6, where a proxy on that way hides whom it comes
 * from (as in issues 1405 of docker-mailserver and 5242 of mailcow-dockerized). Names that any host
 * may have (localhost, bare ones, those used inside only) make no twins.
 */
#ifndef RELAYWATCH_DETECTORS_TWINS_H
#define RELAYWATCH_DETECTORS_TWINS_H

#include "core/budget.h"
#include "core/fact.h"
#include "core/hash.h"
#include "core/site.h"

#define TWINS_NAMES 4096

struct twins;

MUST_USE enum result twins_new(struct twins **out, const struct hash_key *key,
			       struct budget *budget);
void twins_free(struct twins **twins);
/* A server at this address is called so. */
void twins_called(struct twins *twins, const struct ip_address *address, struct span name);
/* The address of the other family that is called as this one is. */
bool twins_other(const struct twins *twins, const struct ip_address *address,
		 struct ip_address *out);

#endif
