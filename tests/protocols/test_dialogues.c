/*
 * Dialogues of SMTP thrown together at random, with holes and one-sided ones: nonsense for the most
 * part, but each line by itself is what clients and servers say. Cut in other places they must be
 * told the same. Bytes at random seldom get so far (tests/fuzz/fuzz_smtp.c).
 */
#include "tests/fuzz/steps.h"

#include <criterion/criterion.h>
#include <string.h>

#define DIALOGUES 20000
#define STEPS_LEAST 3
#define STEPS_MOST 14
#define INPUT_MAX 2048

#define LINE(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

struct line {
	const char *text;
	size_t length;
};

static const struct line server_lines[] = {
	LINE("250 ok\r\n"), LINE("250 2.1.5 ok\r\n"),
	LINE("354 go\r\n"), LINE("220 mx ESMTP\r\n"),
	LINE("334 x\r\n"),  LINE("221 bye\r\n"),
	LINE("503 no\r\n"), LINE("50"),
	LINE("0 ok\r\n"),   LINE("250 a\r\n250 b\r\n"),
};

static const struct line client_lines[] = {
	LINE("EHLO c\r\n"),
	LINE("MAIL FROM:<a@b>\r\n"),
	LINE("RCPT TO:<c@d>\r\n"),
	LINE("DATA\r\n"),
	LINE("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"),
	LINE("x\r\n.\r\n"),
	LINE("BDAT 3 LAST\r\nabc"),
	LINE("\r\n"),
	LINE("\r\n\r\n\r\n"),
	LINE("\n\n\n"),
	LINE("RSET\r\n\r\n\r\nNOOP\r\n"),
	LINE("NOOP\r\n"),
	LINE("QUIT\r\n"),
	LINE("AUTH LOGIN\r\n"),
	LINE("eHk=\r\n"),
	LINE("VRFY a\r\n"),
	LINE("STARTTLS\r\n"),
	LINE("foo"),
	LINE("\r\nfoo\r\n"),
};

static const uint8_t circumstances[] = { 0,
					 0,
					 0,
					 CIRCUMSTANCE_MIDSTREAM,
					 CIRCUMSTANCE_EOF,
					 CIRCUMSTANCE_ONE_GAP_KIND,
					 CIRCUMSTANCE_SERVER_UNSEEN };

struct maker {
	uint32_t seed;
	uint8_t bytes[INPUT_MAX];
	size_t length;
};

/* A number below most. */
static uint32_t draw(struct maker *m, uint32_t most)
{
	m->seed = m->seed * 1664525 + 1013904223;
	return (m->seed >> 8) % most;
}

static void put(struct maker *m, const void *bytes, size_t length)
{
	cr_assert_leq(length, sizeof(m->bytes) - m->length);
	memcpy(m->bytes + m->length, bytes, length);
	m->length += length;
}

/* See steps.h: who and what, how long, the bytes. */
static void put_step(struct maker *m, enum step_kind kind, bool from_server,
		     const struct line *line)
{
	uint8_t head[2] = { (uint8_t)(kind | (from_server ? 8 : 0)), (uint8_t)line->length };

	put(m, head, sizeof(head));
	if (kind == STEP_SAYS)
		put(m, line->text, line->length);
}

static void put_any_step(struct maker *m)
{
	const struct line hole = { "", draw(m, 40) };
	uint32_t what = draw(m, 100);

	if (what < 42)
		put_step(m, STEP_SAYS, false, &client_lines[draw(m, ARRAY_COUNT(client_lines))]);
	else if (what < 85)
		put_step(m, STEP_SAYS, true, &server_lines[draw(m, ARRAY_COUNT(server_lines))]);
	else
		put_step(m, what < 99 ? STEP_LOST : STEP_ENDS, what % 2 == 0, &hole);
}

Test(dialogues, are_told_the_same_wherever_they_are_cut)
{
	static struct maker m;

	for (uint32_t i = 0; i < DIALOGUES; i++) {
		uint32_t steps;

		m.seed = i * 2654435761U;
		m.length = 0;
		put(&m, &circumstances[draw(&m, ARRAY_COUNT(circumstances))], 1);
		if (draw(&m, 3) > 0)
			put_step(&m, STEP_SAYS, true, &server_lines[3]);
		steps = STEPS_LEAST + draw(&m, STEPS_MOST - STEPS_LEAST + 1);
		while (steps-- > 0)
			put_any_step(&m);
		/* Aborts, and says how the facts differ. */
		steps_check_decoder(&smtp_decoder, 25, span_of(m.bytes, m.length));
	}
}
