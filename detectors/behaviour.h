/*
 * behaviour - guessing recipients, guessing passwords, spraying exchangers: sequential tests
 *
 * In:      single events, in the order of packet time.
 * Out:     true from the event on at which the test has decided.
 * Limits:  a pair's tests cost sizeof(struct behaviour); senders are SENDERS_MAX, the one that was
 *          quiet longest goes first.
 * Errors:  without memory an event is not counted.
 * Owner:   a pair owns its struct behaviour, the detectors own the senders.
 *
 * Each is a sequential test of two stated rates, see cusum.h.
 */
#ifndef RELAYWATCH_DETECTORS_BEHAVIOUR_H
#define RELAYWATCH_DETECTORS_BEHAVIOUR_H

#include "core/budget.h"
#include "core/hash.h"
#include "detectors/campaigns.h"
#include "detectors/track.h"

#define SENDERS_MAX 16384
#define SENDER_EXCHANGERS_MAX 16

/* Sessions under TLS that may be a guess each. */
struct hidden_guessing {
	double decibans;
	int64_t last_ns;   /* when the last of them began */
	double mean_bytes; /* of what the client says in one */
	uint32_t run;      /* of them in a row, since the sum was nothing */
};

struct behaviour {
	double harvest_decibans;
	double guessing_decibans;
	struct hidden_guessing hidden;
	uint64_t seen_recipients[4]; /* a Bloom filter: a recipient tried twice is one guess */
	struct campaign_part campaign;
};

/* A recipient of the server's own was refused as unknown (or taken). */
bool behaviour_recipient(struct behaviour *behaviour, uint64_t recipient_hash, bool unknown);
/* A password was refused (or taken). */
bool behaviour_password(struct behaviour *behaviour, bool refused);

/*
 * A session under TLS began at start_ns, in which the client took its turn so often and said so many
 * bytes after the handshake. True: so many so alike, in so short a time, are guesses.
 */
bool behaviour_hidden(struct behaviour *behaviour, int64_t start_ns, uint32_t turns,
		      uint64_t talk_bytes);

struct senders;

MUST_USE enum result senders_new(struct senders **out, const struct hash_key *key,
				 struct budget *budget);
void senders_free(struct senders **senders);
uint64_t senders_forgotten(const struct senders *senders);
/* client, which is no mail server, sent mail to an exchanger itself. True: it is a sprayer. */
bool senders_sent(struct senders *senders, const struct ip_address *client,
		  const struct ip_address *exchanger, uint16_t port, int64_t time_ns);
/* The exchangers that it was seen to send to before, at most SENDER_EXCHANGERS_MAX. */
size_t senders_exchangers(const struct senders *senders, const struct ip_address *client,
			  const struct subject_peer **out);

#endif
