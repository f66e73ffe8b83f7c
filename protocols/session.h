/*
 * session - what is known of one mail connection, shared by all decoders
 *
 * In:      what a decoder learns: names, TLS, AUTH outcomes, flags.
 * Out:     auth and command facts at once; the session fact when the connection closes.
 * Limits:  texts are cut: helo and user 255 bytes, banner and arguments 512.
 * Errors:  -
 * Owner:   protocols.c makes and frees sessions; a decoder is lent its session from open to close.
 *          Spans given in are copied.
 */
#ifndef RELAYWATCH_PROTOCOLS_SESSION_H
#define RELAYWATCH_PROTOCOLS_SESSION_H

#include "core/budget.h"
#include "core/fact.h"
#include "core/site.h"
#include "protocols/protocols.h"

struct session;

struct session_env {
	const struct site *site;
	struct budget *budget;
	const struct fact_sink *facts;
	struct protocols_stats *stats;
};

MUST_USE enum result session_new(struct session **out, const struct session_env *env,
				 const struct connection *connection);
void session_free(struct session **session);
const struct session_env *session_env(const struct session *session);
const struct connection *session_connection(const struct session *session);

void session_set_protocol(struct session *session, enum mail_protocol protocol);
void session_set_helo(struct session *session, struct span name);
void session_set_banner(struct session *session, struct span text);
/* What words tell beside their meaning: the software. line: of the answer to EHLO. */
void session_note_keyword(struct session *session, struct span line);
void session_note_reply(struct session *session, const struct fact_reply *reply);
void session_set_tls(struct session *session, enum tls_use tls);
/* TLS was agreed on, but did not begin: the talk goes on in clear. */
void session_withdraw_tls(struct session *session);
enum tls_use session_tls(const struct session *session);
/* What the handshake told (classify.c): version, name, JA3, subject; empty parts change nothing. */
void session_set_tls_details(struct session *session, const struct fact_tls *details);
/* Payload was delivered; protocols.c alone counts. */
void session_count_bytes(struct session *session, enum direction direction, size_t length_bytes,
			 int64_t time_ns);
void session_set_starttls_offered(struct session *session);
/* EHLO was answered with a yes; blanked: a keyword was overwritten in place of STARTTLS. */
void session_set_ehlo_answered(struct session *session, bool blanked);
/* It came through a proxy; the target is copied. Before the decoder begins. */
void session_set_via(struct session *session, const struct fact_via *via);
/* Its first bytes are here: the connection's, or what a proxy let through. */
bool session_is_whole(const struct session *session);
/* The port of the mail server: the connection's, or the one that a proxy was asked for. */
uint16_t session_port(const struct session *session);
void session_add_flags(struct session *session, uint32_t flags); /* enum session_flag */
/* PROXY or XCLIENT said so; trusted: it came from a configured proxy. */
void session_set_claim(struct session *session, const struct ip_address *client, uint16_t port,
		       bool accepted);
/*
 * The spoke-so-far test of INTERFACE: a session is reported only once a decoder has said that the
 * protocol can be told (a greeting and a command, a netstring head that fits).
 */
void session_set_established(struct session *session);
bool session_is_established(const struct session *session);

/* One AUTH attempt and its outcome; updates the session's last word and emits a fact. */
void session_auth(struct session *session, struct span mechanism, struct span user,
		  enum auth_result result, const struct fact_reply *reply, int64_t time_ns,
		  struct frame_id at);
/* VRFY, EXPN, ETRN, TURN, ATRN, XCLIENT, PROXY: emits a fact. */
void session_command(struct session *session, const char *verb, struct span argument, bool accepted,
		     const struct fact_reply *reply, int64_t time_ns, struct frame_id at);
/* The next transaction number, from 1; counts it. */
uint32_t session_next_transaction(struct session *session);
/* As of now, with its spans lent until the next change of the session. */
const struct fact_origin *session_origin(struct session *session);
void session_emit(struct session *session, const struct fact *fact);
/* Emit the session fact, when it is established. */
void session_close(struct session *session, const struct conversation_end *end);

#endif
