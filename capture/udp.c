/* UDP (RFC 768): DNS is handed on, tunnels are looked into. */
#include "capture/decoder.h"

#define UDP_BYTES 8
#define PORT_DNS 53

/* Hand on a datagram of the name service. */
static enum layer take_datagram(struct walk *walk, const uint8_t *header)
{
	struct decoder *decoder = walk->decoder;
	struct datagram datagram = {
		.time_ns = walk->time_ns,
		.at = walk->at,
		.source = walk->ip.source,
		.destination = walk->ip.destination,
		.source_port = be16_at(header),
		.destination_port = be16_at(header + 2),
		.vlan_id = walk->vlan_id,
		.payload = cursor_rest(&walk->in),
		.missing_bytes = (uint32_t)walk->missing_bytes,
	};

	walk->in.at = header;
	if (decoder_duplicate(walk, UDP_BYTES))
		return LAYER_NONE;
	decoder->counts.truncated += datagram.missing_bytes > 0;
	decoder->counts.datagrams++;
	decoder->sink->datagram(decoder->sink->ctx, &datagram);
	return LAYER_NONE;
}

/* Ports tell what is inside. */
enum layer udp_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, UDP_BYTES);
	uint16_t source_port, destination_port;
	size_t length_bytes;

	if (p == NULL)
		return walk_short(walk);
	source_port = be16_at(p);
	destination_port = be16_at(p + 2);
	length_bytes = be16_at(p + 4);
	if (length_bytes != 0) { /* 0: RFC 2675 or offload; all that is there */
		if (length_bytes < UDP_BYTES || length_bytes - UDP_BYTES > walk_wire_left(walk))
			return walk_malformed(walk);
		walk_limit(walk, length_bytes - UDP_BYTES);
	}
	if (source_port == PORT_DNS || destination_port == PORT_DNS)
		return take_datagram(walk, p);
	return layer_of_udp(walk, source_port, destination_port);
}
