/*
 * package - one message as QMTP or QMQP carries it: message, sender, recipients
 *
 * In:      a client's bytes, from the first byte of a package on, in pieces of any size.
 * Out:     a transaction (transaction.h) that is filled as the bytes pass.
 * Limits:  one address is kept at a time (1024 bytes of it); the message is never kept.
 * Errors:  RESULT_BAD: broken; what was complete stays in the transaction. A transaction that no
 *          memory was left for is NULL, and the package is read on without.
 * Owner:   embedded in a decoder's state; package_take_transaction hands the transaction over.
 *
 *   QMTP    package = ns(message) ns(sender) ns(1*ns(recipient)); the message's first byte is
 *           <0a> or <0d>, the encoding of its lines (qmtp.txt, section 4)
 *   QMQP    request = ns(ns(message) ns(sender) 1*ns(recipient)) (qmqp.html)
 *
 * A hole in a text of known length is stepped over exactly. A hole across recipients of a list
 * of known length (QMTP), or across anything in a request of known length (QMQP), is stepped over
 * to its end; which recipients were there is then unsure.
 */
#ifndef RELAYWATCH_PROTOCOLS_PACKAGE_H
#define RELAYWATCH_PROTOCOLS_PACKAGE_H

#include "protocols/netstring.h"
#include "protocols/transaction.h"

enum package_kind { PACKAGE_QMTP, PACKAGE_QMQP };

enum package_state {
	PACKAGE_OUTER,         /* reading the length of the request (QMQP) */
	PACKAGE_MESSAGE_HEAD,  /* reading the length of the message */
	PACKAGE_ENCODING,      /* reading the byte that names the line ends (QMTP) */
	PACKAGE_MESSAGE,       /* passing the message */
	PACKAGE_MESSAGE_COMMA, /* reading the comma behind the message */
	PACKAGE_SENDER,        /* reading the sender */
	PACKAGE_LIST,          /* reading the length of the list of recipients (QMTP) */
	PACKAGE_RECIPIENT,     /* reading a recipient */
	PACKAGE_SKIP,          /* passing the rest of a list that has a hole */
	PACKAGE_END            /* reading the last comma */
};

struct package {
	enum package_kind kind;
	enum package_state state;
	struct session *session;
	struct transaction *transaction;
	struct netstring_head head;
	struct netstring_text text; /* the sender, or a recipient */
	uint64_t message_left;
	uint64_t list_left;      /* bytes to the end of the list; QMQP: of the request */
	uint64_t recipients;     /* that were complete, in order, also the lost one */
	uint64_t lost_recipient; /* the place of one that a hole took, or UINT64_MAX */
	bool begun;              /* its first byte was seen */
	bool strict;             /* numbers that hold a byte that is no digit are not believed */
	bool lenient;            /* a number at its front holds such a byte */
	bool recipients_unsure;  /* how many there were cannot be told */
	bool gap;                /* bytes of it are missing */
	int64_t start_ns;
	struct frame_id start_at;
};

void package_begin(struct package *package, enum package_kind kind, struct session *session);
/* Read up to where the package is told for what it is: the first number fits what follows. */
MUST_USE enum result package_read_head(struct package *package, struct cursor *in,
				       const struct chunk *chunk);
/* The package was told; the transaction begins. */
void package_confirm(struct package *package);
/* RESULT_OK: the last byte was read. */
MUST_USE enum result package_read(struct package *package, struct cursor *in,
				  const struct chunk *chunk);
/* RESULT_MORE: still in step; RESULT_OK: it ended within; RESULT_BAD: the place is lost. */
MUST_USE enum result package_gap(struct package *package, const struct gap *gap);
/* Hand the transaction over; may be NULL. */
struct transaction *package_take_transaction(struct package *package);
/* Free what is left. */
void package_clear(struct package *package);

#endif
