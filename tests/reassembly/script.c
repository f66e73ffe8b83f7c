#include "reassembly/script.h"

#include <criterion/criterion.h>
#include <string.h>

#define TCP_HEADER_BYTES 20
#define SUM_AT 16 /* in the TCP header */

static void say(struct script *s, const char *word)
{
	if (s->joined != 0)
		text_add(&s->log, "'");
	s->joined = 0;
	if (s->log.length > 0)
		text_add(&s->log, " ");
	text_add(&s->log, word);
}

static char letter(enum direction d)
{
	return d == FROM_CLIENT ? 'C' : 'S';
}

static enum first_look on_look(void *ctx, const struct segment *segment)
{
	struct script *s = ctx;

	(void)s;
	if (segment->source_port == 25 || segment->destination_port == 25)
		return LOOK_MAIL_PORT;
	if (span_starts_nocase(segment->payload, "220 "))
		return LOOK_SENDER_IS_SERVER;
	return span_starts_nocase(segment->payload, "EHLO") ? LOOK_SENDER_IS_CLIENT : LOOK_NOT_MAIL;
}

static void *on_open(void *ctx, const struct connection *connection)
{
	struct script *s = ctx;

	s->open_count++;
	say(s, (connection->flags & CONNECTION_MIDSTREAM) != 0 ? "midstream" : "open");
	cr_assert_neq(connection->client_port, s->server_port);
	return (void *)(uintptr_t)connection;
}

static bool on_data(void *ctx, void *session, const struct chunk *chunk)
{
	struct script *s = ctx;

	(void)session;
	cr_assert_gt(chunk->bytes.length, 0);
	if (s->joined != letter(chunk->direction)) {
		say(s, chunk->direction == FROM_CLIENT ? "C'" : "S'");
		s->joined = letter(chunk->direction);
	}
	text_add_bytes(&s->log, chunk->bytes.data, chunk->bytes.length);
	return s->refuse_after < 0 || s->refuse_after-- > 0;
}

static bool on_gap(void *ctx, void *session, const struct gap *gap)
{
	struct script *s = ctx;

	(void)session;
	say(s, gap->kind == GAP_LOST ? "gap" : "cut");
	text_addf(&s->log, " %c %llu", letter(gap->direction),
		  (unsigned long long)gap->length_bytes);
	return true;
}

static void on_end(void *ctx, void *session, enum direction direction, int64_t time_ns)
{
	(void)session;
	(void)time_ns;
	say(ctx, direction == FROM_CLIENT ? "end C" : "end S");
}

static void on_close(void *ctx, void *session, const struct conversation_end *end)
{
	static const char *const words[] = { "close fin", "close rst", "close timeout",
					     "close eof" };
	struct script *s = ctx;
	const struct connection *connection = session;

	s->close_count++;
	s->flags = connection->flags;
	say(s, words[end->reason]);
}

static void on_contact(void *ctx, const struct contact *contact)
{
	static const char *const words[] = { "refused", "reset", "silent", "unanswered" };
	struct script *s = ctx;

	if (!s->contacts)
		return;
	say(s, words[contact->kind]);
	text_addf(&s->log, " %u:%llu", contact->server_port, (unsigned long long)contact->count);
}

static bool is_mail_port(uint16_t port)
{
	return port == 25;
}

static void begin(struct script *s, uint16_t server_port, size_t budget_bytes,
		  const struct conversation_ops *ops, void *ctx)
{
	struct reassembly_options options = { .key = hash_key_fixed(),
					      .is_mail_port = is_mail_port };

	*s = (struct script){
		.now_ns = START_NS, .server_port = server_port, .refuse_after = -1, .ops = *ops
	};
	text_init(&s->log, 64u << 20);
	budget_init(&s->budget, budget_bytes != 0 ? budget_bytes : 64u << 20);
	cr_assert_eq(
	    reassembly_new(&s->reassembly, &options, &s->budget, &s->ops, ctx != NULL ? ctx : s),
	    RESULT_OK);
}

void script_init(struct script *s, uint16_t server_port, size_t budget_bytes)
{
	static const struct conversation_ops ops = { on_look, on_open,  on_data,   on_gap,
						     on_end,  on_close, on_contact };

	begin(s, server_port, budget_bytes, &ops, NULL);
}

void script_use_overlap(struct script *s, enum overlap_policy policy)
{
	struct reassembly_options options = { .key = hash_key_fixed(),
					      .is_mail_port = is_mail_port,
					      .overlap = policy };

	reassembly_free(&s->reassembly);
	cr_assert_eq(reassembly_new(&s->reassembly, &options, &s->budget, &s->ops, s), RESULT_OK);
}

void script_init_for(struct script *s, uint16_t server_port, const struct conversation_ops *ops,
		     void *ctx)
{
	begin(s, server_port, 0, ops, ctx);
}

void script_clear(struct script *s)
{
	reassembly_free(&s->reassembly);
	cr_expect_eq(s->budget.used_bytes, 0, "all of the budget is given back");
	cr_expect_eq(s->open_count, s->close_count, "each connection is closed once");
	text_clear(&s->log);
}

/* What stands in the header but the checksum is of no account: the segment tells it. */
static void set_sum(struct segment *segment, uint8_t *transport, size_t length, enum sum wanted)
{
	uint32_t sum = 6 + (uint32_t)length; /* RFC 9293, 3.1: the pseudo header */

	if (wanted == SUM_NONE)
		return;
	for (size_t i = 0; i < 4; i++)
		sum += (uint32_t)(segment->source.bytes[i] + segment->destination.bytes[i])
		       << (i % 2 == 0 ? 8 : 0);
	for (size_t i = 0; i < length; i++)
		sum += (uint32_t)transport[i] << (i % 2 == 0 ? 8 : 0);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum - (wanted == SUM_WRONG);
	transport[SUM_AT] = (uint8_t)(sum >> 8);
	transport[SUM_AT + 1] = (uint8_t)sum;
	segment->transport = span_of(transport, length);
}

void script_send(struct script *s, const struct step *t, struct span payload)
{
	static const uint8_t client[4] = { 203, 0, 113, 7 }, server[4] = { 192, 0, 2, 25 };
	bool c = t->from == 'C';
	uint32_t isn = t->isn != 0 ? t->isn : c ? CLIENT_ISN : SERVER_ISN;
	uint32_t other = t->other_isn != 0 ? t->other_isn : c ? SERVER_ISN : CLIENT_ISN;
	uint16_t port = t->port != 0 ? t->port : 40000;
	/* A buffer of its own and of its size: a read after the call, or past its end, is seen. */
	uint8_t *copy = calloc(1, TCP_HEADER_BYTES + payload.length);
	struct segment segment = { 0 };

	s->now_ns += t->after_ms * NS_PER_MS;
	if (payload.length > 0)
		memcpy(copy + TCP_HEADER_BYTES, payload.data, payload.length);
	segment.time_ns = s->now_ns;
	segment.at.frame = ++s->frame;
	segment.source = ip_address_v4(c ? client : server);
	segment.destination = ip_address_v4(c ? server : client);
	segment.source_port = c ? port : s->server_port;
	segment.destination_port = c ? s->server_port : port;
	segment.flags = t->flags == NO_FLAGS ? 0 : t->flags == 0 ? TCP_ACK : t->flags;
	segment.sequence = isn + 1 + (uint32_t)t->at;
	segment.acknowledgement = (segment.flags & TCP_ACK) ? other + 1 + (uint32_t)t->ack : 0;
	segment.window = t->window == NO_WINDOW ? 0 : t->window != 0 ? t->window : 65535;
	segment.window_scale = t->scale != 0 ? t->scale : -1;
	segment.has_timestamps = t->timestamp != 0;
	segment.timestamp_value = t->timestamp;
	segment.urgent_pointer = t->urgent;
	segment.ttl = t->ttl != 0 ? t->ttl : 64;
	segment.has_md5 = t->md5;
	segment.checksum_bad = t->checksum_bad;
	segment.payload = span_of(copy + TCP_HEADER_BYTES, payload.length);
	segment.missing_bytes = t->missing;
	set_sum(&segment, copy, TCP_HEADER_BYTES + payload.length, t->sum);
	reassembly_segment(s->reassembly, &segment);
	free(copy);
}

void script_step(struct script *s, const struct step *t)
{
	script_send(s, t, span_text(t->text == NULL ? "" : t->text));
}

void script_steps(struct script *s, const struct step *steps)
{
	for (const struct step *t = steps; t->from != 0; t++)
		script_step(s, t);
}

void script_handshake(struct script *s)
{
	static const struct step steps[] = { { .from = 'C', .flags = TCP_SYN, .at = -1 },
					     { .from = 'S', .flags = TCP_SYN | TCP_ACK, .at = -1 },
					     { .from = 'C' },
					     { 0 } };

	script_steps(s, steps);
}

const char *script_end(struct script *s)
{
	reassembly_finish(s->reassembly);
	if (s->joined != 0)
		text_add(&s->log, "'");
	s->joined = 0;
	return text_get(&s->log);
}

void script_try(const struct script_case *cases, size_t count, const struct script_setting *setting)
{
	for (size_t i = 0; i < count; i++) {
		const struct script_case *c = &cases[i];
		struct script s;

		script_init(&s, setting->server_port, 0);
		s.contacts = setting->contacts;
		if (setting->handshake)
			script_handshake(&s);
		script_steps(&s, c->steps);
		cr_expect_str_eq(script_end(&s), c->log, "%s: %s", c->name, text_get(&s.log));
		cr_expect_eq(s.flags, c->flags, "%s: flags %x", c->name, s.flags);
		script_clear(&s);
	}
}
