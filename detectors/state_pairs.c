#include "detectors/state_memory.h"

#include <stdlib.h>
#include <string.h>

#define PLAIN_PER_TRICK 20

struct pair_key {
	const struct server *server;
	struct ip_address client;
};

static bool is_pair(const struct hashmap_node *node, const void *key)
{
	const struct pair *pair = HASHMAP_ENTRY(node, const struct pair, node);
	const struct pair_key *want = key;

	return pair->server == want->server && ip_address_equal(&pair->client, &want->client);
}

/* Over the values, not over the padded struct. */
static uint64_t pair_hash(const struct state *state, const struct server *server,
			  const struct ip_address *client)
{
	uint64_t parts[2] = { server->node.hash, state_address_hash(state, client) };

	return hash_bytes(&state->key, parts, sizeof(parts));
}

/* Look a pair up. */
struct pair *state_find_pair(const struct state *state, const struct server *server,
			     const struct ip_address *client)
{
	struct pair_key key = { .server = server, .client = *client };
	struct hashmap_node *node = hashmap_find(&state->pairs, pair_hash(state, server, client),
						 is_pair, &key);

	return node == NULL ? NULL : HASHMAP_ENTRY(node, struct pair, node);
}

/* The server waits with no pair of its own: it must not be let go meanwhile. */
static struct pair *take_pair(struct state *state, struct server *server)
{
	struct pair *pair;

	state_unlist_server(state, server);
	server->pair_count++;
	state_make_room(state, sizeof(*pair) + STATE_STEP_BYTES, NULL);
	pair = state_take(state, sizeof(*pair));
	if (pair != NULL)
		return pair;
	server->pair_count--;
	state_settle_server(state, server);
	return NULL;
}

static void list_in_server(struct pair *pair, struct server *server)
{
	pair->next_of_server = server->pairs;
	if (server->pairs != NULL)
		server->pairs->previous_of_server = pair;
	server->pairs = pair;
}

/* Find or make a pair, and count it as just seen. */
struct pair *state_pair(struct state *state, struct server *server, const struct ip_address *client,
			int64_t time_ns)
{
	struct pair *pair = state_find_pair(state, server, client);

	if (pair != NULL) {
		state_touch(state, pair, time_ns);
		state_make_room(state, STATE_STEP_BYTES, pair);
		return pair;
	}
	pair = take_pair(state, server);
	if (pair == NULL) {
		state->forgotten_pairs++;
		return NULL;
	}
	pair->server = server;
	pair->client = *client;
	pair->verdict = pair->told = VERDICT_BENIGN;
	pair->first_ns = pair->last_ns = time_ns;
	text_init(&pair->sample, SAMPLE_MAX);
	list_in_server(pair, server);
	hashmap_add(&state->pairs, &pair->node, pair_hash(state, server, client));
	state_list_pair(state, pair);
	return pair;
}

/* Make the rates on first need. */
struct behaviour *state_behaviour(struct state *state, struct pair *pair)
{
	if (pair->behaviour == NULL)
		pair->behaviour = state_take(state, sizeof(*pair->behaviour));
	return pair->behaviour;
}

/* Likewise. */
struct balancer *state_balancer(struct state *state, struct pair *pair)
{
	if (pair->balancer == NULL)
		pair->balancer = state_take(state, sizeof(*pair->balancer));
	return pair->balancer;
}

/* A sighting: its time counts, and it is the last to be let go in its class. */
void state_touch(struct state *state, struct pair *pair, int64_t time_ns)
{
	if (time_ns < pair->first_ns)
		pair->first_ns = time_ns;
	if (time_ns > pair->last_ns)
		pair->last_ns = time_ns;
	state_unlist_pair(state, pair);
	state_list_pair(state, pair);
}

/* Move a pair to another class of value. */
void state_set_class(struct state *state, struct pair *pair, enum pair_class pair_class)
{
	if (pair->pair_class == pair_class)
		return;
	state_unlist_pair(state, pair);
	pair->pair_class = pair_class;
	state_list_pair(state, pair);
}

/* To be judged again. */
void state_dirty(struct state *state, struct pair *pair)
{
	if (pair->dirty)
		return;
	pair->dirty = true;
	pair->next_dirty = state->dirty;
	if (state->dirty != NULL)
		state->dirty->previous_dirty = pair;
	state->dirty = pair;
}

/* ---- claims, tracks, marks ---- */

/* Plain, or by the lowest trick; how brackets are written and literals are no classes. */
uint32_t trick_class_of(uint32_t tricks)
{
	tricks &= ~(uint32_t)(TRICK_NO_ANGLE_BRACKETS | TRICK_ADDRESS_LITERAL | TRICK_TRAILING_DOT);
	for (uint32_t i = 0; i + 1 < TRICK_CLASSES; i++)
		if ((tricks & UINT32_C(1) << i) != 0)
			return i + 1;
	return 0;
}

/* Twice the slots, so that at most half of them are taken. */
static bool grow_claim_numbers(struct state *state)
{
	uint32_t capacity = state->claims_capacity == 0 ? 1024 : state->claims_capacity * 2;
	struct claim **bigger = calloc(capacity, sizeof(struct claim *));

	if (bigger == NULL)
		return false;
	for (uint32_t i = 0; i < state->claims_capacity; i++) {
		struct claim *c = state->claims_by_number[i];

		if (c != NULL)
			bigger[c->number % capacity] = c;
	}
	free(state->claims_by_number);
	state->claims_by_number = bigger;
	state->claims_capacity = capacity;
	return true;
}

/* Give the claim a number that the onward memory can hold; slots of claims that live are passed over. */
static bool number_claim(struct state *state, struct claim *claim)
{
	uint32_t n = state->claims_next;

	if (budget_take(state->budget, CLAIM_SLOTS_BYTES) != RESULT_OK)
		return false;
	if (state->claim_count >= state->claims_capacity / 2 && !grow_claim_numbers(state)) {
		budget_give(state->budget, CLAIM_SLOTS_BYTES);
		return false;
	}
	while (state->claims_by_number[n % state->claims_capacity] != NULL)
		n++;
	claim->number = n;
	state->claims_by_number[n % state->claims_capacity] = claim;
	state->claims_next = n + 1;
	state->claim_count++;
	return true;
}

/* The claim of this number, if it still lives. */
struct claim *state_claim_by_number(const struct state *state, uint32_t number)
{
	struct claim *claim;

	if (state->claims_capacity == 0)
		return NULL;
	claim = state->claims_by_number[number % state->claims_capacity];
	return claim != NULL && claim->number == number ? claim : NULL;
}

/* Find or make; past CLAIMS_PER_PAIR_MAX domains a pair claims no new ones. */
struct claim *state_claim(struct state *state, struct pair *pair, struct holding *holding,
			  uint32_t tricks, bool qmqp)
{
	uint32_t trick_class = trick_class_of(tricks);
	struct claim *claim;

	for (claim = pair->claims; claim != NULL; claim = claim->next_of_pair)
		if (claim->holding == holding && claim->trick_class == trick_class &&
		    claim->qmqp == qmqp)
			return claim;
	if (pair->claim_count >= CLAIMS_PER_PAIR_MAX)
		return NULL;
	claim = state_take(state, sizeof(*claim));
	if (claim == NULL || !number_claim(state, claim)) {
		state_give(state, claim, sizeof(*claim));
		state->forgotten_domains++;
		return NULL;
	}
	state_unlist_holding(state, holding);
	claim->pair = pair;
	claim->holding = holding;
	claim->trick_class = trick_class;
	claim->qmqp = qmqp;
	claim->next_of_pair = pair->claims;
	pair->claims = claim;
	pair->claim_count++;
	claim->next_of_holding = holding->claims;
	if (holding->claims != NULL)
		holding->claims->previous_of_holding = claim;
	holding->claims = claim;
	return claim;
}

/* One more sighting; without memory it is lost, and the budget has counted it. */
void state_track(struct state *state, struct track **track, int64_t time_ns, struct frame_id at,
		 const struct connection *connection)
{
	if (*track == NULL)
		*track = state_take(state, sizeof(**track));
	if (*track != NULL)
		track_add(*track, time_ns, at, connection);
}

/* Note a behaviour. */
void state_mark(struct state *state, struct pair *pair, enum rule rule, int64_t time_ns,
		struct frame_id at, const struct connection *connection)
{
	struct mark *mark = pair->marks;

	while (mark != NULL && mark->rule != rule)
		mark = mark->next;
	if (mark == NULL) {
		mark = state_take(state, sizeof(*mark));
		if (mark == NULL)
			return;
		mark->rule = rule;
		mark->next = pair->marks;
		pair->marks = mark;
	}
	track_add(&mark->track, time_ns, at, connection);
}

bool pair_is_ordinary(const struct pair *pair)
{
	return pair->plain > 0 && pair->plain / PLAIN_PER_TRICK >= pair->routed;
}

/* The mark of this rule, or NULL. */
const struct mark *pair_mark(const struct pair *pair, enum rule rule)
{
	const struct mark *mark = pair->marks;

	while (mark != NULL && mark->rule != rule)
		mark = mark->next;
	return mark;
}

/* Count an address once. */
bool netset_add_address(struct netset *set, const struct ip_address *address)
{
	struct hash_key fixed = hash_key_fixed();
	uint32_t hash = (uint32_t)hash_bytes(&fixed, address, sizeof(*address));

	for (size_t i = 0; i < set->count; i++)
		if (set->hashes[i] == hash)
			return false;
	if (set->count == NETSET_MAX)
		return false;
	set->hashes[set->count++] = hash;
	return true;
}

/* Count a network once. */
bool netset_add(struct netset *set, const struct ip_address *address)
{
	struct ip_network network = ip_network_around(address);

	return netset_add_address(set, &network.base);
}

/* The domain's text. */
struct span holding_domain(const struct holding *holding)
{
	return span_of(holding->domain->text, holding->domain->length);
}
