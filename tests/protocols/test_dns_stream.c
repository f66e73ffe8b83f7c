/* The name service over TCP: the same messages as by UDP, cut anywhere. */
#include "names.h"
#include "protocols/dns_message.h"
#include "protocols/dns_stream.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET_BYTES ((size_t)16 << 20)
#define STREAM_MAX_BYTES 65536
#define HEADER_BYTES 4

#define MX_ANSWER                                                                             \
	BODY(COUNTS("\x02", "\0", "\0") EXAMPLE MX SAME MX TTL "\0\x08\0\x0a" MX1 SAME MX TTL \
							       "\0\x08\0\x14" MX2)
#define TOLD_MX                                                                \
	"192.0.2.25 asked MX example.org, example.org MX 10 mx1.example.org, " \
	"example.org MX 20 mx2.example.org\n"
#define A_ANSWER BODY(COUNTS("\x01", "\0", "\0") MX1_WHOLE A SAME A TTL "\0\x04\xcb\x00\x71\x07")
#define TOLD_A "192.0.2.25 asked A mx1.example.org, mx1.example.org A 203.0.113.7\n"

/* What both sides send, in order. */
struct stream_case {
	const char *name;
	struct sent sent[DATAGRAMS_MAX];
	const char *facts;
	uint64_t unmatched, malformed;
};

static const struct stream_case cases[] = {
	{ "a question and its answer",
	  { { 7, QUERY, ASK(EXAMPLE MX) }, { 7, ANSWER, MX_ANSWER } },
	  TOLD_MX },
	{ "two on one connection",
	  { { 7, QUERY, ASK(EXAMPLE MX) },
	    { 7, ANSWER, MX_ANSWER },
	    { 8, QUERY, ASK(MX1_WHOLE A) },
	    { 8, ANSWER, A_ANSWER } },
	  TOLD_MX TOLD_A },
	{ "answers in another order (RFC 7766, 6.2.1.1)",
	  { { 7, QUERY, ASK(EXAMPLE MX) },
	    { 9, QUERY, ASK(OTHER MX) },
	    { 9, NO_SUCH_NAME, BODY(COUNTS("\0", "\0", "\0") OTHER MX) },
	    { 7, ANSWER, MX_ANSWER } },
	  "192.0.2.25 asked MX other.org rcode=3\n" TOLD_MX },
	{ "an answer without a question",
	  { { 9, QUERY, ASK(OTHER MX) }, { 7, ANSWER, MX_ANSWER } },
	  "",
	  1 },
	{ "what is not about mail",
	  { { 7, QUERY, ASK(EXAMPLE A) },
	    { 7, ANSWER, BODY(COUNTS("\0", "\0", "\0") EXAMPLE A) },
	    { 8, QUERY, ASK(EXAMPLE MX) },
	    { 8, ANSWER, MX_ANSWER } },
	  TOLD_MX },
	{ "what is malformed does not hide the next one",
	  { { 7, QUERY, ASK(EXAMPLE MX) },
	    { 7, ANSWER, BODY("\0\x01\0") },
	    { 7, ANSWER, MX_ANSWER } },
	  TOLD_MX,
	  0,
	  1 },
};

enum cut { CUT_NONE, CUT_BYTES, CUT_RANDOM };

/* One run over all of the program that is about it. */
struct talker {
	struct protocols *protocols;
	struct budget budget;
	struct text out;
	struct connection connection;
	void *session;
	int64_t time_ns;
};

static void talker_begin(struct talker *t, uint16_t server_port)
{
	const uint8_t client[4] = { 192, 0, 2, 25 };
	const uint8_t server[4] = { 192, 0, 2, 53 };
	const struct fact_sink facts = { .fact = names_fact, .ctx = &t->out };

	memset(t, 0, sizeof(*t));
	text_init(&t->out, 65536);
	budget_init(&t->budget, BUDGET_BYTES);
	t->connection = (struct connection){ .client = ip_address_v4(client),
					     .server = ip_address_v4(server),
					     .client_port = CLIENT_PORT,
					     .server_port = server_port };
	cr_assert_eq(protocols_new(&t->protocols, NULL, &t->budget, &facts), RESULT_OK);
	t->session = protocols_conversation_ops()->open(t->protocols, &t->connection);
	cr_assert_not_null(t->session);
}

static void talker_end(struct talker *t)
{
	const struct conversation_end end = { .reason = CLOSE_FIN };

	protocols_conversation_ops()->close(t->protocols, t->session, &end);
	protocols_free(&t->protocols);
	cr_expect_eq(t->budget.used_bytes, 0, "memory is charged still");
	text_clear(&t->out);
}

/* Hand over bytes of one side, each piece from memory of exactly its size. */
static void say(struct talker *t, enum direction direction, struct span bytes, enum cut cut)
{
	while (bytes.length > 0) {
		size_t n = bytes.length;
		struct chunk chunk = { .direction = direction, .time_ns = ++t->time_ns };
		uint8_t *copy;

		if (cut == CUT_BYTES)
			n = 1;
		else if (cut == CUT_RANDOM)
			n = 1 + (size_t)rand() % (n < 40 ? n : 40);
		copy = malloc(n);
		memcpy(copy, bytes.data, n);
		chunk.bytes = span_of(copy, n);
		(void)protocols_conversation_ops()->data(t->protocols, t->session, &chunk);
		free(copy);
		bytes = span_part(bytes, n, SIZE_MAX);
	}
}

/* A message behind its length; filler: how many bytes more it has than it says something with. */
static size_t put_message(uint8_t *to, const struct sent *sent, size_t filler)
{
	size_t length = HEADER_BYTES + sent->body.length + filler;

	to[0] = (uint8_t)(length >> 8);
	to[1] = (uint8_t)length;
	to[2] = (uint8_t)(sent->id >> 8);
	to[3] = (uint8_t)sent->id;
	to[4] = (uint8_t)(sent->flags >> 8);
	to[5] = (uint8_t)sent->flags;
	memcpy(to + 6, sent->body.bytes, sent->body.length);
	memset(to + 6 + sent->body.length, 0, filler);
	return 2 + length;
}

static bool is_answer(const struct sent *sent)
{
	return (sent->flags & 0x8000) != 0;
}

/* Messages of one side that stand behind each other are one piece before they are cut. */
static void say_all(struct talker *t, const struct sent *sent, enum cut cut)
{
	static uint8_t bytes[STREAM_MAX_BYTES];
	size_t length = 0;

	for (size_t i = 0; i < DATAGRAMS_MAX && sent[i].body.length > 0; i++) {
		length += put_message(bytes + length, &sent[i], 0);
		if (i + 1 < DATAGRAMS_MAX && sent[i + 1].body.length > 0 &&
		    is_answer(&sent[i]) == is_answer(&sent[i + 1]))
			continue;
		say(t, is_answer(&sent[i]) ? FROM_SERVER : FROM_CLIENT, span_of(bytes, length),
		    cut);
		length = 0;
	}
}

static void check(const struct stream_case *c, enum cut cut)
{
	struct protocols_stats stats;
	struct talker t;

	talker_begin(&t, DNS_PORT);
	say_all(&t, c->sent, cut);
	cr_expect_str_eq(text_get(&t.out), c->facts, "%s, cut %d:\n%s", c->name, (int)cut,
			 text_get(&t.out));
	protocols_stats_get(t.protocols, &stats);
	cr_expect_eq(stats.dns_unmatched, c->unmatched, "%s", c->name);
	cr_expect_eq(stats.dns_malformed, c->malformed, "%s", c->name);
	talker_end(&t);
	cr_expect_eq(stats.not_mail, 0, "%s", c->name);
}

Test(dns_stream, the_cut_does_not_matter)
{
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		check(&cases[i], CUT_NONE);
		check(&cases[i], CUT_BYTES);
		for (unsigned seed = 1; seed <= 20; seed++) {
			srand(seed);
			check(&cases[i], CUT_RANDOM);
		}
	}
}

/* An answer by TCP to a question by UDP, and the other way round, is nobody's. */
Test(dns_stream, the_transport_is_part_of_the_question)
{
	static const struct sent asked = { 7, QUERY, ASK(EXAMPLE MX) };
	static const struct sent answered[2] = { { 7, ANSWER, MX_ANSWER } };
	uint8_t bytes[512];
	struct datagram datagram;
	struct talker t;

	talker_begin(&t, DNS_PORT);
	datagram = (struct datagram){ .source = t.connection.client,
				      .destination = t.connection.server,
				      .source_port = CLIENT_PORT,
				      .destination_port = DNS_PORT };
	datagram.payload = span_of(bytes + 2, put_message(bytes, &asked, 0) - 2);
	protocols_datagram(t.protocols, &datagram);
	say_all(&t, answered, CUT_NONE);
	cr_expect_str_eq(text_get(&t.out), "");
	talker_end(&t);
}

/* Where a hole ends inside a message, or with it, the next one is read. */
Test(dns_stream, a_hole_in_a_message_costs_that_message)
{
	static const struct sent asked[3] = { { 6, QUERY, ASK(OTHER MX) },
					      { 7, QUERY, ASK(EXAMPLE MX) } };
	static const struct sent other = { 6, ANSWER, MX_ANSWER };
	static const struct sent wanted = { 7, ANSWER, MX_ANSWER };
	uint8_t first[512], second[512];
	size_t first_length = put_message(first, &other, 0);
	size_t second_length = put_message(second, &wanted, 0);

	for (size_t from = 1; from < first_length; from++) {
		for (size_t to = from + 1; to <= first_length; to += 7) {
			struct gap gap = { .direction = FROM_SERVER, .length_bytes = to - from };
			bool hides_length = from < 2;
			struct talker t;

			talker_begin(&t, DNS_PORT);
			say_all(&t, asked, CUT_NONE);
			say(&t, FROM_SERVER, span_of(first, from), CUT_NONE);
			cr_expect_eq(
			    protocols_conversation_ops()->gap(t.protocols, t.session, &gap),
			    !hides_length);
			if (!hides_length) {
				say(&t, FROM_SERVER, span_of(first + to, first_length - to),
				    CUT_NONE);
				say(&t, FROM_SERVER, span_of(second, second_length), CUT_NONE);
				cr_expect_str_eq(text_get(&t.out), TOLD_MX, "%zu to %zu", from, to);
			}
			talker_end(&t);
		}
	}
}

/* As long as is kept, which says nothing right for what stands behind it, or longer. */
Test(dns_stream, a_long_message_costs_nothing_but_itself)
{
	static const struct sent asked = { 7, QUERY, ASK(EXAMPLE MX) };
	static const struct sent answer = { 7, ANSWER, MX_ANSWER };
	static const size_t fillers[] = { DNS_MESSAGE_MAX_BYTES - 200, DNS_MESSAGE_MAX_BYTES,
					  60000 };
	static uint8_t bytes[STREAM_MAX_BYTES];

	for (size_t i = 0; i < ARRAY_COUNT(fillers); i++) {
		struct talker t;
		size_t used;

		talker_begin(&t, DNS_PORT);
		say(&t, FROM_CLIENT, span_of(bytes, put_message(bytes, &asked, 0)), CUT_NONE);
		used = t.budget.used_bytes;
		say(&t, FROM_SERVER, span_of(bytes, put_message(bytes, &answer, fillers[i])),
		    CUT_RANDOM);
		cr_expect_leq(t.budget.peak_bytes, used + DNS_MESSAGE_MAX_BYTES);
		cr_expect_eq(t.budget.used_bytes, used, "what was read is not kept");
		cr_expect_str_eq(text_get(&t.out), "");
		say(&t, FROM_SERVER, span_of(bytes, put_message(bytes, &answer, 0)), CUT_NONE);
		cr_expect_str_eq(text_get(&t.out), TOLD_MX, "row %zu", i);
		talker_end(&t);
	}
}

struct look_case {
	const char *name;
	uint16_t source_port, destination_port;
	struct body payload;
	enum first_look look;
};

#define QUERY_HEAD BODY("\0\x1d\x12\x34\x01\0\0\x01\0\0\0\0\0\0")
#define ANSWER_HEAD BODY("\0\x1d\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0")

static const struct look_case looks[] = {
	{ "a question", 40000, 53, QUERY_HEAD, LOOK_SENDER_IS_CLIENT },
	{ "an answer", 53, 40000, ANSWER_HEAD, LOOK_SENDER_IS_SERVER },
	{ "both ports", 53, 53, ANSWER_HEAD, LOOK_SENDER_IS_SERVER },
	{ "the length alone", 40000, 53, BODY("\0\x1d"), LOOK_SENDER_IS_CLIENT },
	{ "half of it", 40000, 53, BODY("\0"), LOOK_SENDER_IS_CLIENT },
	{ "a question to another port", 40000, 5353, QUERY_HEAD, LOOK_NOT_MAIL },
	{ "an answer from the client", 40000, 53, ANSWER_HEAD, LOOK_NOT_MAIL },
	{ "a length that holds no header", 40000, 53, BODY("\0\x0b"), LOOK_NOT_MAIL },
	{ "an update (RFC 2136)", 40000, 53, BODY("\0\x1d\x12\x34\x28\0\0\x01\0\0\0\0"),
	  LOOK_NOT_MAIL },
	{ "two questions", 40000, 53, BODY("\0\x1d\x12\x34\x01\0\0\x02\0\0\0\0"), LOOK_NOT_MAIL },
	{ "HTTP", 40000, 53, BODY("GET / HTTP/1.1\r\n"), LOOK_NOT_MAIL },
	{ "mail is mail on this port, too", 40000, 53, BODY("EHLO client.example\r\n"),
	  LOOK_SENDER_IS_CLIENT },
};

Test(dns_stream, a_first_look_is_cheap_and_narrow)
{
	for (size_t i = 0; i < ARRAY_COUNT(looks); i++) {
		const struct look_case *c = &looks[i];
		const struct segment segment = {
			.source_port = c->source_port,
			.destination_port = c->destination_port,
			.payload = span_of(c->payload.bytes, c->payload.length),
		};

		cr_expect_eq(protocols_conversation_ops()->look(NULL, &segment), c->look, "%s",
			     c->name);
	}
}
