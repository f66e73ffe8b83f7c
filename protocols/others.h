/*
 * others - what comes to mail ports and is no mail
 *
 * In:      what was held of a connection that turned out not to be mail.
 * Out:     counts by the protocol's name (classify.h).
 * Limits:  PROTOCOLS_OTHERS_MAX names; OTHERS_A_SECOND connections are looked at in a second of
 *          packet time, so that a flood costs little. The rest counts as "other".
 * Errors:  without memory a connection counts as "other".
 * Owner:   embedded in the protocols; names are the classifier's.
 */
#ifndef RELAYWATCH_PROTOCOLS_OTHERS_H
#define RELAYWATCH_PROTOCOLS_OTHERS_H

#include "protocols/classify.h"
#include "protocols/opening.h"
#include "protocols/protocols.h"

#define OTHERS_A_SECOND 100

struct others {
	int64_t second;
	uint32_t looked_at; /* in this second */
};

void others_count(struct others *others, struct classify *classify, const struct opening *opening,
		  struct stats_named counts[PROTOCOLS_OTHERS_MAX]);

#endif
