/*
 * received - the parts of one Received line, RFC 5321, 4.4
 *
 * In:      the unfolded value of a Received field, as any server writes it.
 * Out:     who gave the message (name and address), who took it, how, for whom.
 * Limits:  linear in the line; comments nest to any depth.
 * Errors:  none: a part that is not there, or in words that are not known, stays empty.
 * Owner:   the spans point into the line.
 *
 * The name is what the client called itself: after "from" (Postfix, sendmail), after "HELO" in
 * the comment (qmail), after "helo=" in it (Exim). An address counts only where a server writes
 * the client's: in brackets, or alone in a comment, between "from" and "by".
 */
#ifndef RELAYWATCH_PROTOCOLS_RECEIVED_H
#define RELAYWATCH_PROTOCOLS_RECEIVED_H

#include "core/fact.h"

void received_parse(struct span line, struct fact_trace *out);

#endif
