#include "sinks/event.h"

#include <string.h>

/*
 * The last word on authentication. Where TLS began before any attempt was seen, nobody can say
 * that there was none.
 */
static enum auth_result last_word(const struct fact_session *session)
{
	const struct fact_origin *origin = &session->origin;

	if (origin->auth == AUTH_NONE && origin->tls != TLS_NONE && session->auth_attempts == 0)
		return AUTH_HIDDEN;
	return origin->auth;
}

static void add_auth(struct json *json, const struct fact_session *session)
{
	json_object_open(json, "auth");
	json_text(json, "result", auth_result_word(last_word(session)));
	json_seen(json, "mechanism", session->auth_mechanism);
	json_uint(json, "attempts", session->auth_attempts);
	json_uint(json, "failures", session->auth_failures);
	json_seen(json, "user", session->auth_user);
	json_object_close(json);
}

static void add_flags(struct json *json, uint32_t flags)
{
	const char *word;

	json_array_open(json, "flags");
	while ((word = session_flag_next(&flags)) != NULL)
		json_text(json, NULL, word);
	json_array_close(json);
}

/* ECS keeps the name of the protocol and its version apart: "TLSv1.3" is "tls" and "1.3". */
static void add_tls(struct json *json, const struct fact_session *session)
{
	const struct fact_tls *tls = &session->tls;

	if (session->origin.tls == TLS_NONE)
		return;
	json_object_open(json, "tls");
	json_bool(json, "established", tls->bytes[FROM_CLIENT] > 0 && tls->bytes[FROM_SERVER] > 0);
	if (span_starts_nocase(tls->version, "TLSv")) {
		json_text(json, "version_protocol", "tls");
		json_span(json, "version", span_part(tls->version, strlen("TLSv"), SIZE_MAX));
	} else if (tls->version.length > 0) {
		json_span(json, "version", tls->version);
	}
	json_object_open(json, "client");
	if (tls->server_name.length > 0)
		json_span(json, "server_name", tls->server_name);
	if (tls->ja3[0] != '\0')
		json_text(json, "ja3", tls->ja3);
	json_object_close(json);
	if (tls->certificate_subject.length > 0) {
		json_object_open(json, "server");
		json_span(json, "subject", tls->certificate_subject);
		json_object_close(json);
	}
	json_object_close(json);
}

/* What a PROXY header or XCLIENT claimed and nobody vouches for; a believed one is client.ip. */
static void add_claim(struct json *json, const struct fact_origin *origin)
{
	if (origin->claimed_client.family == 0 || origin->claim_trusted)
		return;
	json_object_open(json, "claimed_client");
	json_ip(json, "ip", &origin->claimed_client);
	json_uint(json, "port", origin->claimed_port);
	json_bool(json, "accepted", origin->claim_accepted);
	json_object_close(json);
}

/* The addresses around it, where it came in tunnels; the outermost pair first. */
static void add_tunnels(struct json *json, const struct tunnels *tunnels)
{
	if (tunnels->count == 0)
		return;
	json_array_open(json, "tunnels");
	for (uint8_t i = 0; i < tunnels->count; i++) {
		json_object_open(json, NULL);
		json_text(json, "type", tunnels->list[i].carrier);
		json_object_open(json, "source");
		json_ip(json, "ip", &tunnels->list[i].source);
		json_object_close(json);
		json_object_open(json, "destination");
		json_ip(json, "ip", &tunnels->list[i].destination);
		json_object_close(json);
		json_object_close(json);
	}
	json_array_close(json);
}

/* The proxy that it came through. */
static void add_via(struct json *json, const struct fact_via *via)
{
	if (via->type == VIA_NOTHING)
		return;
	json_object_open(json, "via");
	json_text(json, "type", via_type_word(via->type));
	json_span(json, "target", via->target);
	json_bool(json, "login", via->login != VIA_LOGIN_NONE);
	json_object_close(json);
}

static void add_relaywatch(struct json *json, const struct fact_session *session)
{
	const struct fact_origin *origin = &session->origin;

	json_object_open(json, "relaywatch");
	json_text(json, "session", origin->session);
	json_seen(json, "helo", origin->helo);
	json_seen(json, "banner", origin->banner);
	json_text(json, "tls", tls_use_word(origin->tls));
	json_bool(json, "starttls_offered", session->starttls_offered);
	json_bool(json, "starttls_blanked", session->starttls_blanked);
	add_auth(json, session);
	json_uint(json, "transactions", session->transactions);
	json_text(json, "end", close_reason_word(session->end));
	add_flags(json, origin->flags);
	json_uint(json, "bytes_from_client", session->bytes[FROM_CLIENT]);
	json_uint(json, "bytes_from_server", session->bytes[FROM_SERVER]);
	add_claim(json, origin);
	add_tunnels(json, &origin->connection.tunnels);
	add_via(json, &origin->via);
	json_object_close(json);
}

/* One TCP connection that spoke a mail protocol. */
bool event_session(struct text *out, const struct event_env *env,
		   const struct fact_session *session)
{
	static const char *const categories[] = { "network", "email", NULL };
	static const char *const types[] = { "connection", "protocol", "end", NULL };
	const struct fact_origin *origin = &session->origin;
	const struct event_head head = { .dataset = "relaywatch.session",
					 .kind = "event",
					 .categories = categories,
					 .types = types,
					 .id = origin->session,
					 .time_ns = session->end_ns,
					 .start_ns = session->start_ns,
					 .end_ns = session->end_ns };
	const struct ip_address ips[] = { origin->connection.client, origin->connection.server,
					  *fact_client(origin) };
	const struct span hosts[] = { origin->helo, session->tls.server_name };
	struct json json;

	json_begin(&json, out);
	event_open(&json, env, &head);
	json_object_close(&json);
	event_peers(&json, env, origin);
	event_related(&json, ips, ARRAY_COUNT(ips), hosts, ARRAY_COUNT(hosts), session->auth_user);
	add_tls(&json, session);
	add_relaywatch(&json, session);
	event_close(&json);
	return json_whole(&json);
}
