#include "reassembly/dialogue.h"

#include <criterion/criterion.h>
#include <string.h>

#define SEGMENT_MAX_BYTES 1460
#define SIDE(d) ((d) == FROM_CLIENT ? 'C' : 'S')

/* SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t draw(struct dialogue *d)
{
	uint64_t z = d->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* From 0 to limit - 1. */
static uint32_t below(struct dialogue *d, uint32_t limit)
{
	return (uint32_t)(draw(d) % limit);
}

static bool percent(struct dialogue *d, uint32_t chance)
{
	return below(d, 100) < chance;
}

/* The tap sees a packet, at once or somewhat later, or not at all. */
static void show(struct dialogue *d, const struct step *step, struct span payload, uint32_t jitter)
{
	bool handshake = (step->flags & TCP_SYN) != 0;
	uint32_t number = d->sent_count++;

	if ((!handshake || d->options.lose_handshake) && percent(d, d->options.loss_percent)) {
		d->lost_data_count += payload.length > 0;
		return;
	}
	if (d->options.hide_server && step->from == 'S')
		return;
	if (d->shown_count == d->shown_capacity) {
		d->shown_capacity = d->shown_capacity * 2 + 64;
		d->shown = realloc(d->shown, d->shown_capacity * sizeof(*d->shown));
		cr_assert_not_null(d->shown);
	}
	d->shown[d->shown_count] = (struct shown){
		.at_ms = d->now_ms + jitter, .number = number, .step = *step, .payload = payload
	};
	d->shown[d->shown_count].step.timestamp = d->has_timestamps ? 1000 + (uint32_t)d->now_ms
								    : 0;
	d->shown_count++;
}

/* One packet of a direction: some of what it says, and how much it has of the other. */
static void send(struct dialogue *d, enum direction from, uint8_t flags, uint32_t at,
		 uint32_t length, uint32_t ack)
{
	enum direction other = from == FROM_CLIENT ? FROM_SERVER : FROM_CLIENT;
	struct step step = { .from = SIDE(from),
			     .flags = flags,
			     .at = (int32_t)at,
			     .ack = (int32_t)ack,
			     .isn = d->isn[from],
			     .other_isn = d->isn[other] };

	show(d, &step, span_of(d->said[from] + at, length), below(d, JITTER_MAX_MS));
}

static void handshake(struct dialogue *d)
{
	struct step syn = { .from = 'C',
			    .flags = TCP_SYN,
			    .at = -1,
			    .isn = d->isn[FROM_CLIENT],
			    .other_isn = d->isn[FROM_SERVER] };
	struct step answer = { .from = 'S',
			       .flags = TCP_SYN | TCP_ACK,
			       .at = -1,
			       .isn = d->isn[FROM_SERVER],
			       .other_isn = d->isn[FROM_CLIENT] };

	show(d, &syn, span_of(NULL, 0), 0);
	show(d, &answer, span_of(NULL, 0), 0);
	d->now_ms++;
}

/* A copy of something that was sent before, cut elsewhere. */
static void send_copy(struct dialogue *d, const struct turn *t, uint32_t to)
{
	uint32_t from = t->from + below(d, to - t->from);
	uint32_t length = 1 + below(d, to - from);

	if (length > 3 * SEGMENT_MAX_BYTES) /* a card may join segments */
		length = 3 * SEGMENT_MAX_BYTES;
	send(d, t->direction, TCP_ACK, from, length, t->needs);
}

/* The receiver says what it has. */
static void send_ack(struct dialogue *d, const struct turn *t, const bool *has)
{
	enum direction other = t->direction == FROM_CLIENT ? FROM_SERVER : FROM_CLIENT;
	uint32_t got = 0;

	while (got < t->to - t->from && has[got])
		got++;
	send(d, other, TCP_ACK, t->needs, 0, t->from + got);
}

/* One segment of a turn; on its way it may be lost before anyone sees it. */
static void send_part(struct dialogue *d, const struct turn *t, uint32_t from, uint32_t length,
		      bool *has)
{
	d->now_ms += below(d, 4);
	if (percent(d, 8))
		return;
	send(d, t->direction, TCP_ACK, from, length, t->needs);
	memset(has + (from - t->from), true, length);
	if (percent(d, 15))
		send_copy(d, t, from + length);
	if (percent(d, 40))
		send_ack(d, t, has);
}

/* Send a turn, and again what was lost of it, until all of it is there. */
static void play_turn(struct dialogue *d, const struct turn *t)
{
	bool has[TURN_MAX_BYTES] = { false };
	uint32_t most = 1 + below(d, SEGMENT_MAX_BYTES);
	uint32_t at = t->from;

	while (at < t->to) {
		uint32_t length = 1 + below(d, most);

		if (length > t->to - at)
			length = t->to - at;
		send_part(d, t, at, length, has);
		at += length;
	}
	for (at = t->from; at < t->to; at++) {
		uint32_t length = 1 + below(d, t->to - at);

		if (has[at - t->from])
			continue;
		d->now_ms += 200 + below(d, 2000);
		send_part(d, t, at, length, has);
		at--;
	}
	d->now_ms += below(d, 300);
	if (percent(d, 50))
		send_ack(d, t, has);
	if (percent(d, 5)) /* a keep-alive: RFC 9293, 3.8.4 */
		send(d, t->direction, TCP_ACK, t->to - 1, below(d, 2), t->needs);
}

/* The server greets, the client has the last word but one; then both say that they are through. */
static void write_turns(struct dialogue *d)
{
	d->turn_count = 3 + below(d, DIALOGUE_TURNS_MAX - 3);
	for (uint32_t i = 0; i < d->turn_count; i++) {
		enum direction from = i % 2 == 0 ? FROM_SERVER : FROM_CLIENT;
		uint32_t length = 1 + below(d, percent(d, 20) ? TURN_MAX_BYTES : 80);

		d->turns[i] = (struct turn){ .direction = from,
					     .from = d->length[from],
					     .to = d->length[from] + length,
					     .needs = d->length[!from] };
		d->length[from] += length;
	}
	for (int side = 0; side < 2; side++) {
		d->said[side] = malloc(d->length[side] + 1);
		cr_assert_not_null(d->said[side]);
		for (uint32_t i = 0; i < d->length[side]; i++)
			d->said[side][i] = (uint8_t)('a' + below(d, 26));
	}
}

static void farewell(struct dialogue *d)
{
	send(d, FROM_SERVER, TCP_FIN | TCP_ACK, d->length[FROM_SERVER], 0, d->length[FROM_CLIENT]);
	d->now_ms += below(d, 300);
	send(d, FROM_CLIENT, TCP_FIN | TCP_ACK, d->length[FROM_CLIENT], 0,
	     d->length[FROM_SERVER] + 1);
	d->now_ms += below(d, 300);
	send(d, FROM_SERVER, TCP_ACK, d->length[FROM_SERVER] + 1, 0, d->length[FROM_CLIENT] + 1);
}

static int by_time(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

struct dialogue *dialogue_new(uint64_t seed, const struct dialogue_options *options)
{
	struct dialogue *d = calloc(1, sizeof(*d));

	cr_assert_not_null(d);
	d->random = seed;
	d->options = *options;
	d->isn[FROM_CLIENT] = (uint32_t)draw(d) | 1; /* 0 is the script's own number */
	d->isn[FROM_SERVER] = percent(d, 50) ? 0 - 1 - below(d, 2000) : (uint32_t)draw(d) | 1;
	d->has_timestamps = percent(d, 50);
	write_turns(d);
	handshake(d);
	for (uint32_t i = 0; i < d->turn_count; i++)
		play_turn(d, &d->turns[i]);
	farewell(d);
	qsort(d->shown, d->shown_count, sizeof(*d->shown), by_time);
	return d;
}

void dialogue_free(struct dialogue **dialogue)
{
	struct dialogue *d = *dialogue;

	free(d->said[0]);
	free(d->said[1]);
	free(d->shown);
	free(d);
	*dialogue = NULL;
}

void dialogue_play(const struct dialogue *d, struct script *script)
{
	int64_t now_ms = 0;

	for (uint32_t i = 0; i < d->shown_count; i++) {
		struct step step = d->shown[i].step;

		step.after_ms = d->shown[i].at_ms - now_ms;
		now_ms = d->shown[i].at_ms;
		script_send(script, &step, d->shown[i].payload);
	}
}

void dialogue_truth(const struct dialogue *d, struct text *out)
{
	text_add(out, "open");
	for (uint32_t i = 0; i < d->turn_count; i++) {
		const struct turn *t = &d->turns[i];

		text_addf(out, " %c'", SIDE(t->direction));
		text_add_bytes(out, d->said[t->direction] + t->from, t->to - t->from);
		text_add(out, "'");
	}
	text_add(out, " end S end C close fin");
}
