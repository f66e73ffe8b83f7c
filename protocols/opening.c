#include "protocols/opening.h"

#include "protocols/mail_port.h"
#include "protocols/netstring.h"
#include "protocols/opening_state.h"

#include <string.h>

/* What the port lets expect. */
void opening_set_port(struct opening *opening, uint16_t number)
{
	const struct mail_port *port = mail_port_find(number);

	opening->port_protocol = port == NULL ? PROTOCOL_UNKNOWN : port->protocol;
	opening->port_tls = port != NULL && port->implicit_tls;
}

/* Begin; the connection is lent until opening_clear. */
void opening_init(struct opening *opening, const struct connection *connection,
		  struct budget *budget)
{
	bool midstream = (connection->flags & CONNECTION_MIDSTREAM) != 0;

	*opening = (struct opening){ .connection = connection, .budget = budget };
	opening->sides[FROM_CLIENT].searching = midstream;
	opening->sides[FROM_SERVER].searching = midstream;
	opening_set_port(opening, connection->server_port);
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

	opening_drop(opening, chunk->direction);
	side->kind = PAYLOAD_SHORT;
	if (kept > 0) {
		memmove(side->head, side->head + found, kept);
		opening_hold(opening, chunk, span_of(side->head, kept));
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

/* May the next byte of this side tell more? */
static bool is_looking(const struct opening *opening, enum direction direction)
{
	const struct opening_side *side = &opening->sides[direction];

	if (side->kind == PAYLOAD_SMTP && direction == FROM_SERVER)
		return port_is_odd(opening) && side->length < sizeof(side->head);
	return side->kind == PAYLOAD_SHORT;
}

/* Is there a hole behind what is held? It counts from the verdict on, wherever that falls. */
static bool has_lost(const struct opening *opening)
{
	const struct via *via = opening->via;

	for (size_t i = 0; i < ARRAY_COUNT(opening->sides); i++)
		if (opening->sides[i].lost > 0 || (via != NULL && via->cut[i] > 0))
			return true;
	return false;
}

size_t opening_room(const struct opening *opening, enum direction direction, struct span bytes)
{
	const struct opening_side *side = &opening->sides[direction];
	size_t used = opening->held == NULL ? 0 : opening->held->used_bytes;
	bool may_hold = opening_may_hold(opening, direction);
	size_t found;

	if (may_hold && !has_lost(opening))
		return OPENING_HELD_MAX - used;
	if (opening_in_via(opening))
		return 1;
	if (!is_looking(opening, direction))
		return may_hold ? OPENING_HELD_MAX - used : SIZE_MAX;
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

	if (opening_may_begin_via(opening, chunk))
		opening_begin_via(opening, chunk->bytes.data[0]);
	if (opening_in_via(opening))
		return opening_via_data(opening, chunk);
	if (chunk->direction == FROM_SERVER && side->bytes == 0)
		opening->server_first = opening->sides[FROM_CLIENT].bytes == 0;
	side->bytes += chunk->bytes.length;
	from = look_on(opening, chunk);
	opening_hold(opening, chunk, span_part(chunk->bytes, from, SIZE_MAX));
	return decide(opening);
}

/* Bytes of one side are missing; what was not told yet is looked for behind them. */
enum opening_verdict opening_gap(struct opening *opening, const struct gap *gap)
{
	struct opening_side *side = &opening->sides[gap->direction];
	struct piece *piece;

	if (opening_in_via(opening))
		opening_via_gap(opening);
	if (side->kind == PAYLOAD_SHORT || side->kind == PAYLOAD_OTHER) {
		opening_drop(opening, gap->direction);
		side->kind = PAYLOAD_SHORT;
		side->length = 0;
		side->searching = true;
		side->skipping = false;
		side->last = 0;
	}
	piece = opening_gap_before(opening, gap);
	if (piece != NULL) {
		piece->length_bytes += gap->length_bytes;
		return decide(opening);
	}
	piece = opening_add_piece(opening, PIECE_GAP, gap->direction, gap->time_ns);
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
	(void)opening_add_piece(opening, PIECE_END, direction, time_ns);
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
