/*
 * newcomers - a mail server that appears in a network of ours which was watched before
 *
 * In:      facts with an end in `local_net`, and the packet time of the detectors.
 * Out:     true once, when an address and port takes mail for the first time, in a network (IPv4 /24,
 *          IPv6 /48) of which something was seen on NEWCOMER_DAYS_MIN days before.
 * Limits:  NEWCOMER_NETS_MAX networks, the one of which nothing was seen for longest goes first, and
 *          then learns anew; of the servers of each a Bloom filter, so that one may be overlooked
 *          but none is told twice.
 * Errors:  without memory nothing is told.
 * Owner:   the detectors.
 *
 * Days are counted, and not the time since the first: two captures a month apart are two days. In a
 * short capture everything is new, and nothing is told. Where no `local_net` says what is ours, every
 * exchanger of the world would be a newcomer; so then nothing is told either.
 */
#ifndef RELAYWATCH_DETECTORS_NEWCOMERS_H
#define RELAYWATCH_DETECTORS_NEWCOMERS_H

#include "core/address.h"
#include "core/budget.h"
#include "core/hash.h"

#define NEWCOMER_NETS_MAX 1024
#define NEWCOMER_DAYS_MIN 7

struct newcomers;

MUST_USE enum result newcomers_new(struct newcomers **out, const struct hash_key *key,
				   struct budget *budget);
void newcomers_free(struct newcomers **newcomers);
uint64_t newcomers_forgotten(const struct newcomers *newcomers);
/* Something was seen of the network of this inside address; now_ns never goes back. */
void newcomers_watch(struct newcomers *newcomers, const struct ip_address *inside, int64_t now_ns);
/* The inside server takes mail; on how many days its network was watched before. */
bool newcomers_take_mail(struct newcomers *newcomers, const struct ip_address *server,
			 uint16_t port, uint32_t *out_days);

#endif
