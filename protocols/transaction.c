#include "protocols/transaction.h"

#include "protocols/arena.h"
#include "protocols/mail_address.h"
#include "protocols/reply.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESS_MAX_BYTES 1024
#define REPLY_TEXT_MAX_BYTES 512
#define TEXT_LIMIT_BYTES ((size_t)32 << 20) /* of one transaction */
#define RECIPIENTS_FIRST 4

struct transaction {
	struct session *session;
	struct budget *budget;
	struct arena texts;
	struct message *message;
	struct fact_recipient *recipients; /* address.data NULL: dropped */
	uint32_t recipient_count, recipient_capacity;
	bool recipients_full; /* one was not kept, so none after it is: numbers stay in step */
	uint64_t recipients_total;
	struct span last_reply_text; /* most answers of a message are the same words */
	struct fact_transaction fact;
	/* As of its start; the rest of the origin is read when it is told. */
	enum tls_use tls;
	enum auth_result auth;
	struct ip_address claimed_client;
	uint16_t claimed_port;
	bool claim_trusted, claim_accepted;
};

static size_t fixed_memory_bytes(void)
{
	return sizeof(struct transaction) + message_memory_bytes();
}

static void remember_origin(struct transaction *t, const struct fact_origin *origin)
{
	t->tls = origin->tls;
	t->auth = origin->auth;
	t->claimed_client = origin->claimed_client;
	t->claimed_port = origin->claimed_port;
	t->claim_trusted = origin->claim_trusted;
	t->claim_accepted = origin->claim_accepted;
}

/* Begin a transaction. */
enum result transaction_new(struct transaction **out, struct session *session, int64_t time_ns,
			    struct frame_id at)
{
	struct budget *budget = session_env(session)->budget;
	struct transaction *t;

	if (budget_take(budget, fixed_memory_bytes()) != RESULT_OK)
		return RESULT_LIMIT;
	t = calloc(1, sizeof(*t));
	if (t == NULL || message_new(&t->message) != RESULT_OK) {
		free(t);
		budget_give(budget, fixed_memory_bytes());
		return RESULT_FAILED;
	}
	t->session = session;
	t->budget = budget;
	arena_init(&t->texts, budget, TEXT_LIMIT_BYTES);
	remember_origin(t, session_origin(session));
	t->fact.index = session_next_transaction(session);
	t->fact.start_ns = time_ns;
	t->fact.start_at = at;
	*out = t;
	return RESULT_OK;
}

/* Free without a word. */
void transaction_free(struct transaction **transaction)
{
	struct transaction *t = *transaction;

	if (t == NULL)
		return;
	budget_give(t->budget, t->recipient_capacity * sizeof(t->recipients[0]));
	free(t->recipients);
	arena_clear(&t->texts);
	message_free(&t->message);
	budget_give(t->budget, fixed_memory_bytes());
	free(t);
	*transaction = NULL;
}

/* Note the sender; one that no memory is left for counts as not seen. */
void transaction_set_sender(struct transaction *transaction, struct span mail_from)
{
	struct span kept = span_part(mail_from, 0, ADDRESS_MAX_BYTES);

	if (arena_copy(&transaction->texts, kept, &transaction->fact.mail_from) != RESULT_OK)
		return;
	transaction->fact.mail_from_seen = true;
}

/* Make room for one more recipient. */
static enum result reserve_recipient(struct transaction *t)
{
	uint32_t capacity = t->recipient_capacity;
	uint32_t more = capacity == 0 ? RECIPIENTS_FIRST : capacity;
	struct fact_recipient *grown;

	if (t->recipient_count < capacity)
		return RESULT_OK;
	if (capacity >= RECIPIENTS_KEPT_MAX)
		return RESULT_LIMIT;
	if (more > RECIPIENTS_KEPT_MAX - capacity)
		more = RECIPIENTS_KEPT_MAX - capacity;
	if (budget_take(t->budget, more * sizeof(*grown)) != RESULT_OK)
		return RESULT_LIMIT;
	grown = realloc(t->recipients, (capacity + more) * sizeof(*grown));
	if (grown == NULL) {
		budget_give(t->budget, more * sizeof(*grown));
		return RESULT_FAILED;
	}
	t->recipients = grown;
	t->recipient_capacity = capacity + more;
	return RESULT_OK;
}

/* Copy what the address is and where it leads. */
static enum result keep_address(struct transaction *t, struct span wire, struct fact_recipient *out)
{
	struct mail_address parsed;
	enum result r;

	mail_address_parse(wire, &parsed);
	r = arena_copy(&t->texts, wire, &out->address);
	if (r != RESULT_OK)
		return r;
	r = arena_copy(&t->texts, span_of(parsed.canonical, parsed.canonical_length),
		       &out->canonical);
	if (r != RESULT_OK)
		return r;
	out->domain = span_part(out->canonical, parsed.domain_start, SIZE_MAX);
	out->tricks = parsed.tricks;
	return arena_copy(&t->texts, span_of(parsed.outer_domain, parsed.outer_domain_length),
			  &out->outer_domain);
}

/* Note one recipient. */
enum result transaction_add_recipient(struct transaction *transaction, struct span address,
				      int64_t time_ns, struct frame_id at, uint32_t *out_number)
{
	struct fact_recipient recipient = { .time_ns = time_ns, .at = at };
	enum result r = RESULT_LIMIT;

	transaction->recipients_total++;
	if (!transaction->recipients_full)
		r = reserve_recipient(transaction);
	if (r == RESULT_OK)
		r = keep_address(transaction, span_part(address, 0, ADDRESS_MAX_BYTES), &recipient);
	if (r != RESULT_OK) {
		transaction->recipients_full = true;
		return r;
	}
	*out_number = transaction->recipient_count++;
	transaction->recipients[*out_number] = recipient;
	return RESULT_OK;
}

/* How many are kept; their numbers run from 0 to this less one. */
uint32_t transaction_recipient_count(const struct transaction *transaction)
{
	return transaction->recipient_count;
}

/* How many were named, also those that are not kept. */
uint64_t transaction_recipients_total(const struct transaction *transaction)
{
	return transaction->recipients_total;
}

/* Find a recipient that is kept and was not dropped. */
static struct fact_recipient *find_recipient(const struct transaction *t, uint32_t number)
{
	if (number >= t->recipient_count || t->recipients[number].address.data == NULL)
		return NULL;
	return &t->recipients[number];
}

/* Copy a reply; its text is shared with the one before where the words are the same. */
static void keep_reply(struct transaction *t, const struct fact_reply *reply,
		       struct fact_reply *out)
{
	struct span text = span_part(reply->text, 0, REPLY_TEXT_MAX_BYTES);

	*out = *reply;
	reply_classify_once(out);
	if (!span_equal(text, t->last_reply_text) &&
	    arena_copy(&t->texts, text, &t->last_reply_text) != RESULT_OK)
		t->last_reply_text = span_of(NULL, 0);
	out->text = t->last_reply_text;
}

/* Bind an answer to the recipient that it answers. */
void transaction_answer_recipient(struct transaction *transaction, uint32_t number,
				  const struct fact_reply *reply)
{
	struct fact_recipient *recipient = find_recipient(transaction, number);

	if (recipient == NULL)
		return;
	keep_reply(transaction, reply, &recipient->reply);
	recipient->verdict = reply_recipient_verdict(&recipient->reply);
	recipient->inferred_accepted = false;
}

/* The answer was not seen; the client's going on shows it. */
void transaction_infer_accepted(struct transaction *transaction, uint32_t number)
{
	struct fact_recipient *recipient = find_recipient(transaction, number);

	if (recipient != NULL && recipient->verdict == RECIPIENT_UNKNOWN)
		recipient->inferred_accepted = true;
}

/* What was said to a recipient so far. */
enum recipient_verdict transaction_recipient_verdict(const struct transaction *transaction,
						     uint32_t number)
{
	const struct fact_recipient *recipient = find_recipient(transaction, number);

	return recipient == NULL ? RECIPIENT_UNKNOWN : recipient->verdict;
}

/* Take a recipient out. The numbers of those before and after it stay. */
void transaction_drop_recipient(struct transaction *transaction, uint32_t number)
{
	struct fact_recipient *recipient = find_recipient(transaction, number);

	if (recipient == NULL)
		return;
	recipient->address = span_of(NULL, 0);
	transaction->recipients_total--;
	while (transaction->recipient_count > 0 &&
	       transaction->recipients[transaction->recipient_count - 1].address.data == NULL)
		transaction->recipient_count--;
}

struct message *transaction_message(struct transaction *transaction)
{
	return transaction->message;
}

void transaction_set_data_invited(struct transaction *transaction)
{
	transaction->fact.data_invited = true;
}

/* The last byte of the message was sent. */
void transaction_set_complete(struct transaction *transaction, int64_t time_ns, struct frame_id at)
{
	transaction->fact.complete = true;
	transaction->fact.end_ns = time_ns;
	transaction->fact.end_at = at;
}

/* Keep the answer that decides. */
void transaction_set_answer(struct transaction *transaction, const struct fact_reply *reply)
{
	keep_reply(transaction, reply, &transaction->fact.answer);
}

static void fill_origin(struct transaction *t)
{
	struct fact_origin *origin = &t->fact.origin;

	*origin = *session_origin(t->session);
	origin->tls = t->tls;
	origin->auth = t->auth;
	origin->claimed_client = t->claimed_client;
	origin->claimed_port = t->claimed_port;
	origin->claim_trusted = t->claim_trusted;
	origin->claim_accepted = t->claim_accepted;
}

static void fill_message(struct transaction *t)
{
	struct fact_transaction *fact = &t->fact;
	struct message_info info;

	message_finish(t->message);
	message_info_get(t->message, &info);
	fact->message_id = info.message_id;
	fact->header_from = info.header_from;
	fact->date = info.date;
	fact->return_path = info.return_path;
	fact->originating = info.originating;
	fact->trace = info.trace;
	fact->trace_count = info.trace_count;
	fact->has_list_headers = info.has_list_headers;
	fact->is_automatic = info.is_automatic;
	fact->header_complete = info.head_complete;
	fact->body_bytes = info.bytes;
	memcpy(fact->body_digest, info.digest, sizeof(fact->body_digest));
	fact->body_digest_known = info.digest_known;
	fact->body_size_bytes = info.body_bytes;
}

/* Close the holes that dropped recipients left. */
static void compact_recipients(struct transaction *t)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < t->recipient_count; i++)
		if (t->recipients[i].address.data != NULL)
			t->recipients[kept++] = t->recipients[i];
	t->recipient_count = kept;
}

/* One fact for each hundred recipients; one also where there is none. */
static void emit_parts(struct transaction *t, struct fact *fact)
{
	struct fact_transaction *part = &fact->as.transaction;
	uint32_t first = 0;

	do {
		uint32_t left = t->recipient_count - first;

		part->recipients = t->recipients == NULL ? NULL : t->recipients + first;
		part->recipient_first = first;
		part->recipient_count = left > FACT_RECIPIENTS_MAX ? FACT_RECIPIENTS_MAX : left;
		part->last = left <= FACT_RECIPIENTS_MAX;
		session_emit(t->session, fact);
		first += part->recipient_count;
	} while (!part->last);
}

/* Tell of the transaction, and free it. */
void transaction_close(struct transaction **transaction, enum outcome outcome, int64_t time_ns,
		       struct frame_id at)
{
	struct transaction *t = *transaction;
	struct fact fact = { .kind = FACT_TRANSACTION, .time_ns = time_ns, .at = at };

	if (t == NULL)
		return;
	/* What cannot be told to be mail offers no message either. */
	if (!session_is_established(t->session)) {
		transaction_free(transaction);
		return;
	}
	if (!t->fact.complete) {
		t->fact.end_ns = time_ns;
		t->fact.end_at = at;
	}
	fill_origin(t);
	fill_message(t);
	compact_recipients(t);
	t->fact.recipients_total = t->recipients_total;
	t->fact.outcome = outcome;
	fact.as.transaction = t->fact;
	emit_parts(t, &fact);
	transaction_free(transaction);
}
