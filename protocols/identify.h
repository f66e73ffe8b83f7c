/*
 * identify - what the first bytes of one side look like
 *
 * In:      at most IDENTIFY_HEAD_MAX bytes from where a side began, or begins to make sense.
 * Out:     which protocol they belong to. No state, nothing kept, a few compares.
 * Limits:  IDENTIFY_HEAD_MAX bytes tell everything: with so many it is never PAYLOAD_SHORT.
 * Errors:  -
 * Owner:   -
 *
 * What is told here is a look, not a proof: opening.c puts both sides together.
 */
#ifndef RELAYWATCH_PROTOCOLS_IDENTIFY_H
#define RELAYWATCH_PROTOCOLS_IDENTIFY_H

#include "core/conversation.h"

#define IDENTIFY_HEAD_MAX 64

enum payload_kind {
	PAYLOAD_SHORT, /* more bytes are needed */
	PAYLOAD_SMTP,  /* a command, or a reply */
	PAYLOAD_PROXY, /* the header of the PROXY protocol, version 1 or 2 */
	PAYLOAD_QMTP,
	PAYLOAD_QMQP,
	PAYLOAD_NETSTRING_ANSWER,
	PAYLOAD_TLS, /* ClientHello, ServerHello */
	PAYLOAD_OTHER
};

/* at_start: the side's very first bytes; else what may be the middle of a text is not believed. */
enum payload_kind identify_client(struct span head, bool at_start);
enum payload_kind identify_server(struct span head);
bool identify_is_http(struct span head);
bool identify_may_be_http(struct span head); /* with more bytes */

/* For conversation_ops: does a first payload that belongs to no flow open one, and whose is it? */
enum first_look identify_segment(const struct segment *segment);

#endif
