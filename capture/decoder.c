#include "capture/decoder.h"

#include <string.h>

static const char *const opaque_names[OPAQUE_COUNT] = {
	[OPAQUE_ESP] = "IPsec ESP",
	[OPAQUE_IPCOMP] = "IPComp",
	[OPAQUE_MACSEC] = "MACsec",
	[OPAQUE_WIREGUARD] = "WireGuard",
	[OPAQUE_OPENVPN] = "OpenVPN",
	[OPAQUE_WIFI] = "802.11, encrypted",
	[OPAQUE_PPP] = "PPP, encrypted or compressed",
};

static const char *const unknown_names[UNKNOWN_COUNT] = {
	[UNKNOWN_ETHER_TYPE] = "ether type",
	[UNKNOWN_PPP_PROTOCOL] = "PPP protocol",
	[UNKNOWN_TUNNEL] = "tunnel payload",
	[UNKNOWN_TOO_DEEP] = "nested too deep",
};

/* Count, and end the walk. */
enum layer walk_not_ip(struct walk *walk)
{
	walk->decoder->counts.not_ip++;
	return LAYER_NONE;
}

enum layer walk_malformed(struct walk *walk)
{
	walk->decoder->counts.malformed++;
	return LAYER_NONE;
}

enum layer walk_short(struct walk *walk)
{
	if (walk->missing_bytes == 0)
		return walk_malformed(walk);
	walk->decoder->counts.truncated++;
	return LAYER_NONE;
}

enum layer walk_opaque(struct walk *walk, enum opaque_carrier carrier)
{
	walk->decoder->counts.opaque[carrier]++;
	return LAYER_NONE;
}

enum layer walk_unknown(struct walk *walk, enum unknown_header header)
{
	walk->decoder->counts.unknown[header]++;
	return LAYER_NONE;
}

/* Begin with nothing counted. */
enum result decoder_init(struct decoder *decoder)
{
	*decoder = (struct decoder){ 0 };
	return RESULT_OK;
}

/* Give back the tables. */
void decoder_clear(struct decoder *decoder)
{
	*decoder = (struct decoder){ 0 };
}

/* Take one packet to the sink, as far as it is TCP or DNS. */
void decoder_packet(struct decoder *decoder, const struct packet *packet, uint32_t file,
		    const struct packet_sink *sink)
{
	struct walk walk;

	walk.in = (struct cursor){ packet->bytes.data, packet->bytes.data + packet->bytes.length,
				   false };
	walk.missing_bytes = packet->wire_bytes > packet->bytes.length
				 ? packet->wire_bytes - packet->bytes.length
				 : 0;
	walk.decoder = decoder;
	walk.time_ns = packet->time_ns;
	walk.at = (struct frame_id){ .frame = packet->frame, .file = file };
	walk.vlan_id = 0;
	walk.ip_depth = 0;
	decoder->sink = sink;
	walk_run(&walk, packet->link->layer);
}

/* Copy the names and counts of what was met. */
static void reasons(struct capture_count *out, const char *const *names, const uint64_t *counts,
		    size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count && n + 1 < CAPTURE_REASONS_MAX; i++) {
		if (counts[i] > 0)
			out[n++] = (struct capture_count){ .name = names[i], .count = counts[i] };
	}
	out[n] = (struct capture_count){ 0 };
}

void decoder_reasons(const struct decoder *decoder, struct capture_count *opaque,
		     struct capture_count *unknown)
{
	reasons(opaque, opaque_names, decoder->counts.opaque, OPAQUE_COUNT);
	reasons(unknown, unknown_names, decoder->counts.unknown, UNKNOWN_COUNT);
}
