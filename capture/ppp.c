/* PPP (RFC 1661), in HDLC-like framing (RFC 1662), over Ethernet (RFC 2516), and Cisco's HDLC. */
#include "capture/walk.h"

#define HDLC_ADDRESS_ALL 0xff
#define HDLC_CONTROL_UI 0x03

/*
 * RFC 1990, 3: behind flags and a sequence number in four bytes; a packet in one piece has the
 * flags of the first and the last one.
 */
static enum layer multilink(struct walk *walk)
{
	enum { MULTILINK_BYTES = 4, MULTILINK_WHOLE = 0xc0 };
	const uint8_t *p = walk_header(walk, MULTILINK_BYTES);

	if (p == NULL)
		return walk_short(walk);
	if ((p[0] & MULTILINK_WHOLE) != MULTILINK_WHOLE)
		return walk_unknown(walk, UNKNOWN_PPP_PROTOCOL);
	return LAYER_PPP;
}

/* https://www.iana.org/assignments/ppp-numbers */
enum layer layer_of_ppp_protocol(struct walk *walk, uint16_t protocol)
{
	switch (protocol) {
	case 0x0021:
		return LAYER_IP4;
	case 0x0057:
		return LAYER_IP6;
	case 0x0281:
	case 0x0283:
		return LAYER_MPLS;
	case 0x003d:
		return multilink(walk);
	case 0x00fd: /* compressed, or encrypted with MPPE (RFC 3078) */
	case 0x00fb:
	case 0x0053: /* encrypted, RFC 1968 */
	case 0x0055:
		return walk_opaque(walk, OPAQUE_PPP);
	case 0x002d: /* headers by Van Jacobson, RFC 1144 */
	case 0x002f:
		return walk_unknown(walk, UNKNOWN_PPP_PROTOCOL);
	default:
		return walk_not_ip(walk);
	}
}

/*
 * The protocol number: "the least significant bit of the least significant octet MUST equal
 * '1'", so that one octet alone (RFC 1661, 6.5) is told from two.
 */
static enum layer ppp_protocol_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, 1);
	uint16_t protocol;

	if (p == NULL)
		return walk_short(walk);
	protocol = p[0];
	if ((protocol & 1) == 0) {
		p = walk_header(walk, 1);
		if (p == NULL)
			return walk_short(walk);
		protocol = (uint16_t)(protocol << 8 | p[0]);
	}
	return layer_of_ppp_protocol(walk, protocol);
}

/* PPP with address and control field, or without, as negotiated. */
enum layer ppp_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;

	if (cursor_left(&walk->in) >= 2 && p[0] == HDLC_ADDRESS_ALL && p[1] == HDLC_CONTROL_UI)
		walk->in.at += 2;
	/* Cisco's framing on a link that is said to be PPP */
	else if (cursor_left(&walk->in) >= 4 && (p[0] == 0x0f || p[0] == 0x8f) && p[1] == 0)
		return LAYER_CISCO_HDLC;
	return ppp_protocol_decode(walk);
}

/* As pppd logs it: 0 or 1 for the direction, then the control field unless it was left out. */
enum layer ppp_direction_decode(struct walk *walk)
{
	if (walk_header(walk, 1) == NULL)
		return walk_short(walk);
	if (cursor_left(&walk->in) > 0 && walk->in.at[0] == HDLC_CONTROL_UI)
		walk->in.at++;
	return ppp_protocol_decode(walk);
}

/* RFC 2516, 4: version and type, code, session, length; then a PPP protocol number. */
enum layer pppoe_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, 6);

	if (p == NULL)
		return walk_short(walk);
	if (p[0] != 0x11)
		return walk_malformed(walk);
	if (p[1] != 0)
		return walk_not_ip(walk); /* discovery */
	walk_limit(walk, be16_at(p + 4));
	return ppp_protocol_decode(walk);
}

/* Address, control, ether type. */
enum layer cisco_hdlc_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, 4);

	if (p == NULL)
		return walk_short(walk);
	if (be16_at(p + 2) == 0x8035 || be16_at(p + 2) == 0x2000)
		return walk_not_ip(walk); /* keep-alives, CDP */
	return layer_of_ether_type(walk, be16_at(p + 2));
}
