/* Filters, compiled by libpcap for the link type that they are to read. */
#include "capture/capture.h"
#include "capture/link.h"
#include "capture/source.h"

#include <pcap/pcap.h>
#include <stdlib.h>

struct packet_filter {
	struct bpf_program program;
};

/* The number that libpcap has inside for the link type in a file, where they differ. */
static int inner_number(uint32_t link_type)
{
	static const struct {
		uint32_t in_files;
		int inside;
	} differing[] = {
		{ 100, DLT_ATM_RFC1483 },
		{ 101, DLT_RAW },
		{ 102, DLT_SLIP_BSDOS },
		{ 103, DLT_PPP_BSDOS },
	};

	for (size_t i = 0; i < ARRAY_COUNT(differing); i++) {
		if (differing[i].in_files == link_type)
			return differing[i].inside;
	}
	return (int)link_type;
}

/* Compile an expression; no device is needed. */
enum result packet_filter_new(struct packet_filter **out, const char *expression,
			      uint32_t link_type, struct error *error)
{
	pcap_t *shape = pcap_open_dead(inner_number(link_type), PACKET_MAX_BYTES);
	struct packet_filter *filter = calloc(1, sizeof(*filter));
	enum result r = RESULT_OK;

	if (shape == NULL || filter == NULL)
		r = error_set(error, RESULT_FAILED, "no memory for the filter");
	else if (pcap_compile(shape, &filter->program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0)
		r = error_set(error, RESULT_BAD,
			      "cannot use the filter '%s': %s; see pcap-filter(7)", expression,
			      pcap_geterr(shape));
	if (shape != NULL)
		pcap_close(shape);
	if (r != RESULT_OK) {
		free(filter);
		return r;
	}
	*out = filter;
	return RESULT_OK;
}

/* Most filters are for any link type; Ethernet has all that they can speak of. */
enum result capture_check_filter(const char *expression, struct error *error)
{
	struct packet_filter *filter = NULL;
	enum result r = packet_filter_new(&filter, expression, DLT_EN10MB, error);

	packet_filter_free(&filter);
	return r;
}

/* Does the packet pass? */
bool packet_filter_matches(const struct packet_filter *filter, struct span bytes,
			   uint32_t wire_bytes)
{
	struct pcap_pkthdr header = { .caplen = (bpf_u_int32)bytes.length, .len = wire_bytes };

	return pcap_offline_filter(&filter->program, &header, bytes.data) != 0;
}

/* Free a filter; NULL inside is fine. */
void packet_filter_free(struct packet_filter **filter)
{
	if (*filter == NULL)
		return;
	pcap_freecode(&(*filter)->program);
	free(*filter);
	*filter = NULL;
}

/* A name for a person. */
const char *link_type_name(uint32_t type)
{
	return pcap_datalink_val_to_name(inner_number(type));
}
