/* Floods, holes and tiny segments: memory stays within the budget, and what matters is kept. */
#include "reassembly/script.h"

#include <criterion/criterion.h>
#include <string.h>

#define BUDGET_BYTES ((size_t)4 << 20)
#define FLOOD_COUNT 1000000
#define KEPT_MAX_BYTES ((size_t)4 * 1024 * 1024) /* of one flow */

/* A packet of the stranger with this number to the server's mail port. */
static void stranger(struct script *s, uint32_t number, uint8_t flags, const char *text)
{
	uint8_t address[4] = { 10, (uint8_t)(number >> 16), (uint8_t)(number >> 8),
			       (uint8_t)number };
	static const uint8_t server[4] = { 192, 0, 2, 25 };
	struct segment segment = { .time_ns = s->now_ns,
				   .at.frame = ++s->frame,
				   .source = ip_address_v4(address),
				   .destination = ip_address_v4(server),
				   .source_port = 2000,
				   .destination_port = 25,
				   .flags = flags,
				   .sequence = number,
				   .acknowledgement = 1,
				   .window = 65535,
				   .window_scale = -1,
				   .ttl = 60,
				   .payload = span_text(text) };

	reassembly_segment(s->reassembly, &segment);
}

static struct reassembly_stats stats_of(const struct script *s)
{
	struct reassembly_stats stats;

	reassembly_stats_get(s->reassembly, &stats);
	return stats;
}

static const struct step speech[] = { { 0, 'S', TCP_ACK, 0, 0, "220" },
				      { 1, 'C', TCP_ACK, 0, 3, "EHLO" },
				      { 1, 'S', TCP_ACK, 3, 4, "250" },
				      { 0 } };

static const struct step farewell[] = { { 0, 'C', TCP_FIN | TCP_ACK, 4, 6, "QUIT" },
					{ 1, 'S', TCP_FIN | TCP_ACK, 6, 9, "221" },
					{ 0 } };

/* Calls that only count. */
struct counts {
	uint64_t contacts[4];
	uint64_t opens, midstream, closes, reasons[4];
	struct text order; /* client ports, as they were closed */
};

static enum first_look count_look(void *ctx, const struct segment *segment)
{
	(void)ctx;
	return segment->destination_port == 25 || segment->source_port == 25 ? LOOK_MAIL_PORT
									     : LOOK_NOT_MAIL;
}

static void *count_open(void *ctx, const struct connection *connection)
{
	struct counts *c = ctx;

	c->opens++;
	c->midstream += (connection->flags & CONNECTION_MIDSTREAM) != 0;
	return (void *)(uintptr_t)connection;
}

static bool count_data(void *ctx, void *session, const struct chunk *chunk)
{
	(void)ctx;
	(void)session;
	(void)chunk;
	return true;
}

static bool count_gap(void *ctx, void *session, const struct gap *gap)
{
	(void)ctx;
	(void)session;
	(void)gap;
	return true;
}

static void count_close(void *ctx, void *session, const struct conversation_end *end)
{
	const struct connection *connection = session;
	struct counts *c = ctx;

	c->closes++;
	text_addf(&c->order, " %u", connection->client_port);
	c->reasons[end->reason]++;
}

static void count_contact(void *ctx, const struct contact *contact)
{
	struct counts *c = ctx;

	c->contacts[contact->kind] += contact->count;
}

static const struct conversation_ops counting = { .look = count_look,
						  .open = count_open,
						  .data = count_data,
						  .gap = count_gap,
						  .close = count_close,
						  .contact = count_contact };

Test(bounds, a_flood_of_syns_costs_no_flow_and_hides_no_connection)
{
	struct counts counts = { 0 };
	struct reassembly_stats stats;
	struct script s;

	script_init_for(&s, 25, &counting, &counts);
	script_handshake(&s);
	for (uint32_t i = 0; i < FLOOD_COUNT; i++) {
		s.now_ns += NS_PER_MS / 10;
		stranger(&s, i, TCP_SYN, "");
	}
	cr_expect_eq(s.budget.peak_bytes, 0, "%zu bytes", s.budget.peak_bytes);
	script_steps(&s, speech);
	reassembly_finish(s.reassembly);
	stats = stats_of(&s);
	cr_expect_eq(counts.opens, 1);
	cr_expect_eq(counts.midstream, 0, "its handshake was not pushed out");
	cr_expect_eq(counts.contacts[CONTACT_UNANSWERED] + stats.forgotten_contacts, FLOOD_COUNT);
	cr_expect_gt(counts.contacts[CONTACT_UNANSWERED], 0);
	script_clear(&s);
}

Test(bounds, refused_connections_are_all_counted)
{
	struct counts counts = { 0 };
	struct script s;

	script_init_for(&s, 25, &counting, &counts);
	for (uint32_t i = 0; i < 20000; i++) {
		struct step syn = { 1, 'C', TCP_SYN, -1, .port = (uint16_t)(10000 + i) };
		struct step rst = { 1, 'S', TCP_RST | TCP_ACK, -1, .port = syn.port };

		script_step(&s, &syn);
		script_step(&s, &rst);
	}
	reassembly_finish(s.reassembly);
	cr_expect_eq(counts.contacts[CONTACT_REFUSED], 20000);
	cr_expect_eq(stats_of(&s).forgotten_contacts, 0);
	script_clear(&s);
}

Test(bounds, a_million_tiny_flows)
{
	struct counts counts = { 0 };
	struct reassembly_stats stats;
	struct script s;

	script_init_for(&s, 25, &counting, &counts);
	s.budget.limit_bytes = BUDGET_BYTES;
	script_handshake(&s);
	script_steps(&s, speech);
	for (uint32_t i = 0; i < FLOOD_COUNT; i++) {
		s.now_ns += NS_PER_MS / 100;
		stranger(&s, i, TCP_ACK, "EHLO");
	}
	cr_expect_leq(s.budget.peak_bytes, BUDGET_BYTES);
	stats = stats_of(&s);
	cr_expect_eq(stats.flows_opened, FLOOD_COUNT + 1);
	cr_expect_eq(stats.forgotten_flows, stats.flows_opened - stats.flows_open);
	script_steps(&s, farewell);
	reassembly_finish(s.reassembly);
	cr_expect_eq(counts.reasons[CLOSE_FIN], 1, "the one with a dialogue was kept");
	cr_expect_eq(counts.opens, counts.closes);
	script_clear(&s);
}

Test(bounds, flows_max)
{
	struct reassembly_options options = { .key = hash_key_fixed(), .flows_max = 100 };
	struct counts counts = { 0 };
	struct script s;

	script_init_for(&s, 25, &counting, &counts);
	reassembly_free(&s.reassembly);
	cr_assert_eq(reassembly_new(&s.reassembly, &options, &s.budget, &counting, &counts),
		     RESULT_OK);
	for (uint32_t i = 0; i < 1000; i++)
		stranger(&s, i, TCP_ACK, "EHLO");
	cr_expect_eq(stats_of(&s).flows_open, 100);
	cr_expect_eq(stats_of(&s).forgotten_flows, 900);
	reassembly_finish(s.reassembly);
	script_clear(&s);
}

/* What is over, then who speaks alone, the oldest first; those who talk go last. */
Test(bounds, the_least_valuable_goes_first)
{
	static const struct step steps[] = { { 0, 'C', TCP_ACK, 0, 0, "EHLO", .port = 1003 },
					     { 0, 'S', TCP_ACK, 0, 4, "250", .port = 1003 },
					     { 0, 'C', TCP_ACK, 0, 0, "EHLO", .port = 1002 },
					     { 0, 'C', TCP_FIN | TCP_ACK, 0, 0, "EHLO",
					       .port = 1001 },
					     { 0, 'S', TCP_FIN | TCP_ACK, 0, 5, .port = 1001 },
					     { 0 } };
	struct reassembly_options options = { .key = hash_key_fixed(), .flows_max = 3 };
	struct counts counts = { 0 };
	struct script s;

	text_init(&counts.order, 1000);
	script_init_for(&s, 25, &counting, &counts);
	reassembly_free(&s.reassembly);
	cr_assert_eq(reassembly_new(&s.reassembly, &options, &s.budget, &counting, &counts),
		     RESULT_OK);
	script_steps(&s, steps);
	for (uint32_t i = 0; i < 4; i++)
		stranger(&s, i, TCP_ACK, "EHLO");
	cr_expect_str_eq(text_get(&counts.order), " 1001 1002 2000 2000");
	reassembly_finish(s.reassembly);
	cr_expect_str_eq(text_get(&counts.order), " 1001 1002 2000 2000 1003 2000 2000");
	text_clear(&counts.order);
	script_clear(&s);
}

/* One flow that holds many waiting pieces, and then ends. */
struct hoard {
	const char *name;
	uint32_t count, length, stride;
	uint8_t ttl; /* a low one makes them doubtful */
};

static const struct hoard hoards[] = {
	{ "tiny segments with holes between them", 100000, 1, 2, 64 },
	{ "full segments with holes between them", 10000, 1460, 1461, 64 },
	{ "segments that overlap in all but a byte", 20000, 1460, 1, 64 },
	{ "doubtful ones with holes between them", 10000, 1, 2, 9 },
	{ "doubtful ones that overlap in all but a byte", 5000, 1460, 1, 9 },
};

Test(bounds, what_waits_in_one_flow)
{
	static uint8_t bytes[1460];
	struct counts counts = { 0 };

	for (size_t i = 0; i < ARRAY_COUNT(hoards); i++) {
		const struct hoard *h = &hoards[i];
		struct script s;

		script_init_for(&s, 25, &counting, &counts);
		script_handshake(&s);
		for (uint32_t n = 0; n < h->count; n++) {
			struct step step = { 0, 'C', TCP_ACK, (int32_t)(1 + n * h->stride) };

			step.ttl = h->ttl;
			script_send(&s, &step, span_of(bytes, h->length));
		}
		cr_expect_leq(s.budget.peak_bytes, KEPT_MAX_BYTES + 65536, "%s: %zu bytes", h->name,
			      s.budget.peak_bytes);
		reassembly_finish(s.reassembly);
		script_clear(&s);
	}
}
