/*
 * walk - one packet on its way through its headers
 *
 * In:      the bytes of a packet, as captured, and how many more were on the wire.
 * Out:     each layer's decoder takes its header off the front and names the next layer.
 * Limits:  IP_DEPTH_MAX IP headers, LAYERS_MAX headers in one packet; past them the packet is
 *          counted as nested too deep and left.
 * Errors:  LAYER_NONE ends the walk; why was counted by the function that made it.
 * Owner:   bytes are lent for the walk.
 */
#ifndef RELAYWATCH_CAPTURE_WALK_H
#define RELAYWATCH_CAPTURE_WALK_H

#include "capture/layer.h"
#include "capture/number.h"
#include "core/cursor.h"
#include "core/segment.h"

#define IP_DEPTH_MAX 8
#define LAYERS_MAX 48

struct decoder;

/* The innermost IP header so far. */
struct ip_view {
	struct ip_address source, destination;
	uint32_t identification; /* IPv4's; 0 in IPv6 */
	uint8_t ttl;
	bool checksum_bad;
};

struct walk {
	struct cursor in;     /* what follows the headers that were read, as captured */
	size_t missing_bytes; /* behind it: on the wire, and not captured */
	struct decoder *decoder;
	struct ip_view ip;
	struct tunnels tunnels; /* around it */
	const char *carrier;    /* what a tunnel is called that may follow */
	int64_t time_ns;
	struct frame_id at;
	uint16_t vlan_id; /* of the innermost tag */
	uint8_t ip_depth; /* IP headers so far */
	bool wifi_padded; /* the 802.11 header is filled up to four bytes */
};

/* What was passed by, for one reason or another; decoder.c has a name for each. */
enum opaque_carrier {
	OPAQUE_ESP,
	OPAQUE_IPCOMP,
	OPAQUE_MACSEC,
	OPAQUE_WIREGUARD,
	OPAQUE_OPENVPN,
	OPAQUE_DTLS,
	OPAQUE_WIFI,
	OPAQUE_PPP,
	OPAQUE_COUNT
};
enum unknown_header {
	UNKNOWN_ETHER_TYPE,
	UNKNOWN_PPP_PROTOCOL,
	UNKNOWN_TUNNEL,
	UNKNOWN_TOO_DEEP,
	UNKNOWN_FRAGMENT,
	UNKNOWN_COUNT
};

/* Each counts why the walk is over, and gives LAYER_NONE. */
enum layer walk_not_ip(struct walk *walk);
enum layer walk_malformed(struct walk *walk);
/* The header is not all there: cut by the snap length, or else malformed. */
enum layer walk_short(struct walk *walk);
enum layer walk_opaque(struct walk *walk, enum opaque_carrier carrier);
enum layer walk_unknown(struct walk *walk, enum unknown_header header);

/* A header of fixed length, taken off the front; NULL when it is not all there. */
static inline const uint8_t *walk_header(struct walk *walk, size_t header_bytes)
{
	const uint8_t *p = walk->in.at;

	if (cursor_left(&walk->in) < header_bytes)
		return NULL;
	walk->in.at += header_bytes;
	return p;
}

/* Bytes on the wire that follow. */
static inline size_t walk_wire_left(const struct walk *walk)
{
	return cursor_left(&walk->in) + walk->missing_bytes;
}

/* What follows is no longer than this: padding and trailers end here. */
static inline void walk_limit(struct walk *walk, size_t wire_bytes)
{
	size_t left = cursor_left(&walk->in);

	if (wire_bytes <= left) {
		walk->in.end = walk->in.at + wire_bytes;
		walk->missing_bytes = 0;
	} else if (wire_bytes - left < walk->missing_bytes) {
		walk->missing_bytes = wire_bytes - left;
	}
}

/* The layer that a number stands for; 0x0800 and 0x86dd first, as most packets are. */
enum layer layer_of_other_ether_type(struct walk *walk, uint16_t ether_type);
static inline enum layer layer_of_ether_type(struct walk *walk, uint16_t ether_type)
{
	if (ether_type == 0x0800)
		return LAYER_IP4;
	if (ether_type == 0x86dd)
		return LAYER_IP6;
	return layer_of_other_ether_type(walk, ether_type);
}
enum layer layer_of_ppp_protocol(struct walk *walk, uint16_t protocol);
enum layer layer_of_ip_protocol(struct walk *walk, uint8_t protocol);
enum layer layer_of_udp(struct walk *walk, uint16_t source_port, uint16_t destination_port);
enum layer layer_of_link_type(struct walk *walk, uint32_t type);

/*
 * An IP header is about to be read: one header too deep ends the walk (LAYER_NONE), else what was
 * the innermost one is a tunnel's.
 */
enum layer walk_enter_tunnel(struct walk *walk);
static inline enum layer walk_enter_ip(struct walk *walk)
{
	return walk->ip_depth++ == 0 ? LAYER_IP : walk_enter_tunnel(walk);
}

/* A fragment's data is what is left; the rest of the walk is that of the whole datagram. */
struct fragment;
enum layer walk_fragment(struct walk *walk, struct fragment *fragment, uint8_t *out_next_header);

/* Where no number tells what follows: does such a header stand offset bytes on, and fit? */
bool walk_shows_ip(const struct walk *walk, size_t offset);
bool walk_shows_ethernet(const struct walk *walk, size_t offset);

/* The decoders, one for each layer; see the table in walk.c. */
enum layer ethernet_decode(struct walk *walk);
enum layer ether_type_decode(struct walk *walk);
enum layer vlan_decode(struct walk *walk);
enum layer trill_decode(struct walk *walk);
enum layer nsh_decode(struct walk *walk);
enum layer llc_decode(struct walk *walk);
enum layer mpls_decode(struct walk *walk);
enum layer pppoe_decode(struct walk *walk);
enum layer ppp_decode(struct walk *walk);
enum layer ppp_direction_decode(struct walk *walk);
enum layer cisco_hdlc_decode(struct walk *walk);
enum layer frame_relay_decode(struct walk *walk);
enum layer cooked_decode(struct walk *walk);
enum layer cooked_2_decode(struct walk *walk);
enum layer null_decode(struct walk *walk);
enum layer pflog_decode(struct walk *walk);
enum layer nflog_decode(struct walk *walk);
enum layer token_ring_decode(struct walk *walk);
enum layer sun_atm_decode(struct walk *walk);
enum layer ipoib_decode(struct walk *walk);
enum layer radiotap_decode(struct walk *walk);
enum layer prism_decode(struct walk *walk);
enum layer avs_decode(struct walk *walk);
enum layer wifi_decode(struct walk *walk);
enum layer ppi_decode(struct walk *walk);
enum layer pktap_decode(struct walk *walk);
enum layer erf_decode(struct walk *walk);
enum layer docsis_decode(struct walk *walk);
enum layer juniper_ethernet_decode(struct walk *walk);
enum layer juniper_ppp_decode(struct walk *walk);
enum layer juniper_frame_relay_decode(struct walk *walk);
enum layer juniper_hdlc_decode(struct walk *walk);
enum layer ip_decode(struct walk *walk);
enum layer ip4_decode(struct walk *walk);
enum layer ip6_decode(struct walk *walk);
enum layer authentication_decode(struct walk *walk);
enum layer tcp_decode(struct walk *walk);
enum layer udp_decode(struct walk *walk);
enum layer gre_decode(struct walk *walk);
enum layer erspan_2_decode(struct walk *walk);
enum layer erspan_3_decode(struct walk *walk);
enum layer etherip_decode(struct walk *walk);
enum layer l2tp_3_decode(struct walk *walk);
enum layer l2tp_udp_decode(struct walk *walk);
enum layer vxlan_decode(struct walk *walk);
enum layer vxlan_gpe_decode(struct walk *walk);
enum layer geneve_decode(struct walk *walk);
enum layer gtp_decode(struct walk *walk);
enum layer teredo_decode(struct walk *walk);
enum layer tzsp_decode(struct walk *walk);
enum layer lisp_decode(struct walk *walk);
enum layer gue_decode(struct walk *walk);
enum layer capwap_decode(struct walk *walk);
enum layer esp_udp_decode(struct walk *walk);
enum layer openvpn_decode(struct walk *walk);

/* Walk from a first layer to the end. */
void walk_run(struct walk *walk, enum layer first);

#endif
