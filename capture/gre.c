/* GRE (RFC 1701, RFC 2784, RFC 2890), PPTP's version 1 (RFC 2637), and ERSPAN inside of it. */
#include "capture/walk.h"

#define GRE_BYTES 4
#define OPTIONAL_BYTES 4
#define ERSPAN_2_BYTES 8
#define ERSPAN_3_BYTES 12
#define ERSPAN_3_PLATFORM_BYTES 8

enum gre_flag {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000, /* RFC 1701 */
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACKNOWLEDGEMENT = 0x0080, /* version 1 */
	GRE_VERSION = 0x0007
};

enum gre_protocol {
	GRE_ERSPAN = 0x88be,
	GRE_ERSPAN_3 = 0x22eb,
	GRE_PPP = 0x880b,
	GRE_WCCP = 0x883e /* a redirect header may stand before IP */
};

/* Fields that are there when their flag is set. */
static enum layer skip_optional(struct walk *walk, uint16_t flags, uint16_t wanted)
{
	size_t count = (size_t)__builtin_popcount((unsigned)(flags & wanted));

	return walk_header(walk, count * OPTIONAL_BYTES) == NULL ? LAYER_NONE : LAYER_GRE;
}

/* What follows by its protocol number; without a sequence number it is ERSPAN I: no header. */
static enum layer after_gre(struct walk *walk, uint16_t flags, uint16_t protocol)
{
	switch (protocol) {
	case GRE_ERSPAN:
		walk->carrier = "erspan";
		if ((flags & GRE_SEQUENCE) != 0 || walk_shows_ethernet(walk, ERSPAN_2_BYTES))
			return LAYER_ERSPAN_2;
		return LAYER_ETHERNET;
	case GRE_ERSPAN_3:
		walk->carrier = "erspan";
		return LAYER_ERSPAN_3;
	case GRE_WCCP:
		if (!walk_shows_ip(walk, 0) && walk_header(walk, OPTIONAL_BYTES) == NULL)
			return walk_short(walk);
		return LAYER_IP;
	case 0: /* a keep-alive of some routers */
		return LAYER_NONE;
	default:
		return layer_of_ether_type(walk, protocol);
	}
}

/* Version 1: the key's first half is the payload's length; without a sequence number none. */
static enum layer pptp_decode(struct walk *walk, uint16_t flags, uint16_t protocol)
{
	const uint8_t *key = walk_header(walk, OPTIONAL_BYTES);

	if (key == NULL ||
	    skip_optional(walk, flags, GRE_SEQUENCE | GRE_ACKNOWLEDGEMENT) == LAYER_NONE)
		return walk_short(walk);
	if (protocol != GRE_PPP)
		return walk_unknown(walk, UNKNOWN_TUNNEL);
	if ((flags & GRE_SEQUENCE) == 0)
		return LAYER_NONE;
	walk_limit(walk, be16_at(key));
	return LAYER_PPP;
}

/*
 * RFC 1701, 3: family, an offset, and the length of what follows; up to an entry of family and
 * length 0.
 */
static enum layer skip_routing(struct walk *walk)
{
	const uint8_t *p;

	do {
		p = walk_header(walk, 4);
		if (p == NULL || walk_header(walk, p[3]) == NULL)
			return LAYER_NONE;
	} while (be16_at(p) != 0 || p[3] != 0);
	return LAYER_GRE;
}

/* Checksum and offset stand together: one flag is enough for both. */
enum layer gre_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, GRE_BYTES);
	uint16_t flags, protocol;

	if (p == NULL)
		return walk_short(walk);
	flags = be16_at(p);
	protocol = be16_at(p + 2);
	if ((flags & GRE_VERSION) == 1)
		return pptp_decode(walk, flags, protocol);
	if ((flags & GRE_VERSION) != 0)
		return walk_unknown(walk, UNKNOWN_TUNNEL);
	if ((flags & GRE_ROUTING) != 0)
		flags |= GRE_CHECKSUM;
	if (skip_optional(walk, flags, GRE_CHECKSUM | GRE_KEY | GRE_SEQUENCE) == LAYER_NONE)
		return walk_short(walk);
	if ((flags & GRE_ROUTING) != 0 && skip_routing(walk) == LAYER_NONE)
		return walk_short(walk);
	return after_gre(walk, flags, protocol);
}

/* draft-foschiano-erspan, 4.2; some put a sequence number before type I, too. */
enum layer erspan_2_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;

	if (cursor_left(&walk->in) < ERSPAN_2_BYTES)
		return walk_short(walk);
	if (p[0] >> 4 == 1 && !walk_shows_ethernet(walk, 0))
		walk->in.at += ERSPAN_2_BYTES;
	return LAYER_ETHERNET;
}

/* draft-foschiano-erspan, 4.3: P, FT (5 bits), Hw ID, D, Gra, O in the last two bytes. */
enum layer erspan_3_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, ERSPAN_3_BYTES);
	uint16_t field;

	if (p == NULL)
		return walk_short(walk);
	field = be16_at(p + 10);
	if ((field & 0x0001) != 0 && walk_header(walk, ERSPAN_3_PLATFORM_BYTES) == NULL)
		return walk_short(walk);
	return (field >> 10 & 0x1f) == 2 ? LAYER_IP : LAYER_ETHERNET;
}

/* RFC 3378: version 3 in the first four bits. */
enum layer etherip_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, 2);

	if (p == NULL)
		return walk_short(walk);
	return p[0] >> 4 == 3 ? LAYER_ETHERNET : walk_unknown(walk, UNKNOWN_TUNNEL);
}
