#include "core/time_text.h"
#include "detectors/context.h"
#include "detectors/posture.h"
#include "detectors/registrable.h"
#include "detectors/standing.h"
#include "detectors/starttls.h"

#include <stdlib.h>
#include <string.h>

#define HOLDINGS_WALK_MAX 512
#define CLAIMS_WALK_MAX 256
#define OWNERSHIP_CHANGES_MAX 16
/* How long after the look-up a connection still is its consequence. */
#define ROUTE_TAKEN_WITHIN_NS NS_PER_HOUR

/* ---- the holdings that a new fact may change ---- */

/*
 * Judge the holding anew; when it is another now, so are the pairs that claim it. Who changes his
 * mind (or his exchangers) again and again has each pair judged at its own next fact, and at the end.
 */
void detect_holding_changed(struct detectors *d, struct holding *holding)
{
	if (!ownership_update(&d->world, holding) || holding->changes == OWNERSHIP_CHANGES_MAX)
		return;
	holding->changes++;
	for (struct claim *c = holding->claims; c != NULL; c = c->next_of_holding)
		state_dirty(&d->state, c->pair);
}

/* Judge all holdings of a host anew. */
void detect_host_changed(struct detectors *d, struct mailhost *host)
{
	for (struct holding *h = host->holdings; h != NULL; h = h->next_of_host)
		detect_holding_changed(d, h);
}

static void holding_told(void *ctx, struct holding *holding)
{
	detect_holding_changed(ctx, holding);
}

static void domain_told(void *ctx, struct span domain)
{
	struct detectors *d = ctx;

	state_each_holding_of(&d->state, domain, holding_told, d);
}

/* What addresses a name of ours has: in the local networks, or where a server was seen. */
static void note_addresses(struct detectors *d, const struct fact_dns *dns)
{
	for (size_t i = 0; i < dns->answer_count; i++) {
		const struct fact_dns_answer *answer = &dns->answers[i];
		struct span name = dns->type == DNS_MX ? answer->owner : dns->name;
		struct ip_address address;

		if (answer->type == DNS_MX)
			continue;
		address = site_nat(d->site, answer->address);
		if (site_has(d->site, SITE_LOCAL_NET)
			? site_contains(d->site, SITE_LOCAL_NET, &address)
			: state_find_host(&d->state, &address) != NULL)
			twins_called(d->twins, &address, name);
	}
}

/* By the site's address translation, or by a name that both have. */
const struct server *detect_same_server(const struct detectors *d, const struct server *server)
{
	const struct ip_address here = server->host->address;
	struct ip_address other = site_nat(d->site, here);

	if (ip_address_equal(&other, &here))
		other = site_nat_outside(d->site, here);
	if (ip_address_equal(&other, &here) && !twins_other(d->twins, &here, &other))
		return NULL;
	return state_find_server(&d->state, &other, server->port);
}

/* An answer of the name service. */
void detect_dns(struct detectors *d, const struct fact *fact)
{
	routes_fact(d->routes, &fact->as.dns, fact->time_ns, domain_told, d);
	note_addresses(d, &fact->as.dns);
}

/* ---- sessions ---- */

/* The first word of a greeting is the server's name (RFC 5321, 4.2). */
void detect_greeting(struct detectors *d, struct mailhost *host, struct span banner)
{
	struct span name = span_part(banner, 0, span_find_byte(banner, ' '));
	struct greeting *greeting;

	if (name.length == 0 || name.length >= GREETING_MAX ||
	    span_find_byte(name, '.') == SPAN_NOT_FOUND ||
	    span_find_byte(name, '\0') != SPAN_NOT_FOUND)
		return;
	greeting = state_greeting(&d->state, host, name);
	if (greeting == NULL)
		return;
	if (standing_is_judged(d->site, &host->address))
		twins_called(d->twins, &host->address, span_text(greeting->name));
	greeting->registrable -= registrable_domain(span_text(greeting->name)).length;
	detect_host_changed(d, host);
}

/* What is spoken through a proxy says nothing of the proxy but that it lets through. */
void detect_via(struct detectors *d, const struct fact_origin *origin, struct pair *pair,
		enum standing standing, int64_t time_ns)
{
	struct server *server = pair->server;

	server->proxy = true;
	if (!server->host->proxy) {
		server->host->proxy = true;
		detect_host_changed(d, server->host);
	}
	if (standing == STANDING_STRANGER &&
	    standing_is_judged(d->site, &origin->connection.server))
		state_mark(&d->state, pair, RULE_THROUGH_PROXY, time_ns,
			   origin->connection.start_at, &origin->connection);
}

/*
 * Of names that are as sure as each other the first one stays: a balancer shows one face and then
 * another.
 */
void detect_software(struct detectors *d, struct server *server, const struct software *told)
{
	size_t bytes;
	char *copy;

	if (told->name == NULL || told->source <= server->software_source)
		return;
	bytes = strlen(told->name) + 1;
	if (budget_take(d->budget, bytes) != RESULT_OK)
		return;
	copy = strdup(told->name);
	if (copy == NULL) {
		budget_give(d->budget, bytes);
		return;
	}
	if (server->software != NULL)
		budget_give(d->budget, strlen(server->software) + 1);
	free(server->software);
	server->software = copy;
	server->software_source = told->source;
}

static bool is_unreadable(const struct fact_session *s)
{
	return s->origin.tls != TLS_NONE && s->transactions == 0 && s->tls.bytes[FROM_CLIENT] > 0 &&
	       s->tls.bytes[FROM_SERVER] > 0;
}

/* QMQP: the server heard a stranger's whole request and hung up. */
static void note_closed(struct detectors *d, const struct fact *fact, struct pair *pair)
{
	const struct fact_session *s = &fact->as.session;
	uint64_t id = hash_bytes(&d->state.key, s->origin.session, strlen(s->origin.session));

	if (s->origin.protocol != PROTOCOL_QMQP || pair->unanswered_session != id ||
	    (s->end != CLOSE_FIN && s->end != CLOSE_RST) ||
	    (s->origin.flags & (SESSION_GAP | SESSION_ONE_SIDED | SESSION_TRUNCATED)) != 0)
		return;
	state_mark(&d->state, pair, RULE_QMQP_CLOSED, fact->time_ns, s->end_at,
		   &s->origin.connection);
	posture_enter_denied(pair->server, 0, true, fact->time_ns);
}

/* One look-up vouches once for a claim, however many connections follow it. */
static void mark_routed(struct detectors *d, const struct fact_session *s, struct holding *holding,
			int64_t asked_ns)
{
	int walked = 0;

	for (struct claim *claim = holding->claims; claim != NULL && walked < CLAIMS_WALK_MAX;
	     claim = claim->next_of_holding, walked++) {
		const struct track *in = claim->taken != NULL ? claim->taken : claim->invited;

		if (in == NULL || claim->trick_class != 0 || in->first_ns > asked_ns ||
		    (claim->routed != NULL && claim->routed->last_ns >= asked_ns))
			continue;
		state_track(&d->state, &claim->routed, s->start_ns, s->origin.connection.start_at,
			    &s->origin.connection);
		state_dirty(&d->state, claim->pair);
	}
}

/* Did the host ask for this exchanger of the domain, shortly before it connected to it? */
static bool asked_for(const struct detectors *d, const struct fact_session *s,
		      const struct holding *holding, int64_t *out_asked_ns)
{
	const struct connection *c = &s->origin.connection;
	struct span domain = holding_domain(holding);

	return routes_is_exchanger(d->routes, domain, &c->server) &&
	       routes_asked(d->routes, domain, &c->client, out_asked_ns) &&
	       *out_asked_ns <= s->end_ns &&
	       time_between_ns(*out_asked_ns, s->start_ns) <= ROUTE_TAKEN_WITHIN_NS;
}

/*
 * The fourth witness: the host asked for the exchanger of a domain that it took a stranger's mail
 * for, and now has a connection to it that cannot be read.
 */
static void note_route_taken(struct detectors *d, const struct fact_session *s)
{
	const struct connection *c = &s->origin.connection;
	struct mailhost *host = state_find_host(&d->state, &c->client);
	int walked = 0;
	int64_t asked_ns;

	if (host == NULL || !is_unreadable(s) ||
	    standing_is_inside(d->site, &c->server, &c->client))
		return;
	for (struct holding *h = host->holdings; h != NULL && walked < HOLDINGS_WALK_MAX;
	     h = h->next_of_host, walked++)
		if (h->claims != NULL && h->ownership != OWNERSHIP_OWN &&
		    asked_for(d, s, h, &asked_ns))
			mark_routed(d, s, h, asked_ns);
}

static struct pair *pair_of(struct detectors *d, const struct fact_origin *origin, int64_t time_ns)
{
	const struct connection *c = &origin->connection;
	struct server *server = state_server(&d->state, &c->server, c->server_port,
					     origin->protocol, time_ns);

	return server == NULL ? NULL : state_pair(&d->state, server, fact_client(origin), time_ns);
}

/* An offer of STARTTLS that is gone, or overwritten on the way. Held against nobody. */
static void note_starttls(struct detectors *d, const struct fact_session *s, struct pair *pair)
{
	if (s->starttls_blanked && s->origin.via.type == VIA_NOTHING)
		state_mark(&d->state, pair, RULE_STARTTLS_BLANKED, s->start_ns, s->end_at,
			   &s->origin.connection);
	if (starttls_is_missing(pair, s))
		state_mark(&d->state, pair, RULE_STARTTLS_MISSING, s->start_ns, s->end_at,
			   &s->origin.connection);
}

/*
 * Where mail is handed in, and a login comes first (RFC 6409, 4.3; RFC 8314, 3.3). Elsewhere a callout, or a
 * message that is put off, is as short as a guess.
 */
static bool is_submission(uint16_t port)
{
	return port == 465 || port == 587;
}

/* A stranger's session of which nothing could be read but its sizes: may it have been a guess? */
static void note_hidden_guess(struct detectors *d, const struct fact_session *s, struct pair *pair)
{
	struct behaviour *behaviour;

	if (!is_unreadable(s) || !is_submission(s->origin.connection.server_port) ||
	    s->origin.protocol != PROTOCOL_SMTP || s->origin.auth != AUTH_HIDDEN ||
	    s->origin.via.type != VIA_NOTHING || (s->origin.flags & SESSION_IN_PART) != 0 ||
	    !standing_is_judged(d->site, &s->origin.connection.server))
		return;
	behaviour = state_behaviour(&d->state, pair);
	if (behaviour != NULL &&
	    behaviour_hidden(behaviour, s->start_ns, s->tls.turns, s->tls.talk_bytes))
		state_mark(&d->state, pair, RULE_GUESSING_INFERRED, s->start_ns, s->end_at,
			   &s->origin.connection);
}

/* A connection that spoke a mail protocol has ended. */
void detect_session(struct detectors *d, const struct fact *fact)
{
	const struct fact_session *s = &fact->as.session;
	struct pair *pair = pair_of(d, &s->origin, s->start_ns);
	enum standing standing = standing_in_session(d->site, &s->origin);

	if (pair == NULL)
		return;
	state_touch(&d->state, pair, fact->time_ns);
	pair->standings |= standing;
	pair->sessions++;
	pair->encrypted += is_unreadable(s);
	if (standing == STANDING_STRANGER)
		pair->server->strangers_connected++;
	if (s->origin.via.type == VIA_NOTHING) {
		detect_greeting(d, pair->server->host, s->origin.banner);
		detect_software(d, pair->server, &s->origin.software);
		note_closed(d, fact, pair);
	} else if (s->transactions == 0) {
		detect_via(d, &s->origin, pair, standing, s->start_ns);
	}
	if (standing == STANDING_STRANGER && (s->origin.flags & SESSION_SMUGGLING) != 0 &&
	    standing_is_judged(d->site, &s->origin.connection.server))
		state_mark(&d->state, pair, RULE_SMUGGLING, s->start_ns, s->end_at,
			   &s->origin.connection);
	note_starttls(d, s, pair);
	if (standing == STANDING_STRANGER)
		note_hidden_guess(d, s, pair);
	note_route_taken(d, s);
	if (is_unreadable(s))
		detect_takes_mail(d, pair, &s->origin, s->start_ns, s->end_at);
	state_dirty(&d->state, pair);
}

/* ---- servers that appear ---- */

void detect_watched(struct detectors *d, const struct ip_address *client,
		    const struct ip_address *server)
{
	if (site_contains(d->site, SITE_LOCAL_NET, client))
		newcomers_watch(d->newcomers, client, d->now_ns);
	if (site_contains(d->site, SITE_LOCAL_NET, server))
		newcomers_watch(d->newcomers, server, d->now_ns);
}

void detect_takes_mail(struct detectors *d, struct pair *pair, const struct fact_origin *origin,
		       int64_t time_ns, struct frame_id at)
{
	struct server *server = pair->server;
	uint32_t days;

	if (server->takes_mail || origin->via.type != VIA_NOTHING ||
	    !site_contains(d->site, SITE_LOCAL_NET, &server->host->address))
		return;
	server->takes_mail = server->host->takes_mail = true;
	if (!newcomers_take_mail(d->newcomers, &server->host->address, server->port, &days))
		return;
	server->appeared_ns = time_ns;
	server->watched_days = days;
	state_mark(&d->state, pair, RULE_NEW_SERVER, time_ns, at, &origin->connection);
}

/* ---- AUTH, commands, contacts ---- */

static void remember_account(struct detectors *d, struct pair *pair, struct span user)
{
	struct text printable;
	size_t bytes;

	if (pair->account != NULL || user.length == 0)
		return;
	text_init(&printable, 255);
	text_add_printable(&printable, user);
	bytes = printable.length + 1;
	if (printable.length > 0 && budget_take(d->budget, bytes) == RESULT_OK) {
		pair->account = strdup(text_get(&printable));
		if (pair->account == NULL)
			budget_give(d->budget, bytes);
	}
	text_clear(&printable);
}

/* Does the mechanism show the password itself (RFC 4616, and LOGIN)? */
static bool shows_password(struct span mechanism)
{
	return span_is_nocase(mechanism, "PLAIN") || span_is_nocase(mechanism, "LOGIN");
}

/* A stranger's attempt. */
static void note_password(struct detectors *d, const struct fact *fact, struct pair *pair)
{
	const struct fact_auth *a = &fact->as.auth;
	struct behaviour *behaviour = state_behaviour(&d->state, pair);

	if (a->origin.tls == TLS_NONE && shows_password(a->mechanism))
		state_mark(&d->state, pair, RULE_CLEAR_PASSWORD, fact->time_ns, fact->at,
			   &a->origin.connection);
	if (behaviour == NULL || (a->result != AUTH_OK && a->result != AUTH_FAILED))
		return;
	if (behaviour_password(behaviour, a->result == AUTH_FAILED))
		state_mark(&d->state, pair, RULE_PASSWORD_GUESSING, fact->time_ns, fact->at,
			   &a->origin.connection);
}

/* One attempt to log in. */
void detect_auth(struct detectors *d, const struct fact *fact)
{
	const struct fact_auth *a = &fact->as.auth;
	struct pair *pair = pair_of(d, &a->origin, fact->time_ns);

	if (pair == NULL)
		return;
	if (a->result == AUTH_OK) {
		remember_account(d, pair, a->user);
		if (a->user.length > 0)
			allowed_login(d->allowed, a->origin.session, a->user);
	}
	pair->server->passwords_refused += a->result == AUTH_FAILED;
	if (standing_of(d->site, PROTOCOL_SMTP, &pair->client, &a->origin.connection.server,
			AUTH_NONE) == STANDING_STRANGER &&
	    standing_is_judged(d->site, &a->origin.connection.server))
		note_password(d, fact, pair);
	state_dirty(&d->state, pair);
}

static const struct {
	const char *verb;
	enum rule rule;
} command_rules[] = {
	{ "VRFY", RULE_ROLE_COMMAND },  { "EXPN", RULE_ROLE_COMMAND },
	{ "ETRN", RULE_ROLE_COMMAND },  { "TURN", RULE_ROLE_COMMAND },
	{ "ATRN", RULE_ROLE_COMMAND },  { "XCLIENT", RULE_XCLIENT },
	{ "PROXY", RULE_FORGED_PROXY },
};

/* A command that strangers have no need of. A proxy of ours has a standing of its own. */
void detect_command(struct detectors *d, const struct fact *fact)
{
	const struct fact_command *c = &fact->as.command;
	const struct connection *connection = &c->origin.connection;
	enum standing standing = standing_of(d->site, c->origin.protocol, &connection->client,
					     &connection->server, c->origin.auth);
	struct pair *pair;

	if (standing != STANDING_STRANGER || !standing_is_judged(d->site, &connection->server))
		return;
	pair = pair_of(d, &c->origin, fact->time_ns);
	if (pair == NULL)
		return;
	pair->standings |= standing;
	for (size_t i = 0; i < ARRAY_COUNT(command_rules); i++)
		if (strcmp(command_rules[i].verb, c->verb) == 0)
			state_mark(&d->state, pair, command_rules[i].rule, fact->time_ns, fact->at,
				   connection);
	state_dirty(&d->state, pair);
}

/* Connections that carried nothing: only what befalls a known server's strangers is of interest. */
void detect_contact(struct detectors *d, const struct fact *fact)
{
	const struct contact *c = &fact->as.contact;
	struct server *server;

	detect_tried(d, c);
	server = state_find_server(&d->state, &c->server, c->server_port);
	if (server == NULL || standing_of(d->site, server->protocol, &c->client, &c->server,
					  AUTH_NONE) != STANDING_STRANGER)
		return;
	server->strangers_connected += c->count;
	if (c->kind != CONTACT_REFUSED)
		return;
	server->strangers_refused += c->count;
	if (c->last_ns > server->refused_last_ns)
		server->refused_last_ns = c->last_ns;
	/* It may be the repair of what a pair is accused of. */
	if (server->pairs != NULL)
		state_dirty(&d->state, server->pairs);
}
