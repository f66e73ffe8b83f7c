/*
 * mail_port - the ports where mail servers listen, and what is expected on each
 *
 * In:      a TCP port.
 * Out:     the row of one table, or NULL.
 * Limits:  -
 * Errors:  -
 * Owner:   rows are constants.
 *
 * A port is a hint: what a connection speaks is told by its bytes.
 */
#ifndef RELAYWATCH_PROTOCOLS_MAIL_PORT_H
#define RELAYWATCH_PROTOCOLS_MAIL_PORT_H

#include "core/mail.h"

struct mail_port {
	uint16_t port;
	enum mail_protocol protocol;
	bool standard;     /* assigned, or named by the protocol's specification */
	bool implicit_tls; /* TLS is expected from the first byte */
};

const struct mail_port *mail_port_find(uint16_t port);

#endif
