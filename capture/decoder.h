/*
 * decoder - packets in, segments and datagrams out
 *
 * In:      packets of any source.
 * Out:     packet_sink, see capture.h; counts of all that was passed by.
 * Limits:  see walk.h and fragment.h; a packet that is no fragment allocates nothing.
 * Errors:  none: hostile packets are counted.
 * Owner:   the caller owns the decoder.
 */
#ifndef RELAYWATCH_CAPTURE_DECODER_H
#define RELAYWATCH_CAPTURE_DECODER_H

#include "capture/capture.h"
#include "capture/source.h"
#include "capture/walk.h"
#include "core/hash.h"

struct duplicates;
struct fragments;

struct decode_counts {
	uint64_t packets, bytes;
	uint64_t segments, datagrams;
	uint64_t not_ip, truncated, malformed, duplicates;
	uint64_t opaque[OPAQUE_COUNT];
	uint64_t unknown[UNKNOWN_COUNT];
	int64_t first_ns, last_ns;
};

struct decoder {
	const struct packet_sink *sink; /* of the present call */
	struct duplicates *duplicates;
	struct fragments *fragments;
	struct decode_counts counts;
};

MUST_USE enum result decoder_init(struct decoder *decoder, const struct hash_key *key);
void decoder_clear(struct decoder *decoder);
/* The packet's link must have a layer; the filter was asked already. */
void decoder_packet(struct decoder *decoder, const struct packet *packet, uint32_t file,
		    const struct packet_sink *sink);
/* No more packets will come. */
void decoder_finish(struct decoder *decoder);
/* Packets, and fragments of packets, that came before. */
uint64_t decoder_duplicates(const struct decoder *decoder);
/*
 * For a walk that stands at a TCP or UDP header: did this packet come before? It is counted
 * then, and true means that it is not to be handed on.
 */
bool decoder_duplicate(struct walk *walk, size_t header_bytes);
/* The named counts, those that are not zero. */
void decoder_reasons(const struct decoder *decoder, struct capture_count *opaque,
		     struct capture_count *unknown);

#endif
