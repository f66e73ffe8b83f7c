/*
 * follow - what one segment does to the flow that it belongs to
 *
 * In:      segments of a flow that exists.
 * Out:     the flow, moved on, or gone where that was its end; or word that the segment begins
 *          another connection, with the flow left as it was.
 * Limits:  -
 * Errors:  -
 * Owner:   the engine.
 */
#ifndef RELAYWATCH_REASSEMBLY_FOLLOW_H
#define RELAYWATCH_REASSEMBLY_FOLLOW_H

#include "reassembly/engine.h"

/* A segment without SYN and RST. false: it is none of this connection (payload elsewhere). */
bool follow_segment(struct reassembly *r, struct flow *flow, enum direction d,
		    const struct segment *segment);
void follow_reset(struct reassembly *r, struct flow *flow, enum direction d,
		  const struct segment *segment);
/*
 * SYN or SYN-ACK; noted: what the table of handshakes knows by now. false: the flow is over,
 * another connection begins on the same ports.
 */
bool follow_syn(struct reassembly *r, struct flow *flow, enum direction d,
		const struct segment *segment, const struct handshake *noted);

#endif
