#include "protocols/smtp_state.h"

#include <stdlib.h>

static void close_mail(struct smtp *s, struct mail *mail);

/* Too many await their answers: tell of the oldest without them. The newest ones count most. */
static void forget_oldest(struct smtp *s)
{
	struct mail *mail = s->mails;

	session_env(s->session)->stats->forgotten++;
	if (s->text_mail == mail) {
		s->text_mail = NULL;
		mail->awaited--;
	}
	smtp_queue_forget(s, mail);
	s->mails = mail->next;
	close_mail(s, mail);
}

/* Begin an envelope; sender NULL: it was not seen. Without memory nothing is begun. */
void smtp_mail_begin(struct smtp *s, const struct span *sender)
{
	struct mail **last = &s->mails;
	struct mail *mail;

	if (s->mail_count == MAILS_MAX)
		forget_oldest(s);
	if (budget_take(s->budget, sizeof(*mail)) != RESULT_OK)
		return;
	mail = calloc(1, sizeof(*mail));
	if (mail == NULL || transaction_new(&mail->transaction, s->session, s->now.time_ns,
					    s->now.at) != RESULT_OK) {
		free(mail);
		budget_give(s->budget, sizeof(*mail));
		return;
	}
	if (sender != NULL)
		transaction_set_sender(mail->transaction, *sender);
	mail->doubtful = s->blind;
	while (*last != NULL)
		last = &(*last)->next;
	*last = mail;
	s->mail_count++;
	s->mail = mail;
}

/* Name a recipient of the open envelope; gives its number, or NO_RECIPIENT. */
uint32_t smtp_mail_recipient(struct smtp *s, struct span address)
{
	uint32_t number = NO_RECIPIENT;

	s->mail->named++;
	if (transaction_add_recipient(s->mail->transaction, address, s->now.time_ns, s->now.at,
				      &number) != RESULT_OK)
		return NO_RECIPIENT;
	return number;
}

/* What the refusal of all recipients says: not now only where each was told so. */
static enum outcome refused_by_all(const struct mail *mail)
{
	return mail->refused == 0 ? OUTCOME_TEMPFAIL : OUTCOME_REJECTED;
}

/* The outcome by INTERFACE, of a mail that ends here. */
static enum outcome mail_outcome(const struct smtp *s, const struct mail *mail)
{
	bool all_refused = mail->named > 0 && mail->refused + mail->deferred == mail->named;
	bool unseen = mail->sender == OUTCOME_UNKNOWN ||
		      mail->named > mail->accepted + mail->refused + mail->deferred;

	if (mail->answer != OUTCOME_UNKNOWN)
		return mail->answer;
	if (mail->sender == OUTCOME_REJECTED || mail->sender == OUTCOME_TEMPFAIL)
		return mail->sender;
	if (mail->complete)
		return OUTCOME_UNKNOWN;
	if (all_refused)
		return refused_by_all(mail);
	if (mail->data_refusal != OUTCOME_UNKNOWN)
		return mail->data_refusal;
	if (s->broken_off || (unseen && mail->accepted == 0))
		return OUTCOME_UNKNOWN;
	return OUTCOME_ABORTED;
}

/* The client sent a text, so one recipient at least was taken; which, only an answer tells. */
static void infer_recipients(const struct mail *mail)
{
	uint32_t count = transaction_recipient_count(mail->transaction);

	if (!mail->text_begun || mail->accepted > 0 || mail->data_refusal != OUTCOME_UNKNOWN)
		return;
	if (mail->answer == OUTCOME_REJECTED || mail->answer == OUTCOME_TEMPFAIL)
		return;
	for (uint32_t i = 0; i < count; i++)
		transaction_infer_accepted(mail->transaction, i);
}

/* A mail that was begun where it was not sure that commands are read, and that nobody answered. */
static bool is_phantom(const struct smtp *s, const struct mail *mail)
{
	return mail->doubtful && !smtp_one_sided(s) && !mail->complete &&
	       mail->sender == OUTCOME_UNKNOWN && mail->answer == OUTCOME_UNKNOWN &&
	       mail->data_refusal == OUTCOME_UNKNOWN &&
	       mail->accepted + mail->refused + mail->deferred == 0;
}

/* Tell of a mail, and free it. */
static void close_mail(struct smtp *s, struct mail *mail)
{
	if (is_phantom(s, mail)) {
		transaction_free(&mail->transaction);
	} else {
		infer_recipients(mail);
		transaction_close(&mail->transaction, mail_outcome(s, mail), s->now.time_ns,
				  s->now.at);
	}
	free(mail);
	s->mail_count--;
	budget_give(s->budget, sizeof(*mail));
}

/* Tell of the mails that are over, in the order in which they began. */
void smtp_mail_close_ended(struct smtp *s)
{
	while (s->mails != NULL && s->mails->ended && s->mails->awaited == 0) {
		struct mail *mail = s->mails;

		s->mails = mail->next;
		close_mail(s, mail);
	}
}

/* No further command belongs to the open envelope. */
void smtp_mail_end(struct smtp *s)
{
	if (s->mail == NULL)
		return;
	s->mail->ended = true;
	s->mail = NULL;
	smtp_mail_close_ended(s);
}

/* One answer less is awaited. */
void smtp_mail_release(struct smtp *s, struct mail *mail)
{
	mail->awaited--;
	smtp_mail_close_ended(s);
}

/* The connection is over, and so is every mail. */
void smtp_mail_close_all(struct smtp *s)
{
	s->mail = NULL;
	s->text_mail = NULL;
	while (s->mails != NULL) {
		struct mail *mail = s->mails;

		s->mails = mail->next;
		close_mail(s, mail);
	}
}
