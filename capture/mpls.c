/* MPLS (RFC 3032) and pseudowires (RFC 4448): nothing in the packet says what follows. */
#include "capture/walk.h"

#define LABEL_BYTES 4
#define BOTTOM_OF_STACK 0x01
#define CONTROL_WORD_BYTES 4
#define ETHERNET_BYTES 14

/* Does an Ethernet header stand here, with a type that we read? */
static bool looks_like_ethernet(const struct cursor *in)
{
	uint16_t type;

	if (cursor_left(in) < ETHERNET_BYTES)
		return false;
	type = be16_at(in->at + 12);
	return type == 0x0800 || type == 0x86dd || type == 0x8100 || type == 0x88a8 ||
	       type == 0x0806 || type == 0x8847 || type == 0x8864;
}

/* Does an IP header of this version stand here? Its length must fit, too. */
static bool looks_like_ip(const struct walk *walk)
{
	const uint8_t *p = walk->in.at;
	size_t left = walk_wire_left(walk);

	if (cursor_left(&walk->in) < 20)
		return false;
	if (p[0] >> 4 == 4)
		return (p[0] & 0x0f) >= 5 && be16_at(p + 2) <= left;
	return p[0] >> 4 == 6 && be16_at(p + 4) + (size_t)40 <= left;
}

/*
 * Labels up to the bottom of the stack. Then IP, as its first four bits say (RFC 4928), or an
 * Ethernet pseudowire, whose control word begins with four zero bits (RFC 4385); an Ethernet
 * address may begin with any bits, so the type behind it is asked too.
 */
enum layer mpls_decode(struct walk *walk)
{
	const uint8_t *p;

	do {
		p = walk_header(walk, LABEL_BYTES);
		if (p == NULL)
			return walk_short(walk);
	} while ((p[2] & BOTTOM_OF_STACK) == 0);
	if (looks_like_ip(walk))
		return LAYER_IP;
	if (looks_like_ethernet(&walk->in))
		return LAYER_ETHERNET;
	if (cursor_left(&walk->in) < CONTROL_WORD_BYTES)
		return walk_short(walk);
	if (walk->in.at[0] >> 4 != 0)
		return walk_unknown(walk, UNKNOWN_TUNNEL);
	walk->in.at += CONTROL_WORD_BYTES;
	return LAYER_ETHERNET;
}
