/*
 * onward - the memory of onward legs: what came in and may leave, what left and may have come in
 *
 * In:      fingerprints of messages taken from strangers (candidates), and of messages that a host
 *          sent on (legs).
 * Out:     a match, whichever of the two came second: same host, same canonical recipient, and one
 *          further key (Message-ID, body digest, or sender with size) agree.
 * Limits:  two rings of entries, 40 bytes a candidate, sized from the budget at the start: the
 *          oldest entry goes when one is full; onward_window_ns tells how far back they reach, at
 *          most 5 days. A look-up walks at most ONWARD_WALK_MAX entries.
 * Errors:  -
 * Owner:   the caller; nothing of what is put in is kept but fingerprints and numbers.
 */
#ifndef RELAYWATCH_DETECTORS_ONWARD_H
#define RELAYWATCH_DETECTORS_ONWARD_H

#include "core/budget.h"
#include "core/fact.h"
#include "core/hash.h"

#define ONWARD_WINDOW_MAX_NS (INT64_C(5) * 24 * 3600 * 1000000000)
#define ONWARD_WALK_MAX 256
#define ONWARD_HOPS_MAX 4

struct onward;

/* What is compared. 0: the key is missing. */
struct onward_keys {
	uint64_t recipient; /* the canonical one */
	uint32_t message_id;
	uint32_t digest;
	uint32_t sender;
	uint32_t size_bytes; /* of the message */
	int64_t time_ns;     /* candidate: when it was offered; leg: when it was sent */
	uint32_t hops;       /* inside hops that the candidate has been followed over */
};

struct onward_leg {
	struct onward_keys keys;
	struct ip_address from, to;
	uint16_t from_port, to_port;
	struct frame_id at;
	bool outside; /* the next host is not one of the sender's network */
};

/* claim: the number that was given to onward_add_candidate. */
typedef void onward_match_fn(void *ctx, uint32_t claim, const struct onward_keys *candidate,
			     const struct onward_leg *leg, uint32_t keys_agreed);

MUST_USE enum result onward_new(struct onward **out, const struct hash_key *key,
				struct budget *budget, size_t share_bytes, onward_match_fn *match,
				void *match_ctx);
void onward_free(struct onward **onward);
/* Fingerprints of a message to one recipient. */
struct onward_keys onward_message_keys(const struct onward *onward,
				       const struct fact_transaction *transaction);
uint64_t onward_recipient_key(const struct onward *onward, const struct fact_recipient *recipient);
struct onward_keys onward_keys_of(const struct onward *onward,
				  const struct fact_transaction *transaction,
				  const struct fact_recipient *recipient);
/* host took the message, for what the claim says. */
void onward_add_candidate(struct onward *onward, const struct ip_address *host, uint32_t claim,
			  const struct onward_keys *keys);
/* host: who sent it on; the address that it came from, or another one of the same server. */
void onward_add_leg(struct onward *onward, const struct ip_address *host,
		    const struct onward_leg *leg);
/* How far back the candidates reach, when some had to go; else the most. */
int64_t onward_window_ns(const struct onward *onward);
uint64_t onward_forgotten(const struct onward *onward);

#endif
