/*
 * software - what a server runs, as far as its own words tell
 *
 * In:      the text of a greeting, a line of EHLO's answer, or a reply.
 * Out:     a name and how it was told, or none. Names are constants.
 * Limits:  only words that no other software is known to say count. "ESMTP" alone behind the host's
 *          name is qmail's habit and many others' too.
 * Errors:  -
 * Owner:   -
 *
 * A greeting says what its operator wants it to say; nothing but advice rests on this.
 */
#ifndef RELAYWATCH_PROTOCOLS_SOFTWARE_H
#define RELAYWATCH_PROTOCOLS_SOFTWARE_H

#include "core/fact.h"

/* text: without the code; the host's name stands first (RFC 5321, 4.2). */
struct software software_of_greeting(struct span text);
/* line: one line of the answer to EHLO, without the code and not the first one. */
struct software software_of_keyword(struct span line);
struct software software_of_reply(const struct fact_reply *reply);

#endif
