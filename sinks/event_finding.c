#include "sinks/event.h"

#include "core/digest.h"

#include <stdio.h>

static void add_also(struct json *json, uint32_t also)
{
	json_array_open(json, "also");
	for (unsigned v = 0; v < VERDICT_COUNT; v++)
		if ((also & UINT32_C(1) << v) != 0)
			json_text(json, NULL, verdict_word((enum verdict)v));
	json_array_close(json);
}

static void add_frames(struct json *json, const struct frame_id *frames, uint32_t count)
{
	for (uint32_t i = 0; i < count && i < EVIDENCE_FRAMES_MAX; i++) {
		json_array_open(json, NULL);
		json_uint(json, NULL, frames[i].file);
		json_uint(json, NULL, frames[i].frame);
		json_array_close(json);
	}
}

static void add_evidence(struct json *json, const struct evidence *evidence)
{
	char community[COMMUNITY_ID_MAX];
	bool has_connection = evidence->connection.client_port != 0;

	json_object_open(json, NULL);
	json_text(json, "rule", evidence->rule);
	json_text(json, "witness", witness_word(evidence->witness));
	json_decimal(json, "weight", evidence->weight_decibans);
	json_uint(json, "count", evidence->count);
	json_text(json, "reason", evidence->reason);
	json_array_open(json, "frames");
	add_frames(json, evidence->first, evidence->first_count);
	add_frames(json, evidence->last, evidence->last_count);
	json_array_close(json);
	json_time(json, "time", evidence->time_ns);
	if (has_connection && digest_community_id(&evidence->connection, community) == RESULT_OK)
		json_text(json, "community_id", community);
	else
		json_none(json, "community_id");
	json_object_close(json);
}

/* What a finding says, and an alert of its strongest pair. */
void event_finding_members(struct json *json, const struct finding *finding)
{
	json_text(json, "verdict", verdict_word(finding->verdict));
	add_also(json, finding->also);
	json_text(json, "severity", severity_word(finding->severity));
	json_text(json, "ownership", ownership_word(finding->ownership));
	json_decimal(json, "prior", finding->prior_decibans);
	json_array_open(json, "evidence");
	for (uint32_t i = 0; i < finding->evidence_count; i++)
		add_evidence(json, &finding->evidence[i]);
	json_array_close(json);
	json_time(json, "first_seen", finding->first_seen_ns);
	json_time(json, "last_seen", finding->last_seen_ns);
	json_uint(json, "transactions", finding->transactions);
	json_uint(json, "recipients", finding->recipients);
	json_uint(json, "accepted", finding->accepted);
	json_uint(json, "denied", finding->denied);
	event_text_list(json, "sample", finding->sample, finding->sample_count);
}

/* The client that is meant, which a believed proxy may have named, and the server. */
void event_finding_peers(struct json *json, const struct event_env *env,
			 const struct finding *finding)
{
	json_object_open(json, "source");
	json_ip(json, "ip", &finding->client);
	json_object_close(json);
	json_object_open(json, "destination");
	json_ip(json, "ip", &finding->server);
	json_uint(json, "port", finding->server_port);
	json_object_close(json);
	json_object_open(json, "network");
	event_network_between(json, env, &finding->client, &finding->server, finding->protocol);
	json_object_close(json);
}

static void finding_id(const struct finding *finding, char id[EVENT_ID_MAX])
{
	char client[IP_TEXT_MAX], server[SUBJECT_TEXT_MAX], text[SUBJECT_TEXT_MAX + 64];

	(void)snprintf(
	    text, sizeof(text), "finding %s %s", ip_address_format(&finding->client, client),
	    event_server_text(&finding->server, finding->server_port, finding->protocol, server));
	event_id_of(text, id);
}

/* What is held against one pair. */
bool event_finding(struct text *out, const struct event_env *env, const struct finding *finding)
{
	static const char *const plain[] = { "network", NULL };
	static const char *const intrusion[] = { "network", "intrusion_detection", NULL };
	static const char *const types[] = { "info", NULL };
	char id[EVENT_ID_MAX];
	const struct event_head head = { .dataset = "relaywatch.finding",
					 .kind = "event",
					 .categories = finding->verdict == VERDICT_BENIGN
							   ? plain
							   : intrusion,
					 .types = types,
					 .id = id,
					 .time_ns = finding->last_seen_ns,
					 .start_ns = finding->first_seen_ns,
					 .end_ns = finding->last_seen_ns };
	const struct ip_address ips[] = { finding->client, finding->server };
	const char *account = finding->account == NULL ? "" : finding->account;
	struct json json;

	finding_id(finding, id);
	json_begin(&json, out);
	event_open(&json, env, &head);
	json_decimal(&json, "risk_score", finding->score);
	json_int(&json, "severity", severity_number(finding->severity));
	json_object_close(&json);
	event_finding_peers(&json, env, finding);
	event_related(&json, ips, ARRAY_COUNT(ips), NULL, 0, span_text(account));
	json_object_open(&json, "relaywatch");
	event_finding_members(&json, finding);
	json_object_close(&json);
	event_close(&json);
	return json_whole(&json);
}
