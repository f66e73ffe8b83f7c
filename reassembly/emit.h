/*
 * emit - make the calls of core/conversation.h for one flow
 *
 * In:      parts in order, holes that are given up.
 * Out:     data, gap and end; what was handed on before is left out, and so is the urgent byte,
 *          which Linux takes out of the stream (RFC 9293, 3.8.5; SO_OOBINLINE is off by default).
 * Limits:  -
 * Errors:  -
 * Owner:   the engine.
 */
#ifndef RELAYWATCH_REASSEMBLY_EMIT_H
#define RELAYWATCH_REASSEMBLY_EMIT_H

#include "reassembly/engine.h"

/* A part that begins at or before next. */
void emit_part(struct reassembly *r, struct flow *flow, enum direction d,
	       const struct piece_head *head, const uint8_t *bytes);
/* All from next up to here is lost; noticed: by which part, NULL: the last packet. */
void emit_gap(struct reassembly *r, struct flow *flow, enum direction d, uint32_t to,
	      const struct piece_head *noticed);

#endif
