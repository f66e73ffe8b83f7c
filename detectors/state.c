#include "detectors/state_memory.h"

#include <stdlib.h>
#include <string.h>

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

static void take_off_its_lists(struct holding *holding)
{
	if (holding->previous_of_host != NULL)
		holding->previous_of_host->next_of_host = holding->next_of_host;
	else
		holding->host->holdings = holding->next_of_host;
	if (holding->next_of_host != NULL)
		holding->next_of_host->previous_of_host = holding->previous_of_host;
	if (holding->previous_of_domain != NULL)
		holding->previous_of_domain->next_of_domain = holding->next_of_domain;
	else
		holding->domain->holdings = holding->next_of_domain;
	if (holding->next_of_domain != NULL)
		holding->next_of_domain->previous_of_domain = holding->previous_of_domain;
}

/* Free a holding without claims, and its domain when it was the last one of it. */
void state_free_holding(struct state *state, struct holding *holding)
{
	struct domain *domain = holding->domain;

	state_unlist_holding(state, holding);
	take_off_its_lists(holding);
	hashmap_remove(&state->holdings, &holding->node);
	state_give(state, holding, sizeof(*holding));
	if (domain->holdings == NULL)
		state_free_domain(state, domain);
}

/* Free a domain that no host holds. */
void state_free_domain(struct state *state, struct domain *domain)
{
	hashmap_remove(&state->domains, &domain->node);
	state_give(state, domain->text, domain->length + 1);
	state_give(state, domain, sizeof(*domain));
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
	budget_give(state->budget, CLAIM_SLOTS_BYTES);
	state->claim_count--;
	free_track(state, claim->taken);
	free_track(state, claim->invited);
	free_track(state, claim->recipient);
	free_track(state, claim->denied);
	free_track(state, claim->left);
	free_track(state, claim->routed);
	free_track(state, claim->traced);
	state_give(state, claim, sizeof(*claim));
	state_settle_holding(state, holding);
}

static void undirty(struct state *state, struct pair *pair)
{
	if (!pair->dirty)
		return;
	if (pair->previous_dirty != NULL)
		pair->previous_dirty->next_dirty = pair->next_dirty;
	else
		state->dirty = pair->next_dirty;
	if (pair->next_dirty != NULL)
		pair->next_dirty->previous_dirty = pair->previous_dirty;
	pair->next_dirty = pair->previous_dirty = NULL;
	pair->dirty = false;
}

struct pair *state_next_dirty(struct state *state)
{
	struct pair *pair = state->dirty;

	if (pair != NULL)
		undirty(state, pair);
	return pair;
}

/* Free a pair and all that it claims; its server stays. */
void state_free_pair(struct state *state, struct pair *pair)
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
	state_give(state, pair->balancer, sizeof(*pair->balancer));
	state_give(state, pair, sizeof(*pair));
}

/* Free a server without pairs, and its host when it was the last one of it. */
void state_free_server(struct state *state, struct server *server)
{
	struct mailhost *host = server->host;
	struct server **at = &server->host->servers;

	state_unlist_server(state, server);
	while (*at != server)
		at = &(*at)->next_of_host;
	*at = server->next_of_host;
	hashmap_remove(&state->servers, &server->node);
	if (server->software != NULL)
		state_give(state, server->software, strlen(server->software) + 1);
	state_give(state, server, sizeof(*server));
	if (host->servers == NULL)
		state_free_host(state, host);
}

/* Free a host without servers, and all that is known of domains there. */
void state_free_host(struct state *state, struct mailhost *host)
{
	while (host->holdings != NULL)
		state_free_holding(state, host->holdings);
	for (size_t i = 0; i < host->greeting_count; i++)
		state_give(state, host->greetings[i].name, strlen(host->greetings[i].name) + 1);
	hashmap_remove(&state->hosts, &host->node);
	state_give(state, host, sizeof(*host));
}

static size_t count_servers(const struct mailhost *host)
{
	size_t count = 0;

	for (const struct server *s = host->servers; s != NULL; s = s->next_of_host)
		count++;
	return count;
}

static void free_host_node(void *ctx, struct hashmap_node *node)
{
	struct mailhost *host = HASHMAP_ENTRY(node, struct mailhost, node);

	size_t left = count_servers(host);

	if (left == 0)
		state_free_host(ctx, host);
	/* With its last server it goes itself. */
	for (; left > 0; left--)
		state_free_server(ctx, host->servers);
}

/* Free everything. */
void state_clear(struct state *state)
{
	for (size_t c = 0; c < PAIR_CLASSES; c++)
		while (state->oldest[c] != NULL)
			state_free_pair(state, state->oldest[c]);
	hashmap_each(&state->hosts, free_host_node, state);
	hashmap_clear(&state->hosts);
	hashmap_clear(&state->domains);
	hashmap_clear(&state->holdings);
	hashmap_clear(&state->servers);
	hashmap_clear(&state->pairs);
	free(state->claims_by_number);
	state->claims_by_number = NULL;
}
