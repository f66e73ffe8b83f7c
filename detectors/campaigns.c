#include "detectors/campaigns.h"

#include "core/mail.h"
#include "detectors/context.h"

#include <stdlib.h>

/* For the marks of all that a campaign is known to have. */
#define CAMPAIGN_ROOM_BYTES \
	(CAMPAIGN_CLIENTS_MAX * (sizeof(struct mark) + sizeof(struct behaviour)))
#define KINDS_MASK ((UINT32_C(1) << CAMPAIGN_KINDS_MAX) - 1)

struct campaigns {
	struct hash_key key;
	struct lru table;
};

enum result campaigns_new(struct campaigns **out, const struct hash_key *key, struct budget *budget)
{
	struct campaigns *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return RESULT_FAILED;
	all->key = *key;
	if (lru_init(&all->table, sizeof(struct campaign), CAMPAIGNS_MAX, budget) != RESULT_OK) {
		free(all);
		return RESULT_FAILED;
	}
	*out = all;
	return RESULT_OK;
}

void campaigns_free(struct campaigns **campaigns)
{
	if (*campaigns == NULL)
		return;
	lru_clear(&(*campaigns)->table);
	free(*campaigns);
	*campaigns = NULL;
}

uint64_t campaigns_forgotten(const struct campaigns *campaigns)
{
	return campaigns->table.forgotten;
}

static struct lru_id id_of(const struct campaigns *all, const struct ip_address *server,
			   uint16_t port, const struct ip_address *client)
{
	struct ip_network around = ip_network_around(client);
	struct span parts[] = {
		span_of(server, sizeof(*server)),
		span_of(&port, sizeof(port)),
		span_of(&around.base, sizeof(around.base)),
	};

	return lru_id_of(&all->key, parts, ARRAY_COUNT(parts));
}

/* Its place: the one it has, a free one, or that of whom was seen longest ago. */
static struct campaign_client *place_of(struct campaign *c, const struct ip_address *client,
					int64_t time_ns)
{
	struct campaign_client *oldest = &c->clients[0];

	for (uint32_t i = 0; i < c->count; i++) {
		if (ip_address_equal(&c->clients[i].address, client))
			return &c->clients[i];
		if (c->clients[i].last_ns < oldest->last_ns)
			oldest = &c->clients[i];
	}
	if (c->count < CAMPAIGN_CLIENTS_MAX)
		oldest = &c->clients[c->count++];
	else if (time_ns < oldest->last_ns)
		return NULL;
	*oldest =
	    (struct campaign_client){ .address = *client, .first_ns = time_ns, .last_ns = time_ns };
	return oldest;
}

static void note_client(struct campaign *c, const struct connection *connection,
			const struct ip_address *client, int64_t time_ns, struct frame_id at)
{
	struct campaign_client *place = place_of(c, client, time_ns);

	if (place == NULL)
		return;
	if (time_ns <= place->first_ns) {
		place->first_ns = time_ns;
		place->port = connection->client_port;
		place->at = at;
	}
	if (time_ns > place->last_ns)
		place->last_ns = time_ns;
}

static void note_kinds(struct campaign *c, uint32_t kinds, int64_t time_ns)
{
	for (uint32_t k = 0; k < CAMPAIGN_KINDS_MAX; k++) {
		uint32_t bit = UINT32_C(1) << k;

		if ((kinds & bit) == 0)
			continue;
		if ((c->kinds & bit) == 0 || time_ns > c->kind_last_ns[k])
			c->kind_last_ns[k] = time_ns;
		c->kinds |= bit;
	}
}

static bool is_recent(const struct campaign *c, int64_t time_ns)
{
	return time_between_ns(time_ns, c->last_ns) <= CAMPAIGN_WINDOW_NS;
}

bool campaign_is_recent(const struct campaign *c, const struct campaign_client *client)
{
	return is_recent(c, client->last_ns);
}

/* What of it still counts. */
static void recount(struct campaign *c)
{
	const struct campaign_client *first = NULL;

	c->kinds_now = c->clients_now = 0;
	for (uint32_t k = 0; k < CAMPAIGN_KINDS_MAX; k++)
		c->kinds_now += (c->kinds & UINT32_C(1) << k) != 0 &&
				is_recent(c, c->kind_last_ns[k]);
	for (uint32_t i = 0; i < c->count; i++) {
		const struct campaign_client *client = &c->clients[i];

		c->clients_now += campaign_is_recent(c, client);
		if (first == NULL || client->first_ns < first->first_ns ||
		    (client->first_ns == first->first_ns &&
		     ip_address_compare(&client->address, &first->address) < 0))
			first = client;
	}
	c->decided = c->kinds_now >= CAMPAIGN_KINDS_MIN && c->clients_now >= CAMPAIGN_CLIENTS_MIN;
	if (first != NULL)
		c->leader = first->address;
}

const struct campaign *campaigns_tried(struct campaigns *all, const struct connection *connection,
				       const struct ip_address *client, uint32_t tricks,
				       int64_t time_ns, struct frame_id at)
{
	struct lru_id id = id_of(all, &connection->server, connection->server_port, client);
	struct campaign *c;

	if ((tricks & KINDS_MASK) == 0)
		return NULL;
	c = lru_need(&all->table, id);
	if (c == NULL)
		return NULL;
	if (c->count == 0 || time_ns > c->last_ns)
		c->last_ns = time_ns;
	note_client(c, connection, client, time_ns, at);
	note_kinds(c, tricks & KINDS_MASK, time_ns);
	recount(c);
	return c->decided ? c : NULL;
}

const struct campaign *campaigns_find(const struct campaigns *all, const struct ip_address *server,
				      uint16_t port, const struct ip_address *client)
{
	const struct campaign *c = lru_find(&all->table, id_of(all, server, port, client));

	return c != NULL && c->decided ? c : NULL;
}

/* ---- the pairs of a campaign ---- */

/* Its pair says so from now on; what is said of how many follows each news. */
static void join(struct detectors *d, struct server *server, const struct campaign *c,
		 const struct campaign_client *client)
{
	const struct connection connection = { .client = client->address,
					       .server = server->host->address,
					       .client_port = client->port,
					       .server_port = server->port };
	struct pair *pair = state_find_pair(&d->state, server, &client->address);
	struct behaviour *behaviour;

	if (pair == NULL || !campaign_is_recent(c, client))
		return;
	behaviour = state_behaviour(&d->state, pair);
	if (behaviour == NULL)
		return;
	behaviour->campaign = (struct campaign_part){ .leader = c->leader,
						      .clients = (uint16_t)c->clients_now,
						      .kinds = (uint16_t)c->kinds_now };
	if (pair_mark(pair, RULE_PROBE_CAMPAIGN) != NULL)
		return;
	state_mark(&d->state, pair, RULE_PROBE_CAMPAIGN, client->first_ns, client->at, &connection);
	state_dirty(&d->state, pair);
}

/* The leader comes last, and so is judged first: the incident begins with it. */
void detect_campaign(struct detectors *d, struct pair *pair, const struct connection *connection,
		     uint32_t tricks, int64_t time_ns, struct frame_id at)
{
	const struct campaign *c = campaigns_tried(d->campaigns, connection, &pair->client, tricks,
						   time_ns, at);
	uint32_t leader = 0;

	if (c == NULL)
		return;
	state_make_room(&d->state, CAMPAIGN_ROOM_BYTES, pair);
	for (uint32_t i = 0; i < c->count; i++) {
		if (ip_address_equal(&c->clients[i].address, &c->leader))
			leader = i;
		else
			join(d, pair->server, c, &c->clients[i]);
	}
	join(d, pair->server, c, &c->clients[leader]);
}
