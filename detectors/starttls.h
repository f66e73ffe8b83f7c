/*
 * starttls - an offer of STARTTLS that disappears where it was before
 *
 * In:      sessions, in the order in which they ended.
 * Out:     whether a client missed the offer that it had before; whether that was taken out for it
 *          alone, as somebody on the way does (RFC 3207, 6), or for all, as an operator does.
 * Limits:  NETSET_MAX clients a server port.
 * Errors:  -
 * Owner:   the pair and its server.
 *
 * It accuses nobody. What does not count: HELO, which names no keywords; sessions of which a part is
 * missing; what follows TLS, where the keyword is not repeated (RFC 3207, 4.2); a client that was
 * never offered it, for servers may leave keywords out for some (Postfix,
 * smtpd_discard_ehlo_keyword_address_maps).
 */
#ifndef RELAYWATCH_DETECTORS_STARTTLS_H
#define RELAYWATCH_DETECTORS_STARTTLS_H

#include "core/fact.h"
#include "detectors/state.h"

#define STARTTLS_OFFERED_MIN 3 /* sessions of the server, one of them at least of this client */
#define STARTTLS_MISSING_MIN 3 /* clients that miss it, none having it since: it is off for all */

/* True: the client missed it. */
bool starttls_is_missing(struct pair *pair, const struct fact_session *session);
/*
 * What a mark of RULE_STARTTLS_MISSING means by now: that rule, RULE_STARTTLS_WITHDRAWN, or, where
 * another pair of the server says that, RULE_COUNT.
 */
enum rule starttls_rule(const struct pair *pair, const struct mark *missing);

#endif
