#include "reassembly/weave.h"

#include "reassembly/arrive.h"
#include "reassembly/emit.h"
#include "reassembly/sequence.h"

static bool in_order(const struct stream *s, const struct piece_head *head)
{
	return !sequence_after(head->sequence, s->next);
}

/* Has the other direction been handed on as far as the sender of this part had it? */
bool weave_ready(const struct flow *flow, enum direction d, const struct piece_head *head)
{
	const struct stream *other = &flow->streams[other_direction(d)];

	if (!head->has_ack || (flow->alone && !flow->connection.seen[other_direction(d)]))
		return true;
	return other->placed && !sequence_before(other->next, head->acknowledgement);
}

/* The other end is not in the capture: its acknowledged bytes are known by number alone. */
void weave_tell_unseen(struct reassembly *r, struct flow *flow, enum direction d,
		       const struct piece_head *head)
{
	enum direction other = other_direction(d);
	struct stream *s = &flow->streams[other];

	if (!head->has_ack || !flow->alone || flow->connection.seen[other])
		return;
	if (!s->placed)
		arrive_place(r, s, head->acknowledgement);
	if (sequence_after(head->acknowledgement, s->next))
		emit_gap(r, flow, other, head->acknowledgement, head);
}

/* Is one number acknowledged that no data followed? Rather a FIN that was not captured. */
static bool is_lost_fin(const struct stream *s, uint32_t to)
{
	return to - s->next == 1 && s->pieces.first == NULL;
}

/*
 * The end of the hole at next and since when it is known to be one for good; false: there is
 * none that could be given up.
 */
static bool hole_known(const struct flow *flow, enum direction d, uint32_t *to, int64_t *since_ns,
		       bool *lonely)
{
	const struct stream *s = &flow->streams[d];
	const struct piece *first = s->pieces.first;

	*lonely = flow->alone && !flow->connection.seen[other_direction(d)];
	if (!s->placed || s->ended || (first != NULL && in_order(s, &first->head)))
		return false;
	if (*lonely && first != NULL) {
		*to = first->head.sequence;
		*since_ns = first->head.since_ns;
		return true;
	}
	if (!s->acked_known || !sequence_after(s->acked, s->next))
		return false;
	*to = s->acked;
	*since_ns = s->ahead_ns;
	if (first != NULL && !sequence_after(first->head.sequence, s->acked)) {
		*to = first->head.sequence;
		*since_ns = first->acked_ns;
	}
	return !is_lost_fin(s, *to);
}

/* When may the hole be given up? */
static int64_t hole_due(const struct reassembly *r, int64_t since_ns, bool lonely)
{
	return since_ns + (lonely ? LONELY_HOLE_NS : r->options.reorder_wait_ns);
}

/* All from next on that has come without a hole counts as received. */
void weave_advance(struct stream *s, const struct piece *p)
{
	uint32_t before = s->received;

	if (sequence_before(s->received, s->next))
		s->received = s->next;
	for (; p != NULL && p->head.doubts == 0 && !sequence_after(p->head.sequence, s->received);
	     p = p->after)
		s->received = sequence_later(s->received, piece_end(&p->head));
	if (s->received != before) /* another hole than before, acknowledged no later than this */
		s->ahead_ns = s->acked_ns;
}

/* Pieces below next are of no use any more. */
static void drop_known(struct reassembly *r, struct stream *s)
{
	struct piece *p;

	while ((p = s->pieces.first) != NULL && !sequence_after(piece_end(&p->head), s->next))
		pieces_remove(&s->pieces, r->budget, p);
}

static void give_gap(struct reassembly *r, struct flow *flow, enum direction d, uint32_t to,
		     const struct piece_head *noticed)
{
	struct stream *s = &flow->streams[d];

	emit_gap(r, flow, d, to, noticed);
	drop_known(r, s);
	weave_advance(s, s->pieces.first);
}

/* Hand on the first piece, which is in order. */
static void give_first(struct reassembly *r, struct flow *flow, enum direction d)
{
	struct stream *s = &flow->streams[d];
	struct piece *p = s->pieces.first;

	weave_tell_unseen(r, flow, d, &p->head);
	emit_part(r, flow, d, &p->head, p->bytes);
	weave_advance(s, NULL);
	drop_known(r, s);
	if (s->ended) /* behind a FIN nothing is taken: Linux, tcp_fin */
		pieces_clear(&s->pieces, r->budget);
}

/* The other direction is brought to where the sender of this part had it, whatever it lacks. */
static void force_other(struct reassembly *r, struct flow *flow, enum direction d,
			const struct piece_head *head)
{
	enum direction other = other_direction(d);
	struct stream *s = &flow->streams[other];

	while (s->placed && sequence_before(s->next, head->acknowledgement)) {
		const struct piece *p = s->pieces.first;
		uint32_t to = head->acknowledgement;

		if (p != NULL && in_order(s, &p->head)) {
			/* Each waits for the other: a late copy has too high a number. */
			if (p->head.has_ack &&
			    sequence_after(p->head.acknowledgement, flow->streams[d].next))
				return;
			give_first(r, flow, other);
			continue;
		}
		if (is_lost_fin(s, to))
			return;
		if (p != NULL)
			to = sequence_earlier(to, p->head.sequence);
		give_gap(r, flow, other, to, head);
	}
}

/* Waiting for the other side is over: is it there at all? */
static void give_up_other(struct reassembly *r, struct flow *flow, enum direction d,
			  const struct piece_head *head)
{
	enum direction other = other_direction(d);

	if (!flow->connection.seen[other]) {
		flow->alone = true;
		flow->connection.flags |= CONNECTION_ONE_SIDED;
		weave_tell_unseen(r, flow, d, head);
		return;
	}
	if (!flow->streams[other].placed)
		arrive_place(r, &flow->streams[other], head->acknowledgement);
	force_other(r, flow, d, head);
}

/* One thing of this direction that is due; false: nothing is. */
static bool step(struct reassembly *r, struct flow *flow, enum direction d)
{
	struct stream *s = &flow->streams[d];
	struct piece *p;
	uint32_t to;
	int64_t since_ns;
	bool lonely;

	drop_known(r, s);
	p = s->pieces.first;
	if (p != NULL && s->placed && in_order(s, &p->head)) {
		if (p->head.doubts != 0)
			return false;
		if (!weave_ready(flow, d, &p->head)) {
			if (r->now_ns < p->head.since_ns + r->options.reorder_wait_ns)
				return false;
			give_up_other(r, flow, d, &p->head);
		}
		give_first(r, flow, d);
		return true;
	}
	if (!hole_known(flow, d, &to, &since_ns, &lonely) ||
	    r->now_ns < hole_due(r, since_ns, lonely))
		return false;
	give_gap(r, flow, d, to, p != NULL ? &p->head : NULL);
	return true;
}

/* Of two that could go, the one that was captured first. */
static enum direction earlier(const struct flow *flow)
{
	const struct piece *c = flow->streams[FROM_CLIENT].pieces.first;
	const struct piece *s = flow->streams[FROM_SERVER].pieces.first;

	return c == NULL || (s != NULL && s->head.since_ns < c->head.since_ns) ? FROM_SERVER
									       : FROM_CLIENT;
}

/* Hand on until nothing moves. */
void weave_run(struct reassembly *r, struct flow *flow)
{
	enum direction d;

	do
		d = earlier(flow);
	while (step(r, flow, d) || step(r, flow, other_direction(d)));
}

/* The earliest time at which something could move. */
int64_t weave_due(const struct reassembly *r, const struct flow *flow)
{
	int64_t due_ns = INT64_MAX;

	for (enum direction d = FROM_CLIENT; d <= FROM_SERVER; d++) {
		const struct stream *s = &flow->streams[d];
		const struct piece *p = s->pieces.first;
		int64_t due = INT64_MAX, since_ns;
		uint32_t to;
		bool lonely;

		if (p != NULL && s->placed && in_order(s, &p->head) && p->head.doubts == 0)
			due = p->head.since_ns + r->options.reorder_wait_ns;
		else if (hole_known(flow, d, &to, &since_ns, &lonely))
			due = hole_due(r, since_ns, lonely);
		due_ns = due < due_ns ? due : due_ns;
	}
	return due_ns;
}

/* Make something move that would not by itself yet. */
void weave_force(struct reassembly *r, struct flow *flow, bool tell_unacked)
{
	enum direction d = earlier(flow);
	struct stream *s = &flow->streams[d];
	struct piece *p = s->pieces.first;

	if (in_order(s, &p->head)) {
		if (p->head.doubts != 0) {
			pieces_remove(&s->pieces, r->budget, p);
			return;
		}
		if (!weave_ready(flow, d, &p->head))
			give_up_other(r, flow, d, &p->head);
		give_first(r, flow, d);
		return;
	}
	if (!tell_unacked && s->acked_known && flow->connection.seen[other_direction(d)] &&
	    sequence_after(p->head.sequence, s->acked)) {
		/* The receiver never had what is missing, so it made nothing of the rest. */
		pieces_clear(&s->pieces, r->budget);
		return;
	}
	give_gap(r, flow, d, p->head.sequence, &p->head);
}

/* Hand on all that waits, then the holes at the ends. */
void weave_flush(struct reassembly *r, struct flow *flow, bool tell_unacked)
{
	weave_run(r, flow);
	while (flow->streams[FROM_CLIENT].pieces.first != NULL ||
	       flow->streams[FROM_SERVER].pieces.first != NULL)
		weave_force(r, flow, tell_unacked);
	for (enum direction d = FROM_CLIENT; d <= FROM_SERVER; d++) {
		struct stream *s = &flow->streams[d];

		if (s->placed && !s->ended && s->acked_known && sequence_after(s->acked, s->next) &&
		    !is_lost_fin(s, s->acked))
			give_gap(r, flow, d, s->acked, NULL);
	}
}
