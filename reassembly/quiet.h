/*
 * quiet - connections that carried nothing: what became of their handshakes
 *
 * In:      handshakes that were pushed out, the time, FIN and RST of no flow.
 * Out:     contacts: unanswered, refused, reset, silent; to mail ports only.
 * Limits:  a SYN is told unanswered after a minute, a handshake silent after ten.
 * Errors:  -
 * Owner:   the engine.
 */
#ifndef RELAYWATCH_REASSEMBLY_QUIET_H
#define RELAYWATCH_REASSEMBLY_QUIET_H

#include "reassembly/engine.h"

/* This handshake is over, and nothing followed it. */
void quiet_tell(struct reassembly *r, struct handshake *h);
/* Tell all that are older than the limits; all: whatever their age. */
void quiet_sweep(struct reassembly *r, bool all);
/* FIN or RST without a flow: a connection that carried nothing is over, or so it seems. */
void quiet_end(struct reassembly *r, const struct flow_place *place, const struct segment *s);

#endif
