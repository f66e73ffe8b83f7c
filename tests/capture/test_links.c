/* One segment in each link type and tunnel: the same segment comes out. */
#include "capture/wrap.h"

#include <criterion/criterion.h>

#define ETHERNET 1
#define MACS "02 00 00 00 00 01 02 00 00 00 00 02 "
#define STEPS(...)                       \
	{                                \
		"tcp", __VA_ARGS__, NULL \
	}

struct wrap_case {
	const char *name;
	uint32_t link_type;
	const char *steps[10]; /* from the inside out */
	uint16_t vlan_id;
};

/* Field by field as the documents have them; see the decoders for which. */
static const struct wrap_case cases[] = {
	{ "Ethernet, IPv4", ETHERNET, STEPS("ip4 6", MACS "0800"), 0 },
	{ "Ethernet, IPv6", ETHERNET, STEPS("ip6 6", MACS "86dd"), 0 },
	{ "802.1Q", ETHERNET, STEPS("ip4 6", MACS "8100 2064 0800"), 100 },
	{ "802.1ad", ETHERNET, STEPS("ip4 6", MACS "88a8 0005 8100 0007 0800"), 7 },
	{ "three tags", ETHERNET, STEPS("ip4 6", MACS "9100 0001 88a8 0002 8100 0003 0800"), 3 },
	{ "802.3 with SNAP", ETHERNET, STEPS("ip4 6", "aaaa03 000000 0800", MACS "LL"), 0 },
	{ "MPLS, three labels", ETHERNET, STEPS("ip4 6", MACS "8847 00010040 00020040 00030140"),
	  0 },
	{ "MPLS, IPv6", ETHERNET, STEPS("ip6 6", MACS "8847 00010140"), 0 },
	{ "pseudowire", ETHERNET, STEPS("ip4 6", MACS "0800", MACS "8847 00010140"), 0 },
	{ "pseudowire with control word", ETHERNET,
	  STEPS("ip4 6", MACS "0800", MACS "8847 00010140 00000000"), 0 },
	{ "PPPoE", ETHERNET, STEPS("ip4 6", "0021", MACS "8864 1100 0001 LL"), 0 },
	{ "PPPoE, IPv6", ETHERNET, STEPS("ip6 6", "0057", MACS "8864 1100 0001 LL"), 0 },
	{ "null, little endian", 0, STEPS("ip4 6", "02000000"), 0 },
	{ "null, big endian", 0, STEPS("ip4 6", "00000002"), 0 },
	{ "null, IPv6 of NetBSD", 0, STEPS("ip6 6", "18000000"), 0 },
	{ "null, IPv6 of FreeBSD", 0, STEPS("ip6 6", "1c000000"), 0 },
	{ "null, IPv6 of macOS", 0, STEPS("ip6 6", "1e000000"), 0 },
	{ "loopback", 108, STEPS("ip4 6", "00000002"), 0 },
	{ "cooked", 113, STEPS("ip4 6", "0000 0001 0006 020000000001 0000 0800"), 0 },
	{ "cooked with a tag", 113,
	  STEPS("ip4 6", "0000 0001 0006 020000000001 0000 8100 0009 0800"), 9 },
	{ "cooked 2", 276, STEPS("ip4 6", "0800 0000 00000002 0001 00 06 0200000000010000"), 0 },
	{ "raw, IPv4", 101, STEPS("ip4 6"), 0 },
	{ "raw, IPv6", 101, STEPS("ip6 6"), 0 },
	{ "raw by another number", 12, STEPS("ip4 6"), 0 },
	{ "IPv4", 228, STEPS("ip4 6"), 0 },
	{ "IPv6", 229, STEPS("ip6 6"), 0 },
	{ "PPP", 9, STEPS("ip4 6", "ff03 0021"), 0 },
	{ "PPP, compressed fields", 9, STEPS("ip4 6", "21"), 0 },
	{ "PPP serial", 50, STEPS("ip6 6", "ff03 0057"), 0 },
	{ "PPP serial, Cisco", 50, STEPS("ip4 6", "0f00 0800"), 0 },
	{ "PPP by pppd", 166, STEPS("ip4 6", "01 03 0021"), 0 },
	{ "PPP with direction", 204, STEPS("ip4 6", "00 ff03 0021"), 0 },
	{ "Cisco HDLC", 104, STEPS("ip4 6", "0f00 0800"), 0 },
	{ "frame relay", 107, STEPS("ip4 6", "1841 03 cc"), 0 },
	{ "802.11", 105,
	  STEPS("ip4 6", "aaaa03 000000 0800", "0801 0000 " MACS "020000000003 1000"), 0 },
	{ "token ring", 6, STEPS("ip4 6", "aaaa03 000000 0800", "1040" MACS), 0 },
	{ "log of pf", 117, STEPS("ip4 6", "3d020000 " MACS MACS MACS MACS MACS), 0 },
	{ "log of nf", 239, STEPS("ip4 6", "4500 0900", "0500 0a00 41 000000", "0200 0000"), 0 },
	{ "PPI", 192, STEPS("ip4 6", MACS "0800", "0000 0800 01000000"), 0 },
	{ "Infiniband", 242,
	  STEPS("ip4 6", "0800 0000", "0000000000000000", "0000000000000000",
		"0000000000000000 0000000000000000 0000000000000000"),
	  0 },
	{ "switch tag", 285, STEPS("ip4 6", MACS "dada 0000 00000000 0800"), 0 },
	{ "GRE", ETHERNET, STEPS("ip4 6", "0000 0800", "ip4 47", MACS "0800"), 0 },
	{ "GRE, all fields", ETHERNET,
	  STEPS("ip4 6", "b000 0800 00000000 00000001 00000002", "ip4 47", MACS "0800"), 0 },
	{ "GRE, Ethernet", ETHERNET,
	  STEPS("ip4 6", MACS "0800", "2000 6558 00000001", "ip4 47", MACS "0800"), 0 },
	{ "GRE over IPv6", ETHERNET, STEPS("ip4 6", "0000 0800", "ip6 47", MACS "86dd"), 0 },
	{ "PPTP", ETHERNET,
	  STEPS("ip4 6", "ff03 0021", "3001 880b LL 0001 00000001", "ip4 47", MACS "0800"), 0 },
	{ "ERSPAN I", ETHERNET, STEPS("ip4 6", MACS "0800", "0000 88be", "ip4 47", MACS "0800"),
	  0 },
	{ "ERSPAN II", ETHERNET,
	  STEPS("ip4 6", MACS "0800", "1000 88be 00000001 1000 0001 00000000", "ip4 47",
		MACS "0800"),
	  0 },
	{ "ERSPAN III", ETHERNET,
	  STEPS("ip4 6", MACS "0800", "1000 22eb 00000001 2000 0001 00000000 0000 0000", "ip4 47",
		MACS "0800"),
	  0 },
	{ "ERSPAN III, platform header", ETHERNET,
	  STEPS("ip4 6", MACS "0800", "0000000000000000",
		"1000 22eb 00000001 2000 0001 00000000 0000 0001", "ip4 47", MACS "0800"),
	  0 },
	{ "VXLAN", ETHERNET,
	  STEPS("ip4 6", MACS "0800", "08000000 00000100", "udp 4789", "ip4 17", MACS "0800"), 0 },
	{ "VXLAN-GPE, IPv4", ETHERNET,
	  STEPS("ip4 6", "0c000001 00000100", "udp 4790", "ip4 17", MACS "0800"), 0 },
	{ "GENEVE with an option", ETHERNET,
	  STEPS("ip4 6", MACS "0800", "0200 6558 00000100 00000001 00000000", "udp 6081", "ip4 17",
		MACS "0800"),
	  0 },
	{ "IP in IP", ETHERNET, STEPS("ip4 6", "ip4 4", MACS "0800"), 0 },
	{ "6in4", ETHERNET, STEPS("ip6 6", "ip4 41", MACS "0800"), 0 },
	{ "4in6", ETHERNET, STEPS("ip4 6", "ip6 4", MACS "86dd"), 0 },
	{ "Teredo", ETHERNET, STEPS("ip6 6", "udp 3544", "ip4 17", MACS "0800"), 0 },
	{ "Teredo, origin and authentication", ETHERNET,
	  STEPS("ip6 6", "0000 1234 01020304", "0001 01 01 aa bb 0000000000000000 00", "udp 3544",
		"ip4 17", MACS "0800"),
	  0 },
	{ "GTP-U", ETHERNET, STEPS("ip4 6", "30 ff LL 00000001", "udp 2152", "ip4 17", MACS "0800"),
	  0 },
	{ "GTP-U with an extension", ETHERNET,
	  STEPS("ip4 6", "0001 00 85 01 10 01 00", "34 ff LL 00000001", "udp 2152", "ip4 17",
		MACS "0800"),
	  0 },
	{ "L2TPv3, no cookie", ETHERNET,
	  STEPS("ip4 6", MACS "0800", "00000001", "ip4 115", MACS "0800"), 0 },
	{ "L2TPv3, long cookie", ETHERNET,
	  STEPS("ip4 6", MACS "0800", "00000001 1122334455667788", "ip4 115", MACS "0800"), 0 },
	{ "L2TPv2", ETHERNET,
	  STEPS("ip4 6", "ff03 0021", "0002 0001 0002", "udp 1701", "ip4 17", MACS "0800"), 0 },
	{ "TZSP", ETHERNET,
	  STEPS("ip4 6", MACS "0800", "0100 0001 0a01c8 00 01", "udp 37008", "ip4 17", MACS "0800"),
	  0 },
	{ "EtherIP", ETHERNET, STEPS("ip4 6", MACS "0800", "3000", "ip4 97", MACS "0800"), 0 },
	{ "MPLS in UDP", ETHERNET, STEPS("ip4 6", "00010140", "udp 6635", "ip4 17", MACS "0800"),
	  0 },
	{ "IPv6, extension headers", ETHERNET,
	  STEPS("06 00 0000 00000000", "3c 00 010400000000", "ip6 0", MACS "86dd"), 0 },
	{ "IPv6, authentication header", ETHERNET,
	  STEPS("06 04 0000 00000001 00000001 000000000000000000000000", "ip6 51", MACS "86dd"),
	  0 },
	{ "IPv6, atomic fragment", ETHERNET, STEPS("06 00 0000 00000001", "ip6 44", MACS "86dd"),
	  0 },
	{ "VXLAN in GRE in a VLAN", ETHERNET,
	  STEPS("ip4 6", MACS "0800", "08000000 00000100", "udp 4789", "ip4 17", "0000 0800",
		"ip4 47", MACS "8100 0009 0800"),
	  9 },
};

Test(links, the_same_segment_comes_out)
{
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct wrap_case *c = &cases[i];
		struct decoder decoder;
		struct taken taken;
		struct wrap wrap;
		const struct segment *s = &taken.segments[0];

		wrap_begin(&wrap, WRAP_TEXT);
		wrap_steps(&wrap, c->steps);
		decoder_begin(&decoder);
		taken_init(&taken);
		decode_bytes(&decoder, c->link_type, wrap_span(&wrap), wrap_span(&wrap).length,
			     &taken);
		cr_assert_eq(taken.segment_count, 1, "%s: %zu segments", c->name,
			     taken.segment_count);
		cr_expect_str_eq(taken.payloads[0], WRAP_TEXT, "%s", c->name);
		cr_expect_eq(s->source_port, 40000, "%s", c->name);
		cr_expect_eq(s->destination_port, 25, "%s", c->name);
		cr_expect_eq(s->sequence, 0x1000, "%s", c->name);
		cr_expect_eq(s->acknowledgement, 0x2000, "%s", c->name);
		cr_expect_eq(s->vlan_id, c->vlan_id, "%s", c->name);
		cr_expect_eq(s->missing_bytes, 0, "%s", c->name);
		cr_expect(!s->checksum_bad, "%s", c->name);
		decoder_clear(&decoder);
	}
}

/* Whatever the cut, nothing is read past it, and no byte of payload is made up. */
Test(links, every_cut_is_safe)
{
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct decoder decoder;
		struct taken taken;
		struct wrap wrap;

		wrap_begin(&wrap, WRAP_TEXT);
		wrap_steps(&wrap, cases[i].steps);
		for (size_t n = 0; n < wrap_span(&wrap).length; n++) {
			decoder_begin(&decoder);
			taken_init(&taken);
			decode_bytes(&decoder, cases[i].link_type,
				     span_part(wrap_span(&wrap), 0, n), wrap_span(&wrap).length,
				     &taken);
			cr_expect(taken.segment_count <= 1);
			if (taken.segment_count == 1)
				cr_expect_eq(strlen(taken.payloads[0]) +
						 taken.segments[0].missing_bytes,
					     strlen(WRAP_TEXT), "%s cut at %zu", cases[i].name, n);
			decoder_clear(&decoder);
		}
	}
}
