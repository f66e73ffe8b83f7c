/*
 * event_record - an alert or a finding, read back from its event (jansson stays behind this)
 *
 * In:      one line of JSON, from anybody: a file, Redis.
 * Out:     struct event_record. Its texts are fit for a terminal, whatever stood in the line.
 * Limits:  RECORD_LINE_MAX bytes a line, RECORD_RULES_MAX rules, RECORD_LIST_MAX entries of a
 *          list, RECORD_TEXT_MAX bytes of a text; what is past these is left out.
 * Errors:  RESULT_BAD: no JSON object, or one that cannot be an event of ours, with the reason;
 *          RESULT_END: an event, but neither alert nor finding; RESULT_FAILED: no memory.
 * Owner:   the caller frees the record.
 */
#ifndef RELAYWATCH_SINKS_EVENT_RECORD_H
#define RELAYWATCH_SINKS_EVENT_RECORD_H

#include "core/finding.h"
#include "core/span.h"

#define RECORD_LINE_MAX (8u << 20)
#define RECORD_RULES_MAX 64
#define RECORD_LIST_MAX 64
#define RECORD_TEXT_MAX 2048
#define RECORD_FRAMES_MAX (2 * EVIDENCE_FRAMES_MAX)

struct record_rule {
	char *rule, *witness, *reason, *time, *community_id; /* "" where not told */
	double weight_decibans;
	uint64_t count;
	struct frame_id frames[RECORD_FRAMES_MAX];
	uint32_t frame_count;
};

struct record_list {
	char *texts[RECORD_LIST_MAX];
	uint32_t count;
};

struct event_record {
	bool is_alert; /* else a finding */
	/* "" where not told; times as RFC 3339 */
	char *event_id, *alert_id, *action, *time, *sensor, *reason;
	char *verdict, *severity, *ownership, *subject_type, *subject_id;
	char *client, *server, *protocol, *first_seen, *last_seen;
	uint64_t server_port, clients, servers;
	uint64_t transactions, recipients, accepted, denied;
	double score, prior_decibans;
	struct record_rule *rules;
	uint32_t rule_count;
	struct record_list also, sample, advice;
};

MUST_USE enum result event_record_parse(struct span line, struct event_record **out,
					struct error *error);
void event_record_free(struct event_record **record);
/* Prior and weights. */
double event_record_sum(const struct event_record *record);
/* Is the score what the sum gives, as far as two decimals of each can tell? */
bool event_record_adds_up(const struct event_record *record);
/* What all events of one alert share; of a finding its event.id. */
const char *event_record_group(const struct event_record *record);
const char *event_record_library_version(void);

#endif
