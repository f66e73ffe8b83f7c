/*
 * tls - a mail connection that is encrypted from its first byte on, and handshakes of any
 *
 * In:      the bytes of a connection on a port where TLS is the custom (465, 6209); what both sides
 *          say once TLS has begun, from the first byte on or after STARTTLS.
 * Out:     a session without transactions; the handshake's details (classify.h) in the session.
 * Limits:  as classify.h; nothing else is kept.
 * Errors:  without memory the details are missing.
 * Owner:   the decoder as protocols/decoder.h; a handshake is embedded in the conversation.
 */
#ifndef RELAYWATCH_PROTOCOLS_TLS_H
#define RELAYWATCH_PROTOCOLS_TLS_H

#include "protocols/decoder.h"

extern const struct decoder_ops tls_decoder;

struct classify;
struct classify_flow;

struct handshake {
	struct classify_flow *flow; /* NULL before it begins, and when it is over */
	bool over;
};

/* More bytes under TLS. */
void handshake_data(struct handshake *handshake, struct classify *classify, struct session *session,
		    const struct chunk *chunk);
/* No more of it can be read: a hole, or the end. */
void handshake_end(struct handshake *handshake, struct session *session);

#endif
