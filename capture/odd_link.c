/* Links that are seldom met: each a few fields before an ether type, LLC or IP. */
#include "capture/walk.h"

#define TOKEN_RING_BYTES 14
#define GRH_BYTES 40

/* IEEE 802.5: access, frame control, two addresses, and a route when the source's first bit says
 * so. */
enum layer token_ring_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, TOKEN_RING_BYTES);
	size_t route_bytes;

	if (p == NULL)
		return walk_short(walk);
	if ((p[8] & 0x80) != 0) {
		if (cursor_left(&walk->in) < 2)
			return walk_short(walk);
		route_bytes = walk->in.at[0] & 0x1f;
		if (route_bytes < 2)
			return walk_malformed(walk);
		if (walk_header(walk, route_bytes) == NULL)
			return walk_short(walk);
	}
	return LAYER_LLC;
}

/* Direction and kind of traffic, virtual path and channel; kind 2 is LLC. */
enum layer sun_atm_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, 4);

	if (p == NULL)
		return walk_short(walk);
	return (p[0] & 0x0f) == 2 ? LAYER_LLC : walk_not_ip(walk);
}

/* RFC 4391, 6: behind the global routing header an ether type and two reserved bytes. */
enum layer ipoib_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, GRH_BYTES + 4);

	if (p == NULL)
		return walk_short(walk);
	return layer_of_ether_type(walk, be16_at(p + GRH_BYTES));
}

/*
 * Address bytes up to the one whose lowest bit is set; then RFC 2427: control, NLPID, perhaps
 * filled up; or Cisco's framing, an ether type at once.
 */
enum layer frame_relay_decode(struct walk *walk)
{
	const uint8_t *p;

	do {
		p = walk_header(walk, 1);
		if (p == NULL)
			return walk_short(walk);
	} while ((p[0] & 0x01) == 0);
	p = walk->in.at;
	if (cursor_left(&walk->in) >= 2 && p[0] != 0x03)
		return LAYER_ETHER_TYPE;
	if (cursor_left(&walk->in) < 3)
		return walk_short(walk);
	walk->in.at += p[1] == 0 ? 3 : 2;
	switch (walk->in.at[-1]) {
	case 0xcc:
		return LAYER_IP4;
	case 0x8e:
		return LAYER_IP6;
	case 0x80: /* SNAP without LLC */
		if (walk_header(walk, 3) == NULL)
			return walk_short(walk);
		return LAYER_ETHER_TYPE;
	default:
		return walk_not_ip(walk);
	}
}

/* OpenBSD's log of its packet filter: the header's length without its own padding. */
enum layer pflog_decode(struct walk *walk)
{
	size_t header_bytes;

	if (cursor_left(&walk->in) < 1)
		return walk_short(walk);
	header_bytes = ((size_t)walk->in.at[0] + 3) & ~(size_t)3;
	if (header_bytes < 4)
		return walk_malformed(walk);
	return walk_header(walk, header_bytes) == NULL ? walk_short(walk) : LAYER_IP;
}

/*
 * Linux's log of its packet filter: family, version, resource, then fields of length, type and
 * value in the host's byte order, each filled up to four bytes; type 9 is the packet.
 */
enum layer nflog_decode(struct walk *walk)
{
	enum { NFLOG_PAYLOAD = 9 };
	const uint8_t *p = walk_header(walk, 4);
	size_t field_bytes;
	bool big_endian;

	if (p == NULL)
		return walk_short(walk);
	for (;;) {
		p = walk->in.at;
		if (cursor_left(&walk->in) < 4)
			return walk_short(walk);
		big_endian = p[2] == 0 && p[3] != 0;
		field_bytes = order16_at(p, big_endian);
		if (field_bytes < 4)
			return walk_malformed(walk);
		if ((order16_at(p + 2, big_endian) & 0x7fff) == NFLOG_PAYLOAD)
			break;
		if (walk_header(walk, (field_bytes + 3) & ~(size_t)3) == NULL)
			return walk_short(walk);
	}
	walk->in.at += 4;
	walk_limit(walk, field_bytes - 4);
	return LAYER_IP;
}

/*
 * Endace's record: time, type, flags, length, loss, length on the wire; then extension headers
 * of eight bytes while the first bit of the type says that one more follows. Ethernet is filled
 * up by two bytes in front.
 */
enum layer erf_decode(struct walk *walk)
{
	enum { ERF_BYTES = 16, ERF_EXTENSION_BYTES = 8, ERF_MORE = 0x80 };
	const uint8_t *p = walk_header(walk, ERF_BYTES);
	uint8_t more, type;

	if (p == NULL)
		return walk_short(walk);
	type = p[8] & 0x7f;
	for (more = p[8]; (more & ERF_MORE) != 0; more = p[0]) {
		p = walk_header(walk, ERF_EXTENSION_BYTES);
		if (p == NULL)
			return walk_short(walk);
	}
	switch (type) {
	case 1:  /* HDLC */
	case 10: /* the same with another field in the header; likewise below */
	case 15:
	case 19:
		return LAYER_PPP;
	case 2: /* Ethernet */
	case 11:
	case 16:
	case 20:
		return walk_header(walk, 2) == NULL ? walk_short(walk) : LAYER_ETHERNET;
	case 22:
		return LAYER_IP4;
	case 23:
		return LAYER_IP6;
	default:
		return walk_not_ip(walk);
	}
}

/*
 * DOCSIS: frame control, a length of the extended header where the lowest bit says that there is
 * one, the length of the rest, a checksum; control 0 is an Ethernet frame.
 */
enum layer docsis_decode(struct walk *walk)
{
	enum { DOCSIS_BYTES = 6, DOCSIS_TYPE = 0xfe, DOCSIS_EXTENDED = 0x01 };
	const uint8_t *p = walk_header(walk, DOCSIS_BYTES);

	if (p == NULL)
		return walk_short(walk);
	if ((p[0] & DOCSIS_TYPE) != 0)
		return walk_not_ip(walk);
	if ((p[0] & DOCSIS_EXTENDED) != 0 && walk_header(walk, p[1]) == NULL)
		return walk_short(walk);
	return LAYER_ETHERNET;
}

/*
 * Juniper's: three bytes that say so, flags, perhaps a length of more; without a link header four
 * bytes stand before IP.
 */
static enum layer juniper(struct walk *walk, enum layer link)
{
	enum { JUNIPER_BYTES = 4, JUNIPER_NO_LINK = 0x02, JUNIPER_MORE = 0x80 };
	const uint8_t *p = walk_header(walk, JUNIPER_BYTES);
	const uint8_t *more;

	if (p == NULL)
		return walk_short(walk);
	if (p[0] != 'M' || p[1] != 'G' || p[2] != 'C')
		return walk_malformed(walk);
	if ((p[3] & JUNIPER_MORE) != 0) {
		more = walk_header(walk, 2);
		if (more == NULL || walk_header(walk, be16_at(more)) == NULL)
			return walk_short(walk);
	}
	if ((p[3] & JUNIPER_NO_LINK) == 0)
		return link;
	return walk_header(walk, 4) == NULL ? walk_short(walk) : LAYER_IP;
}

/* The same with each kind of link behind it. */
enum layer juniper_ethernet_decode(struct walk *walk)
{
	return juniper(walk, LAYER_ETHERNET);
}

enum layer juniper_ppp_decode(struct walk *walk)
{
	return juniper(walk, LAYER_PPP);
}

enum layer juniper_frame_relay_decode(struct walk *walk)
{
	return juniper(walk, LAYER_FRAME_RELAY);
}

enum layer juniper_hdlc_decode(struct walk *walk)
{
	return juniper(walk, LAYER_CISCO_HDLC);
}
