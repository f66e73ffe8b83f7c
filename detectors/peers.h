/*
 * peers - the first few addresses that a host had to do with
 *
 * In:      addresses and ports.
 * Out:     those that came first.
 * Limits:  PEERS_MAX; more are not kept.
 * Errors:  -
 * Owner:   plain struct.
 */
#ifndef RELAYWATCH_DETECTORS_PEERS_H
#define RELAYWATCH_DETECTORS_PEERS_H

#include "core/finding.h"

#define PEERS_MAX 16

struct peers {
	struct subject_peer items[PEERS_MAX];
	size_t count;
};

/* True: it is new, and there was room. */
bool peers_add(struct peers *peers, const struct ip_address *address, uint16_t port);

#endif
