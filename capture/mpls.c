/* MPLS (RFC 3032) and pseudowires (RFC 4448): nothing in the packet says what follows. */
#include "capture/walk.h"

#define LABEL_BYTES 4
#define BOTTOM_OF_STACK 0x01
#define CONTROL_WORD_BYTES 4

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
	if (walk_shows_ip(walk, 0))
		return LAYER_IP;
	if (walk_shows_ethernet(walk, 0))
		return LAYER_ETHERNET;
	if (cursor_left(&walk->in) < CONTROL_WORD_BYTES)
		return walk_short(walk);
	if (walk->in.at[0] >> 4 != 0)
		return walk_unknown(walk, UNKNOWN_TUNNEL);
	walk->in.at += CONTROL_WORD_BYTES;
	return LAYER_ETHERNET;
}
