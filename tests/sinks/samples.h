/*
 * samples - hand-made facts and findings, and the events that a sink makes of them
 *
 * In:      -
 * Out:     one sample of each noun, full of values that are easy to tell apart; what the JSON sink
 *          writes, parsed.
 * Limits:  -
 * Errors:  assertions of the test.
 * Owner:   samples point to constants; the caller owns the JSON and the text that is given.
 *
 * Expected events stand in tests/sinks/expected/NAME.json, without observer.version.
 */
#ifndef RELAYWATCH_TESTS_SINKS_SAMPLES_H
#define RELAYWATCH_TESTS_SINKS_SAMPLES_H

#include <jansson.h>
#include <stdio.h>

#include "sinks/sink_json.h"

/* 2026-11-25T10:06:18Z and so many nanoseconds. */
#define SAMPLE_TIME(ns) (INT64_C(1795601178000000000) + (ns))

struct ip_address sample_ip(const char *text);
struct fact_origin sample_origin(void);
struct fact_session sample_session(void);
struct fact_recipient sample_recipient(void);
struct fact_transaction sample_transaction(void); /* one recipient */
struct finding sample_finding(void);
struct alert sample_alert(void);
struct server_report sample_server(void);
struct stats sample_stats(void);

/* A JSON sink that writes to memory. */
struct printer {
	struct sink sink;
	FILE *stream;
	char *text;
	size_t length;
};

void printer_open(struct printer *printer, uint32_t datasets, const struct site *site);
void printer_fact(struct printer *printer, const struct fact *fact);
void printer_transaction(struct printer *printer, const struct fact_transaction *transaction);
/* Close the sink; what it wrote, as bytes, or as an array of events. */
char *printer_end(struct printer *printer);
json_t *printer_close(struct printer *printer);

/* One sample, through a sink of its own; an object. */
json_t *printed_session(const struct fact_session *session);
json_t *printed_transaction(const struct fact_transaction *transaction);
json_t *printed_finding(const struct finding *finding);
json_t *printed_alert(const struct alert *alert);
json_t *printed_server(const struct server_report *server);
json_t *printed_stats(const struct stats *stats);

/* Is it the event in expected/NAME.json, member by member and type by type? */
void expect_event(const json_t *event, const char *name);
/* What stands at a path, as compact JSON ("absent": nothing), is the text. */
void expect_member(const json_t *event, const char *path, const char *json);

#endif
