#include "protocols/tls.h"

#include "protocols/classify.h"
#include "protocols/mail_port.h"
#include "protocols/session.h"

/*
 * opening.c comes here only when the server has answered with a ServerHello: the two talk. What
 * they say is told by the port alone.
 */
static void *tls_open(struct session *session)
{
	const struct mail_port *port = mail_port_find(session_port(session));

	if (port != NULL)
		session_set_protocol(session, port->protocol);
	session_set_tls(session, TLS_IMPLICIT);
	session_set_established(session);
	return session;
}

static void tls_data(void *state, const struct chunk *chunk)
{
	(void)state;
	(void)chunk;
}

static void tls_gap(void *state, const struct gap *gap)
{
	(void)state;
	(void)gap;
}

static void tls_end(void *state, enum direction direction, int64_t time_ns)
{
	(void)state;
	(void)direction;
	(void)time_ns;
}

static void tls_close(void *state, const struct conversation_end *end)
{
	(void)state;
	(void)end;
}

const struct decoder_ops tls_decoder = {
	.name = "tls",
	.open = tls_open,
	.data = tls_data,
	.gap = tls_gap,
	.end = tls_end,
	.close = tls_close,
};

/* Read on, until all is told. */
void handshake_data(struct handshake *handshake, struct classify *classify, struct session *session,
		    const struct chunk *chunk)
{
	if (handshake->over)
		return;
	if (handshake->flow == NULL && classify_flow_new(&handshake->flow, classify) != RESULT_OK) {
		handshake->over = true;
		return;
	}
	if (classify_gather(handshake->flow, chunk->direction, chunk->bytes) != RESULT_MORE)
		handshake_end(handshake, session);
}

/* Hand over what was told. */
void handshake_end(struct handshake *handshake, struct session *session)
{
	struct fact_tls details;

	handshake->over = true;
	if (handshake->flow == NULL)
		return;
	classify_last(handshake->flow);
	if (classify_tls(handshake->flow, &details))
		session_set_tls_details(session, &details);
	classify_flow_free(&handshake->flow);
}
