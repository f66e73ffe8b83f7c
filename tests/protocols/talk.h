/*
 * talk - a conversation as a table, and the facts that come of it as text
 *
 * In:      steps: what each side says, in order; holes; ends.
 * Out:     one line a fact. The same steps are fed whole, byte by byte, and cut at random: the
 *          lines must be the same.
 * Owner:   the caller frees nothing but the text.
 */
#ifndef RELAYWATCH_TESTS_PROTOCOLS_TALK_H
#define RELAYWATCH_TESTS_PROTOCOLS_TALK_H

#include "core/fact.h"
#include "core/site.h"
#include "core/text.h"
#include "protocols/decoder.h"

enum talk_kind {
	TALK_OVER, /* ends the table */
	CLIENT_SAYS,
	SERVER_SAYS,
	CLIENT_LOST, /* count bytes are missing */
	SERVER_LOST,
	CLIENT_ENDS,
	SERVER_ENDS
};

struct talk_step {
	enum talk_kind kind;
	const char *bytes;
	size_t count; /* of bytes, where they hold NUL; of missing bytes */
};

#define TALK_STEPS_MAX 24

struct talk {
	const char *name;
	uint16_t port;
	uint32_t flags; /* enum connection_flag */
	enum close_reason end;
	bool client_unseen, server_unseen;
	const char *proxy; /* a network whose PROXY headers are believed */
	struct talk_step steps[TALK_STEPS_MAX];
	const char *facts;
};

enum talk_cut { TALK_WHOLE, TALK_BYTES, TALK_RANDOM };

/* Run against a decoder, or against conversation_ops; append the facts' lines. */
void talk_decoder(const struct decoder_ops *decoder, const struct talk *talk, enum talk_cut cut,
		  unsigned seed, struct text *out);
void talk_conversation(const struct conversation_ops *ops, void *ctx, const struct talk *talk,
		       enum talk_cut cut, unsigned seed);
/* A fact_sink whose ctx is a struct text. */
void talk_fact(void *ctx, const struct fact *fact);
/* Run a talk in every cut and compare with its facts. */
void talk_check(const struct decoder_ops *decoder, const struct talk *talk);

#endif
