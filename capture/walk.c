#include "capture/walk.h"

#include "core/result.h"

typedef enum layer layer_fn(struct walk *walk);

static layer_fn *const layer_decoders[LAYER_COUNT] = {
	[LAYER_ETHERNET] = ethernet_decode,
	[LAYER_ETHER_TYPE] = ether_type_decode,
	[LAYER_VLAN] = vlan_decode,
	[LAYER_TRILL] = trill_decode,
	[LAYER_NSH] = nsh_decode,
	[LAYER_LLC] = llc_decode,
	[LAYER_MPLS] = mpls_decode,
	[LAYER_PPPOE] = pppoe_decode,
	[LAYER_PPP] = ppp_decode,
	[LAYER_PPP_DIRECTION] = ppp_direction_decode,
	[LAYER_CISCO_HDLC] = cisco_hdlc_decode,
	[LAYER_FRAME_RELAY] = frame_relay_decode,
	[LAYER_COOKED] = cooked_decode,
	[LAYER_COOKED_2] = cooked_2_decode,
	[LAYER_NULL] = null_decode,
	[LAYER_PFLOG] = pflog_decode,
	[LAYER_NFLOG] = nflog_decode,
	[LAYER_TOKEN_RING] = token_ring_decode,
	[LAYER_SUN_ATM] = sun_atm_decode,
	[LAYER_IPOIB] = ipoib_decode,
	[LAYER_RADIOTAP] = radiotap_decode,
	[LAYER_PRISM] = prism_decode,
	[LAYER_AVS] = avs_decode,
	[LAYER_WIFI] = wifi_decode,
	[LAYER_PPI] = ppi_decode,
	[LAYER_PKTAP] = pktap_decode,
	[LAYER_ERF] = erf_decode,
	[LAYER_DOCSIS] = docsis_decode,
	[LAYER_JUNIPER_ETHERNET] = juniper_ethernet_decode,
	[LAYER_JUNIPER_PPP] = juniper_ppp_decode,
	[LAYER_JUNIPER_FRAME_RELAY] = juniper_frame_relay_decode,
	[LAYER_JUNIPER_HDLC] = juniper_hdlc_decode,
	[LAYER_IP] = ip_decode,
	[LAYER_IP4] = ip4_decode,
	[LAYER_IP6] = ip6_decode,
	[LAYER_AUTHENTICATION] = authentication_decode,
	[LAYER_TCP] = tcp_decode,
	[LAYER_UDP] = udp_decode,
	[LAYER_GRE] = gre_decode,
	[LAYER_ERSPAN_2] = erspan_2_decode,
	[LAYER_ERSPAN_3] = erspan_3_decode,
	[LAYER_ETHERIP] = etherip_decode,
	[LAYER_L2TP_3] = l2tp_3_decode,
	[LAYER_L2TP_UDP] = l2tp_udp_decode,
	[LAYER_VXLAN] = vxlan_decode,
	[LAYER_VXLAN_GPE] = vxlan_gpe_decode,
	[LAYER_GENEVE] = geneve_decode,
	[LAYER_GTP] = gtp_decode,
	[LAYER_TEREDO] = teredo_decode,
	[LAYER_TZSP] = tzsp_decode,
	[LAYER_LISP] = lisp_decode,
	[LAYER_GUE] = gue_decode,
	[LAYER_CAPWAP] = capwap_decode,
	[LAYER_ESP_UDP] = esp_udp_decode,
	[LAYER_OPENVPN] = openvpn_decode,
};

/* Let each layer name the next one. */
void walk_run(struct walk *walk, enum layer first)
{
	enum layer layer = first;

	for (unsigned count = 0; layer != LAYER_NONE; count++) {
		if (count == LAYERS_MAX) {
			(void)walk_unknown(walk, UNKNOWN_TOO_DEEP);
			return;
		}
		layer = layer_decoders[layer](walk);
	}
}

/* Keep the addresses around what follows. */
enum layer walk_enter_tunnel(struct walk *walk)
{
	struct tunnels *tunnels = &walk->tunnels;

	if (walk->ip_depth > IP_DEPTH_MAX)
		return walk_unknown(walk, UNKNOWN_TOO_DEEP);
	if (tunnels->count < TUNNELS_MAX)
		tunnels->list[tunnels->count++] =
		    (struct tunnel){ .source = walk->ip.source,
				     .destination = walk->ip.destination,
				     .carrier = walk->carrier };
	return LAYER_IP;
}

/* The first byte's high half is the version in each IP header. */
bool walk_shows_ip(const struct walk *walk, size_t offset)
{
	const uint8_t *p = walk->in.at + offset;
	size_t left = walk_wire_left(walk);

	if (cursor_left(&walk->in) < offset + 20)
		return false;
	left -= offset;
	if (p[0] >> 4 == 4)
		return (p[0] & 0x0f) >= 5 && be16_at(p + 2) <= left &&
		       (be16_at(p + 2) >= 20 || be16_at(p + 2) == 0);
	return p[0] >> 4 == 6 && be16_at(p + 4) + (size_t)40 <= left;
}

/* Only types that may lead to mail, and ARP, which shares each network with it. */
bool walk_shows_ethernet(const struct walk *walk, size_t offset)
{
	uint16_t type;

	if (cursor_left(&walk->in) < offset + 14)
		return false;
	type = be16_at(walk->in.at + offset + 12);
	switch (type) {
	case 0x0800:
	case 0x86dd:
		return walk_shows_ip(walk, offset + 14);
	case 0x0806:
	case 0x8100:
	case 0x88a8:
	case 0x8847:
	case 0x8864:
		return true;
	default:
		return false;
	}
}
