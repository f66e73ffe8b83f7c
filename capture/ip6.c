/* IPv6 (RFC 8200) and its extension headers. */
#include "capture/decoder.h"
#include "capture/fragment.h"

#define IP6_BYTES 40
#define EXTENSIONS_MAX 32
#define FRAGMENT_HEADER_BYTES 8
#define MORE_FRAGMENTS 0x0001
#define OFFSET_MASK 0xfff8
/* See ip.c; a jumbogram (RFC 2675) is longer anyway. */
#define OFFLOAD_MIN_BYTES 1500

enum next_header {
	NEXT_HOP_BY_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AUTHENTICATION = 51, /* RFC 4302: signed, not encrypted */
	NEXT_NONE = 59,
	NEXT_DESTINATION = 60,
	NEXT_MOBILITY = 135,
	NEXT_HIP = 139,
	NEXT_SHIM6 = 140
};

/* Bytes of an extension header, by its length field; 0: it is none. */
static size_t extension_bytes(uint8_t next, uint8_t length_field)
{
	switch (next) {
	case NEXT_HOP_BY_HOP:
	case NEXT_ROUTING:
	case NEXT_DESTINATION:
	case NEXT_MOBILITY:
	case NEXT_HIP:
	case NEXT_SHIM6:
		return ((size_t)length_field + 1) * 8;
	case NEXT_AUTHENTICATION:
		return ((size_t)length_field + 2) * 4;
	default:
		return 0;
	}
}

/*
 * RFC 8200, 4.5. An atomic fragment, which is whole, is never matched with others (RFC 6946);
 * one whose length is no multiple of eight and that is not the last is dropped.
 */
static enum layer ip6_fragment(struct walk *walk, uint8_t *out_next_header)
{
	const uint8_t *p = walk_header(walk, FRAGMENT_HEADER_BYTES);
	struct fragment fragment = { 0 };
	uint16_t field;

	if (p == NULL)
		return walk_short(walk);
	field = be16_at(p + 2);
	if ((field & (MORE_FRAGMENTS | OFFSET_MASK)) == 0) {
		*out_next_header = p[0];
		return LAYER_IP6;
	}
	fragment.identification = be32_at(p + 4);
	fragment.next_header = p[0];
	fragment.more = (field & MORE_FRAGMENTS) != 0;
	fragment.offset_bytes = field & OFFSET_MASK;
	if (fragment.more && walk_wire_left(walk) % 8 != 0)
		return walk_malformed(walk);
	return walk_fragment(walk, &fragment, out_next_header);
}

/*
 * The destination that the ends know, where a routing header still has segments to go: mobility's
 * (RFC 6275, 6.4) holds it alone, segment routing's (RFC 8754, 2) begins with it. The other kinds
 * are dropped by whoever gets them (RFC 5095), so nothing comes of them.
 */
static void follow_route(struct walk *walk, const uint8_t *header, size_t length_bytes)
{
	enum { ROUTE_HOME = 2, ROUTE_SEGMENTS = 4, ADDRESS_AT = 8 };

	if ((header[2] == ROUTE_HOME || header[2] == ROUTE_SEGMENTS) && header[3] > 0 &&
	    length_bytes >= ADDRESS_AT + sizeof(walk->ip.destination.bytes))
		walk->ip.destination = ip_address_v6(header + ADDRESS_AT);
}

/* Pass over extension headers up to the one that carries something. */
static enum layer walk_extensions(struct walk *walk, uint8_t next)
{
	size_t length_bytes;
	const uint8_t *p;

	for (unsigned count = 0; count < EXTENSIONS_MAX; count++) {
		if (next == NEXT_NONE)
			return LAYER_NONE;
		if (next == NEXT_FRAGMENT) {
			if (ip6_fragment(walk, &next) == LAYER_NONE)
				return LAYER_NONE;
			continue;
		}
		if (extension_bytes(next, 0) == 0)
			return layer_of_ip_protocol(walk, next);
		if (cursor_left(&walk->in) < 2)
			return walk_short(walk);
		length_bytes = extension_bytes(next, walk->in.at[1]);
		p = walk_header(walk, length_bytes);
		if (p == NULL)
			return walk_short(walk);
		if (next == NEXT_ROUTING)
			follow_route(walk, p, length_bytes);
		next = p[0];
	}
	return walk_unknown(walk, UNKNOWN_TOO_DEEP);
}

/* One IPv6 header. A payload length of 0 is a jumbogram's or comes of segmentation offload. */
enum layer ip6_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, IP6_BYTES);
	size_t payload_bytes;

	if (p == NULL)
		return walk_short(walk);
	payload_bytes = be16_at(p + 4);
	if (p[0] >> 4 != 6 || payload_bytes > walk_wire_left(walk))
		return walk_malformed(walk);
	if (walk_enter_ip(walk) == LAYER_NONE)
		return LAYER_NONE;
	if (payload_bytes > 0 || walk_wire_left(walk) <= OFFLOAD_MIN_BYTES)
		walk_limit(walk, payload_bytes);
	walk->ip.source = ip_address_v6(p + 8);
	walk->ip.destination = ip_address_v6(p + 24);
	walk->ip.identification = 0;
	walk->ip.ttl = p[7];
	walk->ip.checksum_bad = false;
	return walk_extensions(walk, p[6]);
}
