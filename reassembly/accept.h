/*
 * accept - would the receiver take this segment?
 *
 * In:      segments of a flow, without SYN.
 * Out:     no; yes; or doubts: it may have, and what it acknowledges later will tell.
 *          Dropped, as Linux does: without ACK; an MD5 option that nobody asked for, or none
 *          where one is due (RFC 2385); far beyond the window.
 *          Doubtful, as what this capture has seen of the receiver may be behind: beyond the
 *          window; an acknowledgement of what was not seen to be sent; a lower TTL than its
 *          sender's others, which may not reach the receiver at all; a time stamp from the past
 *          (RFC 7323, PAWS), as a tap may have put segments in another order; a far too old
 *          acknowledgement (RFC 5961, 5.2), which Linux does not see on its fast path; a wrong
 *          checksum where those of its sender are right as a rule (but in a capture that was
 *          rewritten some may be right by chance, or left alone).
 * Limits:  BEYOND_WINDOW_MAX_BYTES past the window is still doubtful.
 * Errors:  -
 * Owner:   -
 */
#ifndef RELAYWATCH_REASSEMBLY_ACCEPT_H
#define RELAYWATCH_REASSEMBLY_ACCEPT_H

#include "reassembly/flow.h"

#define BEYOND_WINDOW_MAX_BYTES (1u << 20)

bool accept_segment(const struct flow *flow, enum direction d, const struct segment *segment,
		    uint8_t *doubts);

/* The sequence number behind a segment, its FIN counted. */
uint32_t accept_end(const struct segment *segment);

/* Count the checksum; false: it is wrong, and means something. To be asked once a segment. */
bool accept_sum(struct flow *flow, enum direction d, const struct segment *segment);

/* RFC 5961, 3.2: a RST counts at the exact place; within the window it is challenged. */
enum accept_reset { RESET_IGNORED, RESET_DOUBTFUL, RESET_SURE };
enum accept_reset accept_reset(const struct flow *flow, enum direction d,
			       const struct segment *segment);

/* What an accepted segment says of its sender's clock and of the window that it offers. */
void accept_note(struct flow *flow, enum direction d, const struct segment *segment);

#endif
