#include "detectors/state.h"

#include <stdlib.h>
#include <string.h>

#define MAKE_ROOM_TRIES 64

/* Empty tables. */
enum result state_init(struct state *state, const struct hash_key *key, struct budget *budget)
{
	*state = (struct state){ .key = *key, .budget = budget };
	if (hashmap_init(&state->hosts, 64) != RESULT_OK ||
	    hashmap_init(&state->domains, 64) != RESULT_OK ||
	    hashmap_init(&state->holdings, 64) != RESULT_OK ||
	    hashmap_init(&state->servers, 64) != RESULT_OK ||
	    hashmap_init(&state->pairs, 64) != RESULT_OK) {
		state_clear(state);
		return RESULT_FAILED;
	}
	return RESULT_OK;
}

static void *take(struct state *state, size_t bytes)
{
	void *memory;

	if (budget_take(state->budget, bytes) != RESULT_OK)
		return NULL;
	memory = calloc(1, bytes);
	if (memory == NULL)
		budget_give(state->budget, bytes);
	return memory;
}

static void give(struct state *state, void *memory, size_t bytes)
{
	if (memory == NULL)
		return;
	free(memory);
	budget_give(state->budget, bytes);
}

static void free_track(struct state *state, struct track *track)
{
	give(state, track, sizeof(*track));
}

static void free_holding(struct state *state, struct holding *holding)
{
	struct holding **at = &holding->host->holdings;
	struct domain *domain = holding->domain;

	while (*at != holding)
		at = &(*at)->next_of_host;
	*at = holding->next_of_host;
	at = &domain->holdings;
	while (*at != holding)
		at = &(*at)->next_of_domain;
	*at = holding->next_of_domain;
	hashmap_remove(&state->holdings, &holding->node);
	give(state, holding, sizeof(*holding));
	if (domain->holdings != NULL)
		return;
	hashmap_remove(&state->domains, &domain->node);
	give(state, domain->text, domain->length + 1);
	give(state, domain, sizeof(*domain));
}

/* Nothing was learned of it that outlasts the pairs. */
static bool is_worthless(const struct holding *holding)
{
	return holding->claims == NULL && !holding->unknown_user && !holding->left &&
	       holding->clients.count == 0;
}

static void free_claim(struct state *state, struct claim *claim)
{
	struct holding *holding = claim->holding;

	if (claim->previous_of_holding != NULL)
		claim->previous_of_holding->next_of_holding = claim->next_of_holding;
	else
		claim->holding->claims = claim->next_of_holding;
	if (claim->next_of_holding != NULL)
		claim->next_of_holding->previous_of_holding = claim->previous_of_holding;
	state->claims_by_number[claim->number % state->claims_capacity] = NULL;
	state->claim_count--;
	free_track(state, claim->taken);
	free_track(state, claim->invited);
	free_track(state, claim->recipient);
	free_track(state, claim->denied);
	free_track(state, claim->left);
	free_track(state, claim->routed);
	give(state, claim, sizeof(*claim));
	if (is_worthless(holding))
		free_holding(state, holding);
}

static void unlist_pair(struct state *state, struct pair *pair)
{
	enum pair_class c = pair->pair_class;

	if (pair->older != NULL)
		pair->older->newer = pair->newer;
	else if (state->oldest[c] == pair)
		state->oldest[c] = pair->newer;
	if (pair->newer != NULL)
		pair->newer->older = pair->older;
	else if (state->newest[c] == pair)
		state->newest[c] = pair->older;
	pair->older = pair->newer = NULL;
}

static void list_pair(struct state *state, struct pair *pair)
{
	enum pair_class c = pair->pair_class;

	pair->older = state->newest[c];
	if (state->newest[c] != NULL)
		state->newest[c]->newer = pair;
	else
		state->oldest[c] = pair;
	state->newest[c] = pair;
}

static void undirty(struct state *state, struct pair *pair)
{
	struct pair **at = &state->dirty;

	while (pair->dirty && *at != NULL) {
		if (*at == pair) {
			*at = pair->next_dirty;
			pair->dirty = false;
			return;
		}
		at = &(*at)->next_dirty;
	}
}

static void free_pair(struct state *state, struct pair *pair)
{
	struct server *server = pair->server;

	undirty(state, pair);
	unlist_pair(state, pair);
	hashmap_remove(&state->pairs, &pair->node);
	if (pair->previous_of_server != NULL)
		pair->previous_of_server->next_of_server = pair->next_of_server;
	else
		server->pairs = pair->next_of_server;
	if (pair->next_of_server != NULL)
		pair->next_of_server->previous_of_server = pair->previous_of_server;
	server->pair_count--;
	while (pair->claims != NULL) {
		struct claim *next = pair->claims->next_of_pair;

		free_claim(state, pair->claims);
		pair->claims = next;
	}
	while (pair->marks != NULL) {
		struct mark *next = pair->marks->next;

		give(state, pair->marks, sizeof(*pair->marks));
		pair->marks = next;
	}
	if (pair->account != NULL)
		give(state, pair->account, strlen(pair->account) + 1);
	budget_give(state->budget, pair->sample.capacity);
	text_clear(&pair->sample);
	give(state, pair->behaviour, sizeof(*pair->behaviour));
	give(state, pair, sizeof(*pair));
}

static void free_server(struct state *state, struct server *server)
{
	struct server **at = &server->host->servers;

	while (*at != server)
		at = &(*at)->next_of_host;
	*at = server->next_of_host;
	hashmap_remove(&state->servers, &server->node);
	if (server->software != NULL)
		give(state, server->software, strlen(server->software) + 1);
	give(state, server, sizeof(*server));
}

static void free_host(struct state *state, struct mailhost *host)
{
	while (host->holdings != NULL)
		free_holding(state, host->holdings);
	hashmap_remove(&state->hosts, &host->node);
	give(state, host, sizeof(*host));
}

/* Free everything. */
void state_clear(struct state *state)
{
	for (size_t c = 0; c < PAIR_CLASSES; c++)
		while (state->oldest[c] != NULL)
			free_pair(state, state->oldest[c]);
	for (size_t i = 0; i < state->hosts.bucket_count; i++) {
		while (state->hosts.buckets[i] != NULL) {
			struct mailhost *host = HASHMAP_ENTRY(state->hosts.buckets[i],
							      struct mailhost, node);

			while (host->servers != NULL)
				free_server(state, host->servers);
			free_host(state, host);
		}
	}
	hashmap_clear(&state->hosts);
	hashmap_clear(&state->domains);
	hashmap_clear(&state->holdings);
	hashmap_clear(&state->servers);
	hashmap_clear(&state->pairs);
	free(state->claims_by_number);
	state->claims_by_number = NULL;
}

/* Let the least valuable pair go, and its server when nothing else is known of it. */
static bool make_room(struct state *state, const struct pair *not_this)
{
	for (size_t c = 0; c < PAIR_CLASSES; c++) {
		struct pair *pair = state->oldest[c];
		struct server *server;

		if (pair == not_this && pair != NULL)
			pair = pair->newer;
		if (pair == NULL)
			continue;
		server = pair->server;
		if (state->on_forget != NULL)
			state->on_forget(state->on_forget_ctx, pair);
		free_pair(state, pair);
		state->forgotten_pairs++;
		if (server->pair_count == 0 && server->posture == POSTURE_UNKNOWN &&
		    (not_this == NULL || not_this->server != server)) {
			struct mailhost *host = server->host;

			free_server(state, server);
			state->forgotten_servers++;
			if (host->servers == NULL)
				free_host(state, host);
		}
		return true;
	}
	return false;
}

/* As take, but lets go of others until there is room; keep is not let go. */
static void *take_room(struct state *state, size_t bytes, const struct pair *keep)
{
	for (int i = 0; i < MAKE_ROOM_TRIES; i++) {
		void *memory = take(state, bytes);

		if (memory != NULL || !make_room(state, keep))
			return memory;
	}
	return NULL;
}

/* ---- mail hosts, domains, holdings ---- */

static bool is_host(const struct hashmap_node *node, const void *key)
{
	return ip_address_equal(&HASHMAP_ENTRY(node, const struct mailhost, node)->address, key);
}

static uint64_t address_hash(const struct state *state, const struct ip_address *address)
{
	return hash_bytes(&state->key, address, sizeof(*address));
}

/* Look a host up. */
struct mailhost *state_find_host(const struct state *state, const struct ip_address *address)
{
	struct hashmap_node *node = hashmap_find(&state->hosts, address_hash(state, address),
						 is_host, address);

	return node == NULL ? NULL : HASHMAP_ENTRY(node, struct mailhost, node);
}

/* Find or make a host. */
struct mailhost *state_host(struct state *state, const struct ip_address *address)
{
	struct mailhost *host = state_find_host(state, address);

	if (host != NULL)
		return host;
	host = take(state, sizeof(*host));
	if (host == NULL) {
		state->forgotten_servers++;
		return NULL;
	}
	host->address = *address;
	hashmap_add(&state->hosts, &host->node, address_hash(state, address));
	return host;
}

static bool is_domain(const struct hashmap_node *node, const void *key)
{
	const struct domain *domain = HASHMAP_ENTRY(node, const struct domain, node);

	return span_equal(span_of(domain->text, domain->length), *(const struct span *)key);
}

static struct domain *find_domain(const struct state *state, struct span text)
{
	struct hashmap_node *node = hashmap_find(&state->domains, hash_span(&state->key, text),
						 is_domain, &text);

	return node == NULL ? NULL : HASHMAP_ENTRY(node, struct domain, node);
}

static struct domain *need_domain(struct state *state, struct span text)
{
	struct domain *domain = find_domain(state, text);

	if (domain != NULL)
		return domain;
	domain = take(state, sizeof(*domain));
	if (domain == NULL)
		return NULL;
	domain->text = take(state, text.length + 1);
	if (domain->text == NULL) {
		give(state, domain, sizeof(*domain));
		return NULL;
	}
	if (text.length > 0)
		memcpy(domain->text, text.data, text.length);
	domain->length = text.length;
	hashmap_add(&state->domains, &domain->node, hash_span(&state->key, text));
	return domain;
}

struct holding_key {
	const struct mailhost *host;
	const struct domain *domain;
};

static bool is_holding(const struct hashmap_node *node, const void *key)
{
	const struct holding *holding = HASHMAP_ENTRY(node, const struct holding, node);
	const struct holding_key *want = key;

	return holding->host == want->host && holding->domain == want->domain;
}

/* Find or make what is known of a domain at a host. */
struct holding *state_holding(struct state *state, struct mailhost *host, struct span text)
{
	struct holding_key key = { .host = host, .domain = need_domain(state, text) };
	uint64_t hash = hash_bytes(&state->key, &key, sizeof(key));
	struct hashmap_node *node;
	struct holding *holding;
	struct domain *domain;

	if (key.domain == NULL) {
		state->forgotten_domains++;
		return NULL;
	}
	node = hashmap_find(&state->holdings, hash, is_holding, &key);
	if (node != NULL)
		return HASHMAP_ENTRY(node, struct holding, node);
	holding = take(state, sizeof(*holding));
	if (holding == NULL) {
		state->forgotten_domains++;
		return NULL;
	}
	domain = find_domain(state, text);
	holding->host = host;
	holding->domain = domain;
	holding->next_of_host = host->holdings;
	host->holdings = holding;
	holding->next_of_domain = domain->holdings;
	domain->holdings = holding;
	hashmap_add(&state->holdings, &holding->node, hash);
	return holding;
}

/* Visit one domain's holdings. */
void state_each_holding_of(const struct state *state, struct span text,
			   void (*visit)(void *ctx, struct holding *holding), void *ctx)
{
	struct domain *domain = find_domain(state, text);

	for (struct holding *h = domain == NULL ? NULL : domain->holdings; h != NULL;
	     h = h->next_of_domain)
		visit(ctx, h);
}

/* ---- servers ---- */

struct server_key {
	struct ip_address address;
	uint16_t port;
};

static bool is_server(const struct hashmap_node *node, const void *key)
{
	const struct server *server = HASHMAP_ENTRY(node, const struct server, node);
	const struct server_key *want = key;

	return server->port == want->port &&
	       ip_address_equal(&server->host->address, &want->address);
}

static uint64_t server_hash(const struct state *state, const struct ip_address *address,
			    uint16_t port)
{
	uint8_t bytes[sizeof(*address) + 2];

	memcpy(bytes, address, sizeof(*address));
	memcpy(bytes + sizeof(*address), &port, 2);
	return hash_bytes(&state->key, bytes, sizeof(bytes));
}

/* Look a server port up. */
struct server *state_find_server(const struct state *state, const struct ip_address *address,
				 uint16_t port)
{
	struct server_key key = { .address = *address, .port = port };
	struct hashmap_node *node = hashmap_find(&state->servers, server_hash(state, address, port),
						 is_server, &key);

	return node == NULL ? NULL : HASHMAP_ENTRY(node, struct server, node);
}

static void see_server(struct server *server, enum mail_protocol protocol, int64_t time_ns)
{
	if (protocol != PROTOCOL_UNKNOWN)
		server->protocol = protocol;
	if (time_ns < server->first_ns)
		server->first_ns = time_ns;
	if (time_ns > server->last_ns)
		server->last_ns = time_ns;
}

/* Find or make a server port. */
struct server *state_server(struct state *state, const struct ip_address *address, uint16_t port,
			    enum mail_protocol protocol, int64_t time_ns)
{
	struct server *server = state_find_server(state, address, port);
	struct mailhost *host;

	if (server != NULL) {
		see_server(server, protocol, time_ns);
		return server;
	}
	host = state_host(state, address);
	server = host == NULL ? NULL : take_room(state, sizeof(*server), NULL);
	/* Making room may have let the host go. */
	host = server == NULL ? NULL : state_host(state, address);
	if (host == NULL) {
		give(state, server, sizeof(*server));
		state->forgotten_servers++;
		return NULL;
	}
	server->host = host;
	server->port = port;
	server->protocol = protocol;
	server->first_ns = server->last_ns = time_ns;
	server->next_of_host = host->servers;
	host->servers = server;
	hashmap_add(&state->servers, &server->node, server_hash(state, address, port));
	return server;
}

/* ---- pairs ---- */

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
	uint64_t parts[2] = { server->node.hash, address_hash(state, client) };

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

/* Find or make a pair, and count it as just seen. */
struct pair *state_pair(struct state *state, struct server *server, const struct ip_address *client,
			int64_t time_ns)
{
	struct pair *pair = state_find_pair(state, server, client);

	if (pair != NULL) {
		state_touch(state, pair, time_ns);
		return pair;
	}
	server->pair_count++; /* so that it is not let go to make room */
	pair = take_room(state, sizeof(*pair), NULL);
	server->pair_count--;
	if (pair == NULL) {
		state->forgotten_pairs++;
		return NULL;
	}
	pair->server = server;
	pair->client = *client;
	pair->verdict = VERDICT_BENIGN;
	pair->first_ns = pair->last_ns = time_ns;
	text_init(&pair->sample, SAMPLE_MAX);
	pair->next_of_server = server->pairs;
	if (server->pairs != NULL)
		server->pairs->previous_of_server = pair;
	server->pairs = pair;
	server->pair_count++;
	hashmap_add(&state->pairs, &pair->node, pair_hash(state, server, client));
	list_pair(state, pair);
	return pair;
}

/* Make the rates on first need. */
struct behaviour *state_behaviour(struct state *state, struct pair *pair)
{
	if (pair->behaviour == NULL)
		pair->behaviour = take(state, sizeof(*pair->behaviour));
	return pair->behaviour;
}

/* A sighting: its time counts, and it is the last to be let go in its class. */
void state_touch(struct state *state, struct pair *pair, int64_t time_ns)
{
	if (time_ns < pair->first_ns)
		pair->first_ns = time_ns;
	if (time_ns > pair->last_ns)
		pair->last_ns = time_ns;
	unlist_pair(state, pair);
	list_pair(state, pair);
}

/* Move a pair to another class of value. */
void state_set_class(struct state *state, struct pair *pair, enum pair_class pair_class)
{
	if (pair->pair_class == pair_class)
		return;
	unlist_pair(state, pair);
	pair->pair_class = pair_class;
	list_pair(state, pair);
}

/* To be judged again. */
void state_dirty(struct state *state, struct pair *pair)
{
	if (pair->dirty)
		return;
	pair->dirty = true;
	pair->next_dirty = state->dirty;
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

	if (state->claim_count >= state->claims_capacity / 2 && !grow_claim_numbers(state))
		return false;
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
			  uint32_t tricks)
{
	uint32_t trick_class = trick_class_of(tricks);
	struct claim *claim;

	for (claim = pair->claims; claim != NULL; claim = claim->next_of_pair)
		if (claim->holding == holding && claim->trick_class == trick_class)
			return claim;
	if (pair->claim_count >= CLAIMS_PER_PAIR_MAX)
		return NULL;
	claim = take(state, sizeof(*claim));
	if (claim == NULL || !number_claim(state, claim)) {
		give(state, claim, sizeof(*claim));
		state->forgotten_domains++;
		return NULL;
	}
	claim->pair = pair;
	claim->holding = holding;
	claim->trick_class = trick_class;
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
		*track = take(state, sizeof(**track));
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
		mark = take(state, sizeof(*mark));
		if (mark == NULL)
			return;
		mark->rule = rule;
		mark->next = pair->marks;
		pair->marks = mark;
	}
	track_add(&mark->track, time_ns, at, connection);
}

/* The mark of this rule, or NULL. */
const struct mark *pair_mark(const struct pair *pair, enum rule rule)
{
	const struct mark *mark = pair->marks;

	while (mark != NULL && mark->rule != rule)
		mark = mark->next;
	return mark;
}

/* Count a network once. */
bool netset_add(struct netset *set, const struct ip_address *address)
{
	struct hash_key fixed = hash_key_fixed();
	struct ip_network network = ip_network_around(address);
	uint32_t hash = (uint32_t)hash_bytes(&fixed, &network.base, sizeof(network.base));

	for (size_t i = 0; i < set->count; i++)
		if (set->hashes[i] == hash)
			return false;
	if (set->count == NETSET_MAX)
		return false;
	set->hashes[set->count++] = hash;
	return true;
}

/* The domain's text. */
struct span holding_domain(const struct holding *holding)
{
	return span_of(holding->domain->text, holding->domain->length);
}
