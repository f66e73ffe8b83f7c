#include "detectors/state_memory.h"

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

/* Charged to the budget; zeroed; NULL when there is no room. */
void *state_take(struct state *state, size_t bytes)
{
	void *memory;

	if (budget_take(state->budget, bytes) != RESULT_OK)
		return NULL;
	memory = calloc(1, bytes);
	if (memory == NULL)
		budget_give(state->budget, bytes);
	return memory;
}

/* NULL is nothing to give. */
void state_give(struct state *state, void *memory, size_t bytes)
{
	if (memory == NULL)
		return;
	free(memory);
	budget_give(state->budget, bytes);
}

static void free_track(struct state *state, struct track *track)
{
	state_give(state, track, sizeof(*track));
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
	state_give(state, holding, sizeof(*holding));
	if (domain->holdings != NULL)
		return;
	hashmap_remove(&state->domains, &domain->node);
	state_give(state, domain->text, domain->length + 1);
	state_give(state, domain, sizeof(*domain));
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
	state_give(state, claim, sizeof(*claim));
	if (is_worthless(holding))
		free_holding(state, holding);
}

void state_unlist_pair(struct state *state, struct pair *pair)
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

void state_list_pair(struct state *state, struct pair *pair)
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
	state_unlist_pair(state, pair);
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

		state_give(state, pair->marks, sizeof(*pair->marks));
		pair->marks = next;
	}
	if (pair->account != NULL)
		state_give(state, pair->account, strlen(pair->account) + 1);
	budget_give(state->budget, pair->sample.capacity);
	text_clear(&pair->sample);
	state_give(state, pair->behaviour, sizeof(*pair->behaviour));
	state_give(state, pair, sizeof(*pair));
}

static void free_server(struct state *state, struct server *server)
{
	struct server **at = &server->host->servers;

	while (*at != server)
		at = &(*at)->next_of_host;
	*at = server->next_of_host;
	hashmap_remove(&state->servers, &server->node);
	if (server->software != NULL)
		state_give(state, server->software, strlen(server->software) + 1);
	state_give(state, server, sizeof(*server));
}

static void free_host(struct state *state, struct mailhost *host)
{
	while (host->holdings != NULL)
		free_holding(state, host->holdings);
	hashmap_remove(&state->hosts, &host->node);
	state_give(state, host, sizeof(*host));
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
void *state_take_room(struct state *state, size_t bytes, const struct pair *keep)
{
	for (int i = 0; i < MAKE_ROOM_TRIES; i++) {
		void *memory = state_take(state, bytes);

		if (memory != NULL || !make_room(state, keep))
			return memory;
	}
	return NULL;
}
