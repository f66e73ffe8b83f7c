/* What IP and TCP do to a packet: padding, cuts, fragments, copies, options. */
#include "capture/fragment.h"
#include "capture/wrap.h"

#include <criterion/criterion.h>
#include <string.h>

#define RAW 101
#define ETHERNET 1
#define MACS "02 00 00 00 00 01 02 00 00 00 00 02 "

struct scene {
	struct decoder decoder;
	struct taken taken;
};

static void scene_begin(struct scene *scene)
{
	decoder_begin(&scene->decoder);
	taken_init(&scene->taken);
}

/* Feed a packet given as steps. */
static void feed(struct scene *scene, uint32_t link_type, const char *payload,
		 const char *const *steps)
{
	struct wrap wrap;

	wrap_begin(&wrap, payload);
	wrap_steps(&wrap, steps);
	decode_bytes(&scene->decoder, link_type, wrap_span(&wrap), wrap_span(&wrap).length,
		     &scene->taken);
}

#define FEED(scene, link_type, payload, ...) \
	feed(scene, link_type, payload, (const char *const[]){ __VA_ARGS__, NULL })

/* An IPv4 fragment; the offset is in units of eight bytes. */
static void feed_fragment(struct scene *scene, struct span whole, size_t offset, size_t length,
			  bool more, uint8_t identification)
{
	uint8_t p[20 + 1024] = { 0x45, 0,   0, 0, 0, identification, 0, 0, 64, 6, 0, 0, 192, 0, 2,
				 1,    192, 0, 2, 2 };

	p[2] = (uint8_t)((20 + length) >> 8);
	p[3] = (uint8_t)(20 + length);
	p[6] = (uint8_t)((more ? 0x20 : 0) | offset / 8 >> 8);
	p[7] = (uint8_t)(offset / 8);
	memcpy(p + 20, whole.data + offset, length);
	decode_bytes(&scene->decoder, RAW, span_of(p, 20 + length), 20 + length, &scene->taken);
}

Test(ip, padding_is_no_payload)
{
	struct scene scene;
	struct wrap wrap;
	uint8_t frame[60];

	memset(frame, 'X', sizeof(frame));
	wrap_begin(&wrap, "");
	wrap_steps(&wrap, (const char *const[]){ "tcp", "ip4 6", MACS "0800", NULL });
	memcpy(frame, wrap_span(&wrap).data, wrap_span(&wrap).length);
	scene_begin(&scene);
	decode_bytes(&scene.decoder, ETHERNET, span_of(frame, sizeof(frame)), sizeof(frame),
		     &scene.taken);
	cr_assert_eq(scene.taken.segment_count, 1);
	cr_expect_eq(scene.taken.segments[0].payload.length, 0);
	decoder_clear(&scene.decoder);
}

/* Offload leaves a length of 0 on what is too long for the wire; on all else it is a lie. */
Test(ip, a_length_of_zero_is_believed_of_long_packets_only)
{
	static const size_t lengths[] = { 40, 1400, 3000 };
	static uint8_t p[3000] = { 0x45, 0, 0,   0, 0, 1, 0,   0, 64, 6,
				   0,    0, 192, 0, 2, 1, 192, 0, 2,  2 };

	p[32] = 0x50;
	for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
		struct scene scene;

		scene_begin(&scene);
		decode_bytes(&scene.decoder, RAW, span_of(p, lengths[i]), lengths[i], &scene.taken);
		cr_expect_eq(scene.taken.segment_count, lengths[i] > 1500 ? 1 : 0);
		decoder_clear(&scene.decoder);
	}
}

Test(ip, a_length_past_the_frame_is_dropped)
{
	struct scene scene;
	struct wrap wrap;
	struct span s;

	wrap_begin(&wrap, WRAP_TEXT);
	wrap_steps(&wrap, (const char *const[]){ "tcp", "ip4 6", NULL });
	s = wrap_span(&wrap);
	scene_begin(&scene);
	decode_bytes(&scene.decoder, RAW, span_part(s, 0, s.length - 5), s.length - 5,
		     &scene.taken);
	cr_expect_eq(scene.taken.segment_count, 0);
	cr_expect_eq(scene.decoder.counts.malformed, 1);
	decoder_clear(&scene.decoder);
}

Test(tcp, options_are_read)
{
	struct scene scene;
	const struct segment *s = &scene.taken.segments[0];

	scene_begin(&scene);
	FEED(&scene, RAW, "",
	     "9c40 0019 00000001 00000000 f002 1000 0000 0000"
	     "020405b4 01030309 0101080a 00000007 00000008"
	     "1312 00000000000000000000000000000000 0000",
	     "ip4 6");
	FEED(&scene, RAW, "x",
	     "9c40 0019 00000001 00000000 8010 1000 0000 0000"
	     "0101080a 00000009 0000000a",
	     "ip4 6");
	FEED(&scene, RAW, "x", "9c40 0019 00000001 00000000 6010 1000 0000 0000 08000000", "ip4 6");
	FEED(&scene, RAW, "x", "9c40 0019 00000001 00000000 4010 1000 0000 0000", "ip4 6");
	cr_assert_eq(scene.taken.segment_count, 3, "a header of 16 bytes is none");
	cr_expect_eq(s[0].window_scale, 9);
	cr_expect(s[0].has_timestamps && s[0].has_md5);
	cr_expect_eq(s[0].timestamp_value, 7);
	cr_expect_eq(s[0].timestamp_echo, 8);
	cr_expect_eq(s[0].flags, TCP_SYN);
	cr_expect_eq(s[1].window_scale, -1);
	cr_expect_eq(s[1].timestamp_value, 9);
	cr_expect(!s[2].has_timestamps, "an option of length 0 ends the list");
	decoder_clear(&scene.decoder);
}

Test(ip, a_wrong_header_checksum_is_told)
{
	struct scene scene;
	struct wrap wrap;

	wrap_begin(&wrap, WRAP_TEXT);
	wrap_steps(&wrap, (const char *const[]){ "tcp", "ip4 6", NULL });
	wrap.bytes[wrap.start + 8]--; /* the TTL */
	scene_begin(&scene);
	decode_bytes(&scene.decoder, RAW, wrap_span(&wrap), wrap_span(&wrap).length, &scene.taken);
	cr_assert_eq(scene.taken.segment_count, 1);
	cr_expect(scene.taken.segments[0].checksum_bad);
	cr_expect(!segment_checksum_ok(&scene.taken.segments[0]));
	decoder_clear(&scene.decoder);
}

/* The same packet over another VLAN, or behind a router: once. A changed byte: another packet. */
Test(duplicate, a_copy_is_handed_on_once)
{
	struct scene scene;

	scene_begin(&scene);
	FEED(&scene, ETHERNET, WRAP_TEXT, "tcp", "ip4 6", MACS "0800");
	FEED(&scene, ETHERNET, WRAP_TEXT, "tcp", "ip4 6", MACS "8100 0005 0800");
	FEED(&scene, ETHERNET, WRAP_TEXT, "tcp", "ip4 6", "0000 0800", "ip4 47", MACS "0800");
	cr_expect_eq(scene.taken.segment_count, 1);
	cr_expect_eq(scene.decoder.counts.duplicates, 2);
	FEED(&scene, ETHERNET, "RCPT TO:<b@example.net>\r\n", "tcp", "ip4 6", MACS "0800");
	cr_expect_eq(scene.taken.segment_count, 2);
	decoder_clear(&scene.decoder);
}

/* Sent again by its sender: another identification, or later than any copy comes. */
Test(duplicate, what_is_sent_again_is_none)
{
	static const struct {
		const char *name, *steps[4];
		uint16_t identification; /* of the second one; the first has 1 */
		int64_t after_ns;
		bool is_copy;
	} rows[] = {
		{ "a copy at once", { "tcp", "ip4 6", NULL }, 1, 0, true },
		{ "a copy of a late tap", { "tcp", "ip4 6", NULL }, 1, 99000000, true },
		{ "a tap whose clock is behind", { "tcp", "ip4 6", NULL }, 1, -99000000, true },
		{ "another identification", { "tcp", "ip4 6", NULL }, 2, 1000, false },
		{ "after the time-out", { "tcp", "ip4 6", NULL }, 1, 200000000, false },
		{ "IPv6 after the time-out", { "tcp", "ip6 6", NULL }, 1, 200000000, false },
		{ "DNS, a copy", { "udp 53", "ip4 17", NULL }, 1, 1000000, true },
		{ "DNS over IPv6, a copy", { "udp 53", "ip6 17", NULL }, 1, 1000000, true },
		{ "DNS, asked again", { "udp 53", "ip4 17", NULL }, 2, 1000000, false },
	};
	const int64_t start_ns = INT64_C(1700000000) * 1000000000;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene scene;
		struct wrap wrap;

		scene_begin(&scene);
		for (int n = 0; n < 2; n++) {
			wrap_begin(&wrap, WRAP_TEXT);
			wrap.identification = n == 0 ? 1 : rows[i].identification;
			wrap_steps(&wrap, rows[i].steps);
			decode_bytes_at(&scene.decoder, start_ns + n * rows[i].after_ns, RAW,
					wrap_span(&wrap), wrap_span(&wrap).length, &scene.taken);
		}
		cr_expect_eq(scene.taken.segment_count + scene.taken.datagram_count,
			     rows[i].is_copy ? 1 : 2, "%s", rows[i].name);
		cr_expect_eq(decoder_duplicates(&scene.decoder), rows[i].is_copy, "%s",
			     rows[i].name);
		decoder_clear(&scene.decoder);
	}
}

/* The rest of a route: where both ends know the destination, and where nothing comes of it. */
Test(ip6, a_route_ends_at_its_destination)
{
	static const struct {
		const char *name, *routing;
		uint8_t last; /* of the destination: 2 stands in the IP header, 9 in the route */
	} rows[] = {
		{ "segments to go", "0602 0401 00000000 20010db8 00000000 00000000 00000009", 9 },
		{ "no segment to go", "0602 0400 00000000 20010db8 00000000 00000000 00000009", 2 },
		{ "a home address", "0602 0201 00000000 20010db8 00000000 00000000 00000009", 9 },
		{ "a source route of old", "0602 0001 00000000 20010db8 00000000 00000000 00000009",
		  2 },
		{ "too short for it", "0600 0401 00000000", 2 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene scene;

		scene_begin(&scene);
		FEED(&scene, RAW, WRAP_TEXT, "tcp", rows[i].routing, "ip6 43");
		cr_assert_eq(scene.taken.segment_count, 1, "%s", rows[i].name);
		cr_expect_eq(scene.taken.segments[0].destination.bytes[15], rows[i].last, "%s",
			     rows[i].name);
		decoder_clear(&scene.decoder);
	}
}

Test(udp, only_the_name_service_is_handed_on)
{
	struct scene scene;

	scene_begin(&scene);
	FEED(&scene, RAW, "question", "udp 53", "ip4 17");
	FEED(&scene, RAW, "question", "udp 5353", "ip4 17");
	cr_assert_eq(scene.taken.datagram_count, 1);
	cr_expect_eq(scene.taken.datagrams[0].payload.length, 8);
	cr_expect_eq(scene.taken.datagrams[0].destination_port, 53);
	decoder_clear(&scene.decoder);
}

Test(walk, nesting_has_an_end)
{
	struct scene scene;
	struct wrap wrap;

	wrap_begin(&wrap, WRAP_TEXT);
	wrap_step(&wrap, "tcp");
	wrap_step(&wrap, "ip4 6");
	for (int i = 0; i < 40; i++)
		wrap_step(&wrap, "ip4 4");
	scene_begin(&scene);
	decode_bytes(&scene.decoder, RAW, wrap_span(&wrap), wrap_span(&wrap).length, &scene.taken);
	cr_expect_eq(scene.taken.segment_count, 0);
	cr_expect_eq(scene.decoder.counts.unknown[UNKNOWN_TOO_DEEP], 1);
	decoder_clear(&scene.decoder);
}

/* Carriers that nobody can look into are counted, so that silence is not taken for safety. */
Test(walk, opaque_carriers_are_named)
{
	static const struct {
		const char *payload;
		const char *steps[4];
		enum opaque_carrier carrier;
	} rows[] = {
		{ "xxxx", { "ip4 50", NULL }, OPAQUE_ESP },
		{ "xxxx", { "udp 4500", "ip4 17", NULL }, OPAQUE_ESP },
		{ "xxxx", { "ip4 108", NULL }, OPAQUE_IPCOMP },
		{ "0123456789abcdef0123456789ab",
		  { "04000000", "udp 51820", "ip4 17", NULL },
		  OPAQUE_WIREGUARD },
		{ "xxxx", { "38", "udp 1194", "ip4 17", NULL }, OPAQUE_OPENVPN },
		{ "xxxx", { "3001 880b LL 0001 00000001 ff03 00fd", "ip4 47", NULL }, OPAQUE_PPP },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene scene;

		scene_begin(&scene);
		feed(&scene, RAW, rows[i].payload, rows[i].steps);
		cr_expect_eq(scene.decoder.counts.opaque[rows[i].carrier], 1, "row %zu", i);
		decoder_clear(&scene.decoder);
	}
}

struct fragment_row {
	size_t offset, length;
	bool more;
	bool other; /* other content than the true one */
};

struct fragment_case {
	const char *name;
	struct fragment_row rows[8]; /* up to a length of 0; the whole has 64 bytes */
	size_t whole_count;
};

/* RFC 791, 3.2; RFC 1858; RFC 5722; and Linux since 4.18 for overlaps in IPv4. */
static const struct fragment_case fragment_cases[] = {
	{ "in order", { { 0, 32, true }, { 32, 32, false } }, 1 },
	{ "last first", { { 48, 16, false }, { 24, 24, true }, { 0, 24, true } }, 1 },
	{ "tiny first", { { 0, 8, true }, { 8, 56, false } }, 1 },
	{ "one missing", { { 0, 24, true }, { 48, 16, false } }, 0 },
	{ "no end", { { 0, 32, true }, { 32, 32, true } }, 0 },
	{ "a copy", { { 0, 32, true }, { 0, 32, true }, { 32, 32, false } }, 1 },
	{ "a copy with other content: the first stands",
	  { { 0, 32, true }, { 0, 32, true, true }, { 32, 32, false } },
	  1 },
	{ "a copy of two pieces at once",
	  { { 0, 16, true }, { 16, 16, true }, { 0, 32, true, true }, { 32, 32, false } },
	  1 },
	{ "an overlap drops all", { { 0, 32, true }, { 24, 24, true }, { 48, 16, false } }, 0 },
	{ "an overlap that fits drops all, too", { { 0, 40, true }, { 32, 32, false } }, 0 },
	{ "two ends", { { 48, 16, false }, { 32, 16, false }, { 0, 48, true } }, 0 },
	{ "past the end", { { 32, 16, false }, { 48, 16, true }, { 0, 32, true } }, 0 },
};

Test(fragment, come_together_as_in_linux)
{
	uint8_t whole[64] = { 0x9c, 0x40, 0, 25, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x10 };
	uint8_t other[64];

	memset(whole + 20, 'a', sizeof(whole) - 20);
	memset(other, 'b', sizeof(other));
	for (size_t i = 0; i < ARRAY_COUNT(fragment_cases); i++) {
		const struct fragment_case *c = &fragment_cases[i];
		struct scene scene;

		scene_begin(&scene);
		for (const struct fragment_row *row = c->rows; row->length > 0; row++)
			feed_fragment(&scene, row->other ? span_of(other, 64) : span_of(whole, 64),
				      row->offset, row->length, row->more, 1);
		cr_assert_eq(scene.taken.segment_count, c->whole_count, "%s", c->name);
		if (c->whole_count == 1)
			cr_expect_str_eq(scene.taken.payloads[0],
					 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "%s",
					 c->name);
		decoder_clear(&scene.decoder);
	}
}

/* A tap that hands over each fragment twice: all copies are counted, and nothing is missing. */
Test(fragment, copies_are_counted)
{
	static const struct {
		const char *name;
		struct {
			size_t offset;
			bool other;
		} rows[6];
		size_t count;
		uint64_t segments, duplicates, given_up;
	} cases[] = {
		{ "one behind the other", { { 0 }, { 0 }, { 32 }, { 32 } }, 4, 1, 2, 0 },
		{ "one whole behind the other", { { 0 }, { 32 }, { 0 }, { 32 } }, 4, 1, 2, 0 },
		{ "the copy's first is lost", { { 0 }, { 32 }, { 32 } }, 3, 1, 1, 0 },
		{ "a piece that is none", { { 0 }, { 32 }, { 32, true } }, 3, 1, 0, 1 },
		{ "a second try with other bytes",
		  { { 0 }, { 32, true }, { 0 }, { 32 } },
		  4,
		  2,
		  0,
		  0 },
	};
	uint8_t whole[64] = { 0x9c, 0x40, 0, 25, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x10 };
	uint8_t other[64];

	memset(other, 'b', sizeof(other));
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct scene scene;

		scene_begin(&scene);
		for (size_t n = 0; n < cases[i].count; n++)
			feed_fragment(&scene, span_of(cases[i].rows[n].other ? other : whole, 64),
				      cases[i].rows[n].offset, 32, cases[i].rows[n].offset == 0, 9);
		decoder_finish(&scene.decoder);
		cr_expect_eq(scene.taken.segment_count, cases[i].segments, "%s", cases[i].name);
		cr_expect_eq(decoder_duplicates(&scene.decoder), cases[i].duplicates,
			     "%s: %llu duplicates", cases[i].name,
			     (unsigned long long)decoder_duplicates(&scene.decoder));
		cr_expect_eq(fragments_given_up(scene.decoder.fragments), cases[i].given_up, "%s",
			     cases[i].name);
		decoder_clear(&scene.decoder);
	}
}

/* Two datagrams in turn, by their identification. */
Test(fragment, interleaved)
{
	uint8_t whole[64] = { 0x9c, 0x40, 0, 25, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x10 };
	struct scene scene;

	scene_begin(&scene);
	feed_fragment(&scene, span_of(whole, 64), 0, 32, true, 1);
	whole[63] = 'z';
	feed_fragment(&scene, span_of(whole, 64), 0, 32, true, 2);
	feed_fragment(&scene, span_of(whole, 64), 32, 32, false, 2);
	whole[63] = 'y';
	feed_fragment(&scene, span_of(whole, 64), 32, 32, false, 1);
	cr_assert_eq(scene.taken.segment_count, 2);
	decoder_clear(&scene.decoder);
}

/* A flood of first fragments stays within its budget, and gives up the oldest. */
Test(fragment, a_flood_is_bounded)
{
	static uint8_t data[1400];
	struct hash_key key = hash_key_fixed();
	struct fragments *fragments = NULL;
	struct datagram_whole whole;

	cr_assert_eq(fragments_new(&fragments, &key), RESULT_OK);
	for (uint32_t i = 0; i < 20000; i++) {
		struct fragment f = { .identification = i,
				      .more = true,
				      .data = span_of(data, sizeof(data)),
				      .time_ns = i };

		f.source.family = f.destination.family = 4;
		cr_assert_eq(fragments_add(fragments, &f, &whole), RESULT_MORE);
		cr_assert_leq(fragments_bytes(fragments), FRAGMENT_BYTES_MAX);
	}
	cr_expect_geq(fragments_given_up(fragments), 20000 - FRAGMENT_DATAGRAMS_MAX);
	fragments_free(&fragments);
}

/* Pieces of one datagram are limited, and the rest does not wait for ever. */
Test(fragment, many_pieces_and_a_long_wait)
{
	static uint8_t data[8];
	struct hash_key key = hash_key_fixed();
	struct fragments *fragments = NULL;
	struct datagram_whole whole;
	struct fragment f = { .more = true, .data = span_of(data, sizeof(data)) };
	enum result r = RESULT_MORE;

	cr_assert_eq(fragments_new(&fragments, &key), RESULT_OK);
	f.source.family = f.destination.family = 4;
	for (uint32_t i = 0; i <= FRAGMENT_PIECES_MAX; i++) {
		f.offset_bytes = i * 16;
		r = fragments_add(fragments, &f, &whole);
		cr_assert_eq(r, i < FRAGMENT_PIECES_MAX ? RESULT_MORE : RESULT_LIMIT);
	}
	cr_expect_eq(fragments_bytes(fragments), 0);
	cr_assert_eq(fragments_add(fragments, &f, &whole), RESULT_MORE);
	f.identification = 2;
	f.time_ns = FRAGMENT_WAIT_NS + 1;
	cr_assert_eq(fragments_add(fragments, &f, &whole), RESULT_MORE);
	cr_expect_eq(fragments_given_up(fragments), 2);
	fragments_free(&fragments);
}
