/*
 * campaigns - a relay test that is spread over the addresses of one network, one trick each
 *
 * In:      routed addresses that strangers tried, in any order of time.
 * Out:     true from the fact on at which a network's tricks are a test of one hand.
 * Limits:  CAMPAIGNS_MAX networks (IPv4 /24, IPv6 /48) at servers, the one that was quiet longest
 *          goes first; of each the CAMPAIGN_CLIENTS_MAX addresses that tried last.
 * Errors:  without memory a trick is not counted.
 * Owner:   the detectors.
 *
 * One routed address accuses nobody: lists hold odd addresses. A network's clients may share a list,
 * or be the many hosts of one sender, and then try the same address again and again; so what counts
 * is that CAMPAIGN_CLIENTS_MIN of them tried CAMPAIGN_KINDS_MIN kinds within CAMPAIGN_WINDOW_NS.
 * Plain recipients never count.
 */
#ifndef RELAYWATCH_DETECTORS_CAMPAIGNS_H
#define RELAYWATCH_DETECTORS_CAMPAIGNS_H

#include "core/fact.h"
#include "detectors/lru.h"

#define CAMPAIGNS_MAX 4096
#define CAMPAIGN_CLIENTS_MAX 32
#define CAMPAIGN_CLIENTS_MIN 4
#define CAMPAIGN_KINDS_MIN 3
#define CAMPAIGN_KINDS_MAX 5 /* the trick bits up to TRICK_DOUBLE_AT */
#define CAMPAIGN_WINDOW_NS (INT64_C(7) * 24 * 3600 * 1000000000)

/* One address, and what it tried first. */
struct campaign_client {
	struct ip_address address;
	uint16_t port;
	int64_t first_ns, last_ns;
	struct frame_id at;
};

struct campaign {
	struct lru_node lru;
	struct campaign_client clients[CAMPAIGN_CLIENTS_MAX];
	uint32_t count;
	int64_t kind_last_ns[CAMPAIGN_KINDS_MAX]; /* of those in kinds */
	uint32_t kinds;                           /* all that were ever tried: trick bits */
	int64_t last_ns;
	bool decided;
	uint32_t kinds_now, clients_now; /* within the window */
	struct ip_address leader;        /* who tried first */
};

struct campaigns;

/* What the client of a pair is a part of; clients 0: of none. */
struct campaign_part {
	struct ip_address leader;
	uint16_t clients, kinds;
};

MUST_USE enum result campaigns_new(struct campaigns **out, const struct hash_key *key,
				   struct budget *budget);
void campaigns_free(struct campaigns **campaigns);
uint64_t campaigns_forgotten(const struct campaigns *campaigns);
/* client tried a routed address; NULL: no campaign, by what is known now. Lent until the next call. */
const struct campaign *campaigns_tried(struct campaigns *all, const struct connection *connection,
				       const struct ip_address *client, uint32_t tricks,
				       int64_t time_ns, struct frame_id at);
/* That of the client's network at a server; NULL: none. */
const struct campaign *campaigns_find(const struct campaigns *all, const struct ip_address *server,
				      uint16_t port, const struct ip_address *client);
/* Did the client try lately, as its campaign goes? */
bool campaign_is_recent(const struct campaign *campaign, const struct campaign_client *client);

#endif
