#include "reassembly/arrive.h"

#include "reassembly/emit.h"
#include "reassembly/lifecycle.h"
#include "reassembly/sequence.h"
#include "reassembly/weave.h"

/* An acknowledgement further back than this tells nothing of where a direction begins. */
#define PLACE_BEFORE_MAX (1u << 20)

/*
 * RFC 9293, 3.8.4: one garbage byte at a place that was acknowledged, which is not known where the
 * other end is not in the capture.
 */
static bool is_keep_alive(const struct flow *flow, const struct stream *s,
			  const struct piece_head *head)
{
	enum direction d = s == &flow->streams[FROM_CLIENT] ? FROM_CLIENT : FROM_SERVER;

	return head->length == 1 && head->sequence + 1 == s->top &&
	       !flow->connection.seen[other_direction(d)];
}

/* Compare what comes again with what is remembered of it. */
static void check_again(struct reassembly *r, struct flow *flow, struct stream *s,
			const struct piece_head *head, const uint8_t *bytes)
{
	bool agrees = is_keep_alive(flow, s, head) ||
		      unacked_agrees(&s->unacked, head->sequence, span_of(bytes, head->length));

	for (const struct piece *p = s->pieces.first;
	     agrees && p != NULL && sequence_before(p->head.sequence, s->received) &&
	     sequence_before(p->head.sequence, head->sequence + head->length);
	     p = p->after)
		agrees = p->head.doubts != 0 || piece_agrees(&p->head, p->bytes, head, bytes);
	if (agrees)
		return;
	r->stats.overlap_conflicts++;
	flow->connection.flags |= CONNECTION_OVERLAP_CONFLICT;
}

/* Leave the part out that was received before; false: that is all of it. */
static bool cut_received(struct piece_head *head, const uint8_t **bytes, uint32_t received)
{
	uint32_t cut, present;

	if (!sequence_after(piece_end(head), received))
		return false;
	if (!sequence_before(head->sequence, received))
		return true;
	cut = received - head->sequence;
	present = cut < head->length ? cut : head->length;
	*bytes += present;
	head->length -= present;
	head->missing -= cut - present < head->missing ? cut - present : head->missing;
	head->sequence = received;
	return true;
}

/* What the receiver has acknowledged it has taken: no doubt is left. */
static void trust_acked(struct reassembly *r, struct stream *s)
{
	for (struct piece *p = s->pieces.first;
	     p != NULL && s->pieces.doubtful > 0 && sequence_before(p->head.sequence, s->acked);
	     p = p->after) {
		if (p->head.doubts == 0)
			continue;
		if (sequence_after(piece_end(&p->head), s->acked))
			pieces_split(&s->pieces, r->budget, p, s->acked);
		if (sequence_after(piece_end(&p->head), s->acked))
			continue;
		if ((p->head.doubts & DOUBT_TTL) != 0)
			s->ttl = p->head.ttl; /* the way has changed */
		pieces_trust(&s->pieces, p);
		weave_advance(s, p);
	}
}

/* Keep a copy of what cannot be handed on yet. */
static void keep(struct reassembly *r, struct flow *flow, enum direction d,
		 const struct piece_head *head, const uint8_t *bytes)
{
	struct stream *s = &flow->streams[d];
	struct piece *piece = NULL;
	bool conflict = false;

	if (!lifecycle_make_room(r, flow, sizeof(*piece) + head->length) ||
	    pieces_add(&s->pieces, r->budget, head, bytes, &piece, &conflict) != RESULT_OK) {
		r->stats.forgotten_segments++;
		return;
	}
	if (conflict) {
		r->stats.overlap_conflicts++;
		flow->connection.flags |= CONNECTION_OVERLAP_CONFLICT;
	}
	if (s->acked_known) {
		pieces_acked(&s->pieces, s->acked, r->now_ns);
		trust_acked(r, s);
	}
	weave_advance(s, piece);
}

/* More waits than one flow may hold: give up what blocks. */
static void press(struct reassembly *r, struct flow *flow)
{
	while (flow->streams[0].pieces.charged_bytes + flow->streams[1].pieces.charged_bytes >
		   PENDING_MAX_BYTES ||
	       flow->streams[0].pieces.count >= PIECES_MAX ||
	       flow->streams[1].pieces.count >= PIECES_MAX)
		weave_force(r, flow, true);
}

/* Nobody wants the bytes; the end is still to be known. */
static void pass_over(struct stream *s, const struct piece_head *head)
{
	if (!sequence_after(piece_end(head), s->next))
		return;
	s->next = s->received = piece_end(head);
	s->ended = s->ended || head->fin;
}

/* One part of a segment. */
void arrive_part(struct reassembly *r, struct flow *flow, enum direction d,
		 const struct piece_head *part, const uint8_t *bytes)
{
	struct stream *s = &flow->streams[d];
	struct piece_head head = *part;

	if (!flow->wanted) {
		pass_over(s, &head);
		return;
	}
	if (sequence_before(head.sequence, s->received)) {
		if (head.length > 0)
			r->stats.retransmitted++;
		check_again(r, flow, s, &head, bytes);
		if (!cut_received(&head, &bytes, s->received))
			return;
	}
	if (s->ended)
		return;
	if (s->pieces.first == NULL && head.doubts == 0 && head.sequence == s->next &&
	    weave_ready(flow, d, &head)) {
		weave_tell_unseen(r, flow, d, &head);
		emit_part(r, flow, d, &head, bytes);
		weave_advance(s, NULL);
		return;
	}
	if (sequence_after(head.sequence, s->received))
		r->stats.out_of_order++;
	keep(r, flow, d, &head, bytes);
	press(r, flow);
}

/* Where a direction begins: here, or at what was acknowledged before. */
void arrive_place(struct reassembly *r, struct stream *s, uint32_t sequence)
{
	if (s->acked_known && sequence - s->next < PLACE_BEFORE_MAX)
		sequence = s->next;
	s->placed = true;
	s->next = s->received = s->top = s->claimed = sequence;
	if (s->acked_known && sequence_after(s->acked, sequence))
		s->ahead_ns = r->now_ns;
}

/* The acknowledgement number moves on. */
void arrive_acknowledgement(struct reassembly *r, struct flow *flow, enum direction d, uint32_t ack)
{
	struct stream *s = &flow->streams[d];
	bool was_ahead = s->acked_known && sequence_after(s->acked, s->received);

	if (!s->placed && !s->acked_known)
		s->next = ack;
	if (s->acked_known && !sequence_after(ack, s->acked))
		return;
	s->acked = ack;
	s->acked_known = true;
	s->acked_ns = r->now_ns;
	if (!s->placed)
		return;
	if (!was_ahead && sequence_after(ack, s->received))
		s->ahead_ns = r->now_ns;
	unacked_forget(&s->unacked, r->budget, ack);
	pieces_acked(&s->pieces, ack, r->now_ns);
	trust_acked(r, s);
}

/* What the other end acknowledged too early may be seen by now. */
static void trust_acking(struct stream *s, uint32_t top)
{
	for (struct piece *p = s->pieces.first; p != NULL && s->pieces.doubtful > 0; p = p->after) {
		if ((p->head.doubts & DOUBT_ACK) == 0 ||
		    sequence_after(p->head.acknowledgement, top))
			continue;
		if (p->head.doubts != DOUBT_ACK) {
			p->head.doubts &= (uint8_t)~DOUBT_ACK;
			continue;
		}
		pieces_trust(&s->pieces, p);
		weave_advance(s, p);
	}
}

/* The sender has come as far as this. */
void arrive_reach(struct reassembly *r, struct flow *flow, enum direction d, uint32_t top,
		  bool sure)
{
	struct stream *s = &flow->streams[d];

	if (sure)
		s->top = sequence_later(s->top, top);
	if (!sequence_after(top, s->claimed))
		return;
	s->claimed = top;
	if (s->future_known && !sequence_after(s->future_ack, top)) {
		s->future_known = false;
		arrive_acknowledgement(r, flow, d, s->future_ack);
	}
	trust_acking(&flow->streams[other_direction(d)], top);
}
