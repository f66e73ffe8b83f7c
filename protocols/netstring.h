/*
 * netstring - the framing of QMTP and QMQP: "5:hello,"
 *
 * In:      bytes in pieces of any size.
 * Out:     the length that stands at the front of a netstring (D. J. Bernstein, 1997), and the
 *          answers of a server, which are netstrings that begin with K, Z or D.
 * Limits:  a length of NETSTRING_LENGTH_MAX bytes in NETSTRING_DIGITS_MAX digits; of an answer
 *          the first NETSTRING_ANSWER_MAX bytes. Nothing is sized by a length that was announced.
 * Errors:  RESULT_BAD: no netstring.
 * Owner:   plain structs inside the decoder's state.
 */
#ifndef RELAYWATCH_PROTOCOLS_NETSTRING_H
#define RELAYWATCH_PROTOCOLS_NETSTRING_H

#include "core/cursor.h"
#include "core/fact.h"

#define NETSTRING_DIGITS_MAX 20
/* qmail refuses a number once it is past 200000000, looked at before each further digit. */
#define NETSTRING_LENGTH_MAX UINT64_C(2000000009)
#define NETSTRING_ANSWER_MAX 513 /* the letter and 512 bytes of text */

/* A length on its way; all zero is the beginning. */
struct netstring_head {
	uint64_t length;
	uint8_t digits;
	bool odd;     /* not as specified: leading zero, no digit at all, or what follows */
	bool lenient; /* a byte that is no digit was counted as qmail counts it: ';' is 11 */
};

/* RESULT_OK: the colon was read. RESULT_MORE, RESULT_BAD (the byte at in->at does not fit). */
MUST_USE enum result netstring_head_read(struct netstring_head *head, struct cursor *in);

enum answer_state { ANSWER_HEAD, ANSWER_TEXT, ANSWER_COMMA, ANSWER_LOST };

/* One answer on its way; all zero is the beginning. */
struct netstring_answer {
	enum answer_state state;
	struct netstring_head head;
	uint64_t left; /* bytes of the text that are still to come */
	size_t kept;
	bool holed;      /* bytes are missing behind what is kept */
	bool recovering; /* the next head is believed only if K, Z or D follows */
	uint8_t text[NETSTRING_ANSWER_MAX];
};

/*
 * RESULT_OK: an answer is complete; netstring_answer_get says what it is, and the next call
 * begins the next one. RESULT_BAD: bytes that are no answer; the reader is lost, goes on, and
 * finds the next answer that fits.
 */
MUST_USE enum result netstring_answer_read(struct netstring_answer *answer, struct cursor *in);
/*
 * Step over missing bytes. RESULT_MORE: they lie inside the answer; RESULT_OK: it ends with them
 * and is complete; RESULT_BAD: it cannot be told what was lost.
 */
MUST_USE enum result netstring_answer_gap(struct netstring_answer *answer, uint64_t length_bytes);
/* Letter (0: none that is known), text and class; the text is lent until the next read. */
void netstring_answer_get(const struct netstring_answer *answer, struct fact_reply *out);

#endif
