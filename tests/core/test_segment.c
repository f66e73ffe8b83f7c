#include "core/segment.h"

#include "core/result.h"

#include <criterion/criterion.h>
#include <string.h>

#define TCP_HEADER_BYTES 20
#define CHECKSUM_AT 16

/* Port 40000 to 25, sequence 1, acknowledgement 2, PSH and ACK, window 1000. */
static const uint8_t tcp_header[TCP_HEADER_BYTES] = { 0x9c, 0x40, 0, 25, 0, 0,    0,
						      1,    0,    0, 0,  2, 0x50, 0x18,
						      0x03, 0xe8, 0, 0,  0, 0 };

static const struct example {
	const char *source, *destination, *payload;
	uint16_t checksum;
} examples[] = {
	{ "192.0.2.1", "192.0.2.25", "QUIT\r\n", 0xe3b3 },
	{ "192.0.2.1", "192.0.2.25", "DATA\n", 0xe8e5 }, /* an odd number of bytes */
	{ "2001:db8::1", "2001:db8:1::25", "RSET\r\n", 0x0f38 },
};

struct packet {
	uint8_t bytes[64];
	struct segment segment;
};

/* Put the example on the wire. */
static void make(struct packet *p, const struct example *example)
{
	size_t n = strlen(example->payload);

	*p = (struct packet){ { 0 } };
	memcpy(p->bytes, tcp_header, sizeof(tcp_header));
	memcpy(p->bytes + sizeof(tcp_header), example->payload, n);
	p->bytes[CHECKSUM_AT] = (uint8_t)(example->checksum >> 8);
	p->bytes[CHECKSUM_AT + 1] = (uint8_t)example->checksum;
	p->segment.transport = span_of(p->bytes, sizeof(tcp_header) + n);
	cr_assert_eq(ip_address_parse(example->source, &p->segment.source), RESULT_OK);
	cr_assert_eq(ip_address_parse(example->destination, &p->segment.destination), RESULT_OK);
}

Test(segment, a_flipped_bit_is_seen_wherever_it_is)
{
	for (size_t i = 0; i < ARRAY_COUNT(examples); i++) {
		struct packet p;

		make(&p, &examples[i]);
		cr_expect_eq(segment_checksum(&p.segment), CHECKSUM_RIGHT, "example %zu", i);
		for (size_t at = 0; at < p.segment.transport.length; at++) {
			p.bytes[at] ^= 0x10;
			cr_expect_eq(segment_checksum(&p.segment), CHECKSUM_WRONG, "byte %zu", at);
			p.bytes[at] ^= 0x10;
		}
		p.segment.source.bytes[3] ^= 1;
		cr_expect_eq(segment_checksum(&p.segment), CHECKSUM_WRONG);
	}
}

Test(segment, what_was_cut_cannot_be_judged)
{
	struct packet p;

	make(&p, &examples[0]);
	p.segment.missing_bytes = 1;
	cr_expect_eq(segment_checksum(&p.segment), CHECKSUM_UNKNOWN);
	cr_expect(segment_checksum_ok(&p.segment));
	p.segment.missing_bytes = 0;
	p.segment.transport = span_of(NULL, 0);
	cr_expect_eq(segment_checksum(&p.segment), CHECKSUM_UNKNOWN);
	p.segment.checksum_bad = true; /* the IPv4 header's */
	cr_expect_eq(segment_checksum(&p.segment), CHECKSUM_WRONG);
	cr_expect_not(segment_checksum_ok(&p.segment));
}

/* The sum of the pseudo header alone stands in what the capturing host has joined. */
Test(segment, a_joined_segment_cannot_be_judged)
{
	static const struct {
		size_t payload_bytes;
		uint16_t checksum;
		enum checksum_state state;
	} rows[] = {
		{ 2896, 0x8f85, CHECKSUM_UNKNOWN },
		{ 2896, 0x8f86, CHECKSUM_WRONG },
		{ 1460, 0x89e9, CHECKSUM_WRONG }, /* it may have been on the wire like this */
		{ 1461, 0x89ea, CHECKSUM_UNKNOWN },
	};
	static uint8_t bytes[TCP_HEADER_BYTES + 2896];
	struct packet p;

	make(&p, &examples[0]);
	memcpy(bytes, p.bytes, sizeof(p.bytes));
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		bytes[CHECKSUM_AT] = (uint8_t)(rows[i].checksum >> 8);
		bytes[CHECKSUM_AT + 1] = (uint8_t)rows[i].checksum;
		p.segment.transport = span_of(bytes, TCP_HEADER_BYTES + rows[i].payload_bytes);
		cr_expect_eq(segment_checksum(&p.segment), rows[i].state, "row %zu", i);
	}
}

Test(segment, a_wrong_sum_counts_only_where_others_are_right)
{
	struct packet right, wrong;
	struct checksum_trust offloaded = { 0 }, honest = { 0 };

	make(&right, &examples[0]);
	make(&wrong, &examples[0]);
	wrong.bytes[CHECKSUM_AT] ^= 1;
	for (int i = 0; i < 1000; i++)
		cr_expect(checksum_trust_accepts(&offloaded, &wrong.segment));
	for (int i = 0; i < 10; i++)
		cr_expect(checksum_trust_accepts(&honest, &right.segment));
	cr_expect_not(checksum_trust_accepts(&honest, &wrong.segment));
	cr_expect(checksum_trust_accepts(&honest, &right.segment));
}

Test(segment, trust_outlives_its_counters)
{
	struct checksum_trust trust = { .right = UINT32_MAX - 1, .asked = UINT32_MAX };
	struct packet wrong;

	make(&wrong, &examples[0]);
	wrong.bytes[CHECKSUM_AT] ^= 1;
	cr_expect_not(checksum_trust_accepts(&trust, &wrong.segment));
	cr_expect_gt(trust.asked, trust.right);
}
