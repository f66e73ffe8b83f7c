#include "reassembly/accept.h"

#include "reassembly/sequence.h"

/* Linux: TCP_PAWS_WINDOW, one tick. */
#define PAWS_WINDOW 1
/* RFC 7323, 2.3: the largest shift. */
#define SCALE_MAX 14

/* RFC 7323, 5.3: a time stamp before the last one that the receiver took. */
static bool is_old(const struct stream *s, const struct segment *segment)
{
	return segment->has_timestamps && s->timestamp_known &&
	       (int32_t)(s->timestamp - segment->timestamp_value) > PAWS_WINDOW;
}

/* An acknowledgement further back than any window that was offered (RFC 5961, 5.2). */
static bool acknowledges_too_little(const struct stream *other, uint32_t acknowledgement)
{
	uint32_t acked = other->acked_known ? other->acked : other->isn + 1;

	return (other->acked_known || other->handshake_seen) && other->edge_known &&
	       sequence_before(acknowledgement, acked - other->window_max);
}

bool accept_sum(struct flow *flow, enum direction d, const struct segment *segment)
{
	return !flow->wanted || checksum_trust_accepts(&flow->streams[d].sums, segment);
}

uint32_t accept_end(const struct segment *s)
{
	return s->sequence + (uint32_t)s->payload.length + s->missing_bytes +
	       ((s->flags & TCP_FIN) != 0 ? 1 : 0);
}

/* Go through the list of the header. */
bool accept_segment(const struct flow *flow, enum direction d, const struct segment *segment,
		    uint8_t *doubts)
{
	const struct stream *s = &flow->streams[d];
	const struct stream *other = &flow->streams[other_direction(d)];
	uint8_t found = 0;

	if ((segment->flags & TCP_ACK) == 0 || segment->has_md5 != flow->has_md5)
		return false;
	if (acknowledges_too_little(other, segment->acknowledgement))
		found |= DOUBT_PAST;
	if (flow->connection.seen[other_direction(d)] && other->placed &&
	    sequence_after(segment->acknowledgement, other->claimed))
		found |= DOUBT_ACK;
	if (s->placed && s->edge_known && sequence_after(accept_end(segment), s->edge)) {
		if (sequence_after(segment->sequence, s->edge + BEYOND_WINDOW_MAX_BYTES))
			return false;
		found |= DOUBT_WINDOW;
	}
	if (s->ttl != 0 && segment->ttl < s->ttl)
		found |= DOUBT_TTL;
	if (is_old(s, segment))
		found |= DOUBT_OLD;
	*doubts = found;
	return true;
}

/* The exact place is what the receiver has got to, which may be ahead of what it has said. */
enum accept_reset accept_reset(const struct flow *flow, enum direction d,
			       const struct segment *segment)
{
	const struct stream *s = &flow->streams[d];
	bool exact, low_ttl = s->ttl != 0 && segment->ttl < s->ttl;

	if (segment->has_md5 != flow->has_md5)
		return RESET_IGNORED;
	if (!s->placed && !s->acked_known)
		return RESET_DOUBTFUL;
	if (!s->placed)
		return segment->sequence == s->acked ? RESET_SURE : RESET_IGNORED;
	exact = segment->sequence == s->received || segment->sequence == s->top ||
		(s->acked_known && segment->sequence == s->acked);
	if (exact)
		return low_ttl ? RESET_DOUBTFUL : RESET_SURE;
	if (sequence_before(segment->sequence, s->acked_known ? s->acked : s->next))
		return RESET_IGNORED;
	if (!s->edge_known || sequence_after(segment->sequence, s->edge))
		return RESET_IGNORED;
	return RESET_DOUBTFUL;
}

/* How far the windows of a sender are shifted; false: its handshake was not seen. */
static bool window_shift(const struct flow *flow, enum direction d, unsigned int *shift)
{
	const struct stream *own = &flow->streams[d];
	const struct stream *other = &flow->streams[other_direction(d)];

	if (!own->handshake_seen || !other->handshake_seen)
		return false;
	*shift = 0;
	if (own->scale >= 0 && other->scale >= 0) /* RFC 7323, 1.3: both or none */
		*shift = own->scale > SCALE_MAX ? SCALE_MAX : (unsigned int)own->scale;
	return true;
}

/* RFC 7323, 4.3: the stamp of a segment that begins at or before the last acknowledgement. */
static void note_timestamp(struct stream *s, const struct segment *segment)
{
	if (!segment->has_timestamps)
		return;
	if (s->timestamp_known &&
	    (!s->acked_known || !s->placed || sequence_after(segment->sequence, s->acked) ||
	     sequence_after(segment->sequence, s->next)))
		return;
	s->timestamp = segment->timestamp_value;
	s->timestamp_known = true;
}

/* Clock and window. */
void accept_note(struct flow *flow, enum direction d, const struct segment *segment)
{
	struct stream *other = &flow->streams[other_direction(d)];
	struct stream *s = &flow->streams[d];
	uint32_t window, edge;
	unsigned int shift = 0;

	note_timestamp(s, segment);
	if (segment->ttl > s->ttl)
		s->ttl = segment->ttl;
	if ((segment->flags & TCP_SYN) == 0 && !window_shift(flow, d, &shift))
		return;
	window = (uint32_t)segment->window << shift;
	edge = segment->acknowledgement + window;
	if (!other->edge_known || sequence_after(edge, other->edge))
		other->edge = edge;
	other->edge_known = true;
	if (window > other->window_max)
		other->window_max = window;
}
