#include "sinks/event_record.h"

#include "core/text.h"

#include <jansson.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* No rule weighs as much; more would make sums that mean nothing. */
#define WEIGHT_MOST_DECIBANS 1000.0

static const struct {
	const char *object, *key;
	size_t offset;
} texts[] = {
	{ NULL, "@timestamp", offsetof(struct event_record, time) },
	{ "event", "id", offsetof(struct event_record, event_id) },
	{ "event", "action", offsetof(struct event_record, action) },
	{ "event", "reason", offsetof(struct event_record, reason) },
	{ "observer", "name", offsetof(struct event_record, sensor) },
	{ "source", "ip", offsetof(struct event_record, client) },
	{ "destination", "ip", offsetof(struct event_record, server) },
	{ "network", "protocol", offsetof(struct event_record, protocol) },
	{ "relaywatch", "alert_id", offsetof(struct event_record, alert_id) },
	{ "relaywatch", "verdict", offsetof(struct event_record, verdict) },
	{ "relaywatch", "severity", offsetof(struct event_record, severity) },
	{ "relaywatch", "ownership", offsetof(struct event_record, ownership) },
	{ "relaywatch", "first_seen", offsetof(struct event_record, first_seen) },
	{ "relaywatch", "last_seen", offsetof(struct event_record, last_seen) },
};

static const struct {
	const char *object, *key;
	size_t offset;
} numbers[] = {
	{ "destination", "port", offsetof(struct event_record, server_port) },
	{ "relaywatch", "clients_count", offsetof(struct event_record, clients) },
	{ "relaywatch", "servers_count", offsetof(struct event_record, servers) },
	{ "relaywatch", "transactions", offsetof(struct event_record, transactions) },
	{ "relaywatch", "recipients", offsetof(struct event_record, recipients) },
	{ "relaywatch", "accepted", offsetof(struct event_record, accepted) },
	{ "relaywatch", "denied", offsetof(struct event_record, denied) },
};

static const struct {
	const char *key;
	size_t offset;
} rule_texts[] = {
	{ "rule", offsetof(struct record_rule, rule) },
	{ "witness", offsetof(struct record_rule, witness) },
	{ "reason", offsetof(struct record_rule, reason) },
	{ "time", offsetof(struct record_rule, time) },
	{ "community_id", offsetof(struct record_rule, community_id) },
};

static const struct {
	const char *key;
	size_t offset;
} lists[] = {
	{ "also", offsetof(struct event_record, also) },
	{ "sample", offsetof(struct event_record, sample) },
	{ "advice", offsetof(struct event_record, advice) },
};

/* The member of a struct that a row of a table names. */
static void *member(void *base, size_t offset)
{
	return (char *)base + offset;
}

static char **text_member(void *base, size_t offset)
{
	return member(base, offset);
}

/* A copy that no terminal obeys; "" for all that is no string. NULL: no memory. */
static char *copy_text(const json_t *value)
{
	struct text clean;
	char *copy = NULL;

	text_init(&clean, RECORD_TEXT_MAX);
	if (json_is_string(value))
		text_add_printable(&clean,
				   span_of(json_string_value(value), json_string_length(value)));
	if (!clean.failed)
		copy = strdup(text_get(&clean));
	text_clear(&clean);
	return copy;
}

/* Numbers of ours are never negative; 0 for what is none. */
static uint64_t copy_number(const json_t *value)
{
	json_int_t number = json_integer_value(value);

	return number < 0 ? 0 : (uint64_t)number;
}

static bool copy_list(struct record_list *list, const json_t *array)
{
	size_t count = json_array_size(array);

	for (size_t i = 0; i < count && list->count < RECORD_LIST_MAX; i++) {
		char *copy = copy_text(json_array_get(array, i));

		if (copy == NULL)
			return false;
		list->texts[list->count++] = copy;
	}
	return true;
}

/* [[file, frame], ..] */
static void copy_frames(struct record_rule *rule, const json_t *array)
{
	size_t count = json_array_size(array);

	for (size_t i = 0; i < count && rule->frame_count < RECORD_FRAMES_MAX; i++) {
		const json_t *pair = json_array_get(array, i);
		uint64_t file = copy_number(json_array_get(pair, 0));
		uint64_t frame = copy_number(json_array_get(pair, 1));

		if (frame == 0 || file > UINT32_MAX)
			continue;
		rule->frames[rule->frame_count++] = (struct frame_id){ .frame = frame,
								       .file = (uint32_t)file };
	}
}

static enum result weight_of(const json_t *value, double *out, struct error *error)
{
	double weight = json_number_value(value);

	if (!json_is_number(value) || fabs(weight) > WEIGHT_MOST_DECIBANS)
		return error_set(error, RESULT_BAD, "a weight in it is none");
	*out = weight;
	return RESULT_OK;
}

static enum result copy_rule(struct record_rule *rule, const json_t *object, struct error *error)
{
	for (size_t i = 0; i < ARRAY_COUNT(rule_texts); i++) {
		char *copy = copy_text(json_object_get(object, rule_texts[i].key));

		if (copy == NULL)
			return error_set(error, RESULT_FAILED, "no memory");
		*text_member(rule, rule_texts[i].offset) = copy;
	}
	rule->count = copy_number(json_object_get(object, "count"));
	copy_frames(rule, json_object_get(object, "frames"));
	return weight_of(json_object_get(object, "weight"), &rule->weight_decibans, error);
}

static enum result copy_rules(struct event_record *record, const json_t *array, struct error *error)
{
	size_t count = json_array_size(array);
	enum result r = RESULT_OK;

	if (count > RECORD_RULES_MAX)
		return error_set(error, RESULT_BAD, "it has more rules than there are");
	record->rules = calloc(count + 1, sizeof(*record->rules));
	if (record->rules == NULL)
		return error_set(error, RESULT_FAILED, "no memory");
	for (size_t i = 0; i < count && r == RESULT_OK; i++)
		r = copy_rule(&record->rules[record->rule_count++], json_array_get(array, i),
			      error);
	return r;
}

/* The value of a member of a member; NULL where there is none. */
static const json_t *value_of(const json_t *event, const char *object, const char *key)
{
	return json_object_get(object == NULL ? event : json_object_get(event, object), key);
}

static bool copy_plain(struct event_record *record, const json_t *event)
{
	const json_t *own = json_object_get(event, "relaywatch");
	const json_t *subject = json_object_get(own, "subject");
	bool whole = true;

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		char *copy = copy_text(value_of(event, texts[i].object, texts[i].key));

		*text_member(record, texts[i].offset) = copy;
		whole = whole && copy != NULL;
	}
	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
		uint64_t *number = member(record, numbers[i].offset);

		*number = copy_number(value_of(event, numbers[i].object, numbers[i].key));
	}
	for (size_t i = 0; i < ARRAY_COUNT(lists); i++)
		whole = copy_list(member(record, lists[i].offset),
				  json_object_get(own, lists[i].key)) &&
			whole;
	record->subject_type = copy_text(json_object_get(subject, "type"));
	record->subject_id = copy_text(json_object_get(subject, "id"));
	record->score = json_number_value(value_of(event, "event", "risk_score"));
	return whole && record->subject_type != NULL && record->subject_id != NULL;
}

/* Neither alert nor finding? */
static bool is_of_interest(const json_t *event, bool *out_is_alert)
{
	const char *dataset = json_string_value(value_of(event, "event", "dataset"));

	if (dataset == NULL)
		return false;
	*out_is_alert = strcmp(dataset, "relaywatch.alert") == 0;
	return *out_is_alert || strcmp(dataset, "relaywatch.finding") == 0;
}

static enum result copy_event(struct event_record *record, const json_t *event, struct error *error)
{
	enum result r;

	if (!copy_plain(record, event))
		return error_set(error, RESULT_FAILED, "no memory");
	r = weight_of(value_of(event, "relaywatch", "prior"), &record->prior_decibans, error);
	if (r == RESULT_OK)
		r = copy_rules(record, value_of(event, "relaywatch", "evidence"), error);
	if (r == RESULT_OK && event_record_group(record)[0] == '\0')
		r = error_set(error, RESULT_BAD, "it has no ID");
	return r;
}

static enum result read_event(const json_t *event, struct event_record **out, struct error *error)
{
	struct event_record *record;
	bool is_alert;
	enum result r;

	if (!json_is_object(event))
		return error_set(error, RESULT_BAD, "it is no JSON object");
	if (!is_of_interest(event, &is_alert))
		return RESULT_END;
	record = calloc(1, sizeof(*record));
	if (record == NULL)
		return error_set(error, RESULT_FAILED, "no memory");
	record->is_alert = is_alert;
	r = copy_event(record, event, error);
	if (r == RESULT_OK)
		*out = record;
	else
		event_record_free(&record);
	return r;
}

/* jansson repeats bytes of the line in its text. */
static enum result no_json(const json_error_t *why, struct error *error)
{
	struct text clean;

	text_init(&clean, 200);
	text_add_printable(&clean, span_text(why->text));
	(void)error_set(error, RESULT_BAD, "it is no JSON (byte %d: %s)", why->position,
			text_get(&clean));
	text_clear(&clean);
	return RESULT_BAD;
}

/* Read one line. jansson bounds the depth itself. */
enum result event_record_parse(struct span line, struct event_record **out, struct error *error)
{
	json_error_t why = { .text = "" };
	json_t *event;
	enum result r;

	if (line.length > RECORD_LINE_MAX)
		return error_set(error, RESULT_BAD, "it is longer than %u bytes", RECORD_LINE_MAX);
	event = json_loadb((const char *)line.data, line.length, JSON_ALLOW_NUL | JSON_DECODE_ANY,
			   &why);
	if (event == NULL)
		return no_json(&why, error);
	r = read_event(event, out, error);
	json_decref(event);
	return r;
}

static void free_list(struct record_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		free(list->texts[i]);
}

/* Free all of it. */
void event_record_free(struct event_record **record)
{
	struct event_record *r = *record;

	if (r == NULL)
		return;
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		free(*text_member(r, texts[i].offset));
	free(r->subject_type);
	free(r->subject_id);
	for (uint32_t i = 0; i < r->rule_count; i++)
		for (size_t k = 0; k < ARRAY_COUNT(rule_texts); k++)
			free(*text_member(&r->rules[i], rule_texts[k].offset));
	free(r->rules);
	free_list(&r->also);
	free_list(&r->sample);
	free_list(&r->advice);
	free(r);
	*record = NULL;
}

double event_record_sum(const struct event_record *record)
{
	double sum = record->prior_decibans;

	for (uint32_t i = 0; i < record->rule_count; i++)
		sum += record->rules[i].weight_decibans;
	return sum;
}

/*
 * Each number was rounded to two decimals, so the sum may be off by half a hundredth for each, and
 * the score by as much of a percent as that moves it.
 */
bool event_record_adds_up(const struct event_record *record)
{
	double slack = 0.0051 * (record->rule_count + 1);
	double sum = event_record_sum(record);
	double low = 100.0 / (1.0 + pow(10.0, -(sum - slack) / 10.0));
	double high = 100.0 / (1.0 + pow(10.0, -(sum + slack) / 10.0));

	return record->score > low - 0.0051 && record->score < high + 0.0051;
}

const char *event_record_group(const struct event_record *record)
{
	return record->is_alert && record->alert_id[0] != '\0' ? record->alert_id
							       : record->event_id;
}

/* For --version. */
const char *event_record_library_version(void)
{
	return JANSSON_VERSION;
}
