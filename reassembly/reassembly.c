/*
 * The way of a segment: to its flow, if it has one; else a SYN goes to the table of handshakes, and
 * a payload is looked at. What is not mail costs one hash and one probe.
 */
#include "reassembly/reassembly.h"

#include "reassembly/accept.h"
#include "reassembly/engine.h"
#include "reassembly/follow.h"
#include "reassembly/lifecycle.h"
#include "reassembly/quiet.h"
#include "reassembly/sequence.h"

#include <stdlib.h>

/* A clock that is set back by more than this was set; by less, packets changed places. */
#define CLOCK_STEP_NS NS_PER_SECOND
/* Half of what 64 bits hold; capture/ gives no packet a later time. */
#define CLOCK_MAX_NS (INT64_MAX / 2)

static void fill_defaults(struct reassembly_options *o)
{
	if (o->flows_max == 0)
		o->flows_max = FLOWS_MAX_DEFAULT;
	if (o->handshakes_max == 0)
		o->handshakes_max = HANDSHAKES_MAX_DEFAULT;
	if (o->contacts_max == 0)
		o->contacts_max = CONTACTS_MAX_DEFAULT;
	if (o->idle_timeout_ns == 0)
		o->idle_timeout_ns = IDLE_TIMEOUT_DEFAULT_NS;
	if (o->reorder_wait_ns == 0)
		o->reorder_wait_ns = REORDER_WAIT_DEFAULT_NS;
}

enum result reassembly_new(struct reassembly **out, const struct reassembly_options *options,
			   struct budget *budget, const struct conversation_ops *ops, void *ops_ctx)
{
	struct reassembly *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return RESULT_FAILED;
	r->options = *options;
	fill_defaults(&r->options);
	r->budget = budget;
	r->ops = ops;
	r->ctx = ops_ctx;
	if (flow_table_init(&r->table, &r->marks) != RESULT_OK ||
	    handshakes_new(&r->handshakes, r->options.handshakes_max) != RESULT_OK ||
	    contacts_new(&r->contacts, &options->key, r->options.contacts_max) != RESULT_OK ||
	    closed_init(&r->closed, &r->marks) != RESULT_OK) {
		reassembly_free(&r);
		return RESULT_FAILED;
	}
	*out = r;
	return RESULT_OK;
}

static bool is_mail_port(const struct reassembly *r, uint16_t port)
{
	return r->options.is_mail_port != NULL && r->options.is_mail_port(port);
}

static int64_t end_of_minute(int64_t time_ns)
{
	return (time_ns / NS_PER_MINUTE + 1) * NS_PER_MINUTE;
}

/* Time has come to this point: end what is due. */
static void advance(struct reassembly *r, int64_t now_ns)
{
	struct flow *flow;

	if (now_ns > r->now_ns)
		r->now_ns = now_ns;
	while ((flow = timers_first(&r->timers)) != NULL && flow->deadline_ns <= r->now_ns)
		lifecycle_due(r, flow);
	closed_expire(&r->closed, r->budget, r->now_ns - CLOSED_LINGER_NS);
	if (r->now_ns < r->minute_end_ns)
		return;
	quiet_sweep(r, false);
	contacts_flush(&r->contacts, r->ops, r->ctx);
	r->minute_end_ns = end_of_minute(r->now_ns);
}

/* Our clock at a packet. */
static void tell_time(struct reassembly *r, int64_t time_ns)
{
	if (!r->clock_set) {
		r->clock_set = true;
		r->now_ns = time_ns;
		r->minute_end_ns = end_of_minute(time_ns);
	}
	/* One that was set back and forth for years would not fit in 64 bits: it stands still. */
	if (time_ns + r->offset_ns < r->now_ns - CLOCK_STEP_NS ||
	    time_ns + r->offset_ns > CLOCK_MAX_NS)
		r->offset_ns = r->now_ns - time_ns;
	if (time_ns + r->offset_ns > r->now_ns)
		advance(r, time_ns + r->offset_ns);
}

/* All of it stands before the first byte: a keep-alive before anything was said. */
static bool is_before_first(const struct handshake *h, const struct flow_place *place,
			    const struct segment *s)
{
	uint32_t first;

	return (s->flags & TCP_SYN) == 0 && handshake_first(h, place->sender_is_high, &first) &&
	       !sequence_after(accept_end(s), first);
}

/* Without a handshake: who is the client? */
static bool guess_sender_is_client(const struct reassembly *r, const struct segment *s,
				   enum first_look look)
{
	if (look >= LOOK_SENDER_IS_CLIENT)
		return look != LOOK_SENDER_IS_SERVER;
	if (is_mail_port(r, s->destination_port) != is_mail_port(r, s->source_port))
		return is_mail_port(r, s->destination_port);
	return s->destination_port <= s->source_port;
}

/* A flow begins, with the tunnels that its first packet came in. */
static struct flow *open_flow(struct reassembly *r, const struct flow_place *place,
			      const struct segment *s, const struct handshake *known,
			      bool sender_is_client)
{
	struct flow *flow = lifecycle_open(r, place, s, known, sender_is_client);
	struct tunnels *tunnels;

	if (flow == NULL || s->tunnels == NULL)
		return flow;
	tunnels = &flow->connection.tunnels;
	*tunnels = *s->tunnels;
	for (uint8_t i = 0; i < tunnels->count && !sender_is_client; i++) {
		tunnels->list[i].source = s->tunnels->list[i].destination;
		tunnels->list[i].destination = s->tunnels->list[i].source;
	}
	return flow;
}

/* Its first words were passed over: how many bytes they were, as the handshake tells. */
static struct flow *open_midway(struct reassembly *r, const struct flow_place *place,
				const struct segment *s, const struct handshake *known)
{
	struct flow *flow = open_flow(r, place, s, NULL, true);
	uint32_t first;

	if (flow == NULL)
		return NULL;
	if (handshake_first(known, place->sender_is_high, &first))
		flow->connection.passed_over[FROM_CLIENT] = s->sequence - first;
	if ((s->flags & TCP_ACK) != 0 && handshake_first(known, !place->sender_is_high, &first))
		flow->connection.passed_over[FROM_SERVER] = s->acknowledgement - first;
	return flow;
}

/* A payload without a flow. NULL: it is none of ours. */
static struct flow *begin_flow(struct reassembly *r, const struct flow_place *place,
			       const struct segment *s)
{
	enum first_look look = r->ops->look(r->ctx, s);
	struct handshake *known;
	bool sender_is_client;

	if (look == LOOK_NOT_MAIL)
		return NULL;
	sender_is_client = guess_sender_is_client(r, s, look);
	known = handshakes_find(&r->handshakes, place);
	if (known == NULL || !handshake_fits(known, place, s))
		return open_flow(r, place, s, NULL, sender_is_client);
	sender_is_client = known->client_is_high == place->sender_is_high;
	if (known->followed) /* and given up: what came in between is not known any more */
		return open_flow(r, place, s, NULL, sender_is_client);
	if (is_before_first(known, place, s))
		return NULL;
	known->counted = known->followed = true;
	if (look == LOOK_CLIENT_GOES_ON &&
	    sender_is_client) /* nothing is lost of what was before */
		return open_midway(r, place, s, known);
	return open_flow(r, place, s, known, sender_is_client);
}

static enum direction direction_of(const struct flow *flow, const struct flow_place *place)
{
	return flow->client_is_high == place->sender_is_high ? FROM_CLIENT : FROM_SERVER;
}

/* Is this a late copy? If it begins a connection anew, what was there before is forgotten. */
static bool is_late_syn(struct reassembly *r, const struct flow_place *place,
			const struct segment *s, const struct handshake *noted)
{
	struct closed_flow *before = closed_find(&r->closed, place);

	if (before == NULL)
		return false;
	if (closed_has_syn(before, place->sender_is_high, s, noted))
		return true;
	closed_remove(&r->closed, r->budget, before);
	return false;
}

/* SYN or SYN-ACK. */
static void take_syn(struct reassembly *r, const struct flow_place *place, struct flow *flow,
		     const struct segment *s)
{
	struct handshake lost;
	struct handshake *noted = handshakes_note(&r->handshakes, place, s, r->now_ns, &lost);

	if (lost.used)
		quiet_tell(r, &lost);
	noted->mail_port = is_mail_port(r, noted->client_is_high ? noted->key.low_port
								 : noted->key.high_port);
	if (flow != NULL) {
		if (follow_syn(r, flow, direction_of(flow, place), s, noted))
			return;
		lifecycle_remove(r, flow, flow->phase == FLOW_RESET ? CLOSE_RST : CLOSE_TIMEOUT);
	} else if (is_late_syn(r, place, s, noted)) {
		return;
	}
	if (s->payload.length == 0 || noted->sides[place->sender_is_high].sequence != s->sequence)
		return;
	flow = begin_flow(r, place, s);
	if (flow != NULL)
		(void)follow_syn(r, flow, direction_of(flow, place), s, noted);
}

/* Does the end stand behind this segment, in its numbers or by its acknowledgement? */
static bool is_behind(const struct handshake_side *side, const struct segment *s, bool is_sender)
{
	return !sequence_before(side->end_sequence, is_sender ? accept_end(s) : s->acknowledgement);
}

/* One end of a connection that came before the data of segment s. */
static void follow_end(struct reassembly *r, struct flow *flow, enum direction d,
		       const struct handshake_side *side, const struct segment *s)
{
	struct segment end = { .time_ns = s->time_ns,
			       .at = s->at,
			       .sequence = side->end_sequence,
			       .acknowledgement = side->end_acknowledgement,
			       .flags = side->end_flags,
			       .ttl = flow->streams[d].ttl,
			       .window_scale = -1,
			       .has_md5 = flow->has_md5 };

	if ((side->end_flags & TCP_RST) != 0)
		follow_reset(r, flow, d, &end);
	else
		(void)follow_segment(r, flow, d, &end);
}

/*
 * The flow has begun: the ends that came before its first segment, and stand before or behind it.
 * With the second of them it is gone.
 */
static void follow_ends(struct reassembly *r, const struct flow_place *place,
			const struct segment *s, bool behind)
{
	const struct handshake *h = handshakes_find(&r->handshakes, place);

	for (int high = 0; h != NULL && h->ended_ns != 0 && high < 2; high++) {
		const struct handshake_side *side = &h->sides[high];
		struct flow *flow = flow_table_find(&r->table, place);

		if (flow == NULL)
			return;
		if (side->end_flags != 0 &&
		    is_behind(side, s, high == place->sender_is_high) == behind)
			follow_end(r, flow,
				   flow->client_is_high == (high != 0) ? FROM_CLIENT : FROM_SERVER,
				   side, s);
	}
}

/* A payload that begins a flow. */
static void follow_first(struct reassembly *r, const struct flow_place *place,
			 const struct segment *s)
{
	struct flow *flow;

	follow_ends(r, place, s, false);
	flow = flow_table_find(&r->table, place);
	if (flow != NULL)
		(void)follow_segment(r, flow, direction_of(flow, place), s);
	follow_ends(r, place, s, true);
}

/* Is this a late copy of something said in a connection that is over? */
static bool is_late(struct reassembly *r, const struct flow_place *place, const struct segment *s)
{
	struct closed_flow *before = closed_find(&r->closed, place);

	if (before == NULL || closed_is_elsewhere(before, place->sender_is_high, s))
		return false;
	closed_touch(&r->closed, before, r->now_ns);
	return true;
}

/* A segment without SYN and without a flow. */
static void without_flow(struct reassembly *r, const struct flow_place *place,
			 const struct segment *s)
{
	if (is_late(r, place, s)) {
		r->stats.ignored++;
		return;
	}
	if (s->payload.length > 0 && (s->flags & (TCP_RST | TCP_ACK)) == TCP_ACK &&
	    begin_flow(r, place, s) != NULL) {
		follow_first(r, place, s);
		return;
	}
	r->stats.ignored++;
	if ((s->flags & (TCP_FIN | TCP_RST)) != 0)
		quiet_end(r, place, s);
}

/*
 * Did a SYN begin another connection? Its server must have said so, in a SYN-ACK or in what it
 * sends: anyone can throw a SYN, and what seems to follow it, at a connection that goes on.
 */
static bool is_believed(const struct handshake *h, const struct flow_place *place,
			const struct flow *flow)
{
	return h->answered || h->client_is_high != place->sender_is_high ||
	       !flow->connection.seen[FROM_SERVER];
}

/* A segment of a connection that took the place of another one whose end was not seen. */
static void replaced(struct reassembly *r, const struct flow_place *place, struct flow *flow,
		     const struct segment *s)
{
	const struct handshake *h = handshakes_find(&r->handshakes, place);

	if (h == NULL || h->counted || !handshake_fits(h, place, s) || !is_believed(h, place, flow))
		return;
	lifecycle_remove(r, flow, CLOSE_TIMEOUT);
	without_flow(r, place, s);
}

/* Of no flow, and nothing that could begin or end one: what most of a link's traffic is. */
static bool is_of_no_concern(const struct reassembly *r, const struct segment *s, bool marked)
{
	if (marked || (s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0)
		return false;
	if (s->payload.length == 0 || (s->flags & TCP_ACK) == 0)
		return true;
	return r->ops->look(r->ctx, s) == LOOK_NOT_MAIL;
}

void reassembly_segment(struct reassembly *r, const struct segment *s)
{
	struct flow_place place;
	struct flow *flow;
	bool marked;

	r->stats.segments++;
	tell_time(r, s->time_ns);
	marked = marks_hold(&r->marks, &s->source, s->source_port, &s->destination,
			    s->destination_port);
	if (is_of_no_concern(r, s, marked)) {
		r->stats.ignored++;
		return;
	}
	flow_place_of(&r->options.key, s, &place);
	flow = marked ? flow_table_find(&r->table, &place) : NULL;
	if ((s->flags & TCP_SYN) != 0 && (s->flags & (TCP_RST | TCP_FIN)) == 0) {
		take_syn(r, &place, flow, s);
		return;
	}
	if (flow == NULL) {
		without_flow(r, &place, s);
		return;
	}
	if ((s->flags & TCP_RST) != 0) {
		follow_reset(r, flow, direction_of(flow, &place), s);
		return;
	}
	if ((s->flags & TCP_SYN) != 0 || !follow_segment(r, flow, direction_of(flow, &place), s))
		replaced(r, &place, flow, s);
}

void reassembly_tick(struct reassembly *r, int64_t now_ns)
{
	if (r->clock_set)
		advance(r, now_ns + r->offset_ns);
}

void reassembly_finish(struct reassembly *r)
{
	lifecycle_finish(r);
	closed_expire(&r->closed, r->budget, INT64_MAX);
	quiet_sweep(r, true);
	contacts_flush(&r->contacts, r->ops, r->ctx);
}

void reassembly_stats_get(const struct reassembly *r, struct reassembly_stats *out)
{
	*out = r->stats;
	out->flows_open = r->table.map.count;
	out->forgotten_contacts = r->contacts.forgotten;
	out->forgotten_closed = r->closed.forgotten;
}

/* Free without a word; whoever wants the last words calls reassembly_finish first. */
void reassembly_free(struct reassembly **reassembly)
{
	struct reassembly *r = *reassembly;

	if (r == NULL)
		return;
	lifecycle_drop(r);
	timers_clear(&r->timers);
	flow_table_clear(&r->table);
	handshakes_free(&r->handshakes);
	contacts_free(&r->contacts);
	closed_clear(&r->closed, r->budget);
	free(r);
	*reassembly = NULL;
}
