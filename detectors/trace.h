/*
 * trace - the third witness: what a server wrote itself on a message that leaves it
 *
 * In:      a transaction whose client is a host that hands mail on, and the names of that host.
 * Out:     from which stranger the host took the message, how, and for whom.
 * Limits:  FACT_TRACE_MAX Received lines; linear in them.
 * Errors:  TRACE_SILENT where anything is doubtful: a sender can write any line that it likes, so
 *          only lines at the top, by the host itself, in the words of a server that is known to
 *          write how it took a message (RFC 3848) are believed.
 * Owner:   the spans point into the transaction.
 *
 * What a line is for is its address after "for": servers write the recipient that they were given,
 * before aliases and lists have had their say (Postfix, Exim, sendmail, OpenSMTPD do). So a line
 * speaks of relaying only where that address is the one that the message leaves for.
 */
#ifndef RELAYWATCH_DETECTORS_TRACE_H
#define RELAYWATCH_DETECTORS_TRACE_H

#include "core/fact.h"
#include "core/site.h"

enum trace_word {
	TRACE_SILENT,
	TRACE_CLEAR,        /* taken without TLS and without authentication */
	TRACE_ENCRYPTED,    /* by TLS; a client certificate looks the same as none */
	TRACE_AUTHENTICATED /* RFC 3848's A, or a comment that says so */
};

struct trace_origin {
	enum trace_word word;
	enum mail_protocol protocol; /* by which it was taken */
	struct ip_address client;
	struct span recipient; /* as the server was given it; empty: several, or not written */
};

/* Is this one of the host's names? */
typedef bool trace_is_name_fn(const void *ctx, struct span name);

struct trace_origin trace_read(const struct site *site, const struct fact_transaction *transaction,
			       trace_is_name_fn *is_name, const void *ctx);

#endif
