/* L2TP: version 3 over IP and UDP (RFC 3931), version 2 with PPP (RFC 2661). */
#include "capture/walk.h"

enum l2tp_flag {
	L2TP_CONTROL = 0x8000,
	L2TP_LENGTH = 0x4000,
	L2TP_SEQUENCE = 0x0800,
	L2TP_OFFSET = 0x0200,
	L2TP_VERSION = 0x000f
};

/* An IP packet behind PPP's address, control and protocol. */
static bool shows_ppp(const struct walk *walk, size_t offset)
{
	return walk_shows_ip(walk, offset + 4) && be16_at(walk->in.at + offset) == 0xff03;
}

/*
 * Behind the session: "The Cookie [..] length is [..] 0, 4, or 8 octets", then perhaps four
 * bytes of a sublayer. Only the two ends know; what fits tells.
 */
static enum layer after_session(struct walk *walk)
{
	for (size_t offset = 0; offset <= 12; offset += 4) {
		if (walk_shows_ethernet(walk, offset)) {
			walk->in.at += offset;
			return LAYER_ETHERNET;
		}
		if (shows_ppp(walk, offset)) {
			walk->in.at += offset;
			return LAYER_PPP;
		}
	}
	return walk_unknown(walk, UNKNOWN_TUNNEL);
}

/* Over IP: a session number; 0 is the control channel. */
enum layer l2tp_3_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, 4);

	if (p == NULL)
		return walk_short(walk);
	return be32_at(p) == 0 ? LAYER_NONE : after_session(walk);
}

/* RFC 2661, 3.1, behind the flags: fields that are there when their flag is set, then PPP. */
static enum layer l2tp_2_decode(struct walk *walk, uint16_t flags)
{
	size_t header_bytes = 4; /* tunnel, session */
	const uint8_t *p;

	header_bytes += (flags & L2TP_LENGTH) != 0 ? 2 : 0;
	header_bytes += (flags & L2TP_SEQUENCE) != 0 ? 4 : 0;
	if (walk_header(walk, header_bytes) == NULL)
		return walk_short(walk);
	if ((flags & L2TP_OFFSET) != 0) {
		p = walk_header(walk, 2);
		if (p == NULL || walk_header(walk, be16_at(p)) == NULL)
			return walk_short(walk);
	}
	return LAYER_PPP;
}

/* Over UDP both versions begin with flags. */
enum layer l2tp_udp_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, 2);
	uint16_t flags;

	if (p == NULL)
		return walk_short(walk);
	flags = be16_at(p);
	if ((flags & L2TP_CONTROL) != 0)
		return LAYER_NONE;
	switch (flags & L2TP_VERSION) {
	case 2:
		return l2tp_2_decode(walk, flags);
	case 3:
		if (walk_header(walk, 2) == NULL) /* reserved */
			return walk_short(walk);
		return l2tp_3_decode(walk);
	default:
		return LAYER_NONE;
	}
}
