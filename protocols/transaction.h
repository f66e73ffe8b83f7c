/*
 * transaction - one message offered, while it is put together
 *
 * In:      what a decoder learns of the message, in any order, answers bound by number.
 * Out:     transaction facts when it is closed: FACT_RECIPIENTS_MAX recipients each.
 * Limits:  RECIPIENTS_KEPT_MAX recipients are kept, more are only counted; addresses are cut at
 *          1024 bytes; all of it is charged to the budget.
 * Errors:  transaction_new and transaction_add_recipient: RESULT_LIMIT or RESULT_FAILED; a
 *          recipient that could not be kept is counted in recipients_total.
 * Owner:   the decoder owns it; transaction_close emits and frees. Spans given in are copied.
 */
#ifndef RELAYWATCH_PROTOCOLS_TRANSACTION_H
#define RELAYWATCH_PROTOCOLS_TRANSACTION_H

#include "protocols/message.h"
#include "protocols/session.h"

struct transaction;

/* Takes the next number of its session at once, and remembers the session as of now (AUTH, TLS). */
MUST_USE enum result transaction_new(struct transaction **out, struct session *session,
				     int64_t time_ns, struct frame_id at);
void transaction_set_sender(struct transaction *transaction, struct span mail_from);
/* address: as on the wire, less < and >; it is parsed here. out_number counts from 0. */
MUST_USE enum result transaction_add_recipient(struct transaction *transaction, struct span address,
					       int64_t time_ns, struct frame_id at,
					       uint32_t *out_number);
/* How many are kept; their numbers run from 0 to this less one. */
uint32_t transaction_recipient_count(const struct transaction *transaction);
/* How many were named, also those that are not kept. Once one is not kept, none after it is. */
uint64_t transaction_recipients_total(const struct transaction *transaction);
/* Bind an answer; the verdict follows from the reply's class (reply.h). */
void transaction_answer_recipient(struct transaction *transaction, uint32_t number,
				  const struct fact_reply *reply);
void transaction_infer_accepted(struct transaction *transaction, uint32_t number);
enum recipient_verdict transaction_recipient_verdict(const struct transaction *transaction,
						     uint32_t number);
/* Take a recipient back out (its RCPT turned out not to count); other numbers stay. */
void transaction_drop_recipient(struct transaction *transaction, uint32_t number);
struct message *transaction_message(struct transaction *transaction);
void transaction_set_data_invited(struct transaction *transaction);
void transaction_set_complete(struct transaction *transaction, int64_t time_ns, struct frame_id at);
/* The answer that decides; kept for the fact. */
void transaction_set_answer(struct transaction *transaction, const struct fact_reply *reply);
/*
 * Emit with this outcome, and free; of a session that is not established nothing is told. A NULL
 * transaction is nothing to do.
 */
void transaction_close(struct transaction **transaction, enum outcome outcome, int64_t time_ns,
		       struct frame_id at);
/* Free without a word. */
void transaction_free(struct transaction **transaction);

#endif
