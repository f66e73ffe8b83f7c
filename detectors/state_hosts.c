#include "detectors/state_memory.h"

#include <stdlib.h>
#include <string.h>

static bool is_host(const struct hashmap_node *node, const void *key)
{
	return ip_address_equal(&HASHMAP_ENTRY(node, const struct mailhost, node)->address, key);
}

uint64_t state_address_hash(const struct state *state, const struct ip_address *address)
{
	return hash_bytes(&state->key, address, sizeof(*address));
}

/* Look a host up. */
struct mailhost *state_find_host(const struct state *state, const struct ip_address *address)
{
	struct hashmap_node *node = hashmap_find(&state->hosts, state_address_hash(state, address),
						 is_host, address);

	return node == NULL ? NULL : HASHMAP_ENTRY(node, struct mailhost, node);
}

static struct mailhost *need_host(struct state *state, const struct ip_address *address)
{
	struct mailhost *host = state_find_host(state, address);

	if (host != NULL)
		return host;
	host = state_take(state, sizeof(*host));
	if (host == NULL)
		return NULL;
	host->address = *address;
	host->refused_taken_last_ns = TIME_NEVER;
	hashmap_add(&state->hosts, &host->node, state_address_hash(state, address));
	return host;
}

struct greeting *state_greeting(struct state *state, struct mailhost *host, struct span name)
{
	struct greeting *greeting;
	char *copy;

	for (size_t i = 0; i < host->greeting_count; i++)
		if (span_is_nocase(name, host->greetings[i].name))
			return NULL;
	if (host->greeting_count == GREETINGS_MAX)
		return NULL;
	copy = state_take(state, name.length + 1);
	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < name.length; i++)
		copy[i] = (char)ascii_lower(name.data[i]);
	greeting = &host->greetings[host->greeting_count++];
	*greeting = (struct greeting){ .name = copy, .registrable = name.length };
	return greeting;
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
	domain = state_take(state, sizeof(*domain));
	if (domain == NULL)
		return NULL;
	domain->text = state_take(state, text.length + 1);
	if (domain->text == NULL) {
		state_give(state, domain, sizeof(*domain));
		return NULL;
	}
	if (text.length > 0)
		memcpy(domain->text, text.data, text.length);
	domain->length = text.length;
	hashmap_add(&state->domains, &domain->node, hash_span(&state->key, text));
	return domain;
}

struct holding_key {
	struct mailhost *host;
	struct domain *domain;
};

static bool is_holding(const struct hashmap_node *node, const void *key)
{
	const struct holding *holding = HASHMAP_ENTRY(node, const struct holding, node);
	const struct holding_key *want = key;

	return holding->host == want->host && holding->domain == want->domain;
}

static void list_holding(struct holding *holding)
{
	struct mailhost *host = holding->host;
	struct domain *domain = holding->domain;

	holding->next_of_host = host->holdings;
	if (host->holdings != NULL)
		host->holdings->previous_of_host = holding;
	host->holdings = holding;
	holding->next_of_domain = domain->holdings;
	if (domain->holdings != NULL)
		domain->holdings->previous_of_domain = holding;
	domain->holdings = holding;
}

/* Look up what is known of a domain at a host. */
struct holding *state_find_holding(const struct state *state, struct mailhost *host,
				   struct span text)
{
	struct holding_key key = { .host = host, .domain = find_domain(state, text) };
	struct hashmap_node *node;

	if (key.domain == NULL)
		return NULL;
	node = hashmap_find(&state->holdings, hash_bytes(&state->key, &key, sizeof(key)),
			    is_holding, &key);
	return node == NULL ? NULL : HASHMAP_ENTRY(node, struct holding, node);
}

/* Find or make what is known of a domain at a host. */
struct holding *state_holding(struct state *state, struct mailhost *host, struct span text)
{
	struct holding *holding = state_find_holding(state, host, text);
	struct holding_key key = { .host = host };

	if (holding != NULL)
		return holding;
	key.domain = need_domain(state, text);
	if (key.domain == NULL) {
		state->forgotten_domains++;
		return NULL;
	}
	holding = state_take(state, sizeof(*holding));
	if (holding == NULL) {
		if (key.domain->holdings == NULL)
			state_free_domain(state, key.domain);
		state->forgotten_domains++;
		return NULL;
	}
	holding->host = host;
	holding->domain = key.domain;
	holding->denied_last_ns = TIME_NEVER;
	list_holding(holding);
	hashmap_add(&state->holdings, &holding->node, hash_bytes(&state->key, &key, sizeof(key)));
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
	/* Who asks a server in another protocol does not make it speak that. */
	if ((size_t)protocol < ARRAY_COUNT(server->spoken) && protocol != PROTOCOL_UNKNOWN &&
	    server->spoken[protocol] < UINT32_MAX &&
	    ++server->spoken[protocol] > server->spoken[server->protocol])
		server->protocol = protocol;
	if (time_ns < server->first_ns)
		server->first_ns = time_ns;
	if (time_ns > server->last_ns)
		server->last_ns = time_ns;
}

static struct server *make_server(struct state *state, const struct ip_address *address,
				  uint16_t port)
{
	struct mailhost *host;
	struct server *server;

	state_make_room(state, sizeof(*host) + sizeof(*server), NULL);
	host = need_host(state, address);
	if (host == NULL)
		return NULL;
	server = state_take(state, sizeof(*server));
	if (server == NULL) {
		if (host->servers == NULL)
			state_free_host(state, host);
		return NULL;
	}
	server->host = host;
	server->port = port;
	for (size_t c = 0; c < TRICK_CLASSES; c++) {
		server->taken_first_ns[c] = server->taken_last_ns[c] = TIME_NEVER;
		server->denied_first_ns[c] = server->denied_last_ns[c] = TIME_NEVER;
	}
	server->refused_last_ns = server->resolved_ns = TIME_NEVER;
	server->next_of_host = host->servers;
	host->servers = server;
	hashmap_add(&state->servers, &server->node, server_hash(state, address, port));
	return server;
}

/* Find or make a server port. */
struct server *state_server(struct state *state, const struct ip_address *address, uint16_t port,
			    enum mail_protocol protocol, int64_t time_ns)
{
	struct server *server = state_find_server(state, address, port);

	if (server != NULL) {
		see_server(server, protocol, time_ns);
		return server;
	}
	server = make_server(state, address, port);
	if (server == NULL) {
		state->forgotten_servers++;
		return NULL;
	}
	server->first_ns = server->last_ns = time_ns;
	see_server(server, protocol, time_ns);
	return server;
}
