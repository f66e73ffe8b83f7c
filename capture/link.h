/*
 * link - link types: what the first header of a packet is
 *
 * In:      LINKTYPE numbers, as pcap and pcapng files hold them
 *          (https://www.tcpdump.org/linktypes.html).
 * Out:     the layer to begin with, and the filter compiled for that link type.
 * Limits:  LINKS_MAX different link types in one run.
 * Errors:  links_find: RESULT_BAD when the filter does not fit, RESULT_LIMIT past LINKS_MAX.
 * Owner:   the capture owns its links; pointers to them stay good until links_clear.
 */
#ifndef RELAYWATCH_CAPTURE_LINK_H
#define RELAYWATCH_CAPTURE_LINK_H

#include "capture/layer.h"
#include "core/result.h"
#include "core/span.h"

#define LINKS_MAX 64
#define LINK_TEXT_MAX 80

struct packet_filter; /* compiled; see source_filter.c */

struct link {
	uint32_t type;
	uint32_t index;               /* its place in links */
	enum layer layer;             /* LAYER_NONE: not read */
	uint32_t prefix_bytes;        /* passed over in front of it */
	char text[LINK_TEXT_MAX];     /* "link type 165 (BACNET_MS_TP)" */
	uint64_t unread_packets;      /* that came with it, when it is not read */
	struct packet_filter *filter; /* NULL: all packets */
};

struct links {
	const char *filter; /* the expression; NULL: none */
	struct link list[LINKS_MAX];
	uint32_t count;
};

/* The link of this type, made when it is new. */
MUST_USE enum result links_find(struct links *links, uint32_t type, struct link **out,
				struct error *error);
void links_clear(struct links *links);

/* source_filter.c */
MUST_USE enum result packet_filter_new(struct packet_filter **out, const char *expression,
				       uint32_t link_type, struct error *error);
bool packet_filter_matches(const struct packet_filter *filter, struct span bytes,
			   uint32_t wire_bytes);
void packet_filter_free(struct packet_filter **filter);
/* The name that libpcap has for a link type; NULL: none. */
const char *link_type_name(uint32_t type);

#endif
