#include "detectors/behaviour.h"

#include "core/hashmap.h"
#include "core/time_text.h"

#include <math.h>
#include <stdlib.h>

#define DECIDED_DECIBANS 50.0

/*
 * Recipients that do not exist: one in ten for people and old lists, one in two for who guesses.
 * Passwords that are refused: three in ten for people and forgotten devices, nine in ten for who
 * guesses.
 */
#define UNKNOWN_INNOCENT 0.1
#define UNKNOWN_GUESSING 0.5
#define REFUSED_INNOCENT 0.3
#define REFUSED_GUESSING 0.9
/* New exchangers an hour: an inside host that is no mail server has next to none. */
#define EXCHANGERS_INNOCENT_PER_HOUR 4.0
#define EXCHANGERS_SPRAYING_PER_HOUR 30.0

/* One more yes or no; what speaks for innocence never counts below 0. */
static bool bernoulli(double *sum_decibans, bool hit, double innocent, double guilty)
{
	double ratio = hit ? guilty / innocent : (1 - guilty) / (1 - innocent);

	*sum_decibans += 10 * log10(ratio);
	if (*sum_decibans < 0)
		*sum_decibans = 0;
	return *sum_decibans >= DECIDED_DECIBANS;
}

/* Set two bits; true: they were set before. */
static bool seen_before(uint64_t filter[4], uint64_t hash)
{
	uint64_t bits[2] = { hash & 255, hash >> 8 & 255 };
	bool seen = true;

	for (size_t i = 0; i < ARRAY_COUNT(bits); i++) {
		uint64_t *word = &filter[bits[i] / 64];
		uint64_t bit = UINT64_C(1) << bits[i] % 64;

		seen = seen && (*word & bit) != 0;
		*word |= bit;
	}
	return seen;
}

bool behaviour_recipient(struct behaviour *b, uint64_t recipient_hash, bool unknown)
{
	if (unknown && seen_before(b->seen_recipients, recipient_hash))
		return b->harvest_decibans >= DECIDED_DECIBANS;
	return bernoulli(&b->harvest_decibans, unknown, UNKNOWN_INNOCENT, UNKNOWN_GUESSING);
}

bool behaviour_password(struct behaviour *b, bool refused)
{
	return bernoulli(&b->guessing_decibans, refused, REFUSED_INNOCENT, REFUSED_GUESSING);
}

/* ---- senders ---- */

struct sender {
	struct hashmap_node node;
	struct sender *older, *newer;
	struct ip_address client;
	struct subject_peer exchangers[SENDER_EXCHANGERS_MAX];
	size_t exchanger_count;
	double spray_decibans;
	int64_t last_ns;
	bool sprayer;
};

struct senders {
	struct hash_key key;
	struct budget *budget;
	struct hashmap map;
	struct sender *oldest, *newest;
};

enum result senders_new(struct senders **out, const struct hash_key *key, struct budget *budget)
{
	struct senders *senders = calloc(1, sizeof(*senders));

	if (senders == NULL)
		return RESULT_FAILED;
	senders->key = *key;
	senders->budget = budget;
	if (hashmap_init(&senders->map, 16) != RESULT_OK) {
		free(senders);
		return RESULT_FAILED;
	}
	*out = senders;
	return RESULT_OK;
}

static void unlist(struct senders *all, struct sender *s)
{
	if (s->older != NULL)
		s->older->newer = s->newer;
	else
		all->oldest = s->newer;
	if (s->newer != NULL)
		s->newer->older = s->older;
	else
		all->newest = s->older;
	s->older = s->newer = NULL;
}

static void list_newest(struct senders *all, struct sender *s)
{
	s->older = all->newest;
	if (all->newest != NULL)
		all->newest->newer = s;
	else
		all->oldest = s;
	all->newest = s;
}

static void forget_oldest(struct senders *all)
{
	struct sender *s = all->oldest;

	unlist(all, s);
	hashmap_remove(&all->map, &s->node);
	free(s);
	budget_give(all->budget, sizeof(*s));
}

void senders_free(struct senders **senders)
{
	struct senders *all = *senders;

	if (all == NULL)
		return;
	while (all->oldest != NULL)
		forget_oldest(all);
	hashmap_clear(&all->map);
	free(all);
	*senders = NULL;
}

static bool is_sender(const struct hashmap_node *node, const void *key)
{
	return ip_address_equal(&HASHMAP_ENTRY(node, const struct sender, node)->client, key);
}

static struct sender *find(const struct senders *all, const struct ip_address *client)
{
	uint64_t hash = hash_bytes(&all->key, client, sizeof(*client));
	struct hashmap_node *node = hashmap_find(&all->map, hash, is_sender, client);

	return node == NULL ? NULL : HASHMAP_ENTRY(node, struct sender, node);
}

static struct sender *need(struct senders *all, const struct ip_address *client, int64_t time_ns)
{
	struct sender *s = find(all, client);

	if (s != NULL) {
		unlist(all, s);
		list_newest(all, s);
		return s;
	}
	if (all->map.count >= SENDERS_MAX)
		forget_oldest(all);
	if (budget_take(all->budget, sizeof(*s)) != RESULT_OK)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		budget_give(all->budget, sizeof(*s));
		return NULL;
	}
	s->client = *client;
	s->last_ns = time_ns;
	hashmap_add(&all->map, &s->node, hash_bytes(&all->key, client, sizeof(*client)));
	list_newest(all, s);
	return s;
}

/* After a quiet day the exchangers count as new again. */
static bool is_new_exchanger(struct sender *s, const struct ip_address *exchanger, uint16_t port,
			     int64_t time_ns)
{
	if (time_between_ns(s->last_ns, time_ns) > 24 * NS_PER_HOUR)
		s->exchanger_count = 0;
	for (size_t i = 0; i < s->exchanger_count; i++)
		if (ip_address_equal(&s->exchangers[i].address, exchanger))
			return false;
	if (s->exchanger_count == SENDER_EXCHANGERS_MAX)
		return false;
	s->exchangers[s->exchanger_count++] = (struct subject_peer){ .address = *exchanger,
								     .port = port };
	return true;
}

/* New exchangers arrive at one of two rates: a Poisson process in either case. */
bool senders_sent(struct senders *all, const struct ip_address *client,
		  const struct ip_address *exchanger, uint16_t port, int64_t time_ns)
{
	struct sender *s = need(all, client, time_ns);
	double hours;

	if (s == NULL)
		return false;
	if (s->sprayer || !is_new_exchanger(s, exchanger, port, time_ns))
		return s->sprayer;
	hours = time_ns > s->last_ns
		    ? (double)time_between_ns(s->last_ns, time_ns) / (double)NS_PER_HOUR
		    : 0;
	s->last_ns = time_ns > s->last_ns ? time_ns : s->last_ns;
	s->spray_decibans -= 10 / log(10) * hours *
			     (EXCHANGERS_SPRAYING_PER_HOUR - EXCHANGERS_INNOCENT_PER_HOUR);
	if (s->spray_decibans < 0)
		s->spray_decibans = 0;
	s->spray_decibans += 10 *
			     log10(EXCHANGERS_SPRAYING_PER_HOUR / EXCHANGERS_INNOCENT_PER_HOUR);
	s->sprayer = s->spray_decibans >= DECIDED_DECIBANS;
	return s->sprayer;
}

size_t senders_exchangers(const struct senders *senders, const struct ip_address *client,
			  const struct subject_peer **out)
{
	const struct sender *s = find(senders, client);

	*out = s == NULL ? NULL : s->exchangers;
	return s == NULL ? 0 : s->exchanger_count;
}
