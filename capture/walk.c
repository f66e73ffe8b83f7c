#include "capture/walk.h"

#include "core/result.h"

typedef enum layer layer_fn(struct walk *walk);

static layer_fn *const layer_decoders[LAYER_COUNT] = {
	[LAYER_ETHERNET] = ethernet_decode,
	[LAYER_VLAN] = vlan_decode,
	[LAYER_SNAP] = snap_decode,
	[LAYER_MPLS] = mpls_decode,
	[LAYER_PPPOE] = pppoe_decode,
	[LAYER_PPP] = ppp_decode,
	[LAYER_CISCO_HDLC] = cisco_hdlc_decode,
	[LAYER_COOKED] = cooked_decode,
	[LAYER_COOKED_2] = cooked_2_decode,
	[LAYER_NULL] = null_decode,
	[LAYER_IP] = ip_decode,
	[LAYER_IP4] = ip4_decode,
	[LAYER_IP6] = ip6_decode,
	[LAYER_TCP] = tcp_decode,
	[LAYER_UDP] = udp_decode,
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
