#include "protocols/decoder.h"
#include "protocols/qmtp_answers.h"
#include "protocols/reply.h"

#include <stdlib.h>
#include <string.h>

/*
 * The client sends packages (package.h), as many as it likes and without waiting. The server
 * sends netstrings that begin with K, Z or D (qmtp_answers.h).
 *
 * A package that breaks loses the place. It is found again where a length and an encoding byte
 * stand behind the ",," that ends a package, or at the first byte behind a hole.
 */
enum qmtp_place {
	QMTP_IN_STEP,  /* reading packages */
	QMTP_LOOKING,  /* looking for ",," */
	QMTP_CANDIDATE /* reading what may be the front of a package */
};

struct qmtp {
	struct session *session;
	struct budget *budget;
	enum qmtp_place place;
	uint8_t last; /* the byte before, while looking */
	bool confirmed;
	struct package package;
	struct qmtp_answers answers;
	struct netstring_answer answer;
	/* An answer before the package is complete: mailfront's, when it cannot go on. */
	bool early;
	struct fact_reply early_reply;
	uint8_t early_text[512];
};

/* Be ready for the next package. */
static void next_package(struct qmtp *q)
{
	package_begin(&q->package, PACKAGE_QMTP, q->session);
	q->confirmed = false;
	q->early = false;
}

/* The package was complete; an answer that came too early is its own. */
static void end_package(struct qmtp *q, int64_t time_ns, struct frame_id at)
{
	struct fact_reply early = q->early_reply;
	bool had_early = q->early;

	qmtp_answers_add_package(&q->answers, &q->package, time_ns, at);
	if (had_early)
		(void)qmtp_answers_add(&q->answers, &early);
	next_package(q);
}

/* One answer to all that is known of a package that did not come to its end. */
static enum outcome answer_broken(struct transaction *transaction, const struct fact_reply *reply)
{
	uint32_t count = transaction_recipient_count(transaction);

	for (uint32_t i = 0; i < count; i++)
		transaction_answer_recipient(transaction, i, reply);
	transaction_set_answer(transaction, reply);
	return reply_outcome(reply);
}

/* Tell of a package that will not come to its end. */
static void give_up_package(struct qmtp *q, enum outcome outcome, int64_t time_ns,
			    struct frame_id at)
{
	struct transaction *transaction;

	/* A part of its first number may be all there is. */
	if (!q->confirmed && q->place == QMTP_IN_STEP && !q->package.lenient &&
	    session_is_established(q->session))
		package_confirm(&q->package);
	transaction = package_take_transaction(&q->package);
	if (transaction != NULL && q->early)
		outcome = answer_broken(transaction, &q->early_reply);
	transaction_close(&transaction, outcome, time_ns, at);
	next_package(q);
}

/* The place is lost. What was read of a package stays: an answer to it may still come. */
static void lose_place(struct qmtp *q)
{
	session_add_flags(q->session, SESSION_MALFORMED);
	if (!q->confirmed)
		next_package(q);
	q->place = QMTP_LOOKING;
	q->last = 0;
}

/* Look for the end of a package. */
static void look(struct qmtp *q, struct cursor *in)
{
	uint8_t byte = cursor_u8(in);

	if (byte == ',' && q->last == ',')
		q->place = QMTP_CANDIDATE;
	q->last = byte;
}

/* The front of a package was read. */
static void confirm_package(struct qmtp *q)
{
	q->place = QMTP_IN_STEP;
	q->package.strict = false;
	q->confirmed = true;
	qmtp_answers_begin_package(&q->answers);
	package_confirm(&q->package);
}

/* Read what may be the front of a package; only digits are believed here. */
static void try_candidate(struct qmtp *q, struct cursor *in, const struct chunk *chunk)
{
	enum result r;

	if (q->confirmed)
		give_up_package(q, q->package.gap ? OUTCOME_UNKNOWN : OUTCOME_ABORTED,
				chunk->time_ns, chunk->at);
	q->package.strict = true;
	r = package_read_head(&q->package, in, chunk);
	if (r == RESULT_BAD) {
		next_package(q);
		q->place = QMTP_LOOKING;
		q->last = 0;
		return;
	}
	if (r == RESULT_OK)
		confirm_package(q);
}

/* One step in the client's bytes; at least one byte is taken, or the place changes. */
static void client_step(struct qmtp *q, struct cursor *in, const struct chunk *chunk)
{
	enum result r;

	if (q->place == QMTP_LOOKING) {
		look(q, in);
		return;
	}
	if (q->place == QMTP_CANDIDATE) {
		try_candidate(q, in, chunk);
		return;
	}
	r = q->confirmed ? package_read(&q->package, in, chunk)
			 : package_read_head(&q->package, in, chunk);
	if (r == RESULT_BAD)
		lose_place(q);
	else if (r == RESULT_OK && q->confirmed)
		end_package(q, chunk->time_ns, chunk->at);
	else if (r == RESULT_OK)
		confirm_package(q);
}

/* Keep an answer to a package that is not complete; the first one decides. */
static void take_early(struct qmtp *q, const struct fact_reply *reply)
{
	size_t n = reply->text.length;

	if (q->early || reply->letter == 0)
		return;
	n = n < sizeof(q->early_text) ? n : sizeof(q->early_text);
	if (n > 0)
		memcpy(q->early_text, reply->text.data, n);
	q->early = true;
	q->early_reply = *reply;
	q->early_reply.text = span_of(q->early_text, n);
}

/* An answer is complete. */
static void take_answer(struct qmtp *q, int64_t time_ns, struct frame_id at)
{
	struct fact_reply reply;

	netstring_answer_get(&q->answer, &reply);
	reply.time_ns = time_ns;
	reply.at = at;
	if (reply.letter != 0)
		session_set_established(q->session);
	session_note_reply(q->session, &reply);
	if (qmtp_answers_add(&q->answers, &reply))
		return;
	if (q->package.begun)
		take_early(q, &reply);
	else
		session_add_flags(q->session, SESSION_MALFORMED); /* an answer to nothing */
}

static void server_data(struct qmtp *q, const struct chunk *chunk)
{
	struct cursor in = cursor_of(chunk->bytes);

	qmtp_answers_server_spoke(&q->answers);
	while (!cursor_done(&in)) {
		switch (netstring_answer_read(&q->answer, &in)) {
		case RESULT_OK:
			take_answer(q, chunk->time_ns, chunk->at);
			break;
		case RESULT_BAD:
			session_add_flags(q->session, SESSION_MALFORMED);
			qmtp_answers_lost(&q->answers, UINT64_MAX);
			break;
		case RESULT_MORE:
		case RESULT_END:
		case RESULT_LIMIT:
		case RESULT_FAILED:
			break;
		}
	}
}

static void qmtp_data(void *state, const struct chunk *chunk)
{
	struct qmtp *q = state;
	struct cursor in = cursor_of(chunk->bytes);

	if (chunk->direction == FROM_SERVER) {
		server_data(q, chunk);
		return;
	}
	while (!cursor_done(&in))
		client_step(q, &in, chunk);
}

/* Packages may have been lost: how many answers are due to them cannot be told. */
static void hide_packages(struct qmtp *q, int64_t time_ns, struct frame_id at)
{
	next_package(q);
	q->package.recipients_unsure = true;
	end_package(q, time_ns, at);
}

static void *qmtp_open(struct session *session)
{
	const struct connection *connection = session_connection(session);
	struct budget *budget = session_env(session)->budget;
	struct qmtp *q;

	if (budget_take(budget, sizeof(*q)) != RESULT_OK)
		return NULL;
	q = calloc(1, sizeof(*q));
	if (q == NULL) {
		budget_give(budget, sizeof(*q));
		return NULL;
	}
	q->session = session;
	q->budget = budget;
	session_set_protocol(session, PROTOCOL_QMTP);
	qmtp_answers_init(&q->answers, session);
	next_package(q);
	/* Answers to packages from before the capture may come first. */
	if (!session_is_whole(session))
		hide_packages(q, connection->start_ns, connection->start_at);
	return q;
}

/* A hole in the client's side. */
static void client_gap(struct qmtp *q, const struct gap *gap)
{
	enum result r = RESULT_BAD;

	if (q->place == QMTP_IN_STEP && q->confirmed) {
		r = package_gap(&q->package, gap);
		if (r == RESULT_MORE)
			return;
		/* Where it lost the place, the server may still have had all of it. */
		end_package(q, gap->time_ns, gap->at);
		if (r == RESULT_BAD)
			q->place = QMTP_CANDIDATE;
		return;
	}
	if (q->confirmed)
		give_up_package(q, OUTCOME_UNKNOWN, gap->time_ns, gap->at);
	hide_packages(q, gap->time_ns, gap->at);
	q->place = QMTP_CANDIDATE;
}

static void qmtp_gap(void *state, const struct gap *gap)
{
	struct qmtp *q = state;

	if (gap->direction == FROM_CLIENT) {
		client_gap(q, gap);
		return;
	}
	qmtp_answers_server_spoke(&q->answers);
	switch (netstring_answer_gap(&q->answer, gap->length_bytes)) {
	case RESULT_OK:
		take_answer(q, gap->time_ns, gap->at);
		break;
	case RESULT_BAD:
		qmtp_answers_lost(&q->answers, gap->length_bytes);
		break;
	case RESULT_MORE:
	case RESULT_END:
	case RESULT_LIMIT:
	case RESULT_FAILED:
		break;
	}
}

/* A side that has ended changes nothing: answers come after the client's last byte. */
static void qmtp_end(void *state, enum direction direction, int64_t time_ns)
{
	(void)state;
	(void)direction;
	(void)time_ns;
}

static void qmtp_close(void *state, const struct conversation_end *end)
{
	struct qmtp *q = state;
	bool cut = end->reason == CLOSE_EOF || q->package.gap;

	qmtp_answers_close(&q->answers, end);
	if (q->package.begun)
		give_up_package(q, cut ? OUTCOME_UNKNOWN : OUTCOME_ABORTED, end->time_ns, end->at);
	package_clear(&q->package);
	budget_give(q->budget, sizeof(*q));
	free(q);
}

const struct decoder_ops qmtp_decoder = {
	.name = "qmtp",
	.open = qmtp_open,
	.data = qmtp_data,
	.gap = qmtp_gap,
	.end = qmtp_end,
	.close = qmtp_close,
};
