#include "detectors/bounces.h"

#include "detectors/cusum.h"
#include "detectors/lossy.h"
#include "detectors/track.h"

#include <stdlib.h>

/* Of the messages that a server takes: one in ten bounces, or six in ten. */
#define BOUNCED_INNOCENT 0.1
#define BOUNCED_FORGED 0.6
/* Bounces to networks that did not write, an hour. */
#define BOUNCES_INNOCENT_PER_HOUR 6.0
#define BOUNCES_FORGED_PER_HOUR 120.0

struct bouncer {
	struct lru_node lru;
	struct peers exchangers;
	double share_decibans, rate_decibans;
	int64_t last_ns;
	bool seen;
};

/* Overwritten by whoever comes to the same place. */
struct sender_from {
	uint64_t sender;
	uint64_t network; /* of the client that brought its message */
};

struct bounces {
	struct hash_key key;
	struct lru bouncers;
	struct lossy senders;
};

enum result bounces_new(struct bounces **out, const struct hash_key *key, struct budget *budget)
{
	struct bounces *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return RESULT_FAILED;
	b->key = *key;
	lossy_init(&b->senders, sizeof(struct sender_from), BOUNCE_SENDERS, budget);
	if (lru_init(&b->bouncers, sizeof(struct bouncer), BOUNCERS_MAX, budget) != RESULT_OK) {
		bounces_free(&b);
		return RESULT_FAILED;
	}
	*out = b;
	return RESULT_OK;
}

void bounces_free(struct bounces **bounces)
{
	struct bounces *b = *bounces;

	if (b == NULL)
		return;
	lru_clear(&b->bouncers);
	lossy_clear(&b->senders);
	free(b);
	*bounces = NULL;
}

uint64_t bounces_forgotten(const struct bounces *b)
{
	return b->bouncers.forgotten;
}

static uint64_t network_hash(const struct bounces *b, const struct ip_address *address)
{
	struct ip_network network = ip_network_around(address);

	return hash_bytes(&b->key, &network.base, sizeof(network.base));
}

static struct bouncer *need_bouncer(struct bounces *b, const struct ip_address *server)
{
	struct span address = span_of(server, sizeof(*server));

	return lru_need(&b->bouncers, lru_id_of(&b->key, &address, 1));
}

void bounces_taken(struct bounces *b, const struct ip_address *server,
		   const struct ip_address *client, struct span mail_from)
{
	uint64_t sender = lru_id_at(&b->key, server, mail_from).halves[0];
	struct bouncer *bouncer = need_bouncer(b, server);
	struct sender_from *from;

	if (bouncer == NULL || mail_from.length == 0)
		return;
	cusum_share(&bouncer->share_decibans, false, BOUNCED_INNOCENT, BOUNCED_FORGED);
	from = lossy_put(&b->senders, sender);
	if (from != NULL)
		from->network = network_hash(b, client);
}

/* A bounce whose message was not seen says nothing. */
bool bounces_sent(struct bounces *b, const struct ip_address *server,
		  const struct subject_peer *exchanger, struct span recipient, int64_t time_ns,
		  const struct peers **out_exchangers)
{
	uint64_t sender = lru_id_at(&b->key, server, recipient).halves[0];
	const struct sender_from *from = lossy_get(&b->senders, sender);
	struct bouncer *bouncer = need_bouncer(b, server);

	*out_exchangers = NULL;
	if (bouncer == NULL || from == NULL ||
	    from->network == network_hash(b, &exchanger->address))
		return false;
	(void)peers_add(&bouncer->exchangers, &exchanger->address, exchanger->port);
	cusum_share(&bouncer->share_decibans, true, BOUNCED_INNOCENT, BOUNCED_FORGED);
	cusum_rate(&bouncer->rate_decibans,
		   bouncer->seen ? time_between_ns(bouncer->last_ns, time_ns) : 0,
		   BOUNCES_INNOCENT_PER_HOUR, BOUNCES_FORGED_PER_HOUR);
	bouncer->last_ns = time_ns;
	bouncer->seen = true;
	*out_exchangers = &bouncer->exchangers;
	return bouncer->share_decibans >= CUSUM_DECIDED && bouncer->rate_decibans >= CUSUM_DECIDED;
}
