/*
 * reply - what a server's answer means, by its words
 *
 * In:      an SMTP code, enhanced code and text, or a QMTP/QMQP letter and text.
 * Out:     enum reply_class, from one table (phrases before enhanced codes before codes), and the
 *          recipient's verdict that follows from it.
 * Limits:  the first 512 bytes of the text count.
 * Errors:  unknown words are REPLY_POLICY_UNKNOWN or REPLY_TEMPORARY_UNKNOWN.
 * Owner:   -
 */
#ifndef RELAYWATCH_PROTOCOLS_REPLY_H
#define RELAYWATCH_PROTOCOLS_REPLY_H

#include "core/fact.h"

/* Fills enhanced and reply_class of a reply that has code or letter, and text. */
void reply_classify(struct fact_reply *reply);
/* The same where it was not done yet: most answers are to commands that nothing is told of. */
void reply_classify_once(struct fact_reply *reply);
/* A 4xx which says that relaying is denied is DENIED_RELAY; any other 4xx or Z is TEMPFAIL. */
enum recipient_verdict reply_recipient_verdict(const struct fact_reply *reply);
/* The outcome for a message whose deciding answer this is. */
enum outcome reply_outcome(const struct fact_reply *reply);

#endif
