#include "sinks/event.h"

#include "core/digest.h"

#include <stdio.h>
#include <string.h>

#define ECS_VERSION "8.11.0"

static void words(struct json *json, const char *key, const char *const *list)
{
	json_array_open(json, key);
	for (size_t i = 0; list[i] != NULL; i++)
		json_text(json, NULL, list[i]);
	json_array_close(json);
}

/* What every event has. */
void event_open(struct json *json, const struct event_env *env, const struct event_head *head)
{
	json_object_open(json, NULL);
	json_time(json, "@timestamp", head->time_ns);
	json_object_open(json, "ecs");
	json_text(json, "version", ECS_VERSION);
	json_object_close(json);
	json_object_open(json, "observer");
	json_text(json, "name", env->sensor);
	json_text(json, "type", "sensor");
	json_text(json, "product", "relaywatch");
	json_text(json, "version", RELAYWATCH_VERSION);
	json_object_close(json);
	json_object_open(json, "event");
	json_text(json, "kind", head->kind);
	words(json, "category", head->categories);
	words(json, "type", head->types);
	json_text(json, "dataset", head->dataset);
	json_text(json, "module", "relaywatch");
	json_text(json, "id", head->id);
	json_time(json, "start", head->start_ns);
	json_time(json, "end", head->end_ns);
}

void event_close(struct json *json)
{
	json_object_close(json);
}

static const char *direction_word(enum network_direction direction)
{
	static const char *const words_of[] = {
		[DIRECTION_UNKNOWN] = "unknown",   [DIRECTION_INBOUND] = "inbound",
		[DIRECTION_OUTBOUND] = "outbound", [DIRECTION_INTERNAL] = "internal",
		[DIRECTION_EXTERNAL] = "external",
	};

	return (size_t)direction < ARRAY_COUNT(words_of) ? words_of[direction] : "unknown";
}

/* What two addresses and the protocol tell. */
void event_network_between(struct json *json, const struct event_env *env,
			   const struct ip_address *client, const struct ip_address *server,
			   enum mail_protocol protocol)
{
	enum network_direction direction = DIRECTION_UNKNOWN;

	if (env->site != NULL)
		direction = site_direction(env->site, client, server);
	json_text(json, "type", server->family == 6 ? "ipv6" : "ipv4");
	json_text(json, "transport", "tcp");
	json_text(json, "protocol", mail_protocol_word(protocol));
	json_text(json, "direction", direction_word(direction));
}

static void end_point(struct json *json, const char *key, const struct ip_address *address,
		      uint16_t port)
{
	json_object_open(json, key);
	json_ip(json, "ip", address);
	json_uint(json, "port", port);
	json_object_close(json);
}

/* Who talks to whom. */
void event_peers(struct json *json, const struct event_env *env, const struct fact_origin *origin)
{
	const struct connection *c = &origin->connection;
	char community[COMMUNITY_ID_MAX], vlan[8];

	end_point(json, "source", &c->client, c->client_port);
	end_point(json, "destination", &c->server, c->server_port);
	if (fact_client(origin) != &c->client) {
		json_object_open(json, "client");
		json_ip(json, "ip", &origin->claimed_client);
		if (origin->claimed_port != 0)
			json_uint(json, "port", origin->claimed_port);
		json_object_close(json);
	}
	json_object_open(json, "network");
	event_network_between(json, env, fact_client(origin), &c->server, origin->protocol);
	if (digest_community_id(c, community) == RESULT_OK)
		json_text(json, "community_id", community);
	if (c->vlan_id != 0) {
		(void)snprintf(vlan, sizeof(vlan), "%u", c->vlan_id);
		json_object_open(json, "vlan");
		json_text(json, "id", vlan);
		json_object_close(json);
	}
	json_object_close(json);
}

static bool is_repeated(const struct span *list, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (span_equal(list[i], list[at]))
			return true;
	return false;
}

/* At most EVENT_RELATED_MAX are looked at, which bounds the search for repeated ones. */
void event_unique(struct json *json, const char *key, const struct span *list, size_t count)
{
	bool any = false;

	if (count > EVENT_RELATED_MAX)
		count = EVENT_RELATED_MAX;
	for (size_t i = 0; i < count; i++) {
		if (list[i].length == 0 || is_repeated(list, i))
			continue;
		if (!any)
			json_array_open(json, key);
		any = true;
		json_span(json, NULL, list[i]);
	}
	if (any)
		json_array_close(json);
}

/* The names and addresses that a search wants in one place. */
void event_related(struct json *json, const struct ip_address *ips, size_t ip_count,
		   const struct span *hosts, size_t host_count, struct span user)
{
	char texts[2 * SUBJECT_LIST_MAX + 4][IP_TEXT_MAX];
	struct span spans[ARRAY_COUNT(texts)];

	if (ip_count > ARRAY_COUNT(texts))
		ip_count = ARRAY_COUNT(texts);
	for (size_t i = 0; i < ip_count; i++) {
		spans[i] = span_of(NULL, 0);
		if (ips[i].family != 0)
			spans[i] = span_text(ip_address_format(&ips[i], texts[i]));
	}
	json_object_open(json, "related");
	event_unique(json, "ip", spans, ip_count);
	event_unique(json, "hosts", hosts, host_count);
	event_unique(json, "user", &user, 1);
	json_object_close(json);
	if (user.length == 0)
		return;
	json_object_open(json, "user");
	json_span(json, "name", user);
	json_object_close(json);
}

/* A list of our own sentences. */
void event_text_list(struct json *json, const char *key, const char *const *list, size_t count)
{
	json_array_open(json, key);
	for (size_t i = 0; i < count; i++)
		json_text(json, NULL, list[i]);
	json_array_close(json);
}

/* Sixteen digits of a SHA-256 are enough to tell the events of one index apart. */
void event_id_of(const char *text, char id[EVENT_ID_MAX])
{
	uint8_t digest[SHA256_BYTES];

	id[0] = '\0';
	if (digest_sha256(text, strlen(text), digest) == RESULT_OK)
		digest_hex(digest, 8, id);
}

/* A server as people and subject.id write it. */
const char *event_server_text(const struct ip_address *address, uint16_t port,
			      enum mail_protocol protocol, char text[SUBJECT_TEXT_MAX])
{
	char ip[IP_TEXT_MAX];

	ip_address_format(address, ip);
	(void)snprintf(text, SUBJECT_TEXT_MAX, address->family == 6 ? "[%s]:%u/%s" : "%s:%u/%s", ip,
		       port, mail_protocol_word(protocol));
	return text;
}
