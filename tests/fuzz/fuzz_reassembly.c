/*
 * fuzz_reassembly - segments of one connection, checked against a slow and simple receiver
 *
 * In:      a byte of circumstances (enum circumstance), then segments of eight bytes: flags
 *          (enum odd), place (two bytes), length, acknowledgement (two), an oddity, milliseconds
 *          since the one before in units of 10. What stands at a place is told by the place and
 *          by one of four versions.
 * Out:     an abort when bytes are handed on that their packet does not hold, or behind the end;
 *          when memory stays charged. With CIRCUMSTANCE_PLAIN also when anything differs from
 *          tests/reassembly/model: what is handed on, when, and in which order.
 */
#include "reassembly/reassembly.h"
#include "tests/reassembly/model.h"

#include "core/cursor.h"
#include "core/time_text.h"

#include <stdlib.h>

#define PLACES 4096
#define SEGMENTS_MAX (MODEL_PARTS_MAX - 1)
#define CLIENT_PORT 40000
#define SERVER_PORT 25

enum circumstance {
	CIRCUMSTANCE_PLAIN = 1,
	CIRCUMSTANCE_WRAP = 2,
	CIRCUMSTANCE_LITTLE_MEMORY = 4,
	CIRCUMSTANCE_NO_SYN = 8,
	CIRCUMSTANCE_NO_SYN_ACK = 16
};

/* Bits of the first byte of a segment; those from ODD_RST on count only if not plain. */
enum odd {
	ODD_SERVER = 1,
	ODD_FIN = 2,
	ODD_VERSION = 4 | 8,
	ODD_RST = 16,
	ODD_SYN = 32,
	ODD_URGENT = 64,
	ODD_OTHER = 128 /* the oddity says what */
};

/* What a packet held. */
struct sent {
	uint32_t place, length, ack;
	uint8_t version;
};

struct trial {
	struct reassembly *reassembly;
	struct model model;
	bool plain, finishing;
	uint32_t isn[2];
	uint32_t at[2]; /* handed on */
	bool ended[2];
	struct sent sent[1 + 3 + SEGMENTS_MAX]; /* by frame */
	uint64_t frame;
	int64_t now_ns;
	uint32_t open;
};

/* Our own check: an abort is what the fuzzer looks for. */
static void must(bool holds)
{
	if (!holds)
		abort();
}

static enum first_look on_look(void *ctx, const struct segment *segment)
{
	(void)ctx;
	(void)segment;
	return LOOK_MAIL_PORT;
}

static void *on_open(void *ctx, const struct connection *connection)
{
	struct trial *t = ctx;

	must(connection->client_port != connection->server_port);
	t->open++;
	t->ended[0] = t->ended[1] = false;
	return t;
}

static uint8_t byte_at(uint32_t place, uint8_t version)
{
	return (uint8_t)(place * 7 + (place >> 8) * 31 + version * 64u);
}

/* Are these bytes a part of that packet's? */
static bool holds(const struct sent *sent, struct span bytes)
{
	for (uint32_t skip = 0; skip + bytes.length <= sent->length; skip++) {
		size_t i = 0;

		while (i < bytes.length &&
		       bytes.data[i] == byte_at(sent->place + skip + (uint32_t)i, sent->version))
			i++;
		if (i == bytes.length)
			return true;
	}
	return false;
}

static bool on_data(void *ctx, void *session, const struct chunk *chunk)
{
	struct trial *t = ctx;
	enum direction d = chunk->direction;
	const struct sent *sent = &t->sent[chunk->at.frame];

	must(session == t && chunk->bytes.length > 0 && !t->ended[d]);
	must(chunk->at.frame >= 1 && chunk->at.frame <= t->frame && holds(sent, chunk->bytes));
	for (size_t i = 0; i < chunk->bytes.length && t->plain; i++) {
		uint8_t byte = 0;

		must(model_byte(&t->model, d, t->at[d] + (uint32_t)i, &byte));
		must(byte == chunk->bytes.data[i]);
	}
	must(!t->plain || t->finishing || t->at[!d] + t->ended[!d] >= sent->ack);
	t->at[d] += (uint32_t)chunk->bytes.length;
	return true;
}

static bool on_gap(void *ctx, void *session, const struct gap *gap)
{
	struct trial *t = ctx;
	uint8_t byte;

	must(session == t && gap->length_bytes > 0 && !t->ended[gap->direction]);
	must(!t->plain || t->finishing);
	for (uint64_t i = 0; i < gap->length_bytes && t->plain; i++)
		must(!model_byte(&t->model, gap->direction, t->at[gap->direction] + (uint32_t)i,
				 &byte));
	t->at[gap->direction] += (uint32_t)gap->length_bytes;
	return true;
}

static void on_end(void *ctx, void *session, enum direction direction, int64_t time_ns)
{
	struct trial *t = ctx;

	(void)time_ns;
	must(session == t && !t->ended[direction]);
	t->ended[direction] = true;
}

static void on_close(void *ctx, void *session, const struct conversation_end *end)
{
	struct trial *t = ctx;

	must(session == t && t->open == 1);
	must(!t->plain || (end->reason == CLOSE_FIN) == (t->ended[0] && t->ended[1]));
	t->open--;
}

static void on_contact(void *ctx, const struct contact *contact)
{
	(void)ctx;
	must(contact->count > 0 && contact->first_ns <= contact->last_ns);
}

static bool is_mail_port(uint16_t port)
{
	return port == SERVER_PORT;
}

/* Hand a segment over whose numbers count from the first byte of its direction. */
static void send(struct trial *t, enum direction d, struct segment *s, const struct sent *sent)
{
	static const uint8_t client[4] = { 203, 0, 113, 7 }, server[4] = { 192, 0, 2, 25 };
	bool from_client = d == FROM_CLIENT;
	uint8_t *bytes = malloc(sent->length + 1); /* its own: a read past the end is seen */

	must(bytes != NULL);
	for (uint32_t i = 0; i < sent->length; i++)
		bytes[i] = byte_at(sent->place + i, sent->version);
	s->time_ns = t->now_ns;
	s->at.frame = ++t->frame;
	t->sent[t->frame] = *sent;
	s->source = ip_address_v4(from_client ? client : server);
	s->destination = ip_address_v4(from_client ? server : client);
	s->source_port = from_client ? CLIENT_PORT : SERVER_PORT;
	s->destination_port = from_client ? SERVER_PORT : CLIENT_PORT;
	s->sequence += t->isn[d] + 1 + sent->place;
	if ((s->flags & TCP_ACK) != 0)
		s->acknowledgement = t->isn[!d] + 1 + sent->ack;
	s->payload = span_of(bytes, sent->length);
	reassembly_segment(t->reassembly, s);
	free(bytes);
}

static void handshake(struct trial *t, uint8_t circumstances)
{
	struct segment syn = { .flags = TCP_SYN, .window = 65535, .window_scale = 2, .ttl = 64 };
	struct segment answer = syn;
	struct sent nothing = { .place = UINT32_MAX };

	answer.flags |= TCP_ACK;
	if (t->plain || (circumstances & CIRCUMSTANCE_NO_SYN) == 0)
		send(t, FROM_CLIENT, &syn, &nothing);
	if (t->plain || (circumstances & CIRCUMSTANCE_NO_SYN_ACK) == 0)
		send(t, FROM_SERVER, &answer, &nothing);
}

/* No doubt about it: within the window, and it acknowledges what was sent. */
static void send_plain(struct trial *t, enum direction d, struct sent *sent, bool fin)
{
	uint8_t bytes[MODEL_PART_BYTES];
	struct segment s = { .window = 65535, .window_scale = -1, .ttl = 64 };

	s.flags = fin ? TCP_FIN | TCP_ACK : TCP_ACK;
	if (sent->ack > t->model.streams[!d].top)
		sent->ack = t->model.streams[!d].top;
	for (uint32_t i = 0; i < sent->length; i++)
		bytes[i] = byte_at(sent->place + i, sent->version);
	model_segment(&t->model, d, sent->place, bytes, sent->length, fin, sent->ack);
	send(t, d, &s, sent);
	for (int i = 0; i < 2; i++)
		must(t->at[i] + t->ended[i] == t->model.streams[i].delivered);
}

/* Anything goes. */
static void send_wild(struct trial *t, enum direction d, const struct sent *sent, uint8_t odds,
		      uint8_t oddity)
{
	struct segment s = { .flags = TCP_ACK, .window = 1000, .window_scale = -1, .ttl = 64 };

	s.flags |= (odds & ODD_FIN) != 0 ? TCP_FIN : 0;
	s.flags |= (odds & ODD_RST) != 0 ? TCP_RST : 0;
	s.flags |= (odds & ODD_SYN) != 0 ? TCP_SYN : 0;
	s.flags |= (odds & ODD_URGENT) != 0 ? TCP_URG : 0;
	s.urgent_pointer = oddity;
	if ((odds & ODD_OTHER) != 0) {
		s.flags ^= (oddity & 1) != 0 ? TCP_ACK : 0;
		s.ttl = (oddity & 2) != 0 ? 9 : 64;
		s.window = (oddity & 4) != 0 ? 0 : 65535;
		s.has_timestamps = (oddity & 8) != 0;
		s.timestamp_value = 1000 + 100u * (oddity >> 6);
		s.has_md5 = (oddity & 16) != 0;
		s.sequence = (oddity & 32) != 0 ? 1u << 30 : 0; /* another connection */
		s.missing_bytes = (oddity & 64) != 0 ? 50 : 0;
	}
	send(t, d, &s, sent);
}

/* Take the segments off the input, one by one. */
static void play(struct trial *t, struct cursor *in)
{
	for (uint32_t n = 0; n < SEGMENTS_MAX; n++) {
		uint8_t odds = cursor_u8(in);
		uint32_t place = cursor_be16(in);
		uint32_t length = cursor_u8(in);
		uint32_t ack = cursor_be16(in);
		uint8_t oddity = cursor_u8(in);
		uint8_t pause = cursor_u8(in);
		enum direction d = (odds & ODD_SERVER) != 0 ? FROM_SERVER : FROM_CLIENT;
		struct sent sent = { place % PLACES, length, ack,
				     (uint8_t)((odds & ODD_VERSION) >> 2) };

		if (in->failed)
			return;
		if (t->plain) {
			send_plain(t, d, &sent, (odds & ODD_FIN) != 0);
			continue;
		}
		t->now_ns += pause * 10 * NS_PER_MS;
		send_wild(t, d, &sent, odds, oddity);
	}
}

/* Where nothing more comes, all that has come is told, and holes as holes. */
static void check_end(const struct trial *t)
{
	for (enum direction d = FROM_CLIENT; d <= FROM_SERVER; d++) {
		const struct model_stream *s = &t->model.streams[d];
		uint8_t byte;

		must(!s->through || t->at[d] + t->ended[d] == s->received);
		for (uint32_t at = t->at[d]; at < PLACES + MODEL_PART_BYTES && !t->ended[d]; at++)
			must(!model_byte(&t->model, d, at, &byte));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conversation_ops ops = { on_look, on_open,  on_data,   on_gap,
						     on_end,  on_close, on_contact };
	struct reassembly_options options = { .key = hash_key_fixed(),
					      .handshakes_max = 64,
					      .contacts_max = 64,
					      .is_mail_port = is_mail_port };
	struct trial t = { .now_ns = INT64_C(1700000000) * NS_PER_SECOND };
	struct cursor in = cursor_of(span_of(data, size));
	uint8_t circumstances = cursor_u8(&in);
	struct budget budget;

	t.plain = (circumstances & CIRCUMSTANCE_PLAIN) != 0;
	t.isn[FROM_CLIENT] = (circumstances & CIRCUMSTANCE_WRAP) != 0 ? 0xfffff800 : 1000;
	t.isn[FROM_SERVER] = (circumstances & CIRCUMSTANCE_WRAP) != 0 ? 0xffffffff : 5000;
	budget_init(&budget, !t.plain && (circumstances & CIRCUMSTANCE_LITTLE_MEMORY) != 0
				 ? 4096
				 : 1u << 20);
	must(reassembly_new(&t.reassembly, &options, &budget, &ops, &t) == RESULT_OK);
	handshake(&t, circumstances);
	if (t.plain) /* a flow exists from its first byte on */
		send_plain(&t, FROM_SERVER, &(struct sent){ .length = 1 }, false);
	play(&t, &in);
	t.finishing = true;
	reassembly_finish(t.reassembly);
	if (t.plain)
		check_end(&t);
	must(t.open == 0 && budget.used_bytes == 0);
	reassembly_free(&t.reassembly);
	return 0;
}
