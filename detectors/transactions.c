#include "core/text.h"
#include "detectors/context.h"
#include "detectors/posture.h"
#include "detectors/signatures.h"
#include "detectors/standing.h"

#include <string.h>

/* How far the server went along, for one recipient of a message. */
enum rung {
	RUNG_NONE,
	RUNG_DENIED,    /* relaying was denied */
	RUNG_RECIPIENT, /* RCPT was accepted, and no message followed */
	RUNG_INVITED,   /* 354, and no answer to the message was seen to refuse */
	RUNG_TAKEN      /* the message was accepted */
};

/* What the parts below share about one transaction. */
struct offer {
	struct detectors *d;
	const struct fact_transaction *t;
	int64_t time_ns;
	struct server *server;
	struct pair *pair;
	enum standing standing;
	bool judged;             /* the server is one that we judge */
	bool may_be_strangers;   /* brought by an inside client, under an unrelated name */
	bool via_proxy;          /* the answers are those of a server behind it */
	struct onward_keys keys; /* of the message, for any recipient */
};

static bool is_denial(const struct fact_reply *reply)
{
	return reply->reply_class == REPLY_RELAY_DENIED;
}

/* By its own answer; the message's is about the recipients that were taken before. */
static bool is_denied_in_words(const struct fact_transaction *t, const struct fact_recipient *r)
{
	bool was_taken = r->verdict == RECIPIENT_ACCEPTED || r->inferred_accepted;

	return is_denial(&r->reply) || (was_taken && is_denial(&t->answer));
}

/* Words that leave open whether relaying or the user was meant. */
static bool is_ambiguous_denial(const struct fact_recipient *r)
{
	return r->verdict == RECIPIENT_DENIED_RELAY ||
	       r->reply.reply_class == REPLY_RELAY_OR_USER ||
	       r->reply.reply_class == REPLY_AUTH_REQUIRED;
}

/* RCPT was accepted: what became of the message? */
static enum rung rung_of_accepted(const struct fact_transaction *t, const struct fact_recipient *r)
{
	switch (t->outcome) {
	case OUTCOME_ACCEPTED:
		return RUNG_TAKEN;
	case OUTCOME_REJECTED:
	case OUTCOME_TEMPFAIL:
		/* Some servers say no to relaying only after the data. */
		return is_denial(&t->answer) ? RUNG_DENIED : RUNG_NONE;
	case OUTCOME_UNKNOWN:
	case OUTCOME_ABORTED:
		break;
	}
	if (t->data_invited || (r->inferred_accepted && t->complete))
		return RUNG_INVITED;
	if (r->inferred_accepted || t->complete)
		return RUNG_NONE;
	return RUNG_RECIPIENT;
}

static enum rung rung_of(const struct fact_transaction *t, const struct fact_recipient *r)
{
	if (r->verdict == RECIPIENT_ACCEPTED || r->inferred_accepted)
		return rung_of_accepted(t, r);
	return is_ambiguous_denial(r) ? RUNG_DENIED : RUNG_NONE;
}

static bool is_smtp(const struct fact_transaction *t)
{
	return t->origin.protocol != PROTOCOL_QMQP;
}

/* Nothing in it that a server might read as a route of its own (Postfix: allow_percent_hack). */
static bool is_simple(const struct fact_recipient *r)
{
	static const char odd[] = "%!\":@";
	struct span local = mail_local_part_of(r->address);

	if (trick_class_of(r->tricks) != 0)
		return false;
	for (size_t i = 0; i + 1 < sizeof(odd); i++)
		if (span_find_byte(local, (uint8_t)odd[i]) != SPAN_NOT_FOUND)
			return false;
	return true;
}

/* What the answer teaches about the domain, whoever asked. */
static void learn(const struct offer *o, struct holding *holding, const struct fact_recipient *r,
		  enum rung rung)
{
	struct detectors *d = o->d;
	struct mailhost *host = holding->host;
	bool stranger = o->standing == STANDING_STRANGER;
	size_t denied_before = host->denied.count;

	if (!is_simple(r) || !is_smtp(o->t) || o->via_proxy)
		return;
	if (r->reply.reply_class == REPLY_USER_UNKNOWN && r->verdict == RECIPIENT_DENIED_USER)
		holding->unknown_user = true;
	if (rung == RUNG_TAKEN && stranger)
		(void)netset_add(&holding->clients, fact_client(&o->t->origin));
	if (rung == RUNG_DENIED && is_denied_in_words(o->t, r)) {
		holding->denied = true;
		if (o->time_ns > holding->denied_last_ns)
			holding->denied_last_ns = o->time_ns;
		posture_note_refusal(holding);
		if (stranger)
			(void)netset_add_address(&host->denied, fact_client(&o->t->origin));
	}
	if (rung == RUNG_TAKEN && !host->took_local &&
	    site_owns_domain(d->site, SITE_LOCAL_DOMAIN, r->domain)) {
		host->took_local = true;
		detect_host_changed(d, host);
	}
	if (host->denied.count != denied_before && host->denied.count <= 2)
		detect_host_changed(d, host);
}

/* The server's book: what strangers were told, by class of address. */
static void count_for_server(const struct offer *o, const struct fact_recipient *r, enum rung rung)
{
	if (rung == RUNG_TAKEN)
		o->server->strangers_accepted++;
	if (rung == RUNG_DENIED && !o->via_proxy)
		posture_enter_denied(o->server, trick_class_of(r->tricks), !is_smtp(o->t),
				     o->time_ns);
}

static struct track **track_of(struct claim *claim, enum rung rung)
{
	switch (rung) {
	case RUNG_TAKEN:
		return &claim->taken;
	case RUNG_INVITED:
		return &claim->invited;
	case RUNG_RECIPIENT:
		return &claim->recipient;
	case RUNG_DENIED:
		return &claim->denied;
	case RUNG_NONE:
		break;
	}
	return NULL;
}

/* What the server was asked to relay for this client, and what it said. */
static void claim_it(const struct offer *o, struct holding *holding, const struct fact_recipient *r,
		     enum rung rung)
{
	struct state *state = &o->d->state;
	struct claim *claim = state_claim(state, o->pair, holding, r->tricks, !is_smtp(o->t));
	const struct fact_reply *reply = rung == RUNG_TAKEN ? &o->t->answer : &r->reply;
	struct frame_id at = reply->at.frame != 0 ? reply->at : r->at;
	struct onward_keys keys;

	if (claim == NULL)
		return;
	state_track(state, track_of(claim, rung), o->time_ns, at, &o->t->origin.connection);
	claim->denied_in_words = claim->denied_in_words ||
				 (rung == RUNG_DENIED && is_denied_in_words(o->t, r));
	/* A yes to a netstring in place of an address says nothing about where that leads. */
	if ((rung != RUNG_TAKEN && rung != RUNG_INVITED) || ownership_is_settled_own(holding) ||
	    (r->tricks & TRICK_NESTED_NETSTRING) != 0)
		return;
	keys = o->keys;
	keys.recipient = onward_recipient_key(o->d->onward, r);
	keys.time_ns = o->t->start_ns;
	onward_add_candidate(o->d->onward, &o->server->host->address, claim->number, &keys);
}

static void sample_line(struct text *sample, const char *what, struct span wire)
{
	text_add(sample, what);
	text_add_printable(sample, wire);
	text_add_bytes(sample, "", 1);
}

static void sample_reply(struct text *sample, const struct fact_reply *reply)
{
	char code[8] = { reply->letter };

	if (reply->code == 0 && reply->letter == '\0')
		return;
	if (reply->code != 0)
		text_addf(sample, "%u ", reply->code);
	else
		text_add(sample, code);
	text_add_printable(sample, reply->text);
	text_add_bytes(sample, "", 1);
}

/* The lines that decided: those of the recipient for which the server went along furthest. */
static void sample_it(const struct offer *o, const struct fact_recipient *r, enum rung rung)
{
	struct pair *pair = o->pair;
	size_t before = pair->sample.capacity;

	if ((uint32_t)rung <= pair->sample_rung)
		return;
	pair->sample_rung = rung;
	text_reset(&pair->sample);
	if (o->via_proxy)
		sample_line(&pair->sample, "CONNECT ", o->t->origin.via.target);
	if (o->t->mail_from_seen)
		sample_line(&pair->sample, "MAIL FROM: ", o->t->mail_from);
	sample_line(&pair->sample, "RCPT TO: ", r->address);
	sample_reply(&pair->sample, &r->reply);
	if (o->t->answer.at.frame != r->reply.at.frame || r->reply.code != o->t->answer.code)
		sample_reply(&pair->sample, &o->t->answer);
	if (pair->sample.capacity > before &&
	    budget_take(o->d->budget, pair->sample.capacity - before) != RESULT_OK) {
		budget_give(o->d->budget, before);
		text_clear(&pair->sample);
	}
}

/*
 * A server that takes mail hands it on as it came: the tests and guesses in it are its clients'.
 * Only where nobody said who is inside can such a server look like a stranger to the next one.
 */
static bool passes_mail_on(const struct offer *o)
{
	const struct mailhost *host;

	if (site_has(o->d->site, SITE_LOCAL_NET))
		return false;
	host = state_find_host(&o->d->state, fact_client(&o->t->origin));
	return host != NULL && host->servers != NULL;
}

/* Tricks count when they come from strangers, or from our own scanners. */
static void note_tricks(const struct offer *o, const struct fact_recipient *r)
{
	uint32_t kinds = 0;
	uint32_t real = r->tricks & ~(uint32_t)(TRICK_NO_ANGLE_BRACKETS | TRICK_ADDRESS_LITERAL |
						TRICK_TRAILING_DOT | TRICK_NESTED_NETSTRING);

	o->pair->tricks |= real;
	o->pair->routed += real != 0;
	for (uint32_t bits = o->pair->tricks; bits != 0; bits &= bits - 1)
		kinds++;
	if (real != 0 && kinds >= 3)
		state_mark(&o->d->state, o->pair, RULE_MANY_TRICKS, o->time_ns, r->at,
			   &o->t->origin.connection);
	if (real != 0 && o->standing == STANDING_STRANGER && !pair_is_ordinary(o->pair))
		detect_campaign(o->d, o->pair, &o->t->origin.connection, real, o->time_ns, r->at);
}

/* A test is one, also if its made-up password was taken. */
static void note_signature(const struct offer *o, const struct fact_recipient *r)
{
	if (signature_of(o->t, r) != NULL)
		state_mark(&o->d->state, o->pair, RULE_SCANNER_PATTERN, o->time_ns, r->at,
			   &o->t->origin.connection);
}

/* Domains are remembered for what strangers did, and for what tells whose they are. */
static bool is_worth_a_holding(const struct offer *o, const struct fact_recipient *r,
			       enum rung rung)
{
	if (r->reply.reply_class == REPLY_USER_UNKNOWN)
		return true;
	if (rung == RUNG_TAKEN && !o->server->host->took_local &&
	    site_owns_domain(o->d->site, SITE_LOCAL_DOMAIN, r->domain))
		return true;
	if (o->may_be_strangers && (rung == RUNG_TAKEN || rung == RUNG_INVITED ||
				    (rung == RUNG_DENIED && balancer_is_one(o->pair->balancer))))
		return true;
	if (o->standing != STANDING_STRANGER || rung == RUNG_NONE)
		return false;
	/* A pair that has claims enough makes no more domains known by being denied. */
	return rung != RUNG_DENIED || o->pair->claim_count < CLAIMS_PER_PAIR_MAX;
}

/* Guesses are counted where it is known which users there are. */
static void note_guess(const struct offer *o, const struct holding *holding,
		       const struct fact_recipient *r)
{
	bool unknown = r->reply.reply_class == REPLY_USER_UNKNOWN;
	struct behaviour *behaviour;

	if (!unknown && (r->verdict != RECIPIENT_ACCEPTED || holding->ownership != OWNERSHIP_OWN))
		return;
	behaviour = state_behaviour(&o->d->state, o->pair);
	if (behaviour != NULL &&
	    behaviour_recipient(behaviour, hash_span(&o->d->state.key, r->canonical), unknown))
		state_mark(&o->d->state, o->pair, RULE_HARVEST, o->time_ns, r->at,
			   &o->t->origin.connection);
}

/*
 * What is taken is remembered from the first message on, for whatever comes later may tell what the
 * client is; it counts once it is known for a balancer. Only then a denial is one of a stranger's.
 */
static void judge_through_balancer(const struct offer *o, struct holding *holding,
				   const struct fact_recipient *r, enum rung rung)
{
	bool is_one = balancer_is_one(o->pair->balancer);

	if (is_one && rung != RUNG_NONE)
		count_for_server(o, r, rung);
	if (rung != RUNG_TAKEN && rung != RUNG_INVITED)
		return;
	if (holding->ownership != OWNERSHIP_OWN)
		claim_it(o, holding, r, rung);
	if (is_one)
		sample_it(o, r, rung);
}

static void judge_recipient(const struct offer *o, const struct fact_recipient *r)
{
	enum rung rung = rung_of(o->t, r);
	bool stranger = o->standing == STANDING_STRANGER;
	struct holding *holding;

	if (r->verdict == RECIPIENT_ACCEPTED)
		o->pair->accepted++;
	if (rung == RUNG_TAKEN && trick_class_of(r->tricks) == 0)
		o->pair->plain++;
	if (r->verdict >= RECIPIENT_DENIED_RELAY && r->verdict <= RECIPIENT_DENIED_POLICY)
		o->pair->denied++;
	if (!o->judged)
		return;
	state_make_room(&o->d->state, STATE_STEP_BYTES, o->pair);
	if ((stranger && !passes_mail_on(o)) || o->standing == STANDING_SCANNER)
		note_tricks(o, r);
	if ((stranger && !passes_mail_on(o)) || o->standing == STANDING_SCANNER ||
	    o->standing == STANDING_AUTHENTICATED)
		note_signature(o, r);
	if (!is_worth_a_holding(o, r, rung))
		return;
	holding = state_holding(&o->d->state, o->server->host, r->domain);
	if (holding == NULL)
		return;
	learn(o, holding, r, rung);
	detect_holding_changed(o->d, holding);
	if (stranger && !passes_mail_on(o))
		note_guess(o, holding, r);
	if (stranger && rung != RUNG_NONE) {
		count_for_server(o, r, rung);
		claim_it(o, holding, r, rung);
		sample_it(o, r, rung);
	}
	if (o->may_be_strangers && !stranger)
		judge_through_balancer(o, holding, r, rung);
	state_settle_holding(&o->d->state, holding);
}

/* QMQP asks for no recipients' sake: the one answer is about the client. */
static void judge_qmqp(const struct offer *o)
{
	const struct fact_transaction *t = o->t;
	struct state *state = &o->d->state;
	struct frame_id at = t->answer.at.frame != 0 ? t->answer.at : t->end_at;
	bool stranger = o->standing == STANDING_STRANGER;

	if (!o->judged || t->recipient_first > 0)
		return;
	if (t->outcome == OUTCOME_ACCEPTED && stranger)
		state_mark(state, o->pair, RULE_QMQP_ACCEPTED, o->time_ns, at,
			   &t->origin.connection);
	if (t->outcome == OUTCOME_ACCEPTED && o->standing == STANDING_INSIDER)
		state_mark(state, o->pair, RULE_INSIDER_QMQP_ACCEPTED, o->time_ns, at,
			   &t->origin.connection);
	if (stranger && is_denial(&t->answer))
		state_mark(state, o->pair,
			   o->via_proxy ? RULE_DENIED_BEHIND_PROXY : RULE_RELAY_DENIED, o->time_ns,
			   at, &t->origin.connection);
	/* For QMQP any D closes the door; those that name recipients as denied count with them. */
	if (stranger && t->outcome == OUTCOME_REJECTED && !o->via_proxy &&
	    (t->recipients_total == 0 || !is_denial(&t->answer)))
		posture_enter_denied(o->server, 0, true, o->time_ns);
	if (stranger && t->complete && t->answer.reply_class == REPLY_NONE)
		o->pair->unanswered_session = hash_bytes(&state->key, t->origin.session,
							 strlen(t->origin.session));
}

/* ---- those who may send ---- */

/* A server that takes mail hands it on for others: their senders are many. */
static bool is_judged_by_rate(const struct offer *o)
{
	if (o->standing == STANDING_AUTHENTICATED)
		return true;
	return (o->standing == STANDING_TRUSTED || o->standing == STANDING_LOCAL) &&
	       o->t->origin.protocol != PROTOCOL_LMTP &&
	       state_find_host(&o->d->state, &o->pair->client) == NULL &&
	       !balancer_is_one(o->pair->balancer);
}

static bool is_own(const struct offer *o, struct span domain)
{
	return ownership_is_own(o->d->site, &o->d->state, o->server->host, domain);
}

/* Does an account, or an inside host, still send as it used to? */
static void note_right_to_send(const struct offer *o)
{
	const struct fact_transaction *t = o->t;
	struct span sender_domain = mail_domain_of(t->mail_from);
	struct allowed_message m = { .server = &o->server->host->address,
				     .client = { .address = o->pair->client,
						 .port = o->server->port },
				     .session = t->origin.session,
				     .authenticated = o->standing == STANDING_AUTHENTICATED,
				     .mail_from = t->mail_from,
				     .first = t->recipient_first == 0,
				     .time_ns = t->end_ns };
	const struct peers *clients;
	struct frame_id frame = t->answer.at.frame != 0 ? t->answer.at : t->end_at;

	/* A login behind a proxy is none of ours. */
	if (o->via_proxy && o->standing == STANDING_AUTHENTICATED)
		return;
	if (!o->judged || !is_judged_by_rate(o) || t->outcome != OUTCOME_ACCEPTED)
		return;
	m.own_sender = sender_domain.length > 0 && is_own(o, sender_domain);
	for (uint32_t i = 0; i < t->recipient_count; i++)
		if (t->recipients[i].verdict == RECIPIENT_ACCEPTED &&
		    !is_own(o, t->recipients[i].domain))
			m.recipients[m.recipient_count++] = hash_span(&o->d->state.key,
								      t->recipients[i].canonical);
	if (m.recipient_count == 0)
		return;
	switch (allowed_sent(o->d->allowed, &m, &clients)) {
	case ALLOWED_ORDINARY:
		break;
	case ALLOWED_ABUSED:
		state_mark(&o->d->state, o->pair,
			   m.authenticated ? RULE_ACCOUNT_SPRAY : RULE_CLIENT_BURST, o->time_ns,
			   frame, &t->origin.connection);
		detect_abuse_of_right(o->d, t, m.server, m.authenticated, clients, frame);
		break;
	case ALLOWED_ANY_PASSWORD:
		if (o->server->passwords_refused == 0)
			state_mark(&o->d->state, o->pair, RULE_ANY_PASSWORD, o->time_ns, frame,
				   &t->origin.connection);
		break;
	}
}

/* One fact, seen from both of its ends. */
void detect_transaction(struct detectors *d, const struct fact *fact)
{
	const struct fact_transaction *t = &fact->as.transaction;
	const struct connection *c = &t->origin.connection;
	const struct ip_address *client = fact_client(&t->origin);
	struct offer o = { .d = d, .t = t, .time_ns = fact->time_ns };

	detect_leg(d, t);
	o.server = state_server(&d->state, &c->server, c->server_port, t->origin.protocol,
				fact->time_ns);
	o.pair = o.server == NULL ? NULL : state_pair(&d->state, o.server, client, fact->time_ns);
	if (o.pair == NULL)
		return;
	o.standing = standing_in_session(d->site, &t->origin);
	o.via_proxy = t->origin.via.type != VIA_NOTHING;
	if (o.via_proxy && t->index == 1 && t->recipient_first == 0)
		detect_via(d, &t->origin, o.pair, o.standing, fact->time_ns);
	if (!o.via_proxy) {
		detect_greeting(d, o.server->host, t->origin.banner);
		detect_software(d, o.server, &t->origin.software);
	}
	o.keys = onward_message_keys(d->onward, t);
	o.judged = standing_is_judged(d->site, &c->server);
	o.pair->standings |= o.standing;
	if (t->recipient_first == 0) {
		o.pair->transactions++;
		o.pair->recipients += t->recipients_total;
	}
	o.may_be_strangers = o.judged && !o.via_proxy && detect_inside(d, t, o.pair, o.standing);
	if (t->origin.protocol == PROTOCOL_QMQP)
		judge_qmqp(&o);
	if (o.judged && o.standing == STANDING_STRANGER && !o.via_proxy &&
	    t->outcome == OUTCOME_ACCEPTED && t->recipient_first == 0)
		bounces_taken(d->bounces, &c->server, client, t->mail_from);
	for (uint32_t i = 0; i < t->recipient_count; i++)
		judge_recipient(&o, &t->recipients[i]);
	note_right_to_send(&o);
	if (t->outcome == OUTCOME_ACCEPTED)
		detect_takes_mail(d, o.pair, &t->origin, t->start_ns, t->end_at);
	if (o.pair->pair_class == PAIR_CONTACT)
		state_set_class(&d->state, o.pair, PAIR_MAIL);
	state_dirty(&d->state, o.pair);
	detect_handed_on(d, t);
}
