/* Ethernet, its tags, and what an ether type stands for. */
#include "capture/walk.h"
#include "core/result.h"

#define ETHERNET_BYTES 14
#define VLAN_BYTES 4
#define TRILL_BYTES 6
#define NSH_MIN_BYTES 8
#define VLAN_ID_MASK 0x0fff
#define IEEE_LENGTH_MAX 1500 /* IEEE 802.3: up to here it is a length, not a type */

enum ether_kind { ETHER_READ, ETHER_NOT_IP, ETHER_MACSEC };

struct ether_row {
	uint16_t type;
	enum ether_kind kind;
	enum layer layer;
	uint8_t prefix_bytes; /* in front of it, of no use to us */
};

/* IEEE 802 numbers; the tags first. */
static const struct ether_row ether_rows[] = {
	{ 0x8100, ETHER_READ, LAYER_VLAN, 0 },  /* 802.1Q */
	{ 0x88a8, ETHER_READ, LAYER_VLAN, 0 },  /* 802.1ad, the service tag */
	{ 0x9100, ETHER_READ, LAYER_VLAN, 0 },  /* before the standard */
	{ 0x9200, ETHER_READ, LAYER_VLAN, 0 },  /* likewise */
	{ 0x9300, ETHER_READ, LAYER_VLAN, 0 },  /* likewise */
	{ 0x8847, ETHER_READ, LAYER_MPLS, 0 },  /* RFC 5332 */
	{ 0x8848, ETHER_READ, LAYER_MPLS, 0 },  /* likewise, upstream labels */
	{ 0x8864, ETHER_READ, LAYER_PPPOE, 0 }, /* RFC 2516, session */
	{ 0x880b, ETHER_READ, LAYER_PPP, 0 },
	{ 0x0800, ETHER_READ, LAYER_IP4, 0 },
	{ 0x86dd, ETHER_READ, LAYER_IP6, 0 },
	{ 0x6558, ETHER_READ, LAYER_ETHERNET, 0 },   /* transparent bridging */
	{ 0x8870, ETHER_READ, LAYER_LLC, 0 },        /* IEEE 802.1AC, frames past 1500 bytes */
	{ 0x8909, ETHER_READ, LAYER_ETHER_TYPE, 6 }, /* Cisco's group tag */
	{ 0x8926, ETHER_READ, LAYER_ETHER_TYPE, 4 }, /* VN-Tag */
	{ 0x893f, ETHER_READ, LAYER_ETHER_TYPE, 6 }, /* IEEE 802.1BR, E-Tag */
	{ 0x892f, ETHER_READ, LAYER_ETHER_TYPE, 4 }, /* IEC 62439-3, HSR */
	{ 0x88e7, ETHER_READ, LAYER_ETHERNET, 4 },   /* IEEE 802.1ah, the service instance */
	{ 0x8903, ETHER_READ, LAYER_ETHERNET, 2 },   /* FabricPath */
	{ 0x22f3, ETHER_READ, LAYER_TRILL, 0 },      /* RFC 6325 */
	{ 0x894f, ETHER_READ, LAYER_NSH, 0 },        /* RFC 8300 */
	{ 0x88e5, ETHER_MACSEC, LAYER_NONE, 0 },
	{ 0x0806, ETHER_NOT_IP, LAYER_NONE, 0 }, /* ARP */
	{ 0x8035, ETHER_NOT_IP, LAYER_NONE, 0 }, /* RARP */
	{ 0x8863, ETHER_NOT_IP, LAYER_NONE, 0 }, /* PPPoE discovery */
	{ 0x8808, ETHER_NOT_IP, LAYER_NONE, 0 }, /* pause */
	{ 0x8809, ETHER_NOT_IP, LAYER_NONE, 0 }, /* LACP and other slow protocols */
	{ 0x888e, ETHER_NOT_IP, LAYER_NONE, 0 }, /* EAPOL */
	{ 0x88cc, ETHER_NOT_IP, LAYER_NONE, 0 }, /* LLDP */
	{ 0x88f7, ETHER_NOT_IP, LAYER_NONE, 0 }, /* PTP */
	{ 0x8902, ETHER_NOT_IP, LAYER_NONE, 0 }, /* CFM */
	{ 0x9000, ETHER_NOT_IP, LAYER_NONE, 0 }, /* loopback test */
	{ 0x6002, ETHER_NOT_IP, LAYER_NONE, 0 }, /* DECnet MOP */
	{ 0x8137, ETHER_NOT_IP, LAYER_NONE, 0 }, /* IPX */
	{ 0x809b, ETHER_NOT_IP, LAYER_NONE, 0 }, /* AppleTalk */
	{ 0x80f3, ETHER_NOT_IP, LAYER_NONE, 0 }, /* AppleTalk ARP */
};

/* What is not IP at once. */
enum layer layer_of_other_ether_type(struct walk *walk, uint16_t ether_type)
{
	for (size_t i = 0; i < ARRAY_COUNT(ether_rows); i++) {
		if (ether_rows[i].type != ether_type)
			continue;
		if (ether_rows[i].kind == ETHER_MACSEC)
			return walk_opaque(walk, OPAQUE_MACSEC);
		if (ether_rows[i].kind == ETHER_NOT_IP)
			return walk_not_ip(walk);
		if (walk_header(walk, ether_rows[i].prefix_bytes) == NULL)
			return walk_short(walk);
		return ether_rows[i].layer;
	}
	return walk_unknown(walk, UNKNOWN_ETHER_TYPE);
}

/* A type, or with IEEE 802.3 a length, behind which an LLC header comes. */
static enum layer after_addresses(struct walk *walk, uint16_t type_or_length)
{
	if (type_or_length > IEEE_LENGTH_MAX)
		return layer_of_ether_type(walk, type_or_length);
	walk_limit(walk, type_or_length);
	return LAYER_LLC;
}

/* Two addresses and a type. */
enum layer ethernet_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, ETHERNET_BYTES);

	if (p == NULL)
		return walk_short(walk);
	return after_addresses(walk, be16_at(p + 12));
}

/* The type alone, where addresses are left out or another header stands for them. */
enum layer ether_type_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, 2);

	if (p == NULL)
		return walk_short(walk);
	return after_addresses(walk, be16_at(p));
}

/* One tag; the next type may be one again. */
enum layer vlan_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, VLAN_BYTES);

	if (p == NULL)
		return walk_short(walk);
	walk->vlan_id = be16_at(p) & VLAN_ID_MASK;
	return after_addresses(walk, be16_at(p + 2));
}

/* RFC 6325, 3: the length of the options, in words of four bytes, lies across two bytes. */
enum layer trill_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, TRILL_BYTES);

	if (p == NULL || walk_header(walk, (size_t)(be16_at(p) >> 6 & 0x1f) * 4) == NULL)
		return walk_short(walk);
	return LAYER_ETHERNET;
}

/* RFC 8300, 2.2: the whole length in words of four bytes, and the next protocol. */
enum layer nsh_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;
	size_t header_bytes;

	if (cursor_left(&walk->in) < NSH_MIN_BYTES)
		return walk_short(walk);
	header_bytes = (size_t)(p[1] & 0x3f) * 4;
	if (header_bytes < NSH_MIN_BYTES)
		return walk_malformed(walk);
	if (walk_header(walk, header_bytes) == NULL)
		return walk_short(walk);
	switch (p[3]) {
	case 1:
		return LAYER_IP4;
	case 2:
		return LAYER_IP6;
	case 3:
		return LAYER_ETHERNET;
	case 5:
		return LAYER_MPLS;
	default:
		return walk_unknown(walk, UNKNOWN_TUNNEL);
	}
}

/* IEEE 802.2: with SNAP an ether type follows (RFC 1042). */
enum layer llc_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, 3);

	if (p == NULL)
		return walk_short(walk);
	if (p[0] == 0x06 && p[1] == 0x06) /* the LLC number of IP itself */
		return LAYER_IP4;
	if (p[0] != 0xaa || p[1] != 0xaa || p[2] != 0x03)
		return walk_not_ip(walk);
	p = walk_header(walk, 5);
	if (p == NULL)
		return walk_short(walk);
	if (be16_at(p) == 0 && (p[2] == 0 || p[2] == 0xf8)) /* RFC 1042, 802.1H */
		return layer_of_ether_type(walk, be16_at(p + 3));
	return walk_not_ip(walk); /* a maker's own, such as CDP */
}
