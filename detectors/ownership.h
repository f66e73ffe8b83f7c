/*
 * ownership - is a domain a server's own, somebody else's, or not known
 *
 * In:      the site, what the name service said, what the server itself was seen to do.
 * Out:     three values and whence; undetermined alone never accuses.
 * Limits:  -
 * Errors:  -
 * Owner:   -
 *
 * In this order, the first that speaks:
 *   own      the operator says so; an MX answer names the server, or, for a proxy, a host of its
 *            network; what is said through a proxy teaches nothing of what follows
 *   foreign  it left the server for the outside on behalf of strangers (only where no MX answer was
 *            seen, the server denies all others and hands it to a few hosts: undetermined, for a
 *            gateway before a tenant in a cloud looks so); a plain recipient was denied as relaying
 *   own      an unknown user of it was refused; the greeting's registrable domain is its; a stable
 *            majority of unrelated clients while others are denied
 *   foreign  the MX answer names others; the operator named our domains, and it is none of them
 */
#ifndef RELAYWATCH_DETECTORS_OWNERSHIP_H
#define RELAYWATCH_DETECTORS_OWNERSHIP_H

#include "detectors/routes.h"
#include "detectors/state.h"

struct ownership_world {
	const struct site *site;
	const struct routes *routes;
};

/* Judge and keep the value in the holding; true: it is another than before. */
bool ownership_update(const struct ownership_world *world, struct holding *holding);
/* Is the domain (folded or not) one of the host's own, as far as is known now? */
bool ownership_is_own(const struct site *site, const struct state *state, struct mailhost *host,
		      struct span domain);
/* Certain enough that no onward leg needs to be looked for. */
bool ownership_is_settled_own(const struct holding *holding);
/* Foreign on grounds that wait for better ones before anybody is woken. */
bool ownership_is_weak(const struct holding *holding);
/* The registrable domain of one of its greetings, or below it. */
bool ownership_by_greeting(const struct mailhost *host, struct span domain);
const char *ownership_source_word(enum ownership_source source);

#endif
