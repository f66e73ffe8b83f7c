#include "sinks/samples.h"

#include <criterion/criterion.h>
#include <string.h>

#include "e2e/events.h"

#define SENSOR "tap-1"

struct ip_address sample_ip(const char *text)
{
	struct ip_address ip;

	cr_assert_eq(ip_address_parse(text, &ip), RESULT_OK, "'%s' is no address", text);
	return ip;
}

struct fact_origin sample_origin(void)
{
	return (struct fact_origin){
		.session = "0123456789abcdef",
		.connection = { .client = sample_ip("203.0.113.7"),
				.server = sample_ip("192.0.2.25"),
				.client_port = 40001,
				.server_port = 25,
				.roles_known = true },
		.protocol = PROTOCOL_SMTP,
		.helo = span_text("pool-7.bluehill.test"),
		.banner = span_text("mail.example.com ESMTP"),
	};
}

struct fact_session sample_session(void)
{
	return (struct fact_session){ .origin = sample_origin(),
				      .transactions = 2,
				      .end = CLOSE_FIN,
				      .start_ns = SAMPLE_TIME(1),
				      .end_ns = SAMPLE_TIME(123456789),
				      .bytes = { 321, 123 } };
}

struct fact_recipient sample_recipient(void)
{
	return (struct fact_recipient){
		.address = span_text("Lena%redrock.test@example.com"),
		.canonical = span_text("lena@redrock.test"),
		.domain = span_text("redrock.test"),
		.outer_domain = span_text("example.com"),
		.tricks = TRICK_PERCENT_HACK | TRICK_TRAILING_DOT,
		.verdict = RECIPIENT_DENIED_RELAY,
		.reply = { .code = 554, .enhanced = "5.7.1", .reply_class = REPLY_RELAY_DENIED }
	};
}

struct fact_transaction sample_transaction(void)
{
	static struct fact_recipient one;

	one = sample_recipient();
	return (struct fact_transaction){
		.origin = sample_origin(),
		.index = 3,
		.mail_from_seen = true,
		.mail_from = span_text("offers@bluehill.test"),
		.recipients = &one,
		.recipient_count = 1,
		.recipients_total = 1,
		.last = true,
		.message_id = span_text("1002@pool-7.bluehill.test"),
		.header_from = span_text("sales@bluehill.test"),
		.body_bytes = 1234,
		.body_digest = { 0x00, 0x01, 0xab, [15] = 0xff },
		.body_digest_known = true,
		.outcome = OUTCOME_REJECTED,
		.start_ns = SAMPLE_TIME(5),
		.end_ns = SAMPLE_TIME(999999999),
	};
}

struct finding sample_finding(void)
{
	static const char *const lines[] = { "RCPT TO:<lena@redrock.test>", "250 2.1.5 Ok" };
	static struct evidence evidence[2];

	evidence[0] = (struct evidence){ .rule = "foreign_accepted",
					 .witness = WITNESS_REPLY,
					 .weight_decibans = 28.456,
					 .count = 12,
					 .reason = "it took a message for redrock.test",
					 .first = { { 22, 0 }, { 31, 1 } },
					 .last = { { 77, 1 } },
					 .first_count = 2,
					 .last_count = 1,
					 .time_ns = SAMPLE_TIME(42),
					 .connection = sample_origin().connection };
	evidence[1] = (struct evidence){ .rule = "trusted_client",
					 .witness = WITNESS_SITE,
					 .weight_decibans = -3,
					 .count = 1,
					 .reason = "the site says so",
					 .time_ns = SAMPLE_TIME(43) };
	return (struct finding){ .client = sample_ip("203.0.113.7"),
				 .server = sample_ip("192.0.2.25"),
				 .server_port = 209,
				 .protocol = PROTOCOL_QMTP,
				 .verdict = VERDICT_OPEN_RELAY,
				 .also = 1U << VERDICT_HARVEST | 1U << VERDICT_PROBE,
				 .severity = SEVERITY_HIGH,
				 .score = 97.126,
				 .prior_decibans = -20,
				 .ownership = OWNERSHIP_FOREIGN,
				 .evidence = evidence,
				 .evidence_count = ARRAY_COUNT(evidence),
				 .first_seen_ns = SAMPLE_TIME(7),
				 .last_seen_ns = SAMPLE_TIME(8),
				 .transactions = 12,
				 .recipients = 34,
				 .accepted = 30,
				 .denied = 4,
				 .sample = lines,
				 .sample_count = ARRAY_COUNT(lines) };
}

struct alert sample_alert(void)
{
	static const char *const advice[] = { "list whom it may relay for" };

	return (struct alert){
		.finding = sample_finding(),
		.action = ALERT_RAISED,
		.alert_id = "00112233445566778899aabbccddeeff",
		.number = 1,
		.time_ns = SAMPLE_TIME(9),
		.start_ns = SAMPLE_TIME(6),
		.reason = "it took a message for redrock.test",
		.subject_type = SUBJECT_SERVER,
		.subject_id = "192.0.2.25:209/qmtp",
		.clients = { { .address = sample_ip("203.0.113.7") },
			     { .address = sample_ip("203.0.113.8") } },
		.clients_count = 2,
		.servers = { { .address = sample_ip("192.0.2.25"), .port = 209 } },
		.servers_count = 1,
		.advice = advice,
		.advice_count = ARRAY_COUNT(advice),
		.technique_id = "T1584.004",
		.technique_name = "Compromise Infrastructure: Server",
		.rule_id = "foreign_accepted",
		.rule_name = "a stranger's message for a foreign domain was taken",
	};
}

struct server_report sample_server(void)
{
	static const struct own_domain own[] = { { "example.com", "configured" },
						 { "example.org", "mx" } };
	static const char *const advice[] = { "close port 628 to strangers", "or list them" };
	static const char *const undetermined[] = { "redrock.test" };

	return (struct server_report){ .address = sample_ip("192.0.2.25"),
				       .port = 628,
				       .protocol = PROTOCOL_QMQP,
				       .posture = POSTURE_EXPOSED,
				       .since_ns = SAMPLE_TIME(1),
				       .first_seen_ns = SAMPLE_TIME(2),
				       .last_seen_ns = SAMPLE_TIME(3),
				       .software = "Postfix",
				       .own_domains = own,
				       .own_domain_count = ARRAY_COUNT(own),
				       .strangers_connected = 9,
				       .strangers_refused = 8,
				       .strangers_accepted = 7,
				       .strangers_denied = 6,
				       .advice = advice,
				       .advice_count = ARRAY_COUNT(advice),
				       .same = { .address = sample_ip("2001:db8:1::25"),
						 .port = 628,
						 .posture = POSTURE_CLOSED },
				       .watched_days = 12,
				       .appeared_ns = SAMPLE_TIME(2),
				       .undetermined = undetermined,
				       .undetermined_count = ARRAY_COUNT(undetermined) };
}

struct stats sample_stats(void)
{
	return (struct stats){ .time_ns = SAMPLE_TIME(30),
			       .start_ns = SAMPLE_TIME(10),
			       .end_ns = SAMPLE_TIME(20),
			       .packets = UINT64_MAX / 2,
			       .bytes = 2,
			       .segments = 3,
			       .sessions = 4,
			       .sessions_readable = 5,
			       .transactions = 6,
			       .alerts = 7,
			       .sessions_encrypted = 8,
			       .sessions_one_sided = 9,
			       .sessions_cut = 10,
			       .dropped_kernel = 11,
			       .dropped_interface = 12,
			       .forgotten = { { "flows", 13 }, { "pairs", 0 } },
			       .damaged = { { "files", 14 } },
			       .duplicates = 15,
			       .onward_window_s = 16,
			       .memory_bytes = 17,
			       .elapsed_ns = 18 };
}

static void never_said(void *ctx, const char *text)
{
	(void)ctx;
	cr_assert_fail("the sink said: %s", text);
}

void printer_open(struct printer *printer, uint32_t datasets, const struct site *site)
{
	struct sink_json_options options = { .stream_name = "memory",
					     .datasets = datasets,
					     .env = { .sensor = SENSOR, .site = site },
					     .errors = { .say = never_said } };

	memset(printer, 0, sizeof(*printer));
	printer->stream = open_memstream(&printer->text, &printer->length);
	cr_assert_not_null(printer->stream);
	options.stream = printer->stream;
	cr_assert_eq(sink_json_new(&printer->sink, &options), RESULT_OK);
}

void printer_fact(struct printer *printer, const struct fact *fact)
{
	printer->sink.ops->fact(printer->sink.state, fact);
}

void printer_transaction(struct printer *printer, const struct fact_transaction *transaction)
{
	const struct fact fact = { .kind = FACT_TRANSACTION, .as.transaction = *transaction };

	printer_fact(printer, &fact);
}

char *printer_end(struct printer *printer)
{
	struct error error = { .text = "" };

	cr_assert_eq(printer->sink.ops->close(printer->sink.state, &error), RESULT_OK, "%s",
		     error.text);
	cr_assert_eq(fclose(printer->stream), 0);
	cr_assert_eq(strlen(printer->text), printer->length, "a NUL is in the output");
	return printer->text;
}

json_t *printer_close(struct printer *printer)
{
	char *text = printer_end(printer);
	json_t *events = events_parse(text);

	free(text);
	return events;
}

/* The only event that was printed. */
static json_t *the_event(struct printer *printer)
{
	json_t *events = printer_close(printer);
	json_t *event;

	cr_assert_eq(json_array_size(events), 1, "%zu events", json_array_size(events));
	event = json_incref(json_array_get(events, 0));
	json_decref(events);
	return event;
}

json_t *printed_session(const struct fact_session *session)
{
	const struct fact fact = { .kind = FACT_SESSION, .as.session = *session };
	struct printer printer;

	printer_open(&printer, DATASET_ALL, NULL);
	printer_fact(&printer, &fact);
	return the_event(&printer);
}

json_t *printed_transaction(const struct fact_transaction *transaction)
{
	struct printer printer;

	printer_open(&printer, DATASET_ALL, NULL);
	printer_transaction(&printer, transaction);
	return the_event(&printer);
}

json_t *printed_finding(const struct finding *finding)
{
	struct printer printer;

	printer_open(&printer, DATASET_ALL, NULL);
	printer.sink.ops->finding(printer.sink.state, finding);
	return the_event(&printer);
}

json_t *printed_alert(const struct alert *alert)
{
	struct printer printer;

	printer_open(&printer, DATASET_ALL, NULL);
	printer.sink.ops->alert(printer.sink.state, alert);
	return the_event(&printer);
}

json_t *printed_server(const struct server_report *server)
{
	struct printer printer;

	printer_open(&printer, DATASET_ALL, NULL);
	printer.sink.ops->server(printer.sink.state, server);
	return the_event(&printer);
}

json_t *printed_stats(const struct stats *stats)
{
	struct printer printer;

	printer_open(&printer, DATASET_ALL, NULL);
	printer.sink.ops->stats(printer.sink.state, stats);
	return the_event(&printer);
}

void expect_event(const json_t *event, const char *name)
{
	char path[256];
	json_error_t error;
	json_t *expected;

	(void)snprintf(path, sizeof(path), "tests/sinks/expected/%s.json", name);
	expected = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	cr_assert_not_null(expected, "'%s', line %d: %s", path, error.line, error.text);
	(void)json_object_set_new(json_object_get(expected, "observer"), "version",
				  json_string(RELAYWATCH_VERSION));
	if (!json_equal(event, expected)) {
		char *got = json_dumps(event, JSON_INDENT(2) | JSON_SORT_KEYS);
		char *wanted = json_dumps(expected, JSON_INDENT(2) | JSON_SORT_KEYS);

		cr_expect(false, "got:\n%s\nexpected by '%s':\n%s", got, path, wanted);
		free(got);
		free(wanted);
	}
	json_decref(expected);
}

void expect_member(const json_t *event, const char *path, const char *json)
{
	const json_t *value = event_get(event, path);
	char *got = value == NULL ? strdup("absent")
				  : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
							  JSON_SORT_KEYS | JSON_REAL_PRECISION(15));

	cr_assert_not_null(got);
	cr_expect_str_eq(got, json, "%s is %s and not %s", path, got, json);
	free(got);
}
