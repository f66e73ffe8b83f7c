/*
 * duplicate - packets that a tap hands over twice
 *
 * In:      what stays the same when one packet is mirrored on two ports or VLANs, or before
 *          and after a router: addresses, identification, TCP or UDP with its payload. TTL,
 *          link addresses and tags do not count, nor does the IP header's checksum.
 * Out:     whether this packet came before, at most DUPLICATE_WINDOW_NS ago. A retransmission
 *          comes later or has another identification; where it has not, it holds the same
 *          bytes, and nothing is lost with it.
 * Limits:  a table of fixed size; a slot holds what came last, so that copies are found while
 *          fewer packets come between than about its size.
 * Errors:  -
 * Owner:   the caller owns the table.
 */
#ifndef RELAYWATCH_CAPTURE_DUPLICATE_H
#define RELAYWATCH_CAPTURE_DUPLICATE_H

#include "core/hash.h"

#include <stdbool.h>

#define DUPLICATE_WINDOW_NS INT64_C(100000000)

struct duplicates;
struct ip_view;

MUST_USE enum result duplicates_new(struct duplicates **out, const struct hash_key *key);
void duplicates_free(struct duplicates **duplicates);
/*
 * transport is what is compared besides the IP header, at least eight bytes; wire_bytes how long
 * it was on the wire. The packet is remembered.
 */
bool duplicates_seen(struct duplicates *duplicates, const struct ip_view *ip, struct span transport,
		     size_t wire_bytes, int64_t time_ns);

#endif
