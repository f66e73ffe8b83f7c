#include "sinks/redis_queue.h"

#include "sinks/redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const redis_field_names[FIELD_COUNT] = {
	[FIELD_ID] = "id",           [FIELD_ALERT_ID] = "alert_id", [FIELD_SENSOR] = "sensor",
	[FIELD_SEQ] = "seq",         [FIELD_ACTION] = "action",     [FIELD_SEVERITY] = "severity",
	[FIELD_VERDICT] = "verdict", [FIELD_SERVER] = "server",     [FIELD_CLIENT] = "client",
	[FIELD_SCORE] = "score",     [FIELD_EVENT] = "event",
};

static void free_entry(struct redis_entry *entry)
{
	if (entry == NULL)
		return;
	for (size_t i = 0; i < FIELD_COUNT; i++)
		free(entry->values[i]);
	free(entry);
}

/* Take the entry after before (NULL: the first) out of the queue. */
static void unlink_after(struct redis_queue *queue, struct redis_entry *before)
{
	struct redis_entry *entry = before == NULL ? queue->first : before->next;

	if (before == NULL)
		queue->first = entry->next;
	else
		before->next = entry->next;
	if (queue->last == entry)
		queue->last = before;
	queue->count--;
	queue->bytes -= entry->bytes;
	free_entry(entry);
}

void redis_queue_drop_first(struct redis_queue *queue)
{
	if (queue->first != NULL)
		unlink_after(queue, NULL);
}

void redis_queue_clear(struct redis_queue *queue)
{
	while (queue->first != NULL)
		redis_queue_drop_first(queue);
}

/* Make room: the oldest of the lowest severity goes. false: all that wait are graver. */
static bool make_room(struct redis_queue *queue, enum severity severity)
{
	struct redis_entry *before = NULL, *least_before = NULL;
	struct redis_entry *least = queue->first;

	for (struct redis_entry *e = queue->first; e != NULL; before = e, e = e->next) {
		if (e->severity >= least->severity)
			continue;
		least = e;
		least_before = before;
	}
	if (least == NULL || least->severity > severity)
		return false;
	unlink_after(queue, least_before);
	queue->lost++;
	return true;
}

/* Copy the texts; NULL without memory. */
static struct redis_entry *copy_entry(const char *const values[FIELD_COUNT])
{
	struct redis_entry *entry = calloc(1, sizeof(*entry));

	for (size_t i = 0; entry != NULL && i < FIELD_COUNT; i++) {
		entry->values[i] = strdup(values[i]);
		if (entry->values[i] == NULL) {
			free_entry(entry);
			return NULL;
		}
		entry->bytes += strlen(values[i]) + 1;
	}
	return entry;
}

static struct redis_entry *make_entry(const struct redis_queue *queue, const struct event_env *env,
				      const struct alert *alert, const char *event)
{
	const struct finding *finding = &alert->finding;
	char id[EVENT_ID_MAX], sequence[24], score[16], client[IP_TEXT_MAX];
	char server[SUBJECT_TEXT_MAX];
	const char *values[FIELD_COUNT];
	struct redis_entry *entry;

	(void)snprintf(id, sizeof(id), "%s-%u", alert->alert_id, alert->number);
	(void)snprintf(sequence, sizeof(sequence), "%" PRIu64, queue->sequence);
	(void)snprintf(score, sizeof(score), "%.2f", finding->score);
	values[FIELD_ID] = id;
	values[FIELD_ALERT_ID] = alert->alert_id;
	values[FIELD_SENSOR] = env->sensor;
	values[FIELD_SEQ] = sequence;
	values[FIELD_ACTION] = alert_action_word(alert->action);
	values[FIELD_SEVERITY] = severity_word(finding->severity);
	values[FIELD_VERDICT] = verdict_word(finding->verdict);
	values[FIELD_SERVER] = event_server_text(&finding->server, finding->server_port,
						 finding->protocol, server);
	values[FIELD_CLIENT] = ip_address_format(&finding->client, client);
	values[FIELD_SCORE] = score;
	values[FIELD_EVENT] = event;
	entry = copy_entry(values);
	if (entry != NULL)
		entry->severity = finding->severity;
	return entry;
}

/* Put an alert at the end. */
void redis_queue_put(struct redis_queue *queue, const struct event_env *env,
		     const struct alert *alert)
{
	struct redis_entry *entry = NULL;
	struct text event;

	queue->sequence++;
	text_init(&event, EVENT_MAX_BYTES);
	if (event_alert(&event, env, alert))
		entry = make_entry(queue, env, alert, text_get(&event));
	text_clear(&event);
	while (entry != NULL && (queue->count >= REDIS_QUEUE_MAX ||
				 queue->bytes + entry->bytes > REDIS_QUEUE_MAX_BYTES)) {
		if (make_room(queue, entry->severity))
			continue;
		free_entry(entry);
		entry = NULL;
	}
	if (entry == NULL) {
		queue->lost++;
		return;
	}
	if (queue->last == NULL)
		queue->first = entry;
	else
		queue->last->next = entry;
	queue->last = entry;
	queue->count++;
	queue->bytes += entry->bytes;
}
