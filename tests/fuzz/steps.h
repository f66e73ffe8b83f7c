/*
 * steps - a conversation as bytes of a fuzzer
 *
 * In:      a byte of circumstances (enum circumstance), then steps: a byte that says who and what
 *          (enum step_kind in bits 0 to 2, the direction in bit 3; for a hole, bits 4 to 6 say by
 *          how many half-bytes its length is to be moved up), a byte of length, and as many bytes.
 * Out:     one line a fact. Aborts when memory is still charged after the end.
 * Owner:   the caller's text.
 */
#ifndef RELAYWATCH_TESTS_FUZZ_STEPS_H
#define RELAYWATCH_TESTS_FUZZ_STEPS_H

#include "core/text.h"
#include "protocols/decoder.h"

enum circumstance {
	CIRCUMSTANCE_MIDSTREAM = 1,
	CIRCUMSTANCE_SERVER_UNSEEN = 2,
	CIRCUMSTANCE_CLIENT_UNSEEN = 4,
	CIRCUMSTANCE_EOF = 8,
	CIRCUMSTANCE_LITTLE_MEMORY = 16,
	CIRCUMSTANCE_ONE_GAP_KIND = 32 /* holes are what the snap length cut */
};

enum step_kind { STEP_SAYS = 0, STEP_LOST = 1, STEP_ENDS = 2 /* others say too */ };

enum steps_cut { STEPS_WHOLE, STEPS_BYTES, STEPS_TWO /* where the input's own bytes say */ };

/* A decoder by itself. */
void steps_decoder(const struct decoder_ops *decoder, uint16_t port, struct span input,
		   enum steps_cut cut, struct text *out);
/* Cut in all ways: the facts must be the same, where memory is not short. */
void steps_check_decoder(const struct decoder_ops *decoder, uint16_t port, struct span input);
/* All of protocols/, the look at first bytes before the decoder; likewise. */
void steps_check_conversation(uint16_t port, struct span input);

#endif
