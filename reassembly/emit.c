#include "reassembly/emit.h"

#include "reassembly/sequence.h"

/* One data call. */
static void call_data(struct reassembly *r, struct flow *flow, enum direction d,
		      const struct piece_head *head, struct span bytes)
{
	struct chunk chunk = {
		.direction = d, .time_ns = head->time_ns, .at = head->at, .bytes = bytes
	};

	if (!flow->wanted || bytes.length == 0)
		return;
	flow->streams[d].spoken = true;
	flow->wanted = r->ops->data(r->ctx, flow->session, &chunk);
}

static void call_gap(struct reassembly *r, struct flow *flow, const struct gap *gap)
{
	if (flow->wanted)
		flow->wanted = r->ops->gap(r->ctx, flow->session, gap);
}

/* The bytes from next on, less the urgent one. */
static void emit_bytes(struct reassembly *r, struct flow *flow, enum direction d,
		       const struct piece_head *head, struct span bytes)
{
	struct stream *s = &flow->streams[d];
	uint32_t urgent = s->urgent - s->next;
	uint32_t from = s->next;

	s->next += (uint32_t)bytes.length;
	if (!s->acked_known || sequence_after(s->next, s->acked)) {
		unacked_add(&s->unacked, r->budget, from, bytes);
		if (s->acked_known)
			unacked_forget(&s->unacked, r->budget, s->acked);
	}
	if (!s->urgent_known || urgent >= bytes.length) {
		call_data(r, flow, d, head, bytes);
		return;
	}
	s->urgent_known = false;
	call_data(r, flow, d, head, span_part(bytes, 0, urgent));
	call_data(r, flow, d, head, span_part(bytes, (size_t)urgent + 1, bytes.length));
}

/* What the snap length cut is as lost as a packet, but for another reason. */
static void emit_cut(struct reassembly *r, struct flow *flow, enum direction d,
		     const struct piece_head *head, uint32_t to)
{
	struct stream *s = &flow->streams[d];
	struct gap gap = { .direction = d,
			   .kind = GAP_CUT,
			   .length_bytes = to - s->next,
			   .time_ns = head->time_ns,
			   .at = head->at };

	s->next = to;
	flow->connection.flags |= CONNECTION_TRUNCATED;
	call_gap(r, flow, &gap);
}

/* Bytes, cut bytes, end. */
void emit_part(struct reassembly *r, struct flow *flow, enum direction d,
	       const struct piece_head *head, const uint8_t *bytes)
{
	struct stream *s = &flow->streams[d];
	uint32_t skip = s->next - head->sequence;
	uint32_t to = head->sequence + head->length + head->missing;

	if (skip < head->length)
		emit_bytes(r, flow, d, head,
			   (struct span){ .data = bytes + skip, .length = head->length - skip });
	if (sequence_after(to, s->next))
		emit_cut(r, flow, d, head, to);
	if (!head->fin || s->next != to || s->ended)
		return;
	s->next++;
	s->ended = true;
	if (flow->wanted && r->ops->end != NULL)
		r->ops->end(r->ctx, flow->session, d, head->time_ns);
}

/* A hole for good. */
void emit_gap(struct reassembly *r, struct flow *flow, enum direction d, uint32_t to,
	      const struct piece_head *noticed)
{
	struct stream *s = &flow->streams[d];
	struct gap gap = { .direction = d,
			   .kind = GAP_LOST,
			   .length_bytes = to - s->next,
			   .time_ns = noticed != NULL ? noticed->time_ns : flow->last_word.time_ns,
			   .at = noticed != NULL ? noticed->at : flow->last_word.at };

	s->next = to;
	if (sequence_before(s->received, to))
		s->received = to;
	if (s->ended) /* who acknowledges what is behind the end is wrong */
		return;
	if (flow->connection.seen[d]) {
		r->stats.gaps++;
		r->stats.gap_bytes += gap.length_bytes;
		flow->connection.flags |= CONNECTION_GAP;
	}
	call_gap(r, flow, &gap);
}
