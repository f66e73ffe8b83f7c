#include "protocols/qmtp_answers.h"

#include "protocols/reply.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_MIN_BYTES 4 /* "1:K," */
/* So many packages with one answer each, and the server is taken for one of that manner. */
#define EACH_PACKAGE_PROOF 4

/* A package that waits for answers. */
struct qmtp_waiting {
	struct qmtp_waiting *next;
	struct transaction *transaction; /* NULL: told already, or never kept */
	uint64_t recipients;
	uint64_t lost_recipient;
	uint64_t answered;
	uint64_t yes, later, no; /* answers by letter */
	bool unsure;             /* it may have had more recipients */
};

/* An answer that waits for its package to be told. */
struct qmtp_held {
	struct qmtp_held *next;
	struct fact_reply reply;
	size_t text_length;
	uint8_t text[];
};

/* Begin with nothing outstanding. */
void qmtp_answers_init(struct qmtp_answers *answers, struct session *session)
{
	*answers = (struct qmtp_answers){ .session = session };
}

static struct budget *budget_of(const struct qmtp_answers *answers)
{
	return session_env(answers->session)->budget;
}

/* Yes to one is yes; else a missing answer leaves it open; "not now" to one is "not now". */
static enum outcome outcome_of(const struct qmtp_waiting *w)
{
	if (w->yes > 0)
		return OUTCOME_ACCEPTED;
	if (w->unsure || w->later + w->no < w->recipients || w->later + w->no == 0)
		return OUTCOME_UNKNOWN;
	return w->later > 0 ? OUTCOME_TEMPFAIL : OUTCOME_REJECTED;
}

/* Tell of a package as it stands; its place in the order stays. */
static void tell(struct qmtp_answers *answers, struct qmtp_waiting *w)
{
	if (w->transaction == NULL)
		return;
	transaction_close(&w->transaction, outcome_of(w), answers->time_ns, answers->at);
	answers->kept_count--;
}

static void remove_first(struct qmtp_answers *answers)
{
	struct qmtp_waiting *w = answers->first;

	tell(answers, w);
	answers->first = w->next;
	if (answers->first == NULL)
		answers->last = NULL;
	if (answers->oldest_kept == w)
		answers->oldest_kept = w->next;
	answers->package_count--;
	free(w);
	budget_give(budget_of(answers), sizeof(*w));
}

/* Too many wait: the oldest is told as it is. Its answers are counted off when they come. */
static void bound_kept(struct qmtp_answers *answers)
{
	struct qmtp_waiting *w;

	while (answers->kept_count > QMTP_WAITING_MAX && answers->oldest_kept != NULL) {
		w = answers->oldest_kept;
		tell(answers, w);
		answers->oldest_kept = w->next;
	}
}

static void count_answer(struct qmtp_waiting *w, const struct fact_reply *reply)
{
	w->yes += reply->letter == 'K';
	w->later += reply->letter == 'Z';
	w->no += reply->letter == 'D';
	if (w->transaction == NULL || reply->letter == 0)
		return;
	/* The one that decides: the first yes, else the last word. */
	if (w->yes == (reply->letter == 'K' ? 1 : 0))
		transaction_set_answer(w->transaction, reply);
}

/* Bind to the recipient in a place of the list; the one that a hole took is not listed. */
static void bind_place(struct qmtp_waiting *w, uint64_t place, const struct fact_reply *reply)
{
	if (w->transaction == NULL || place == w->lost_recipient || reply->letter == 0)
		return;
	if (place > w->lost_recipient)
		place--;
	if (place < transaction_recipient_count(w->transaction))
		transaction_answer_recipient(w->transaction, (uint32_t)place, reply);
}

/* One answer for all of them. */
static void bind_package(struct qmtp_waiting *w, const struct fact_reply *reply)
{
	for (uint64_t place = 0; place < w->recipients; place++)
		bind_place(w, place, reply);
	count_answer(w, reply);
	w->answered = w->recipients;
	w->later *= w->recipients;
	w->no *= w->recipients;
}

/* The next answer of the first package; a package with all its answers is done. */
static void bind_first(struct qmtp_answers *answers, const struct fact_reply *reply)
{
	struct qmtp_waiting *w = answers->first;

	if (answers->manner == QMTP_EACH_PACKAGE) {
		bind_package(w, reply);
	} else {
		bind_place(w, w->answered, reply);
		count_answer(w, reply);
		w->answered++;
	}
	if (w->answered >= w->recipients && !w->unsure)
		remove_first(answers);
}

static void hold(struct qmtp_answers *answers, const struct fact_reply *reply)
{
	size_t size = sizeof(struct qmtp_held) + reply->text.length;
	struct qmtp_held *held = NULL;

	if (answers->held_count < QMTP_HELD_MAX &&
	    budget_take(budget_of(answers), size) == RESULT_OK) {
		held = malloc(size);
		if (held == NULL)
			budget_give(budget_of(answers), size);
	}
	if (held == NULL) {
		answers->unsure = true;
		return;
	}
	held->next = NULL;
	held->reply = *reply;
	held->text_length = reply->text.length;
	if (held->text_length > 0)
		memcpy(held->text, reply->text.data, held->text_length);
	held->reply.text = span_of(held->text, held->text_length);
	if (answers->held_last != NULL)
		answers->held_last->next = held;
	else
		answers->held_first = held;
	answers->held_last = held;
	answers->held_count++;
}

static void drop_held(struct qmtp_answers *answers)
{
	struct qmtp_held *held = answers->held_first;

	answers->held_first = held->next;
	if (answers->held_first == NULL)
		answers->held_last = NULL;
	answers->held_count--;
	budget_give(budget_of(answers), sizeof(*held) + held->text_length);
	free(held);
}

static void bind_held(struct qmtp_answers *answers)
{
	bind_first(answers, &answers->held_first->reply);
	drop_held(answers);
}

/* Whether the first package's next answer can be told. */
static bool first_is_told(struct qmtp_answers *answers)
{
	const struct qmtp_waiting *w = answers->first;

	if (answers->unsure || (w->unsure && w->answered >= w->recipients)) {
		answers->unsure = true;
		return false;
	}
	if (answers->manner == QMTP_UNTOLD && answers->held_count > answers->package_count)
		answers->manner = QMTP_EACH_RECIPIENT;
	return answers->manner != QMTP_UNTOLD || w->recipients <= 1;
}

/* Packages without a recipient: no answer is due to them. */
static void pass_empty(struct qmtp_answers *answers)
{
	if (answers->manner == QMTP_EACH_PACKAGE)
		return;
	while (answers->first != NULL && answers->first->recipients == 0 && !answers->first->unsure)
		remove_first(answers);
}

/* Bind what can be bound. */
static void bind_all(struct qmtp_answers *answers)
{
	pass_empty(answers);
	while (answers->first != NULL && answers->held_first != NULL && first_is_told(answers)) {
		bind_held(answers);
		pass_empty(answers);
	}
}

/* How many answers a package still waits for, in the manner of this server. */
static uint64_t due(const struct qmtp_answers *answers, const struct qmtp_waiting *w)
{
	if (answers->manner == QMTP_EACH_PACKAGE)
		return 1;
	return w->recipients - w->answered;
}

/* The first so many answers were lost: pass their places by. */
static void pass_places(struct qmtp_answers *answers, uint64_t count)
{
	while (count > 0 && answers->first != NULL) {
		struct qmtp_waiting *w = answers->first;
		uint64_t here = due(answers, w);

		if (here > count) {
			w->answered += count;
			return;
		}
		count -= here;
		remove_first(answers);
	}
}

/* What came before the hole is bound from the front, what came behind it from the end. */
static bool bind_around_hole(struct qmtp_answers *answers, uint64_t total)
{
	uint64_t lost = total - answers->held_count;

	if (answers->held_count >= total || answers->holes != 1 ||
	    answers->lost_bytes < ANSWER_MIN_BYTES * lost)
		return false;
	for (uint64_t i = answers->held_before_hole; i > 0; i--)
		bind_held(answers);
	pass_places(answers, lost);
	return true;
}

/* All answers but those due to later packages belong to one whose recipients are unsure. */
static bool bind_unsure(struct qmtp_answers *answers, uint64_t total)
{
	struct qmtp_waiting *w = answers->first;
	uint64_t due_later = total - due(answers, w);

	if (!w->unsure || answers->holes > 0 || answers->held_count < due_later)
		return false;
	while (answers->held_count > due_later) {
		count_answer(w, &answers->held_first->reply);
		drop_held(answers);
	}
	remove_first(answers);
	return true;
}

/* Nothing is outstanding any more: the last answers are those to the last recipients. */
static void align_from_end(struct qmtp_answers *answers)
{
	uint64_t total = 0;
	uint64_t unsure_count = 0;
	bool aligned = false;

	if (answers->held_count > answers->package_count && answers->manner == QMTP_UNTOLD)
		answers->manner = QMTP_EACH_RECIPIENT;
	for (const struct qmtp_waiting *w = answers->first; w != NULL; w = w->next) {
		total += due(answers, w);
		unsure_count += w->unsure;
		/* It cannot be told whether the one answer was for all, or the others are lost. */
		if (answers->manner == QMTP_UNTOLD && w->recipients > 1)
			return;
	}
	if (unsure_count == 0)
		aligned = bind_around_hole(answers, total);
	else if (unsure_count == 1)
		aligned = bind_unsure(answers, total);
	if (!aligned)
		return;
	answers->unsure = false;
	bind_all(answers);
}

/* As many answers as packages, though some have several recipients: one each. */
static bool is_each_package(const struct qmtp_answers *answers)
{
	return answers->manner == QMTP_UNTOLD && !answers->unsure && answers->package_count > 0 &&
	       answers->held_count == answers->package_count;
}

static void set_each_package(struct qmtp_answers *answers)
{
	answers->manner = QMTP_EACH_PACKAGE;
	session_add_flags(answers->session, SESSION_SHORT_REPLIES);
	bind_all(answers);
}

static void forget_holes(struct qmtp_answers *answers)
{
	answers->unsure = false;
	answers->lost_bytes = 0;
	answers->holes = 0;
}

/* What waits will get no further answer; fewer than there are places is no proof of a manner. */
static void settle(struct qmtp_answers *answers)
{
	if (answers->unsure)
		align_from_end(answers);
	if (!answers->unsure && answers->manner == QMTP_UNTOLD) {
		answers->manner = QMTP_EACH_RECIPIENT;
		bind_all(answers);
		answers->manner = QMTP_UNTOLD;
	}
	while (answers->first != NULL)
		remove_first(answers);
	while (answers->held_first != NULL)
		drop_held(answers);
	forget_holes(answers);
}

/* The client begins a package: one that waits for answers has all that it will get. */
void qmtp_answers_begin_package(struct qmtp_answers *answers)
{
	if (answers->first != NULL && !answers->server_spoke) {
		answers->client_hurries = true;
		if (answers->kept_count > 0) /* of a hidden one it cannot be said */
			session_add_flags(answers->session, SESSION_PIPELINING);
	}
	if (answers->client_hurries)
		return;
	if (answers->unsure)
		settle(answers);
	else if (answers->package_count >= EACH_PACKAGE_PROOF && is_each_package(answers))
		set_each_package(answers);
}

/* A place in the order for a package. */
static struct qmtp_waiting *add_waiting(struct qmtp_answers *answers)
{
	struct qmtp_waiting *w = NULL;

	if (answers->package_count < QMTP_PACKAGES_MAX &&
	    budget_take(budget_of(answers), sizeof(*w)) == RESULT_OK) {
		w = calloc(1, sizeof(*w));
		if (w == NULL)
			budget_give(budget_of(answers), sizeof(*w));
	}
	if (w == NULL)
		return NULL;
	if (answers->last != NULL)
		answers->last->next = w;
	else
		answers->first = w;
	answers->last = w;
	answers->package_count++;
	return w;
}

/* Take a package over. */
void qmtp_answers_add_package(struct qmtp_answers *answers, struct package *package,
			      int64_t time_ns, struct frame_id at)
{
	struct transaction *transaction = package_take_transaction(package);
	struct qmtp_waiting *w = add_waiting(answers);

	answers->server_spoke = false;
	answers->time_ns = time_ns;
	answers->at = at;
	if (w == NULL) {
		answers->unsure = true;
		session_env(answers->session)->stats->forgotten++;
		transaction_close(&transaction, OUTCOME_UNKNOWN, time_ns, at);
		return;
	}
	w->recipients = package->recipients;
	w->lost_recipient = package->lost_recipient;
	w->unsure = package->recipients_unsure;
	w->transaction = transaction;
	if (transaction != NULL) {
		answers->kept_count++;
		if (answers->oldest_kept == NULL)
			answers->oldest_kept = w;
	}
	bound_kept(answers);
	pass_empty(answers);
}

/* The server says something. */
void qmtp_answers_server_spoke(struct qmtp_answers *answers)
{
	answers->server_spoke = true;
}

/* Take an answer. */
bool qmtp_answers_add(struct qmtp_answers *answers, const struct fact_reply *reply)
{
	if (answers->first == NULL)
		return false;
	answers->time_ns = reply->time_ns;
	answers->at = reply->at;
	hold(answers, reply);
	bind_all(answers);
	return true;
}

/* Answers are missing from here on; what is due and what comes do not match any more. */
void qmtp_answers_lost(struct qmtp_answers *answers, uint64_t length_bytes)
{
	if (answers->first == NULL)
		return;
	if (answers->holes == 0)
		answers->held_before_hole = answers->held_count;
	if (answers->holes == 0 || answers->held_count > answers->held_before_hole)
		answers->holes++;
	answers->unsure = true;
	if (length_bytes > UINT64_MAX - answers->lost_bytes)
		length_bytes = UINT64_MAX - answers->lost_bytes;
	answers->lost_bytes += length_bytes;
}

/* The connection is over. Only where it ended in order has the server given all its answers. */
void qmtp_answers_close(struct qmtp_answers *answers, const struct conversation_end *end)
{
	answers->time_ns = end->time_ns;
	answers->at = end->at;
	if (end->reason == CLOSE_FIN && is_each_package(answers))
		set_each_package(answers);
	if (end->reason != CLOSE_FIN && answers->unsure)
		while (answers->held_first != NULL)
			drop_held(answers);
	settle(answers);
}
