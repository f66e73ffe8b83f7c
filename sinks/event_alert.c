#include "sinks/event.h"

#include <stdio.h>

static void add_peers(struct json *json, const char *key, const struct subject_peer *peers,
		      uint64_t count)
{
	json_array_open(json, key);
	for (uint64_t i = 0; i < count && i < SUBJECT_LIST_MAX; i++) {
		json_object_open(json, NULL);
		json_ip(json, "ip", &peers[i].address);
		if (peers[i].port != 0)
			json_uint(json, "port", peers[i].port);
		json_object_close(json);
	}
	json_array_close(json);
}

/* rule and threat; MITRE ATT&CK only where a technique fits. */
static void add_rule(struct json *json, const struct alert *alert)
{
	json_object_open(json, "rule");
	json_text(json, "id", alert->rule_id);
	json_text(json, "name", alert->rule_name);
	json_object_close(json);
	if (alert->technique_id == NULL)
		return;
	json_object_open(json, "threat");
	json_text(json, "framework", "MITRE ATT&CK");
	json_object_open(json, "technique");
	event_text_list(json, "id", &alert->technique_id, 1);
	event_text_list(json, "name", &alert->technique_name, 1);
	json_object_close(json);
	json_object_close(json);
}

static void add_relaywatch(struct json *json, const struct alert *alert)
{
	json_object_open(json, "relaywatch");
	event_finding_members(json, &alert->finding);
	json_text(json, "alert_id", alert->alert_id);
	json_object_open(json, "subject");
	json_text(json, "type", subject_type_word(alert->subject_type));
	json_text(json, "id", alert->subject_id);
	json_object_close(json);
	add_peers(json, "clients", alert->clients, alert->clients_count);
	json_uint(json, "clients_count", alert->clients_count);
	add_peers(json, "servers", alert->servers, alert->servers_count);
	json_uint(json, "servers_count", alert->servers_count);
	event_text_list(json, "advice", alert->advice, alert->advice_count);
	json_object_close(json);
}

static void add_related(struct json *json, const struct alert *alert)
{
	const char *account = alert->finding.account == NULL ? "" : alert->finding.account;
	struct ip_address ips[2 + 2 * SUBJECT_LIST_MAX];
	size_t count = 0;

	ips[count++] = alert->finding.client;
	ips[count++] = alert->finding.server;
	for (uint64_t i = 0; i < alert->clients_count && i < SUBJECT_LIST_MAX; i++)
		ips[count++] = alert->clients[i].address;
	for (uint64_t i = 0; i < alert->servers_count && i < SUBJECT_LIST_MAX; i++)
		ips[count++] = alert->servers[i].address;
	event_related(json, ips, count, NULL, 0, span_text(account));
}

/* What the network let happen, in the words that ECS has for it. */
static const char *const *types_of(const struct alert *alert)
{
	static const char *const allowed[] = { "info", "allowed", NULL };
	static const char *const info[] = { "info", NULL };

	return alert->finding.verdict <= VERDICT_OPEN_RELAY ? allowed : info;
}

/* An incident of one subject. */
bool event_alert(struct text *out, const struct event_env *env, const struct alert *alert)
{
	static const char *const categories[] = { "intrusion_detection", "network", NULL };
	char id[EVENT_ID_MAX];
	const struct event_head head = { .dataset = "relaywatch.alert",
					 .kind = "alert",
					 .categories = categories,
					 .types = types_of(alert),
					 .id = id,
					 .time_ns = alert->time_ns,
					 .start_ns = alert->start_ns,
					 .end_ns = alert->time_ns };
	struct json json;

	(void)snprintf(id, sizeof(id), "%s-%u", alert->alert_id, alert->number);
	json_begin(&json, out);
	event_open(&json, env, &head);
	json_decimal(&json, "risk_score", alert->finding.score);
	json_int(&json, "severity", severity_number(alert->finding.severity));
	json_text(&json, "action", alert_action_word(alert->action));
	json_text(&json, "reason", alert->reason);
	json_object_close(&json);
	event_finding_peers(&json, env, &alert->finding);
	add_related(&json, alert);
	add_rule(&json, alert);
	add_relaywatch(&json, alert);
	event_close(&json);
	return json_whole(&json);
}
