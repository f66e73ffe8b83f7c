#include "protocols/smtp_state.h"

#include "protocols/reply.h"

#include <stdlib.h>
#include <string.h>

/*
 * A server answers in order, one final answer for each command, so the first answer belongs to
 * the first command that has none. Where bytes are missing that holds no longer. Then answers
 * are deferred until something ties them to a command again: a code that only one command gets
 * (354, 221, 334), or the client's next words, for it has had all answers by then. They are
 * bound from that point backwards. A command whose answer cannot be told for sure has none.
 */

#define CAPACITY_FIRST 8
#define UNSEEN_MAX 64 /* commands that are remembered where no server was seen */

/* Which answers belong to one kind of command only. */
static const struct anchor {
	uint16_t code;
	enum await kind;
} anchors[] = {
	{ 354, AWAIT_DATA }, { 221, AWAIT_QUIT },    { 334, AWAIT_AUTH },     { 235, AWAIT_AUTH },
	{ 535, AWAIT_AUTH }, { 353, AWAIT_MESSAGE }, { 220, AWAIT_STARTTLS },
};

static struct awaited *at(const struct awaited_queue *q, size_t number)
{
	return &q->ring[(q->first + number) & (q->capacity - 1)];
}

/* Forget everything; nothing is answered. */
void smtp_queue_clear(struct smtp *s)
{
	struct awaited_queue *q = &s->queue;

	budget_give(s->budget, q->capacity * sizeof(q->ring[0]));
	if (q->deferred != NULL)
		budget_give(s->budget, DEFERRED_MAX * sizeof(q->deferred[0]));
	free(q->ring);
	free(q->deferred);
	*q = (struct awaited_queue){ 0 };
}

/* Make room for one more. */
static bool grow(struct smtp *s)
{
	struct awaited_queue *q = &s->queue;
	size_t capacity = q->capacity == 0 ? CAPACITY_FIRST : q->capacity * 2;
	struct awaited *ring;

	if (capacity > AWAITED_MAX ||
	    budget_take(s->budget, capacity * sizeof(ring[0])) != RESULT_OK)
		return false;
	ring = malloc(capacity * sizeof(ring[0]));
	if (ring == NULL) {
		budget_give(s->budget, capacity * sizeof(ring[0]));
		return false;
	}
	for (size_t i = 0; i < q->count; i++)
		ring[i] = *at(q, i);
	budget_give(s->budget, q->capacity * sizeof(ring[0]));
	free(q->ring);
	q->ring = ring;
	q->capacity = capacity;
	q->first = 0;
	return true;
}

/* The last slot counts what is too much to be kept, so that later answers stay in step. */
static bool count_untracked(struct awaited_queue *q, uint32_t count)
{
	struct awaited *last;

	if (q->count == 0)
		return false;
	last = at(q, q->count - 1);
	if (last->kind != AWAIT_UNTRACKED)
		return false;
	last->number += count;
	return true;
}

/* Take the first one out. */
static struct awaited shift(struct awaited_queue *q)
{
	struct awaited first = *at(q, 0);

	q->first = (q->first + 1) & (q->capacity - 1);
	q->count--;
	if (q->certain > 0)
		q->certain--;
	return first;
}

/* Answer the first one. */
static void answer_first(struct smtp *s, const struct fact_reply *reply)
{
	struct awaited entry = shift(&s->queue);

	smtp_answer(s, entry, reply);
	if (entry.mail != NULL)
		smtp_mail_release(s, entry.mail);
}

static void lose_first(struct smtp *s, size_t how_many)
{
	while (how_many-- > 0 && s->queue.count > 0)
		answer_first(s, NULL);
}

/* Nothing of the server's was seen so far: what was asked long ago will not be answered. */
static void forget_unseen(struct smtp *s)
{
	lose_first(s, s->queue.count);
	smtp_queue_answers_lost(s);
}

/* Await the answer to a command that was just sent; false: it is only counted. */
bool smtp_await(struct smtp *s, enum await kind, struct mail *mail, uint32_t number)
{
	struct awaited_queue *q = &s->queue;
	struct awaited entry = { .kind = kind, .number = number, .mail = mail };

	if (kind == AWAIT_EMPTY && q->count > 0 && at(q, q->count - 1)->kind == AWAIT_EMPTY) {
		at(q, q->count - 1)->number += number;
		return true;
	}
	if (smtp_one_sided(s) && q->count == UNSEEN_MAX)
		forget_unseen(s);
	if (count_untracked(q, kind == AWAIT_EMPTY ? number : 1))
		return false;
	if (q->count == q->capacity && !grow(s)) {
		q->doubt = true; /* no memory at all */
		return false;
	}
	if (q->count + 1 == AWAITED_MAX)
		entry = (struct awaited){ .kind = AWAIT_UNTRACKED,
					  .number = kind == AWAIT_EMPTY ? number : 1 };
	if (entry.mail != NULL)
		entry.mail->awaited++;
	q->count++;
	*at(q, q->count - 1) = entry;
	return entry.kind == kind;
}

/* The answer says how the next bytes are read, so a client waits for it (RFC 2920, 3.1). */
bool smtp_is_decision(enum await kind)
{
	switch (kind) {
	case AWAIT_HELLO:
	case AWAIT_NESTED_MAIL:
	case AWAIT_DATA:
	case AWAIT_QUIT:
	case AWAIT_AUTH:
	case AWAIT_STARTTLS:
	case AWAIT_XCLIENT:
	case AWAIT_COMMAND:
		return true;
	case AWAIT_GREETING:
	case AWAIT_MAIL:
	case AWAIT_RCPT:
	case AWAIT_CHUNK:
	case AWAIT_MESSAGE:
	case AWAIT_OTHER:
	case AWAIT_EMPTY:
	case AWAIT_PROXY:
	case AWAIT_UNTRACKED:
		break;
	}
	return false;
}

/* The first answer was not the last one to this command: the next one is about it, too. */
void smtp_await_first(struct smtp *s, enum await kind, struct mail *mail)
{
	struct awaited_queue *q = &s->queue;

	if (q->count == q->capacity && !grow(s))
		return;
	q->first = (q->first + q->capacity - 1) & (q->capacity - 1);
	q->count++;
	*at(q, 0) = (struct awaited){ .kind = kind, .mail = mail };
	if (mail != NULL)
		mail->awaited++;
	if (q->doubt)
		q->certain++;
}

/*
 * The last command's answer does not come in time; it is done with, as if the answer had not
 * been seen. One to DATA may still say that no text was wanted.
 */
void smtp_queue_give_up_last(struct smtp *s)
{
	struct awaited_queue *q = &s->queue;
	struct awaited *last, entry;

	if (q->count == 0)
		return;
	last = at(q, q->count - 1);
	entry = *last;
	if (!smtp_is_decision(entry.kind))
		return;
	if (entry.kind == AWAIT_DATA)
		last->number = 1;
	else
		last->kind = AWAIT_OTHER;
	smtp_answer(s, entry, NULL);
}

static void no_doubt(struct smtp *s)
{
	s->queue.doubt = false;
	s->queue.certain = 0;
	s->queue.answers_lost = false;
	s->queue.deferred_count = 0;
	s->queue.deferred_overflow = false;
}

/*
 * Bind the deferred answers backwards from the command at `end`; those before it that get none
 * were answered unseen.
 */
static void bind_backwards(struct smtp *s, size_t end)
{
	struct awaited_queue *q = &s->queue;
	size_t answers = q->deferred_overflow ? 0 : q->deferred_count;
	size_t skip = answers > end ? answers - end : 0;
	struct fact_reply *deferred = q->deferred;

	q->deferred = NULL; /* what follows may defer others */
	answers -= skip;
	no_doubt(s);
	lose_first(s, end - answers);
	for (size_t i = 0; i < answers && q->count > 0; i++)
		answer_first(s, &deferred[skip + i]);
	if (deferred != NULL)
		budget_give(s->budget, DEFERRED_MAX * sizeof(deferred[0]));
	free(deferred);
}

/* Keep an answer until it can be bound. */
static void defer(struct smtp *s, const struct fact_reply *reply)
{
	struct awaited_queue *q = &s->queue;

	if (q->deferred == NULL) {
		size_t size = DEFERRED_MAX * sizeof(q->deferred[0]);

		if (budget_take(s->budget, size) == RESULT_OK) {
			q->deferred = malloc(size);
			if (q->deferred == NULL)
				budget_give(s->budget, size);
		}
	}
	if (q->deferred == NULL || q->deferred_count == DEFERRED_MAX) {
		q->deferred_overflow = true;
		return;
	}
	q->deferred[q->deferred_count] = *reply;
	reply_classify(&q->deferred[q->deferred_count]);
	q->deferred[q->deferred_count].text = span_of(NULL, 0);
	q->deferred_count++;
}

/* Find the command that alone gets such an answer. */
static size_t find_anchor(const struct awaited_queue *q, uint16_t code)
{
	for (size_t i = 0; i < ARRAY_COUNT(anchors); i++) {
		if (anchors[i].code != code)
			continue;
		for (size_t n = 0; n < q->count; n++)
			if (at(q, n)->kind == anchors[i].kind)
				return n;
	}
	return SIZE_MAX;
}

/* An answer while it is not clear what it answers. */
static void reply_in_doubt(struct smtp *s, const struct fact_reply *reply)
{
	struct awaited_queue *q = &s->queue;
	size_t anchor = find_anchor(q, reply->code);

	if (anchor != SIZE_MAX) {
		bind_backwards(s, anchor);
		if (q->count > 0)
			answer_first(s, reply);
		return;
	}
	if (q->count == 0) {
		smtp_unasked(s, reply);
		return;
	}
	if (smtp_auth_unasked(s, reply))
		return;
	defer(s, reply);
	if (!q->deferred_overflow && q->deferred_count == q->count && q->answers_lost)
		bind_backwards(s, q->count);
}

/* A mail goes before its answers come; they are passed over. */
void smtp_queue_forget(struct smtp *s, struct mail *mail)
{
	for (size_t i = 0; i < s->queue.count && mail->awaited > 0; i++) {
		struct awaited *entry = at(&s->queue, i);

		if (entry->mail != mail)
			continue;
		entry->mail = NULL;
		mail->awaited--;
	}
}

/* Servers need not answer these. */
static bool is_optional(enum await kind)
{
	return kind == AWAIT_EMPTY || kind == AWAIT_PROXY;
}

/* Is any answer to come for sure? */
bool smtp_queue_awaits(const struct smtp *s)
{
	const struct awaited_queue *q = &s->queue;

	return q->count > 1 || (q->count == 1 && !is_optional(at(q, 0)->kind));
}

/* Pass over what servers need not answer, when this answer is not about it. */
static void skip_optional(struct smtp *s, const struct fact_reply *reply)
{
	struct awaited_queue *q = &s->queue;

	while (q->count > 0) {
		struct awaited *first = at(q, 0);

		if (!is_optional(first->kind) || (reply->code >= 500 && reply->code != 554))
			return;
		if (first->kind == AWAIT_PROXY)
			smtp_proxy_done(s, true, NULL);
		(void)shift(q);
	}
}

/* The client begins to talk: no command of before awaits an answer. */
void smtp_queue_begins(struct smtp *s)
{
	if (s->queue.count == 0 && !s->queue.answers_lost)
		no_doubt(s);
}

/* Find the command that a reply answers, and tell it. */
void smtp_queue_reply(struct smtp *s, const struct fact_reply *reply)
{
	struct awaited_queue *q = &s->queue;

	if (q->doubt && q->certain == 0) {
		reply_in_doubt(s, reply);
		return;
	}
	skip_optional(s, reply);
	if (q->count > 0 && at(q, 0)->kind == AWAIT_HELLO && reply->code == 220) {
		smtp_answer(s, (struct awaited){ .kind = AWAIT_GREETING }, reply);
		return; /* a greeting that was not expected any more */
	}
	if (q->count == 0) {
		smtp_unasked(s, reply);
		return;
	}
	if ((at(q, 0)->kind == AWAIT_EMPTY || at(q, 0)->kind == AWAIT_UNTRACKED) &&
	    at(q, 0)->number > 1) {
		at(q, 0)->number--;
		return;
	}
	answer_first(s, reply);
}

/* The client goes on: has it had all its answers? */
void smtp_queue_client_speaks(struct smtp *s)
{
	struct awaited_queue *q = &s->queue;

	if (!q->doubt || q->certain > 0)
		return;
	if (q->deferred_count == 0 && !q->answers_lost)
		return;
	if (q->count == 0) {
		if (!s->pipelining)
			no_doubt(s);
		return;
	}
	if (smtp_is_decision(at(q, q->count - 1)->kind) || (q->count == 1 && !s->pipelining))
		bind_backwards(s, q->count);
}

/* A part of the server's words is missing: any number of answers. */
void smtp_queue_answers_lost(struct smtp *s)
{
	s->queue.doubt = true;
	s->queue.certain = 0;
	s->queue.answers_lost = true;
}

/* A part of the client's words is missing: any number of commands, which will be answered. */
void smtp_queue_commands_lost(struct smtp *s)
{
	if (s->queue.doubt)
		return;
	s->queue.doubt = true;
	s->queue.certain = s->queue.count;
}

/* No more answers will come. */
void smtp_queue_finish(struct smtp *s)
{
	struct awaited_queue *q = &s->queue;

	if (q->doubt && q->certain == 0 && q->deferred_count > 0 && q->count > 0 &&
	    (smtp_is_decision(at(q, q->count - 1)->kind) || q->count == 1))
		bind_backwards(s, q->count);
	lose_first(s, q->count);
}
