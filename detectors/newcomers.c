#include "detectors/newcomers.h"

#include "core/time_text.h"
#include "detectors/lru.h"

#include <stdlib.h>

#define DAY_NS (24 * NS_PER_HOUR)
#define FILTER_WORDS 64 /* 4096 bits: with 200 servers one in 100 is overlooked */
#define FILTER_BITS ((uint64_t)FILTER_WORDS * 64)

struct watched {
	struct lru_node lru;
	int64_t day; /* the last one on which something was seen */
	uint32_t days;
	uint64_t known[FILTER_WORDS]; /* servers that took mail */
};

struct newcomers {
	struct hash_key key;
	struct lru nets;
};

enum result newcomers_new(struct newcomers **out, const struct hash_key *key, struct budget *budget)
{
	struct newcomers *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return RESULT_FAILED;
	all->key = *key;
	if (lru_init(&all->nets, sizeof(struct watched), NEWCOMER_NETS_MAX, budget) != RESULT_OK) {
		free(all);
		return RESULT_FAILED;
	}
	*out = all;
	return RESULT_OK;
}

void newcomers_free(struct newcomers **newcomers)
{
	if (*newcomers == NULL)
		return;
	lru_clear(&(*newcomers)->nets);
	free(*newcomers);
	*newcomers = NULL;
}

uint64_t newcomers_forgotten(const struct newcomers *newcomers)
{
	return newcomers->nets.forgotten;
}

static struct lru_id id_of(const struct newcomers *newcomers, const struct ip_address *address)
{
	struct ip_network around = ip_network_around(address);
	struct span base = span_of(&around.base, sizeof(around.base));

	return lru_id_of(&newcomers->key, &base, 1);
}

void newcomers_watch(struct newcomers *newcomers, const struct ip_address *inside, int64_t now_ns)
{
	struct watched *net = lru_need(&newcomers->nets, id_of(newcomers, inside));
	int64_t day = now_ns / DAY_NS;

	if (net == NULL || (net->days > 0 && day <= net->day))
		return;
	net->day = day;
	net->days++;
}

/* Set two bits; true: they were set before. */
static bool is_known(struct watched *net, uint64_t hash)
{
	const uint64_t bits[2] = { hash % FILTER_BITS, hash / FILTER_BITS % FILTER_BITS };
	bool known = true;

	for (size_t i = 0; i < ARRAY_COUNT(bits); i++) {
		uint64_t bit = UINT64_C(1) << bits[i] % 64;

		known = known && (net->known[bits[i] / 64] & bit) != 0;
		net->known[bits[i] / 64] |= bit;
	}
	return known;
}

bool newcomers_take_mail(struct newcomers *newcomers, const struct ip_address *server,
			 uint16_t port, uint32_t *out_days)
{
	struct watched *net = lru_find(&newcomers->nets, id_of(newcomers, server));
	const struct span parts[2] = { span_of(server, sizeof(*server)),
				       span_of(&port, sizeof(port)) };

	if (net == NULL || is_known(net, lru_id_of(&newcomers->key, parts, 2).halves[0]) ||
	    net->days <= NEWCOMER_DAYS_MIN)
		return false;
	*out_days = net->days - 1;
	return true;
}
