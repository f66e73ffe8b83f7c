#include "detectors/ownership.h"

#include "detectors/standing.h"

#include <string.h>

#define MAJORITY_CLIENTS_MIN 8 /* networks of strangers that delivered */
#define MAJORITY_DENIED_MIN 2  /* networks of strangers that were denied other domains */
#define TENANT_CLIENTS_MIN 4   /* as above, for a gateway before a tenant in a cloud */
#define TENANT_HOPS_MAX 4      /* networks that it is handed to */
#define DOMAIN_BYTES_MAX 255

struct judgement {
	enum ownership ownership;
	enum ownership_source source;
};

static struct judgement judged(enum ownership ownership, enum ownership_source source)
{
	return (struct judgement){ .ownership = ownership, .source = source };
}

/* An address literal is its server's own; what has no domain is local by RFC 5321, 4.5.1. */
static bool is_server_itself(const struct site *site, const struct holding *holding)
{
	struct span domain = holding_domain(holding);
	char text[IP_TEXT_MAX + 2];
	struct ip_address address, inside;

	if (domain.length == 0)
		return true;
	if (domain.data[0] != '[' || domain.length >= sizeof(text))
		return false;
	memcpy(text, domain.data, domain.length);
	text[domain.length] = '\0';
	if (text[domain.length - 1] == ']')
		text[domain.length - 1] = '\0';
	if (ip_address_parse(strncmp(text + 1, "ipv6:", 5) == 0 ? text + 6 : text + 1, &address) !=
	    RESULT_OK)
		return false;
	address = site_nat(site, address);
	inside = site_nat(site, holding->host->address);
	return ip_address_equal(&address, &inside);
}

/* One of ours, so that the operator's list of domains is about it. */
static bool is_ours(const struct site *site, const struct mailhost *host)
{
	if (site_has(site, SITE_LOCAL_NET))
		return site_contains(site, SITE_LOCAL_NET, &host->address);
	if (host->took_local)
		return true;
	for (size_t i = 0; i < host->greeting_count; i++)
		if (site_owns_domain(site, SITE_LOCAL_DOMAIN, span_text(host->greetings[i].name)))
			return true;
	return false;
}

bool ownership_by_greeting(const struct mailhost *host, struct span domain)
{
	for (size_t i = 0; i < host->greeting_count; i++) {
		const struct greeting *greeting = &host->greetings[i];
		struct span registrable = span_text(greeting->name + greeting->registrable);

		if (registrable.length > 0 && domain_is_or_below(domain, registrable))
			return true;
	}
	return false;
}

/* By its address, or else by any of the names that it gave itself. */
static enum route route_to(const struct ownership_world *world, const struct holding *holding)
{
	const struct mailhost *host = holding->host;
	struct span domain = holding_domain(holding);
	enum route route = routes_judge(world->routes, domain, &host->address, span_of(NULL, 0));

	for (size_t i = 0; i < host->greeting_count; i++) {
		if (route != ROUTE_NAMES_OTHERS && route != ROUTE_NAMES_OTHERS_WEAKLY)
			return route;
		route = routes_judge(world->routes, domain, &host->address,
				     span_text(host->greetings[i].name));
	}
	return route;
}

static bool has_majority(const struct holding *holding, size_t clients_min)
{
	return holding->clients.count >= clients_min &&
	       holding->host->denied.count >= MAJORITY_DENIED_MIN && !holding->denied;
}

static bool is_listed(const struct site *site, struct span domain)
{
	return site_owns_domain(site, SITE_LOCAL_DOMAIN, domain) ||
	       site_owns_domain(site, SITE_RELAY_TO, domain);
}

struct neighbourhood {
	const struct site *site;
	const struct ip_address *host;
};

static bool is_inside(void *ctx, const struct ip_address *address)
{
	const struct neighbourhood *around = ctx;

	return standing_is_inside(around->site, address, around->host);
}

/*
 * Who goes through a proxy reaches an exchanger itself: one of ours takes our mail, so that the
 * domain is no stranger's there. Names alone do not tell on which side of the proxy they are.
 */
static enum route route_through(const struct ownership_world *world, const struct holding *holding)
{
	struct neighbourhood around = { .site = world->site, .host = &holding->host->address };
	enum route route = route_to(world, holding);

	if (!holding->host->proxy ||
	    (route != ROUTE_NAMES_OTHERS && route != ROUTE_NAMES_OTHERS_WEAKLY))
		return route;
	if (routes_any_exchanger(world->routes, holding_domain(holding), is_inside, &around))
		return ROUTE_NAMES_IT;
	return route == ROUTE_NAMES_OTHERS_WEAKLY ? ROUTE_UNSEEN : route;
}

/* The first that speaks, as the header has it. */
static struct judgement judge(const struct ownership_world *world, const struct holding *holding)
{
	struct span domain = holding_domain(holding);
	const struct mailhost *host = holding->host;
	enum route route;
	bool not_listed;

	if (is_listed(world->site, domain) || is_server_itself(world->site, holding))
		return judged(OWNERSHIP_OWN, SOURCE_CONFIGURED);
	route = route_through(world, holding);
	if (route == ROUTE_NAMES_IT)
		return judged(OWNERSHIP_OWN, SOURCE_MX);
	not_listed = site_has_domains(world->site, SITE_LOCAL_DOMAIN) && is_ours(world->site, host);
	if (holding->left) {
		if (!not_listed && route == ROUTE_UNSEEN &&
		    has_majority(holding, TENANT_CLIENTS_MIN) &&
		    holding->next_hops.count <= TENANT_HOPS_MAX)
			return judged(OWNERSHIP_UNDETERMINED, SOURCE_NONE);
		return judged(OWNERSHIP_FOREIGN, SOURCE_LEFT);
	}
	if (holding->denied)
		return judged(OWNERSHIP_FOREIGN, SOURCE_DENIED);
	if (holding->unknown_user)
		return judged(OWNERSHIP_OWN, SOURCE_UNKNOWN_USER);
	if (ownership_by_greeting(host, domain))
		return judged(OWNERSHIP_OWN, SOURCE_GREETING);
	if (has_majority(holding, MAJORITY_CLIENTS_MIN))
		return judged(OWNERSHIP_OWN, SOURCE_MAJORITY);
	if (route == ROUTE_NAMES_OTHERS)
		return judged(OWNERSHIP_FOREIGN, SOURCE_MX);
	if (route == ROUTE_NAMES_OTHERS_WEAKLY)
		return judged(OWNERSHIP_FOREIGN, SOURCE_MX_NAMES);
	if (not_listed)
		return judged(OWNERSHIP_FOREIGN, SOURCE_NOT_CONFIGURED);
	return judged(OWNERSHIP_UNDETERMINED, SOURCE_NONE);
}

/* Judge anew. */
bool ownership_update(const struct ownership_world *world, struct holding *holding)
{
	struct judgement j = judge(world, holding);
	bool changed = j.ownership != holding->ownership;

	holding->ownership = j.ownership;
	holding->source = j.source;
	return changed;
}

bool ownership_is_own(const struct site *site, const struct state *state, struct mailhost *host,
		      struct span domain)
{
	uint8_t folded[DOMAIN_BYTES_MAX] = { 0 };
	struct span text = span_of(folded, domain.length);
	const struct holding *holding;

	if (domain.length > sizeof(folded))
		return false;
	for (size_t i = 0; i < domain.length; i++)
		folded[i] = ascii_lower(domain.data[i]);
	if (site_owns_domain(site, SITE_LOCAL_DOMAIN, text))
		return true;
	holding = state_find_holding(state, host, text);
	return (holding != NULL && holding->ownership == OWNERSHIP_OWN) ||
	       ownership_by_greeting(host, text);
}

/* What was learned from behaviour can be revoked; these two cannot. */
bool ownership_is_settled_own(const struct holding *holding)
{
	return holding->ownership == OWNERSHIP_OWN &&
	       (holding->source == SOURCE_CONFIGURED || holding->source == SOURCE_MX);
}

/* Foreign only by what may turn out otherwise: a list that forgot it, names without addresses. */
bool ownership_is_weak(const struct holding *holding)
{
	return holding->source == SOURCE_NOT_CONFIGURED || holding->source == SOURCE_MX_NAMES;
}

/* As own_domain.from has it. */
const char *ownership_source_word(enum ownership_source source)
{
	static const char *const words[] = {
		[SOURCE_NONE] = "nothing",
		[SOURCE_CONFIGURED] = "configured",
		[SOURCE_MX] = "mx",
		[SOURCE_MX_NAMES] = "mx_names",
		[SOURCE_UNKNOWN_USER] = "unknown_user",
		[SOURCE_GREETING] = "greeting",
		[SOURCE_MAJORITY] = "majority",
		[SOURCE_LEFT] = "left",
		[SOURCE_DENIED] = "denied",
		[SOURCE_NOT_CONFIGURED] = "not_configured",
		[SOURCE_QMQP] = "qmqp",
	};

	return (size_t)source < ARRAY_COUNT(words) ? words[source] : "nothing";
}
