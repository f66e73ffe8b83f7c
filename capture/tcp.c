/* TCP (RFC 9293): header and options become a segment. */
#include "capture/decoder.h"

#define TCP_MIN_BYTES 20

enum tcp_option {
	OPTION_END = 0,
	OPTION_NONE = 1,
	OPTION_WINDOW_SCALE = 3, /* RFC 7323, 2.2 */
	OPTION_TIMESTAMPS = 8,   /* RFC 7323, 3.2 */
	OPTION_MD5 = 19          /* RFC 2385, 3 */
};

/* What most segments have, and nothing else: NOP, NOP, timestamps (RFC 7323, appendix A). */
#define USUAL_OPTIONS 0x0101080au
#define USUAL_OPTIONS_BYTES 12

/* One option's value. */
static void take_option(struct segment *segment, uint8_t kind, struct span value)
{
	if (kind == OPTION_WINDOW_SCALE && value.length == 1)
		/* "If a shift.cnt larger than 14 is received [..] use 14" */
		segment->window_scale = (int8_t)(value.data[0] > 14 ? 14 : value.data[0]);
	if (kind == OPTION_TIMESTAMPS && value.length == 8) {
		segment->has_timestamps = true;
		segment->timestamp_value = be32_at(value.data);
		segment->timestamp_echo = be32_at(value.data + 4);
	}
	if (kind == OPTION_MD5)
		segment->has_md5 = true;
}

/* Kind and length, but for two kinds of one octet; a wrong length ends the list. */
static void read_options(struct segment *segment, struct span options)
{
	struct cursor in = cursor_of(options);
	uint8_t kind, option_bytes;

	while (!cursor_done(&in)) {
		kind = cursor_u8(&in);
		if (kind == OPTION_END)
			return;
		if (kind == OPTION_NONE)
			continue;
		option_bytes = cursor_u8(&in);
		if (option_bytes < 2)
			return;
		take_option(segment, kind, cursor_take(&in, option_bytes - (size_t)2));
	}
}

/* The usual options at once, others one by one. */
static void tcp_options(struct segment *segment, const uint8_t *options, size_t options_bytes)
{
	if (options_bytes == 0)
		return;
	if (options_bytes == USUAL_OPTIONS_BYTES && be32_at(options) == USUAL_OPTIONS) {
		segment->has_timestamps = true;
		segment->timestamp_value = be32_at(options + 4);
		segment->timestamp_echo = be32_at(options + 8);
		return;
	}
	read_options(segment, span_of(options, options_bytes));
}

/* Where the payload stands, as far as it was captured. */
static void tcp_payload(struct segment *segment, struct walk *walk, const uint8_t *p,
			size_t header_bytes)
{
	size_t captured_bytes = segment->transport.length;

	if (header_bytes > captured_bytes) { /* cut inside the options */
		segment->payload = (struct span){ p + captured_bytes, 0 };
		segment->missing_bytes = (uint32_t)(walk->missing_bytes -
						    (header_bytes - captured_bytes));
		return;
	}
	tcp_options(segment, p + TCP_MIN_BYTES, header_bytes - TCP_MIN_BYTES);
	segment->payload = (struct span){ p + header_bytes, captured_bytes - header_bytes };
	segment->missing_bytes = (uint32_t)walk->missing_bytes;
}

/* One segment; all are handed on, also those without payload. */
enum layer tcp_decode(struct walk *walk)
{
	const uint8_t *p = walk->in.at;
	size_t captured_bytes = cursor_left(&walk->in);
	struct decoder *decoder = walk->decoder;
	struct segment segment;
	size_t header_bytes;

	if (captured_bytes < TCP_MIN_BYTES)
		return walk_short(walk);
	header_bytes = (size_t)(p[12] >> 4) * 4;
	if (header_bytes < TCP_MIN_BYTES || header_bytes > walk_wire_left(walk))
		return walk_malformed(walk);
	if (decoder_duplicate(walk, header_bytes))
		return LAYER_NONE;
	segment = (struct segment){
		.time_ns = walk->time_ns,
		.at = walk->at,
		.source = walk->ip.source,
		.destination = walk->ip.destination,
		.source_port = be16_at(p),
		.destination_port = be16_at(p + 2),
		.sequence = be32_at(p + 4),
		.acknowledgement = be32_at(p + 8),
		.flags = p[13],
		.window = be16_at(p + 14),
		.urgent_pointer = be16_at(p + 18),
		.ttl = walk->ip.ttl,
		.window_scale = -1,
		.checksum_bad = walk->ip.checksum_bad,
		.vlan_id = walk->vlan_id,
		.transport = { p, captured_bytes },
		.tunnels = walk->tunnels.count > 0 ? &walk->tunnels : NULL,
	};
	tcp_payload(&segment, walk, p, header_bytes);
	decoder->counts.truncated += segment.missing_bytes > 0;
	decoder->counts.segments++;
	decoder->sink->segment(decoder->sink->ctx, &segment);
	return LAYER_NONE;
}
