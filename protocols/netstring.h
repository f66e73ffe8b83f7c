/*
 * netstring - the framing of QMTP and QMQP: "5:hello,"
 *
 * In:      bytes in pieces of any size.
 * Out:     the length at the front of a netstring (D. J. Bernstein, 1997); short netstrings
 *          whole, such as addresses; the answers of a server, which begin with K, Z or D.
 * Limits:  a length of NETSTRING_LENGTH_MAX bytes in NETSTRING_DIGITS_MAX digits; the first
 *          NETSTRING_KEPT_MAX bytes of a text. Nothing is sized by a length that was announced.
 * Errors:  RESULT_BAD: no netstring; the byte that does not fit is not taken.
 * Owner:   plain structs inside the decoder's state; all zero is the beginning.
 */
#ifndef RELAYWATCH_PROTOCOLS_NETSTRING_H
#define RELAYWATCH_PROTOCOLS_NETSTRING_H

#include "core/cursor.h"
#include "core/fact.h"

#define NETSTRING_DIGITS_MAX 20
/* qmail refuses a number once it is past 200000000, looked at before each further digit. */
#define NETSTRING_LENGTH_MAX UINT64_C(2000000009)
#define NETSTRING_KEPT_MAX 1024

/* A length on its way. */
struct netstring_head {
	uint64_t length;
	uint8_t digits;
	bool odd;     /* not as specified: a leading zero, no digit at all, or the next one */
	bool lenient; /* a byte that is no digit was counted as qmail counts it: ';' is 11 */
};

/* RESULT_OK: the colon was read. */
MUST_USE enum result netstring_head_read(struct netstring_head *head, struct cursor *in);

enum netstring_state { NETSTRING_HEAD, NETSTRING_TEXT, NETSTRING_COMMA };

/* A netstring that is kept, as far as it fits. */
struct netstring_text {
	enum netstring_state state;
	struct netstring_head head;
	uint64_t left; /* bytes of the text that are still to come */
	size_t kept;
	bool odd;   /* its head was */
	bool holed; /* bytes are missing behind what is kept */
	uint8_t bytes[NETSTRING_KEPT_MAX];
};

/* RESULT_OK: it is complete; netstring_text_get has it, and the next call begins the next one. */
MUST_USE enum result netstring_text_read(struct netstring_text *text, struct cursor *in);
/*
 * Step over missing bytes. RESULT_MORE: they lie inside; RESULT_OK: it ends with them and is
 * complete; RESULT_BAD: it cannot be told where it ends.
 */
MUST_USE enum result netstring_text_gap(struct netstring_text *text, uint64_t length_bytes);
/* What is kept; lent until the next read. */
struct span netstring_text_get(const struct netstring_text *text);
/* Nothing of the next one has been read. */
bool netstring_text_is_fresh(const struct netstring_text *text);

/* A server's answers. */
struct netstring_answer {
	struct netstring_text text;
	bool recovering; /* the next head is believed only if K, Z or D follows */
	bool lost;       /* and is looked for behind a comma */
};

/*
 * RESULT_OK: an answer is complete. RESULT_BAD: bytes that are no answer; the reader goes on and
 * finds the next one that fits.
 */
MUST_USE enum result netstring_answer_read(struct netstring_answer *answer, struct cursor *in);
/* As netstring_text_gap; after RESULT_BAD the reader looks for the next answer. */
MUST_USE enum result netstring_answer_gap(struct netstring_answer *answer, uint64_t length_bytes);
/* Letter (0: none that is known), text and class; the text is lent until the next read. */
void netstring_answer_get(const struct netstring_answer *answer, struct fact_reply *out);

#endif
