#include "protocols/protocols.h"

#include "protocols/classify.h"
#include "protocols/decoder.h"
#include "protocols/dns_stream.h"
#include "protocols/identify.h"
#include "protocols/mail_port.h"
#include "protocols/opening.h"
#include "protocols/others.h"
#include "protocols/session.h"
#include "protocols/tls.h"

#include <stdlib.h>

struct protocols {
	const struct site *site;
	struct budget *budget;
	struct fact_sink facts;
	struct protocols_stats stats;
	struct hash_key key;
	struct dns *dns; /* NULL before the first message */
	struct classify *classify;
	struct others others;
};

/* One connection: first the opening, then a decoder and its session. */
struct conversation {
	struct protocols *protocols;
	const struct connection *connection;
	struct opening opening;
	struct session *session;           /* NULL: not told yet, or not mail */
	const struct decoder_ops *decoder; /* NULL as the session is */
	void *state;
	struct handshake handshake;
	struct dns_stream *names; /* the name service over TCP: no opening, no session */
	bool begun;               /* its first bytes were seen */
	bool refused;             /* not mail, or no memory */
};

/* What each verdict of the opening means. */
static const struct {
	enum mail_protocol protocol;
	const struct decoder_ops *decoder;
} decoders[] = {
	[OPENING_UNDECIDED] = { PROTOCOL_UNKNOWN, NULL },
	[OPENING_SMTP] = { PROTOCOL_SMTP, &smtp_decoder },
	[OPENING_QMTP] = { PROTOCOL_QMTP, &qmtp_decoder },
	[OPENING_QMQP] = { PROTOCOL_QMQP, &qmqp_decoder },
	[OPENING_TLS] = { PROTOCOL_SMTP, &tls_decoder },
	[OPENING_NOT_MAIL] = { PROTOCOL_UNKNOWN, NULL },
};

/* Begin; site and budget are lent until protocols_free. */
enum result protocols_new(struct protocols **out, const struct site *site, struct budget *budget,
			  const struct fact_sink *sink)
{
	struct protocols *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return RESULT_FAILED;
	if (hash_key_random(&p->key) != RESULT_OK ||
	    classify_new(&p->classify, budget) != RESULT_OK) {
		free(p);
		return RESULT_FAILED;
	}
	p->site = site;
	p->budget = budget;
	p->facts = *sink;
	*out = p;
	return RESULT_OK;
}

/* Free it; conversations were closed before. */
void protocols_free(struct protocols **protocols)
{
	dns_free(&(*protocols)->dns);
	classify_free(&(*protocols)->classify);
	free(*protocols);
	*protocols = NULL;
}

/* Use this key from now on. */
void protocols_use_key(struct protocols *protocols, const struct hash_key *key)
{
	protocols->key = *key;
}

/* The tables of the name service, made when they are first needed; NULL: no memory. */
static struct dns *names_of(struct protocols *p)
{
	const struct dns_env env = {
		.key = p->key, .budget = p->budget, .facts = &p->facts, .stats = &p->stats
	};

	if (p->dns == NULL && dns_new(&p->dns, &env) != RESULT_OK)
		p->stats.forgotten++;
	return p->dns;
}

/* Read a message of the name service. */
void protocols_datagram(struct protocols *protocols, const struct datagram *datagram)
{
	struct dns *dns = names_of(protocols);

	if (dns != NULL)
		dns_take(dns, DNS_OVER_UDP, datagram);
}

/* Read the counters. */
void protocols_stats_get(const struct protocols *protocols, struct protocols_stats *out)
{
	*out = protocols->stats;
}

/* Tell whether a handshake on this port is worth remembering. */
bool protocols_is_mail_port(uint16_t port)
{
	return mail_port_find(port) != NULL;
}

static enum first_look conversation_look(void *ctx, const struct segment *segment)
{
	enum first_look look = identify_segment(segment);

	(void)ctx;
	return look == LOOK_NOT_MAIL ? dns_stream_look(segment) : look;
}

static void *conversation_open(void *ctx, const struct connection *connection)
{
	struct protocols *p = ctx;
	struct conversation *c = NULL;

	if (budget_take(p->budget, sizeof(*c)) != RESULT_OK) {
		p->stats.forgotten++;
		return NULL;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		budget_give(p->budget, sizeof(*c));
		p->stats.forgotten++;
		return NULL;
	}
	c->protocols = p;
	c->connection = connection;
	opening_init(&c->opening, connection, p->budget);
	return c;
}

/* Hand bytes to the decoder. */
static void decode_data(void *ctx, const struct chunk *chunk)
{
	struct conversation *c = ctx;

	/* Of bytes that turn to TLS midway, those behind are the next chunk's as a rule. */
	if (session_tls(c->session) != TLS_NONE)
		handshake_data(&c->handshake, c->protocols->classify, c->session, chunk);
	/* A client that speaks is what may show that TLS has begun, with these bytes. */
	if (chunk->direction == FROM_CLIENT)
		c->decoder->data(c->state, chunk);
	session_count_bytes(c->session, chunk->direction, chunk->bytes.length, chunk->time_ns);
	if (chunk->direction == FROM_SERVER)
		c->decoder->data(c->state, chunk);
}

static void decode_gap(void *ctx, const struct gap *gap)
{
	struct conversation *c = ctx;

	if (session_tls(c->session) != TLS_NONE)
		handshake_end(&c->handshake, c->session);
	c->decoder->gap(c->state, gap);
}

static void decode_end(void *ctx, enum direction direction, int64_t time_ns)
{
	struct conversation *c = ctx;

	c->decoder->end(c->state, direction, time_ns);
}

/* No more of this connection is wanted. */
static void refuse(struct conversation *c, uint64_t *counter)
{
	(*counter)++;
	c->refused = true;
	opening_clear(&c->opening);
}

/* The protocol is told: make the session and its decoder, and begin with what was held. */
static void begin_decoding(struct protocols *p, struct conversation *c,
			   enum opening_verdict verdict)
{
	const struct session_env env = {
		.site = p->site, .budget = p->budget, .facts = &p->facts, .stats = &p->stats
	};
	const struct opening_replay replay = {
		.data = decode_data, .gap = decode_gap, .end = decode_end, .ctx = c
	};
	struct fact_via via;

	if (session_new(&c->session, &env, c->connection) != RESULT_OK) {
		refuse(c, &p->stats.forgotten);
		return;
	}
	session_set_protocol(c->session, decoders[verdict].protocol);
	if (c->opening.through) {
		via = via_told(c->opening.via);
		session_set_via(c->session, &via);
	}
	c->state = decoders[verdict].decoder->open(c->session);
	if (c->state == NULL) {
		session_free(&c->session);
		refuse(c, &p->stats.forgotten);
		return;
	}
	c->decoder = decoders[verdict].decoder;
	opening_replay_to(&c->opening, &replay);
	opening_clear(&c->opening);
}

/* Act on what the opening says; false: no more is wanted. */
static bool follow_verdict(struct protocols *p, struct conversation *c,
			   enum opening_verdict verdict)
{
	if (verdict == OPENING_NOT_MAIL) {
		others_count(&p->others, p->classify, &c->opening, p->stats.others);
		refuse(c, &p->stats.not_mail);
		return false;
	}
	if (verdict != OPENING_UNDECIDED)
		begin_decoding(p, c, verdict);
	return !c->refused;
}

/* Not told yet: hand over as much as the opening takes, and what is behind to the decoder. */
static bool opening_chunk(struct protocols *p, struct conversation *c, const struct chunk *chunk)
{
	struct chunk rest = *chunk;

	while (c->decoder == NULL && rest.bytes.length > 0) {
		struct chunk piece = rest;

		piece.bytes = span_part(rest.bytes, 0,
					opening_room(&c->opening, rest.direction, rest.bytes));
		rest.bytes = span_part(rest.bytes, piece.bytes.length, SIZE_MAX);
		if (!follow_verdict(p, c, opening_data(&c->opening, &piece)))
			return false;
	}
	if (rest.bytes.length > 0)
		decode_data(c, &rest);
	return true;
}

/* The first bytes of a connection to port 53: mail may be there, too. */
static void begin_names(struct protocols *p, struct conversation *c, const struct chunk *chunk)
{
	c->begun = true;
	if (c->connection->server_port != DNS_PORT ||
	    !dns_stream_begins(chunk->bytes, chunk->direction))
		return;
	if (dns_stream_new(&c->names, c->connection, p->budget, &p->stats) != RESULT_OK)
		refuse(c, &p->stats.forgotten);
}

/* More of the name service. */
static bool names_data(struct protocols *p, struct conversation *c, const struct chunk *chunk)
{
	struct dns *dns = names_of(p);

	return dns != NULL && dns_stream_data(c->names, dns, chunk);
}

static bool conversation_data(void *ctx, void *session, const struct chunk *chunk)
{
	struct conversation *c = session;

	if (!c->begun)
		begin_names(ctx, c, chunk);
	if (c->refused)
		return false;
	if (c->names != NULL)
		return names_data(ctx, c, chunk);
	if (c->decoder == NULL)
		return opening_chunk(ctx, c, chunk);
	decode_data(c, chunk);
	return true;
}

static bool conversation_gap(void *ctx, void *session, const struct gap *gap)
{
	struct conversation *c = session;

	if (c->refused)
		return false;
	if (c->names != NULL)
		return dns_stream_gap(c->names, gap);
	if (c->decoder == NULL)
		return follow_verdict(ctx, c, opening_gap(&c->opening, gap));
	decode_gap(c, gap);
	return true;
}

static void conversation_end(void *ctx, void *session, enum direction direction, int64_t time_ns)
{
	struct conversation *c = session;

	(void)ctx;
	if (c->decoder != NULL)
		decode_end(c, direction, time_ns);
	else if (!c->refused && c->names == NULL)
		opening_end(&c->opening, direction, time_ns);
}

static void conversation_close(void *ctx, void *session, const struct conversation_end *end)
{
	struct protocols *p = ctx;
	struct conversation *c = session;

	if (c->decoder == NULL && c->names == NULL && !c->refused)
		(void)follow_verdict(p, c, opening_last(&c->opening));
	if (c->decoder != NULL) {
		handshake_end(&c->handshake, c->session);
		c->decoder->close(c->state, end);
		if (!session_is_established(c->session))
			p->stats.not_mail++;
		session_close(c->session, end);
	}
	session_free(&c->session);
	dns_stream_free(&c->names);
	opening_clear(&c->opening);
	budget_give(p->budget, sizeof(*c));
	free(c);
}

static void conversation_contact(void *ctx, const struct contact *contact)
{
	struct protocols *p = ctx;
	struct fact fact = { .kind = FACT_CONTACT, .time_ns = contact->last_ns, .at = contact->at };

	fact.as.contact = *contact;
	p->facts.fact(p->facts.ctx, &fact);
}

/* For reassembly. */
const struct conversation_ops *protocols_conversation_ops(void)
{
	static const struct conversation_ops ops = {
		.look = conversation_look,
		.open = conversation_open,
		.data = conversation_data,
		.gap = conversation_gap,
		.end = conversation_end,
		.close = conversation_close,
		.contact = conversation_contact,
	};

	return &ops;
}
