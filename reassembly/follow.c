#include "reassembly/follow.h"

#include "reassembly/accept.h"
#include "reassembly/arrive.h"
#include "reassembly/lifecycle.h"
#include "reassembly/sequence.h"
#include "reassembly/weave.h"

/* A packet of this direction was seen. */
static void note_seen(struct reassembly *r, struct flow *flow, enum direction d,
		      const struct segment *segment)
{
	flow->last_ns = r->now_ns;
	flow->last_word.time_ns = segment->time_ns;
	flow->last_word.at = segment->at;
	if (flow->connection.seen[d])
		return;
	flow->connection.seen[d] = true;
	/* It is in the capture after all; what it said before this is told as a gap. */
	flow->alone = false;
	flow->connection.flags &= ~(uint32_t)CONNECTION_ONE_SIDED;
}

/* The part of a segment that carries something, or false. */
static bool part_of(const struct reassembly *r, const struct segment *s, struct piece_head *out)
{
	*out = (struct piece_head){ .time_ns = s->time_ns,
				    .since_ns = r->now_ns,
				    .at = s->at,
				    .sequence = s->sequence + ((s->flags & TCP_SYN) != 0 ? 1 : 0),
				    .length = (uint32_t)s->payload.length,
				    .missing = s->missing_bytes,
				    .acknowledgement = s->acknowledgement,
				    .ttl = s->ttl,
				    .has_ack = (s->flags & TCP_ACK) != 0,
				    .fin = (s->flags & TCP_FIN) != 0 };
	return out->length + out->missing > 0 || out->fin;
}

/* RFC 9293, 3.8.5, read as Linux does: the pointer names the byte behind the urgent one. */
static void note_urgent(struct stream *s, const struct segment *segment)
{
	uint32_t place = segment->sequence + segment->urgent_pointer - 1;

	if ((segment->flags & TCP_URG) == 0 || segment->urgent_pointer == 0 ||
	    sequence_before(place, s->received))
		return;
	if (s->urgent_known && !sequence_after(place, s->urgent))
		return;
	s->urgent = place;
	s->urgent_known = true;
}

/* What an acknowledgement says of the other direction. */
static void acknowledge(struct reassembly *r, struct flow *flow, enum direction d, uint32_t ack,
			uint8_t doubts)
{
	struct stream *other = &flow->streams[other_direction(d)];

	if ((doubts & (DOUBT_WINDOW | DOUBT_OLD | DOUBT_PAST)) != 0)
		return;
	if ((doubts & DOUBT_ACK) == 0) {
		arrive_acknowledgement(r, flow, other_direction(d), ack);
		return;
	}
	/* It counts as soon as the other end is known to have sent that much. */
	other->future_ack = ack;
	other->future_known = true;
}

/* Hand on what can be, set the clock. If both are through, the flow is gone. */
static void settle(struct reassembly *r, struct flow *flow)
{
	weave_run(r, flow);
	if (flow->streams[0].ended && flow->streams[1].ended)
		lifecycle_close(r, flow, CLOSE_FIN);
	else
		lifecycle_touch(r, flow);
}

/*
 * Its sender goes on after a RST in its name: the RST never arrived, or was not its own. After one
 * that fits exactly the receiver's acknowledgement must tell; true: until then it is doubtful.
 */
static bool goes_on(struct flow *flow, enum direction d, const struct segment *segment)
{
	if (flow->phase != FLOW_RESET || flow->reset_by != d ||
	    !sequence_after(accept_end(segment), flow->reset_sequence))
		return false;
	if (flow->reset_sure && flow->connection.seen[other_direction(d)])
		return true;
	flow->phase = FLOW_OPEN;
	return false;
}

/* The other end has taken something behind the RST: it never took that. */
static void revoke_reset(struct flow *flow, enum direction d)
{
	const struct stream *other = &flow->streams[other_direction(d)];

	if (flow->phase == FLOW_RESET && flow->reset_by != d && other->acked_known &&
	    sequence_after(other->acked, flow->reset_sequence))
		flow->phase = FLOW_OPEN;
}

/* Far from where this direction is: not to be explained by loss. */
static bool is_elsewhere(const struct stream *s, const struct segment *segment)
{
	int32_t away = (int32_t)(segment->sequence - s->received);

	return s->placed &&
	       (away > (int32_t)PENDING_MAX_BYTES * 4 || away < -(int32_t)PENDING_MAX_BYTES * 4);
}

bool follow_segment(struct reassembly *r, struct flow *flow, enum direction d,
		    const struct segment *segment)
{
	struct stream *s = &flow->streams[d];
	struct piece_head part;
	uint8_t doubts = 0;
	bool sum_right;

	if (is_elsewhere(s, segment)) {
		r->stats.invalid++;
		return false;
	}
	sum_right = accept_sum(flow, d, segment);
	if (!accept_segment(flow, d, segment, &doubts)) {
		r->stats.invalid++;
		return true;
	}
	if (!sum_right)
		doubts |= DOUBT_SUM;
	note_seen(r, flow, d, segment);
	if (goes_on(flow, d, segment))
		doubts |= DOUBT_RESET;
	if (!s->placed)
		arrive_place(r, s, segment->sequence);
	if ((doubts & DOUBT_OLD) == 0)
		accept_note(flow, d, segment);
	if ((doubts & DOUBT_WINDOW) == 0)
		arrive_reach(r, flow, d, accept_end(segment), doubts == 0);
	acknowledge(r, flow, d, segment->acknowledgement, doubts);
	revoke_reset(flow, d);
	if (doubts == 0)
		note_urgent(s, segment);
	if (part_of(r, segment, &part)) {
		part.doubts = doubts;
		arrive_part(r, flow, d, &part, segment->payload.data);
	}
	settle(r, flow);
	return true;
}

void follow_reset(struct reassembly *r, struct flow *flow, enum direction d,
		  const struct segment *segment)
{
	enum accept_reset answer = accept_reset(flow, d, segment);

	if (answer == RESET_IGNORED || !accept_sum(flow, d, segment)) {
		r->stats.invalid++;
		return;
	}
	if (flow->phase == FLOW_RESET && (flow->reset_sure || answer == RESET_DOUBTFUL))
		return;
	note_seen(r, flow, d, segment);
	flow->phase = FLOW_RESET;
	flow->reset_by = d;
	flow->reset_sequence = segment->sequence;
	flow->reset_sure = answer == RESET_SURE;
	flow->reset_word = flow->last_word;
	lifecycle_touch(r, flow);
}

/* Data in a SYN that its SYN-ACK did not take is not part of the stream (RFC 7413). */
static void drop_refused(struct reassembly *r, struct stream *s, uint32_t acknowledged)
{
	struct piece *p = s->pieces.first;

	while (p != NULL) {
		struct piece *after = p->after;

		if ((p->head.doubts & DOUBT_SYN) != 0 && acknowledged == p->head.sequence)
			pieces_remove(&s->pieces, r->budget, p);
		p = after;
	}
}

/* The facts of a SYN that belongs to this connection; its data, if it has any. */
static void take_syn(struct reassembly *r, struct flow *flow, enum direction d,
		     const struct segment *segment)
{
	struct stream *s = &flow->streams[d];
	struct stream *other = &flow->streams[other_direction(d)];
	struct piece_head part;

	note_seen(r, flow, d, segment);
	if (!s->handshake_seen) {
		s->isn = segment->sequence;
		s->handshake_seen = true;
		s->scale = segment->window_scale;
		s->ttl = segment->ttl;
	}
	if (!s->placed)
		arrive_place(r, s, segment->sequence + 1);
	arrive_reach(r, flow, d, segment->sequence + 1, true);
	if ((segment->flags & TCP_ACK) != 0) {
		accept_note(flow, d, segment);
		drop_refused(r, other, segment->acknowledgement);
		arrive_reach(r, flow, other_direction(d), segment->acknowledgement, true);
		arrive_acknowledgement(r, flow, other_direction(d), segment->acknowledgement);
	}
	if (part_of(r, segment, &part)) {
		part.doubts = DOUBT_SYN;
		arrive_part(r, flow, d, &part, segment->payload.data);
	}
	settle(r, flow);
}

/* Does the number fit what is known of this end? */
static bool is_own_syn(const struct flow *flow, enum direction d, const struct segment *segment)
{
	const struct stream *s = &flow->streams[d];
	const struct stream *other = &flow->streams[other_direction(d)];

	if (s->handshake_seen)
		return s->isn == segment->sequence;
	if (d == FROM_CLIENT && flow->connection.roles_known)
		return flow->connection.client_isn == segment->sequence;
	/* The answer came late, or its first copy was lost: it must fit the other end's number. */
	return (segment->flags & TCP_ACK) != 0 && other->handshake_seen &&
	       segment->acknowledgement == other->isn + 1;
}

/* A handshake with data in its SYN, so far: it may begin again with another number. */
static bool is_unanswered(const struct flow *flow, enum direction d)
{
	return !flow->connection.seen[other_direction(d)] && !flow->streams[d].spoken;
}

bool follow_syn(struct reassembly *r, struct flow *flow, enum direction d,
		const struct segment *segment, const struct handshake *noted)
{
	if (!accept_sum(flow, d, segment)) {
		r->stats.invalid++;
		return true;
	}
	if (is_own_syn(flow, d, segment)) {
		take_syn(r, flow, d, segment);
		return true;
	}
	if ((segment->flags & TCP_ACK) != 0 &&
	    handshake_answered_anew(noted, flow->connection.client_isn))
		return false;
	if ((segment->flags & TCP_ACK) == 0 && (flow->phase != FLOW_OPEN || is_unanswered(flow, d)))
		return false;
	r->stats.invalid++; /* RFC 5961, 4: a SYN inside is challenged, and changes nothing */
	return true;
}
