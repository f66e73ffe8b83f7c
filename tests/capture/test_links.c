/* One segment in each link type and tunnel: the same segment comes out. */
#include "capture/wrap.h"
#include "capture/wrap_cases.h"

#include <criterion/criterion.h>
#include <string.h>

/* The carriers of its tunnels, with blanks between them. */
static void check_tunnels(const struct wrap_case *c, const struct tunnels *tunnels)
{
	char carriers[64] = "";

	for (size_t i = 0; i < tunnels->count; i++) {
		strcat(carriers, i > 0 ? " " : "");
		strcat(carriers, tunnels->list[i].carrier);
	}
	cr_expect_str_eq(carriers, c->carriers == NULL ? "" : c->carriers, "%s", c->name);
}

Test(links, the_same_segment_comes_out)
{
	for (size_t i = 0; i < wrap_case_count; i++) {
		const struct wrap_case *c = &wrap_cases[i];
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
		check_tunnels(c, &taken.tunnels[0]);
		decoder_clear(&decoder);
	}
}

/* Whatever the cut, nothing is read past it, and no byte of payload is made up. */
Test(links, every_cut_is_safe)
{
	for (size_t i = 0; i < wrap_case_count; i++) {
		struct decoder decoder;
		struct taken taken;
		struct wrap wrap;

		wrap_begin(&wrap, WRAP_TEXT);
		wrap_steps(&wrap, wrap_cases[i].steps);
		for (size_t n = 0; n < wrap_span(&wrap).length; n++) {
			decoder_begin(&decoder);
			taken_init(&taken);
			decode_bytes(&decoder, wrap_cases[i].link_type,
				     span_part(wrap_span(&wrap), 0, n), wrap_span(&wrap).length,
				     &taken);
			cr_expect(taken.segment_count <= 1);
			if (taken.segment_count == 1)
				cr_expect_eq(
				    strlen(taken.payloads[0]) + taken.segments[0].missing_bytes,
				    strlen(WRAP_TEXT), "%s cut at %zu", wrap_cases[i].name, n);
			decoder_clear(&decoder);
		}
	}
}
