/*
 * reply_words - what the words of a refusal mean, as real servers say it
 *
 * In:      the text of a reply that is a refusal.
 * Out:     the class that the first phrase of the table tells that the text holds, or REPLY_NONE.
 * Limits:  REPLY_WORDS_BYTES of the text count; addresses and names of hosts are left out.
 * Errors:  -
 * Owner:   -
 */
#ifndef RELAYWATCH_PROTOCOLS_REPLY_WORDS_H
#define RELAYWATCH_PROTOCOLS_REPLY_WORDS_H

#include "core/fact.h"

#define REPLY_WORDS_BYTES 512

enum reply_class reply_words_class(struct span text);

#endif
