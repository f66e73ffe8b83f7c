#include "protocols/smtp_state.h"

#include "protocols/reply.h"

#include <string.h>

/* A reply, or none: NULL means that it was not seen. */
static bool is_yes(const struct fact_reply *reply)
{
	return reply != NULL && reply->code >= 200 && reply->code < 300;
}

static bool is_no(const struct fact_reply *reply)
{
	return reply != NULL && reply->code >= 400;
}

static struct span argument_of(const struct smtp *s)
{
	return span_of(s->argument, s->argument_length);
}

/* What was sent ahead of a greeting that turns the client away was never read. */
static void greeting(struct smtp *s, const struct fact_reply *reply)
{
	if (reply == NULL)
		return;
	s->greeted = true;
	session_set_banner(s->session, reply->text);
	if (s->client_spoke || !is_no(reply))
		session_set_established(s->session);
	if (!is_no(reply))
		return;
	hold_clear(&s->hold);
	if (s->barrier == BARRIER_REPLY)
		s->barrier = BARRIER_NONE;
	smtp_queue_clear(s);
}

/* A greeting of the client's that is taken resets the envelope; one that is refused does not. */
static void hello(struct smtp *s, const struct fact_reply *reply)
{
	bool lhlo = strcmp(s->command, "LHLO") == 0;

	if (reply == NULL || is_yes(reply)) {
		smtp_mail_end(s);
		session_set_helo(s->session, argument_of(s));
		s->lmtp = lhlo;
		session_set_protocol(s->session, lhlo ? PROTOCOL_LMTP : PROTOCOL_SMTP);
		if (reply != NULL && s->reader.whole && strcmp(s->command, "EHLO") == 0 &&
		    reply->text.data == (const uint8_t *)s->reader.text)
			session_set_ehlo_answered(s->session, s->reader.blanked);
	} else if (session_origin(s->session)->helo.length == 0) {
		session_set_helo(s->session, argument_of(s));
	}
}

/* The recipients named behind a refused MAIL belong to nothing. */
static void drop_recipients(struct mail *mail)
{
	uint32_t count = transaction_recipient_count(mail->transaction);

	while (count > 0)
		transaction_drop_recipient(mail->transaction, --count);
	mail->named = mail->accepted = mail->refused = mail->deferred = 0;
}

static void answer_mail(struct smtp *s, struct mail *mail, const struct fact_reply *reply)
{
	if (mail == NULL || reply == NULL)
		return;
	mail->sender = reply_outcome(reply);
	if (!is_no(reply))
		return;
	transaction_set_answer(mail->transaction, reply);
	drop_recipients(mail);
	mail->ended = true;
	if (s->mail == mail)
		s->mail = NULL;
}

/* MAIL while one is open: most servers refuse it, for some it is a new beginning. */
static void nested_mail(struct smtp *s, const struct fact_reply *reply)
{
	struct span sender = argument_of(s);

	if (reply == NULL || (is_no(reply) && s->mail != NULL))
		return;
	smtp_mail_end(s);
	smtp_mail_begin(s, &sender);
	if (s->mail == NULL)
		return;
	s->mail->sender = reply_outcome(reply);
	if (!is_no(reply))
		return;
	transaction_set_answer(s->mail->transaction, reply);
	smtp_mail_end(s);
}

static void answer_rcpt(struct mail *mail, uint32_t number, const struct fact_reply *reply)
{
	if (mail == NULL || reply == NULL || mail->named == 0)
		return;
	if (mail->ended && mail->sender != OUTCOME_ACCEPTED && mail->sender != OUTCOME_UNKNOWN)
		return;
	if (is_yes(reply))
		mail->accepted++;
	else if (reply->code >= 500)
		mail->refused++;
	else if (reply->code >= 400)
		mail->deferred++;
	if (number != NO_RECIPIENT)
		transaction_answer_recipient(mail->transaction, number, reply);
}

/* number 1: the client's word was followed already, for no answer came in time. */
static void answer_data(struct smtp *s, struct mail *mail, uint32_t number,
			const struct fact_reply *reply)
{
	if (reply == NULL) {
		if (number == 0)
			smtp_text_begin(s, mail, true);
		return;
	}
	if (is_no(reply)) {
		if (mail != NULL) {
			mail->data_refusal = reply_outcome(reply);
			transaction_set_answer(mail->transaction, reply);
		}
		if (number == 1 && s->mode == CLIENT_TEXT && s->text_mail == mail)
			smtp_text_never_began(s);
		return;
	}
	if (mail != NULL) {
		transaction_set_data_invited(mail->transaction);
		mail->data_refusal = OUTCOME_UNKNOWN;
	}
	if (number == 0 && reply->code < 400 && reply->code >= 300)
		smtp_text_begin(s, mail, false);
}

/* LMTP and PRDR: one recipient that RCPT took gets its answer. */
static void answer_next_recipient(struct mail *mail, const struct fact_reply *reply)
{
	uint32_t count = transaction_recipient_count(mail->transaction);

	mail->answers_left--;
	while (mail->next_recipient < count &&
	       transaction_recipient_verdict(mail->transaction, mail->next_recipient) !=
		   RECIPIENT_ACCEPTED)
		mail->next_recipient++;
	if (mail->next_recipient < count)
		transaction_answer_recipient(mail->transaction, mail->next_recipient++, reply);
}

/* Await one more answer to the same message, before all others. */
static void await_again(struct smtp *s, struct mail *mail)
{
	smtp_await_first(s, AWAIT_MESSAGE, mail);
}

/* The outcome of an LMTP message is yes where one recipient's answer is. */
static void note_lmtp_answer(struct mail *mail, const struct fact_reply *reply)
{
	enum outcome outcome = reply_outcome(reply);

	if (mail->answer == OUTCOME_ACCEPTED ||
	    (mail->answer == OUTCOME_REJECTED && outcome != OUTCOME_ACCEPTED))
		return;
	mail->answer = outcome;
	transaction_set_answer(mail->transaction, reply);
}

/* The answer to the message, or one of several. */
static void answer_message(struct smtp *s, struct mail *mail, const struct fact_reply *reply)
{
	if (mail == NULL || reply == NULL)
		return;
	if (!mail->each_recipient && (s->lmtp || reply->code == 353) && mail->accepted > 0) {
		mail->each_recipient = true;
		mail->prdr = reply->code == 353;
		mail->answers_left = mail->accepted;
		if (mail->prdr) {
			await_again(s, mail);
			return;
		}
	}
	if (!mail->each_recipient || mail->answers_left == 0) {
		mail->answer = reply_outcome(reply);
		transaction_set_answer(mail->transaction, reply);
		return;
	}
	answer_next_recipient(mail, reply);
	if (!mail->prdr)
		note_lmtp_answer(mail, reply);
	if (mail->prdr || mail->answers_left > 0)
		await_again(s, mail);
}

/* A chunk that is refused ends its message: no later answer is better. */
static void answer_chunk(struct mail *mail, const struct fact_reply *reply)
{
	if (mail == NULL || !is_no(reply))
		return;
	mail->data_refusal = reply_outcome(reply);
	transaction_set_answer(mail->transaction, reply);
}

static void answer_quit(struct smtp *s, const struct fact_reply *reply)
{
	if (is_yes(reply))
		s->mode = CLIENT_OVER;
}

/* RFC 3207, 4.2: what was said before is forgotten. */
static void answer_starttls(struct smtp *s, const struct fact_reply *reply)
{
	struct span ahead = hold_bytes(&s->hold);
	bool tls_ahead;

	if (reply == NULL) {
		s->barrier = BARRIER_TLS;
		return;
	}
	if (!is_yes(reply))
		return;
	tls_ahead = ahead.length > 0 && ahead.data[0] == TLS_HANDSHAKE;
	if (ahead.length > 0 && !tls_ahead)
		session_add_flags(s->session, SESSION_MALFORMED); /* commands before TLS */
	smtp_mail_end(s);
	session_set_tls(s->session, TLS_STARTTLS);
	hold_clear(&s->hold);
	s->mode = CLIENT_TLS;
	if (!tls_ahead)
		s->barrier = BARRIER_CLEAR;
}

/* Tell a command what its answer was. */
void smtp_answer(struct smtp *s, struct awaited awaited, const struct fact_reply *reply)
{
	if (s->barrier == BARRIER_REPLY && smtp_is_decision(awaited.kind))
		s->barrier = BARRIER_NONE;
	if (reply != NULL && awaited.kind != AWAIT_GREETING)
		s->blind = false;
	switch (awaited.kind) {
	case AWAIT_GREETING:
		greeting(s, reply);
		break;
	case AWAIT_HELLO:
		hello(s, reply);
		break;
	case AWAIT_MAIL:
		answer_mail(s, awaited.mail, reply);
		break;
	case AWAIT_NESTED_MAIL:
		nested_mail(s, reply);
		break;
	case AWAIT_RCPT:
		answer_rcpt(awaited.mail, awaited.number, reply);
		break;
	case AWAIT_DATA:
		answer_data(s, awaited.mail, awaited.number, reply);
		break;
	case AWAIT_CHUNK:
		answer_chunk(awaited.mail, reply);
		break;
	case AWAIT_MESSAGE:
		answer_message(s, awaited.mail, reply);
		break;
	case AWAIT_QUIT:
		answer_quit(s, reply);
		break;
	case AWAIT_AUTH:
		smtp_auth_done(s, reply);
		break;
	case AWAIT_STARTTLS:
		answer_starttls(s, reply);
		break;
	case AWAIT_XCLIENT:
		smtp_xclient_done(s, reply);
		break;
	case AWAIT_COMMAND:
		session_command(s->session, s->command, argument_of(s), is_yes(reply), reply,
				s->now.time_ns, s->now.at);
		break;
	case AWAIT_PROXY:
		smtp_proxy_done(s, false, reply);
		break;
	case AWAIT_OTHER:
	case AWAIT_EMPTY:
	case AWAIT_UNTRACKED:
		break;
	}
}

/* A reply that no command asked for. */
void smtp_unasked(struct smtp *s, const struct fact_reply *reply)
{
	if (s->mode == CLIENT_OVER) {
		s->mode = CLIENT_COMMAND; /* the server goes on after all */
		s->blind = true;
	}
	if (s->server_replies == 1 && !s->client_spoke && smtp_is_greeting(reply)) {
		smtp_queue_begins(s); /* all that is missing is the handshake */
		greeting(s, reply);
		return;
	}
	if (reply->code == 421 && s->mail != NULL) {
		s->mail->answer = reply_outcome(reply);
		transaction_set_answer(s->mail->transaction, reply);
		return;
	}
	if (smtp_auth_unasked(s, reply))
		return;
	if (reply->code != 354 || s->mode != CLIENT_COMMAND || hold_length(&s->hold) > 0)
		return;
	smtp_text_begin(s, s->mail, false); /* DATA was not captured, nor a part of the text */
	smtp_text_gap(s, 1);
	s->text.at = TEXT_LINE_START;
}

/* The server refuses the text before its end, and reads on to it. */
static void refused_within(struct smtp *s, const struct fact_reply *reply)
{
	struct mail *mail = s->text_mail;

	if (mail == NULL)
		return;
	mail->text_answered = true;
	mail->answer = reply_outcome(reply);
	transaction_set_answer(mail->transaction, reply);
}

/* The answer behind a dubious dot, with a command behind that: which mail does it belong to? */
static void reply_behind_dot(struct smtp *s, const struct fact_reply *reply)
{
	size_t behind;
	bool both = smtp_text_end_within(hold_bytes(&s->hold), &behind);

	smtp_text_end(s, true);
	smtp_queue_reply(s, reply);
	if (both) /* with either reading it answers the first message */
		s->barrier = BARRIER_READING;
}

/* A second answer: the server took the dot for the end, unless it answers what is behind the
 * true end. */
static void reply_tells_reading(struct smtp *s, const struct fact_reply *reply)
{
	size_t behind = 0;
	struct span held = hold_bytes(&s->hold);
	bool mail_behind;

	(void)smtp_text_end_within(held, &behind);
	mail_behind = smtp_looks_like_command(span_part(held, behind, SIZE_MAX)) == LOOK_MAIL;
	if (reply->code == 221 || reply->code == 421 || mail_behind)
		smtp_barrier_give_up(s);
	else
		s->barrier = BARRIER_NONE;
	smtp_client_run(s);
	smtp_queue_reply(s, reply);
}

/* A reply while a text is read: the server has seen an end, or waits for none. */
void smtp_text_reply(struct smtp *s, const struct fact_reply *reply)
{
	switch (s->barrier) {
	case BARRIER_READING:
		reply_tells_reading(s, reply);
		return;
	case BARRIER_DOT_COMMAND:
		reply_behind_dot(s, reply);
		return;
	case BARRIER_DOT:
		smtp_text_end(s, true);
		smtp_queue_reply(s, reply);
		return;
	case BARRIER_NONE:
	case BARRIER_REPLY:
	case BARRIER_LINE:
	case BARRIER_TLS:
	case BARRIER_CLEAR:
		break;
	}
	if (!s->text.gap && is_no(reply)) {
		refused_within(s, reply);
		return;
	}
	smtp_text_end(s, !s->text.gap);
	smtp_queue_reply(s, reply);
}
