#include "detectors/peers.h"

/* By address and port. */
bool peers_add(struct peers *peers, const struct ip_address *address, uint16_t port)
{
	for (size_t i = 0; i < peers->count; i++)
		if (peers->items[i].port == port &&
		    ip_address_equal(&peers->items[i].address, address))
			return false;
	if (peers->count == PEERS_MAX)
		return false;
	peers->items[peers->count++] = (struct subject_peer){ .address = *address, .port = port };
	return true;
}
