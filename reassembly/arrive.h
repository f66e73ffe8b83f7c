/*
 * arrive - take in what one segment tells of a direction
 *
 * In:      parts of segments, acknowledgement numbers, how far a sender has come.
 * Out:     bytes in order and in turn are handed on at once, from the packet's own buffer; the
 *          rest waits as pieces for weave.
 * Limits:  PIECES_MAX and PENDING_MAX_BYTES of one flow; past them what blocks is given up.
 * Errors:  no room: the part is left out, counted in forgotten_segments, and becomes a hole.
 * Owner:   the engine.
 */
#ifndef RELAYWATCH_REASSEMBLY_ARRIVE_H
#define RELAYWATCH_REASSEMBLY_ARRIVE_H

#include "reassembly/engine.h"

/* The direction begins at this sequence number, or at the first one that was acknowledged. */
void arrive_place(struct reassembly *r, struct stream *stream, uint32_t sequence);
/* A part of a segment of direction d, which is placed, has come. */
void arrive_part(struct reassembly *r, struct flow *flow, enum direction d,
		 const struct piece_head *part, const uint8_t *bytes);
/* The receiver of direction d has acknowledged up to here. */
void arrive_acknowledgement(struct reassembly *r, struct flow *flow, enum direction d,
			    uint32_t ack);
/*
 * The sender of direction d has come as far as this number; sure: in a segment that the receiver
 * cannot have missed.
 */
void arrive_reach(struct reassembly *r, struct flow *flow, enum direction d, uint32_t top,
		  bool sure);

#endif
