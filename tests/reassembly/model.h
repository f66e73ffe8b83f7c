/*
 * model - what a receiver like Linux makes of segments, slowly and simply
 *
 * In:      the parts of segments of one connection, numbered from its first byte; nothing in
 *          them is doubtful and no time passes.
 * Out:     the byte at each place, how far each direction may be handed on by now, its end.
 * Limits:  MODEL_PARTS_MAX parts of MODEL_PART_BYTES in each direction.
 * Errors:  what does not fit ends the program: the caller is at fault.
 * Owner:   plain values.
 */
#ifndef RELAYWATCH_TESTS_REASSEMBLY_MODEL_H
#define RELAYWATCH_TESTS_REASSEMBLY_MODEL_H

#include "core/conversation.h"

#define MODEL_PARTS_MAX 128
#define MODEL_PART_BYTES 256

struct model_part {
	uint32_t from, to; /* a FIN is the last number */
	bool fin;
	uint32_t ack; /* of the other direction */
	uint8_t bytes[MODEL_PART_BYTES];
};

struct model_stream {
	struct model_part parts[MODEL_PARTS_MAX];
	uint32_t count;
	uint32_t received;  /* all before this has come */
	uint32_t delivered; /* all before this is due, the FIN included */
	uint32_t top;       /* of all that was sent */
	bool through;       /* a FIN has come, and all before it */
};

struct model {
	struct model_stream streams[2];
};

/* A segment of this direction has come. */
void model_segment(struct model *model, enum direction direction, uint32_t at, const uint8_t *bytes,
		   uint32_t length, bool fin, uint32_t ack);
/* The byte that the receiver has, or would have if the holes before it were filled. */
bool model_byte(const struct model *model, enum direction direction, uint32_t at, uint8_t *out);

#endif
