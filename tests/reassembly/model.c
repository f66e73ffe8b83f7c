#include "tests/reassembly/model.h"

#include <stdlib.h>
#include <string.h>

/* Of all parts that have a place the one that begins first owns it. */
static const struct model_part *owner(const struct model_stream *s, uint32_t at)
{
	const struct model_part *found = NULL;

	for (uint32_t i = 0; i < s->count; i++) {
		const struct model_part *p = &s->parts[i];

		if (p->from <= at && at < p->to && (found == NULL || p->from < found->from))
			found = p;
	}
	return found;
}

static void forget(struct model_stream *s, uint32_t i)
{
	s->parts[i] = s->parts[--s->count];
}

/* What lies within another part is gone: the new one, or those that it covers. */
static bool settle(struct model_stream *s, uint32_t from, uint32_t to)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->parts[i].from <= from && to <= s->parts[i].to)
			return false;
	for (uint32_t i = s->count; i-- > 0;)
		if (from <= s->parts[i].from && s->parts[i].to <= to)
			forget(s, i);
	return true;
}

/* Go on over what has come; behind a FIN that is reached nothing is taken (tcp_fin). */
static void receive(struct model_stream *s)
{
	const struct model_part *p;

	while (!s->through && (p = owner(s, s->received)) != NULL) {
		s->received = p->to;
		s->through = p->fin;
	}
}

/* Hand on one part whose sender had nothing that the other direction still owes. */
static bool deliver(struct model *model, enum direction direction)
{
	struct model_stream *s = &model->streams[direction];
	const struct model_part *p = owner(s, s->delivered);

	if (p == NULL || s->delivered >= s->received ||
	    model->streams[!direction].delivered < p->ack)
		return false;
	s->delivered = p->to;
	return true;
}

void model_segment(struct model *model, enum direction direction, uint32_t at, const uint8_t *bytes,
		   uint32_t length, bool fin, uint32_t ack)
{
	struct model_stream *s = &model->streams[direction];
	uint32_t to = at + length + fin;
	uint32_t from = at < s->received ? s->received : at;

	if (to > s->top)
		s->top = to;
	if (from >= to || s->through || !settle(s, from, to))
		return;
	if (s->count == MODEL_PARTS_MAX || length > MODEL_PART_BYTES)
		abort();
	s->parts[s->count] = (struct model_part){ .from = from, .to = to, .fin = fin, .ack = ack };
	if (from < at + length)
		memcpy(s->parts[s->count].bytes, bytes + (from - at), at + length - from);
	s->count++;
	receive(s);
	while (deliver(model, FROM_CLIENT) || deliver(model, FROM_SERVER))
		;
}

bool model_byte(const struct model *model, enum direction direction, uint32_t at, uint8_t *out)
{
	const struct model_part *p = owner(&model->streams[direction], at);

	if (p == NULL || (p->fin && at + 1 == p->to))
		return false;
	*out = p->bytes[at - p->from];
	return true;
}
