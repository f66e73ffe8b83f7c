/* The report for people: one page word by word, its limits, and what must not reach a terminal. */
#include "sinks/report.h"

#include <criterion/criterion.h>
#include <string.h>

#include "sinks/samples.h"

/* A report into memory. */
struct paper {
	struct sink sink;
	FILE *stream;
	char *text;
	size_t length;
	unsigned said;
};

static void count_said(void *ctx, const char *text)
{
	struct paper *paper = ctx;

	(void)text;
	paper->said++;
}

static void paper_open_on(struct paper *paper, FILE *stream, bool colour)
{
	const struct report_options options = { .stream = stream,
						.stream_name = "paper",
						.colour = colour,
						.errors = { .say = count_said, .ctx = paper } };

	cr_assert_not_null(stream);
	paper->stream = stream;
	cr_assert_eq(report_new(&paper->sink, &options), RESULT_OK);
}

static void paper_open(struct paper *paper, bool colour)
{
	memset(paper, 0, sizeof(*paper));
	paper_open_on(paper, open_memstream(&paper->text, &paper->length), colour);
}

static void add_stats(struct paper *paper, const struct stats *stats)
{
	paper->sink.ops->stats(paper->sink.state, stats);
}

static void add_finding(struct paper *paper, const struct finding *finding)
{
	paper->sink.ops->finding(paper->sink.state, finding);
}

static void add_server(struct paper *paper, const struct server_report *server)
{
	paper->sink.ops->server(paper->sink.state, server);
}

/* The page, to be freed. */
static char *paper_close(struct paper *paper)
{
	struct error error = { .text = "" };

	cr_assert_eq(paper->sink.ops->close(paper->sink.state, &error), RESULT_OK);
	cr_assert_eq(fclose(paper->stream), 0);
	cr_assert_eq(paper->said, 0);
	cr_assert_eq(strlen(paper->text), paper->length, "a NUL is on the page");
	return paper->text;
}

static void expect_page(const char *got, const char *name)
{
	char path[256], expected[16384] = "";
	FILE *file;

	(void)snprintf(path, sizeof(path), "tests/sinks/expected/%s.txt", name);
	file = fopen(path, "r");
	cr_assert_not_null(file, "cannot open '%s'", path);
	cr_assert_lt(fread(expected, 1, sizeof(expected) - 1, file), sizeof(expected) - 1);
	(void)fclose(file);
	cr_expect_str_eq(got, expected, "got:\n%s\nexpected by '%s':\n%s", got, path, expected);
}

/* A relay, a prober, a thief of an account; two servers; counters. */
static void fill(struct paper *paper)
{
	struct finding finding = sample_finding();
	struct server_report server = sample_server();
	struct stats stats = sample_stats();

	add_finding(paper, &finding);
	finding.client = sample_ip("203.0.113.8");
	finding.score = 91;
	add_finding(paper, &finding);
	finding.verdict = VERDICT_AUTH_ABUSE;
	finding.account = "anna";
	finding.evidence_count = 0;
	add_finding(paper, &finding);
	finding.verdict = VERDICT_PROBE;
	finding.severity = SEVERITY_LOW;
	add_finding(paper, &finding);
	finding.verdict = VERDICT_RELAY_DENIED;
	add_finding(paper, &finding);
	finding.verdict = VERDICT_BENIGN;
	add_finding(paper, &finding);
	add_server(paper, &server);
	server = (struct server_report){ .address = sample_ip("2001:db8::25"),
					 .port = 25,
					 .protocol = PROTOCOL_SMTP,
					 .posture = POSTURE_OPEN,
					 .since_ns = SAMPLE_TIME(0),
					 .strangers_accepted = 1234567 };
	add_server(paper, &server);
	stats.packets = 1234567;
	stats.sessions = 12;
	stats.transactions = 1;
	stats.end_ns = stats.start_ns + 3723 * INT64_C(1000000000);
	add_stats(paper, &stats);
}

Test(report, a_page)
{
	struct paper paper;
	char *page;

	paper_open(&paper, false);
	fill(&paper);
	page = paper_close(&paper);
	expect_page(page, "report");
	free(page);
}

/* Where nothing could be read there is nothing to report. */
Test(report, without_counters)
{
	struct paper paper;
	struct finding finding = sample_finding();
	char *page;

	paper_open(&paper, false);
	add_finding(&paper, &finding);
	page = paper_close(&paper);
	cr_expect_str_eq(page, "");
	free(page);
}

Test(report, of_nothing)
{
	static const struct stats stats = { 0 };
	struct paper paper;
	char *page;

	paper_open(&paper, false);
	add_stats(&paper, &stats);
	page = paper_close(&paper);
	expect_page(page, "report-empty");
	free(page);
}

/* Leave out "ESC [ digits m", which alone may be there. */
static void strip_colours(char *text)
{
	char *to = text;

	while (*text != '\0') {
		if (*text == '\x1b') {
			size_t length = 2 + strspn(text + 2, "0123456789;");

			cr_assert_eq(text[1], '[');
			cr_assert_eq(text[length], 'm');
			text += length + 1;
			continue;
		}
		*to++ = *text++;
	}
	*to = '\0';
}

/* Colours change no word and no column. */
Test(report, in_colour)
{
	struct paper paper;
	char *page;

	paper_open(&paper, true);
	fill(&paper);
	page = paper_close(&paper);
	cr_expect_not_null(strchr(page, '\x1b'));
	strip_colours(page);
	expect_page(page, "report");
	free(page);
}

/* Every text that may come from outside, with what a terminal or a log would obey. */
Test(report, hostile_names)
{
	struct stats stats = sample_stats();
	static const char hostile[] = "\x1b[2J\x07\r\n\x7f\xc2\x9b"
				      "31mx\xff\xe2\x80\xae";
	static const char *const list[] = { hostile, hostile };
	struct paper paper;
	struct finding finding = sample_finding();
	struct evidence evidence = finding.evidence[0];
	struct server_report server = sample_server();
	char *page;

	evidence.reason = hostile;
	finding.evidence = &evidence;
	finding.evidence_count = 1;
	finding.verdict = VERDICT_AUTH_ABUSE;
	finding.account = hostile;
	server.software = hostile;
	server.advice = server.undetermined = list;
	paper_open(&paper, false);
	add_stats(&paper, &stats);
	add_finding(&paper, &finding);
	add_server(&paper, &server);
	page = paper_close(&paper);
	for (const unsigned char *c = (const unsigned char *)page; *c != '\0'; c++) {
		cr_assert((*c >= 0x20 || *c == '\n') && *c != 0x7f, "byte 0x%02x in\n%s", *c, page);
		cr_assert_not(*c == 0xc2 && c[1] < 0xa0, "C1 0x%02x in\n%s", c[1], page);
		cr_assert_neq(*c, 0xff);
	}
	cr_expect_not_null(strstr(page, "\\x1b[2J\\x07\\x0d\\x0a\\x7f"), "%s", page);
	free(page);
}

/* Thousands of strangers at one relay are one entry, and that of the strongest pair. */
Test(report, gathers_pairs_by_subject)
{
	struct stats stats = sample_stats();
	struct paper paper;
	struct finding finding = sample_finding();
	char *page, *entry;

	paper_open(&paper, false);
	add_stats(&paper, &stats);
	for (uint32_t i = 0; i < 3000; i++) {
		finding.client.bytes[2] = (uint8_t)(i >> 8);
		finding.client.bytes[3] = (uint8_t)i;
		finding.score = i == 777 ? 99.99 : 95;
		add_finding(&paper, &finding);
	}
	page = paper_close(&paper);
	entry = strstr(page, "open_relay");
	cr_assert_not_null(entry);
	cr_expect_null(strstr(entry + 1, "open_relay"), "%s", page);
	cr_expect_not_null(strstr(page, "client 203.0.3.9 and 2,999 others; 36,000 messages"), "%s",
			   page);
	free(page);
}

/* What is not shown is counted. */
Test(report, is_bounded)
{
	struct stats stats = sample_stats();
	struct paper paper;
	struct finding finding = sample_finding();
	struct server_report server = sample_server();
	char *page;

	finding.verdict = VERDICT_PROBE;
	finding.severity = SEVERITY_LOW;
	server.posture = POSTURE_CLOSED;
	paper_open(&paper, false);
	add_stats(&paper, &stats);
	for (uint32_t i = 0; i < REPORT_GROUPS_MAX + 100; i++) {
		finding.client.bytes[2] = server.address.bytes[2] = (uint8_t)(i >> 8);
		finding.client.bytes[3] = server.address.bytes[3] = (uint8_t)i;
		add_finding(&paper, &finding);
		add_server(&paper, &server);
	}
	/* Whoever floods the report pushes out nothing that is graver. */
	finding = sample_finding();
	finding.severity = SEVERITY_CRITICAL;
	add_finding(&paper, &finding);
	server.posture = POSTURE_OPEN;
	server.address = sample_ip("198.51.100.1");
	add_server(&paper, &server);
	page = paper_close(&paper);
	cr_expect_not_null(strstr(page, "critical   97  open_relay"), "%s", page);
	cr_expect_not_null(strstr(page, "and 2,129 more, see --json=finding"), "%s", page);
	cr_expect_not_null(strstr(page, "open      198.51.100.1:628/qmqp"), "%s", page);
	cr_expect_not_null(strstr(page, "and 2,129 more"), "%s", page);
	cr_expect_lt(strlen(page), 32768);
	free(page);
}

/* The worst stands first, and the order of arrival changes nothing. */
Test(report, order)
{
	struct stats stats = sample_stats();
	char *pages[2];

	for (int run = 0; run < 2; run++) {
		struct paper paper;

		paper_open(&paper, false);
		add_stats(&paper, &stats);
		for (int i = 0; i < 10; i++) {
			struct finding finding = sample_finding();
			int which = run == 0 ? i : 9 - i;

			finding.server.bytes[3] = (uint8_t)(10 + which);
			finding.severity = which % 2 == 0 ? SEVERITY_HIGH : SEVERITY_CRITICAL;
			finding.score = 90 + which % 3;
			add_finding(&paper, &finding);
		}
		pages[run] = paper_close(&paper);
	}
	cr_expect_str_eq(pages[0], pages[1]);
	cr_expect_lt(strstr(pages[0], "critical"), strstr(pages[0], "high"));
	free(pages[0]);
	free(pages[1]);
}

/* A disk that is full is said once. */
Test(report, that_cannot_be_written)
{
	struct paper paper = { 0 };
	struct error error = { .text = "" };

	paper_open_on(&paper, fopen("/dev/full", "w"), false);
	fill(&paper);
	cr_expect_eq(paper.sink.ops->close(paper.sink.state, &error), RESULT_FAILED);
	cr_expect_str_eq(error.text, "");
	cr_expect_eq(paper.said, 1);
	(void)fclose(paper.stream);
}
