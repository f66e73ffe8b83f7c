#include "capture/link.h"

#include <stdio.h>

struct link_row {
	uint32_t type;
	enum layer layer;
	const char *name;
};

/* https://www.tcpdump.org/linktypes.html */
static const struct link_row link_rows[] = {
	{ 0, LAYER_NULL, "NULL" },
	{ 1, LAYER_ETHERNET, "ETHERNET" },
	{ 9, LAYER_PPP, "PPP" },
	{ 12, LAYER_IP, "RAW" }, /* DLT_RAW on most systems, written by mistake */
	{ 14, LAYER_IP, "RAW" }, /* and on OpenBSD */
	{ 50, LAYER_PPP, "PPP_HDLC" },
	{ 51, LAYER_PPPOE, "PPP_ETHER" },
	{ 101, LAYER_IP, "RAW" },
	{ 104, LAYER_CISCO_HDLC, "C_HDLC" },
	{ 108, LAYER_NULL, "LOOP" },
	{ 113, LAYER_COOKED, "LINUX_SLL" },
	{ 219, LAYER_MPLS, "MPLS" },
	{ 228, LAYER_IP4, "IPV4" },
	{ 229, LAYER_IP6, "IPV6" },
	{ 276, LAYER_COOKED_2, "LINUX_SLL2" },
};

/* What is known of a type; unknown ones are not read, but counted by their name. */
static struct link link_of_type(uint32_t type)
{
	struct link link = { .type = type, .layer = LAYER_NONE };
	const char *name = NULL;

	for (size_t i = 0; i < ARRAY_COUNT(link_rows) && name == NULL; i++) {
		if (link_rows[i].type != type)
			continue;
		link.layer = link_rows[i].layer;
		name = link_rows[i].name;
	}
	if (name == NULL)
		name = link_type_name(type);
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
