/*
 * lifecycle - flows begin, end, and are forgotten
 *
 * In:      first segments; ends; want of memory.
 * Out:     open and close calls, each once a connection.
 * Limits:  flows_max, the budget. What is forgotten first: what closed.h keeps; then flows in the
 *          order of enum flow_worth, in it the flow that was not used for longest. A forgotten
 *          connection is closed with CLOSE_EOF: for those who hear of it the capture ended there.
 * Errors:  lifecycle_open: NULL, counted in forgotten_flows.
 * Owner:   the engine.
 */
#ifndef RELAYWATCH_REASSEMBLY_LIFECYCLE_H
#define RELAYWATCH_REASSEMBLY_LIFECYCLE_H

#include "reassembly/engine.h"

/* Begin a flow at a segment. known: its handshake; NULL: it is joined in the middle. */
struct flow *lifecycle_open(struct reassembly *r, const struct flow_place *place,
			    const struct segment *segment, const struct handshake *known,
			    bool sender_is_client);
/* Tell the end and free the flow; closed.h is to catch its late copies. */
void lifecycle_close(struct reassembly *r, struct flow *flow, enum close_reason reason);
/* The same, and nothing of it is kept. */
void lifecycle_remove(struct reassembly *r, struct flow *flow, enum close_reason reason);
/* Its deadline is over: deliver what is due, or end it. */
void lifecycle_due(struct reassembly *r, struct flow *flow);
/* The flow was used: note its worth and its next deadline. */
void lifecycle_touch(struct reassembly *r, struct flow *flow);
/* Forget others until so many bytes are free; false: there is nobody else to forget. */
bool lifecycle_make_room(struct reassembly *r, const struct flow *except, size_t bytes);
/* The capture ended: close all, in the order in which they began. */
void lifecycle_finish(struct reassembly *r);
/* Free all flows without a word. */
void lifecycle_drop(struct reassembly *r);

#endif
