/*
 * names - talks with the name service as tables, and the facts that come of them as text
 *
 * In:      a scene: datagrams, each from a header's words and what follows them.
 * Out:     one line a fact, compared with what the scene says.
 */
#ifndef RELAYWATCH_TESTS_PROTOCOLS_NAMES_H
#define RELAYWATCH_TESTS_PROTOCOLS_NAMES_H

#include "core/text.h"
#include "protocols/dns.h"

#define DATAGRAMS_MAX 8
#define CLIENT_PORT 40000

/* The header's second word: QR, opcode, TC, RD, RA, RCODE (RFC 1035, 4.1.1). */
#define QUERY 0x0100
#define ANSWER 0x8180
#define CUT_ANSWER 0x8380
#define NO_SUCH_NAME 0x8183
#define SERVER_FAILED 0x8182

/* One question, and so many records in each section. */
#define COUNTS(answer, authority, additional) "\0\x01\0" answer "\0" authority "\0" additional
#define MX "\0\x0f\0\x01"
#define A "\0\x01\0\x01"
#define AAAA "\0\x1c\0\x01"
#define TXT "\0\x10\0\x01"
#define CNAME "\0\x05\0\x01"
#define NS "\0\x02\0\x01"
#define SOA "\0\x06\0\x01"
#define TTL "\0\0\x0e\x10"
/* Compressed: the name of the question, which stands at 12. */
#define SAME "\xc0\x0c"

#define EXAMPLE "\007example\003org\0"
#define EXAMPLE_LOUD "\007ExAmPlE\003ORG\0"
#define OTHER "\005other\003org\0"
/* In a message about EXAMPLE. */
#define MX1 "\003mx1" SAME
#define MX2 "\003mx2" SAME
#define MX1_WHOLE "\003mx1" EXAMPLE

/* What follows the identity and the flags; sizeof keeps the NULs and drops the last one. */
#define BODY(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

struct body {
	const char *bytes;
	size_t length;
};

struct sent {
	uint16_t id;
	uint16_t flags;
	struct body body; /* length 0: the list ends */
	uint16_t port;    /* of the asker; 0: CLIENT_PORT */
	uint8_t resolver; /* last number of its address; 0: 53 */
	int after_s;      /* since the first one */
	uint32_t missing_bytes;
	bool from_port_53; /* a question sent as if it were an answer */
};

struct scene {
	const char *name;
	struct sent sent[DATAGRAMS_MAX];
	const char *facts;
	uint64_t unmatched, malformed;
};

#define ASK(question) BODY(COUNTS("\0", "\0", "\0") question)

/* Hand over one datagram, from memory of exactly its size. */
void names_send(struct dns *dns, const struct sent *sent);
/* A fact_sink whose ctx is a struct text. */
void names_fact(void *ctx, const struct fact *fact);
/* Run a scene and compare. */
void names_check(const struct scene *scene);

#endif
