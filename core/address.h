/*
 * address - IP addresses and networks
 *
 * In:      bytes from the wire, or text from a configuration.
 * Out:     values that can be compared, printed (RFC 5952) and tested against a network.
 * Limits:  -
 * Errors:  parse: RESULT_BAD.
 * Owner:   plain values.
 */
#ifndef RELAYWATCH_CORE_ADDRESS_H
#define RELAYWATCH_CORE_ADDRESS_H

#include "core/result.h"

#include <stdbool.h>
#include <stdint.h>

#define IP_TEXT_MAX 46 /* INET6_ADDRSTRLEN */
#define NETWORK_TEXT_MAX 50

/* The bytes past an IPv4 address are zero, so that a struct can be compared whole. */
struct ip_address {
	uint8_t bytes[16];
	uint8_t family; /* 4, 6, or 0: none */
};

struct ip_network {
	struct ip_address base;
	uint8_t prefix_bits;
};

struct ip_address ip_address_v4(const uint8_t bytes[4]);
struct ip_address ip_address_v6(const uint8_t bytes[16]);
bool ip_address_equal(const struct ip_address *a, const struct ip_address *b);
int ip_address_compare(const struct ip_address *a, const struct ip_address *b); /* IPv4 first */
MUST_USE enum result ip_address_parse(const char *text, struct ip_address *out);
/* Writes text and gives it back. */
const char *ip_address_format(const struct ip_address *a, char text[IP_TEXT_MAX]);
/* An IPv4 address written as IPv6 (::ffff:a.b.c.d) becomes IPv4; others stay. */
struct ip_address ip_address_unmapped(struct ip_address a);
bool ip_address_is_loopback(const struct ip_address *a);
/*
 * One that many networks have, and that is not routed between them: private (RFC 1918), shared
 * (RFC 6598), unique local (RFC 4193), link-local (RFC 3927; RFC 4291, 2.5.6) or loopback.
 */
bool ip_address_is_private(const struct ip_address *a);

/* "192.0.2.0/24", "2001:db8::/48", or one address. Bits past the prefix are cleared. */
MUST_USE enum result ip_network_parse(const char *text, struct ip_network *out);
bool ip_network_contains(const struct ip_network *network, const struct ip_address *a);
/* The neighbourhood of an address: IPv4 /24, IPv6 /48. */
struct ip_network ip_network_around(const struct ip_address *a);

#endif
