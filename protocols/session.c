#include "protocols/session.h"

#include "core/digest.h"
#include "core/hash.h"
#include "protocols/mail_port.h"
#include "protocols/reply.h"
#include "protocols/software.h"
#include "protocols/via.h"

#include <stdlib.h>
#include <string.h>

#define HELO_MAX_BYTES 255
#define USER_MAX_BYTES 255
#define BANNER_MAX_BYTES 512
#define ARGUMENT_MAX_BYTES 512
#define MECHANISM_MAX_BYTES 32
#define TLS_TEXT_MAX_BYTES 255
#define TLS_HANDSHAKE_TURNS 2
/* A server that has not told what it is by then will hardly do so. */
#define NOTED_REPLIES_MAX 64

struct session {
	struct session_env env;
	const struct connection *connection;
	struct fact_origin origin;
	struct fact_tls tls;
	bool tls_turn; /* the client was the last to speak under TLS */
	uint64_t bytes[2];
	uint32_t own_flags; /* enum session_flag, without those that the connection tells */
	uint32_t auth_attempts, auth_failures;
	uint32_t transactions;
	size_t mechanism_length, user_length;
	uint32_t replies_noted;
	bool ehlo_answered, starttls_offered, starttls_blanked, established;
	uint8_t via_target[VIA_TARGET_MAX];
	uint8_t helo[HELO_MAX_BYTES];
	uint8_t banner[BANNER_MAX_BYTES];
	uint8_t mechanism[MECHANISM_MAX_BYTES];
	uint8_t user[USER_MAX_BYTES];
	uint8_t tls_version[MECHANISM_MAX_BYTES];
	uint8_t tls_server_name[TLS_TEXT_MAX_BYTES];
	uint8_t tls_subject[TLS_TEXT_MAX_BYTES];
};

/* What reassembly says of a connection, as a session's flags say it. */
static const struct {
	uint32_t connection_flag, session_flag;
} connection_flags[] = {
	{ CONNECTION_MIDSTREAM, SESSION_MIDSTREAM },
	{ CONNECTION_GAP, SESSION_GAP },
	{ CONNECTION_ONE_SIDED, SESSION_ONE_SIDED },
	{ CONNECTION_OVERLAP_CONFLICT, SESSION_OVERLAP_CONFLICT },
	{ CONNECTION_TRUNCATED, SESSION_TRUNCATED },
};

/* Keep as much of a text as fits. */
static struct span keep(uint8_t *place, size_t size_bytes, struct span text)
{
	size_t n = text.length < size_bytes ? text.length : size_bytes;

	if (n > 0)
		memcpy(place, text.data, n);
	return span_of(place, n);
}

static void put_be(uint8_t *place, uint64_t value, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++)
		place[i] = (uint8_t)(value >> (8 * (size_bytes - 1 - i)));
}

/* The same packets give the same name in every run and on every sensor, so the key is fixed. */
static void name_session(const struct connection *c, char out[SESSION_ID_MAX])
{
	const struct hash_key key = hash_key_fixed();
	uint8_t bytes[2 * 17 + 2 * 2 + 4 + 8];
	uint8_t digits[8];

	memcpy(bytes, c->client.bytes, 16);
	bytes[16] = c->client.family;
	memcpy(bytes + 17, c->server.bytes, 16);
	bytes[33] = c->server.family;
	put_be(bytes + 34, c->client_port, 2);
	put_be(bytes + 36, c->server_port, 2);
	put_be(bytes + 38, c->client_isn, 4);
	put_be(bytes + 42, (uint64_t)c->start_ns, 8);
	put_be(digits, hash_bytes(&key, bytes, sizeof(bytes)), sizeof(digits));
	digest_hex(digits, sizeof(digits), out);
}

/* Begin a session; the connection is lent until session_free. */
enum result session_new(struct session **out, const struct session_env *env,
			const struct connection *connection)
{
	const struct mail_port *port = mail_port_find(connection->server_port);
	struct session *s;

	if (budget_take(env->budget, sizeof(*s)) != RESULT_OK)
		return RESULT_LIMIT;
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		budget_give(env->budget, sizeof(*s));
		return RESULT_FAILED;
	}
	s->env = *env;
	s->connection = connection;
	name_session(connection, s->origin.session);
	if (port == NULL || !port->standard)
		s->own_flags |= SESSION_NONSTANDARD_PORT;
	*out = s;
	return RESULT_OK;
}

/* Free a session without a word. */
void session_free(struct session **session)
{
	if (*session == NULL)
		return;
	budget_give((*session)->env.budget, sizeof(**session));
	free(*session);
	*session = NULL;
}

/* What the session works with. */
const struct session_env *session_env(const struct session *session)
{
	return &session->env;
}

/* The connection as it is now. */
const struct connection *session_connection(const struct session *session)
{
	return session->connection;
}

void session_set_via(struct session *session, const struct fact_via *via)
{
	session->origin.via = *via;
	session->origin.via.target = keep(session->via_target, sizeof(session->via_target),
					  via->target);
}

bool session_is_whole(const struct session *session)
{
	return session->origin.via.type != VIA_NOTHING ||
	       (session->connection->flags & CONNECTION_MIDSTREAM) == 0;
}

uint16_t session_port(const struct session *session)
{
	return session->origin.via.type != VIA_NOTHING ? session->origin.via.port
						       : session->connection->server_port;
}

void session_set_protocol(struct session *session, enum mail_protocol protocol)
{
	session->origin.protocol = protocol;
}

void session_set_helo(struct session *session, struct span name)
{
	session->origin.helo = keep(session->helo, sizeof(session->helo), name);
}

/* What was told more surely stays. */
static void learn_software(struct session *session, struct software software)
{
	if (software.source > session->origin.software.source)
		session->origin.software = software;
}

void session_set_banner(struct session *session, struct span text)
{
	session->origin.banner = keep(session->banner, sizeof(session->banner), text);
	learn_software(session, software_of_greeting(text));
}

void session_note_keyword(struct session *session, struct span line)
{
	learn_software(session, software_of_keyword(line));
}

void session_note_reply(struct session *session, const struct fact_reply *reply)
{
	if (session->origin.software.source == SOFTWARE_BY_REPLY ||
	    session->replies_noted == NOTED_REPLIES_MAX)
		return;
	session->replies_noted++;
	learn_software(session, software_of_reply(reply));
}

/* TLS has begun. What was said of authentication before stays the last word that was seen. */
void session_set_tls(struct session *session, enum tls_use tls)
{
	session->origin.tls = tls;
	if (tls != TLS_NONE && session->auth_attempts == 0)
		session->origin.auth = AUTH_HIDDEN;
}

void session_withdraw_tls(struct session *session)
{
	session->origin.tls = TLS_NONE;
	if (session->origin.auth == AUTH_HIDDEN)
		session->origin.auth = AUTH_NONE;
	session->tls = (struct fact_tls){ 0 };
	session->tls_turn = false;
}

enum tls_use session_tls(const struct session *session)
{
	return session->origin.tls;
}

void session_set_starttls_offered(struct session *session)
{
	session->starttls_offered = true;
}

void session_set_ehlo_answered(struct session *session, bool blanked)
{
	session->ehlo_answered = true;
	session->starttls_blanked = session->starttls_blanked || blanked;
}

void session_add_flags(struct session *session, uint32_t flags)
{
	session->own_flags |= flags;
}

/* A claim counts as the client only where the operator named the proxy. */
void session_set_claim(struct session *session, const struct ip_address *client, uint16_t port,
		       bool accepted)
{
	const struct ip_address *proxy = &session->connection->client;

	session->origin.claimed_client = *client;
	session->origin.claimed_port = port;
	session->origin.claim_accepted = accepted;
	session->origin.claim_trusted = site_contains(session->env.site, SITE_PROXY, proxy);
}

void session_set_established(struct session *session)
{
	session->established = true;
}

bool session_is_established(const struct session *session)
{
	return session->established;
}

/* What a handshake told; empty parts leave what was known. */
void session_set_tls_details(struct session *session, const struct fact_tls *details)
{
	struct fact_tls *tls = &session->tls;

	if (details->version.length > 0)
		tls->version = keep(session->tls_version, sizeof(session->tls_version),
				    details->version);
	if (details->server_name.length > 0)
		tls->server_name = keep(session->tls_server_name, sizeof(session->tls_server_name),
					details->server_name);
	if (details->certificate_subject.length > 0)
		tls->certificate_subject = keep(session->tls_subject, sizeof(session->tls_subject),
						details->certificate_subject);
	if (details->ja3[0] != '\0')
		memcpy(tls->ja3, details->ja3, sizeof(tls->ja3));
}

/* Count delivered payload; once TLS has begun, under TLS as well. */
void session_count_bytes(struct session *session, enum direction direction, size_t length_bytes,
			 int64_t time_ns)
{
	session->bytes[direction] += length_bytes;
	if (session->origin.tls == TLS_NONE)
		return;
	if (session->tls.start_ns == 0)
		session->tls.start_ns = time_ns;
	session->tls.end_ns = time_ns;
	session->tls.bytes[direction] += length_bytes;
	if (direction == FROM_CLIENT && !session->tls_turn)
		session->tls.turns++;
	if (direction == FROM_CLIENT && session->tls.turns > TLS_HANDSHAKE_TURNS)
		session->tls.talk_bytes += length_bytes;
	session->tls_turn = direction == FROM_CLIENT;
}

/* The name that is kept is the one that got in, else the last one that was tried. */
static void remember_attempt(struct session *s, struct span mechanism, struct span user,
			     enum auth_result result)
{
	s->mechanism_length = keep(s->mechanism, sizeof(s->mechanism), mechanism).length;
	if (result == AUTH_OK || s->origin.auth != AUTH_OK)
		s->user_length = keep(s->user, sizeof(s->user), user).length;
	s->auth_attempts++;
	if (result == AUTH_FAILED)
		s->auth_failures++;
	if (result != AUTH_NONE && s->origin.auth != AUTH_OK)
		s->origin.auth = result;
	s->origin.auth_unseen = s->origin.auth_unseen || result == AUTH_NONE;
}

/* Tell of one attempt. */
void session_auth(struct session *session, struct span mechanism, struct span user,
		  enum auth_result result, const struct fact_reply *reply, int64_t time_ns,
		  struct frame_id at)
{
	struct fact fact = { .kind = FACT_AUTH, .time_ns = time_ns, .at = at };

	remember_attempt(session, mechanism, user, result);
	fact.as.auth.origin = *session_origin(session);
	fact.as.auth.mechanism = span_part(mechanism, 0, MECHANISM_MAX_BYTES);
	fact.as.auth.user = span_part(user, 0, USER_MAX_BYTES);
	fact.as.auth.result = result;
	if (reply != NULL)
		fact.as.auth.reply = *reply;
	reply_classify_once(&fact.as.auth.reply);
	session_emit(session, &fact);
}

/* Tell of one command that is of interest by itself. */
void session_command(struct session *session, const char *verb, struct span argument, bool accepted,
		     const struct fact_reply *reply, int64_t time_ns, struct frame_id at)
{
	struct fact fact = { .kind = FACT_COMMAND, .time_ns = time_ns, .at = at };
	struct fact_command *command = &fact.as.command;

	command->origin = *session_origin(session);
	(void)keep((uint8_t *)command->verb, sizeof(command->verb) - 1, span_text(verb));
	command->argument = span_part(argument, 0, ARGUMENT_MAX_BYTES);
	command->accepted = accepted;
	if (reply != NULL)
		command->reply = *reply;
	reply_classify_once(&command->reply);
	session_emit(session, &fact);
}

uint32_t session_next_transaction(struct session *session)
{
	return ++session->transactions;
}

/* The connection's flags grow while it lasts, so they are read anew each time. */
const struct fact_origin *session_origin(struct session *session)
{
	struct fact_origin *origin = &session->origin;

	origin->connection = *session->connection;
	origin->flags = session->own_flags;
	for (size_t i = 0; i < ARRAY_COUNT(connection_flags); i++)
		if (origin->connection.flags & connection_flags[i].connection_flag)
			origin->flags |= connection_flags[i].session_flag;
	if (session_is_whole(session))
		origin->flags &= ~(uint32_t)SESSION_MIDSTREAM;
	return origin;
}

void session_emit(struct session *session, const struct fact *fact)
{
	const struct fact_sink *sink = session->env.facts;

	if (fact->kind == FACT_TRANSACTION && fact->as.transaction.last)
		session->env.stats->transactions++;
	sink->fact(sink->ctx, fact);
}

/* A session may be both encrypted and cut; readable is the one that was open on both sides. */
static void count_session(struct session *s, uint32_t flags)
{
	struct protocols_stats *stats = s->env.stats;
	const uint32_t cut = SESSION_MIDSTREAM | SESSION_GAP | SESSION_TRUNCATED;
	bool encrypted = s->origin.tls != TLS_NONE;
	bool one_sided = (flags & SESSION_ONE_SIDED) != 0;

	stats->sessions++;
	stats->sessions_encrypted += encrypted;
	stats->sessions_one_sided += one_sided;
	stats->sessions_cut += (flags & cut) != 0;
	stats->sessions_readable += !encrypted && !one_sided;
}

/* Tell what the connection was. */
void session_close(struct session *session, const struct conversation_end *end)
{
	struct fact fact = { .kind = FACT_SESSION, .time_ns = end->time_ns, .at = end->at };
	struct fact_session *out = &fact.as.session;

	session->env.stats->malformed += (session->own_flags & SESSION_MALFORMED) != 0;
	if (!session->established)
		return;
	out->origin = *session_origin(session);
	out->auth_mechanism = span_of(session->mechanism, session->mechanism_length);
	out->auth_user = span_of(session->user, session->user_length);
	out->auth_attempts = session->auth_attempts;
	out->auth_failures = session->auth_failures;
	out->tls = session->tls;
	out->transactions = session->transactions;
	out->ehlo_answered = session->ehlo_answered;
	out->starttls_offered = session->starttls_offered;
	out->starttls_blanked = session->starttls_blanked && !session->starttls_offered;
	out->end = end->reason;
	out->start_ns = session->connection->start_ns;
	out->end_ns = end->time_ns;
	memcpy(out->bytes, session->bytes, sizeof(out->bytes));
	out->end_at = end->at;
	count_session(session, out->origin.flags);
	session_emit(session, &fact);
}
