/*
 * standing - what a client is to a server: a stranger, or one of those who may send
 *
 * In:      the site, the two addresses, the outcome of AUTH.
 * Out:     enum standing. A stranger is a client that is not in `trusted`, not authenticated,
 *          and, where `local_net` is given, not in it; without it a neighbour counts as local,
 *          and a private address where the server has one too.
 * Limits:  -
 * Errors:  -
 * Owner:   -
 */
#ifndef RELAYWATCH_DETECTORS_STANDING_H
#define RELAYWATCH_DETECTORS_STANDING_H

#include "core/fact.h"
#include "core/site.h"
#include "detectors/state.h"

enum standing standing_of(const struct site *site, enum mail_protocol protocol,
			  const struct ip_address *client, const struct ip_address *server,
			  enum auth_result auth);
/* Inside: in `local_net` where that is given, else a neighbour of the other, or both private. */
bool standing_is_inside(const struct site *site, const struct ip_address *a,
			const struct ip_address *neighbour);
/* Is the server one that we judge: ours, or, where nothing tells, anybody's? */
bool standing_is_judged(const struct site *site, const struct ip_address *server);

/* Of the client that counts, by all that was seen of the session so far. */
enum standing standing_in_session(const struct site *site, const struct fact_origin *origin);

#endif
