/*
 * report - what a person reads at the end of a run
 *
 * In:      findings, server reports, counters.
 * Out:     one page of text: servers and their posture, offenders with their reasons, advice,
 *          domains to tell, and what was not seen.
 * Limits:  REPORT_GROUPS_MAX incidents and REPORT_SERVERS_MAX servers are kept, the worst ones;
 *          the rest is counted, and said. REPORT_SHOWN_MAX of each are printed.
 * Errors:  a stream that takes no more: said once, close gives RESULT_FAILED. Without counters
 *          nothing was read, and nothing is printed.
 * Owner:   the stream stays the caller's.
 *
 * Findings are gathered into incidents as alerts are: three thousand strangers at one relay are
 * one entry. Wire text in findings is printable already; it is made so again, as nothing else
 * stands between a stranger and the terminal.
 */
#ifndef RELAYWATCH_SINKS_REPORT_H
#define RELAYWATCH_SINKS_REPORT_H

#include "sinks/sink.h"

#include <stdio.h>

#define REPORT_GROUPS_MAX 2048
#define REPORT_SERVERS_MAX 2048
#define REPORT_SHOWN_MAX 20
#define REPORT_REASONS_MAX 3

struct report_options {
	FILE *stream;
	const char *stream_name; /* for messages */
	bool colour;
	struct sink_errors errors;
};

MUST_USE enum result report_new(struct sink *out, const struct report_options *options);

#endif
