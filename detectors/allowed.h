/*
 * allowed - those who may send through a server, and whether they still do so as they used to
 *
 * In:      each message of an account, or of a client that may send by its address; each refusal of
 *          what the server then hands on for it.
 * Out:     whether it now sends like somebody who stole the right to; it ends when the burst does.
 * Limits:  ALLOWED_MAX senders, ALLOWED_LOGINS sessions, ALLOWED_SENDERS sender addresses; the
 *          senders that were quiet longest go first, the other two are overwritten.
 * Errors:  without memory an event is not counted.
 * Owner:   the detectors.
 *
 * Many mails alone accuse nobody: lists, reports and newsletters do the same. Two things must come
 * together, each a sequential test (cusum.h): messages to people who were never written to before
 * arrive at ten times the sender's usual rate, which is learned by the hour; and the sender is not
 * itself: it changes from one foreign sender domain to another, or what it sends is refused for
 * want of such users. A client by address is judged only by what it used to do, never at first
 * sight: a server of ours that serves many domains looks the same, and who changes its name in quiet
 * hours, too, is taken for one. An account that was not seen
 * before must also send to several people at a time, or be refused often.
 */
#ifndef RELAYWATCH_DETECTORS_ALLOWED_H
#define RELAYWATCH_DETECTORS_ALLOWED_H

#include "core/fact.h"
#include "detectors/lru.h"
#include "detectors/peers.h"

#define ALLOWED_MAX 16384
#define ALLOWED_LOGINS 4096
#define ALLOWED_SENDERS 8192

struct allowed;

struct allowed_message {
	const struct ip_address *server;
	struct subject_peer client; /* its address, and the port of the server */
	const char *session;
	bool authenticated; /* else allowed by its address */
	struct span mail_from;
	bool own_sender; /* in a domain of the server's own */
	bool first;      /* of the facts about this message */
	uint64_t
	    recipients[FACT_RECIPIENTS_MAX]; /* hashes of those that it took, and are not its own */
	uint32_t recipient_count;
	int64_t time_ns;
};

/* What is held against who sent a message. */
enum allowed_says {
	ALLOWED_ORDINARY,
	ALLOWED_ABUSED,
	/* One client is let in by one account after another, and none of them writes as itself. */
	ALLOWED_ANY_PASSWORD
};

MUST_USE enum result allowed_new(struct allowed **out, const struct hash_key *key,
				 struct budget *budget);
void allowed_free(struct allowed **allowed);
uint64_t allowed_forgotten(const struct allowed *allowed);
/* Whose account a session uses from now on. */
void allowed_login(struct allowed *allowed, const char *session, struct span user);
/* out_clients: for ALLOWED_ABUSED those that used the account before; lent until the next call. */
enum allowed_says allowed_sent(struct allowed *allowed, const struct allowed_message *message,
			       const struct peers **out_clients);
/*
 * server handed a message of this sender on, and a recipient was refused as unknown, or not. True:
 * that decided; the clients are those of whoever sent it, and authenticated says by what right.
 */
bool allowed_handed_on(struct allowed *allowed, const struct ip_address *server,
		       struct span mail_from, bool refused, bool *out_authenticated,
		       const struct peers **out_clients);

#endif
