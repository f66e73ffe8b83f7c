/*
 * layer - the headers that a packet may be wrapped in
 *
 * In:      -
 * Out:     one name for each kind of header; walk.c has the decoder of each.
 * Limits:  -
 * Errors:  -
 * Owner:   -
 */
#ifndef RELAYWATCH_CAPTURE_LAYER_H
#define RELAYWATCH_CAPTURE_LAYER_H

enum layer {
	LAYER_NONE, /* nothing more to look at */

	/* links */
	LAYER_ETHERNET,
	LAYER_ETHER_TYPE, /* the two bytes alone */
	LAYER_VLAN,
	LAYER_TRILL,
	LAYER_NSH,
	LAYER_LLC, /* IEEE 802.2, with SNAP where IP follows */
	LAYER_MPLS,
	LAYER_PPPOE,
	LAYER_PPP,
	LAYER_PPP_DIRECTION, /* a byte for the direction in place of the address */
	LAYER_CISCO_HDLC,
	LAYER_FRAME_RELAY,
	LAYER_COOKED,
	LAYER_COOKED_2,
	LAYER_NULL,
	LAYER_PFLOG,
	LAYER_NFLOG,
	LAYER_TOKEN_RING,
	LAYER_SUN_ATM,
	LAYER_IPOIB,
	LAYER_RADIOTAP,
	LAYER_PRISM,
	LAYER_AVS,
	LAYER_WIFI,
	LAYER_PPI,
	LAYER_PKTAP,
	LAYER_ERF,
	LAYER_DOCSIS,
	LAYER_JUNIPER_ETHERNET,
	LAYER_JUNIPER_PPP,
	LAYER_JUNIPER_FRAME_RELAY,
	LAYER_JUNIPER_HDLC,

	/* the network */
	LAYER_IP, /* the version tells which */
	LAYER_IP4,
	LAYER_IP6,
	LAYER_AUTHENTICATION,
	LAYER_TCP,
	LAYER_UDP,

	/* tunnels */
	LAYER_GRE,
	LAYER_ERSPAN_2,
	LAYER_ERSPAN_3,
	LAYER_ETHERIP,
	LAYER_L2TP_3,
	LAYER_L2TP_UDP,
	LAYER_VXLAN,
	LAYER_VXLAN_GPE,
	LAYER_GENEVE,
	LAYER_GTP,
	LAYER_TEREDO,
	LAYER_TZSP,
	LAYER_LISP,
	LAYER_GUE,
	LAYER_CAPWAP,
	LAYER_ESP_UDP,
	LAYER_OPENVPN,
	LAYER_COUNT
};

#endif
