/*
 * tls - a mail connection that is encrypted from its first byte on
 *
 * In:      the bytes of a connection on a port where TLS is the custom (465, 6209).
 * Out:     a session without transactions; protocols.c adds what classify.c tells of the
 *          handshake.
 * Limits:  nothing is kept.
 * Errors:  -
 * Owner:   as protocols/decoder.h.
 */
#ifndef RELAYWATCH_PROTOCOLS_TLS_H
#define RELAYWATCH_PROTOCOLS_TLS_H

#include "protocols/decoder.h"

extern const struct decoder_ops tls_decoder;

#endif
