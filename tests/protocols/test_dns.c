/*
 * Hand-made messages of the name service. A scene is a list of datagrams; what is told of them is
 * written as one line a fact.
 */
#include "core/text.h"
#include "protocols/dns.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET_BYTES (4 << 20)
#define DATAGRAMS_MAX 8
#define CLIENT_PORT 40000

/* The header's second word: QR, opcode, TC, RD, RA, RCODE (RFC 1035, 4.1.1). */
#define QUERY 0x0100
#define ANSWER 0x8180
#define CUT_ANSWER 0x8380
#define NO_SUCH_NAME 0x8183
#define SERVER_FAILED 0x8182

#define COUNTS(qd, an, ns, ar) "\0" qd "\0" an "\0" ns "\0" ar
#define MX "\0\x0f\0\x01"
#define A "\0\x01\0\x01"
#define AAAA "\0\x1c\0\x01"
#define TXT "\0\x10\0\x01"
#define CNAME "\0\x05\0\x01"
#define NS "\0\x02\0\x01"
#define SOA "\0\x06\0\x01"
#define TTL "\0\0\x0e\x10"
/* Compressed: the name of the question, which stands at 12. */
#define SAME "\xc0\x0c"

#define EXAMPLE   \
	"\x07"    \
	"example" \
	"\x03"    \
	"org"     \
	"\0"
#define EXAMPLE_LOUD \
	"\x07"       \
	"ExAmPlE"    \
	"\x03"       \
	"ORG"        \
	"\0"
#define OTHER   \
	"\x05"  \
	"other" \
	"\x03"  \
	"org"   \
	"\0"
/* In a message about EXAMPLE. */
#define MX1    \
	"\x03" \
	"mx1" SAME
#define MX2    \
	"\x03" \
	"mx2" SAME
#define MX1_WHOLE \
	"\x03"    \
	"mx1" EXAMPLE

/* What follows the identity and the flags; sizeof keeps the NULs and drops the last one. */
#define BODY(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

struct body {
	const char *bytes;
	size_t length;
};

struct sent {
	uint16_t id;
	uint16_t flags;
	struct body body; /* length 0: the list ends */
	uint16_t port;    /* of the asker; 0: CLIENT_PORT */
	uint8_t resolver; /* last number of its address; 0: 53 */
	int after_s;      /* since the first one */
	uint32_t missing_bytes;
	bool from_port_53; /* a question sent as if it were an answer */
};

struct scene {
	const char *name;
	struct sent sent[DATAGRAMS_MAX];
	const char *facts;
	uint64_t unmatched, malformed;
};

#define ASK(question) BODY(COUNTS("\x01", "\0", "\0", "\0") question)

static void add_name(struct text *out, const char *before, struct span name)
{
	text_add(out, before);
	text_add(out, name.length == 0 ? "." : "");
	text_add_printable(out, name);
}

static void write_fact(void *ctx, const struct fact *fact)
{
	const struct fact_dns *dns = &fact->as.dns;
	struct text *out = ctx;
	char address[IP_TEXT_MAX];

	cr_assert_eq(fact->kind, FACT_DNS);
	text_addf(out, "%s asked %s", ip_address_format(&dns->client, address),
		  dns_type_word(dns->type));
	add_name(out, " ", dns->name);
	if (dns->rcode != 0)
		text_addf(out, " rcode=%u", dns->rcode);
	for (uint32_t i = 0; i < dns->answer_count; i++) {
		const struct fact_dns_answer *a = &dns->answers[i];

		add_name(out, ", ", a->owner);
		text_addf(out, " %s ", dns_type_word(a->type));
		if (a->type != DNS_MX) {
			text_add(out, ip_address_format(&a->address, address));
			continue;
		}
		text_addf(out, "%u", a->preference);
		add_name(out, " ", a->exchange);
	}
	text_add(out, "\n");
}

/* Hand over one datagram from memory of exactly its size. */
static void send(struct dns *dns, const struct sent *sent)
{
	const uint8_t client[4] = { 192, 0, 2, 25 };
	const uint8_t resolver[4] = { 192, 0, 2, sent->resolver == 0 ? 53 : sent->resolver };
	bool is_answer = (sent->flags & 0x8000) != 0;
	uint16_t port = sent->port == 0 ? CLIENT_PORT : sent->port;
	size_t length = 4 + sent->body.length;
	uint8_t *bytes = malloc(length);
	struct datagram datagram = {
		.time_ns = INT64_C(1700000000) * NS_PER_SECOND + sent->after_s * NS_PER_SECOND,
		.source = ip_address_v4(is_answer ? resolver : client),
		.destination = ip_address_v4(is_answer ? client : resolver),
		.source_port = is_answer || sent->from_port_53 ? DNS_PORT : port,
		.destination_port = is_answer || sent->from_port_53 ? port : DNS_PORT,
		.missing_bytes = sent->missing_bytes,
	};

	bytes[0] = (uint8_t)(sent->id >> 8);
	bytes[1] = (uint8_t)sent->id;
	bytes[2] = (uint8_t)(sent->flags >> 8);
	bytes[3] = (uint8_t)sent->flags;
	memcpy(bytes + 4, sent->body.bytes, sent->body.length);
	datagram.payload = span_of(bytes, length);
	dns_datagram(dns, &datagram);
	free(bytes);
}

static void check(const struct scene *scene)
{
	struct protocols_stats stats = { 0 };
	struct text out;
	const struct fact_sink facts = { .fact = write_fact, .ctx = &out };
	struct budget budget;
	struct dns_env env = {
		.key = hash_key_fixed(), .budget = &budget, .facts = &facts, .stats = &stats
	};
	struct dns *dns = NULL;

	text_init(&out, 65536);
	budget_init(&budget, BUDGET_BYTES);
	cr_assert_eq(dns_new(&dns, &env), RESULT_OK);
	for (size_t i = 0; i < DATAGRAMS_MAX && scene->sent[i].body.length > 0; i++)
		send(dns, &scene->sent[i]);
	cr_expect_str_eq(text_get(&out), scene->facts, "%s:\n%swanted:\n%s", scene->name,
			 text_get(&out), scene->facts);
	cr_expect_eq(stats.dns_unmatched, scene->unmatched, "%s: %llu unmatched", scene->name,
		     (unsigned long long)stats.dns_unmatched);
	cr_expect_eq(stats.dns_malformed, scene->malformed, "%s: %llu malformed", scene->name,
		     (unsigned long long)stats.dns_malformed);
	dns_free(&dns);
	cr_expect_eq(budget.used_bytes, 0, "%s: memory is charged still", scene->name);
	text_clear(&out);
}

#define ASKED_MX                          \
	{                                 \
		7, QUERY, ASK(EXAMPLE MX) \
	}
#define MX_ANSWER                                                      \
	BODY(COUNTS("\x01", "\x02", "\0", "\0") EXAMPLE MX SAME MX TTL \
	     "\0\x08\0\x0a" MX1 SAME MX TTL "\0\x08\0\x14" MX2)
#define TOLD_MX                                                                \
	"192.0.2.25 asked MX example.org, example.org MX 10 mx1.example.org, " \
	"example.org MX 20 mx2.example.org\n"

static const struct scene matching[] = {
	{ "an answer to a question", { ASKED_MX, { 7, ANSWER, MX_ANSWER } }, TOLD_MX, 0, 0 },
	{ "an answer without a question", { { 7, ANSWER, MX_ANSWER } }, "", 1, 0 },
	{ "another identity", { ASKED_MX, { 8, ANSWER, MX_ANSWER } }, "", 1, 0 },
	{ "another port", { ASKED_MX, { 7, ANSWER, MX_ANSWER, .port = 40001 } }, "", 1, 0 },
	{ "another server", { ASKED_MX, { 7, ANSWER, MX_ANSWER, .resolver = 54 } }, "", 1, 0 },
	{ "another name", { { 7, QUERY, ASK(OTHER MX) }, { 7, ANSWER, MX_ANSWER } }, "", 1, 0 },
	{ "another type", { { 7, QUERY, ASK(EXAMPLE A) }, { 7, ANSWER, MX_ANSWER } }, "", 1, 0 },
	{ "a forged answer does not use the question up",
	  { ASKED_MX, { 8, ANSWER, MX_ANSWER }, { 7, ANSWER, MX_ANSWER } },
	  TOLD_MX,
	  1,
	  0 },
	{ "a second answer",
	  { ASKED_MX, { 7, ANSWER, MX_ANSWER }, { 7, ANSWER, MX_ANSWER } },
	  TOLD_MX,
	  1,
	  0 },
	{ "a question asked twice",
	  { ASKED_MX, ASKED_MX, { 7, ANSWER, MX_ANSWER } },
	  TOLD_MX,
	  0,
	  0 },
	{ "just in time", { ASKED_MX, { 7, ANSWER, MX_ANSWER, .after_s = 30 } }, TOLD_MX, 0, 0 },
	{ "too late", { ASKED_MX, { 7, ANSWER, MX_ANSWER, .after_s = 31 } }, "", 1, 0 },
	{ "an asker that mixes capitals in",
	  { { 7, QUERY, ASK(EXAMPLE_LOUD MX) },
	    { 7, ANSWER,
	      BODY(COUNTS("\x01", "\x01", "\0", "\0") EXAMPLE_LOUD MX SAME MX TTL
		   "\0\x08\0\x0a" MX1) } },
	  "192.0.2.25 asked MX example.org, example.org MX 10 mx1.example.org\n",
	  0,
	  0 },
	{ "a question that comes from port 53",
	  { { 7, QUERY, ASK(EXAMPLE MX), .from_port_53 = true }, { 7, ANSWER, MX_ANSWER } },
	  "",
	  1,
	  0 },
	{ "both ports are 53",
	  { { 7, QUERY, ASK(EXAMPLE MX), .port = 53 }, { 7, ANSWER, MX_ANSWER, .port = 53 } },
	  TOLD_MX,
	  0,
	  0 },
};

Test(dns, matches_answers_with_questions)
{
	for (size_t i = 0; i < ARRAY_COUNT(matching); i++)
		check(&matching[i]);
}

#define ASKED_A                            \
	{                                  \
		8, QUERY, ASK(MX1_WHOLE A) \
	}
#define A_ANSWER \
	BODY(COUNTS("\x01", "\x01", "\0", "\0") MX1_WHOLE A SAME A TTL "\0\x04\xcb\x00\x71\x07")
#define TOLD_A "192.0.2.25 asked A mx1.example.org, mx1.example.org A 203.0.113.7\n"
#define ASKED_EXAMPLE_A                  \
	{                                \
		8, QUERY, ASK(EXAMPLE A) \
	}
#define EXAMPLE_A_ANSWER \
	BODY(COUNTS("\x01", "\x01", "\0", "\0") EXAMPLE A SAME A TTL "\0\x04\xcb\x00\x71\x08")
#define TOLD_EXAMPLE_A "192.0.2.25 asked A example.org, example.org A 203.0.113.8\n"

static const struct scene meanings[] = {
	{ "addresses of an exchange",
	  { ASKED_MX, { 7, ANSWER, MX_ANSWER }, ASKED_A, { 8, ANSWER, A_ANSWER } },
	  TOLD_MX TOLD_A,
	  0,
	  0 },
	{ "addresses of a name that is no exchange",
	  { ASKED_A, { 8, ANSWER, A_ANSWER } },
	  "",
	  0,
	  0 },
	{ "an IPv6 address",
	  { ASKED_MX,
	    { 7, ANSWER, MX_ANSWER },
	    { 8, QUERY, ASK(MX1_WHOLE AAAA) },
	    { 8, ANSWER,
	      BODY(COUNTS("\x01", "\x01", "\0", "\0") MX1_WHOLE AAAA SAME AAAA TTL
		   "\0\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x25") } },
	  TOLD_MX "192.0.2.25 asked AAAA mx1.example.org, mx1.example.org AAAA 2001:db8::25\n",
	  0,
	  0 },
	{ "addresses that come along, of exchanges only",
	  { ASKED_MX,
	    { 7, ANSWER,
	      BODY(COUNTS("\x01", "\x01", "\0", "\x02") EXAMPLE MX SAME MX TTL
		   "\0\x08\0\x0a" MX1 MX1 A TTL "\0\x04\xcb\x00\x71\x07" OTHER A TTL
		   "\0\x04\xcb\x00\x71\x09") } },
	  "192.0.2.25 asked MX example.org, example.org MX 10 mx1.example.org, "
	  "mx1.example.org A 203.0.113.7\n",
	  0,
	  0 },
	{ "a null MX",
	  { ASKED_MX,
	    { 7, ANSWER,
	      BODY(COUNTS("\x01", "\x01", "\0", "\0") EXAMPLE MX SAME MX TTL "\0\x03\0\0\0") } },
	  "192.0.2.25 asked MX example.org, example.org MX 0 .\n",
	  0,
	  0 },
	{ "no MX: the domain's own address",
	  { ASKED_MX,
	    { 7, ANSWER, BODY(COUNTS("\x01", "\0", "\0", "\0") EXAMPLE MX) },
	    ASKED_EXAMPLE_A,
	    { 8, ANSWER, EXAMPLE_A_ANSWER } },
	  "192.0.2.25 asked MX example.org\n" TOLD_EXAMPLE_A,
	  0,
	  0 },
	{ "no MX, with the zone's SOA",
	  { ASKED_MX,
	    { 7, ANSWER,
	      BODY(COUNTS("\x01", "\0", "\x01", "\0") EXAMPLE MX SAME SOA TTL
		   "\0\x18" SAME SAME "\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01") } },
	  "192.0.2.25 asked MX example.org\n",
	  0,
	  0 },
	{ "no such name",
	  { ASKED_MX, { 7, NO_SUCH_NAME, BODY(COUNTS("\x01", "\0", "\0", "\0") EXAMPLE MX) } },
	  "192.0.2.25 asked MX example.org rcode=3\n",
	  0,
	  0 },
	{ "a server that failed, which says nothing of the domain's own address",
	  { ASKED_MX,
	    { 7, SERVER_FAILED, BODY(COUNTS("\x01", "\0", "\0", "\0") EXAMPLE MX) },
	    ASKED_EXAMPLE_A,
	    { 8, ANSWER, EXAMPLE_A_ANSWER } },
	  "192.0.2.25 asked MX example.org rcode=2\n",
	  0,
	  0 },
	{ "a referral says nothing",
	  { ASKED_MX,
	    { 7, ANSWER,
	      BODY(COUNTS("\x01", "\0", "\x01", "\0") EXAMPLE MX SAME NS TTL
		   "\0\x06\x03ns1" SAME) },
	    ASKED_EXAMPLE_A,
	    { 8, ANSWER, EXAMPLE_A_ANSWER } },
	  "",
	  0,
	  0 },
	{ "no address of one family",
	  { ASKED_MX,
	    { 7, ANSWER, MX_ANSWER },
	    ASKED_A,
	    { 8, ANSWER, BODY(COUNTS("\x01", "\0", "\0", "\0") MX1_WHOLE A) } },
	  TOLD_MX,
	  0,
	  0 },
	{ "an exchange that does not exist",
	  { ASKED_MX,
	    { 7, ANSWER, MX_ANSWER },
	    ASKED_A,
	    { 8, NO_SUCH_NAME, BODY(COUNTS("\x01", "\0", "\0", "\0") MX1_WHOLE A) } },
	  TOLD_MX "192.0.2.25 asked A mx1.example.org rcode=3\n",
	  0,
	  0 },
	{ "aliases, in any order, count for the name that was asked",
	  { ASKED_MX,
	    { 7, ANSWER, MX_ANSWER },
	    ASKED_A,
	    { 8, ANSWER,
	      BODY(COUNTS("\x01", "\x04", "\0", "\0") MX1_WHOLE A
		   "\x01\x62\0" CNAME TTL "\0\x03\x01\x63\0" /* b is c */
		   "\x01\x63\0" A TTL "\0\x04\xcb\x00\x71\x07" SAME CNAME TTL
		   "\0\x03\x01\x62\0" /* mx1 is b */
		   OTHER A TTL "\0\x04\xcb\x00\x71\x09") } },
	  TOLD_MX TOLD_A,
	  0,
	  0 },
	{ "a type that is not asked for here",
	  { { 7, QUERY, ASK(EXAMPLE TXT) },
	    { 7, ANSWER, BODY(COUNTS("\x01", "\0", "\0", "\0") EXAMPLE TXT) } },
	  "",
	  0,
	  0 },
	{ "the root's MX",
	  { { 7, QUERY, ASK("\0" MX) },
	    { 7, ANSWER, BODY(COUNTS("\x01", "\0", "\0", "\0") "\0" MX) } },
	  "192.0.2.25 asked MX .\n",
	  0,
	  0 },
	{ "a dot and a control byte inside a label",
	  { { 7, QUERY,
	      ASK("\x03"
		  "a.\x1b"
		  "\x03"
		  "org"
		  "\0" MX) },
	    { 7, NO_SUCH_NAME,
	      BODY(COUNTS("\x01", "\0", "\0", "\0") "\x03"
						    "a.\x1b"
						    "\x03"
						    "org"
						    "\0" MX) } },
	  "192.0.2.25 asked MX a\\.\\027.org rcode=3\n",
	  0,
	  0 },
};

Test(dns, tells_what_answers_mean)
{
	for (size_t i = 0; i < ARRAY_COUNT(meanings); i++)
		check(&meanings[i]);
}

/* Each is followed by the right answer, which is still believed. */
#define BAD(flags, body)                      \
	{                                     \
		ASKED_MX, { 7, flags, body }, \
		{                             \
			7, ANSWER, MX_ANSWER  \
		}                             \
	}

static const struct scene malformed[] = {
	{ "a name that points at itself",
	  BAD(ANSWER, BODY(COUNTS("\x01", "\x01", "\0", "\0") EXAMPLE MX SAME MX TTL
			   "\0\x04\0\x0a\xc0\x2b")),
	  TOLD_MX, 0, 1 },
	{ "a question that points at itself",
	  BAD(ANSWER, BODY(COUNTS("\x01", "\0", "\0", "\0") SAME MX)), TOLD_MX, 0, 1 },
	{ "two names that point at each other",
	  BAD(ANSWER,
	      BODY(COUNTS("\x01", "\x01", "\0", "\0") EXAMPLE MX "\xc0\x1f\xc0\x1d" MX TTL "\0\0")),
	  TOLD_MX, 0, 1 },
	{ "more records than there are",
	  BAD(ANSWER, BODY(COUNTS("\x01", "\xff", "\xff", "\xff") EXAMPLE MX)), TOLD_MX, 0, 1 },
	{ "65535 of everything", BAD(ANSWER, BODY("\xff\xff\xff\xff\xff\xff\xff\xff" EXAMPLE MX)),
	  TOLD_MX, 0, 1 },
	{ "a record longer than the message",
	  BAD(ANSWER,
	      BODY(COUNTS("\x01", "\x01", "\0", "\0") EXAMPLE MX SAME MX TTL "\xff\xff\0\x0a" MX1)),
	  TOLD_MX, 0, 1 },
	{ "half a header", BAD(ANSWER, BODY("\0\x01\0")), TOLD_MX, 0, 1 },
	{ "a label of a reserved kind",
	  BAD(ANSWER, BODY(COUNTS("\x01", "\0", "\0", "\0") "\x80"
							    "example"
							    "\0" MX)),
	  TOLD_MX, 0, 1 },
	{ "two questions", BAD(ANSWER, BODY(COUNTS("\x02", "\0", "\0", "\0") EXAMPLE MX OTHER MX)),
	  TOLD_MX, 0, 0 },
	{ "an address of three bytes",
	  { ASKED_MX,
	    { 7, ANSWER, MX_ANSWER },
	    ASKED_A,
	    { 8, ANSWER,
	      BODY(COUNTS("\x01", "\x01", "\0", "\0") MX1_WHOLE A SAME A TTL
		   "\0\x03\xcb\x00\x71") } },
	  TOLD_MX,
	  0,
	  1 },
	{ "cut by the snap length",
	  { ASKED_MX, { 7, ANSWER, MX_ANSWER, .missing_bytes = 1 }, { 7, ANSWER, MX_ANSWER } },
	  TOLD_MX,
	  0,
	  1 },
	{ "cut by the server: the rest comes by TCP",
	  { ASKED_MX, { 7, CUT_ANSWER, MX_ANSWER } },
	  "",
	  0,
	  0 },
};

Test(dns, survives_what_is_malformed)
{
	for (size_t i = 0; i < ARRAY_COUNT(malformed); i++)
		check(&malformed[i]);
}

/* Every cut of a right answer is refused or says no more than the whole one. */
Test(dns, survives_every_cut)
{
	static const struct body whole = MX_ANSWER;

	for (size_t length = 1; length < whole.length; length++) {
		const struct scene scene = {
			"a cut",
			{ ASKED_MX, { 7, ANSWER, { whole.bytes, length } }, { 7, ANSWER, MX_ANSWER } },
			TOLD_MX,
			0,
			1,
		};

		check(&scene);
	}
}

/* A flood pushes the oldest out and takes no memory. */
Test(dns, keeps_its_memory_in_a_flood)
{
	struct protocols_stats stats = { 0 };
	struct text out;
	const struct fact_sink facts = { .fact = write_fact, .ctx = &out };
	struct budget budget;
	struct dns_env env = {
		.key = hash_key_fixed(), .budget = &budget, .facts = &facts, .stats = &stats
	};
	const struct sent last = ASKED_MX;
	const struct sent answer = { 7, ANSWER, MX_ANSWER };
	struct dns *dns = NULL;
	size_t used;

	text_init(&out, 65536);
	budget_init(&budget, BUDGET_BYTES);
	cr_assert_eq(dns_new(&dns, &env), RESULT_OK);
	used = budget.used_bytes;
	for (uint32_t i = 0; i < 4 * DNS_QUERIES_MAX; i++) {
		const struct sent other = { .id = (uint16_t)i,
					    .flags = QUERY,
					    .body = ASK(OTHER MX),
					    .port = (uint16_t)(1024 + i % 50000) };

		send(dns, &other);
	}
	send(dns, &last);
	send(dns, &answer);
	cr_expect_str_eq(text_get(&out), TOLD_MX);
	cr_expect_eq(budget.used_bytes, used);
	dns_free(&dns);
	text_clear(&out);
}

Test(dns, says_when_memory_is_short)
{
	struct budget budget;
	struct dns_env env = { .key = hash_key_fixed(), .budget = &budget };
	struct dns *dns = NULL;

	budget_init(&budget, 1000);
	cr_expect_eq(dns_new(&dns, &env), RESULT_LIMIT);
	cr_expect_null(dns);
	cr_expect_eq(budget.used_bytes, 0);
}
