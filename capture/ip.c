/* IPv4 (RFC 791) and what an IP protocol number stands for. */
#include "capture/decoder.h"

#define IP4_MIN_BYTES 20
#define FRAGMENT_MASK 0x3fff /* more fragments, and the offset */

/* Do the header's words sum up to all ones? RFC 1071. */
static bool header_sum_right(const uint8_t *p, size_t header_bytes)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < header_bytes; i += 4)
		sum += be32_at(p + i);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* https://www.iana.org/assignments/protocol-numbers; tunnels are in tunnel.c. */
enum layer layer_of_ip_protocol(struct walk *walk, uint8_t protocol)
{
	switch (protocol) {
	case 6:
		return LAYER_TCP;
	case 17:
		return LAYER_UDP;
	case 4:
		return LAYER_IP4;
	case 41:
		return LAYER_IP6;
	case 50:
		return walk_opaque(walk, OPAQUE_ESP);
	case 108:
		return walk_opaque(walk, OPAQUE_IPCOMP);
	case 137: /* RFC 4023 */
		return LAYER_MPLS;
	default:
		return LAYER_NONE; /* ICMP and the like carry no mail */
	}
}

/* By its first four bits. */
enum layer ip_decode(struct walk *walk)
{
	if (cursor_left(&walk->in) < 1)
		return walk_short(walk);
	switch (walk->in.at[0] >> 4) {
	case 4:
		return LAYER_IP4;
	case 6:
		return LAYER_IP6;
	default:
		return walk_malformed(walk);
	}
}

/*
 * How long the packet is, as it says itself. A sending host with segmentation offload captures
 * a length of 0: then all that is there belongs to it.
 */
static size_t total_bytes(const struct walk *walk, const uint8_t *p)
{
	size_t total = be16_at(p + 2);

	return total == 0 ? walk_wire_left(walk) : total;
}

/* One IPv4 header; its padding and what follows the packet on the link is left behind. */
enum layer ip4_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;
	size_t left = cursor_left(&walk->in);
	size_t header_bytes, packet_bytes;

	if (left < IP4_MIN_BYTES)
		return walk_short(walk);
	header_bytes = (size_t)(p[0] & 0x0f) * 4;
	packet_bytes = total_bytes(walk, p);
	if (p[0] >> 4 != 4 || header_bytes < IP4_MIN_BYTES || packet_bytes < header_bytes ||
	    packet_bytes > walk_wire_left(walk))
		return walk_malformed(walk);
	if (header_bytes > left)
		return walk_short(walk);
	if (++walk->ip_depth > IP_DEPTH_MAX)
		return walk_unknown(walk, UNKNOWN_TOO_DEEP);
	walk_limit(walk, packet_bytes);
	walk->in.at += header_bytes;
	walk->ip.source = ip_address_v4(p + 12);
	walk->ip.destination = ip_address_v4(p + 16);
	walk->ip.identification = be16_at(p + 4);
	walk->ip.ttl = p[8];
	walk->ip.checksum_bad = !header_sum_right(p, header_bytes);
	if ((be16_at(p + 6) & FRAGMENT_MASK) != 0)
		return walk_unknown(walk, UNKNOWN_TUNNEL);
	return layer_of_ip_protocol(walk, p[9]);
}
