/*
 * qmtp_answers - which recipient each of QMTP's answers is about
 *
 * In:      packages as they are complete, answers as they come, and where answers were lost.
 * Out:     transactions, each answer bound; closed as soon as all is known of them.
 * Limits:  QMTP_WAITING_MAX packages that wait keep their transaction, older ones are told as
 *          they are; QMTP_PACKAGES_MAX packages and QMTP_HELD_MAX answers are remembered.
 * Errors:  none; past a limit, or without memory, answers are unknown, never another's.
 * Owner:   embedded in the decoder's state; the session is lent, transactions are handed over.
 *
 * The specification has one answer for each recipient, in order. mailfront gives one for each
 * package. Which server it is shows in the numbers: more answers than packages are the first
 * kind; as many answers as packages, some of which have several recipients, the second. As long
 * as both are possible, answers are held.
 *
 * Where answers are missing from the capture, those that follow are held too, until the client,
 * which so far waited for each answer, begins the next package, or the connection ends in order.
 * Then nothing is outstanding any more, and the last answers are those to the last recipients.
 */
#ifndef RELAYWATCH_PROTOCOLS_QMTP_ANSWERS_H
#define RELAYWATCH_PROTOCOLS_QMTP_ANSWERS_H

#include "protocols/package.h"

#define QMTP_WAITING_MAX 1000
#define QMTP_PACKAGES_MAX 100000
#define QMTP_HELD_MAX 20000

enum qmtp_manner {
	QMTP_UNTOLD,
	QMTP_EACH_RECIPIENT, /* as specified */
	QMTP_EACH_PACKAGE    /* mailfront */
};

struct qmtp_waiting;
struct qmtp_held;

struct qmtp_answers {
	struct session *session;
	enum qmtp_manner manner;
	struct qmtp_waiting *first, *last; /* packages, the oldest first */
	struct qmtp_waiting *oldest_kept;  /* the first that still has its transaction */
	uint64_t package_count, kept_count;
	struct qmtp_held *held_first, *held_last;
	uint64_t held_count, held_before_hole;
	uint64_t lost_bytes; /* of answers */
	unsigned holes;      /* with answers between them */
	bool unsure;         /* answers were lost, or how many are due cannot be told */
	bool server_spoke;   /* since the last package */
	bool client_hurries; /* it began a package without waiting for the answers */
	int64_t time_ns;     /* of the last thing that was seen */
	struct frame_id at;
};

void qmtp_answers_init(struct qmtp_answers *answers, struct session *session);
/* The first byte of a package was seen. */
void qmtp_answers_begin_package(struct qmtp_answers *answers);
/* The package is complete, or broken by a hole: the server may have all of it. */
void qmtp_answers_add_package(struct qmtp_answers *answers, struct package *package,
			      int64_t time_ns, struct frame_id at);
/* Any byte, or hole, of the server's side. */
void qmtp_answers_server_spoke(struct qmtp_answers *answers);
/* false: nothing is outstanding that it could be the answer to. */
bool qmtp_answers_add(struct qmtp_answers *answers, const struct fact_reply *reply);
void qmtp_answers_lost(struct qmtp_answers *answers, uint64_t length_bytes);
/* Tell of all that waits, and free everything. */
void qmtp_answers_close(struct qmtp_answers *answers, const struct conversation_end *end);

#endif
