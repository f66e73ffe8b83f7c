/* What is carried in UDP: ports are a hint, and what does not fit is somebody else's. */
#include "capture/walk.h"
#include "core/result.h"

#define VXLAN_BYTES 8
#define GENEVE_BYTES 8
#define GTP_BYTES 8
#define GTP_T_PDU 255
#define LISP_BYTES 8
#define WIREGUARD_MIN_BYTES 32

struct udp_row {
	uint16_t port;
	enum layer layer;
	const char *carrier;
};

/* https://www.iana.org/assignments/service-names-port-numbers */
static const struct udp_row udp_rows[] = {
	{ 4789, LAYER_VXLAN, "vxlan" },     /* RFC 7348 */
	{ 8472, LAYER_VXLAN, "vxlan" },     /* Linux, before the number was given */
	{ 4790, LAYER_VXLAN_GPE, "vxlan" }, /* draft-ietf-nvo3-vxlan-gpe */
	{ 6081, LAYER_GENEVE, "geneve" },   /* RFC 8926 */
	{ 2152, LAYER_GTP, "gtp" },         /* 3GPP TS 29.281 */
	{ 3544, LAYER_TEREDO, "teredo" },   /* RFC 4380 */
	{ 37008, LAYER_TZSP, "tzsp" },      { 1701, LAYER_L2TP_UDP, "l2tp" },
	{ 6635, LAYER_MPLS, "mpls" },     /* RFC 7510 */
	{ 4754, LAYER_GRE, "gre" },       /* RFC 8086 */
	{ 6080, LAYER_GUE, "gue" },       /* draft-ietf-intarea-gue */
	{ 4341, LAYER_LISP, "lisp" },     /* RFC 9300 */
	{ 5247, LAYER_CAPWAP, "capwap" }, /* RFC 5415 */
	{ 4500, LAYER_ESP_UDP, "" },      /* RFC 3948 */
	{ 1194, LAYER_OPENVPN, "" },
};

/* The row of a port; NULL: none. */
static const struct udp_row *row_of_port(uint16_t port)
{
	for (size_t i = 0; i < ARRAY_COUNT(udp_rows); i++) {
		if (udp_rows[i].port == port)
			return &udp_rows[i];
	}
	return NULL;
}

/*
 * WireGuard has no port of its own. Its messages (whitepaper, 5.4) begin with a type and three
 * zero bytes, and each type has its length: those of data are a multiple of 16.
 */
static bool shows_wireguard(const struct walk *walk)
{
	size_t length_bytes = walk_wire_left(walk);
	const uint8_t *p = walk->in.at;

	if (cursor_left(&walk->in) < 4 || p[1] != 0 || p[2] != 0 || p[3] != 0)
		return false;
	switch (p[0]) {
	case 1:
		return length_bytes == 148;
	case 2:
		return length_bytes == 92;
	case 3:
		return length_bytes == 64;
	case 4:
		return length_bytes >= WIREGUARD_MIN_BYTES && length_bytes % 16 == 0;
	default:
		return false;
	}
}

/* VXLAN on a port that somebody chose: the flags and reserved bits, and what has to follow. */
static bool shows_vxlan(const struct walk *walk)
{
	const uint8_t *p = walk->in.at;

	return cursor_left(&walk->in) >= VXLAN_BYTES && be32_at(p) == 0x08000000 && p[7] == 0 &&
	       walk_shows_ethernet(walk, VXLAN_BYTES);
}

/* Teredo between two clients, or with a relay: an IPv6 packet with an address of 2001::/32. */
static bool shows_teredo(const struct walk *walk)
{
	enum { TEREDO_PREFIX = 0x20010000, SOURCE_AT = 8, DESTINATION_AT = 24, IP6_BYTES = 40 };
	const uint8_t *p = walk->in.at;

	return cursor_left(&walk->in) >= IP6_BYTES && p[0] >> 4 == 6 &&
	       be16_at(p + 4) + (size_t)IP6_BYTES == walk_wire_left(walk) &&
	       (be32_at(p + SOURCE_AT) == TEREDO_PREFIX ||
		be32_at(p + DESTINATION_AT) == TEREDO_PREFIX);
}

/* By what it looks like, where the ports say nothing. */
static enum layer layer_of_content(struct walk *walk)
{
	if (shows_wireguard(walk))
		return walk_opaque(walk, OPAQUE_WIREGUARD);
	if (shows_vxlan(walk)) {
		walk->carrier = "vxlan";
		return LAYER_VXLAN;
	}
	if (shows_teredo(walk)) {
		walk->carrier = "teredo";
		return LAYER_TEREDO;
	}
	return LAYER_NONE;
}

/* The port that is listened on tells, else the other one. */
enum layer layer_of_udp(struct walk *walk, uint16_t source_port, uint16_t destination_port)
{
	const struct udp_row *row = row_of_port(destination_port);

	if (row == NULL)
		row = row_of_port(source_port);
	if (row == NULL)
		return layer_of_content(walk);
	walk->carrier = row->carrier;
	return row->layer;
}

/* RFC 7348, 5: the I flag, and reserved bits. */
enum layer vxlan_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, VXLAN_BYTES);

	if (p == NULL)
		return walk_short(walk);
	return (p[0] & 0x08) != 0 ? LAYER_ETHERNET : LAYER_NONE;
}

/* The same with a P flag: the next protocol stands in the fourth byte. */
enum layer vxlan_gpe_decode(struct walk *walk)
{
	static const enum layer next_layers[] = { LAYER_NONE,     LAYER_IP4, LAYER_IP6,
						  LAYER_ETHERNET, LAYER_NSH, LAYER_MPLS };
	const uint8_t *p = walk_header(walk, VXLAN_BYTES);

	if (p == NULL)
		return walk_short(walk);
	if ((p[0] & 0x04) == 0)
		return LAYER_ETHERNET;
	if (p[3] >= ARRAY_COUNT(next_layers))
		return walk_unknown(walk, UNKNOWN_TUNNEL);
	return next_layers[p[3]];
}

/* RFC 8926, 3.4: version, length of the options in words of four bytes, protocol. */
enum layer geneve_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, GENEVE_BYTES);

	if (p == NULL)
		return walk_short(walk);
	if (p[0] >> 6 != 0)
		return LAYER_NONE;
	if (walk_header(walk, (size_t)(p[0] & 0x3f) * 4) == NULL)
		return walk_short(walk);
	return layer_of_ether_type(walk, be16_at(p + 2));
}

/*
 * The chain of extension headers, 3GPP TS 29.281, 5.2: each begins with its length in words of
 * four bytes and ends with the type of the next.
 */
static bool skip_gtp_extensions(struct walk *walk, uint8_t type)
{
	size_t extension_bytes;

	while (type != 0) {
		if (cursor_left(&walk->in) < 1)
			return false;
		extension_bytes = (size_t)walk->in.at[0] * 4;
		if (extension_bytes == 0 || walk_header(walk, extension_bytes) == NULL)
			return false;
		type = walk->in.at[-1];
	}
	return true;
}

/* 3GPP TS 29.281, 5.1: version 1, and a user's packet. */
enum layer gtp_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, GTP_BYTES);
	const uint8_t *optional;

	if (p == NULL)
		return walk_short(walk);
	if (p[0] >> 4 != 3 || p[1] != GTP_T_PDU) /* version 1, protocol type 1 */
		return LAYER_NONE;
	walk_limit(walk, be16_at(p + 2));
	if ((p[0] & 0x07) != 0) { /* any of E, S, PN: all four bytes are there */
		optional = walk_header(walk, 4);
		if (optional == NULL)
			return walk_short(walk);
		if ((p[0] & 0x04) != 0 && !skip_gtp_extensions(walk, optional[3]))
			return walk_short(walk);
	}
	if (walk_shows_ip(walk, 0))
		return LAYER_IP;
	return walk_shows_ethernet(walk, 0) ? LAYER_ETHERNET : walk_unknown(walk, UNKNOWN_TUNNEL);
}

/* RFC 4380, 5.1.1: authentication and origin may stand before the IPv6 packet. */
enum layer teredo_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;

	if (cursor_left(&walk->in) >= 4 && be16_at(p) == 0x0001) {
		/* two lengths, both values, a nonce of eight bytes, a confirmation byte */
		if (walk_header(walk, 4 + (size_t)p[2] + p[3] + 9) == NULL)
			return walk_short(walk);
		p = walk->in.at;
	}
	if (cursor_left(&walk->in) >= 2 && be16_at(p) == 0x0000) {
		if (walk_header(walk, 8) == NULL)
			return walk_short(walk);
		p = walk->in.at;
	}
	return cursor_left(&walk->in) > 0 && p[0] >> 4 == 6 ? LAYER_IP6 : LAYER_NONE;
}

/* Tagged fields up to an end tag; padding has no length. */
static bool skip_tzsp_tags(struct walk *walk)
{
	enum { TAG_PADDING = 0, TAG_END = 1 };
	const uint8_t *p;

	for (;;) {
		p = walk_header(walk, 1);
		if (p == NULL)
			return false;
		if (p[0] == TAG_END)
			return true;
		if (p[0] == TAG_PADDING)
			continue;
		p = walk_header(walk, 1);
		if (p == NULL || walk_header(walk, p[0]) == NULL)
			return false;
	}
}

/* Version 1, a packet that was received or is to be sent, and its kind of link. */
enum layer tzsp_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, 4);
	uint16_t link;

	if (p == NULL)
		return walk_short(walk);
	if (p[0] != 1 || p[1] > 1)
		return LAYER_NONE;
	link = be16_at(p + 2);
	if (!skip_tzsp_tags(walk))
		return walk_short(walk);
	switch (link) {
	case 1:
		return LAYER_ETHERNET;
	case 4:
		return LAYER_PPP;
	case 18:
		return LAYER_WIFI;
	case 119:
		return LAYER_PRISM;
	case 127:
		return LAYER_AVS;
	default:
		return walk_unknown(walk, UNKNOWN_TUNNEL);
	}
}

/* RFC 9300, 5.1 */
enum layer lisp_decode(struct walk *walk)
{
	if (walk_header(walk, LISP_BYTES) == NULL)
		return walk_short(walk);
	return walk_shows_ip(walk, 0) ? LAYER_IP : LAYER_NONE;
}

/*
 * Variant 0: control flag, length of the options in words of four bytes, IP protocol, flags.
 * Variant 1: an IP packet at once, whose version has the same first bits.
 */
enum layer gue_decode(struct walk *walk)
{
	enum { GUE_BYTES = 4, GUE_CONTROL = 0x20 };
	const uint8_t *p = walk->in.at;
	enum layer layer;

	if (cursor_left(&walk->in) < GUE_BYTES)
		return walk_short(walk);
	if (p[0] >> 6 == 1)
		return LAYER_IP;
	if (p[0] >> 6 != 0 || (p[0] & GUE_CONTROL) != 0)
		return LAYER_NONE;
	if (walk_header(walk, GUE_BYTES + (size_t)(p[0] & 0x1f) * 4) == NULL)
		return walk_short(walk);
	layer = layer_of_ip_protocol(walk, p[1]);
	walk->carrier = "gue";
	return layer;
}

/*
 * RFC 5415, 4.3: kind of header (1: DTLS), its length in words of four bytes, radio, binding, and
 * whether an 802.11 frame follows or an Ethernet frame; fragments are not put together.
 */
enum layer capwap_decode(struct walk *walk)
{
	enum { CAPWAP_BYTES = 8, CAPWAP_WIFI = 0x01, CAPWAP_FRAGMENT = 0x80, CAPWAP_ALIVE = 0x08 };
	const uint8_t *p = walk->in.at;
	size_t header_bytes;

	if (cursor_left(&walk->in) < CAPWAP_BYTES)
		return walk_short(walk);
	if (p[0] == 1)
		return walk_opaque(walk, OPAQUE_DTLS);
	header_bytes = (size_t)(p[1] >> 3) * 4;
	if (p[0] != 0 || header_bytes < CAPWAP_BYTES || (p[3] & CAPWAP_ALIVE) != 0)
		return LAYER_NONE;
	if ((p[3] & CAPWAP_FRAGMENT) != 0)
		return walk_unknown(walk, UNKNOWN_FRAGMENT);
	if (walk_header(walk, header_bytes) == NULL)
		return walk_short(walk);
	return (p[2] & CAPWAP_WIFI) != 0 ? LAYER_WIFI : LAYER_ETHERNET;
}

/* RFC 3948, 2: four zero bytes mark IKE, one byte alone is a keep-alive. */
enum layer esp_udp_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, 4);

	if (p == NULL || be32_at(p) == 0)
		return LAYER_NONE;
	return walk_opaque(walk, OPAQUE_ESP);
}

/* An operation of those that there are, in the first five bits. */
enum layer openvpn_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, 1);

	if (p == NULL || p[0] >> 3 == 0 || p[0] >> 3 > 11)
		return LAYER_NONE;
	return walk_opaque(walk, OPAQUE_OPENVPN);
}
