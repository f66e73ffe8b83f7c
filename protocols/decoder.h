/*
 * decoder - the one shape of every mail decoder
 *
 * In:      one conversation, in pieces of any size, both directions in order.
 * Out:     facts through the session (session.h) and the transactions (transaction.h).
 * Limits:  a decoder keeps at most one line or one netstring head of each direction.
 * Errors:  none: what is malformed is flagged in the session and recovered from at the next place
 *          that makes sense. No input silences a decoder for the rest of a connection.
 * Owner:   the state belongs to the decoder from open to close, which frees it.
 */
#ifndef RELAYWATCH_PROTOCOLS_DECODER_H
#define RELAYWATCH_PROTOCOLS_DECODER_H

#include "core/conversation.h"

struct session;

struct decoder_ops {
	const char *name;
	/* NULL: no memory; the session is counted as forgotten. */
	void *(*open)(struct session *session);
	/* Any cut of the same bytes gives the same facts. */
	void (*data)(void *state, const struct chunk *chunk);
	void (*gap)(void *state, const struct gap *gap);
	void (*end)(void *state, enum direction direction, int64_t time_ns);
	/* Emit the transactions that are left, not the session's fact, and free the state. */
	void (*close)(void *state, const struct conversation_end *end);
};

extern const struct decoder_ops smtp_decoder; /* also LMTP; protocols/smtp.c */
extern const struct decoder_ops qmtp_decoder; /* protocols/qmtp.c */
extern const struct decoder_ops qmqp_decoder; /* protocols/qmqp.c */

#endif
