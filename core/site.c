#include "core/site.h"

#include <stdlib.h>
#include <string.h>

struct networks {
	struct ip_network *list;
	size_t count;
};

struct domains {
	char **list;
	size_t count;
};

struct nat_pair {
	struct ip_address outside, inside;
};

struct site {
	struct networks roles[SITE_ROLE_COUNT];
	struct domains sets[SITE_DOMAINS_COUNT];
	struct nat_pair *nat;
	size_t nat_count;
};

/* Nothing said yet. */
enum result site_new(struct site **out)
{
	*out = calloc(1, sizeof(**out));
	return *out == NULL ? RESULT_FAILED : RESULT_OK;
}

/* Free the site and all that it holds. */
void site_free(struct site **site)
{
	struct site *s = *site;

	if (s == NULL)
		return;
	for (size_t i = 0; i < SITE_ROLE_COUNT; i++)
		free(s->roles[i].list);
	for (size_t i = 0; i < SITE_DOMAINS_COUNT; i++) {
		for (size_t j = 0; j < s->sets[i].count; j++)
			free(s->sets[i].list[j]);
		free(s->sets[i].list);
	}
	free(s->nat);
	free(s);
	*site = NULL;
}

/* Have room for one more entry: the list doubles whenever its count is a power of two. */
static enum result grown(void **list, size_t count, size_t entry_bytes)
{
	void *bigger;

	if (count >= SITE_ENTRIES_MAX)
		return RESULT_LIMIT;
	if ((count & (count - 1)) != 0)
		return RESULT_OK;
	bigger = realloc(*list, (count == 0 ? 1 : 2 * count) * entry_bytes);
	if (bigger == NULL)
		return RESULT_FAILED;
	*list = bigger;
	return RESULT_OK;
}

/* Add a network to a role. */
enum result site_add_network(struct site *site, enum site_role role, const char *cidr)
{
	struct networks *set = &site->roles[role];
	struct ip_network network;
	void *list = set->list;
	enum result r = ip_network_parse(cidr, &network);

	if (r == RESULT_OK)
		r = grown(&list, set->count, sizeof(network));
	if (r != RESULT_OK)
		return r;
	set->list = list;
	set->list[set->count++] = network;
	return RESULT_OK;
}

/*
 * Letters, digits, hyphens and underscores between single dots, as domains are written once they
 * are A-labels.
 */
static bool is_domain(const char *text)
{
	size_t n = strlen(text);
	uint8_t before = '.';

	if (n == 0 || n > 253)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c == '.' && before == '.')
			return false;
		if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '-' && c != '_' && c != '.')
			return false;
		before = c;
	}
	return true;
}

/* Add a domain to a set, folded. The caller has made A-labels of it. */
enum result site_add_domain(struct site *site, enum site_domains set, const char *domain)
{
	struct domains *to = &site->sets[set];
	void *list = to->list;
	char *copy;
	enum result r;

	if (!is_domain(domain))
		return RESULT_BAD;
	r = grown(&list, to->count, sizeof(*to->list));
	if (r != RESULT_OK)
		return r;
	to->list = list;
	copy = strdup(domain);
	if (copy == NULL)
		return RESULT_FAILED;
	for (char *c = copy; *c != '\0'; c++)
		*c = (char)ascii_lower((uint8_t)*c);
	if (copy[strlen(copy) - 1] == '.')
		copy[strlen(copy) - 1] = '\0';
	to->list[to->count++] = copy;
	return RESULT_OK;
}

/* Add one pair of addresses. */
enum result site_add_nat(struct site *site, const char *public_equals_private)
{
	char text[2 * IP_TEXT_MAX];
	struct nat_pair pair;
	size_t n = strlen(public_equals_private);
	void *list = site->nat;
	char *equals;
	enum result r;

	if (n >= sizeof(text))
		return RESULT_BAD;
	memcpy(text, public_equals_private, n + 1);
	equals = strchr(text, '=');
	if (equals == NULL)
		return RESULT_BAD;
	*equals = '\0';
	if (ip_address_parse(text, &pair.outside) != RESULT_OK ||
	    ip_address_parse(equals + 1, &pair.inside) != RESULT_OK)
		return RESULT_BAD;
	r = grown(&list, site->nat_count, sizeof(pair));
	if (r != RESULT_OK)
		return r;
	site->nat = list;
	site->nat[site->nat_count++] = pair;
	return RESULT_OK;
}

/* Was anything said of this role? */
bool site_has(const struct site *site, enum site_role role)
{
	return site->roles[role].count > 0;
}

/* Is the address in one of the role's networks? */
bool site_contains(const struct site *site, enum site_role role, const struct ip_address *a)
{
	const struct networks *set = &site->roles[role];

	for (size_t i = 0; i < set->count; i++)
		if (ip_network_contains(&set->list[i], a))
			return true;
	return false;
}

bool site_names(const struct site *site, enum site_role role, const struct ip_address *a)
{
	const struct networks *set = &site->roles[role];
	uint8_t whole_bits = a->family == 4 ? 32 : 128;

	for (size_t i = 0; i < set->count; i++)
		if (set->list[i].prefix_bits == whole_bits && ip_network_contains(&set->list[i], a))
			return true;
	return false;
}

/* Was any domain given? */
bool site_has_domains(const struct site *site, enum site_domains set)
{
	return site->sets[set].count > 0;
}

/* Label by label: notexample.com is not below example.com. */
bool domain_is_or_below(struct span domain, struct span parent)
{
	size_t cut;

	if (domain.length < parent.length)
		return false;
	cut = domain.length - parent.length;
	return span_equal_nocase(span_part(domain, cut, SIZE_MAX), parent) &&
	       (cut == 0 || domain.data[cut - 1] == '.');
}

/* Does the set name this domain or one above it? */
bool site_owns_domain(const struct site *site, enum site_domains set, struct span domain)
{
	const struct domains *in = &site->sets[set];

	if (domain.length == 0)
		return false;
	for (size_t i = 0; i < in->count; i++)
		if (domain_is_or_below(domain, span_text(in->list[i])))
			return true;
	return false;
}

/* Follow the address pairs. */
struct ip_address site_nat(const struct site *site, struct ip_address a)
{
	for (size_t i = 0; i < site->nat_count; i++)
		if (ip_address_equal(&site->nat[i].outside, &a))
			return site->nat[i].inside;
	return a;
}

/* The other way. */
struct ip_address site_nat_outside(const struct site *site, struct ip_address a)
{
	for (size_t i = 0; i < site->nat_count; i++)
		if (ip_address_equal(&site->nat[i].inside, &a))
			return site->nat[i].outside;
	return a;
}

/* Told from the local networks; without them nothing is known. */
enum network_direction site_direction(const struct site *site, const struct ip_address *client,
				      const struct ip_address *server)
{
	bool from_us, to_us;

	if (!site_has(site, SITE_LOCAL_NET))
		return DIRECTION_UNKNOWN;
	from_us = site_contains(site, SITE_LOCAL_NET, client);
	to_us = site_contains(site, SITE_LOCAL_NET, server);
	if (from_us)
		return to_us ? DIRECTION_INTERNAL : DIRECTION_OUTBOUND;
	return to_us ? DIRECTION_INBOUND : DIRECTION_EXTERNAL;
}
