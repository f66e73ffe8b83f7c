#include "protocols/decoder.h"
#include "protocols/package.h"
#include "protocols/reply.h"

#include <stdlib.h>
#include <string.h>

/*
 * One request, one answer, then the server closes (qmqp.html). The answer is for all recipients.
 * It may come before the request does: Postfix's qmqpd refuses a client that is not authorized
 * at once. So both are waited for until the connection ends.
 */
struct qmqp {
	struct session *session;
	struct budget *budget;
	struct package package;
	struct netstring_answer answer;
	bool confirmed; /* the request was told for what it is */
	bool complete;  /* its last byte was read */
	bool broken;
	bool told;
	bool answered;
	struct fact_reply reply;
	uint8_t reply_text[512];
};

static void *qmqp_open(struct session *session)
{
	struct budget *budget = session_env(session)->budget;
	struct qmqp *q;

	if (budget_take(budget, sizeof(*q)) != RESULT_OK)
		return NULL;
	q = calloc(1, sizeof(*q));
	if (q == NULL) {
		budget_give(budget, sizeof(*q));
		return NULL;
	}
	q->session = session;
	q->budget = budget;
	session_set_protocol(session, PROTOCOL_QMQP);
	package_begin(&q->package, PACKAGE_QMQP, session);
	return q;
}

/* Bind the answer to all recipients. */
static enum outcome bind_answer(struct qmqp *q)
{
	struct transaction *transaction = q->package.transaction;
	uint32_t count = transaction_recipient_count(transaction);

	for (uint32_t i = 0; i < count; i++)
		transaction_answer_recipient(transaction, i, &q->reply);
	transaction_set_answer(transaction, &q->reply);
	return reply_outcome(&q->reply);
}

/* Tell of the request; the answer decides, else what is known of its end. */
static void tell(struct qmqp *q, enum outcome outcome, int64_t time_ns, struct frame_id at)
{
	struct transaction *transaction;

	q->told = true;
	if (q->package.transaction != NULL && q->answered)
		outcome = bind_answer(q);
	transaction = package_take_transaction(&q->package);
	transaction_close(&transaction, outcome, time_ns, at);
}

static void request_read(struct qmqp *q, struct cursor *in, const struct chunk *chunk)
{
	enum result r = q->confirmed ? package_read(&q->package, in, chunk)
				     : package_read_head(&q->package, in, chunk);

	if (r == RESULT_BAD) {
		session_add_flags(q->session, SESSION_MALFORMED);
		q->broken = true;
	} else if (r == RESULT_OK && !q->confirmed) {
		q->confirmed = true;
		package_confirm(&q->package);
	} else if (r == RESULT_OK) {
		q->complete = true;
	}
	if (q->complete && q->answered)
		tell(q, OUTCOME_UNKNOWN, chunk->time_ns, chunk->at);
}

/* A request that is broken, or over, leaves nothing to read: there is but one. */
static void client_data(struct qmqp *q, const struct chunk *chunk)
{
	struct cursor in = cursor_of(chunk->bytes);

	while (!cursor_done(&in) && !q->complete && !q->broken)
		request_read(q, &in, chunk);
	if (!cursor_done(&in) && q->complete)
		session_add_flags(q->session, SESSION_MALFORMED);
}

/* The first answer is the only one that counts. */
static void take_answer(struct qmqp *q, int64_t time_ns, struct frame_id at)
{
	struct fact_reply reply;
	size_t n;

	netstring_answer_get(&q->answer, &reply);
	if (reply.letter == 0 || q->answered) {
		session_add_flags(q->session, SESSION_MALFORMED);
		return;
	}
	session_set_established(q->session);
	session_note_reply(q->session, &reply);
	n = reply.text.length < sizeof(q->reply_text) ? reply.text.length : sizeof(q->reply_text);
	if (n > 0)
		memcpy(q->reply_text, reply.text.data, n);
	q->reply = reply;
	q->reply.text = span_of(q->reply_text, n);
	q->reply.time_ns = time_ns;
	q->reply.at = at;
	q->answered = true;
	if (q->complete)
		tell(q, OUTCOME_UNKNOWN, time_ns, at);
}

static void server_data(struct qmqp *q, const struct chunk *chunk)
{
	struct cursor in = cursor_of(chunk->bytes);

	while (!cursor_done(&in)) {
		enum result r = netstring_answer_read(&q->answer, &in);

		if (r == RESULT_OK)
			take_answer(q, chunk->time_ns, chunk->at);
		if (r == RESULT_BAD)
			session_add_flags(q->session, SESSION_MALFORMED);
	}
}

static void qmqp_data(void *state, const struct chunk *chunk)
{
	if (chunk->direction == FROM_SERVER)
		server_data(state, chunk);
	else
		client_data(state, chunk);
}

static void client_gap(struct qmqp *q, const struct gap *gap)
{
	enum result r;

	if (q->complete || q->broken)
		return;
	r = q->confirmed ? package_gap(&q->package, gap) : RESULT_BAD;
	q->package.gap = true;
	q->broken = r == RESULT_BAD;
	q->complete = r == RESULT_OK;
	if (q->complete && q->answered)
		tell(q, OUTCOME_UNKNOWN, gap->time_ns, gap->at);
}

static void qmqp_gap(void *state, const struct gap *gap)
{
	struct qmqp *q = state;

	if (gap->direction == FROM_CLIENT)
		client_gap(q, gap);
	else if (netstring_answer_gap(&q->answer, gap->length_bytes) == RESULT_OK)
		take_answer(q, gap->time_ns, gap->at);
}

/* The answer comes after the client's last byte. */
static void qmqp_end(void *state, enum direction direction, int64_t time_ns)
{
	(void)state;
	(void)direction;
	(void)time_ns;
}

/* What became of a request that no answer tells of. */
static enum outcome outcome_of_end(const struct qmqp *q, const struct conversation_end *end)
{
	if (q->complete || q->package.gap || end->reason == CLOSE_EOF)
		return OUTCOME_UNKNOWN;
	return OUTCOME_ABORTED;
}

/*
 * A request that was refused before it could be read is one too, where the client's side is in
 * the capture: else nothing can be said of it.
 */
static bool is_request(const struct qmqp *q)
{
	if (q->confirmed)
		return true;
	return q->answered && session_connection(q->session)->seen[FROM_CLIENT];
}

static void qmqp_close(void *state, const struct conversation_end *end)
{
	struct qmqp *q = state;

	if (!q->told && is_request(q)) {
		if (!q->package.begun) {
			q->package.start_ns = q->reply.time_ns;
			q->package.start_at = q->reply.at;
		}
		if (!q->confirmed)
			package_confirm(&q->package);
		tell(q, outcome_of_end(q, end), end->time_ns, end->at);
	}
	package_clear(&q->package);
	budget_give(q->budget, sizeof(*q));
	free(q);
}

const struct decoder_ops qmqp_decoder = {
	.name = "qmqp",
	.open = qmqp_open,
	.data = qmqp_data,
	.gap = qmqp_gap,
	.end = qmqp_end,
	.close = qmqp_close,
};
