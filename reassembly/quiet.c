#include "reassembly/quiet.h"

#include "reassembly/sequence.h"

/* A SYN without answer, or a handshake without payload or end, is told after so long. */
#define UNANSWERED_NS (60 * NS_PER_SECOND)
#define SILENT_NS (10 * NS_PER_MINUTE)
/* A FIN may overtake data by so long. */
#define OVERTAKEN_NS NS_PER_SECOND

/* A connection that carried nothing. */
static void add_contact(struct reassembly *r, struct handshake *h, enum contact_kind kind,
			int64_t last_ns)
{
	struct contact contact = { .client = h->client_is_high ? h->key.high : h->key.low,
				   .server = h->client_is_high ? h->key.low : h->key.high,
				   .server_port = h->client_is_high ? h->key.low_port
								    : h->key.high_port,
				   .kind = kind,
				   .count = 1,
				   .first_ns = h->time_ns,
				   .last_ns = last_ns,
				   .at = h->at };

	h->counted = true;
	if (h->mail_port)
		contacts_add(&r->contacts, &contact);
}

/* A handshake that nothing followed is over. */
void quiet_tell(struct reassembly *r, struct handshake *h)
{
	int64_t last_ns = h->ended_ns == 0 ? h->time_ns : h->time_ns + h->ended_ns - h->since_ns;

	if (handshake_missed_data(h))
		h->counted = true;
	else
		add_contact(r, h, h->answered ? CONTACT_SILENT : CONTACT_UNANSWERED, last_ns);
}

/* After so long. */
static int64_t handshake_limit(const struct handshake *h)
{
	if (!h->answered)
		return UNANSWERED_NS;
	return h->ended_ns != 0 ? h->ended_ns - h->since_ns + OVERTAKEN_NS : SILENT_NS;
}

/* Handshakes that nothing followed; older than the limits, or all of them at the end. */
void quiet_sweep(struct reassembly *r, bool all)
{
	for (size_t i = 0; i < r->handshakes.count; i++) {
		struct handshake *h = &r->handshakes.entries[i];

		if (!h->used || h->counted || !h->mail_port)
			continue;
		if (all || r->now_ns - h->since_ns > handshake_limit(h))
			quiet_tell(r, h);
	}
}

/* RFC 9293, 3.10.7.3: a RST that acknowledges the SYN refuses it. */
static bool refuses(const struct handshake *h, const struct flow_place *place,
		    const struct segment *s)
{
	uint32_t first;

	return (s->flags & (TCP_RST | TCP_ACK)) == (TCP_RST | TCP_ACK) &&
	       h->client_is_high != place->sender_is_high &&
	       handshake_first(h, h->client_is_high, &first) &&
	       s->acknowledgement - first < FIRST_DATA_MAX_BYTES;
}

/* FIN or RST without a flow: a connection that carried nothing is over, or so it seems. */
void quiet_end(struct reassembly *r, const struct flow_place *place, const struct segment *s)
{
	struct handshake *h = handshakes_find(&r->handshakes, place);
	uint32_t first;

	if (h == NULL || h->counted)
		return;
	if (!h->answered && (s->flags & TCP_RST) != 0) {
		if (refuses(h, place, s))
			add_contact(r, h, CONTACT_REFUSED, s->time_ns);
		return;
	}
	if (!handshake_fits(h, place, s) || (handshake_first(h, place->sender_is_high, &first) &&
					     sequence_before(s->sequence, first)))
		return;
	handshake_note_end(h, place->sender_is_high, s, r->now_ns);
	if ((s->flags & TCP_RST) != 0 && !handshake_missed_data(h))
		add_contact(r, h, CONTACT_RESET, s->time_ns);
}
