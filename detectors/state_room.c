#include "detectors/state_memory.h"

/* ---- lists by age: of pairs by class, of holdings without claims, of servers without pairs ---- */

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

void state_unlist_holding(struct state *state, struct holding *holding)
{
	if (!holding->idle)
		return;
	if (holding->older != NULL)
		holding->older->newer = holding->newer;
	else
		state->oldest_idle_holding = holding->newer;
	if (holding->newer != NULL)
		holding->newer->older = holding->older;
	else
		state->newest_idle_holding = holding->older;
	holding->older = holding->newer = NULL;
	holding->idle = false;
}

static void list_holding(struct state *state, struct holding *holding)
{
	holding->older = state->newest_idle_holding;
	if (holding->older != NULL)
		holding->older->newer = holding;
	else
		state->oldest_idle_holding = holding;
	state->newest_idle_holding = holding;
	holding->idle = true;
}

void state_unlist_server(struct state *state, struct server *server)
{
	if (!server->idle)
		return;
	if (server->older != NULL)
		server->older->newer = server->newer;
	else
		state->oldest_idle_server[server->idle_class] = server->newer;
	if (server->newer != NULL)
		server->newer->older = server->older;
	else
		state->newest_idle_server[server->idle_class] = server->older;
	server->older = server->newer = NULL;
	server->idle = false;
}

static void list_server(struct state *state, struct server *server)
{
	enum idle_class c = server->posture == POSTURE_CLOSED ? IDLE_CLOSED : IDLE_OPEN;

	server->older = state->newest_idle_server[c];
	if (server->older != NULL)
		server->older->newer = server;
	else
		state->oldest_idle_server[c] = server;
	state->newest_idle_server[c] = server;
	server->idle_class = c;
	server->idle = true;
}

/* ---- what stays when nobody refers to it ---- */

/* Nothing was learned of it that outlasts the pairs. */
static bool is_worthless(const struct holding *holding)
{
	return !holding->unknown_user && !holding->left && holding->clients.count == 0;
}

void state_settle_holding(struct state *state, struct holding *holding)
{
	if (holding->claims != NULL)
		return;
	if (is_worthless(holding)) {
		state_free_holding(state, holding);
		return;
	}
	state_unlist_holding(state, holding);
	list_holding(state, holding);
}

void state_settle_server(struct state *state, struct server *server)
{
	if (server->pair_count > 0)
		return;
	if (server->posture == POSTURE_UNKNOWN) {
		state_free_server(state, server);
		state->forgotten_servers++;
		return;
	}
	state_unlist_server(state, server);
	list_server(state, server);
}

/* ---- letting go, the least valuable first ---- */

static bool forget_pair(struct state *state, enum pair_class c, const struct pair *keep)
{
	struct pair *pair = state->oldest[c];
	struct server *server;

	if (pair != NULL && pair == keep)
		pair = pair->newer;
	if (pair == NULL)
		return false;
	server = pair->server;
	server->forgot_relay = server->forgot_relay || c == PAIR_RELAY;
	state_free_pair(state, pair);
	state->forgotten_pairs++;
	state_settle_server(state, server);
	return true;
}

static bool forget_holding(struct state *state)
{
	if (state->oldest_idle_holding == NULL)
		return false;
	state_free_holding(state, state->oldest_idle_holding);
	state->forgotten_domains++;
	return true;
}

static bool forget_server(struct state *state, enum idle_class c)
{
	if (state->oldest_idle_server[c] == NULL)
		return false;
	state_free_server(state, state->oldest_idle_server[c]);
	state->forgotten_servers++;
	return true;
}

static bool let_go(struct state *state, const struct pair *keep)
{
	return forget_pair(state, PAIR_CONTACT, keep) || forget_pair(state, PAIR_MAIL, keep) ||
	       forget_pair(state, PAIR_DENIED, keep) || forget_holding(state) ||
	       forget_server(state, IDLE_CLOSED) || forget_pair(state, PAIR_ACCUSED, keep) ||
	       forget_pair(state, PAIR_RELAY, keep) || forget_server(state, IDLE_OPEN);
}

void state_make_room(struct state *state, size_t bytes, const struct pair *keep)
{
	const struct budget *budget = state->budget;

	while (budget->limit_bytes - budget->used_bytes < bytes)
		if (!let_go(state, keep))
			return;
}
