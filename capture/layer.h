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
	LAYER_ETHERNET,
	LAYER_VLAN,
	LAYER_SNAP, /* IEEE 802.2 LLC, with SNAP where IP follows */
	LAYER_MPLS,
	LAYER_PPPOE,
	LAYER_PPP,
	LAYER_CISCO_HDLC,
	LAYER_COOKED,
	LAYER_COOKED_2,
	LAYER_NULL,
	LAYER_IP, /* the version tells which */
	LAYER_IP4,
	LAYER_IP6,
	LAYER_TCP,
	LAYER_UDP,
	LAYER_COUNT
};

#endif
