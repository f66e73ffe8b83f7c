/*
 * overlap - whose bytes count where segments that wait behind a hole say different things
 *
 * In:      the name of a policy; two segments that share bytes.
 * Out:     whether the newer one's bytes take the place of the older one's. What the receiver
 *          has taken in order stays under every policy: no receiver takes it back.
 *
 *          linux    the newer one wins if it begins first, or begins at the same place and ends
 *                   later; one that lies within the other is gone whole (Linux since 2.4:
 *                   tcp_data_queue_ofo; tests/reassembly/test_receiver.c asks this kernel)
 *          bsd      the newer one wins if it begins first (4.4BSD and its heirs, macOS among
 *                   them: tcp_reass; Wright and Stevens, TCP/IP Illustrated 2, 27.9)
 *          first    the older one always wins (Windows Vista and later)
 *          last     the newer one always wins (no system that is still in use; some printers)
 *          solaris  the newer one wins if it ends later, or at the same place and begins no later
 *                   (Solaris, HP-UX 11)
 *
 *          Which system does what: Shankar and Paxson, Active Mapping (IEEE S&P 2003); Novak and
 *          Sturges, Target-Based TCP Stream Reassembly (Sourcefire 2007).
 * Limits:  one policy for all servers.
 * Errors:  overlap_policy_parse: RESULT_BAD for a name that is not in the table.
 * Owner:   -
 */
#ifndef RELAYWATCH_REASSEMBLY_OVERLAP_H
#define RELAYWATCH_REASSEMBLY_OVERLAP_H

#include "core/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum overlap_policy {
	OVERLAP_LINUX, /* the default */
	OVERLAP_BSD,
	OVERLAP_FIRST,
	OVERLAP_LAST,
	OVERLAP_SOLARIS,
	OVERLAP_POLICY_COUNT
};

const char *overlap_policy_name(enum overlap_policy policy);
MUST_USE enum result overlap_policy_parse(const char *name, enum overlap_policy *out);

/* Where a segment stands: its first number, and the one behind its last. */
struct extent {
	uint32_t from, to;
};
bool overlap_newer_wins(enum overlap_policy policy, const struct extent *newer,
			const struct extent *older);

#endif
