#include "capture/link.h"

#include "capture/walk.h"

#include <stdio.h>

struct link_row {
	uint32_t type;
	enum layer layer;
	uint32_t prefix_bytes; /* in front of it, of no use to us */
	const char *name;
};

/* https://www.tcpdump.org/linktypes.html */
static const struct link_row link_rows[] = {
	{ 0, LAYER_NULL, 0, "NULL" },
	{ 1, LAYER_ETHERNET, 0, "ETHERNET" },
	{ 6, LAYER_TOKEN_RING, 0, "IEEE802_5" },
	{ 8, LAYER_IP, 16, "SLIP" },
	{ 9, LAYER_PPP, 0, "PPP" },
	{ 10, LAYER_LLC, 13, "FDDI" },
	{ 11, LAYER_LLC, 0, "ATM_RFC1483" },
	{ 12, LAYER_IP, 0, "RAW" }, /* the number that most systems have inside */
	{ 14, LAYER_IP, 0, "RAW" }, /* and OpenBSD's */
	{ 50, LAYER_PPP, 0, "PPP_HDLC" },
	{ 51, LAYER_PPPOE, 0, "PPP_ETHER" },
	{ 100, LAYER_LLC, 0, "ATM_RFC1483" },
	{ 101, LAYER_IP, 0, "RAW" },
	{ 104, LAYER_CISCO_HDLC, 0, "C_HDLC" },
	{ 105, LAYER_WIFI, 0, "IEEE802_11" },
	{ 107, LAYER_FRAME_RELAY, 0, "FRELAY" },
	{ 108, LAYER_NULL, 0, "LOOP" },
	{ 109, LAYER_IP, 12, "ENC" },
	{ 113, LAYER_COOKED, 0, "LINUX_SLL" },
	{ 117, LAYER_PFLOG, 0, "PFLOG" },
	{ 119, LAYER_PRISM, 0, "IEEE802_11_PRISM" },
	{ 122, LAYER_LLC, 16, "IP_OVER_FC" },
	{ 123, LAYER_SUN_ATM, 0, "SUNATM" },
	{ 127, LAYER_RADIOTAP, 0, "IEEE802_11_RADIOTAP" },
	{ 138, LAYER_ETHER_TYPE, 16, "APPLE_IP_OVER_IEEE1394" },
	{ 143, LAYER_DOCSIS, 0, "DOCSIS" },
	{ 163, LAYER_AVS, 0, "IEEE802_11_AVS" },
	{ 166, LAYER_PPP_DIRECTION, 0, "PPP_PPPD" },
	{ 178, LAYER_JUNIPER_ETHERNET, 0, "JUNIPER_ETHER" },
	{ 179, LAYER_JUNIPER_PPP, 0, "JUNIPER_PPP" },
	{ 180, LAYER_JUNIPER_FRAME_RELAY, 0, "JUNIPER_FRELAY" },
	{ 181, LAYER_JUNIPER_HDLC, 0, "JUNIPER_CHDLC" },
	{ 192, LAYER_PPI, 0, "PPI" },
	{ 197, LAYER_ERF, 0, "ERF" },
	{ 204, LAYER_PPP, 1, "PPP_WITH_DIR" },
	{ 205, LAYER_CISCO_HDLC, 1, "C_HDLC_WITH_DIR" },
	{ 206, LAYER_FRAME_RELAY, 1, "FRELAY_WITH_DIR" },
	{ 219, LAYER_MPLS, 0, "MPLS" },
	{ 226, LAYER_IP, 24, "IPNET" },
	{ 228, LAYER_IP4, 0, "IPV4" },
	{ 229, LAYER_IP6, 0, "IPV6" },
	{ 239, LAYER_NFLOG, 0, "NFLOG" },
	{ 240, LAYER_ETHERNET, 4, "NETANALYZER" },
	{ 241, LAYER_ETHERNET, 12, "NETANALYZER_TRANSPARENT" },
	{ 242, LAYER_IPOIB, 0, "IPOIB" },
	{ 258, LAYER_PKTAP, 0, "PKTAP" },
	{ 259, LAYER_ETHERNET, 8, "EPON" },
	{ 274, LAYER_ETHERNET, 8, "ETHERNET_MPACKET" },
	{ 276, LAYER_COOKED_2, 0, "LINUX_SLL2" },
	{ 281, LAYER_ETHER_TYPE, 16, "DSA_TAG_BRCM" }, /* addresses and a tag of four bytes */
	{ 282, LAYER_ETHERNET, 4, "DSA_TAG_BRCM_PREPEND" },
	{ 284, LAYER_ETHER_TYPE, 16, "DSA_TAG_DSA" },
	{ 285, LAYER_ETHER_TYPE, 20, "DSA_TAG_EDSA" },
};

/* The row of a type; NULL: it is not read. */
static const struct link_row *row_of(uint32_t type)
{
	for (size_t i = 0; i < ARRAY_COUNT(link_rows); i++) {
		if (link_rows[i].type == type)
			return &link_rows[i];
	}
	return NULL;
}

/* For headers that name the link type of what follows. */
enum layer layer_of_link_type(struct walk *walk, uint32_t type)
{
	const struct link_row *row = row_of(type);

	if (row == NULL)
		return walk_unknown(walk, UNKNOWN_TUNNEL);
	return walk_header(walk, row->prefix_bytes) == NULL ? walk_short(walk) : row->layer;
}

/* What is known of a type; unknown ones are not read, but counted by their name. */
static struct link link_of_type(uint32_t type)
{
	struct link link = { .type = type, .layer = LAYER_NONE };
	const struct link_row *row = row_of(type);
	const char *name = row != NULL ? row->name : link_type_name(type);

	if (row != NULL) {
		link.layer = row->layer;
		link.prefix_bytes = row->prefix_bytes;
	}
	(void)snprintf(link.text, sizeof(link.text), "link type %u (%s)", type,
		       name == NULL ? "without a name" : name);
	return link;
}

/* Find, or make with its filter. A type that is not read needs no filter. */
enum result links_find(struct links *links, uint32_t type, struct link **out, struct error *error)
{
	struct link link;
	enum result r;

	for (uint32_t i = 0; i < links->count; i++) {
		if (links->list[i].type == type) {
			*out = &links->list[i];
			return RESULT_OK;
		}
	}
	if (links->count == LINKS_MAX)
		return error_set(error, RESULT_LIMIT, "more than %d link types", LINKS_MAX);
	link = link_of_type(type);
	if (links->filter != NULL && link.layer != LAYER_NONE) {
		r = packet_filter_new(&link.filter, links->filter, type, error);
		if (r != RESULT_OK)
			return r;
	}
	link.index = links->count;
	links->list[links->count] = link;
	*out = &links->list[links->count++];
	return RESULT_OK;
}

/* Free the filters. */
void links_clear(struct links *links)
{
	for (uint32_t i = 0; i < links->count; i++)
		packet_filter_free(&links->list[i].filter);
	links->count = 0;
}
