/* Findings and alerts as events. */
#include "sinks/samples.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "e2e/events.h"

Test(event_finding, a_pair)
{
	struct finding finding = sample_finding();
	json_t *event = printed_finding(&finding);

	expect_event(event, "finding");
	json_decref(event);
}

Test(event_finding, severity)
{
	static const struct {
		enum severity severity;
		const char *word, *number;
	} cases[] = {
		{ SEVERITY_INFO, "\"info\"", "0" },          { SEVERITY_LOW, "\"low\"", "21" },
		{ SEVERITY_MEDIUM, "\"medium\"", "47" },     { SEVERITY_HIGH, "\"high\"", "73" },
		{ SEVERITY_CRITICAL, "\"critical\"", "99" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct finding finding = sample_finding();
		json_t *event;

		finding.severity = cases[i].severity;
		event = printed_finding(&finding);
		expect_member(event, "relaywatch.severity", cases[i].word);
		expect_member(event, "event.severity", cases[i].number);
		json_decref(event);
	}
}

Test(event_finding, verdict)
{
	static const char *const words[VERDICT_COUNT] = {
		"open_relay_confirmed", "open_relay",        "auth_abuse",
		"spam_source",          "backscatter",       "harvest",
		"brute_force",          "evasion",           "probe",
		"relay_denied",         "unknown_encrypted", "benign",
	};

	for (int i = 0; i < VERDICT_COUNT; i++) {
		struct finding finding = sample_finding();
		json_t *event;

		finding.verdict = (enum verdict)i;
		finding.also = 1U << i;
		event = printed_finding(&finding);
		cr_expect_str_eq(event_text(event, "relaywatch.verdict"), words[i]);
		cr_expect_eq(json_array_size(event_get(event, "relaywatch.also")), 1);
		cr_expect_str_eq(
		    json_string_value(json_array_get(event_get(event, "relaywatch.also"), 0)),
		    words[i]);
		json_decref(event);
	}
}

Test(event_finding, ownership)
{
	static const struct {
		enum ownership ownership;
		const char *word;
	} cases[] = {
		{ OWNERSHIP_OWN, "\"own\"" },
		{ OWNERSHIP_FOREIGN, "\"foreign\"" },
		{ OWNERSHIP_UNDETERMINED, "\"undetermined\"" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct finding finding = sample_finding();
		json_t *event;

		finding.ownership = cases[i].ownership;
		event = printed_finding(&finding);
		expect_member(event, "relaywatch.ownership", cases[i].word);
		json_decref(event);
	}
}

Test(event_finding, witness)
{
	static const char *const words[WITNESS_COUNT] = {
		"\"reply\"",        "\"onward_leg\"", "\"trace\"",
		"\"name_service\"", "\"behaviour\"",  "\"site\"",
	};

	for (int i = 0; i < WITNESS_COUNT; i++) {
		struct finding finding = sample_finding();
		struct evidence one = finding.evidence[0];
		json_t *event;

		one.witness = (enum witness)i;
		finding.evidence = &one;
		finding.evidence_count = 1;
		event = printed_finding(&finding);
		expect_member(json_array_get(event_get(event, "relaywatch.evidence"), 0), "witness",
			      words[i]);
		json_decref(event);
	}
}

/* The first 8 and the last 8, also of a number that fits no double. */
Test(event_finding, frames)
{
	struct finding finding = sample_finding();
	struct evidence many = finding.evidence[0];
	json_t *event;

	many.first_count = many.last_count = EVIDENCE_FRAMES_MAX;
	for (uint32_t i = 0; i < EVIDENCE_FRAMES_MAX; i++) {
		many.first[i] = (struct frame_id){ .frame = i + 1, .file = i };
		many.last[i] = (struct frame_id){ .frame = (UINT64_C(1) << 60) + i, .file = 9 };
	}
	finding.evidence = &many;
	finding.evidence_count = 1;
	event = printed_finding(&finding);
	expect_member(json_array_get(event_get(event, "relaywatch.evidence"), 0), "frames",
		      "[[0,1],[1,2],[2,3],[3,4],[4,5],[5,6],[6,7],[7,8],"
		      "[9,1152921504606846976],[9,1152921504606846977],[9,1152921504606846978],"
		      "[9,1152921504606846979],[9,1152921504606846980],[9,1152921504606846981],"
		      "[9,1152921504606846982],[9,1152921504606846983]]");
	json_decref(event);
}

/* Nothing that is no number reaches a consumer. */
Test(event_finding, weights_and_scores_are_numbers)
{
	struct finding finding = sample_finding();
	struct evidence odd = finding.evidence[0];
	json_t *event;

	odd.weight_decibans = INFINITY;
	finding.score = NAN;
	finding.evidence = &odd;
	finding.evidence_count = 1;
	event = printed_finding(&finding);
	expect_member(event, "event.risk_score", "null");
	expect_member(json_array_get(event_get(event, "relaywatch.evidence"), 0), "weight", "null");
	json_decref(event);
}

Test(event_finding, account)
{
	struct finding finding = sample_finding();
	json_t *event;

	finding.account = "anna";
	event = printed_finding(&finding);
	expect_member(event, "user.name", "\"anna\"");
	expect_member(event, "related.user", "[\"anna\"]");
	json_decref(event);
}

/* One finding for each pair: its identifier is of the pair, not of what is held against it. */
Test(event_finding, identifier_is_of_the_pair)
{
	struct finding finding = sample_finding(), other = sample_finding();
	json_t *event, *other_event;

	event = printed_finding(&finding);
	finding.verdict = VERDICT_PROBE;
	finding.score = 1;
	other_event = printed_finding(&finding);
	cr_expect_str_eq(event_text(event, "event.id"), event_text(other_event, "event.id"));
	json_decref(other_event);
	other.server_port = 210;
	other_event = printed_finding(&other);
	cr_expect_str_neq(event_text(event, "event.id"), event_text(other_event, "event.id"));
	json_decref(other_event);
	json_decref(event);
}

Test(event_alert, an_incident)
{
	struct alert alert = sample_alert();
	json_t *event = printed_alert(&alert);

	expect_event(event, "alert");
	json_decref(event);
}

/* The same incident keeps alert_id; each of its events has its own event.id. */
Test(event_alert, actions)
{
	static const struct {
		enum alert_action action;
		uint32_t number;
		const char *word, *id;
	} cases[] = {
		{ ALERT_RAISED, 1, "\"raised\"", "\"00112233445566778899aabbccddeeff-1\"" },
		{ ALERT_ESCALATED, 2, "\"escalated\"", "\"00112233445566778899aabbccddeeff-2\"" },
		{ ALERT_ONGOING, 3, "\"ongoing\"", "\"00112233445566778899aabbccddeeff-3\"" },
		{ ALERT_ONGOING, 4, "\"ongoing\"", "\"00112233445566778899aabbccddeeff-4\"" },
		{ ALERT_RESOLVED, UINT32_MAX, "\"resolved\"",
		  "\"00112233445566778899aabbccddeeff-4294967295\"" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct alert alert = sample_alert();
		json_t *event;

		alert.action = cases[i].action;
		alert.number = cases[i].number;
		event = printed_alert(&alert);
		expect_member(event, "event.action", cases[i].word);
		expect_member(event, "event.id", cases[i].id);
		expect_member(event, "relaywatch.alert_id", "\"00112233445566778899aabbccddeeff\"");
		json_decref(event);
	}
}

Test(event_alert, subjects)
{
	static const struct {
		enum subject_type type;
		const char *id, *json;
	} cases[] = {
		{ SUBJECT_SERVER, "[2001:db8::25]:25/smtp",
		  "{\"id\":\"[2001:db8::25]:25/smtp\",\"type\":\"server\"}" },
		{ SUBJECT_CLIENT, "203.0.113.7", "{\"id\":\"203.0.113.7\",\"type\":\"client\"}" },
		{ SUBJECT_ACCOUNT, "anna@192.0.2.25",
		  "{\"id\":\"anna@192.0.2.25\",\"type\":\"account\"}" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct alert alert = sample_alert();
		json_t *event;

		alert.subject_type = cases[i].type;
		(void)strcpy(alert.subject_id, cases[i].id);
		event = printed_alert(&alert);
		expect_member(event, "relaywatch.subject", cases[i].json);
		json_decref(event);
	}
}

/* Three thousand strangers are a number, and the 20 strongest of them. */
Test(event_alert, lists_the_strongest)
{
	struct alert alert = sample_alert();
	json_t *event;

	for (size_t i = 0; i < SUBJECT_LIST_MAX; i++) {
		alert.clients[i].address = sample_ip("203.0.113.7");
		alert.clients[i].address.bytes[3] = (uint8_t)(100 + i);
		alert.servers[i] = (struct subject_peer){ sample_ip("2001:db8::25"), 25 };
	}
	alert.clients_count = 3000;
	alert.servers_count = UINT64_C(1) << 40;
	event = printed_alert(&alert);
	cr_expect_eq(json_array_size(event_get(event, "relaywatch.clients")), 20);
	cr_expect_eq(json_array_size(event_get(event, "relaywatch.servers")), 20);
	cr_expect_eq(event_number(event, "relaywatch.clients_count"), 3000);
	cr_expect_eq(event_number(event, "relaywatch.servers_count"), INT64_C(1) << 40);
	expect_member(json_array_get(event_get(event, "relaywatch.clients"), 19), "ip",
		      "\"203.0.113.119\"");
	expect_member(json_array_get(event_get(event, "relaywatch.servers"), 19), "port", "25");
	/* The pair, and each address once. */
	cr_expect_eq(json_array_size(event_get(event, "related.ip")), 2 + 20 + 1);
	json_decref(event);
}

/* MITRE ATT&CK only where a technique fits. */
Test(event_alert, without_a_technique)
{
	struct alert alert = sample_alert();
	json_t *event;

	alert.technique_id = alert.technique_name = NULL;
	alert.reason = NULL;
	alert.advice_count = 0;
	event = printed_alert(&alert);
	expect_member(event, "threat", "absent");
	expect_member(event, "event.reason", "null");
	expect_member(event, "relaywatch.advice", "[]");
	json_decref(event);
}
