/* What a server offers in its answer to EHLO: STARTTLS, or what stands in its place. */
#include "talk.h"

#include "protocols/protocols.h"

#include <criterion/criterion.h>

#define BUDGET_BYTES ((size_t)64 << 20)
#define RANDOM_CUTS 8

/* clang-format off */
#define C(text) { CLIENT_SAYS, text, 0 }
#define S(text) { SERVER_SAYS, text, 0 }
#define S_LOST(n) { SERVER_LOST, NULL, n }
/* clang-format on */
#define GREETING S("220 mx ESMTP\r\n")
#define EHLO GREETING, C("EHLO c\r\n")
#define QUIT C("QUIT\r\n"), S("221 bye\r\n")

static const struct {
	struct talk talk;
	bool answered, offered, blanked;
} rows[] = {
	{ { .name = "offered",
	    .steps = { EHLO, S("250-mx\r\n250-SIZE\r\n250 STARTTLS\r\n"), QUIT } },
	  true,
	  true,
	  false },
	{ { .name = "not offered", .steps = { EHLO, S("250-mx\r\n250 SIZE\r\n"), QUIT } },
	  true,
	  false,
	  false },
	{ { .name = "one line", .steps = { EHLO, S("250 mx\r\n"), QUIT } }, true, false, false },
	{ { .name = "as Cisco overwrites it",
	    .steps = { EHLO, S("250-mx\r\n250-SIZE 14680064\r\n250 XXXXXXXA\r\n"), QUIT } },
	  true,
	  false,
	  true },
	{ { .name = "asterisks",
	    .steps = { EHLO, S("250-mx\r\n250-********\r\n250 SIZE\r\n"), QUIT } },
	  true,
	  false,
	  true },
	{ { .name = "blanks",
	    .steps = { EHLO, S("250-mx\r\n250-        \r\n250 SIZE\r\n"), QUIT } },
	  true,
	  false,
	  true },
	{ { .name = "twin: another keyword is overwritten, and STARTTLS is there",
	    .steps = { EHLO, S("250-mx\r\n250-XXXXXXXB\r\n250 STARTTLS\r\n"), QUIT } },
	  true,
	  true,
	  false },
	{ { .name = "twin: another length",
	    .steps = { EHLO, S("250-mx\r\n250-XXXA\r\n250 XXXXXXXXXA\r\n"), QUIT } },
	  true,
	  false,
	  false },
	{ { .name = "twin: a keyword with an X",
	    .steps = { EHLO, S("250-mx\r\n250 XCLIENTX\r\n"), QUIT } },
	  true,
	  false,
	  false },
	{ { .name = "twin: the name of the host", .steps = { EHLO, S("250 XXXXXXXA\r\n"), QUIT } },
	  true,
	  false,
	  false },
	{ { .name = "HELO names nothing",
	    .steps = { GREETING, C("HELO c\r\n"), S("250 mx\r\n"), QUIT } },
	  false,
	  false,
	  false },
	{ { .name = "EHLO is refused", .steps = { EHLO, S("502 what\r\n"), QUIT } },
	  false,
	  false,
	  false },
	{ { .name = "the answer's end is lost",
	    .steps = { EHLO, S("250-mx\r\n250-SIZE\r\n"), S_LOST(14), QUIT } },
	  false,
	  false,
	  false },
	{ { .name = "an answer without an end",
	    .steps = { EHLO, S("250-mx\r\n250-SIZE\r\n"), QUIT } },
	  false,
	  false,
	  false },
	{ { .name = "another answer that looks so",
	    .steps = { EHLO, S("250-mx\r\n250 SIZE\r\n"), C("NOOP\r\n"),
		       S("250-ok\r\n250 XXXXXXXX\r\n"), QUIT } },
	  true,
	  false,
	  false },
};

static void note_session(void *ctx, const struct fact *fact)
{
	if (fact->kind == FACT_SESSION)
		*(struct fact_session *)ctx = fact->as.session;
}

static struct fact_session run(const struct talk *row, enum talk_cut cut, unsigned seed)
{
	struct fact_session seen = { 0 };
	const struct fact_sink sink = { .fact = note_session, .ctx = &seen };
	struct talk talk = *row;
	struct protocols *protocols;
	struct budget budget;
	struct site *site;

	talk.port = 25;
	budget_init(&budget, BUDGET_BYTES);
	cr_assert_eq(site_new(&site), RESULT_OK);
	cr_assert_eq(protocols_new(&protocols, site, &budget, &sink), RESULT_OK);
	talk_conversation(protocols_conversation_ops(), protocols, &talk, cut, seed);
	protocols_free(&protocols);
	site_free(&site);
	return seen;
}

/* What can be told of a talk under TLS: the client's turns, and its bytes from the third on. */
#define HELLO_UP C("\x16\x03\x01 up")
#define UP S("250-mx\r\n250 STARTTLS\r\n"), C("STARTTLS\r\n"), S("220 go\r\n"), HELLO_UP

static const struct {
	struct talk talk;
	uint32_t turns;
	uint64_t bytes;
} talks[] = {
	{ { .name = "the handshake alone", .steps = { EHLO, UP, S("sh"), C("fin"), S("fin") } },
	  2,
	  0 },
	{ { .name = "a guess",
	    .steps = { EHLO, UP, S("sh"), C("fin"), S("fin"), C("ehlo"), S("250"), C("auth"),
		       S("535"), C("quit"), S("221") } },
	  5,
	  12 },
	{ { .name = "two pieces are one turn",
	    .steps = { EHLO, UP, S("sh"), C("fin"), C("ehlo"), S("250"), C("au"), C("th"),
		       S("535") } },
	  3,
	  4 },
	{ { .name = "nothing under TLS", .steps = { EHLO, S("250 mx\r\n"), QUIT } }, 0, 0 },
};

Test(starttls, the_size_of_what_is_hidden)
{
	for (size_t i = 0; i < ARRAY_COUNT(talks); i++) {
		for (unsigned n = 0; n < 2 + RANDOM_CUTS; n++) {
			enum talk_cut cut = n == 0 ? TALK_WHOLE : n == 1 ? TALK_BYTES : TALK_RANDOM;
			struct fact_session seen = run(&talks[i].talk, cut, n);

			cr_expect_eq(seen.tls.turns, talks[i].turns, "%s, cut %u: %u",
				     talks[i].talk.name, n, seen.tls.turns);
			cr_expect_eq(seen.tls.talk_bytes, talks[i].bytes, "%s, cut %u: %llu",
				     talks[i].talk.name, n,
				     (unsigned long long)seen.tls.talk_bytes);
		}
	}
}

Test(starttls, what_the_answer_to_ehlo_offers)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		for (unsigned n = 0; n < 2 + RANDOM_CUTS; n++) {
			enum talk_cut cut = n == 0 ? TALK_WHOLE : n == 1 ? TALK_BYTES : TALK_RANDOM;
			struct fact_session seen = run(&rows[i].talk, cut, n);
			const char *name = rows[i].talk.name;

			cr_expect_eq(seen.ehlo_answered, rows[i].answered, "%s, cut %u", name, n);
			cr_expect_eq(seen.starttls_offered, rows[i].offered, "%s, cut %u", name, n);
			cr_expect_eq(seen.starttls_blanked, rows[i].blanked, "%s, cut %u", name, n);
		}
	}
}
