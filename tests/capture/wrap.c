#include "capture/wrap.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct span wrap_span(const struct wrap *wrap)
{
	return span_of(wrap->bytes + wrap->start, WRAP_MAX_BYTES - wrap->start);
}

/* Put bytes in front. */
static void prepend(struct wrap *wrap, const uint8_t *bytes, size_t length)
{
	cr_assert(length <= wrap->start);
	wrap->start -= length;
	memcpy(wrap->bytes + wrap->start, bytes, length);
}

void wrap_begin_bytes(struct wrap *wrap, struct span payload)
{
	memset(wrap, 0, sizeof(*wrap));
	wrap->start = WRAP_MAX_BYTES;
	wrap->identification = 0x1234;
	prepend(wrap, payload.data, payload.length);
}

void wrap_begin(struct wrap *wrap, const char *payload)
{
	wrap_begin_bytes(wrap, span_of(payload, strlen(payload)));
}

/* The last number of the sender's address; the other end has what is left of 3. */
static uint8_t sender_number(const struct wrap *wrap)
{
	return wrap->reversed ? 2 : 1;
}

static void put16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* With its checksum. */
static void wrap_ip4(struct wrap *wrap, unsigned protocol)
{
	static const uint8_t inner[3] = { 192, 0, 2 }, outer[3] = { 198, 51, 100 };
	const uint8_t *network = wrap->ip_count++ == 0 ? inner : outer;
	uint8_t h[20] = { 0x45, [8] = 64, (uint8_t)protocol };
	unsigned long sum = 0;

	put16(h + 4, wrap->identification);
	memcpy(h + 12, network, sizeof(inner));
	h[15] = sender_number(wrap);
	memcpy(h + 16, network, sizeof(inner));
	h[19] = (uint8_t)(3 - h[15]);

	put16(h + 2, wrap_span(wrap).length + sizeof(h));
	for (size_t i = 0; i < sizeof(h); i += 2)
		sum += (unsigned long)h[i] << 8 | h[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put16(h + 10, ~sum & 0xffff);
	prepend(wrap, h, sizeof(h));
}

static void wrap_ip6(struct wrap *wrap, unsigned next)
{
	uint8_t h[40] = { 0x60, 0, 0, 0, 0, 0, (uint8_t)next, 64, 0x20, 0x01, 0x0d, 0xb8 };

	put16(h + 4, wrap_span(wrap).length);
	h[13] = wrap->ip_count++ == 0 ? 0 : 1;
	h[23] = sender_number(wrap);
	memcpy(h + 24, h + 8, 16);
	h[39] = (uint8_t)(3 - h[23]);
	prepend(wrap, h, sizeof(h));
}

static void wrap_udp(struct wrap *wrap, unsigned port)
{
	uint8_t h[8] = { 0xc3, 0x50 };

	put16(h + 2, port);
	put16(h + 4, wrap_span(wrap).length + sizeof(h));
	prepend(wrap, h, sizeof(h));
}

static void wrap_tcp(struct wrap *wrap)
{
	static const uint8_t h[20] = { 0x9c, 0x40, 0,    25,   0,    0, 0x10, 0, 0, 0,
				       0x20, 0,    0x50, 0x18, 0x10, 0, 0,    0, 0, 0 };

	prepend(wrap, h, sizeof(h));
}

static void wrap_hex(struct wrap *wrap, const char *hex)
{
	uint8_t bytes[256];
	size_t n = 0;
	unsigned byte;

	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		if (strncmp(hex, "LL", 2) == 0) {
			put16(bytes + n, wrap_span(wrap).length);
			n += 2;
		} else if (strncmp(hex, "NN", 2) == 0) {
			bytes[n++] = (uint8_t)(wrap_span(wrap).length + 4);
			bytes[n++] = (uint8_t)((wrap_span(wrap).length + 4) >> 8);
		} else {
			cr_assert_eq(sscanf(hex, "%2x", &byte), 1, "not a step: '%s'", hex);
			bytes[n++] = (uint8_t)byte;
		}
		hex++;
	}
	prepend(wrap, bytes, n);
}

void wrap_step(struct wrap *wrap, const char *step)
{
	unsigned number = 0;

	if (sscanf(step, "ip4 %u", &number) == 1)
		wrap_ip4(wrap, number);
	else if (sscanf(step, "ip6 %u", &number) == 1)
		wrap_ip6(wrap, number);
	else if (sscanf(step, "udp %u", &number) == 1)
		wrap_udp(wrap, number);
	else if (strcmp(step, "tcp") == 0)
		wrap_tcp(wrap);
	else
		wrap_hex(wrap, step);
}

void wrap_steps(struct wrap *wrap, const char *const *steps)
{
	for (; *steps != NULL; steps++)
		wrap_step(wrap, *steps);
}

static void take_segment(void *ctx, const struct segment *segment)
{
	struct taken *taken = ctx;
	size_t n = segment->payload.length;

	cr_assert(taken->segment_count < TAKEN_MAX);
	if (n > sizeof(taken->payloads[0]) - 1)
		n = sizeof(taken->payloads[0]) - 1;
	memcpy(taken->payloads[taken->segment_count], segment->payload.data, n);
	taken->payloads[taken->segment_count][n] = '\0';
	if (segment->tunnels != NULL)
		taken->tunnels[taken->segment_count] = *segment->tunnels;
	taken->segments[taken->segment_count++] = *segment;
}

static void take_datagram(void *ctx, const struct datagram *datagram)
{
	struct taken *taken = ctx;

	cr_assert(taken->datagram_count < TAKEN_MAX);
	taken->datagrams[taken->datagram_count++] = *datagram;
}

void taken_init(struct taken *taken)
{
	memset(taken, 0, sizeof(*taken));
	taken->sink = (struct packet_sink){ take_segment, take_datagram, taken };
}

void decoder_begin(struct decoder *decoder)
{
	struct hash_key key = hash_key_fixed();

	cr_assert_eq(decoder_init(decoder, &key), RESULT_OK);
}

void decode_bytes(struct decoder *decoder, uint32_t link_type, struct span bytes, size_t wire_bytes,
		  struct taken *taken)
{
	decode_bytes_at(decoder, 1, link_type, bytes, wire_bytes, taken);
}

void decode_bytes_at(struct decoder *decoder, int64_t time_ns, uint32_t link_type,
		     struct span bytes, size_t wire_bytes, struct taken *taken)
{
	struct links links = { 0 };
	struct packet packet = { .time_ns = time_ns,
				 .frame = 1,
				 .wire_bytes = (uint32_t)wire_bytes };
	uint8_t *copy = malloc(bytes.length > 0 ? bytes.length : 1);

	/* a copy of exactly its size, so that a read past the end is seen */
	cr_assert_not_null(copy);
	memcpy(copy, bytes.data, bytes.length);
	packet.bytes = span_of(copy, bytes.length);
	cr_assert_eq(links_find(&links, link_type, &packet.link, NULL), RESULT_OK);
	cr_assert_neq(packet.link->layer, LAYER_NONE, "link type %u is not read", link_type);
	decoder_packet(decoder, &packet, 0, &taken->sink);
	free(copy);
}
