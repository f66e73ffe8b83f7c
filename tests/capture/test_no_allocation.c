/* The way of a packet that is no mail allocates nothing: counted, with malloc wrapped. */
#include "capture/wrap.h"

#include <criterion/criterion.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static unsigned long allocations;

void *__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	allocations++;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	allocations++;
	return __real_realloc(old, size);
}

/* Nothing is kept, and the payload must lie in the packet itself: no copy either. */
struct place {
	struct span packet;
	unsigned long segments;
};

static void look_segment(void *ctx, const struct segment *segment)
{
	struct place *place = ctx;

	cr_assert(segment->payload.data >= place->packet.data &&
		  segment->payload.data + segment->payload.length <=
		      place->packet.data + place->packet.length);
	place->segments++;
}

static void look_datagram(void *ctx, const struct datagram *datagram)
{
	(void)ctx;
	(void)datagram;
}

Test(packets, allocate_nothing)
{
	static const char *const steps[][8] = {
		{ "tcp", "ip4 6", NULL },
		{ "tcp", "ip6 6", NULL },
		{ "tcp", "ip4 6", "0000 0800", "ip4 47", NULL },
		{ "udp 443", "ip4 17", NULL },
		{ "udp 53", "ip4 17", NULL },
		{ "ip4 50", NULL },
		{ "ip4 1", NULL },
	};
	struct links links = { 0 };
	struct decoder decoder;
	struct place place = { 0 };
	struct packet_sink sink = { look_segment, look_datagram, &place };
	struct packet packet = { 0 };
	struct wrap wraps[ARRAY_COUNT(steps)];
	unsigned long before;

	decoder_begin(&decoder);
	cr_assert_eq(links_find(&links, 101, &packet.link, NULL), RESULT_OK);
	for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
		wrap_begin(&wraps[i], "GET / HTTP/1.1\r\n\r\n");
		wrap_steps(&wraps[i], steps[i]);
	}
	before = allocations;
	cr_assert_gt(before, 0, "the wrappers must be in use");
	for (uint32_t n = 0; n < 10000; n++) {
		packet.bytes = wrap_span(&wraps[n % ARRAY_COUNT(steps)]);
		packet.wire_bytes = (uint32_t)packet.bytes.length;
		packet.time_ns = (int64_t)n * 1000000000;
		place.packet = packet.bytes;
		decoder_packet(&decoder, &packet, 0, &sink);
	}
	cr_expect_eq(allocations, before);
	cr_expect_gt(place.segments, 4000);
	decoder_clear(&decoder);
}
