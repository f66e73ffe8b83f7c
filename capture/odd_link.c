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
