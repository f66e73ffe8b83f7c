#include "core/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* Take four bytes from the wire. */
struct ip_address ip_address_v4(const uint8_t bytes[4])
{
	struct ip_address a = { .family = 4 };

	memcpy(a.bytes, bytes, 4);
	return a;
}

/* Take sixteen bytes from the wire. */
struct ip_address ip_address_v6(const uint8_t bytes[16])
{
	struct ip_address a = { .family = 6 };

	memcpy(a.bytes, bytes, 16);
	return a;
}

/* Compare family and bytes. */
bool ip_address_equal(const struct ip_address *a, const struct ip_address *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Order by family, then by bytes. */
int ip_address_compare(const struct ip_address *a, const struct ip_address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* Read either family's text. */
enum result ip_address_parse(const char *text, struct ip_address *out)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		*out = ip_address_v4(bytes);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*out = ip_address_v6(bytes);
	else
		return RESULT_BAD;
	return RESULT_OK;
}

/* Print as RFC 5952 says. */
const char *ip_address_format(const struct ip_address *a, char text[IP_TEXT_MAX])
{
	if (a->family == 0 ||
	    inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, text, IP_TEXT_MAX) == NULL)
		text[0] = '\0';
	return text;
}

/* Undo RFC 4291, 2.5.5.2. */
struct ip_address ip_address_unmapped(struct ip_address a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	if (a.family != 6 || memcmp(a.bytes, prefix, sizeof(prefix)) != 0)
		return a;
	return ip_address_v4(a.bytes + 12);
}

/* 127.0.0.0/8 and ::1. */
bool ip_address_is_loopback(const struct ip_address *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == 4)
		return a->bytes[0] == 127;
	return a->family == 6 && memcmp(a->bytes, one, sizeof(one)) == 0;
}

static void clear_host_bits(struct ip_network *network)
{
	size_t whole = network->prefix_bits / 8U;
	unsigned int rest = network->prefix_bits % 8U;

	if (rest != 0) {
		network->base.bytes[whole] &= (uint8_t)(0xff00U >> rest);
		whole++;
	}
	memset(network->base.bytes + whole, 0, sizeof(network->base.bytes) - whole);
}

/* Read address and prefix. */
enum result ip_network_parse(const char *text, struct ip_network *out)
{
	char address[IP_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t n = slash == NULL ? strlen(text) : (size_t)(slash - text);
	struct ip_network network;
	char *end = NULL;
	unsigned long most, bits;

	if (n >= sizeof(address))
		return RESULT_BAD;
	memcpy(address, text, n);
	address[n] = '\0';
	if (ip_address_parse(address, &network.base) != RESULT_OK)
		return RESULT_BAD;
	most = network.base.family == 4 ? 32 : 128;
	bits = most;
	if (slash != NULL) {
		if (slash[1] < '0' || slash[1] > '9')
			return RESULT_BAD;
		bits = strtoul(slash + 1, &end, 10);
		if (*end != '\0' || bits > most)
			return RESULT_BAD;
	}
	network.prefix_bits = (uint8_t)bits;
	clear_host_bits(&network);
	*out = network;
	return RESULT_OK;
}

/* Compare the first prefix_bits bits. */
bool ip_network_contains(const struct ip_network *network, const struct ip_address *a)
{
	size_t whole = network->prefix_bits / 8U;
	unsigned int rest = network->prefix_bits % 8U;

	if (a->family != network->base.family || memcmp(a->bytes, network->base.bytes, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	return (a->bytes[whole] ^ network->base.bytes[whole]) >> (8 - rest) == 0;
}

/* The network in which hosts count as neighbours. */
struct ip_network ip_network_around(const struct ip_address *a)
{
	struct ip_network network = { .base = *a, .prefix_bits = a->family == 4 ? 24 : 48 };

	clear_host_bits(&network);
	return network;
}

/* Look through the blocks. */
bool ip_address_is_private(const struct ip_address *a)
{
	static const struct ip_network blocks[] = {
		{ { .family = 4, .bytes = { 10 } }, 8 },
		{ { .family = 4, .bytes = { 172, 16 } }, 12 },
		{ { .family = 4, .bytes = { 192, 168 } }, 16 },
		{ { .family = 4, .bytes = { 100, 64 } }, 10 },
		{ { .family = 4, .bytes = { 169, 254 } }, 16 },
		{ { .family = 6, .bytes = { 0xfc } }, 7 },
		{ { .family = 6, .bytes = { 0xfe, 0x80 } }, 10 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(blocks); i++)
		if (ip_network_contains(&blocks[i], a))
			return true;
	return ip_address_is_loopback(a);
}
