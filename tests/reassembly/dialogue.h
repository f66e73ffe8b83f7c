/*
 * dialogue - a random conversation over a network that cuts, loses, repeats and reorders
 *
 * In:      a seed and what may happen.
 * Out:     the packets in the order in which a tap sees them, and what was said in truth. Each
 *          turn begins when its sender has the whole turn before it, so there is one order of
 *          cause and effect.
 * Limits:  DIALOGUE_TURNS_MAX turns of TURN_MAX_BYTES; the tap reorders by JITTER_MAX_MS.
 * Errors:  a failed assertion of Criterion.
 * Owner:   dialogue_new / dialogue_free.
 */
#ifndef RELAYWATCH_TESTS_REASSEMBLY_DIALOGUE_H
#define RELAYWATCH_TESTS_REASSEMBLY_DIALOGUE_H

#include "core/conversation.h"
#include "reassembly/script.h"

#define DIALOGUE_TURNS_MAX 24
#define TURN_MAX_BYTES 6000
#define JITTER_MAX_MS 150

struct dialogue_options {
	uint32_t loss_percent; /* of packets that arrived and that the tap did not see */
	bool hide_server;      /* the tap sees the client's packets alone */
	bool lose_handshake;   /* the loss may take the handshake as well */
};

/* A packet, as the tap saw it. */
struct shown {
	int64_t at_ms;
	uint32_t number; /* in the order of sending */
	struct step step;
	struct span payload;
};

struct turn {
	enum direction direction;
	uint32_t from, to; /* bytes of its direction */
	uint32_t needs;    /* bytes of the other direction that were there before */
};

struct dialogue {
	uint64_t random;
	struct dialogue_options options;
	uint8_t *said[2]; /* by enum direction */
	uint32_t length[2];
	struct turn turns[DIALOGUE_TURNS_MAX];
	uint32_t turn_count;
	struct shown *shown;
	uint32_t shown_count, shown_capacity;
	uint32_t sent_count, lost_data_count;
	int64_t now_ms;
	uint32_t isn[2];
	bool has_timestamps;
};

struct dialogue *dialogue_new(uint64_t seed, const struct dialogue_options *options);
void dialogue_free(struct dialogue **dialogue);
/* Hand the packets to the reassembly, as the script's frames 1 and up. */
void dialogue_play(const struct dialogue *dialogue, struct script *script);
/* What a script's log must be where nothing was lost; the caller frees it. */
void dialogue_truth(const struct dialogue *dialogue, struct text *out);

#endif
