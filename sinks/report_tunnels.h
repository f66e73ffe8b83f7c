/*
 * report_tunnels - which tunnels mail came in, summed by their two ends
 *
 * In:      sessions.
 * Out:     one line of the report.
 * Limits:  REPORT_TUNNELS_MAX pairs of ends, those that were met first; sessions of others are
 *          counted together.
 * Errors:  the text's own.
 * Owner:   embedded in the report; all zero at its beginning.
 */
#ifndef RELAYWATCH_SINKS_REPORT_TUNNELS_H
#define RELAYWATCH_SINKS_REPORT_TUNNELS_H

#include "core/fact.h"
#include "core/text.h"

#define REPORT_TUNNELS_MAX 8

struct report_tunnel {
	struct tunnel tunnel; /* the lower address first */
	uint64_t sessions;
};

struct report_tunnels {
	struct report_tunnel list[REPORT_TUNNELS_MAX];
	size_t count;
	uint64_t sessions_of_others;
};

void report_tunnels_add(struct report_tunnels *tunnels, const struct connection *connection);
/* Nothing, where there was none. */
void report_tunnels_page(const struct report_tunnels *tunnels, struct text *out);

#endif
