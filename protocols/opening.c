#include "protocols/opening.h"

#include "protocols/mail_port.h"
#include "protocols/netstring.h"

#include <stdlib.h>
#include <string.h>

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

/* Begin; the connection is lent until opening_clear. */
void opening_init(struct opening *opening, const struct connection *connection,
		  struct budget *budget)
{
	const struct mail_port *port = mail_port_find(connection->server_port);
	bool midstream = (connection->flags & CONNECTION_MIDSTREAM) != 0;

	*opening = (struct opening){ .connection = connection, .budget = budget };
	opening->sides[FROM_CLIENT].searching = midstream;
	opening->sides[FROM_SERVER].searching = midstream;
	if (port == NULL)
		return;
	opening->port_protocol = port->protocol;
	opening->port_tls = port->implicit_tls;
}

/* Free what is held. */
void opening_clear(struct opening *opening)
{
	if (opening->held == NULL)
		return;
	budget_give(opening->budget, sizeof(*opening->held));
	free(opening->held);
	opening->held = NULL;
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
static struct piece *gap_before(const struct opening *opening, const struct gap *gap)
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

/* Note one more piece; NULL when there is no room. */
static struct piece *add_piece(struct opening *opening, enum piece_kind kind,
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
		last = add_piece(opening, PIECE_DATA, chunk->direction, chunk->time_ns);
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
static void hold_data(struct opening *opening, const struct chunk *chunk, struct span bytes)
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
static void drop_data(struct opening *opening, enum direction direction)
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

static bool port_is_netstring(const struct opening *opening)
{
	return opening->port_protocol == PROTOCOL_QMTP || opening->port_protocol == PROTOCOL_QMQP;
}

static bool port_is_smtp(const struct opening *opening)
{
	return opening->port_protocol == PROTOCOL_SMTP || opening->port_protocol == PROTOCOL_LMTP;
}

static bool port_is_odd(const struct opening *opening)
{
	return opening->port_protocol == PROTOCOL_UNKNOWN;
}

/*
 * The next place where something can begin. SMTP: behind a line end. QMTP: a package behind the
 * ",," that ends the one before, an answer behind a comma.
 */
static size_t next_candidate(const struct opening *opening, struct opening_side *side,
			     struct span bytes, size_t from)
{
	bool netstring = port_is_netstring(opening);
	bool single = side == &opening->sides[FROM_SERVER];
	uint8_t wanted = netstring ? ',' : '\n';
	size_t at = from;

	while (at < bytes.length) {
		size_t found = span_find_byte(span_part(bytes, at, SIZE_MAX), wanted);
		uint8_t before = side->last;

		if (found == SPAN_NOT_FOUND)
			break;
		if (found > 0)
			before = bytes.data[at + found - 1];
		at += found + 1;
		side->last = wanted;
		if (!netstring || single || before == ',') {
			side->skipping = false;
			return at;
		}
	}
	if (at < bytes.length)
		side->last = bytes.data[bytes.length - 1];
	side->skipping = true;
	return bytes.length;
}

/* A text that passes by may hold what another protocol would say; the port then counts. */
static enum payload_kind believe(const struct opening *opening, enum payload_kind kind)
{
	if (kind == PAYLOAD_SMTP && port_is_netstring(opening))
		return PAYLOAD_OTHER;
	if ((kind == PAYLOAD_QMTP || kind == PAYLOAD_QMQP || kind == PAYLOAD_NETSTRING_ANSWER) &&
	    port_is_smtp(opening))
		return PAYLOAD_OTHER;
	return kind;
}

/* The client of a server that is not in the capture. */
static bool is_client_alone(const struct opening *opening, enum direction direction)
{
	return direction == FROM_CLIENT && !opening->connection->seen[FROM_SERVER];
}

/* Look at one candidate, as far as it is here. */
static enum payload_kind look(const struct opening *opening, enum direction direction)
{
	const struct opening_side *side = &opening->sides[direction];
	struct span head = span_of(side->head, side->length);

	enum payload_kind kind = direction == FROM_SERVER ? identify_server(head)
							  : identify_client(head, !side->searching);

	if (side->searching)
		return believe(opening, kind);
	/* A search would begin before HTTP can be told. */
	if (kind == PAYLOAD_OTHER && is_client_alone(opening, direction) &&
	    identify_may_be_http(head))
		return PAYLOAD_SHORT;
	return kind;
}

/*
 * A client whose server is not in the capture may have begun with a line that makes no sense; the
 * lines after it are looked at too, unless it is HTTP: what that carries is not ours.
 */
static bool may_search(struct opening *opening, enum direction direction)
{
	struct opening_side *side = &opening->sides[direction];

	if (side->searching)
		return true;
	if (!is_client_alone(opening, direction) ||
	    identify_is_http(span_of(side->head, side->length)))
		return false;
	side->searching = true;
	return true;
}

/* Keep as many bytes as there is room for to look at. */
static void add_to_head(struct opening_side *side, struct span bytes)
{
	struct span more = span_part(bytes, 0, sizeof(side->head) - side->length);

	memcpy(side->head + side->length, more.data, more.length);
	side->length += more.length;
}

/*
 * What was looked at led to nothing: go to the next place where something can begin, which may be in
 * bytes of earlier pieces, the first `old` of the head; those are held anew. Returns where in the chunk
 * to go on.
 */
static size_t search_on(struct opening *opening, const struct chunk *chunk, size_t at, size_t old)
{
	struct opening_side *side = &opening->sides[chunk->direction];
	size_t found = next_candidate(opening, side, span_of(side->head, side->length), 0);
	size_t kept = side->skipping || found >= old ? 0 : old - found;
	size_t from = at + side->length - old;

	drop_data(opening, chunk->direction);
	side->kind = PAYLOAD_SHORT;
	if (kept > 0) {
		memmove(side->head, side->head + found, kept);
		hold_data(opening, chunk, span_of(side->head, kept));
	}
	side->length = kept;
	if (side->skipping)
		return next_candidate(opening, side, chunk->bytes, from);
	return kept > 0 ? at : at + found - old;
}

/* Look at more bytes of a side; from where on they are to be held. */
static size_t look_on(struct opening *opening, const struct chunk *chunk)
{
	struct opening_side *side = &opening->sides[chunk->direction];
	struct span bytes = chunk->bytes;
	size_t at = 0;

	/* A greeting is told by three digits; what it names itself comes later. */
	if (side->kind == PAYLOAD_SMTP && chunk->direction == FROM_SERVER)
		add_to_head(side, bytes);
	if (side->skipping && side->kind == PAYLOAD_SHORT)
		at = next_candidate(opening, side, bytes, 0);
	while (side->kind == PAYLOAD_SHORT && at < bytes.length) {
		size_t old = side->length;

		add_to_head(side, span_part(bytes, at, SIZE_MAX));
		side->kind = look(opening, chunk->direction);
		if (side->kind != PAYLOAD_OTHER || !may_search(opening, chunk->direction))
			return at;
		at = search_on(opening, chunk, at, old);
	}
	return at;
}

/* The lines of a greeting, as far as they are here; is it whole? (RFC 5321, 4.2.1) */
static struct span greeting_lines(const struct opening_side *side, bool *out_whole)
{
	struct span head = span_of(side->head, side->length);
	size_t at = 0;

	*out_whole = side->length == sizeof(side->head);
	while (at < head.length) {
		struct span line = span_part(head, at, SIZE_MAX);
		size_t length = span_find_byte(line, '\n');

		if (length == SPAN_NOT_FOUND)
			return head;
		at += length + 1;
		if (length < 4 || line.data[3] != '-') {
			*out_whole = true;
			return span_part(head, 0, at);
		}
	}
	return head;
}

static bool names_smtp(struct span greeting)
{
	return span_find_nocase(greeting, "SMTP") != SPAN_NOT_FOUND ||
	       span_find_nocase(greeting, "LMTP") != SPAN_NOT_FOUND;
}

/*
 * A greeting on a port that says nothing is believed when it names itself, or when the client goes on
 * as one of SMTP does. FTP greets with 220 as well, and its client goes on with USER.
 */
static enum opening_verdict decide_by_reply(const struct opening *opening)
{
	enum payload_kind client = opening->sides[FROM_CLIENT].kind;
	bool whole;
	struct span greeting = greeting_lines(&opening->sides[FROM_SERVER], &whole);

	if (opening->port_protocol != PROTOCOL_UNKNOWN || names_smtp(greeting))
		return OPENING_SMTP;
	if (client == PAYLOAD_SMTP || client == PAYLOAD_PROXY)
		return OPENING_SMTP;
	return client == PAYLOAD_SHORT || !whole ? OPENING_UNDECIDED : OPENING_NOT_MAIL;
}

/* A server of QMTP never speaks first; Postfix's qmqpd does, when it refuses the client. */
static enum opening_verdict decide_by_answer(const struct opening *opening)
{
	const struct connection *connection = opening->connection;
	enum payload_kind client = opening->sides[FROM_CLIENT].kind;
	bool whole = (connection->flags & CONNECTION_MIDSTREAM) == 0 &&
		     connection->seen[FROM_CLIENT];

	if (client == PAYLOAD_QMTP)
		return OPENING_QMTP;
	if (client == PAYLOAD_QMQP || opening->port_protocol == PROTOCOL_QMQP)
		return OPENING_QMQP;
	if (opening->port_protocol == PROTOCOL_QMTP)
		return whole && opening->server_first ? OPENING_QMQP : OPENING_QMTP;
	return OPENING_UNDECIDED;
}

/* The server has said nothing yet that can be told. */
static enum opening_verdict decide_by_client(const struct opening *opening)
{
	switch (opening->sides[FROM_CLIENT].kind) {
	case PAYLOAD_SMTP:
		return port_is_smtp(opening) || port_is_odd(opening) ? OPENING_SMTP
								     : OPENING_UNDECIDED;
	case PAYLOAD_PROXY:
		return port_is_smtp(opening) ? OPENING_SMTP : OPENING_UNDECIDED;
	case PAYLOAD_QMTP:
		return port_is_smtp(opening) ? OPENING_UNDECIDED : OPENING_QMTP;
	case PAYLOAD_QMQP:
		return port_is_smtp(opening) ? OPENING_UNDECIDED : OPENING_QMQP;
	case PAYLOAD_SHORT:
	case PAYLOAD_NETSTRING_ANSWER:
	case PAYLOAD_TLS:
	case PAYLOAD_OTHER:
		break;
	}
	return OPENING_UNDECIDED;
}

static enum opening_verdict decide_by_hello(const struct opening *opening)
{
	enum payload_kind client = opening->sides[FROM_CLIENT].kind;

	if (opening->port_tls && (client == PAYLOAD_TLS || client == PAYLOAD_SHORT))
		return OPENING_TLS;
	return OPENING_NOT_MAIL;
}

/* Put both sides together. The server's word counts first: it knows what it is. */
static enum opening_verdict decide(const struct opening *opening)
{
	switch (opening->sides[FROM_SERVER].kind) {
	case PAYLOAD_SMTP:
		return decide_by_reply(opening);
	case PAYLOAD_NETSTRING_ANSWER:
		return decide_by_answer(opening);
	case PAYLOAD_TLS:
		return decide_by_hello(opening);
	case PAYLOAD_SHORT:
		break;
	case PAYLOAD_QMTP:
	case PAYLOAD_QMQP:
	case PAYLOAD_PROXY:
	case PAYLOAD_OTHER:
		return OPENING_NOT_MAIL;
	}
	if (opening->sides[FROM_CLIENT].lost > OPENING_GIVE_UP_BYTES)
		return OPENING_NOT_MAIL;
	return decide_by_client(opening);
}

/* Is there a place for more bytes of this side? */
static bool may_hold(const struct opening *opening, enum direction direction)
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

/* May the next byte of this side tell more? */
static bool is_looking(const struct opening *opening, enum direction direction)
{
	const struct opening_side *side = &opening->sides[direction];

	if (side->kind == PAYLOAD_SMTP && direction == FROM_SERVER)
		return port_is_odd(opening) && side->length < sizeof(side->head);
	return side->kind == PAYLOAD_SHORT;
}

size_t opening_room(const struct opening *opening, enum direction direction, struct span bytes)
{
	const struct opening_side *side = &opening->sides[direction];
	size_t used = opening->held == NULL ? 0 : opening->held->used_bytes;
	size_t found;

	if (may_hold(opening, direction))
		return OPENING_HELD_MAX - used;
	if (!is_looking(opening, direction))
		return SIZE_MAX;
	if (!side->skipping)
		return 1; /* what tells is lost, and no more than that */
	found = span_find_byte(bytes, port_is_netstring(opening) ? ',' : '\n');
	return found == SPAN_NOT_FOUND ? SIZE_MAX : found + 1;
}

/* More bytes of one side. */
enum opening_verdict opening_data(struct opening *opening, const struct chunk *chunk)
{
	struct opening_side *side = &opening->sides[chunk->direction];
	size_t from;

	if (chunk->direction == FROM_SERVER && side->bytes == 0)
		opening->server_first = opening->sides[FROM_CLIENT].bytes == 0;
	side->bytes += chunk->bytes.length;
	from = look_on(opening, chunk);
	hold_data(opening, chunk, span_part(chunk->bytes, from, SIZE_MAX));
	return decide(opening);
}

/* Bytes of one side are missing; what was not told yet is looked for behind them. */
enum opening_verdict opening_gap(struct opening *opening, const struct gap *gap)
{
	struct opening_side *side = &opening->sides[gap->direction];
	struct piece *piece;

	if (side->kind == PAYLOAD_SHORT || side->kind == PAYLOAD_OTHER) {
		drop_data(opening, gap->direction);
		side->kind = PAYLOAD_SHORT;
		side->length = 0;
		side->searching = true;
		side->skipping = false;
		side->last = 0;
	}
	piece = gap_before(opening, gap);
	if (piece != NULL) {
		piece->length_bytes += gap->length_bytes;
		return decide(opening);
	}
	piece = add_piece(opening, PIECE_GAP, gap->direction, gap->time_ns);
	if (piece == NULL) {
		side->lost += gap->length_bytes;
		return decide(opening);
	}
	piece->at = gap->at;
	piece->gap_kind = gap->kind;
	piece->length_bytes = gap->length_bytes;
	return decide(opening);
}

/* One side has said its last. */
void opening_end(struct opening *opening, enum direction direction, int64_t time_ns)
{
	(void)add_piece(opening, PIECE_END, direction, time_ns);
}

/* Nothing more will come: answers alone are told by their number, where the port is silent. */
enum opening_verdict opening_last(const struct opening *opening)
{
	const struct opening_side *server = &opening->sides[FROM_SERVER];
	struct cursor in = cursor_of(span_of(server->head, server->length));
	struct netstring_head first = { 0 };

	if (opening->sides[FROM_CLIENT].bytes > 0 || server->kind != PAYLOAD_NETSTRING_ANSWER ||
	    netstring_head_read(&first, &in) != RESULT_OK)
		return OPENING_NOT_MAIL;
	if (server->bytes > first.digits + 1 + first.length + 1)
		return OPENING_QMTP;
	return OPENING_QMQP; /* one answer, then the server closes */
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
