#include "detectors/context.h"
#include "detectors/standing.h"
#include "detectors/trace.h"

#define SMTP_PORT 25

/*
 * The client's end of a transaction: what a host hands on, and what that says of the host.
 */

/* A message that its client sent on, or would have, had the next host not refused for its sake. */
static bool left_its_client(const struct fact_transaction *t, const struct fact_recipient *r)
{
	if ((t->complete || t->outcome == OUTCOME_ACCEPTED) &&
	    (r->verdict == RECIPIENT_ACCEPTED || r->verdict == RECIPIENT_UNKNOWN ||
	     r->inferred_accepted))
		return true;
	return r->reply.reply_class == REPLY_BLOCKED && t->mail_from.length > 0;
}

/* The other side of the same transaction: the client is a host that hands mail on. */
void detect_leg(struct detectors *d, const struct fact_transaction *t)
{
	const struct connection *c = &t->origin.connection;
	bool inside = standing_is_inside(d->site, &c->server, &c->client) ||
		      site_contains(d->site, SITE_MTA_CHAIN, &c->server);
	struct onward_leg leg = { .from = c->client,
				  .to = c->server,
				  .from_port = c->client_port,
				  .to_port = c->server_port,
				  .outside = !inside };
	struct ip_address twin;
	bool has_twin;

	if (site_has(d->site, SITE_LOCAL_NET) &&
	    !site_contains(d->site, SITE_LOCAL_NET, &c->client) &&
	    !site_contains(d->site, SITE_MTA_CHAIN, &c->client))
		return;
	/* What came in by IPv6 may leave by IPv4. */
	if (site_contains(d->site, SITE_LOCAL_NET, &c->client))
		twins_called(d->twins, &c->client, t->origin.helo);
	has_twin = twins_other(d->twins, &c->client, &twin);
	leg.keys = onward_message_keys(d->onward, t);
	leg.keys.time_ns = t->end_ns;
	for (uint32_t i = 0; i < t->recipient_count; i++) {
		const struct fact_recipient *r = &t->recipients[i];

		if (!left_its_client(t, r))
			continue;
		leg.keys.recipient = onward_recipient_key(d->onward, r);
		leg.at = r->at;
		onward_add_leg(d->onward, &c->client, &leg);
		if (has_twin)
			onward_add_leg(d->onward, &twin, &leg);
	}
}

/* Once for each pair of the transaction's client and a server that it sent to. */
static void mark_pair_to(struct detectors *d, const struct fact_transaction *t,
			 const struct subject_peer *exchanger, enum rule rule)
{
	const struct connection *c = &t->origin.connection;
	struct server *server = state_find_server(&d->state, &exchanger->address, exchanger->port);
	struct pair *pair = server == NULL ? NULL : state_find_pair(&d->state, server, &c->client);

	if (pair == NULL || pair_mark(pair, rule) != NULL)
		return;
	state_mark(&d->state, pair, rule, t->end_ns, t->start_at, c);
	state_dirty(&d->state, pair);
}

/* An inside host that nobody delivers to, and nobody named, is no mail server. */
static bool is_no_mail_server(const struct detectors *d, const struct ip_address *client)
{
	return site_has(d->site, SITE_LOCAL_NET) &&
	       site_contains(d->site, SITE_LOCAL_NET, client) &&
	       state_find_host(&d->state, client) == NULL &&
	       standing_of(d->site, PROTOCOL_SMTP, client, client, AUTH_NONE) == STANDING_INSIDER;
}

/*
 * Did the client take the message from another inside host? Then it is a server that hands mail on,
 * of which only this side is seen. A line can be forged, but seldom with an address of ours.
 */
static bool is_handed_on(const struct detectors *d, const struct fact_transaction *t)
{
	const struct ip_address *client = &t->origin.connection.client;
	const struct fact_trace *top = t->trace;

	return t->trace_count > 0 && top->from.family != 0 && t->origin.helo.length > 0 &&
	       span_equal_nocase(top->by, t->origin.helo) &&
	       !ip_address_equal(&top->from, client) &&
	       site_contains(d->site, SITE_LOCAL_NET, &top->from);
}

/* Mail that an inside host takes to the outside itself. Every pair of a sprayer carries the word. */
static void note_spray(struct detectors *d, const struct fact_transaction *t)
{
	const struct connection *c = &t->origin.connection;
	const struct subject_peer now = { .address = c->server, .port = c->server_port };
	const struct subject_peer *before;
	size_t count;

	if (site_contains(d->site, SITE_LOCAL_NET, &c->server) ||
	    !is_no_mail_server(d, &c->client) || is_handed_on(d, t) ||
	    !senders_sent(d->senders, &c->client, &c->server, c->server_port, t->end_ns))
		return;
	count = senders_exchangers(d->senders, &c->client, &before);
	for (size_t i = 0; i < count; i++)
		mark_pair_to(d, t, &before[i], RULE_SPRAY);
	mark_pair_to(d, t, &now, RULE_SPRAY);
}

static void mark_tried(struct detectors *d, const struct contact *c,
		       const struct subject_peer *exchanger)
{
	const struct connection connection = { .client = c->client,
					       .server = c->server,
					       .server_port = c->server_port };
	struct server *server = state_server(&d->state, &exchanger->address, exchanger->port,
					     PROTOCOL_SMTP, c->first_ns);
	struct pair *pair = server == NULL ? NULL
					   : state_pair(&d->state, server, &c->client, c->first_ns);

	if (pair == NULL || pair_mark(pair, RULE_SPRAY) != NULL ||
	    pair_mark(pair, RULE_SPRAY_UNANSWERED) != NULL)
		return;
	state_mark(&d->state, pair, RULE_SPRAY_UNANSWERED, c->last_ns, c->at, &connection);
	state_dirty(&d->state, pair);
}

/* Was the client ever answered there? Then it is the line, or the server, that is down. */
static bool was_answered(const struct detectors *d, const struct contact *c)
{
	struct server *server = state_find_server(&d->state, &c->server, c->server_port);
	const struct pair *pair = server == NULL ? NULL
						 : state_find_pair(&d->state, server, &c->client);

	return pair != NULL && pair->sessions > 0;
}

/* A bot whose mail a firewall drops is seen by the connections that it tries to make. */
void detect_tried(struct detectors *d, const struct contact *c)
{
	const struct subject_peer now = { .address = c->server, .port = c->server_port };
	const struct subject_peer *before;
	size_t count;

	if ((c->kind != CONTACT_UNANSWERED && c->kind != CONTACT_REFUSED) ||
	    c->server_port != SMTP_PORT || site_contains(d->site, SITE_LOCAL_NET, &c->server) ||
	    !is_no_mail_server(d, &c->client) || was_answered(d, c) ||
	    !senders_sent(d->senders, &c->client, &c->server, c->server_port, c->last_ns))
		return;
	count = senders_exchangers(d->senders, &c->client, &before);
	for (size_t i = 0; i < count; i++)
		mark_tried(d, c, &before[i]);
	mark_tried(d, c, &now);
}

/* ---- the trace ---- */

static bool is_name_of(const void *ctx, struct span name)
{
	const struct mailhost *host = ctx;

	for (size_t i = 0; i < host->greeting_count; i++)
		if (span_equal_nocase(name, span_text(host->greetings[i].name)))
			return true;
	return false;
}

/*
 * The pair of that client at the host. One that was never seen is not made up: the client may have
 * come to another address of the same server.
 */
static struct pair *traced_pair(struct detectors *d, const struct mailhost *host,
				const struct trace_origin *origin)
{
	for (const struct server *s = host->servers; s != NULL; s = s->next_of_host) {
		struct pair *pair = state_find_pair(&d->state, s, &origin->client);

		if (pair != NULL && s->protocol == origin->protocol)
			return pair;
	}
	return NULL;
}

/*
 * Where the client's mail could be read, it must have been for that domain: who hands mail in on the
 * host itself can write a line that names any client.
 */
static bool may_have_taken(const struct detectors *d, const struct pair *pair, struct span domain)
{
	const struct holding *holding = state_find_holding(&d->state, pair->server->host, domain);

	if (pair->transactions == 0)
		return true;
	for (const struct claim *c = pair->claims; c != NULL; c = c->next_of_pair)
		if (c->holding == holding && (c->taken != NULL || c->invited != NULL))
			return true;
	return false;
}

/* It took the message in clear, from a stranger, for this very recipient. */
static void claim_traced(struct detectors *d, const struct fact_transaction *t, struct pair *pair,
			 const struct fact_recipient *r, bool qmqp)
{
	const struct connection *c = &t->origin.connection;
	struct holding *holding;
	struct claim *claim;

	if (!may_have_taken(d, pair, r->domain))
		return;
	state_make_room(&d->state, STATE_STEP_BYTES, pair);
	holding = state_holding(&d->state, pair->server->host, r->domain);
	if (holding == NULL)
		return;
	claim = state_claim(&d->state, pair, holding, 0, qmqp);
	if (claim != NULL) {
		state_track(&d->state, &claim->traced, t->end_ns, r->at, c);
		holding->left = true;
		(void)netset_add(&holding->next_hops, &c->server);
		state_dirty(&d->state, pair);
	}
	detect_holding_changed(d, holding);
	state_settle_holding(&d->state, holding);
}

/* The third witness. */
static void note_trace(struct detectors *d, const struct fact_transaction *t)
{
	const struct connection *c = &t->origin.connection;
	struct mailhost *host = t->trace_count == 0 ? NULL : state_find_host(&d->state, &c->client);
	struct trace_origin origin;
	struct pair *pair;

	if (host == NULL || !standing_is_judged(d->site, &c->client) ||
	    standing_is_inside(d->site, &c->server, &c->client))
		return;
	origin = trace_read(d->site, t, is_name_of, host);
	for (uint32_t i = 0; i < t->recipient_count && origin.word != TRACE_SILENT; i++) {
		const struct fact_recipient *r = &t->recipients[i];

		if (!left_its_client(t, r) || trick_class_of(r->tricks) != 0 ||
		    !span_equal_nocase(origin.recipient, r->address))
			continue;
		pair = traced_pair(d, host, &origin);
		if (pair == NULL)
			return;
		if (origin.word == TRACE_CLEAR)
			claim_traced(d, t, pair, r, origin.protocol == PROTOCOL_QMQP);
		else
			state_mark(&d->state, pair,
				   origin.word == TRACE_ENCRYPTED ? RULE_TRACE_ENCRYPTED
								  : RULE_TRACE_AUTHENTICATED,
				   t->end_ns, r->at, c);
		state_dirty(&d->state, pair);
		return;
	}
}

/* ---- what a server hands on for those who may send, and what it bounces ---- */

/* All that used the account, or the right to send, at this server. */
static void mark_clients(struct detectors *d, const struct fact_transaction *t,
			 const struct ip_address *server_address, const struct peers *clients,
			 enum rule rule, struct frame_id at)
{
	for (size_t i = 0; i < clients->count; i++) {
		struct server *server = state_find_server(&d->state, server_address,
							  clients->items[i].port);
		struct pair *pair = server == NULL ? NULL
						   : state_find_pair(&d->state, server,
								     &clients->items[i].address);

		if (pair == NULL || pair_mark(pair, rule) != NULL)
			continue;
		state_mark(&d->state, pair, rule, t->end_ns, at, &t->origin.connection);
		state_dirty(&d->state, pair);
	}
}

void detect_abuse_of_right(struct detectors *d, const struct fact_transaction *t,
			   const struct ip_address *server, bool authenticated,
			   const struct peers *clients, struct frame_id at)
{
	mark_clients(d, t, server, clients, authenticated ? RULE_ACCOUNT_SPRAY : RULE_CLIENT_BURST,
		     at);
}

static void note_refused(struct detectors *d, const struct fact_transaction *t)
{
	const struct ip_address *host = &t->origin.connection.client;
	const struct peers *clients;
	bool authenticated;

	for (uint32_t i = 0; i < t->recipient_count; i++) {
		const struct fact_recipient *r = &t->recipients[i];
		bool unknown = r->verdict == RECIPIENT_DENIED_USER;

		if ((unknown || r->verdict == RECIPIENT_ACCEPTED) &&
		    allowed_handed_on(d->allowed, host, t->mail_from, unknown, &authenticated,
				      &clients))
			detect_abuse_of_right(d, t, host, authenticated, clients, r->at);
	}
}

/* A server sends bounces with the null sender (RFC 5321, 4.5.5), and says that it wrote them. */
static void note_bounces(struct detectors *d, const struct fact_transaction *t)
{
	const struct connection *c = &t->origin.connection;
	const struct subject_peer to = { .address = c->server, .port = c->server_port };
	const struct peers *exchangers;

	if (!t->mail_from_seen || t->mail_from.length > 0 || !t->is_automatic ||
	    !standing_is_judged(d->site, &c->client))
		return;
	for (uint32_t i = 0; i < t->recipient_count; i++) {
		if (!left_its_client(t, &t->recipients[i]) ||
		    !bounces_sent(d->bounces, &c->client, &to, t->recipients[i].address, t->end_ns,
				  &exchangers))
			continue;
		for (size_t e = 0; e < exchangers->count; e++)
			mark_pair_to(d, t, &exchangers->items[e], RULE_BACKSCATTER);
		mark_pair_to(d, t, &to, RULE_BACKSCATTER);
	}
}

/* What the next host says of this one. */
static void note_block_lists(struct detectors *d, const struct fact_transaction *t)
{
	const struct connection *c = &t->origin.connection;
	const struct subject_peer to = { .address = c->server, .port = c->server_port };
	bool blocked = t->answer.reply_class == REPLY_BLOCKED;

	if (!standing_is_judged(d->site, &c->client) ||
	    standing_is_inside(d->site, &c->server, &c->client))
		return;
	for (uint32_t i = 0; i < t->recipient_count; i++)
		blocked = blocked || t->recipients[i].reply.reply_class == REPLY_BLOCKED;
	if (blocked)
		mark_pair_to(d, t, &to, RULE_BLOCK_LISTED);
}

/* What left the client, and how it was received. */
void detect_handed_on(struct detectors *d, const struct fact_transaction *t)
{
	note_spray(d, t);
	note_refused(d, t);
	note_bounces(d, t);
	note_block_lists(d, t);
	note_trace(d, t);
}

/* Both legs of one message were seen. */
void detect_onward_match(void *ctx, uint32_t number, const struct onward_keys *candidate,
			 const struct onward_leg *leg, uint32_t keys_agreed)
{
	struct detectors *d = ctx;
	struct claim *claim = state_claim_by_number(&d->state, number);
	struct onward_keys next = *candidate;
	struct connection connection = { .client = leg->from,
					 .server = leg->to,
					 .client_port = leg->from_port,
					 .server_port = leg->to_port };

	if (claim == NULL || ip_address_equal(&leg->to, &claim->pair->client))
		return;
	if (!leg->outside) {
		/* A hop of ours: where does the next host send it? */
		next.hops++;
		onward_add_candidate(d->onward, &leg->to, number, &next);
		return;
	}
	state_make_room(&d->state, sizeof(*claim->left), claim->pair);
	state_track(&d->state, &claim->left, leg->keys.time_ns, leg->at, &connection);
	if (keys_agreed > claim->left_keys)
		claim->left_keys = keys_agreed;
	claim->left_for = leg->to;
	/* Those who may send have mail for anybody leave, also for domains of ours in a cloud. */
	if (claim->pair->balancer == NULL) {
		claim->holding->left = true;
		(void)netset_add(&claim->holding->next_hops, &leg->to);
		detect_holding_changed(d, claim->holding);
	}
	state_dirty(&d->state, claim->pair);
}
