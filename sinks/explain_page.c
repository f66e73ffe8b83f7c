#include "sinks/explain_page.h"

#include "sinks/paragraph.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define LABEL_COLUMN 14
#define RULE_COLUMN 10

#define SHORT_TIME_LENGTH 19 /* 2026-11-25T10:06:18 */

/* To the second, without the T. */
const char *explain_time(const char *time, char text[RECORD_TEXT_MAX])
{
	(void)snprintf(text, RECORD_TEXT_MAX, "%s", time);
	if (strlen(text) <= SHORT_TIME_LENGTH || text[10] != 'T')
		return text;
	text[10] = ' ';
	text[SHORT_TIME_LENGTH] = '\0';
	return text;
}

static void add_label(struct text *out, const char *label)
{
	text_addf(out, "  %-*s", LABEL_COLUMN - 2, label);
}

static void add_count(struct text *out, uint64_t count, const char *one, const char *many)
{
	text_addf(out, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

/* "192.0.2.25:209/qmtp", as subject.id has it */
static void add_server(struct text *out, const struct event_record *record)
{
	bool bracket = strchr(record->server, ':') != NULL;

	text_addf(out, bracket ? "[%s]:%" PRIu64 "/%s" : "%s:%" PRIu64 "/%s", record->server,
		  record->server_port, record->protocol);
}

static void add_head(struct text *out, const struct event_record *record)
{
	text_addf(out, "%s  %s  score %.2f  ", record->verdict, record->severity, record->score);
	if (record->is_alert) {
		text_addf(out, "%s %s\n", record->subject_type, record->subject_id);
	} else {
		text_addf(out, "client %s at server ", record->client);
		add_server(out, record);
		text_add(out, "\n");
	}
	if (record->reason[0] == '\0')
		return;
	text_add(out, "  ");
	paragraph_add(out, 2, record->reason);
}

static void add_identity(struct text *out, const struct event_record *record)
{
	char time[RECORD_TEXT_MAX];

	add_label(out, record->is_alert ? "alert" : "finding");
	text_add(out, event_record_group(record));
	if (record->is_alert)
		text_addf(out, ", event %s: %s", record->event_id, record->action);
	text_add(out, "\n");
	add_label(out, "when");
	text_addf(out, "%s UTC, sensor %s\n", explain_time(record->time, time), record->sensor);
}

static void add_facts(struct text *out, const struct event_record *record)
{
	char first[RECORD_TEXT_MAX], last[RECORD_TEXT_MAX];

	add_label(out, record->is_alert ? "worst pair" : "pair");
	text_addf(out, "client %s, server ", record->client);
	add_server(out, record);
	text_addf(out, "; domains: %s\n", record->ownership);
	if (record->is_alert) {
		add_label(out, "of");
		add_count(out, record->clients, "client", "clients");
		text_add(out, ", ");
		add_count(out, record->servers, "server", "servers");
		text_add(out, "\n");
	}
	add_label(out, "seen");
	text_addf(out, "%s to %s; ", explain_time(record->first_seen, first),
		  explain_time(record->last_seen, last));
	add_count(out, record->transactions, "message, ", "messages, ");
	add_count(out, record->recipients, "recipient: ", "recipients: ");
	text_addf(out, "%" PRIu64 " taken, %" PRIu64 " denied\n", record->accepted, record->denied);
	for (uint32_t i = 0; i < record->also.count; i++) {
		if (i == 0)
			add_label(out, "also");
		text_addf(out, "%s%s", i == 0 ? "" : ", ", record->also.texts[i]);
	}
	if (record->also.count > 0)
		text_add(out, "\n");
}

/* The packets, as FILE:FRAME. */
static void add_frames(struct text *out, const struct record_rule *rule)
{
	if (rule->frame_count > 0)
		text_addf(out, "%*spackets", RULE_COLUMN, "");
	for (uint32_t i = 0; i < rule->frame_count; i++)
		text_addf(out, " %" PRIu32 ":%" PRIu64, rule->frames[i].file,
			  rule->frames[i].frame);
	if (rule->frame_count > 0)
		text_add(out, "\n");
	if (rule->community_id[0] != '\0')
		text_addf(out, "%*scommunity id %s\n", RULE_COLUMN, "", rule->community_id);
}

static void add_rule(struct text *out, const struct record_rule *rule)
{
	char time[RECORD_TEXT_MAX];

	text_addf(out, "%+*.2f  %s (%s), ", RULE_COLUMN - 2, rule->weight_decibans, rule->rule,
		  rule->witness);
	add_count(out, rule->count, "time", "times");
	text_addf(out, ", first %s\n%*s", explain_time(rule->time, time), RULE_COLUMN, "");
	paragraph_add(out, RULE_COLUMN, rule->reason);
	add_frames(out, rule);
}

static void add_sum(struct text *out, const struct event_record *record)
{
	double sum = event_record_sum(record);
	double odds = pow(10.0, fabs(sum) / 10.0);

	text_addf(out, "%*s\n%+*.2f  in sum: ", RULE_COLUMN - 2, "------", RULE_COLUMN - 2, sum);
	text_addf(out, sum < 0 ? "odds of 1 to %.4g, " : "odds of %.4g to 1, ", odds);
	if (event_record_adds_up(record))
		text_addf(out, "which is the score of %.2f\n", record->score);
	else
		text_addf(out,
			  "which is NOT the score of %.2f: the event was altered, or "
			  "another version wrote it\n",
			  record->score);
}

/* Prior, rules, and that they add up to the score. */
static void add_evidence(struct text *out, const struct event_record *record)
{
	bool adds_nothing = false;

	text_add(out, "\nEVIDENCE (weights in decibans; packets as FILE:FRAME)\n");
	text_addf(out, "%+*.2f  prior: how likely it is before anything was seen\n",
		  RULE_COLUMN - 2, record->prior_decibans);
	for (uint32_t i = 0; i < record->rule_count; i++) {
		add_rule(out, &record->rules[i]);
		adds_nothing = adds_nothing || fabs(record->rules[i].weight_decibans) < 0.005;
	}
	add_sum(out, record);
	if (adds_nothing)
		text_addf(
		    out,
		    "%*sWhat adds 0 accuses nobody, or a stronger rule of its witness counts.\n",
		    RULE_COLUMN, "");
}

/* Lines of the wire, as they stand. */
static void add_sample(struct text *out, const struct record_list *sample)
{
	if (sample->count > 0)
		text_add(out, "\nSAMPLE\n");
	for (uint32_t i = 0; i < sample->count; i++) {
		text_add(out, "  ");
		text_add_printable(out, span_text(sample->texts[i]));
		text_add(out, "\n");
	}
}

static void add_advice(struct text *out, const struct record_list *advice)
{
	if (advice->count > 0)
		text_add(out, "\nADVICE\n");
	for (uint32_t i = 0; i < advice->count; i++) {
		text_add(out, "  - ");
		paragraph_add(out, 4, advice->texts[i]);
	}
}

static void add_history(struct text *out, const struct event_record *shown,
			const struct event_record *const *history, size_t count)
{
	char time[RECORD_TEXT_MAX];

	if (!shown->is_alert)
		return;
	text_add(out, "\nHISTORY\n");
	for (size_t i = 0; i < count; i++) {
		const struct event_record *r = history[i];

		text_addf(out, "%s%s  %-9s  %-8s  %6.2f  ", r == shown ? "> " : "  ",
			  explain_time(r->time, time), r->action, r->severity, r->score);
		paragraph_add(out, 51, r->reason);
	}
}

/* The whole page. */
void explain_page(const struct event_record *shown, const struct event_record *const *history,
		  size_t count, struct text *out)
{
	add_head(out, shown);
	text_add(out, "\n");
	add_identity(out, shown);
	add_facts(out, shown);
	add_evidence(out, shown);
	add_sample(out, &shown->sample);
	add_advice(out, &shown->advice);
	add_history(out, shown, history, count);
}
