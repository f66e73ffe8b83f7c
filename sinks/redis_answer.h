/*
 * redis_answer - what Redis's refusals mean, and the mend for each
 *
 * In:      the text of an error reply.
 * Out:     a sentence: what, and what to do about it.
 * Limits:  64 rows, as a bit of a mask stands for each.
 * Errors:  a refusal that no row knows is repeated as it is, made printable.
 * Owner:   constants.
 */
#ifndef RELAYWATCH_SINKS_REDIS_ANSWER_H
#define RELAYWATCH_SINKS_REDIS_ANSWER_H

#include "core/result.h"
#include "core/span.h"

/* The number of the row; the kinds are told apart by it. */
unsigned redis_answer_kind(struct span refusal);
/* The sentence for a refusal; key is the one that was written to. */
void redis_answer_explain(struct span refusal, const char *key, struct error *out);

#endif
