/*
 * weave - hand on both directions of a flow in the order of cause and effect
 *
 * In:      the pieces of a flow.
 * Out:     data, gap and end calls. A part is handed on when the other direction has been handed
 *          on up to its acknowledgement number, or after reorder_wait_ns. A hole is told as a
 *          gap when the receiver has acknowledged it and reorder_wait_ns went by.
 * Limits:  time: reorder_wait_ns; where no acknowledgements are captured, LONELY_HOLE_NS.
 * Errors:  -
 * Owner:   the engine.
 */
#ifndef RELAYWATCH_REASSEMBLY_WEAVE_H
#define RELAYWATCH_REASSEMBLY_WEAVE_H

#include "reassembly/engine.h"

/* Hand on all that is due now. */
void weave_run(struct reassembly *r, struct flow *flow);
/* When weave_run is to be called again, by our clock; INT64_MAX: nothing waits for time. */
int64_t weave_due(const struct reassembly *r, const struct flow *flow);
/* Give up one thing that blocks; there must be a piece in one of the directions. */
void weave_force(struct reassembly *r, struct flow *flow, bool tell_unacked);
/*
 * Nothing more will come: hand on what waits. Behind a hole that the receiver never acknowledged
 * bytes are told only with tell_unacked: the receiver made nothing of them, as far as is known.
 */
void weave_flush(struct reassembly *r, struct flow *flow, bool tell_unacked);

/* Has the other direction been handed on as far as the sender of this part had it? */
bool weave_ready(const struct flow *flow, enum direction d, const struct piece_head *head);
/* Where the other end is not in the capture: its acknowledged bytes, by number. */
void weave_tell_unseen(struct reassembly *r, struct flow *flow, enum direction d,
		       const struct piece_head *head);
/* From this piece on, what has come without a hole counts as received. */
void weave_advance(struct stream *stream, const struct piece *piece);

#endif
