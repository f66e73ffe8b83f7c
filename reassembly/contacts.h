/*
 * contacts - connections to mail ports that carried nothing, summed by minute
 *
 * In:      one call for each such connection.
 * Out:     struct contact, when its minute is over, in the order in which the sums began.
 * Limits:  sums_max sums a minute; what does not fit is counted in forgotten.
 * Errors:  contacts_new: RESULT_FAILED without memory.
 * Owner:   the caller.
 */
#ifndef RELAYWATCH_REASSEMBLY_CONTACTS_H
#define RELAYWATCH_REASSEMBLY_CONTACTS_H

#include "core/conversation.h"
#include "core/hash.h"
#include "core/hashmap.h"

struct contact_sum {
	struct hashmap_node node;
	struct contact contact;
};

struct contacts {
	struct hash_key key;
	struct hashmap map;
	struct contact_sum *sums;
	uint32_t count, sums_max;
	uint64_t forgotten;
};

MUST_USE enum result contacts_new(struct contacts *contacts, const struct hash_key *key,
				  uint32_t sums_max);
void contacts_free(struct contacts *contacts);
/* count, first_ns, last_ns and at are of this one connection. */
void contacts_add(struct contacts *contacts, const struct contact *contact);
/* Hand them all on and begin a new minute. */
void contacts_flush(struct contacts *contacts, const struct conversation_ops *ops, void *ctx);

#endif
