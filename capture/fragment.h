/*
 * fragment - IP fragments become whole datagrams again
 *
 * In:      fragments of IPv4 and IPv6, in any order.
 * Out:     the whole datagram's payload, as current Linux puts it together: a fragment that
 *          lies inside what came before is a copy, and the first one stands; any other overlap
 *          drops the whole datagram (RFC 5722, and for IPv4 likewise).
 * Limits:  FRAGMENT_DATAGRAMS_MAX datagrams, FRAGMENT_PIECES_MAX pieces of each,
 *          FRAGMENT_BYTES_MAX of data, FRAGMENT_WAIT_NS of packet time. When one is reached the
 *          oldest datagram goes first, and is counted in given_up; but where all that was there
 *          of it are copies of fragments that were put together at most FRAGMENT_COPY_NS before
 *          (a tap hands them over twice), these are counted as copies.
 * Errors:  RESULT_MORE: pieces are missing; RESULT_BAD: the datagram was dropped; RESULT_LIMIT:
 *          too many pieces; RESULT_FAILED: no memory.
 * Owner:   the caller owns the table; the datagram is lent until the next fragments_add.
 */
#ifndef RELAYWATCH_CAPTURE_FRAGMENT_H
#define RELAYWATCH_CAPTURE_FRAGMENT_H

#include "core/address.h"
#include "core/hash.h"

#define FRAGMENT_DATAGRAMS_MAX 1024
#define FRAGMENT_PIECES_MAX 256
#define FRAGMENT_BYTES_MAX (4 * 1024 * 1024)
#define FRAGMENT_WAIT_NS (30 * INT64_C(1000000000)) /* Linux: 30 s */
#define FRAGMENT_COPY_NS (100 * INT64_C(1000000))
#define FRAGMENT_COPIES_MAX 1024 /* fragments that are remembered for it */
#define DATAGRAM_MAX_BYTES 65535

struct fragments;

struct fragment {
	struct ip_address source, destination;
	uint32_t identification;
	uint8_t protocol;    /* IPv4; 0 in IPv6, where only the first fragment knows */
	uint8_t next_header; /* what the datagram holds; believed of the first fragment */
	bool more;           /* others follow this one */
	bool checksum_bad;   /* of its IPv4 header */
	uint32_t offset_bytes;
	struct span data;
	int64_t time_ns;
};

struct datagram_whole {
	struct span data;
	uint8_t next_header;
	bool checksum_bad; /* of any of its fragments */
};

MUST_USE enum result fragments_new(struct fragments **out, const struct hash_key *key);
void fragments_free(struct fragments **fragments);
MUST_USE enum result fragments_add(struct fragments *fragments, const struct fragment *fragment,
				   struct datagram_whole *out);
/* No more will come: what waits is given up. */
void fragments_finish(struct fragments *fragments);
uint64_t fragments_given_up(const struct fragments *fragments);
uint64_t fragments_copies(const struct fragments *fragments);
size_t fragments_bytes(const struct fragments *fragments); /* held now */

#endif
