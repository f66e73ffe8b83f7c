/*
 * dns - answers of the name service that tell where mail goes
 *
 * In:      messages of port 53, by UDP or TCP.
 * Out:     a dns fact for each answer that matches a question seen before it (addresses, ports, id,
 *          name, type and transport): about MX, and about the addresses of names that an MX answer gave, or
 *          that have no MX and are their own exchanger (RFC 5321, 5.1).
 * Limits:  DNS_QUERIES_MAX questions that wait for an answer, DNS_QUERY_TIMEOUT_NS each;
 *          DNS_MAIL_NAMES_MAX names; the oldest go first (recent.h). All memory is taken by
 *          dns_new.
 * Errors:  dns_new: RESULT_LIMIT, RESULT_FAILED. What is malformed or matches nothing is counted.
 * Owner:   the caller; the budget, the sink and the counters are lent until dns_free.
 *
 * An answer that is cut, or that says only that it was (TC), tells nothing: half a list of exchanges
 * would name others.
 */
#ifndef RELAYWATCH_PROTOCOLS_DNS_H
#define RELAYWATCH_PROTOCOLS_DNS_H

#include "core/budget.h"
#include "core/fact.h"
#include "core/hash.h"
#include "core/time_text.h"
#include "protocols/protocols.h"

#define DNS_PORT 53
#define DNS_QUERIES_MAX 8192
#define DNS_QUERY_TIMEOUT_NS (30 * NS_PER_SECOND)
#define DNS_MAIL_NAMES_MAX 32768

enum dns_transport { DNS_OVER_UDP, DNS_OVER_TCP };

struct dns;

struct dns_env {
	struct hash_key key; /* of the tables */
	struct budget *budget;
	const struct fact_sink *facts;
	struct protocols_stats *stats;
};

MUST_USE enum result dns_new(struct dns **out, const struct dns_env *env);
void dns_free(struct dns **dns);
/* One message as a datagram; over TCP it stands without its two bytes of length. */
void dns_take(struct dns *dns, enum dns_transport transport, const struct datagram *message);

#endif
