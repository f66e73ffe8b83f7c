/* Hand-made messages of the name service. */
#include "names.h"

#include <criterion/criterion.h>

#define BUDGET_BYTES (4 << 20)

#define ASKED_MX                          \
	{                                 \
		7, QUERY, ASK(EXAMPLE MX) \
	}
#define MX_ANSWER                                                                             \
	BODY(COUNTS("\x02", "\0", "\0") EXAMPLE MX SAME MX TTL "\0\x08\0\x0a" MX1 SAME MX TTL \
							       "\0\x08\0\x14" MX2)
#define TOLD_MX                                                                \
	"192.0.2.25 asked MX example.org, example.org MX 10 mx1.example.org, " \
	"example.org MX 20 mx2.example.org\n"

static const struct scene matching[] = {
	{ "an answer to a question", { ASKED_MX, { 7, ANSWER, MX_ANSWER } }, TOLD_MX },
	{ "an answer without a question", { { 7, ANSWER, MX_ANSWER } }, "", 1 },
	{ "another identity", { ASKED_MX, { 8, ANSWER, MX_ANSWER } }, "", 1 },
	{ "another port", { ASKED_MX, { 7, ANSWER, MX_ANSWER, .port = 40001 } }, "", 1 },
	{ "another server", { ASKED_MX, { 7, ANSWER, MX_ANSWER, .resolver = 54 } }, "", 1 },
	{ "another name", { { 7, QUERY, ASK(OTHER MX) }, { 7, ANSWER, MX_ANSWER } }, "", 1 },
	{ "another type", { { 7, QUERY, ASK(EXAMPLE A) }, { 7, ANSWER, MX_ANSWER } }, "", 1 },
	{ "a forged answer does not use the question up",
	  { ASKED_MX, { 8, ANSWER, MX_ANSWER }, { 7, ANSWER, MX_ANSWER } },
	  TOLD_MX,
	  1 },
	{ "a second answer",
	  { ASKED_MX, { 7, ANSWER, MX_ANSWER }, { 7, ANSWER, MX_ANSWER } },
	  TOLD_MX,
	  1 },
	{ "a question asked twice", { ASKED_MX, ASKED_MX, { 7, ANSWER, MX_ANSWER } }, TOLD_MX },
	{ "just in time", { ASKED_MX, { 7, ANSWER, MX_ANSWER, .after_s = 30 } }, TOLD_MX },
	{ "too late", { ASKED_MX, { 7, ANSWER, MX_ANSWER, .after_s = 31 } }, "", 1 },
	{ "an asker that mixes capitals in",
	  { { 7, QUERY, ASK(EXAMPLE_LOUD MX) },
	    { 7, ANSWER,
	      BODY(COUNTS("\x01", "\0", "\0") EXAMPLE_LOUD MX SAME MX TTL "\0\x08\0\x0a" MX1) } },
	  "192.0.2.25 asked MX example.org, example.org MX 10 mx1.example.org\n" },
	{ "a question that comes from port 53",
	  { { 7, QUERY, ASK(EXAMPLE MX), .from_port_53 = true }, { 7, ANSWER, MX_ANSWER } },
	  "",
	  1 },
	{ "both ports are 53",
	  { { 7, QUERY, ASK(EXAMPLE MX), .port = 53 }, { 7, ANSWER, MX_ANSWER, .port = 53 } },
	  TOLD_MX },
};

Test(dns, matches_answers_with_questions)
{
	for (size_t i = 0; i < ARRAY_COUNT(matching); i++)
		names_check(&matching[i]);
}

#define ASKED_A                            \
	{                                  \
		8, QUERY, ASK(MX1_WHOLE A) \
	}
#define A_ANSWER BODY(COUNTS("\x01", "\0", "\0") MX1_WHOLE A SAME A TTL "\0\x04\xcb\x00\x71\x07")
#define TOLD_A "192.0.2.25 asked A mx1.example.org, mx1.example.org A 203.0.113.7\n"
#define ASKED_EXAMPLE_A                  \
	{                                \
		8, QUERY, ASK(EXAMPLE A) \
	}
#define EXAMPLE_A_ANSWER \
	BODY(COUNTS("\x01", "\0", "\0") EXAMPLE A SAME A TTL "\0\x04\xcb\x00\x71\x08")
#define TOLD_EXAMPLE_A "192.0.2.25 asked A example.org, example.org A 203.0.113.8\n"

static const struct scene meanings[] = {
	{ "addresses of an exchange",
	  { ASKED_MX, { 7, ANSWER, MX_ANSWER }, ASKED_A, { 8, ANSWER, A_ANSWER } },
	  TOLD_MX TOLD_A },
	{ "addresses of a name that is no exchange", { ASKED_A, { 8, ANSWER, A_ANSWER } }, "" },
	{ "an IPv6 address",
	  { ASKED_MX,
	    { 7, ANSWER, MX_ANSWER },
	    { 8, QUERY, ASK(MX1_WHOLE AAAA) },
	    { 8, ANSWER,
	      BODY(COUNTS("\x01", "\0", "\0") MX1_WHOLE AAAA SAME AAAA TTL
		   "\0\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x25") } },
	  TOLD_MX "192.0.2.25 asked AAAA mx1.example.org, mx1.example.org AAAA 2001:db8::25\n" },
	{ "addresses that come along, of exchanges only",
	  { ASKED_MX,
	    { 7, ANSWER,
	      BODY(COUNTS("\x01", "\0", "\x02") EXAMPLE MX SAME MX TTL "\0\x08\0\x0a" MX1 MX1 A
		       TTL "\0\x04\xcb\x00\x71\x07" OTHER A TTL "\0\x04\xcb\x00\x71\x09") } },
	  "192.0.2.25 asked MX example.org, example.org MX 10 mx1.example.org, "
	  "mx1.example.org A 203.0.113.7\n" },
	{ "a null MX",
	  { ASKED_MX,
	    { 7, ANSWER, BODY(COUNTS("\x01", "\0", "\0") EXAMPLE MX SAME MX TTL "\0\x03\0\0\0") } },
	  "192.0.2.25 asked MX example.org, example.org MX 0 .\n" },
	{ "no MX: the domain's own address",
	  { ASKED_MX,
	    { 7, ANSWER, BODY(COUNTS("\0", "\0", "\0") EXAMPLE MX) },
	    ASKED_EXAMPLE_A,
	    { 8, ANSWER, EXAMPLE_A_ANSWER } },
	  "192.0.2.25 asked MX example.org\n" TOLD_EXAMPLE_A },
	{ "no MX, with the zone's SOA",
	  { ASKED_MX,
	    { 7, ANSWER,
	      BODY(COUNTS("\0", "\x01", "\0") EXAMPLE MX SAME SOA TTL
		   "\0\x18" SAME SAME "\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01") } },
	  "192.0.2.25 asked MX example.org\n" },
	{ "no such name",
	  { ASKED_MX, { 7, NO_SUCH_NAME, BODY(COUNTS("\0", "\0", "\0") EXAMPLE MX) } },
	  "192.0.2.25 asked MX example.org rcode=3\n" },
	{ "a server that failed, which says nothing of the domain's own address",
	  { ASKED_MX,
	    { 7, SERVER_FAILED, BODY(COUNTS("\0", "\0", "\0") EXAMPLE MX) },
	    ASKED_EXAMPLE_A,
	    { 8, ANSWER, EXAMPLE_A_ANSWER } },
	  "192.0.2.25 asked MX example.org rcode=2\n" },
	{ "a referral says nothing",
	  { ASKED_MX,
	    { 7, ANSWER,
	      BODY(COUNTS("\0", "\x01", "\0") EXAMPLE MX SAME NS TTL "\0\x06\x03ns1" SAME) },
	    ASKED_EXAMPLE_A,
	    { 8, ANSWER, EXAMPLE_A_ANSWER } },
	  "" },
	{ "no address of one family",
	  { ASKED_MX,
	    { 7, ANSWER, MX_ANSWER },
	    ASKED_A,
	    { 8, ANSWER, BODY(COUNTS("\0", "\0", "\0") MX1_WHOLE A) } },
	  TOLD_MX },
	{ "an exchange that does not exist",
	  { ASKED_MX,
	    { 7, ANSWER, MX_ANSWER },
	    ASKED_A,
	    { 8, NO_SUCH_NAME, BODY(COUNTS("\0", "\0", "\0") MX1_WHOLE A) } },
	  TOLD_MX "192.0.2.25 asked A mx1.example.org rcode=3\n" },
	{ "aliases, in any order, count for the name that was asked",
	  { ASKED_MX,
	    { 7, ANSWER, MX_ANSWER },
	    ASKED_A,
	    { 8, ANSWER,
	      BODY(COUNTS("\x04", "\0", "\0") MX1_WHOLE A
		   "\x01\x62\0" CNAME TTL "\0\x03\x01\x63\0" /* b is c */
		   "\x01\x63\0" A TTL "\0\x04\xcb\x00\x71\x07" SAME CNAME TTL
		   "\0\x03\x01\x62\0" /* mx1 is b */
		   OTHER A TTL "\0\x04\xcb\x00\x71\x09") } },
	  TOLD_MX TOLD_A },
	{ "a type that is not asked for here",
	  { { 7, QUERY, ASK(EXAMPLE TXT) },
	    { 7, ANSWER, BODY(COUNTS("\0", "\0", "\0") EXAMPLE TXT) } },
	  "" },
	{ "the root's MX",
	  { { 7, QUERY, ASK("\0" MX) }, { 7, ANSWER, BODY(COUNTS("\0", "\0", "\0") "\0" MX) } },
	  "192.0.2.25 asked MX .\n" },
	{ "a dot and a control byte inside a label",
	  { { 7, QUERY,
	      ASK("\x03"
		  "a.\x1b"
		  "\x03"
		  "org"
		  "\0" MX) },
	    { 7, NO_SUCH_NAME,
	      BODY(COUNTS("\0", "\0", "\0") "\x03"
					    "a.\x1b"
					    "\x03"
					    "org"
					    "\0" MX) } },
	  "192.0.2.25 asked MX a\\.\\027.org rcode=3\n" },
};

Test(dns, tells_what_answers_mean)
{
	for (size_t i = 0; i < ARRAY_COUNT(meanings); i++)
		names_check(&meanings[i]);
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
	  BAD(ANSWER,
	      BODY(COUNTS("\x01", "\0", "\0") EXAMPLE MX SAME MX TTL "\0\x04\0\x0a\xc0\x2b")),
	  TOLD_MX, 0, 1 },
	{ "a question that points at itself", BAD(ANSWER, BODY(COUNTS("\0", "\0", "\0") SAME MX)),
	  TOLD_MX, 0, 1 },
	{ "two names that point at each other",
	  BAD(ANSWER, BODY(COUNTS("\x01", "\0", "\0") EXAMPLE MX "\xc0\x1f\xc0\x1d" MX TTL "\0\0")),
	  TOLD_MX, 0, 1 },
	{ "more records than there are",
	  BAD(ANSWER, BODY(COUNTS("\xff", "\xff", "\xff") EXAMPLE MX)), TOLD_MX, 0, 1 },
	{ "65535 of everything", BAD(ANSWER, BODY("\xff\xff\xff\xff\xff\xff\xff\xff" EXAMPLE MX)),
	  TOLD_MX, 0, 1 },
	{ "a record longer than the message",
	  BAD(ANSWER, BODY(COUNTS("\x01", "\0", "\0") EXAMPLE MX SAME MX TTL "\xff\xff\0\x0a" MX1)),
	  TOLD_MX, 0, 1 },
	{ "half a header", BAD(ANSWER, BODY("\0\x01\0")), TOLD_MX, 0, 1 },
	{ "a label of a reserved kind",
	  BAD(ANSWER, BODY(COUNTS("\0", "\0", "\0") "\x80"
						    "example"
						    "\0" MX)),
	  TOLD_MX, 0, 1 },
	{ "two questions", BAD(ANSWER, BODY("\0\x02\0\0\0\0\0\0" EXAMPLE MX OTHER MX)), TOLD_MX },
	{ "an address of three bytes",
	  { ASKED_MX,
	    { 7, ANSWER, MX_ANSWER },
	    ASKED_A,
	    { 8, ANSWER,
	      BODY(COUNTS("\x01", "\0", "\0") MX1_WHOLE A SAME A TTL "\0\x03\xcb\x00\x71") } },
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
	  "" },
};

Test(dns, survives_what_is_malformed)
{
	for (size_t i = 0; i < ARRAY_COUNT(malformed); i++)
		names_check(&malformed[i]);
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

		names_check(&scene);
	}
}

/* A flood pushes the oldest out and takes no memory. */
Test(dns, keeps_its_memory_in_a_flood)
{
	struct protocols_stats stats = { 0 };
	struct text out;
	const struct fact_sink facts = { .fact = names_fact, .ctx = &out };
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

		names_send(dns, &other);
	}
	names_send(dns, &last);
	names_send(dns, &answer);
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
