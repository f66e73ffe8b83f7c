/* Sessions, servers and counters as events, and what every event has. */
#include "sinks/samples.h"

#include <criterion/criterion.h>
#include <string.h>

#include "core/site.h"
#include "e2e/events.h"

Test(events, a_session)
{
	struct fact_session session = sample_session();
	json_t *event = printed_session(&session);

	expect_event(event, "session");
	json_decref(event);
}

/* TLS, authentication, a VLAN, IPv6, a client that a proxy of ours names, every flag. */
Test(events, a_session_with_all_that_there_can_be)
{
	struct fact_session session = sample_session();
	json_t *event;

	session.origin.connection.client = sample_ip("2001:470:e5bf:dead:4957:2174:e82c:4887");
	session.origin.connection.server = sample_ip("2607:f8b0:400c:c03::1a");
	session.origin.connection.client_port = 63943;
	session.origin.connection.vlan_id = 120;
	session.origin.claimed_client = sample_ip("2001:db8::7");
	session.origin.claimed_port = 5555;
	session.origin.claim_trusted = true;
	session.origin.claim_accepted = true;
	session.origin.banner = span_of(NULL, 0);
	session.origin.tls = TLS_STARTTLS;
	session.origin.auth = AUTH_OK;
	session.origin.flags = SESSION_MIDSTREAM | SESSION_GAP | SESSION_ONE_SIDED |
			       SESSION_OVERLAP_CONFLICT | SESSION_TRUNCATED |
			       SESSION_NONSTANDARD_PORT | SESSION_PIPELINING | SESSION_CHUNKING |
			       SESSION_MALFORMED | SESSION_SMUGGLING | SESSION_SHORT_REPLIES;
	session.starttls_offered = true;
	session.auth_mechanism = span_text("PLAIN");
	session.auth_user = span_text("anna");
	session.auth_attempts = 3;
	session.auth_failures = 2;
	session.tls = (struct fact_tls){ .version = span_text("TLSv1.3"),
					 .server_name = span_text("mail.example.com"),
					 .ja3 = "0123456789abcdef0123456789abcdef",
					 .certificate_subject = span_text("CN=mail.example.com"),
					 .bytes = { 1, 1 } };
	session.end = CLOSE_TIMEOUT;
	event = printed_session(&session);
	expect_event(event, "session-full");
	json_decref(event);
}

/* The last word on authentication; where TLS began before any attempt nobody can know. */
Test(events, what_is_said_of_authentication)
{
	static const struct {
		enum auth_result auth;
		enum tls_use tls;
		uint32_t attempts;
		const char *result;
	} cases[] = {
		{ AUTH_NONE, TLS_NONE, 0, "\"none\"" },
		{ AUTH_NONE, TLS_NONE, 1, "\"none\"" },
		{ AUTH_NONE, TLS_STARTTLS, 0, "\"hidden\"" },
		{ AUTH_NONE, TLS_IMPLICIT, 0, "\"hidden\"" },
		{ AUTH_OK, TLS_NONE, 1, "\"ok\"" },
		{ AUTH_FAILED, TLS_STARTTLS, 2, "\"failed\"" },
		{ AUTH_OK, TLS_STARTTLS, 2, "\"ok\"" },
		{ AUTH_HIDDEN, TLS_STARTTLS, 0, "\"hidden\"" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact_session session = sample_session();
		json_t *event;

		session.origin.auth = cases[i].auth;
		session.origin.tls = cases[i].tls;
		session.auth_attempts = cases[i].attempts;
		event = printed_session(&session);
		expect_member(event, "relaywatch.auth.result", cases[i].result);
		json_decref(event);
	}
}

Test(events, the_words_of_a_session)
{
	static const struct {
		enum mail_protocol protocol;
		enum tls_use tls;
		enum close_reason end;
		const char *words[3];
	} cases[] = {
		{ PROTOCOL_SMTP, TLS_NONE, CLOSE_FIN, { "\"smtp\"", "\"none\"", "\"fin\"" } },
		{ PROTOCOL_LMTP,
		  TLS_STARTTLS,
		  CLOSE_RST,
		  { "\"lmtp\"", "\"starttls\"", "\"rst\"" } },
		{ PROTOCOL_QMTP,
		  TLS_IMPLICIT,
		  CLOSE_TIMEOUT,
		  { "\"qmtp\"", "\"implicit\"", "\"timeout\"" } },
		{ PROTOCOL_QMQP, TLS_NONE, CLOSE_EOF, { "\"qmqp\"", "\"none\"", "\"eof\"" } },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact_session session = sample_session();
		json_t *event;

		session.origin.protocol = cases[i].protocol;
		session.origin.tls = cases[i].tls;
		session.end = cases[i].end;
		event = printed_session(&session);
		expect_member(event, "network.protocol", cases[i].words[0]);
		expect_member(event, "relaywatch.tls", cases[i].words[1]);
		expect_member(event, "relaywatch.end", cases[i].words[2]);
		json_decref(event);
	}
}

/* A claim that no proxy of ours vouches for never becomes the client. */
Test(events, a_claim_of_a_stranger_is_kept_apart)
{
	struct fact_session session = sample_session();
	json_t *event;

	session.origin.claimed_client = sample_ip("10.0.0.1");
	session.origin.claimed_port = 1234;
	session.origin.claim_accepted = true;
	event = printed_session(&session);
	expect_member(event, "client", "absent");
	expect_member(event, "relaywatch.claimed_client",
		      "{\"accepted\":true,\"ip\":\"10.0.0.1\",\"port\":1234}");
	expect_member(event, "related.ip", "[\"203.0.113.7\",\"192.0.2.25\"]");
	json_decref(event);
}

/* Who is inside tells the direction; a believed proxy's client counts as the client. */
Test(events, direction)
{
	static const struct {
		const char *client, *server, *claimed, *direction;
	} cases[] = {
		{ "203.0.113.7", "192.0.2.25", NULL, "\"inbound\"" },
		{ "192.0.2.25", "203.0.113.7", NULL, "\"outbound\"" },
		{ "192.0.2.25", "192.0.2.26", NULL, "\"internal\"" },
		{ "203.0.113.7", "198.51.100.1", NULL, "\"external\"" },
		{ "2001:db8::1", "192.0.2.25", NULL, "\"inbound\"" },
		{ "192.0.2.3", "192.0.2.25", "203.0.113.7", "\"inbound\"" },
	};
	struct site *site;

	cr_assert_eq(site_new(&site), RESULT_OK);
	cr_assert_eq(site_add_network(site, SITE_LOCAL_NET, "192.0.2.0/24"), RESULT_OK);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact fact = { .kind = FACT_SESSION, .as.session = sample_session() };
		struct fact_origin *origin = &fact.as.session.origin;
		struct printer printer;
		json_t *events;

		origin->connection.client = sample_ip(cases[i].client);
		origin->connection.server = sample_ip(cases[i].server);
		if (cases[i].claimed != NULL) {
			origin->claimed_client = sample_ip(cases[i].claimed);
			origin->claim_trusted = true;
		}
		printer_open(&printer, DATASET_ALL, site);
		printer_fact(&printer, &fact);
		events = printer_close(&printer);
		expect_member(json_array_get(events, 0), "network.direction", cases[i].direction);
		json_decref(events);
	}
	site_free(&site);
}

Test(events, a_server)
{
	struct server_report server = sample_server();
	json_t *event = printed_server(&server);

	expect_event(event, "server");
	json_decref(event);
}

Test(events, a_server_of_which_little_is_known)
{
	static const struct {
		enum posture posture;
		const char *word;
	} cases[] = {
		{ POSTURE_UNKNOWN, "\"unknown\"" }, { POSTURE_CLOSED, "\"closed\"" },
		{ POSTURE_FIXED, "\"fixed\"" },     { POSTURE_EXPOSED, "\"exposed\"" },
		{ POSTURE_OPEN, "\"open\"" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct server_report server = { .address = sample_ip("2001:db8::25"),
						.port = 25,
						.protocol = PROTOCOL_SMTP,
						.posture = cases[i].posture };
		json_t *event = printed_server(&server);

		expect_member(event, "relaywatch.posture", cases[i].word);
		expect_member(event, "relaywatch.software", "absent");
		expect_member(event, "relaywatch.own_domains", "[]");
		expect_member(event, "relaywatch.advice", "[]");
		expect_member(event, "destination", "{\"ip\":\"2001:db8::25\",\"port\":25}");
		expect_member(event, "network.type", "\"ipv6\"");
		expect_member(event, "source", "absent");
		json_decref(event);
	}
}

Test(events, counters)
{
	struct stats stats = sample_stats();
	json_t *event = printed_stats(&stats);

	expect_event(event, "stats");
	json_decref(event);
}

/* The lists of names end at the first place that is free, or when they are full. */
Test(events, counters_by_name)
{
	struct stats stats = sample_stats();
	json_t *event;

	for (size_t i = 0; i < STATS_NAMED_MAX; i++)
		stats.not_seen[i] = (struct stats_named){ "same", i };
	stats.not_seen[1].name = NULL;
	event = printed_stats(&stats);
	expect_member(event, "relaywatch.not_seen", "{\"same\":0}");
	json_decref(event);
}

/* What every event has, and of what type. */
Test(events, what_all_have)
{
	static const struct {
		const char *path;
		json_type type;
	} members[] = {
		{ "@timestamp", JSON_STRING },       { "ecs.version", JSON_STRING },
		{ "event.kind", JSON_STRING },       { "event.category", JSON_ARRAY },
		{ "event.type", JSON_ARRAY },        { "event.dataset", JSON_STRING },
		{ "event.module", JSON_STRING },     { "event.id", JSON_STRING },
		{ "event.start", JSON_STRING },      { "event.end", JSON_STRING },
		{ "observer.name", JSON_STRING },    { "observer.type", JSON_STRING },
		{ "observer.product", JSON_STRING }, { "observer.version", JSON_STRING },
		{ "relaywatch", JSON_OBJECT },
	};
	struct fact_session session = sample_session();
	struct fact_transaction transaction = sample_transaction();
	struct finding finding = sample_finding();
	struct alert alert = sample_alert();
	struct server_report server = sample_server();
	struct stats stats = sample_stats();
	json_t *events[] = {
		printed_session(&session), printed_transaction(&transaction),
		printed_finding(&finding), printed_alert(&alert),
		printed_server(&server),   printed_stats(&stats),
	};

	for (size_t i = 0; i < ARRAY_COUNT(events); i++) {
		for (size_t m = 0; m < ARRAY_COUNT(members); m++) {
			const json_t *value = event_get(events[i], members[m].path);

			cr_expect(value != NULL && json_typeof(value) == members[m].type,
				  "event %zu: %s", i, members[m].path);
		}
		json_decref(events[i]);
	}
}

/* Nanoseconds are kept, in years far away and before 1970 too. */
Test(events, time)
{
	static const struct {
		int64_t time_ns;
		const char *text;
	} cases[] = {
		{ 0, "\"1970-01-01T00:00:00.000000000Z\"" },
		{ -1, "\"1969-12-31T23:59:59.999999999Z\"" },
		{ SAMPLE_TIME(1), "\"2026-11-25T10:06:18.000000001Z\"" },
		{ INT64_MAX, "\"2262-04-11T23:47:16.854775807Z\"" },
		{ INT64_MIN, "\"1677-09-21T00:12:43.145224192Z\"" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact_session session = sample_session();
		json_t *event;

		session.start_ns = session.end_ns = cases[i].time_ns;
		event = printed_session(&session);
		expect_member(event, "@timestamp", cases[i].text);
		expect_member(event, "event.start", cases[i].text);
		expect_member(event, "event.end", cases[i].text);
		json_decref(event);
	}
}
