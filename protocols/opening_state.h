/*
 * opening_state - what the files of the opening share; included by opening*.c alone
 *
 * In:      -
 * Out:     opening.c      the looks, and what both sides tell together
 *          opening_hold.c what is held until it is told
 *          opening_via.c  a handshake with a proxy, in front of all
 * Limits:  OPENING_HELD_MAX bytes in OPENING_PIECES_MAX pieces.
 * Errors:  -
 * Owner:   opening.c.
 */
#ifndef RELAYWATCH_PROTOCOLS_OPENING_STATE_H
#define RELAYWATCH_PROTOCOLS_OPENING_STATE_H

#include "protocols/opening.h"

enum piece_kind { PIECE_DATA, PIECE_GAP, PIECE_END };

struct piece {
	enum piece_kind kind;
	enum direction direction;
	enum gap_kind gap_kind;
	uint64_t length_bytes;
	size_t start; /* in bytes, of data */
	int64_t time_ns;
	struct frame_id at;
};

struct opening_held {
	struct piece pieces[OPENING_PIECES_MAX];
	size_t piece_count, used_bytes;
	uint8_t bytes[OPENING_HELD_MAX];
};

/* opening.c: what the port lets expect. */
void opening_set_port(struct opening *opening, uint16_t number);

/* opening_hold.c */
void opening_free_held(struct opening *opening, struct opening_held *held);
/* Note one more piece; NULL when there is no room. */
struct piece *opening_add_piece(struct opening *opening, enum piece_kind kind,
				enum direction direction, int64_t time_ns);
/* Keep a copy of as many bytes as there is room for, and count the rest. */
void opening_hold(struct opening *opening, const struct chunk *chunk, struct span bytes);
/* The last piece, where it is a hole that this one goes on; else NULL. */
struct piece *opening_gap_before(const struct opening *opening, const struct gap *gap);
/* Is there a place for more bytes of this side? */
bool opening_may_hold(const struct opening *opening, enum direction direction);
/* Forget what is held of a side. */
void opening_drop(struct opening *opening, enum direction direction);

/* opening_via.c */
bool opening_in_via(const struct opening *opening); /* a handshake goes on */
bool opening_may_begin_via(const struct opening *opening, const struct chunk *chunk);
void opening_begin_via(struct opening *opening, uint8_t first);
enum opening_verdict opening_via_data(struct opening *opening, const struct chunk *chunk);
void opening_via_gap(struct opening *opening);

#endif
