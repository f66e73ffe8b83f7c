/*
 * Whole conversations, from the first byte on: which of them are mail, and which are left alone.
 */
#include "protocols/protocols.h"

#include "talk.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define BUDGET_BYTES ((size_t)64 << 20)
#define RANDOM_CUTS 6

#define C(text)                                     \
	{                                           \
		CLIENT_SAYS, text, sizeof(text) - 1 \
	}
#define S(text)                                     \
	{                                           \
		SERVER_SAYS, text, sizeof(text) - 1 \
	}

#define GREETING S("220 mx ESMTP\r\n")
#define HELLO C("EHLO c\r\n"), S("250 mx\r\n")
#define MAIL                                                                                       \
	C("MAIL FROM:<a@x>\r\n"), S("250 ok\r\n"), C("RCPT TO:<b@y>\r\n"), S("250 ok\r\n"),        \
	    C("DATA\r\n"), S("354 go\r\n"), C("Subject: x\r\n\r\nbody\r\n.\r\n"), S("250 ok\r\n"), \
	    C("QUIT\r\n"), S("221 bye\r\n")
#define MAIL_FACTS(protocol, flags)                     \
	"message 1 from=a@x to=b@y:accepted accepted\n" \
	"session " protocol " tls=none auth=none n=1" flags "\n"
#define PACKAGE C("10:\nSubject: ,3:a@x,6:3:b@y,,"), S("3:Kok,")
#define REQUEST C("26:10:Subject: x,3:a@x,3:b@y,,"), S("3:Kok,")
#define HTTP C("GET / HTTP/1.1\r\nHost: mx\r\n\r\n")
#define CLIENT_HELLO C("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
#define SERVER_HELLO S("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03")
#define TLS_ALERT S("\x15\x03\x01\x00\x02\x02\x28")
#define TLS_DATA "\x17\x03\x03\x00\x05hello"

static const struct talk mail[] = {
	{ .name = "SMTP on its port",
	  .port = 25,
	  .steps = { GREETING, HELLO, MAIL },
	  .facts = MAIL_FACTS("smtp", "") },
	{ .name = "SMTP on another port",
	  .port = 10025,
	  .steps = { GREETING, HELLO, MAIL },
	  .facts = MAIL_FACTS("smtp", " nonstandard_port") },
	{ .name = "SMTP on another port, whose greeting does not say so",
	  .port = 10025,
	  .steps = { S("220 mx ready\r\n"), HELLO, MAIL },
	  .facts = MAIL_FACTS("smtp", " nonstandard_port") },
	{ .name = "SMTP on another port, which only the second line of its greeting says",
	  .port = 10025,
	  .steps = { S("220-mx\r\n220 ESMTP\r\n"), C("hullo\r\n"), S("500 what?\r\n"),
		     C("QUIT\r\n"), S("221 bye\r\n") },
	  .facts = "session smtp tls=none auth=none n=0 nonstandard_port\n" },
	{ .name = "SMTP on another port, whose client spoke first",
	  .port = 10025,
	  .steps = { C("USER a\r\n"), S("220 mx ESMTP\r\n"), S("502 no\r\n"), C("QUIT\r\n"),
		     S("221 bye\r\n") },
	  .facts = "session smtp tls=none auth=none n=0 nonstandard_port\n" },
	{ .name = "LMTP on a port of SMTP",
	  .port = 25,
	  .steps = { S("220 mx LMTP\r\n"), C("LHLO c\r\n"), S("250 mx\r\n"), MAIL },
	  .facts = MAIL_FACTS("lmtp", "") },
	{ .name = "QMTP on its port",
	  .port = 209,
	  .steps = { PACKAGE },
	  .facts = MAIL_FACTS("qmtp", "") },
	{ .name = "QMTP on the port of QMQP",
	  .port = 628,
	  .steps = { PACKAGE },
	  .facts = MAIL_FACTS("qmtp", "") },
	{ .name = "QMTP on a port that says nothing",
	  .port = 2090,
	  .steps = { PACKAGE },
	  .facts = MAIL_FACTS("qmtp", " nonstandard_port") },
	{ .name = "QMQP on its port",
	  .port = 628,
	  .steps = { REQUEST },
	  .facts = MAIL_FACTS("qmqp", "") },
	{ .name = "QMQP on the port of QMTP",
	  .port = 209,
	  .steps = { REQUEST },
	  .facts = MAIL_FACTS("qmqp", "") },
	{ .name = "SMTP on the port of QMTP",
	  .port = 209,
	  .steps = { GREETING, HELLO, MAIL },
	  .facts = MAIL_FACTS("smtp", "") },
	{ .name = "Postfix's qmqpd refuses before the request comes",
	  .port = 628,
	  .steps = { S("58:DError: c[192.0.2.9] is not authorized to use this service,"),
		     { SERVER_ENDS, NULL, 0 } },
	  .facts = "message 1 rejected\nsession qmqp tls=none auth=none n=1\n" },
	{ .name = "TLS from the first byte on, where that is the custom",
	  .port = 465,
	  .steps = { CLIENT_HELLO, SERVER_HELLO, C(TLS_DATA), S(TLS_DATA) },
	  .facts = "session smtp tls=implicit auth=hidden n=0\n" },
	{ .name = "QMTP under TLS",
	  .port = 6209,
	  .steps = { CLIENT_HELLO, SERVER_HELLO, C(TLS_DATA), S(TLS_DATA) },
	  .facts = "session qmtp tls=implicit auth=hidden n=0\n" },
	{ .name = "HTTP at a server that greeted",
	  .port = 25,
	  .steps = { GREETING, C("GET / HTTP/1.1\r\n"), S("502 no\r\n") },
	  .facts = "session smtp tls=none auth=none n=0\n" },
	{ .name = "a PROXY header in front",
	  .port = 25,
	  .steps = { C("PROXY TCP4 198.51.100.1 192.0.2.25 1 25\r\n"), GREETING, HELLO, MAIL },
	  .facts = "command PROXY 1 argument=TCP4 198.51.100.1 192.0.2.25 1 25\n" MAIL_FACTS("smtp",
											     "") },
};

static const struct talk parts[] = {
	{ .name = "SMTP from the middle on",
	  .port = 25,
	  .flags = CONNECTION_MIDSTREAM,
	  .steps = { C("lo, world\r\n.\r\n"), S("250 ok\r\n"), MAIL },
	  .facts = MAIL_FACTS("smtp", " midstream") },
	{ .name = "QMTP from the middle of a package on",
	  .port = 209,
	  .flags = CONNECTION_MIDSTREAM,
	  .steps = { C("lo, world,3:a@x,6:3:b@y,,"), S("3:Kok,"), PACKAGE },
	  .facts = MAIL_FACTS("qmtp", " midstream") },
	{ .name = "a text from the middle on, in which commands stand",
	  .port = 209,
	  .flags = CONNECTION_MIDSTREAM,
	  .steps = { C("lo\nMAIL FROM:<c@z>\nRCPT TO:<d@z>\n,3:a@x,6:3:b@y,,"), S("3:Kok,") },
	  .facts = "session qmtp tls=none auth=none n=0 midstream\n" },
	{ .name = "the client's side of SMTP alone",
	  .port = 25,
	  .flags = CONNECTION_ONE_SIDED,
	  .server_unseen = true,
	  .steps = { C("EHLO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n"),
		     C("Subject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n") },
	  .facts = "message 1 from=a@x to=b@y:unknown? unknown\n"
		   "session smtp tls=none auth=none n=1 one_sided\n" },
	{ .name = "the server's side of SMTP alone",
	  .port = 25,
	  .flags = CONNECTION_ONE_SIDED,
	  .client_unseen = true,
	  .steps = { GREETING, S("250 mx\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n221 bye\r\n") },
	  .facts = "session smtp tls=none auth=none n=0 one_sided\n" },
	{ .name = "a server's answers alone, on the port of QMTP",
	  .port = 209,
	  .flags = CONNECTION_ONE_SIDED,
	  .client_unseen = true,
	  .steps = { S("3:Kok,3:Dno,") },
	  .facts = "session qmtp tls=none auth=none n=0 one_sided malformed\n" },
	{ .name = "the greeting is lost",
	  .port = 25,
	  .steps = { { SERVER_LOST, NULL, 14 }, HELLO, MAIL },
	  .facts = MAIL_FACTS("smtp", " gap") },
};

static const struct talk not_mail[] = {
	{ .name = "HTTP at the port of SMTP", .port = 25, .steps = { HTTP }, .facts = "" },
	{ .name = "HTTP at the port of QMTP",
	  .port = 209,
	  .steps = { HTTP, { SERVER_ENDS, NULL, 0 } },
	  .facts = "" },
	{ .name = "HTTP that is answered",
	  .port = 25,
	  .steps = { HTTP, S("HTTP/1.1 200 OK\r\n\r\n") },
	  .facts = "" },
	{ .name = "TLS at the port of SMTP", .port = 25, .steps = { CLIENT_HELLO }, .facts = "" },
	{ .name = "TLS that a web server answers on port 25",
	  .port = 25,
	  .steps = { CLIENT_HELLO, SERVER_HELLO },
	  .facts = "" },
	{ .name = "TLS at the port of QMTP, refused",
	  .port = 209,
	  .steps = { CLIENT_HELLO, TLS_ALERT },
	  .facts = "" },
	{ .name = "TLS that nobody answers, where TLS is the custom",
	  .port = 465,
	  .steps = { CLIENT_HELLO },
	  .facts = "" },
	{ .name = "FTP, which greets with 220 too",
	  .port = 2121,
	  .steps = { S("220 ready\r\n"), C("USER a\r\n"), S("331 go on\r\n") },
	  .facts = "" },
	{ .name = "IMAP on a mail port",
	  .port = 25,
	  .steps = { S("* OK IMAP4rev1 ready\r\n"), C("1 LOGIN a b\r\n") },
	  .facts = "" },
	{ .name = "a clock", .port = 209, .steps = { C("12:34 on the clock\n") }, .facts = "" },
	{ .name = "nothing", .port = 25, .facts = "" },
};

struct run {
	struct text out;
	struct fact_sink sink;
	struct budget budget;
	struct site *site;
	struct protocols *protocols;
};

static void begin(struct run *run, size_t budget_bytes)
{
	*run = (struct run){ 0 };
	text_init(&run->out, 65536);
	run->sink = (struct fact_sink){ .fact = talk_fact, .ctx = &run->out };
	budget_init(&run->budget, budget_bytes);
	cr_assert_eq(site_new(&run->site), RESULT_OK);
	cr_assert_eq(protocols_new(&run->protocols, run->site, &run->budget, &run->sink),
		     RESULT_OK);
}

static void finish(struct run *run, const char *name)
{
	protocols_free(&run->protocols);
	cr_expect_eq(run->budget.used_bytes, 0, "%s: %zu bytes are still charged", name,
		     run->budget.used_bytes);
	site_free(&run->site);
	text_clear(&run->out);
}

/* Whole, byte by byte, and cut at random. */
static void check(const struct talk *talk, bool is_mail)
{
	for (unsigned i = 0; i < 2 + RANDOM_CUTS; i++) {
		enum talk_cut cut = i == 0 ? TALK_WHOLE : i == 1 ? TALK_BYTES : TALK_RANDOM;
		struct protocols_stats stats;
		struct run run;

		begin(&run, BUDGET_BYTES);
		talk_conversation(protocols_conversation_ops(), run.protocols, talk, cut, i);
		protocols_stats_get(run.protocols, &stats);
		cr_expect_str_eq(text_get(&run.out), talk->facts, "%s, cut %u:\n%s", talk->name, i,
				 text_get(&run.out));
		cr_expect_eq(stats.sessions, is_mail, "%s, cut %u", talk->name, i);
		cr_expect_eq(stats.not_mail, !is_mail, "%s, cut %u", talk->name, i);
		finish(&run, talk->name);
	}
}

/* Scenario P35. */
Test(protocols, tells_mail_by_what_is_said)
{
	for (size_t i = 0; i < ARRAY_COUNT(mail); i++)
		check(&mail[i], true);
}

Test(protocols, makes_do_with_a_part)
{
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
		check(&parts[i], true);
}

/* Scenario N27. */
Test(protocols, leaves_alone_what_is_no_mail)
{
	for (size_t i = 0; i < ARRAY_COUNT(not_mail); i++)
		check(&not_mail[i], false);
}

/* What was learned of the server goes along with the session. */
struct software_sink {
	const char *software;
	uint32_t sessions;
};

static void note_software(void *ctx, const struct fact *fact)
{
	struct software_sink *sink = ctx;

	if (fact->kind != FACT_SESSION)
		return;
	sink->software = fact->as.session.origin.software.name;
	sink->sessions++;
}

static const struct {
	struct talk talk;
	const char *software;
} servers[] = {
	{ { .name = "by its greeting",
	    .port = 25,
	    .steps = { S("220 mx ESMTP Postfix\r\n"), HELLO, MAIL } },
	  "Postfix" },
	{ { .name = "by an answer",
	    .port = 209,
	    .steps = { C("10:\nSubject: ,3:a@x,6:3:b@y,,"), S("21:Kok 838640135 qp 1390,") } },
	  "qmail" },
	{ { .name = "by a refusal",
	    .port = 628,
	    .steps = { S("58:DError: c[192.0.2.9] is not authorized to use this service,") } },
	  "Postfix" },
	{ { .name = "by a keyword",
	    .port = 25,
	    .steps = { GREETING, C("EHLO c\r\n"), S("250-mx\r\n250 PIPECONNECT\r\n"), MAIL } },
	  "Exim" },
	{ { .name = "not by a keyword that is the host's name",
	    .port = 25,
	    .steps = { GREETING, C("EHLO c\r\n"), S("250 PIPECONNECT\r\n"), MAIL } },
	  NULL },
	{ { .name = "by its greeting, for others share the words",
	    .port = 25,
	    .steps = { S("220 mx ESMTP IceWarp 12.0\r\n"), HELLO, C("MAIL FROM:<a@x>\r\n"),
		       S("250 2.1.0 <a@x>... Sender ok\r\n"), MAIL } },
	  "IceWarp" },
	{ { .name = "by an answer, more surely than by its greeting",
	    .port = 25,
	    .steps = { S("220 mx ESMTP Sendmail ready\r\n"), HELLO, C("MAIL FROM:<a@x>\r\n"),
		       S("250 OK\r\n"), C("RCPT TO:<b@y>\r\n"),
		       S("550 relay not permitted\r\n") } },
	  "Exim" },
	{ { .name = "not at all", .port = 25, .steps = { GREETING, HELLO, MAIL } }, NULL },
};

Test(protocols, says_what_software_served)
{
	for (size_t i = 0; i < ARRAY_COUNT(servers); i++) {
		struct software_sink seen = { 0 };
		struct fact_sink sink = { .fact = note_software, .ctx = &seen };
		struct run run;

		begin(&run, BUDGET_BYTES);
		protocols_free(&run.protocols);
		cr_assert_eq(protocols_new(&run.protocols, run.site, &run.budget, &sink),
			     RESULT_OK);
		talk_conversation(protocols_conversation_ops(), run.protocols, &servers[i].talk,
				  TALK_WHOLE, 0);
		cr_expect_eq(seen.sessions, 1, "%s", servers[i].talk.name);
		cr_expect_str_eq(seen.software == NULL ? "not told" : seen.software,
				 servers[i].software == NULL ? "not told" : servers[i].software,
				 "%s", servers[i].talk.name);
		finish(&run, servers[i].talk.name);
	}
}

static const struct {
	struct talk talk;
	const char *name; /* NULL: not counted */
} strangers[] = {
	{ { .name = "HTTP", .port = 25, .steps = { HTTP } }, "HTTP" },
	{ { .name = "nothing known", .port = 25, .steps = { C("12:34 on the clock\n") } },
	  "other" },
	{ { .name = "HTTP on another port", .port = 2121, .steps = { HTTP } }, NULL },
};

Test(protocols, counts_by_name_what_else_is_on_a_mail_port)
{
	for (size_t i = 0; i < ARRAY_COUNT(strangers); i++) {
		const char *name = strangers[i].name;
		struct protocols_stats stats;
		struct run run;

		begin(&run, BUDGET_BYTES);
		talk_conversation(protocols_conversation_ops(), run.protocols, &strangers[i].talk,
				  TALK_WHOLE, 0);
		protocols_stats_get(run.protocols, &stats);
		cr_expect_eq(stats.others[0].count, name != NULL, "%s", strangers[i].talk.name);
		if (name != NULL)
			cr_expect_str_eq(stats.others[0].name, name);
		finish(&run, strangers[i].talk.name);
	}
}

/* Without memory a connection is forgotten, counted, and nothing stays charged. */
Test(protocols, counts_what_it_forgets)
{
	for (size_t budget_bytes = 0; budget_bytes < 20000; budget_bytes += 500) {
		struct protocols_stats stats;
		struct run run;

		begin(&run, budget_bytes);
		talk_conversation(protocols_conversation_ops(), run.protocols, &mail[0], TALK_WHOLE,
				  0);
		protocols_stats_get(run.protocols, &stats);
		cr_expect(stats.sessions + stats.forgotten > 0, "with %zu bytes", budget_bytes);
		finish(&run, "little memory");
	}
}

/* What stands behind the part that can be held, in the same segment, is not lost. */
Test(protocols, a_big_first_segment_is_read_to_its_end)
{
	static char big[20000];
	struct talk talk = { .name = "a big first segment",
			     .port = 209,
			     .steps = { { CLIENT_SAYS, big, 0 }, S("5:Kok 1,") },
			     .facts = "message 1 from=a@x to=b@y:accepted accepted\n"
				      "session qmtp tls=none auth=none n=1\n" };
	int head = snprintf(big, sizeof(big), "15000:\n");

	memset(big + head, 'x', 14999);
	(void)snprintf(big + head + 14999, sizeof(big) - (size_t)head - 14999, ",3:a@x,6:3:b@y,,");
	check(&talk, true);
}

Test(protocols, hands_contacts_on)
{
	const struct contact contact = { .server_port = 25, .kind = CONTACT_REFUSED, .count = 3 };
	struct run run;

	begin(&run, BUDGET_BYTES);
	protocols_conversation_ops()->contact(run.protocols, &contact);
	cr_expect_str_eq(text_get(&run.out), "contact refused\n");
	finish(&run, "contacts");
}

/* However little there is, every conversation ends in order and gives back what it took. */
Test(protocols, any_shortage_is_survived)
{
	for (size_t i = 0; i < ARRAY_COUNT(mail); i++)
		for (size_t budget_bytes = 256; budget_bytes < 40000;
		     budget_bytes += budget_bytes / 8) {
			struct run run;

			begin(&run, budget_bytes);
			talk_conversation(protocols_conversation_ops(), run.protocols, &mail[i],
					  TALK_RANDOM, (unsigned)budget_bytes);
			finish(&run, mail[i].name);
		}
}

/* The first datagram takes memory; a question alone tells nothing. */
Test(protocols, reads_the_name_service)
{
	static const char question[] = "\0\7\1\0\0\1\0\0\0\0\0\0\7example\3org\0\0\x0f\0\1";
	static const char answer[] = "\0\7\x81\x80\0\1\0\0\0\0\0\0\7example\3org\0\0\x0f\0\1";
	struct datagram datagram = { .time_ns = 1, .source_port = 40000, .destination_port = 53 };
	struct protocols_stats stats;
	struct run run;

	begin(&run, BUDGET_BYTES);
	datagram.payload = span_of(question, sizeof(question) - 1);
	protocols_datagram(run.protocols, &datagram);
	cr_expect_str_eq(text_get(&run.out), "");
	datagram.payload = span_of(answer, sizeof(answer) - 1);
	datagram.source_port = 53;
	datagram.destination_port = 40000;
	protocols_datagram(run.protocols, &datagram);
	cr_expect_str_eq(text_get(&run.out), "dns MX\n");
	protocols_stats_get(run.protocols, &stats);
	cr_expect_eq(stats.dns_answers, 1);
	finish(&run, "names");
}
