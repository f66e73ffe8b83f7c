#include "reassembly/lifecycle.h"

#include "reassembly/arrive.h"
#include "reassembly/weave.h"

#include <stdlib.h>

/* Forget the least valuable flow. */
static bool forget_one(struct reassembly *r, const struct flow *except)
{
	struct flow *least = flow_table_least(&r->table, except);

	if (least == NULL)
		return false;
	r->stats.forgotten_flows++;
	lifecycle_remove(r, least, CLOSE_EOF);
	return true;
}

bool lifecycle_make_room(struct reassembly *r, const struct flow *except, size_t bytes)
{
	while (bytes > r->budget->limit_bytes - r->budget->used_bytes)
		if (!closed_forget(&r->closed, r->budget) && !forget_one(r, except))
			return false;
	return true;
}

/* What a SYN said about its sender. */
static void begin_side(struct stream *s, const struct handshake_side *side)
{
	if (!side->seen)
		return;
	s->isn = side->sequence;
	s->handshake_seen = true;
	s->scale = side->scale;
	s->ttl = side->ttl;
	s->timestamp = side->timestamp;
	s->timestamp_known = side->has_timestamps;
}

/* Fill in what the handshake told. */
static void begin_known(struct reassembly *r, struct flow *flow, const struct handshake *h)
{
	struct stream *client = &flow->streams[FROM_CLIENT];
	struct stream *server = &flow->streams[FROM_SERVER];
	const struct handshake_side *client_side = &h->sides[h->client_is_high];
	const struct handshake_side *server_side = &h->sides[!h->client_is_high];
	struct connection *c = &flow->connection;

	begin_side(client, client_side);
	begin_side(server, server_side);
	if (h->answered && server_side->seen) { /* a SYN sent again may have had another number */
		client->isn = h->accepted;
		arrive_acknowledgement(r, flow, FROM_CLIENT, h->accepted + 1);
		client->edge = h->accepted + 1 + server_side->window;
		client->edge_known = client_side->seen;
		client->window_max = server_side->window;
	}
	if (client_side->seen || h->answered)
		arrive_place(r, client, client->isn + 1);
	if (server_side->seen) {
		arrive_place(r, server, server->isn + 1);
		server->edge = server->isn + 1 + client_side->window;
		server->edge_known = client_side->seen;
		server->window_max = client_side->window;
	}
	c->client_isn = client->isn;
	c->roles_known = true;
	c->seen[FROM_CLIENT] = client_side->seen;
	c->seen[FROM_SERVER] = server_side->seen;
	c->start_ns = h->time_ns;
	c->start_at = h->at;
	flow->has_md5 = h->has_md5;
}

/* Who is who, and where it began. */
static void begin(struct reassembly *r, struct flow *flow, const struct segment *s,
		  const struct handshake *known, bool sender_is_client)
{
	struct connection *c = &flow->connection;

	c->client = sender_is_client ? s->source : s->destination;
	c->server = sender_is_client ? s->destination : s->source;
	c->client_port = sender_is_client ? s->source_port : s->destination_port;
	c->server_port = sender_is_client ? s->destination_port : s->source_port;
	c->vlan_id = s->vlan_id;
	for (enum direction d = FROM_CLIENT; d <= FROM_SERVER; d++) {
		flow->streams[d].scale = -1;
		flow->streams[d].pieces.policy = r->options.overlap;
	}
	if (known != NULL) {
		begin_known(r, flow, known);
		return;
	}
	c->client_isn = sender_is_client ? s->sequence : s->acknowledgement;
	c->start_ns = s->time_ns;
	c->start_at = s->at;
	c->flags = CONNECTION_MIDSTREAM;
	flow->has_md5 = s->has_md5;
}

/* Memory for a flow, in table and timers. */
static struct flow *make(struct reassembly *r, const struct flow_place *place)
{
	struct flow *flow;

	while (r->table.map.count >= r->options.flows_max)
		if (!forget_one(r, NULL))
			return NULL;
	if (!lifecycle_make_room(r, NULL, sizeof(*flow)) ||
	    budget_take(r->budget, sizeof(*flow)) != RESULT_OK)
		return NULL;
	flow = calloc(1, sizeof(*flow));
	if (flow == NULL || timers_add(&r->timers, flow) != RESULT_OK) {
		free(flow);
		budget_give(r->budget, sizeof(*flow));
		return NULL;
	}
	flow->key = flow_place_key(place);
	flow->serial = r->next_serial++;
	flow->worth = WORTH_ONE_VOICE;
	flow_table_add(&r->table, flow, place->hash);
	return flow;
}

struct flow *lifecycle_open(struct reassembly *r, const struct flow_place *place,
			    const struct segment *segment, const struct handshake *known,
			    bool sender_is_client)
{
	struct flow *flow = make(r, place);

	if (flow == NULL) {
		r->stats.forgotten_flows++;
		return NULL;
	}
	flow->client_is_high = sender_is_client == place->sender_is_high;
	flow->last_ns = r->now_ns;
	begin(r, flow, segment, known, sender_is_client);
	r->stats.flows_opened++;
	flow->session = r->ops->open(r->ctx, &flow->connection);
	flow->wanted = flow->session != NULL;
	return flow;
}

/* Only one side is in the capture, and it has said that it is through. */
static bool ended_alone(const struct flow *flow)
{
	return flow->alone && (flow->streams[0].ended || flow->streams[1].ended);
}

static bool ended(const struct flow *flow)
{
	return ended_alone(flow) || (flow->streams[0].ended && flow->streams[1].ended);
}

/* Flush and tell. */
static void tell_end(struct reassembly *r, struct flow *flow, enum close_reason reason)
{
	struct conversation_end end = flow->phase == FLOW_RESET && reason == CLOSE_RST
					  ? flow->reset_word
					  : flow->last_word;

	if (flow->wanted)
		weave_flush(r, flow, reason == CLOSE_EOF);
	if (ended(flow))
		reason = CLOSE_FIN;
	end.reason = reason;
	if (flow->session != NULL)
		r->ops->close(r->ctx, flow->session, &end);
}

/* Free what it has; the timers are the caller's. */
static void discard(struct reassembly *r, struct flow *flow)
{
	flow_table_remove(&r->table, flow);
	for (enum direction d = FROM_CLIENT; d <= FROM_SERVER; d++) {
		pieces_clear(&flow->streams[d].pieces, r->budget);
		unacked_clear(&flow->streams[d].unacked, r->budget);
	}
	budget_give(r->budget, sizeof(*flow));
	free(flow);
}

void lifecycle_close(struct reassembly *r, struct flow *flow, enum close_reason reason)
{
	tell_end(r, flow, reason);
	closed_add(&r->closed, r->budget, flow);
	timers_remove(&r->timers, flow);
	discard(r, flow);
}

void lifecycle_remove(struct reassembly *r, struct flow *flow, enum close_reason reason)
{
	tell_end(r, flow, reason);
	timers_remove(&r->timers, flow);
	discard(r, flow);
}

/* The time-outs by state. */
static int64_t idle_limit(const struct reassembly *r, const struct flow *flow)
{
	if (flow->phase == FLOW_OPEN && ended_alone(flow))
		return CLOSED_LINGER_NS;
	if (flow->phase == FLOW_RESET && flow->reset_sure)
		return RESET_LINGER_NS;
	if (flow->streams[0].ended || flow->streams[1].ended)
		return HALF_CLOSED_TIMEOUT_NS < r->options.idle_timeout_ns
			   ? HALF_CLOSED_TIMEOUT_NS
			   : r->options.idle_timeout_ns;
	return r->options.idle_timeout_ns;
}

static enum flow_worth worth(const struct flow *flow)
{
	if (!flow->wanted)
		return WORTH_UNWANTED;
	return flow->streams[0].spoken && flow->streams[1].spoken ? WORTH_DIALOGUE
								  : WORTH_ONE_VOICE;
}

/* The next deadline; a timer that comes too early does no harm, so it is only ever moved up. */
static int64_t next_deadline(const struct reassembly *r, const struct flow *flow)
{
	int64_t idle_ns = flow->last_ns + idle_limit(r, flow);
	int64_t due_ns = weave_due(r, flow);

	/* What is due and did not move waits for a packet, not for time. */
	if (due_ns <= r->now_ns)
		due_ns = r->now_ns + r->options.reorder_wait_ns;
	return due_ns < idle_ns ? due_ns : idle_ns;
}

void lifecycle_touch(struct reassembly *r, struct flow *flow)
{
	int64_t deadline_ns = next_deadline(r, flow);

	flow_table_touch(&r->table, flow, worth(flow));
	if (deadline_ns < flow->deadline_ns || flow->deadline_ns == 0)
		timers_set(&r->timers, flow, deadline_ns);
}

/* Waiting is over, or silence has lasted too long. */
void lifecycle_due(struct reassembly *r, struct flow *flow)
{
	weave_run(r, flow);
	if (r->now_ns < flow->last_ns + idle_limit(r, flow)) {
		timers_set(&r->timers, flow, next_deadline(r, flow));
		return;
	}
	if (flow->phase == FLOW_RESET) {
		flow->last_ns = r->now_ns;
		lifecycle_close(r, flow, CLOSE_RST);
		return;
	}
	lifecycle_remove(r, flow, CLOSE_TIMEOUT);
}

/* By time, then by place. */
static int by_start(const void *a, const void *b)
{
	const struct connection *x = &(*(struct flow *const *)a)->connection;
	const struct connection *y = &(*(struct flow *const *)b)->connection;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	if (x->start_at.file != y->start_at.file)
		return x->start_at.file < y->start_at.file ? -1 : 1;
	return x->start_at.frame < y->start_at.frame ? -1 : x->start_at.frame > y->start_at.frame;
}

/* How a flow ends when the capture does. */
static enum close_reason last_reason(const struct flow *flow)
{
	return flow->phase == FLOW_RESET && flow->reset_sure ? CLOSE_RST : CLOSE_EOF;
}

void lifecycle_drop(struct reassembly *r)
{
	for (uint32_t i = 0; i < r->timers.count; i++)
		discard(r, r->timers.flows[i]);
	r->timers.count = 0;
}

void lifecycle_finish(struct reassembly *r)
{
	/* The heap is an array of all flows: it ends here, so it can be sorted. */
	if (r->timers.count > 1)
		qsort(r->timers.flows, r->timers.count, sizeof(struct flow *), by_start);
	for (uint32_t i = 0; i < r->timers.count; i++)
		tell_end(r, r->timers.flows[i], last_reason(r->timers.flows[i]));
	lifecycle_drop(r);
}
