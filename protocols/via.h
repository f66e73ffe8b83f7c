/*
 * via - the handshake with a proxy, in front of what is spoken through it
 *
 * In:      both sides' bytes from the first one on, in order, in pieces of any size.
 * Out:     where the handshake ends, and which host and port were asked for.
 * Limits:  VIA_SIDE_MAX_BYTES of each side; a request line or name longer than VIA_LINE_MAX is no
 *          request. One handshake: a proxy that is asked through a proxy is not followed.
 * Errors:  VIA_NONE: these are not the words of a proxy and its client, or the proxy said no.
 * Owner:   the caller; passwords are passed over, not kept.
 *
 * HTTP CONNECT (RFC 9110, 9.3.6), SOCKS 5 (RFC 1928) without a login or with name and password
 * (RFC 1929), SOCKS 4 and 4a (Ying-Da Lee, "SOCKS: A protocol for TCP proxy across firewalls", and
 * "SOCKS 4A").
 */
#ifndef RELAYWATCH_PROTOCOLS_VIA_H
#define RELAYWATCH_PROTOCOLS_VIA_H

#include "core/fact.h"

#define VIA_SIDE_MAX_BYTES (64u << 10)
#define VIA_LINE_MAX 300
#define VIA_TARGET_MAX \
	262               /* a name of 255 bytes, or an address in brackets, a colon, five digits */
#define VIA_ANSWER_MAX 12 /* "HTTP/1.1 200" */

enum via_verdict {
	VIA_MORE,    /* go on */
	VIA_THROUGH, /* the proxy said yes: what follows is not its own */
	VIA_NONE
};

struct via {
	enum via_type type;
	bool sure;      /* the server has answered as a proxy does */
	bool asked;     /* the client's request is whole */
	bool refused;   /* HTTP: the answer was no; another request may follow */
	bool alone;     /* SOCKS 5: the choice of methods in front of the request was not seen */
	uint8_t asking; /* where each side stands; each type has an enum of its own */
	uint8_t answering;
	size_t left; /* bytes of the client's to pass over */
	uint8_t ask[VIA_LINE_MAX];
	size_t ask_length;
	uint8_t answer[VIA_ANSWER_MAX];
	size_t answer_length; /* may be more than is kept */
	bool in_field;        /* HTTP: within a line of the answer that is not empty */
	size_t passed[2];     /* bytes of each side so far */
	bool login_wanted, login_offered;
	enum via_login login;
	uint16_t port;
	char target[VIA_TARGET_MAX];
	size_t target_length;
	size_t held[2]; /* opening.c: bytes of the handshake that it holds */
	uint64_t cut[2];
};

/* Can a client's first byte begin a handshake? No protocol of mail begins so. Asked of each payload. */
static inline bool via_begins(uint8_t byte)
{
	return (byte | 0x20) == 'c' || (byte | 1) == 5;
}
/* Begin with the client's first byte, which is then taken as all others. */
void via_init(struct via *via, uint8_t first);
/*
 * Take bytes of one side; gives how many of them belong to the handshake. Fewer than all: the
 * rest is no part of it, whatever *out says.
 */
size_t via_take(struct via *via, enum direction direction, struct span bytes,
		enum via_verdict *out);
/* What was asked for; its span is lent from via. */
struct fact_via via_told(const struct via *via);
/*
 * A payload that asks a proxy for a mail port, whole and by itself. *out_midway: it does not begin
 * the connection; a choice of methods (SOCKS 5) came before.
 */
bool via_is_request(struct span payload, bool *out_midway);

/* via_http.c and via_socks.c: one byte of one side. */
enum via_verdict via_http_ask(struct via *via, uint8_t byte);
enum via_verdict via_http_answer(struct via *via, uint8_t byte);
enum via_verdict via_socks4_ask(struct via *via, uint8_t byte);
enum via_verdict via_socks4_answer(struct via *via, uint8_t byte);
enum via_verdict via_socks5_ask(struct via *via, uint8_t byte);
enum via_verdict via_socks5_answer(struct via *via, uint8_t byte);
/* Keep "host:port"; false: it does not fit. */
bool via_set_target(struct via *via, struct span host, uint16_t port);
bool via_set_address(struct via *via, const uint8_t *bytes, size_t length, uint16_t port);

#endif
