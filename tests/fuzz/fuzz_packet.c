/*
 * Packets of one link type, which the first byte selects; then for each packet its length (two
 * bytes), how many bytes the snap length cut (one), and itself.
 */
#include "capture/decoder.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint32_t link_types[] = {
	0,   1,   6,   8,   9,   10,  12,  50,  51,  100, 101, 104, 105, 107, 108, 109, 113, 117,
	119, 122, 123, 127, 138, 163, 166, 192, 204, 205, 206, 219, 226, 228, 229, 239, 240, 241,
	242, 258, 274, 276, 281, 282, 284, 285, 11,  143, 178, 179, 180, 181, 197, 259,
};

/* Sum what was lent, so that a span past its end is seen. */
static unsigned touch(struct span s)
{
	unsigned sum = 0;

	for (size_t i = 0; i < s.length; i++)
		sum += s.data[i];
	return sum;
}

/* Of each the addresses are known, and what it is called. */
static unsigned touch_tunnels(const struct tunnels *tunnels)
{
	unsigned sum = 0;

	if (tunnels == NULL)
		return 0;
	if (tunnels->count == 0 || tunnels->count > TUNNELS_MAX)
		abort();
	for (size_t i = 0; i < tunnels->count; i++) {
		const struct tunnel *tunnel = &tunnels->list[i];

		if (tunnel->source.family == 0 || tunnel->destination.family == 0 ||
		    tunnel->carrier[0] == '\0')
			abort();
		sum += (unsigned)tunnel->carrier[0];
	}
	return sum;
}

static void take_segment(void *ctx, const struct segment *segment)
{
	*(unsigned *)ctx += touch(segment->payload) + touch(segment->transport) +
			    (unsigned)segment_checksum(segment) + touch_tunnels(segment->tunnels);
}

static void take_datagram(void *ctx, const struct datagram *datagram)
{
	*(unsigned *)ctx += touch(datagram->payload);
}

/* One packet from a buffer of exactly its size. */
static void feed(struct decoder *decoder, struct link *link, struct span bytes, unsigned cut_bytes,
		 const struct packet_sink *sink, uint64_t frame)
{
	uint8_t *copy = malloc(bytes.length > 0 ? bytes.length : 1);
	struct packet packet = { .frame = frame, .time_ns = (int64_t)frame, .link = link };

	if (copy == NULL)
		abort();
	if (bytes.length > 0)
		memcpy(copy, bytes.data, bytes.length);
	packet.bytes = span_of(copy, bytes.length);
	packet.wire_bytes = (uint32_t)bytes.length + cut_bytes;
	decoder_packet(decoder, &packet, 0, sink);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = cursor_of(span_of(data, size));
	struct hash_key key = hash_key_fixed();
	struct links links = { 0 };
	struct link *link = NULL;
	struct decoder decoder;
	unsigned sum = 0;
	struct packet_sink sink = { take_segment, take_datagram, &sum };
	uint64_t frame = 0;
	size_t length;
	unsigned cut;

	if (links_find(&links, link_types[cursor_u8(&in) % ARRAY_COUNT(link_types)], &link, NULL) !=
		RESULT_OK ||
	    decoder_init(&decoder, &key) != RESULT_OK)
		abort();
	while (cursor_left(&in) > 3) {
		length = cursor_be16(&in);
		cut = cursor_u8(&in);
		if (length > cursor_left(&in))
			length = cursor_left(&in);
		feed(&decoder, link, cursor_take(&in, length), cut, &sink, ++frame);
	}
	decoder_finish(&decoder);
	decoder_clear(&decoder);
	return 0;
}
