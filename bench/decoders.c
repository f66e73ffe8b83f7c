/*
 * decoders - what hostile input costs the decoders, a byte, beside a plain session
 *
 * In:      nothing, or a part of a name: only the plain session and such cases are run.
 * Out:     one line a case: bytes, time, nanoseconds a byte, how many times a plain session's; for
 *          the plain session also the time of one session.
 * Errors:  exit 1 when a case costs more than TIMES_MAX times as much, or what stands beside it:
 *          its time is not linear, or its step is too dear.
 *
 * Each case runs RUNS_MIN times and RUNS_MIN_NS long at least, and the fastest run counts, so that
 * a busy machine disturbs little.
 */
#include "protocols/protocols.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIMES_MAX 3.0
#define RUNS_MIN 3
#define RUNS_MIN_NS INT64_C(300000000)
#define SEGMENT_BYTES 1448
#define PLAIN_SESSIONS 20000
#define MEMORY_BYTES ((size_t)256 << 20)

/* The protocols under test, and the conversation that is open. */
struct bench {
	struct site *site;
	struct budget budget;
	struct protocols *protocols;
	const struct conversation_ops *ops;
	struct connection connection;
	void *session;
	uint64_t bytes;
	int64_t now_ns;
	/* What a side says is gathered to whole segments, as a sender does. */
	uint8_t segment[SEGMENT_BYTES];
	size_t used;
	enum direction side;
};

static void no_fact(void *ctx, const struct fact *fact)
{
	(void)ctx;
	(void)fact;
}

static void fail(const char *what)
{
	(void)fprintf(stderr, "decoders: cannot %s\n", what);
	exit(1);
}

static void flush(struct bench *b)
{
	const struct chunk chunk = { .direction = b->side,
				     .time_ns = b->now_ns++,
				     .bytes = span_of(b->segment, b->used) };

	if (b->used == 0)
		return;
	(void)b->ops->data(b->protocols, b->session, &chunk);
	b->bytes += b->used;
	b->used = 0;
}

static void say(struct bench *b, enum direction side, struct span text)
{
	if (side != b->side)
		flush(b);
	b->side = side;
	while (text.length > 0) {
		struct span part = span_part(text, 0, SEGMENT_BYTES - b->used);

		memcpy(b->segment + b->used, part.data, part.length);
		b->used += part.length;
		text = span_part(text, part.length, SIZE_MAX);
		if (b->used == SEGMENT_BYTES)
			flush(b);
	}
}

static void client(struct bench *b, const char *text)
{
	say(b, FROM_CLIENT, span_text(text));
}

static void server(struct bench *b, const char *text)
{
	say(b, FROM_SERVER, span_text(text));
}

static void repeat(struct bench *b, enum direction side, const char *text, size_t times)
{
	while (times-- > 0)
		say(b, side, span_text(text));
}

static void open_port(struct bench *b, uint16_t port)
{
	const uint8_t client_address[4] = { 192, 0, 2, 1 }, server_address[4] = { 192, 0, 2, 25 };

	b->connection = (struct connection){ .client = ip_address_v4(client_address),
					     .server = ip_address_v4(server_address),
					     .client_port = 40000,
					     .server_port = port,
					     .start_ns = b->now_ns,
					     .seen = { true, true },
					     .roles_known = true };
	b->session = b->ops->open(b->protocols, &b->connection);
	if (b->session == NULL)
		fail("open a conversation");
}

static void close_port(struct bench *b)
{
	const struct conversation_end end = { .reason = CLOSE_FIN, .time_ns = b->now_ns };

	flush(b);
	b->ops->close(b->protocols, b->session, &end);
}

static void hello(struct bench *b)
{
	open_port(b, 25);
	server(b, "220 mx.example.net ESMTP Postfix\r\n");
	client(b, "EHLO client.example.org\r\n");
	server(b, "250-mx.example.net\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n"
		  "250-CHUNKING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n");
}

static void sender(struct bench *b)
{
	hello(b);
	client(b, "MAIL FROM:<sender@example.org> SIZE=2048\r\n");
	server(b, "250 2.1.0 Ok\r\n");
}

/* One short message to one recipient. */
static void plain_session(struct bench *b)
{
	sender(b);
	client(b, "RCPT TO:<someone@example.net>\r\n");
	server(b, "250 2.1.5 Ok\r\n");
	client(b, "DATA\r\n");
	server(b, "354 End data with <CR><LF>.<CR><LF>\r\n");
	client(b,
	       "Received: from host (host.example.org [192.0.2.7])\r\n\tby client.example.org"
	       " (Postfix) with ESMTP id 4F0\r\n\tfor <someone@example.net>; Wed, 25 Nov 2026"
	       " 10:00:00 +0000 (UTC)\r\nMessage-ID: <1@example.org>\r\nFrom: <sender@example.org>"
	       "\r\nTo: <someone@example.net>\r\nSubject: the figures of this week\r\n\r\n");
	repeat(b, FROM_CLIENT, "A line of an ordinary text, neither very long nor very short.\r\n",
	       5);
	client(b, ".\r\n");
	server(b, "250 2.0.0 Ok: queued as 4F1\r\n");
	client(b, "QUIT\r\n");
	server(b, "221 2.0.0 Bye\r\n");
	close_port(b);
}

static void plain(struct bench *b)
{
	for (size_t i = 0; i < PLAIN_SESSIONS; i++)
		plain_session(b);
}

/* As many at a time as a client pipelines. */
static void recipients(struct bench *b, const char *answer)
{
	sender(b);
	for (size_t i = 0; i < 1000000 / 50; i++) {
		repeat(b, FROM_CLIENT, "RCPT TO:<someone@example.net>\r\n", 50);
		repeat(b, FROM_SERVER, answer, 50);
	}
	close_port(b);
}

static void recipients_taken(struct bench *b)
{
	recipients(b, "250 2.1.5 Ok\r\n");
}

static void recipients_refused(struct bench *b)
{
	recipients(b, "554 5.7.1 <someone@example.net>: Relay access denied\r\n");
}

static void blank_lines(struct bench *b)
{
	hello(b);
	repeat(b, FROM_CLIENT, "\r\n", 1000000);
	close_port(b);
}

static void blank_lines_answered(struct bench *b)
{
	hello(b);
	for (size_t i = 0; i < 1000000 / 500; i++) {
		repeat(b, FROM_CLIENT, "\r\n", 500);
		repeat(b, FROM_SERVER, "500 5.5.2 Error: bad syntax\r\n", 500);
	}
	close_port(b);
}

static void commands_unanswered(struct bench *b)
{
	hello(b);
	repeat(b, FROM_CLIENT, "NOOP\r\n", 100000);
	close_port(b);
}

static void commands_answered_late(struct bench *b)
{
	hello(b);
	repeat(b, FROM_CLIENT, "NOOP\r\n", 100000);
	repeat(b, FROM_SERVER, "250 2.0.0 Ok\r\n", 100000);
	close_port(b);
}

static void endless(struct bench *b, enum direction side)
{
	repeat(b, side, "line without an end ", 50000000 / 20);
	close_port(b);
}

static void endless_command(struct bench *b)
{
	hello(b);
	endless(b, FROM_CLIENT);
}

static void endless_answer(struct bench *b)
{
	hello(b);
	endless(b, FROM_SERVER);
}

static void endless_text(struct bench *b)
{
	sender(b);
	client(b, "DATA\r\n");
	server(b, "354 go\r\n");
	endless(b, FROM_CLIENT);
}

static void chunks(struct bench *b)
{
	sender(b);
	client(b, "RCPT TO:<someone@example.net>\r\n");
	server(b, "250 2.1.5 Ok\r\n");
	for (size_t i = 0; i < 100000 / 50; i++) {
		repeat(b, FROM_CLIENT, "BDAT 1\r\nx", 50);
		repeat(b, FROM_SERVER, "250 1 byte received\r\n", 50);
	}
	close_port(b);
}

static void dubious_dots(struct bench *b)
{
	sender(b);
	client(b, "DATA\r\n");
	server(b, "354 go\r\n");
	repeat(b, FROM_CLIENT, "x\n.\n", 1000000);
	close_port(b);
}

static void qmtp_recipients(struct bench *b)
{
	open_port(b, 209);
	client(b, "3:\nx\n,10:a@b.invali,23000000:");
	repeat(b, FROM_CLIENT, "19:someone@example.net,", 1000000);
	client(b, ",");
	repeat(b, FROM_SERVER, "16:Kok 1 qp 2345678,", 1000000);
	close_port(b);
}

static void qmtp_packages(struct bench *b)
{
	open_port(b, 209);
	repeat(b, FROM_CLIENT, "3:\nx\n,10:a@b.invali,23:19:someone@example.net,,", 100000);
	repeat(b, FROM_SERVER, "16:Kok 1 qp 2345678,", 100000);
	close_port(b);
}

static const struct bench_case {
	const char *name;
	void (*run)(struct bench *b);
	double times_max; /* of a plain session's cost a byte */
} cases[] = {
	{ "plain sessions", plain, TIMES_MAX }, /* the first is what the others are held against */
	{ "1e6 recipients, taken", recipients_taken, TIMES_MAX },
	{ "1e6 recipients, refused", recipients_refused, TIMES_MAX },
	{ "1e6 blank lines, no answer", blank_lines, TIMES_MAX },
	{ "1e6 blank lines, answered", blank_lines_answered, TIMES_MAX },
	{ "1e5 commands, no answer", commands_unanswered, TIMES_MAX },
	{ "1e5 commands, answered late", commands_answered_late, TIMES_MAX },
	{ "50 MB, a command without an end", endless_command, TIMES_MAX },
	{ "50 MB, an answer without an end", endless_answer, TIMES_MAX },
	{ "50 MB, a text without a line end", endless_text, TIMES_MAX },
	{ "1e5 chunks of one byte", chunks, TIMES_MAX },
	{ "1e6 lone dots with bare LF", dubious_dots, 10 }, /* each is four bytes, and two lines */
	{ "1e6 QMTP recipients", qmtp_recipients, TIMES_MAX },
	{ "1e5 QMTP packages, late answers", qmtp_packages,
	  5 }, /* each is a whole mail of 47 bytes */
};

static int64_t cpu_ns(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) != 0)
		fail("read the clock");
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Run a case once; the time it took. */
static int64_t run_once(const struct bench_case *c, uint64_t *out_bytes)
{
	const struct fact_sink sink = { .fact = no_fact };
	struct bench b = { .now_ns = 1, .ops = protocols_conversation_ops() };
	int64_t start_ns, end_ns;

	budget_init(&b.budget, MEMORY_BYTES);
	if (site_new(&b.site) != RESULT_OK ||
	    protocols_new(&b.protocols, b.site, &b.budget, &sink) != RESULT_OK)
		fail("make the protocols");
	start_ns = cpu_ns();
	c->run(&b);
	end_ns = cpu_ns();
	*out_bytes = b.bytes;
	protocols_free(&b.protocols);
	site_free(&b.site);
	return end_ns - start_ns;
}

static double ns_per_byte(const struct bench_case *c, int64_t *out_ns, uint64_t *out_bytes)
{
	int64_t best_ns = INT64_MAX;

	for (int64_t i = 0, total_ns = 0; i < RUNS_MIN || total_ns < RUNS_MIN_NS; i++) {
		int64_t took_ns = run_once(c, out_bytes);

		total_ns += took_ns;
		best_ns = took_ns < best_ns ? took_ns : best_ns;
	}
	*out_ns = best_ns;
	return (double)best_ns / (double)*out_bytes;
}

int main(int argc, char **argv)
{
	const char *wanted = argc > 1 ? argv[1] : "";
	double plain_cost = 0;
	bool too_dear = false;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		uint64_t bytes = 0;
		int64_t took_ns = 0;
		double cost;

		if (i > 0 && strstr(cases[i].name, wanted) == NULL)
			continue;
		cost = ns_per_byte(&cases[i], &took_ns, &bytes);
		if (i == 0)
			plain_cost = cost;
		printf("  %-34s %6.1f MB %8.1f ms %7.2f ns a byte, %5.2f times a plain session's\n",
		       cases[i].name, (double)bytes / 1e6, (double)took_ns / 1e6, cost,
		       cost / plain_cost);
		if (i == 0)
			printf("  %-34s %.2f us\n", "one plain session",
			       (double)took_ns / 1e3 / PLAIN_SESSIONS);
		too_dear = too_dear || cost > cases[i].times_max * plain_cost;
	}
	if (too_dear)
		(void)fprintf(stderr,
			      "decoders: a case costs more than %.0f times a plain session\n",
			      TIMES_MAX);
	return too_dear;
}
