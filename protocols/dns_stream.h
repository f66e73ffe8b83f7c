/*
 * dns_stream - messages of the name service over TCP
 *
 * In:      both directions of a connection to port 53, in order.
 * Out:     its messages to dns.h, each without its two bytes of length (RFC 1035, 4.2.2).
 * Limits:  DNS_MESSAGE_MAX_BYTES are kept of a message that comes in parts, of each direction one;
 *          a longer message is passed over. A first payload of DNS_STREAM_FIRST_MAX_BYTES or more
 *          is taken for something else.
 * Errors:  dns_stream_new: RESULT_LIMIT, RESULT_FAILED. Without memory for a message, it is passed
 *          over and counted in forgotten.
 * Owner:   the caller; the connection, the budget and the counters are lent until dns_stream_free.
 *
 * A hole inside a message is stepped over exactly; one that hides a length is the end, as nothing
 * tells where the next message begins.
 */
#ifndef RELAYWATCH_PROTOCOLS_DNS_STREAM_H
#define RELAYWATCH_PROTOCOLS_DNS_STREAM_H

#include "core/conversation.h"
#include "protocols/dns.h"

#define DNS_STREAM_FIRST_MAX_BYTES 8192

struct dns_stream;

/* For conversation_ops: a first payload with port 53 at one end, and whose it is. */
enum first_look dns_stream_look(const struct segment *segment);
/* Of a connection to port 53: does it begin with these bytes? One of them is enough. */
bool dns_stream_begins(struct span head, enum direction direction);

MUST_USE enum result dns_stream_new(struct dns_stream **out, const struct connection *connection,
				    struct budget *budget, struct protocols_stats *stats);
void dns_stream_free(struct dns_stream **stream);
/* false: no more of this connection can be read. */
bool dns_stream_data(struct dns_stream *stream, struct dns *dns, const struct chunk *chunk);
bool dns_stream_gap(struct dns_stream *stream, const struct gap *gap);

#endif
