/*
 * advice - the setting that closes the hole, by protocol and server software
 *
 * In:      what a server speaks, and what software its greeting tells (may be NULL).
 * Out:     sentences for the operator.
 * Limits:  ADVICE_MAX lines.
 * Errors:  -
 * Owner:   constants.
 */
#ifndef RELAYWATCH_DETECTORS_ADVICE_H
#define RELAYWATCH_DETECTORS_ADVICE_H

#include "core/finding.h"

#define ADVICE_MAX 4

/* Fills lines; gives their number. */
uint32_t advice_for(enum mail_protocol protocol, const char *software,
		    const char *lines[ADVICE_MAX]);

#endif
