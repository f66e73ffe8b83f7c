#include "protocols/dns_stream.h"

#include "core/cursor.h"
#include "protocols/dns_message.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH_BYTES 2
/* RFC 1035, 4.1.1: the length, then identity, flags, and the number of questions. */
#define HEAD_BYTES 8
#define HEADER_BYTES 12
#define FLAG_ANSWER 0x80
#define OPCODE_MASK 0x78

/* One direction: a length, or a message of which some bytes are to come. */
struct side {
	uint8_t length[LENGTH_BYTES];
	uint8_t length_have;
	bool passed_over;     /* the message under way is of no use */
	uint32_t left;        /* bytes of it that did not come yet; 0: between two messages */
	uint8_t *kept;        /* what came of it; DNS_MESSAGE_MAX_BYTES, NULL: nothing */
	uint32_t kept_length; /* bytes */
};

struct dns_stream {
	const struct connection *connection;
	struct budget *budget;
	struct protocols_stats *stats;
	struct side sides[2]; /* by enum direction */
};

/*
 * As far as the bytes reach: a length that is not mail's (each of its protocols begins with a
 * letter or a digit), a query from the client and an answer from the server, one question.
 */
bool dns_stream_begins(struct span head, enum direction direction)
{
	const uint8_t *p = head.data;
	bool is_answer;

	if (head.length == 0 || p[0] >= DNS_STREAM_FIRST_MAX_BYTES >> 8)
		return false;
	if (head.length >= LENGTH_BYTES && (p[0] << 8 | p[1]) < HEADER_BYTES)
		return false;
	if (head.length < HEAD_BYTES)
		return true;
	is_answer = (p[4] & FLAG_ANSWER) != 0;
	return is_answer == (direction == FROM_SERVER) && (p[4] & OPCODE_MASK) == 0 && p[6] == 0 &&
	       p[7] == 1;
}

/* Two compares for what is of other ports. */
enum first_look dns_stream_look(const struct segment *segment)
{
	if (segment->destination_port == DNS_PORT &&
	    dns_stream_begins(segment->payload, FROM_CLIENT))
		return LOOK_SENDER_IS_CLIENT;
	if (segment->source_port == DNS_PORT && dns_stream_begins(segment->payload, FROM_SERVER))
		return LOOK_SENDER_IS_SERVER;
	return LOOK_NOT_MAIL;
}

/* Begin; nothing is kept yet. */
enum result dns_stream_new(struct dns_stream **out, const struct connection *connection,
			   struct budget *budget, struct protocols_stats *stats)
{
	struct dns_stream *stream;

	if (budget_take(budget, sizeof(*stream)) != RESULT_OK)
		return RESULT_LIMIT;
	stream = calloc(1, sizeof(*stream));
	if (stream == NULL) {
		budget_give(budget, sizeof(*stream));
		return RESULT_FAILED;
	}
	stream->connection = connection;
	stream->budget = budget;
	stream->stats = stats;
	*out = stream;
	return RESULT_OK;
}

/* Forget what was kept of a message. */
static void drop_kept(struct dns_stream *stream, struct side *side)
{
	if (side->kept != NULL)
		budget_give(stream->budget, DNS_MESSAGE_MAX_BYTES);
	free(side->kept);
	side->kept = NULL;
	side->kept_length = 0;
}

/* Free it. */
void dns_stream_free(struct dns_stream **stream)
{
	if (*stream == NULL)
		return;
	drop_kept(*stream, &(*stream)->sides[FROM_CLIENT]);
	drop_kept(*stream, &(*stream)->sides[FROM_SERVER]);
	budget_give((*stream)->budget, sizeof(**stream));
	free(*stream);
	*stream = NULL;
}

/* Have room for a message that comes in parts; false: it cannot be kept. */
static bool have_room(struct dns_stream *stream, struct side *side)
{
	if (side->kept != NULL)
		return true;
	if (budget_take(stream->budget, DNS_MESSAGE_MAX_BYTES) != RESULT_OK)
		return false;
	side->kept = malloc(DNS_MESSAGE_MAX_BYTES);
	if (side->kept == NULL)
		budget_give(stream->budget, DNS_MESSAGE_MAX_BYTES);
	return side->kept != NULL;
}

/* A message is whole. */
static void hand_on(const struct dns_stream *stream, struct dns *dns, const struct chunk *chunk,
		    struct span message)
{
	const struct connection *c = stream->connection;
	bool is_answer = chunk->direction == FROM_SERVER;
	const struct datagram datagram = {
		.time_ns = chunk->time_ns,
		.at = chunk->at,
		.source = is_answer ? c->server : c->client,
		.destination = is_answer ? c->client : c->server,
		.source_port = is_answer ? c->server_port : c->client_port,
		.destination_port = is_answer ? c->client_port : c->server_port,
		.vlan_id = c->vlan_id,
		.payload = message,
	};

	dns_take(dns, DNS_OVER_TCP, &datagram);
}

/* One byte of the length; with the last one a message begins. */
static void take_length(struct side *side, uint8_t byte)
{
	side->length[side->length_have++] = byte;
	if (side->length_have < LENGTH_BYTES)
		return;
	side->length_have = 0;
	side->left = (uint32_t)side->length[0] << 8 | side->length[1];
	side->passed_over = side->left > DNS_MESSAGE_MAX_BYTES;
}

/* The message's next bytes: whole ones are not copied. */
static void take_bytes(struct dns_stream *stream, struct dns *dns, const struct chunk *chunk,
		       struct cursor *in)
{
	struct side *side = &stream->sides[chunk->direction];
	size_t length = cursor_left(in) < side->left ? cursor_left(in) : side->left;
	struct span part = cursor_take(in, length);
	bool whole = length == side->left;

	side->left -= (uint32_t)length;
	if (whole && !side->passed_over && side->kept == NULL) {
		hand_on(stream, dns, chunk, part);
		return;
	}
	if (!side->passed_over && !have_room(stream, side)) {
		stream->stats->forgotten++;
		side->passed_over = true;
	}
	if (!side->passed_over) {
		memcpy(side->kept + side->kept_length, part.data, part.length);
		side->kept_length += (uint32_t)part.length;
	}
	if (!whole)
		return;
	if (!side->passed_over)
		hand_on(stream, dns, chunk, span_of(side->kept, side->kept_length));
	drop_kept(stream, side);
}

/* Go on with a direction. */
bool dns_stream_data(struct dns_stream *stream, struct dns *dns, const struct chunk *chunk)
{
	struct side *side = &stream->sides[chunk->direction];
	struct cursor in = cursor_of(chunk->bytes);

	while (!cursor_done(&in)) {
		if (side->left == 0)
			take_length(side, cursor_u8(&in));
		else
			take_bytes(stream, dns, chunk, &in);
	}
	return true;
}

/* Step over what is missing of a message. */
bool dns_stream_gap(struct dns_stream *stream, const struct gap *gap)
{
	struct side *side = &stream->sides[gap->direction];

	if (gap->length_bytes > side->left)
		return false;
	side->left -= (uint32_t)gap->length_bytes;
	side->passed_over = true;
	drop_kept(stream, side);
	return true;
}
