/*
 * body_digest - one number for a message's body, the same on both sides of a relay
 *
 * In:      the body's bytes, in pieces of any size; lines end in CRLF or LF.
 * Out:     XXH3-128 of the body with LF as line end, without blanks at the end of lines and
 *          without empty lines at its end.
 * Limits:  BODY_BLANKS_MAX blanks at a line's end are held back; of a longer run the first count.
 * Errors:  without memory, or after a gap, there is no digest.
 * Owner:   embedded; body_digest_clear frees. It is empty when all of it is zero; the two buffers
 *          need not be.
 */
#ifndef RELAYWATCH_PROTOCOLS_BODY_DIGEST_H
#define RELAYWATCH_PROTOCOLS_BODY_DIGEST_H

#include "core/span.h"

#define BODY_BLANKS_MAX 256
#define BODY_GATHERED_MAX 128                /* short pieces are hashed together */
#define BODY_DIGEST_LIBRARY_BYTES (576 + 64) /* what XXH3 allocates, with its alignment */

struct XXH3_state_s;

struct body_digest {
	struct XXH3_state_s *state; /* NULL while all of it is in gathered */
	uint64_t bytes;             /* that the digest is about */
	uint64_t newlines;          /* held back: they may be the last */
	size_t blanks_length, gathered_length;
	bool unknown;
	uint8_t gathered[BODY_GATHERED_MAX];
	uint8_t blanks[BODY_BLANKS_MAX]; /* held back: a line end may follow */
};

void body_digest_feed(struct body_digest *digest, struct span bytes);
void body_digest_gap(struct body_digest *digest);
/* false: there is none; the body is empty, or not all of it was seen. May be asked again. */
bool body_digest_get(struct body_digest *digest, uint8_t out[16]);
void body_digest_clear(struct body_digest *digest);
const char *body_digest_library_version(void); /* of xxHash, for --version */

#endif
