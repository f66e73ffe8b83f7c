#include "protocols/opening_state.h"

#include <stdlib.h>

/* A handshake goes on. */
bool opening_in_via(const struct opening *opening)
{
	return opening->via != NULL && !opening->via_over;
}

/* These are the connection's first bytes, and may be a proxy's client's. */
bool opening_may_begin_via(const struct opening *opening, const struct chunk *chunk)
{
	return !opening->via_over && opening->via == NULL && chunk->direction == FROM_CLIENT &&
	       opening->sides[FROM_CLIENT].bytes == 0 && opening->sides[FROM_SERVER].bytes == 0 &&
	       chunk->bytes.length > 0 && via_begins(chunk->bytes.data[0]);
}

/* Without memory none is looked for. */
void opening_begin_via(struct opening *opening, uint8_t first)
{
	if (budget_take(opening->budget, sizeof(*opening->via)) != RESULT_OK)
		return;
	opening->via = malloc(sizeof(*opening->via));
	if (opening->via == NULL) {
		budget_give(opening->budget, sizeof(*opening->via));
		return;
	}
	via_init(opening->via, first);
}

/* A piece of what was held, less what is left of the handshake; false: nothing of it is left. */
static bool cut_piece(const struct opening_held *held, const struct piece *piece, size_t skip[2],
		      struct chunk *out)
{
	size_t length = (size_t)piece->length_bytes;
	size_t n = length < skip[piece->direction] ? length : skip[piece->direction];

	skip[piece->direction] -= n;
	*out = (struct chunk){ .direction = piece->direction,
			       .time_ns = piece->time_ns,
			       .at = piece->at,
			       .bytes = span_of(held->bytes + piece->start + n, length - n) };
	return n < length;
}

/* Look at it once more; once it is told what it is, the rest is held as it is. */
static enum opening_verdict look_again(struct opening *opening, const struct opening_held *held,
				       const struct piece *piece, size_t skip[2], bool told)
{
	struct chunk chunk;
	const struct gap gap = { .direction = piece->direction,
				 .kind = piece->gap_kind,
				 .length_bytes = piece->length_bytes,
				 .time_ns = piece->time_ns,
				 .at = piece->at };

	switch (piece->kind) {
	case PIECE_DATA:
		if (!cut_piece(held, piece, skip, &chunk))
			break;
		if (!told)
			return opening_data(opening, &chunk);
		opening_hold(opening, &chunk, chunk.bytes);
		break;
	case PIECE_GAP:
		return opening_gap(opening, &gap);
	case PIECE_END:
		opening_end(opening, piece->direction, piece->time_ns);
		break;
	}
	return OPENING_UNDECIDED;
}

/* The handshake is over, or was none: what was held is looked at, with it or without it. */
static enum opening_verdict begin_again(struct opening *opening, bool with_handshake)
{
	struct opening_held *held = opening->held;
	const struct via *via = opening->via;
	bool midstream = (opening->connection->flags & CONNECTION_MIDSTREAM) != 0;
	size_t skip[2] = { with_handshake ? 0 : via->held[0], with_handshake ? 0 : via->held[1] };
	enum opening_verdict verdict = OPENING_UNDECIDED;
	uint64_t lost[2];

	for (size_t i = 0; i < ARRAY_COUNT(lost); i++) {
		lost[i] = opening->sides[i].lost + (with_handshake ? via->cut[i] : 0);
		opening->sides[i] = (struct opening_side){ .searching = midstream &&
									with_handshake };
	}
	opening->via_over = true;
	opening->held = NULL;
	for (size_t i = 0; held != NULL && i < held->piece_count; i++) {
		enum opening_verdict told = look_again(opening, held, &held->pieces[i], skip,
						       verdict != OPENING_UNDECIDED);

		verdict = verdict == OPENING_UNDECIDED ? told : verdict;
	}
	for (size_t i = 0; i < ARRAY_COUNT(lost); i++)
		opening->sides[i].lost += lost[i];
	opening_free_held(opening, held);
	return verdict;
}

/*
 * SOCKS 5 from its request on: before it the proxy chose a method in two bytes, and answered a login
 * in two more (RFC 1928, 3; RFC 1929, 2). Where that is not known the client may have logged in.
 */
static enum via_login login_before(const struct connection *connection)
{
	switch (connection->passed_over[FROM_SERVER]) {
	case 2:
		return VIA_LOGIN_NONE;
	case 4:
		return VIA_LOGIN_TAKEN;
	default:
		return VIA_LOGIN_OFFERED;
	}
}

static enum opening_verdict go_through(struct opening *opening)
{
	opening->through = true;
	if (opening->via->alone)
		opening->via->login = login_before(opening->connection);
	opening_set_port(opening, opening->via->port);
	return begin_again(opening, false);
}

/* Once it is sure that a proxy answers, its words and those to it are not needed any more. */
static void hold_handshake(struct opening *opening, const struct chunk *chunk, size_t length)
{
	struct via *via = opening->via;
	struct opening_side *side = &opening->sides[chunk->direction];
	size_t before = side->held;
	size_t room = via->sure ? 0 : OPENING_VIA_HELD_MAX - via->held[chunk->direction];

	opening_hold(opening, chunk, span_part(chunk->bytes, 0, length < room ? length : room));
	via->held[chunk->direction] += side->held - before;
	via->cut[chunk->direction] += length < room ? 0 : length - room;
}

/* More bytes while a handshake goes on. */
enum opening_verdict opening_via_data(struct opening *opening, const struct chunk *chunk)
{
	struct opening_side *side = &opening->sides[chunk->direction];
	enum via_verdict verdict;
	size_t used = via_take(opening->via, chunk->direction, chunk->bytes, &verdict);

	side->bytes += chunk->bytes.length;
	hold_handshake(opening, chunk, used);
	opening_hold(opening, chunk, span_part(chunk->bytes, used, SIZE_MAX));
	/* The client goes on, and of the proxy nothing is in the capture. */
	if (verdict == VIA_MORE && used < chunk->bytes.length &&
	    !opening->connection->seen[FROM_SERVER])
		verdict = VIA_THROUGH;
	switch (verdict) {
	case VIA_MORE:
		break;
	case VIA_THROUGH:
		return go_through(opening);
	case VIA_NONE:
		return opening->via->sure ? OPENING_NOT_MAIL : begin_again(opening, true);
	}
	return OPENING_UNDECIDED;
}

/* Behind a hole nothing of a handshake can be told; a greeting may follow all the same. */
void opening_via_gap(struct opening *opening)
{
	if (opening->via->sure && opening->via->asked)
		(void)go_through(opening);
	else
		(void)begin_again(opening, !opening->via->sure);
}
