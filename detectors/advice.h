/*
 * advice - the setting that closes the hole, by protocol and server software
 *
 * In:      what a server speaks, what software its greeting tells, how strangers got in.
 * Out:     sentences for the operator.
 * Limits:  ADVICE_MAX lines.
 * Errors:  -
 * Owner:   constants.
 */
#ifndef RELAYWATCH_DETECTORS_ADVICE_H
#define RELAYWATCH_DETECTORS_ADVICE_H

#include "core/finding.h"

#define ADVICE_MAX 6

struct advice_case {
	enum mail_protocol protocol;
	const char *software; /* NULL: not told */
	bool proxy;           /* it lets clients through to mail servers */
	bool by_balancer;     /* by way of an inside client that strangers look like */
	/* Families (4, 6) of its address, and of another of its own that refuses this; 0: none. */
	uint8_t family, refuses_at;
};

/* Fills lines; gives their number. */
uint32_t advice_for(const struct advice_case *of, const char *lines[ADVICE_MAX]);

#endif
