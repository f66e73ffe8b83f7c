#include "detectors/twins.h"

#include "detectors/balancer.h"
#include "detectors/lossy.h"

#include <stdlib.h>

#define NAMES_MAX 4 /* of one address */

/* First the hash, as lossy.h wants it. */
struct named {
	uint64_t name_and_family;
	struct ip_address address;
};

struct names_at {
	uint64_t address;
	uint64_t names[NAMES_MAX]; /* the lowest hashes, in order; 0: none */
};

struct twins {
	struct hash_key key;
	struct lossy by_name, by_address;
};

enum result twins_new(struct twins **out, const struct hash_key *key, struct budget *budget)
{
	struct twins *twins = calloc(1, sizeof(*twins));

	if (twins == NULL)
		return RESULT_FAILED;
	twins->key = *key;
	lossy_init(&twins->by_name, sizeof(struct named), TWINS_NAMES, budget);
	lossy_init(&twins->by_address, sizeof(struct names_at), TWINS_NAMES, budget);
	*out = twins;
	return RESULT_OK;
}

void twins_free(struct twins **twins)
{
	if (*twins == NULL)
		return;
	lossy_clear(&(*twins)->by_name);
	lossy_clear(&(*twins)->by_address);
	free(*twins);
	*twins = NULL;
}

static uint64_t hash_of(const struct twins *twins, uint64_t name, uint8_t family)
{
	const uint64_t parts[2] = { name, family };

	return hash_bytes(&twins->key, parts, sizeof(parts));
}

static uint64_t address_hash(const struct twins *twins, const struct ip_address *address)
{
	return hash_bytes(&twins->key, address, sizeof(*address));
}

/* The lowest hashes stay, so that the order of facts does not matter. */
static void note_name(struct twins *twins, const struct ip_address *address, uint64_t name)
{
	struct names_at *at = lossy_put(&twins->by_address, address_hash(twins, address));

	for (size_t i = 0; at != NULL && i < NAMES_MAX && name != 0; i++) {
		uint64_t here = at->names[i];

		if (here == name)
			return;
		if (here != 0 && here < name)
			continue;
		at->names[i] = name;
		name = here;
	}
}

void twins_called(struct twins *twins, const struct ip_address *address, struct span name)
{
	struct balancer_name parsed;
	struct named *named;
	uint64_t hash;

	if (!balancer_name_of(name, &parsed) || parsed.literal.family != 0)
		return;
	hash = hash_span(&twins->key, span_text(parsed.text));
	named = lossy_put(&twins->by_name, hash_of(twins, hash, address->family));
	if (named == NULL)
		return;
	if (named->address.family == 0 || ip_address_compare(address, &named->address) < 0)
		named->address = *address;
	note_name(twins, address, hash);
}

bool twins_other(const struct twins *twins, const struct ip_address *address,
		 struct ip_address *out)
{
	const struct names_at *at = lossy_get(&twins->by_address, address_hash(twins, address));
	uint8_t other = address->family == 6 ? 4 : 6;

	for (size_t i = 0; at != NULL && i < NAMES_MAX && at->names[i] != 0; i++) {
		const struct named *named = lossy_get(&twins->by_name,
						      hash_of(twins, at->names[i], other));

		if (named == NULL)
			continue;
		*out = named->address;
		return true;
	}
	return false;
}
