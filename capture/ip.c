/* IPv4 (RFC 791) and what an IP protocol number stands for. */
#include "capture/decoder.h"
#include "capture/fragment.h"

#include <string.h>

#define IP4_MIN_BYTES 20
#define MORE_FRAGMENTS 0x2000
#define OFFSET_MASK 0x1fff
/* A host with segmentation offload has no use for it on packets that fit on the wire. */
#define OFFLOAD_MIN_BYTES 1500

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

/* https://www.iana.org/assignments/protocol-numbers */
enum layer layer_of_ip_protocol(struct walk *walk, uint8_t protocol)
{
	switch (protocol) {
	case 6:
		return LAYER_TCP;
	case 17:
		return LAYER_UDP;
	case 4:
	case 94: /* IPIP, before the standard */
		walk->carrier = "ip";
		return LAYER_IP4;
	case 41:
		walk->carrier = "ip";
		return LAYER_IP6;
	case 51: /* RFC 4302: signed, not encrypted */
		return LAYER_AUTHENTICATION;
	case 50:
		return walk_opaque(walk, OPAQUE_ESP);
	case 108:
		return walk_opaque(walk, OPAQUE_IPCOMP);
	case 47:
		walk->carrier = "gre";
		return LAYER_GRE;
	case 97: /* RFC 3378 */
		walk->carrier = "etherip";
		return LAYER_ETHERIP;
	case 115: /* RFC 3931 */
		walk->carrier = "l2tp";
		return LAYER_L2TP_3;
	case 137: /* RFC 4023 */
		walk->carrier = "mpls";
		return LAYER_MPLS;
	case 143: /* RFC 8986, 4.9 */
		walk->carrier = "ethernet";
		return LAYER_ETHERNET;
	default:
		return LAYER_NONE; /* ICMP and the like carry no mail */
	}
}

/* RFC 4302, 2: next header, length in words of four bytes, less two. */
enum layer authentication_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;

	if (cursor_left(&walk->in) < 2 || walk_header(walk, ((size_t)p[1] + 2) * 4) == NULL)
		return walk_short(walk);
	return layer_of_ip_protocol(walk, p[0]);
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
	size_t wire_bytes = walk_wire_left(walk);

	return total == 0 && wire_bytes > OFFLOAD_MIN_BYTES ? wire_bytes : total;
}

/* An address without a call, as each packet has two. */
static inline void set_address(struct ip_address *address, const uint8_t *p)
{
	memset(address->bytes, 0, sizeof(address->bytes));
	memcpy(address->bytes, p, 4);
	address->family = 4;
}

/* A fragment's bytes go to the table; the walk goes on when they were the last to come. */
static enum layer ip4_fragment(struct walk *walk, const uint8_t *p)
{
	uint16_t field = be16_at(p + 6);
	struct fragment fragment = {
		.identification = walk->ip.identification,
		.protocol = p[9],
		.next_header = p[9],
		.more = (field & MORE_FRAGMENTS) != 0,
		.offset_bytes = (uint32_t)(field & OFFSET_MASK) * 8,
	};
	uint8_t next_header = 0;

	if (fragment.more) /* what is no multiple of eight is cut off, as Linux does */
		walk_limit(walk, walk_wire_left(walk) & ~(size_t)7);
	if (walk_fragment(walk, &fragment, &next_header) == LAYER_NONE)
		return LAYER_NONE;
	return layer_of_ip_protocol(walk, next_header);
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
	if (walk_enter_ip(walk) == LAYER_NONE)
		return LAYER_NONE;
	walk_limit(walk, packet_bytes);
	walk->in.at += header_bytes;
	set_address(&walk->ip.source, p + 12);
	set_address(&walk->ip.destination, p + 16);
	walk->ip.identification = be16_at(p + 4);
	walk->ip.ttl = p[8];
	walk->ip.checksum_bad = !header_sum_right(p, header_bytes);
	if ((be16_at(p + 6) & (MORE_FRAGMENTS | OFFSET_MASK)) != 0)
		return ip4_fragment(walk, p);
	return layer_of_ip_protocol(walk, p[9]);
}
