/*
 * classify - what a connection speaks that is no mail, and what a TLS handshake tells (nDPI)
 *
 * In:      the first bytes of both sides, in order, without holes.
 * Out:     the protocol's name; version, server name, JA3 and certificate subject of TLS.
 * Limits:  CLASSIFY_CHUNKS_MAX chunks and CLASSIFY_BYTES_MAX bytes of a connection. nDPI allocates
 *          by itself: the library is charged CLASSIFY_LIBRARY_BYTES, a connection its struct and
 *          as many bytes as are fed at most.
 * Errors:  classify_flow_new: RESULT_LIMIT, RESULT_FAILED; where the library cannot be made, it is
 *          not tried again.
 * Owner:   the caller. The library is made for the first connection; flows are freed before it.
 *
 * nDPI wants packets: headers are made up, with ports that say nothing and addresses that are a
 * number, so that neither what it knows of addresses nor what it saw before plays a part.
 */
#ifndef RELAYWATCH_PROTOCOLS_CLASSIFY_H
#define RELAYWATCH_PROTOCOLS_CLASSIFY_H

#include "core/budget.h"
#include "core/fact.h"

#define CLASSIFY_CHUNKS_MAX 16
#define CLASSIFY_BYTES_MAX 32768
#define CLASSIFY_GATHERED_MAX 4096
#define CLASSIFY_LIBRARY_BYTES ((size_t)7 << 20)

struct classify;
struct classify_flow;

MUST_USE enum result classify_new(struct classify **out, struct budget *budget);
void classify_free(struct classify **classify);
MUST_USE enum result classify_flow_new(struct classify_flow **out, struct classify *classify);
void classify_flow_free(struct classify_flow **flow);
/* RESULT_MORE: feed me again; RESULT_END: what can be told is told. */
MUST_USE enum result classify_feed(struct classify_flow *flow, enum direction direction,
				   struct span bytes);
/*
 * The same, in pieces that do not depend on how the bytes were cut: what a side says until the
 * other one speaks, CLASSIFY_GATHERED_MAX bytes at most. The last piece waits for classify_last.
 */
MUST_USE enum result classify_gather(struct classify_flow *flow, enum direction direction,
				     struct span bytes);
void classify_last(struct classify_flow *flow);
/* NULL: not told. Lent until classify_free. */
const char *classify_name(const struct classify_flow *flow);
/* false: no handshake was seen. Spans are lent until the flow is fed again or freed. */
bool classify_tls(const struct classify_flow *flow, struct fact_tls *out);

#endif
