#include "protocols/opening_state.h"

#include <stdlib.h>
#include <string.h>

/* Let go of what was held. */
void opening_free_held(struct opening *opening, struct opening_held *held)
{
	if (held == NULL)
		return;
	budget_give(opening->budget, sizeof(*held));
	free(held);
}

/* Free what is held. */
void opening_clear(struct opening *opening)
{
	opening_free_held(opening, opening->held);
	opening->held = NULL;
	if (opening->via == NULL)
		return;
	budget_give(opening->budget, sizeof(*opening->via));
	free(opening->via);
	opening->via = NULL;
}

static struct opening_held *get_held(struct opening *opening)
{
	if (opening->held != NULL)
		return opening->held;
	if (budget_take(opening->budget, sizeof(*opening->held)) != RESULT_OK)
		return NULL;
	opening->held = malloc(sizeof(*opening->held));
	if (opening->held == NULL) {
		budget_give(opening->budget, sizeof(*opening->held));
		return NULL;
	}
	opening->held->piece_count = 0;
	opening->held->used_bytes = 0;
	return opening->held;
}

/* Does this hole go on where the last piece ends? */
struct piece *opening_gap_before(const struct opening *opening, const struct gap *gap)
{
	struct opening_held *held = opening->held;
	struct piece *last;

	if (held == NULL || held->piece_count == 0)
		return NULL;
	last = &held->pieces[held->piece_count - 1];
	if (last->kind != PIECE_GAP || last->direction != gap->direction ||
	    last->gap_kind != gap->kind)
		return NULL;
	return last;
}

/* Is there a place for more bytes of this side? */
bool opening_may_hold(const struct opening *opening, enum direction direction)
{
	const struct opening_held *held = opening->held;
	const struct piece *last;

	if (opening->sides[direction].lost > 0)
		return false;
	if (held == NULL || held->piece_count < OPENING_PIECES_MAX)
		return held == NULL || held->used_bytes < sizeof(held->bytes);
	last = &held->pieces[OPENING_PIECES_MAX - 1];
	return held->used_bytes < sizeof(held->bytes) && last->kind == PIECE_DATA &&
	       last->direction == direction;
}

/* Note one more piece; NULL when there is no room. */
struct piece *opening_add_piece(struct opening *opening, enum piece_kind kind,
				enum direction direction, int64_t time_ns)
{
	struct opening_held *held = get_held(opening);
	struct piece *piece;

	if (held == NULL || held->piece_count == OPENING_PIECES_MAX)
		return NULL;
	piece = &held->pieces[held->piece_count++];
	*piece = (struct piece){ .kind = kind, .direction = direction, .time_ns = time_ns };
	return piece;
}

static bool is_of_chunk(const struct piece *piece, const struct chunk *chunk)
{
	return piece->kind == PIECE_DATA && piece->direction == chunk->direction &&
	       piece->time_ns == chunk->time_ns && piece->at.file == chunk->at.file &&
	       piece->at.frame == chunk->at.frame;
}

/*
 * The piece that more bytes of a side go to: the last one if it is of the same packet, else a new
 * one, or the last one where pieces run out.
 */
static struct piece *data_piece(struct opening *opening, const struct chunk *chunk)
{
	struct opening_held *held = get_held(opening);
	struct piece *last;

	if (held == NULL || held->used_bytes == sizeof(held->bytes))
		return NULL;
	if (held->piece_count > 0 && is_of_chunk(&held->pieces[held->piece_count - 1], chunk))
		return &held->pieces[held->piece_count - 1];
	if (held->piece_count < OPENING_PIECES_MAX) {
		last = opening_add_piece(opening, PIECE_DATA, chunk->direction, chunk->time_ns);
		last->at = chunk->at;
		last->start = held->used_bytes;
		return last;
	}
	last = &held->pieces[OPENING_PIECES_MAX - 1];
	if (last->kind != PIECE_DATA || last->direction != chunk->direction)
		return NULL;
	return last;
}

/* Keep a copy of as many bytes as there is room for, and count the rest. */
void opening_hold(struct opening *opening, const struct chunk *chunk, struct span bytes)
{
	struct opening_side *side = &opening->sides[chunk->direction];
	struct piece *piece = NULL;
	size_t n = 0;

	if (bytes.length == 0)
		return;
	/* What follows a hole is not held: it would close up to what was before. */
	if (side->lost == 0)
		piece = data_piece(opening, chunk);
	if (piece != NULL) {
		struct opening_held *held = opening->held;

		n = sizeof(held->bytes) - held->used_bytes;
		n = bytes.length < n ? bytes.length : n;
		memcpy(held->bytes + held->used_bytes, bytes.data, n);
		piece->length_bytes += n;
		held->used_bytes += n;
		side->held += n;
	}
	side->lost += bytes.length - n;
}

/* While a side is searched, what did not lead to anything is not kept. */
void opening_drop(struct opening *opening, enum direction direction)
{
	struct opening_held *held = opening->held;
	size_t kept = 0;

	opening->sides[direction].lost = 0;
	if (opening->sides[direction].held == 0)
		return;
	opening->sides[direction].held = 0;
	held->used_bytes = 0;
	for (size_t i = 0; i < held->piece_count; i++) {
		struct piece piece = held->pieces[i];

		if (piece.kind == PIECE_DATA && piece.direction == direction)
			continue;
		memmove(held->bytes + held->used_bytes, held->bytes + piece.start,
			piece.kind == PIECE_DATA ? (size_t)piece.length_bytes : 0);
		piece.start = held->used_bytes;
		held->used_bytes += piece.kind == PIECE_DATA ? (size_t)piece.length_bytes : 0;
		held->pieces[kept++] = piece;
	}
	held->piece_count = kept;
}

/* Bytes past what could be held are told as missing. */
static void replay_lost(const struct opening *opening, const struct opening_replay *to,
			const struct piece *last)
{
	for (size_t i = 0; i < ARRAY_COUNT(opening->sides); i++) {
		struct gap gap = { .direction = i == 0 ? FROM_CLIENT : FROM_SERVER,
				   .kind = GAP_LOST,
				   .length_bytes = opening->sides[i].lost };

		if (last != NULL) {
			gap.time_ns = last->time_ns;
			gap.at = last->at;
		}
		if (gap.length_bytes > 0)
			to->gap(to->ctx, &gap);
	}
}

static void replay_piece(const struct opening_held *held, const struct piece *piece,
			 const struct opening_replay *to)
{
	struct chunk chunk = { .direction = piece->direction,
			       .time_ns = piece->time_ns,
			       .at = piece->at };
	struct gap gap = { .direction = piece->direction,
			   .kind = piece->gap_kind,
			   .length_bytes = piece->length_bytes,
			   .time_ns = piece->time_ns,
			   .at = piece->at };

	switch (piece->kind) {
	case PIECE_DATA:
		chunk.bytes = span_of(held->bytes + piece->start, (size_t)piece->length_bytes);
		to->data(to->ctx, &chunk);
		return;
	case PIECE_GAP:
		to->gap(to->ctx, &gap);
		return;
	case PIECE_END:
		to->end(to->ctx, piece->direction, piece->time_ns);
		return;
	}
}

/* Hand on what was held, in its order. */
void opening_replay_to(const struct opening *opening, const struct opening_replay *to)
{
	const struct opening_held *held = opening->held;
	const struct piece *last = NULL;

	for (size_t i = 0; held != NULL && i < held->piece_count; i++) {
		last = &held->pieces[i];
		replay_piece(held, last, to);
	}
	replay_lost(opening, to, last);
}
