#include "sinks/fact_json.h"

#include "sinks/json.h"

static bool is_utf8(struct span s)
{
	while (s.length > 0) {
		size_t n = utf8_length(s);

		if (n == 0)
			return false;
		s = span_part(s, n, SIZE_MAX);
	}
	return true;
}

/* Wire bytes, without loss. */
static void add_bytes(struct json *json, const char *key, struct span bytes)
{
	if (is_utf8(bytes)) {
		json_span(json, key, bytes);
		return;
	}
	json_object_open(json, key);
	json_hex(json, "hex", bytes);
	json_object_close(json);
}

static void add_frame(struct json *json, const char *key, const struct frame_id *at)
{
	json_array_open(json, key);
	json_uint(json, NULL, at->file);
	json_uint(json, NULL, at->frame);
	json_array_close(json);
}

static void add_pair(struct json *json, const char *key, const uint64_t pair[2])
{
	json_array_open(json, key);
	json_uint(json, NULL, pair[FROM_CLIENT]);
	json_uint(json, NULL, pair[FROM_SERVER]);
	json_array_close(json);
}

static void add_tunnels(struct json *json, const struct tunnels *tunnels)
{
	if (tunnels->count == 0)
		return;
	json_array_open(json, "tunnels");
	for (uint8_t i = 0; i < tunnels->count; i++) {
		json_object_open(json, NULL);
		json_text(json, "carrier", tunnels->list[i].carrier);
		json_ip(json, "source", &tunnels->list[i].source);
		json_ip(json, "destination", &tunnels->list[i].destination);
		json_object_close(json);
	}
	json_array_close(json);
}

static void add_connection(struct json *json, const struct connection *connection)
{
	json_object_open(json, "connection");
	json_ip(json, "client", &connection->client);
	json_uint(json, "client_port", connection->client_port);
	json_ip(json, "server", &connection->server);
	json_uint(json, "server_port", connection->server_port);
	json_uint(json, "vlan_id", connection->vlan_id);
	json_uint(json, "client_isn", connection->client_isn);
	json_int(json, "start_ns", connection->start_ns);
	add_frame(json, "start_at", &connection->start_at);
	json_uint(json, "flags", connection->flags);
	json_bool(json, "seen_client", connection->seen[FROM_CLIENT]);
	json_bool(json, "seen_server", connection->seen[FROM_SERVER]);
	json_bool(json, "roles_known", connection->roles_known);
	add_tunnels(json, &connection->tunnels);
	json_object_close(json);
}

static void add_via(struct json *json, const struct fact_via *via)
{
	if (via->type == VIA_NOTHING)
		return;
	json_object_open(json, "via");
	json_text(json, "type", via_type_word(via->type));
	json_uint(json, "login", via->login);
	json_uint(json, "port", via->port);
	add_bytes(json, "target", via->target);
	json_object_close(json);
}

static void add_origin(struct json *json, const struct fact_origin *origin)
{
	json_object_open(json, "origin");
	json_text(json, "session", origin->session);
	add_connection(json, &origin->connection);
	json_text(json, "protocol", mail_protocol_word(origin->protocol));
	json_text(json, "tls", tls_use_word(origin->tls));
	json_text(json, "auth", auth_result_word(origin->auth));
	json_bool(json, "auth_unseen", origin->auth_unseen);
	json_ip(json, "claimed_client", &origin->claimed_client);
	json_uint(json, "claimed_port", origin->claimed_port);
	json_bool(json, "claim_trusted", origin->claim_trusted);
	json_bool(json, "claim_accepted", origin->claim_accepted);
	add_via(json, &origin->via);
	add_bytes(json, "helo", origin->helo);
	add_bytes(json, "banner", origin->banner);
	json_text(json, "software", origin->software.name);
	json_uint(json, "flags", origin->flags);
	json_object_close(json);
}

static void add_reply(struct json *json, const char *key, const struct fact_reply *reply)
{
	const char letter[2] = { reply->letter, '\0' };

	json_object_open(json, key);
	json_uint(json, "code", reply->code);
	json_text(json, "letter", letter);
	json_text(json, "enhanced", reply->enhanced);
	json_text(json, "class", reply_class_word(reply->reply_class));
	add_bytes(json, "text", reply->text);
	json_int(json, "time_ns", reply->time_ns);
	add_frame(json, "at", &reply->at);
	json_object_close(json);
}

static void add_recipients(struct json *json, const struct fact_transaction *transaction)
{
	json_array_open(json, "recipients");
	for (uint32_t i = 0; i < transaction->recipient_count; i++) {
		const struct fact_recipient *recipient = &transaction->recipients[i];

		json_object_open(json, NULL);
		add_bytes(json, "address", recipient->address);
		add_bytes(json, "canonical", recipient->canonical);
		add_bytes(json, "domain", recipient->domain);
		add_bytes(json, "outer_domain", recipient->outer_domain);
		json_uint(json, "tricks", recipient->tricks);
		json_text(json, "verdict", recipient_verdict_word(recipient->verdict));
		json_bool(json, "inferred_accepted", recipient->inferred_accepted);
		add_reply(json, "reply", &recipient->reply);
		json_int(json, "time_ns", recipient->time_ns);
		add_frame(json, "at", &recipient->at);
		json_object_close(json);
	}
	json_array_close(json);
}

static void add_trace(struct json *json, const struct fact_transaction *transaction)
{
	json_array_open(json, "trace");
	for (uint32_t i = 0; i < transaction->trace_count; i++) {
		const struct fact_trace *trace = &transaction->trace[i];

		json_object_open(json, NULL);
		add_bytes(json, "from_name", trace->from_name);
		json_ip(json, "from", &trace->from);
		add_bytes(json, "by", trace->by);
		add_bytes(json, "with", trace->with);
		add_bytes(json, "for", trace->for_address);
		add_bytes(json, "raw", trace->raw);
		json_object_close(json);
	}
	json_array_close(json);
}

static void add_message(struct json *json, const struct fact_transaction *transaction)
{
	add_bytes(json, "message_id", transaction->message_id);
	add_bytes(json, "header_from", transaction->header_from);
	add_bytes(json, "date", transaction->date);
	add_bytes(json, "return_path", transaction->return_path);
	json_ip(json, "originating", &transaction->originating);
	add_trace(json, transaction);
	json_bool(json, "has_list_headers", transaction->has_list_headers);
	json_bool(json, "is_automatic", transaction->is_automatic);
	json_bool(json, "header_complete", transaction->header_complete);
	json_uint(json, "body_bytes", transaction->body_bytes);
	json_uint(json, "body_size_bytes", transaction->body_size_bytes);
	json_bool(json, "body_digest_known", transaction->body_digest_known);
	json_hex(json, "body_digest",
		 span_of(transaction->body_digest, sizeof(transaction->body_digest)));
	json_bool(json, "data_invited", transaction->data_invited);
	json_bool(json, "complete", transaction->complete);
}

static void add_transaction(struct json *json, const struct fact_transaction *transaction)
{
	add_origin(json, &transaction->origin);
	json_uint(json, "index", transaction->index);
	json_bool(json, "mail_from_seen", transaction->mail_from_seen);
	add_bytes(json, "mail_from", transaction->mail_from);
	add_recipients(json, transaction);
	json_uint(json, "recipient_first", transaction->recipient_first);
	json_uint(json, "recipients_total", transaction->recipients_total);
	json_bool(json, "last", transaction->last);
	add_message(json, transaction);
	json_text(json, "outcome", outcome_word(transaction->outcome));
	add_reply(json, "answer", &transaction->answer);
	json_int(json, "start_ns", transaction->start_ns);
	json_int(json, "end_ns", transaction->end_ns);
	add_frame(json, "start_at", &transaction->start_at);
	add_frame(json, "end_at", &transaction->end_at);
}

static void add_tls(struct json *json, const struct fact_tls *tls)
{
	json_object_open(json, "tls");
	add_bytes(json, "version", tls->version);
	add_bytes(json, "server_name", tls->server_name);
	json_text(json, "ja3", tls->ja3);
	add_bytes(json, "certificate_subject", tls->certificate_subject);
	add_pair(json, "bytes", tls->bytes);
	json_uint(json, "turns", tls->turns);
	json_uint(json, "talk_bytes", tls->talk_bytes);
	json_int(json, "start_ns", tls->start_ns);
	json_int(json, "end_ns", tls->end_ns);
	json_object_close(json);
}

static void add_session(struct json *json, const struct fact_session *session)
{
	add_origin(json, &session->origin);
	add_bytes(json, "auth_mechanism", session->auth_mechanism);
	add_bytes(json, "auth_user", session->auth_user);
	json_uint(json, "auth_attempts", session->auth_attempts);
	json_uint(json, "auth_failures", session->auth_failures);
	add_tls(json, &session->tls);
	json_uint(json, "transactions", session->transactions);
	json_bool(json, "ehlo_answered", session->ehlo_answered);
	json_bool(json, "starttls_offered", session->starttls_offered);
	json_bool(json, "starttls_blanked", session->starttls_blanked);
	json_text(json, "end", close_reason_word(session->end));
	json_int(json, "start_ns", session->start_ns);
	json_int(json, "end_ns", session->end_ns);
	add_pair(json, "bytes", session->bytes);
	add_frame(json, "end_at", &session->end_at);
}

static void add_auth(struct json *json, const struct fact_auth *auth)
{
	add_origin(json, &auth->origin);
	add_bytes(json, "mechanism", auth->mechanism);
	add_bytes(json, "user", auth->user);
	json_text(json, "result", auth_result_word(auth->result));
	add_reply(json, "reply", &auth->reply);
}

static void add_command(struct json *json, const struct fact_command *command)
{
	add_origin(json, &command->origin);
	json_text(json, "verb", command->verb);
	add_bytes(json, "argument", command->argument);
	json_bool(json, "accepted", command->accepted);
	add_reply(json, "reply", &command->reply);
}

static void add_contact(struct json *json, const struct contact *contact)
{
	json_ip(json, "client", &contact->client);
	json_ip(json, "server", &contact->server);
	json_uint(json, "server_port", contact->server_port);
	json_text(json, "contact", contact_kind_word(contact->kind));
	json_uint(json, "count", contact->count);
	json_int(json, "first_ns", contact->first_ns);
	json_int(json, "last_ns", contact->last_ns);
	add_frame(json, "first_at", &contact->at);
}

static void add_dns(struct json *json, const struct fact_dns *dns)
{
	json_ip(json, "client", &dns->client);
	json_ip(json, "resolver", &dns->resolver);
	add_bytes(json, "name", dns->name);
	json_text(json, "type", dns_type_word(dns->type));
	json_uint(json, "rcode", dns->rcode);
	json_array_open(json, "answers");
	for (uint32_t i = 0; i < dns->answer_count; i++) {
		const struct fact_dns_answer *answer = &dns->answers[i];

		json_object_open(json, NULL);
		json_text(json, "type", dns_type_word(answer->type));
		add_bytes(json, "owner", answer->owner);
		json_uint(json, "preference", answer->preference);
		add_bytes(json, "exchange", answer->exchange);
		json_ip(json, "address", &answer->address);
		json_uint(json, "ttl_s", answer->ttl_s);
		json_object_close(json);
	}
	json_array_close(json);
}

static void add_kind(struct json *json, const struct fact *fact)
{
	switch (fact->kind) {
	case FACT_TRANSACTION:
		add_transaction(json, &fact->as.transaction);
		return;
	case FACT_SESSION:
		add_session(json, &fact->as.session);
		return;
	case FACT_AUTH:
		add_auth(json, &fact->as.auth);
		return;
	case FACT_COMMAND:
		add_command(json, &fact->as.command);
		return;
	case FACT_CONTACT:
		add_contact(json, &fact->as.contact);
		return;
	case FACT_DNS:
		add_dns(json, &fact->as.dns);
		return;
	}
}

/* One fact, whatever its kind. */
bool fact_json(struct text *out, const struct fact *fact)
{
	struct json json;

	json_begin(&json, out);
	json_object_open(&json, NULL);
	json_uint(&json, "schema", FACT_SCHEMA);
	json_text(&json, "kind", fact_kind_word(fact->kind));
	json_int(&json, "time_ns", fact->time_ns);
	add_frame(&json, "at", &fact->at);
	add_kind(&json, fact);
	json_object_close(&json);
	return json_whole(&json);
}
