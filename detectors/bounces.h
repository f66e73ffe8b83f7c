/*
 * bounces - servers that send bounces to people who did not write
 *
 * In:      each message that a server took, and each bounce that it sends.
 * Out:     whether the test has decided, for as long as it goes on.
 * Limits:  BOUNCERS_MAX servers, the one that was quiet longest goes first; BOUNCE_SENDERS senders
 *          are remembered, and overwritten by whoever comes to the same place.
 * Errors:  without memory an event is not counted.
 * Owner:   the detectors.
 *
 * A sender is taken for forged where the message came from another network than the one that the
 * bounce goes to. That is so for some honest mail, too: hence two things must come together, each a
 * sequential test (cusum.h): the share of the messages taken that go back to such a sender, and the
 * rate at which they do. A small server's out-of-office answers have the share and not the rate.
 */
#ifndef RELAYWATCH_DETECTORS_BOUNCES_H
#define RELAYWATCH_DETECTORS_BOUNCES_H

#include "core/fact.h"
#include "detectors/lru.h"
#include "detectors/peers.h"

#define BOUNCERS_MAX 4096
#define BOUNCE_SENDERS 8192

struct bounces;

MUST_USE enum result bounces_new(struct bounces **out, const struct hash_key *key,
				 struct budget *budget);
void bounces_free(struct bounces **bounces);
uint64_t bounces_forgotten(const struct bounces *bounces);
/* The server took a message. */
void bounces_taken(struct bounces *bounces, const struct ip_address *server,
		   const struct ip_address *client, struct span mail_from);
/* It hands a bounce for recipient to an exchanger; out_exchangers: those of all its bounces. */
bool bounces_sent(struct bounces *bounces, const struct ip_address *server,
		  const struct subject_peer *exchanger, struct span recipient, int64_t time_ns,
		  const struct peers **out_exchangers);

#endif
