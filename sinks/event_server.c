#include "sinks/event.h"

#include <stdio.h>

static void add_own_domains(struct json *json, const struct server_report *server)
{
	json_array_open(json, "own_domains");
	for (uint32_t i = 0; i < server->own_domain_count; i++) {
		json_object_open(json, NULL);
		json_text(json, "domain", server->own_domains[i].domain);
		json_text(json, "from", server->own_domains[i].from);
		json_object_close(json);
	}
	json_array_close(json);
}

static void add_same_server(struct json *json, const struct same_server *same)
{
	if (same->address.family == 0)
		return;
	json_object_open(json, "same_server");
	json_ip(json, "ip", &same->address);
	json_uint(json, "port", same->port);
	json_text(json, "posture", posture_word(same->posture));
	json_object_close(json);
}

static void add_appeared(struct json *json, const struct server_report *server)
{
	if (server->watched_days == 0)
		return;
	json_object_open(json, "appeared");
	json_time(json, "at", server->appeared_ns);
	json_uint(json, "watched_days", server->watched_days);
	json_object_close(json);
}

static void add_relaywatch(struct json *json, const struct server_report *server)
{
	json_object_open(json, "relaywatch");
	json_text(json, "posture", posture_word(server->posture));
	json_time(json, "since", server->since_ns);
	json_time(json, "first_seen", server->first_seen_ns);
	json_time(json, "last_seen", server->last_seen_ns);
	if (server->software != NULL)
		json_text(json, "software", server->software);
	add_own_domains(json, server);
	event_text_list(json, "undetermined_domains", server->undetermined,
			server->undetermined_count);
	json_object_open(json, "strangers");
	json_uint(json, "connected", server->strangers_connected);
	json_uint(json, "refused", server->strangers_refused);
	json_uint(json, "accepted", server->strangers_accepted);
	json_uint(json, "denied", server->strangers_denied);
	json_object_close(json);
	add_same_server(json, &server->same);
	add_appeared(json, server);
	event_text_list(json, "advice", server->advice, server->advice_count);
	json_object_close(json);
}

static void add_peer(struct json *json, const struct server_report *server)
{
	json_object_open(json, "destination");
	json_ip(json, "ip", &server->address);
	json_uint(json, "port", server->port);
	json_object_close(json);
	json_object_open(json, "network");
	json_text(json, "type", server->address.family == 6 ? "ipv6" : "ipv4");
	json_text(json, "transport", "tcp");
	json_text(json, "protocol", mail_protocol_word(server->protocol));
	json_object_close(json);
}

/* The posture of one server port. */
bool event_server(struct text *out, const struct event_env *env, const struct server_report *server)
{
	static const char *const categories[] = { "network", "configuration", NULL };
	static const char *const types[] = { "info", NULL };
	char name[SUBJECT_TEXT_MAX], text[SUBJECT_TEXT_MAX + 16], id[EVENT_ID_MAX];
	const struct event_head head = { .dataset = "relaywatch.server",
					 .kind = "state",
					 .categories = categories,
					 .types = types,
					 .id = id,
					 .time_ns = server->last_seen_ns,
					 .start_ns = server->first_seen_ns,
					 .end_ns = server->last_seen_ns };
	struct json json;

	event_server_text(&server->address, server->port, server->protocol, name);
	(void)snprintf(text, sizeof(text), "server %s", name);
	event_id_of(text, id);
	json_begin(&json, out);
	event_open(&json, env, &head);
	json_object_close(&json);
	add_peer(&json, server);
	event_related(&json, &server->address, 1, NULL, 0, span_of(NULL, 0));
	add_relaywatch(&json, server);
	event_close(&json);
	return json_whole(&json);
}
