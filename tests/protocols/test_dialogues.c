/*
 * Dialogues of SMTP thrown together at random, with holes and one-sided ones, some of them through a
 * proxy: nonsense for the most part, but each line by itself is what clients and servers say. Cut in other places they must be
 * told the same. Bytes at random seldom get so far (tests/fuzz/fuzz_smtp.c).
 */
#include "tests/fuzz/steps.h"

#include <criterion/criterion.h>
#include <string.h>

#define DIALOGUES 20000
#define PROXY_DIALOGUES 4000
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
					 CIRCUMSTANCE_SERVER_UNSEEN,
					 CIRCUMSTANCE_CLIENT_UNSEEN,
					 CIRCUMSTANCE_LITTLE_MEMORY };

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

/* Handshakes in their order; the last steps of a row may be none. */
struct said {
	bool from_server;
	struct line line;
};

#define ASK(text)                 \
	{                         \
		false, LINE(text) \
	}
#define ANSWER(text)             \
	{                        \
		true, LINE(text) \
	}
#define HTTP_ASK "CONNECT mx:25 HTTP/1.1\r\n"
#define HTTP_YES "HTTP/1.1 200 ok\r\n\r\n"
#define ADDRESS "\x01\xc6\x33\x64\x19"
#define SOCKS4_YES "\0\x5a\0\0\0\0\0\0"
#define SOCKS5_YES "\x05\x00\x00" ADDRESS "\x9c\x40"
#define PROXY_2 \
	"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x01\xc0\x00\x02\x02\x00\x01\x00\x19"
#define GREETING ANSWER("220 mx\r\n")

static const struct said handshakes[][6] = {
	{ ASK(HTTP_ASK "\r\n"), ANSWER(HTTP_YES), GREETING },
	{ ASK(HTTP_ASK), ASK("\r\n"), ANSWER(HTTP_YES "220 mx ESMTP\r\n") },
	{ ASK(HTTP_ASK "\r\n"), ANSWER("HTTP/1.1 407 no\r\nContent-Length: 2\r\n\r\nno"),
	  ASK(HTTP_ASK "Proxy-Authorization: Basic eDp5\r\n\r\n"), ANSWER(HTTP_YES), GREETING },
	{ ASK("CONN"), ASK("ECT mx:465 HTTP/1.0\n\n"), ANSWER("HTTP/1.0 100\n\n"),
	  ANSWER(HTTP_YES) },
	{ ASK("\x05\x01\x00"), ANSWER("\x05\x00"), ASK("\x05\x01\x00" ADDRESS "\x00\x19"),
	  ANSWER(SOCKS5_YES), GREETING },
	{ ASK("\x05\x02\x00\x02"), ANSWER("\x05\x02"), ASK("\x01\x01u\x01p"), ANSWER("\x01\x00"),
	  ASK("\x05\x01\x00\x03\x02mx\x00\x19"),
	  ANSWER("\x05\x00\x00\x03\x01m\x00\x19"
		 "220 mx ESMTP\r\n") },
	{ ASK("\x05\x01\x00\x05\x01\x00" ADDRESS "\x00\xd1"), ANSWER("\x05\x00"),
	  ANSWER(SOCKS5_YES), ASK("13:\nSubject: x\n\n,3:a@b,6:3:c@d,,") },
	{ ASK("\x05\x01\x00" ADDRESS "\x02\x74"), ANSWER(SOCKS5_YES),
	  ASK("33:13:Subject: x\n\n,3:a@b,3:c@d,,") },
	{ ASK("\x04\x01\x00\x19\xc6\x33\x64\x19u\0"), ANSWER(SOCKS4_YES), GREETING },
	{ ASK("\x04\x01\x00\x19\0\0\0\x01u\0mx\0"), ANSWER(SOCKS4_YES "220-mx\r\n220 ESMTP\r\n") },
	{ ASK("PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n"), GREETING },
	{ ASK(PROXY_2), GREETING },
};

/* What may come between. */
static const struct line proxy_lines[] = {
	LINE(HTTP_YES),
	LINE("HTTP/1.1 403 no\r\n\r\n"),
	LINE("HTT"),
	LINE("\r\n"),
	LINE("\x05\x00"),
	LINE("\x05\xff"),
	LINE("\x05"),
	LINE("\x01\x00"),
	LINE(SOCKS5_YES),
	LINE("\x05\x05\x00" ADDRESS "\x00\x00"),
	LINE(SOCKS4_YES),
	LINE("\0\x5b\0\0\0\0\0\0"),
	LINE("220 "),
	LINE("221-a\r\n"),
	LINE("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"),
};

static const struct line asking_lines[] = {
	LINE("CONNECT mx:443 HTTP/1.1\r\n\r\n"),
	LINE("CONNECT mx\r\n"),
	LINE("CONN"),
	LINE("GET / HTTP/1.1\r\n\r\n"),
	LINE("\x05\x01\x02"),
	LINE("\x05\x01\x00" ADDRESS "\x01\xd1"),
	LINE("\x04\x01\x00\x19\0\0\0"),
	LINE("\x05"),
	LINE("C"),
	LINE("PROXY TCP4 192.0.2.1 "),
	LINE("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
};

static void put_proxy_step(struct maker *m)
{
	const struct line hole = { "", draw(m, 40) };
	uint32_t what = draw(m, 100);

	if (what < 25)
		put_step(m, STEP_SAYS, false, &asking_lines[draw(m, ARRAY_COUNT(asking_lines))]);
	else if (what < 50)
		put_step(m, STEP_SAYS, true, &proxy_lines[draw(m, ARRAY_COUNT(proxy_lines))]);
	else if (what < 72)
		put_step(m, STEP_SAYS, false, &client_lines[draw(m, ARRAY_COUNT(client_lines))]);
	else if (what < 93)
		put_step(m, STEP_SAYS, true, &server_lines[draw(m, ARRAY_COUNT(server_lines))]);
	else
		put_step(m, what < 99 ? STEP_LOST : STEP_ENDS, what % 2 == 0, &hole);
}

/* A handshake in its order; in every other dialogue something is missing or comes between. */
static void put_handshake(struct maker *m)
{
	const struct said *said = handshakes[draw(m, ARRAY_COUNT(handshakes))];
	bool exact = draw(m, 2) == 0;

	for (size_t i = 0; i < ARRAY_COUNT(handshakes[0]) && said[i].line.length > 0; i++) {
		if (!exact && draw(m, 8) == 0)
			put_proxy_step(m);
		if (exact || draw(m, 8) > 0)
			put_step(m, STEP_SAYS, said[i].from_server, &said[i].line);
	}
}

Test(dialogues, that_begin_with_a_proxy_are_told_the_same_wherever_they_are_cut)
{
	static const uint16_t ports[] = { 3128, 1080, 25, 465, 628, 209 };
	static struct maker m;

	for (uint32_t i = 0; i < PROXY_DIALOGUES; i++) {
		uint32_t steps;
		uint16_t port;

		m.seed = i * 2654435761U + 1;
		m.length = 0;
		port = ports[draw(&m, ARRAY_COUNT(ports))];
		put(&m, &circumstances[draw(&m, ARRAY_COUNT(circumstances))], 1);
		put_handshake(&m);
		steps = STEPS_LEAST + draw(&m, STEPS_MOST - STEPS_LEAST + 1);
		while (steps-- > 0)
			put_proxy_step(&m);
		steps_check_conversation(port, span_of(m.bytes, m.length));
	}
}
