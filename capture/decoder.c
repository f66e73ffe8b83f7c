#include "capture/decoder.h"

#include "capture/duplicate.h"
#include "capture/fragment.h"

/* What is compared of a payload, so that bulk traffic costs a look at its headers only. */
#define DUPLICATE_PAYLOAD_MAX_BYTES 256

static const char *const opaque_names[OPAQUE_COUNT] = {
	[OPAQUE_ESP] = "IPsec ESP",          [OPAQUE_IPCOMP] = "IPComp",
	[OPAQUE_MACSEC] = "MACsec",          [OPAQUE_WIREGUARD] = "WireGuard",
	[OPAQUE_OPENVPN] = "OpenVPN",        [OPAQUE_DTLS] = "CAPWAP over DTLS",
	[OPAQUE_WIFI] = "802.11, encrypted", [OPAQUE_PPP] = "PPP, encrypted or compressed",
};

static const char *const unknown_names[UNKNOWN_COUNT] = {
	[UNKNOWN_ETHER_TYPE] = "ether type",
	[UNKNOWN_PPP_PROTOCOL] = "PPP protocol",
	[UNKNOWN_TUNNEL] = "tunnel payload",
	[UNKNOWN_TOO_DEEP] = "nested too deep",
	[UNKNOWN_FRAGMENT] = "fragments without the rest",
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

enum result decoder_init(struct decoder *decoder, const struct hash_key *key)
{
	*decoder = (struct decoder){ 0 };
	if (duplicates_new(&decoder->duplicates, key) == RESULT_OK &&
	    fragments_new(&decoder->fragments, key) == RESULT_OK)
		return RESULT_OK;
	decoder_clear(decoder);
	return RESULT_FAILED;
}

void decoder_clear(struct decoder *decoder)
{
	duplicates_free(&decoder->duplicates);
	fragments_free(&decoder->fragments);
}

/*
 * A longer payload is not compared, so two such packets may differ where their headers, with
 * the checksum, agree: they are counted and still handed on, as a retransmission would be.
 */
bool decoder_duplicate(struct walk *walk, size_t header_bytes)
{
	struct span transport = cursor_rest(&walk->in);
	bool whole = transport.length <= header_bytes + DUPLICATE_PAYLOAD_MAX_BYTES;

	if (!whole)
		transport.length = header_bytes;
	if (!duplicates_seen(walk->decoder->duplicates, &walk->ip, transport, walk_wire_left(walk),
			     walk->time_ns))
		return false;
	walk->decoder->counts.duplicates++;
	return whole;
}

/* Let the table keep a fragment, and go on with the datagram when it is whole. */
enum layer walk_fragment(struct walk *walk, struct fragment *fragment, uint8_t *out_next_header)
{
	struct datagram_whole whole;

	if (walk->missing_bytes > 0)
		return walk_short(walk);
	fragment->source = walk->ip.source;
	fragment->destination = walk->ip.destination;
	fragment->checksum_bad = walk->ip.checksum_bad;
	fragment->data = cursor_rest(&walk->in);
	fragment->time_ns = walk->time_ns;
	if (fragments_add(walk->decoder->fragments, fragment, &whole) != RESULT_OK)
		return LAYER_NONE;
	walk->in = cursor_of(whole.data);
	walk->ip.checksum_bad = whole.checksum_bad;
	*out_next_header = whole.next_header;
	return LAYER_IP;
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
	walk.tunnels.count = 0;
	walk.carrier = "ip";
	walk.wifi_padded = false;
	decoder->sink = sink;
	if (walk_header(&walk, packet->link->prefix_bytes) == NULL) {
		(void)walk_short(&walk);
		return;
	}
	walk_run(&walk, packet->link->layer);
}

void decoder_finish(struct decoder *decoder)
{
	fragments_finish(decoder->fragments);
}

uint64_t decoder_duplicates(const struct decoder *decoder)
{
	return decoder->counts.duplicates + fragments_copies(decoder->fragments);
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
	uint64_t counts[UNKNOWN_COUNT];

	for (size_t i = 0; i < UNKNOWN_COUNT; i++)
		counts[i] = decoder->counts.unknown[i];
	counts[UNKNOWN_FRAGMENT] = fragments_given_up(decoder->fragments);
	reasons(opaque, opaque_names, decoder->counts.opaque, OPAQUE_COUNT);
	reasons(unknown, unknown_names, counts, UNKNOWN_COUNT);
}
