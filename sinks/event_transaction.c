#include "sinks/event.h"

#include <stdio.h>

static const char *const outcome_types[][4] = {
	[OUTCOME_UNKNOWN] = { "info", "protocol" },
	[OUTCOME_ACCEPTED] = { "info", "protocol", "allowed" },
	[OUTCOME_REJECTED] = { "info", "protocol", "denied" },
	[OUTCOME_TEMPFAIL] = { "info", "protocol", "denied" },
	[OUTCOME_ABORTED] = { "info", "protocol" },
};

/* event.outcome of ECS knows three words. */
static const char *ecs_outcome(enum outcome outcome)
{
	if (outcome == OUTCOME_ACCEPTED)
		return "success";
	if (outcome == OUTCOME_REJECTED || outcome == OUTCOME_TEMPFAIL)
		return "failure";
	return "unknown";
}

/* The SMTP reply code, or the letter; null where no answer was seen. */
static void add_code(struct json *json, const struct fact_reply *reply)
{
	const char letter[2] = { reply->letter, '\0' };

	if (reply->letter != 0)
		json_text(json, "code", letter);
	else if (reply->code != 0)
		json_uint(json, "code", reply->code);
	else
		json_none(json, "code");
	json_text(json, "enhanced", reply->enhanced[0] == '\0' ? NULL : reply->enhanced);
}

static void add_recipient(struct json *json, const struct fact_recipient *recipient)
{
	uint32_t tricks = recipient->tricks;
	const char *word;

	json_object_open(json, NULL);
	json_span(json, "address", recipient->address);
	json_seen(json, "domain", recipient->domain);
	json_text(json, "verdict", recipient_verdict_word(recipient->verdict));
	add_code(json, &recipient->reply);
	json_array_open(json, "tricks");
	while ((word = address_trick_next(&tricks)) != NULL)
		json_text(json, NULL, word);
	json_array_close(json);
	if (recipient->inferred_accepted)
		json_text(json, "inferred", recipient_verdict_word(RECIPIENT_ACCEPTED));
	json_object_close(json);
}

/* What the message's own head said. */
static void add_email(struct json *json, const struct fact_transaction *transaction)
{
	if (transaction->message_id.length == 0 && transaction->header_from.length == 0)
		return;
	json_object_open(json, "email");
	if (transaction->message_id.length > 0)
		json_span(json, "message_id", transaction->message_id);
	if (transaction->header_from.length > 0) {
		json_object_open(json, "from");
		json_array_open(json, "address");
		json_span(json, NULL, transaction->header_from);
		json_array_close(json);
		json_object_close(json);
	}
	json_object_close(json);
}

/* The hosts of the first fact; a list of ten thousand helps no search. */
static void add_related(struct json *json, const struct fact_transaction *transaction)
{
	const struct fact_origin *origin = &transaction->origin;
	const struct ip_address ips[] = { origin->connection.client, origin->connection.server,
					  *fact_client(origin) };
	struct span hosts[EVENT_RELATED_MAX];
	size_t count = 0;

	hosts[count++] = origin->helo;
	for (uint32_t i = 0; i < transaction->recipient_count && count < ARRAY_COUNT(hosts); i++)
		hosts[count++] = transaction->recipients[i].domain;
	event_related(json, ips, ARRAY_COUNT(ips), hosts, count, span_of(NULL, 0));
}

static void add_members(struct json *json, const struct fact_transaction *transaction)
{
	json_text(json, "session", transaction->origin.session);
	json_uint(json, "index", transaction->index);
	if (transaction->mail_from_seen)
		json_span(json, "mail_from", transaction->mail_from);
	else
		json_none(json, "mail_from");
	json_text(json, "outcome", outcome_word(transaction->outcome));
	json_uint(json, "bytes", transaction->body_bytes);
	if (transaction->body_digest_known)
		json_hex(json, "body_digest",
			 span_of(transaction->body_digest, sizeof(transaction->body_digest)));
	else
		json_none(json, "body_digest");
	json_uint(json, "recipients_count", transaction->recipients_total);
}

/* All but the recipients; the list of them is left open. */
static void open_event(struct json *json, const struct event_env *env,
		       const struct fact_transaction *transaction)
{
	static const char *const categories[] = { "email", "network", NULL };
	const struct fact_origin *origin = &transaction->origin;
	char id[EVENT_ID_MAX];
	const struct event_head head = { .dataset = "relaywatch.transaction",
					 .kind = "event",
					 .categories = categories,
					 .types = outcome_types[transaction->outcome],
					 .id = id,
					 .time_ns = transaction->end_ns,
					 .start_ns = transaction->start_ns,
					 .end_ns = transaction->end_ns };

	(void)snprintf(id, sizeof(id), "%s-%u", origin->session, transaction->index);
	event_open(json, env, &head);
	json_text(json, "outcome", ecs_outcome(transaction->outcome));
	json_object_close(json);
	event_peers(json, env, origin);
	add_related(json, transaction);
	add_email(json, transaction);
	json_object_open(json, "relaywatch");
	add_members(json, transaction);
	json_array_open(json, "recipients");
}

/* Close the list, `relaywatch` and the event. */
static void close_event(struct event_transaction *event)
{
	json_array_close(&event->json);
	json_object_close(&event->json);
	event_close(&event->json);
	event->is_open = false;
}

/* One fact of a transaction. */
bool event_transaction_add(struct event_transaction *event, struct text *out,
			   const struct event_env *env, const struct fact_transaction *transaction,
			   bool *done)
{
	struct json *json = &event->json;

	if (!event->is_open) {
		json_begin(json, out);
		open_event(json, env, transaction);
		event->is_open = true;
	}
	json->out = out;
	for (uint32_t i = 0; i < transaction->recipient_count; i++)
		add_recipient(json, &transaction->recipients[i]);
	*done = transaction->last;
	if (!transaction->last)
		return !out->cut && !out->failed;
	close_event(event);
	return json_whole(json);
}

/* Make the best of what came. */
void event_transaction_cut(struct event_transaction *event, struct text *out)
{
	if (!event->is_open)
		return;
	event->json.out = out;
	close_event(event);
}
