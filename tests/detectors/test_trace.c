/* The third witness: which Received lines are believed, and what they say. */
#include "detectors/trace.h"
#include "protocols/received.h"

#include <criterion/criterion.h>
#include <string.h>

#define LINES_MAX 3
#define BY "by mail.example.com "
#define POSTFIX "(Postfix) "
#define STRANGER "from bulk.example (unknown [203.0.113.5]) "
#define LOOP "from localhost (localhost [127.0.0.1]) "
#define FOR "id 4F2A for <victim@foreign.example>; Wed, 25 Nov 2026 03:37:50 +0000 (UTC)"

static const struct trace_case {
	const char *what;
	const char *lines[LINES_MAX];
	enum trace_word word;
	const char *recipient;
} cases[] = {
	{ "Postfix, in clear",
	  { STRANGER BY POSTFIX "with ESMTP " FOR },
	  TRACE_CLEAR,
	  "victim@foreign.example" },
	{ "Postfix, HELO",
	  { STRANGER BY POSTFIX "with SMTP " FOR },
	  TRACE_CLEAR,
	  "victim@foreign.example" },
	{ "Postfix of Debian",
	  { STRANGER BY "(Debian GNU) with ESMTP " FOR },
	  TRACE_CLEAR,
	  "victim@foreign.example" },
	{ "Postfix, several recipients",
	  { STRANGER BY POSTFIX "with ESMTP id 4F2A; Wed, 25 Nov 2026 03:37:50 +0000" },
	  TRACE_CLEAR,
	  "" },
	{ "Postfix, for an alias of ours",
	  { STRANGER BY POSTFIX
	    "with ESMTP id 4F2A for <anna@example.com>; Wed, 25 Nov 2026 03:37:50 +0000" },
	  TRACE_CLEAR,
	  "anna@example.com" },
	{ "Postfix, TLS",
	  { STRANGER "(using TLSv1.3 with cipher X) " BY POSTFIX "with ESMTPS " FOR },
	  TRACE_ENCRYPTED,
	  "victim@foreign.example" },
	{ "Postfix, login",
	  { STRANGER BY POSTFIX "with ESMTPA " FOR },
	  TRACE_AUTHENTICATED,
	  "victim@foreign.example" },
	{ "Postfix, TLS and login",
	  { STRANGER BY POSTFIX "with ESMTPSA " FOR },
	  TRACE_AUTHENTICATED,
	  "victim@foreign.example" },
	{ "Postfix, who logged in",
	  { STRANGER "(Authenticated sender: anna) " BY POSTFIX "with ESMTP " FOR },
	  TRACE_AUTHENTICATED,
	  "victim@foreign.example" },
	{ "Exim, in clear",
	  { "from [203.0.113.5] (helo=bulk.example) " BY
	    "with esmtp (Exim 4.96) (envelope-from <a@b.example>) id 1xWN-1 for "
	    "victim@foreign.example; Wed, 25 Nov 2026 03:37:50 +0000" },
	  TRACE_CLEAR,
	  "victim@foreign.example" },
	{ "Exim, TLS",
	  { "from [203.0.113.5] (helo=bulk.example) " BY
	    "with esmtps (TLS1.3) tls TLS_X (Exim 4.96) id 1xWN-1 for victim@foreign.example; "
	    "Wed" },
	  TRACE_ENCRYPTED,
	  "victim@foreign.example" },
	{ "Exim, login",
	  { "from [203.0.113.5] (helo=bulk.example) " BY
	    "with esmtpsa (TLS1.3) tls TLS_X (Exim 4.96) id 1xWN-1 for victim@foreign.example; "
	    "Wed" },
	  TRACE_AUTHENTICATED,
	  "victim@foreign.example" },
	{ "sendmail, in clear",
	  { "from bulk.example ([203.0.113.5]) " BY
	    "(8.17.1/8.17.1/Debian-2) with ESMTP id 3AP for <victim@foreign.example>; Wed" },
	  TRACE_CLEAR,
	  "victim@foreign.example" },
	{ "sendmail, login",
	  { "from bulk.example ([203.0.113.5]) (authenticated bits=0) " BY
	    "(8.17.1/8.17.1) with ESMTP id 3AP for <victim@foreign.example>; Wed" },
	  TRACE_AUTHENTICATED,
	  "victim@foreign.example" },
	{ "OpenSMTPD",
	  { "from bulk.example (<unknown> [203.0.113.5]) " BY
	    "(OpenSMTPD) with ESMTP id a1b2 for <victim@foreign.example>; Wed" },
	  TRACE_CLEAR,
	  "victim@foreign.example" },
	{ "Haraka, login",
	  { "from bulk.example ([203.0.113.5]) " BY
	    "(Haraka/3.0.2) with ESMTPSA id A1 envelope-from <a@b.example> (authenticated bits=0); "
	    "Wed" },
	  TRACE_AUTHENTICATED,
	  "" },
	{ "IPv6",
	  { "from bulk.example (unknown [IPv6:2001:db8:bad::1]) " BY POSTFIX "with ESMTP " FOR },
	  TRACE_CLEAR,
	  "victim@foreign.example" },
	{ "round a filter by loopback",
	  { LOOP BY POSTFIX "with ESMTP " FOR, STRANGER BY POSTFIX "with ESMTP " FOR },
	  TRACE_CLEAR,
	  "victim@foreign.example" },
	{ "round amavis",
	  { LOOP BY POSTFIX "with ESMTP " FOR,
	    "from mail.example.com ([127.0.0.1]) by localhost (amavisd-new, port 10024) with ESMTP "
	    "id x; Wed",
	    STRANGER BY POSTFIX "with ESMTP " FOR },
	  TRACE_CLEAR,
	  "victim@foreign.example" },
	{ "round a gateway of ours",
	  { "from filter.example.com (filter.example.com [192.0.2.60]) " BY POSTFIX
	    "with ESMTP " FOR,
	    STRANGER BY POSTFIX "with ESMTP " FOR },
	  TRACE_CLEAR,
	  "victim@foreign.example" },
	/* What is not believed. */
	{ "qmail does not say",
	  { "from unknown (HELO bulk.example) (203.0.113.5) " BY
	    "with SMTP; 25 Nov 2026 03:37:50 -0000" },
	  TRACE_SILENT,
	  NULL },
	{ "mailfront does not say",
	  { "from bulk.example ([203.0.113.5]) " BY
	    "([192.0.2.25]) with ESMTP via TCP; 25 Nov 2026" },
	  TRACE_SILENT,
	  NULL },
	{ "Exchange does not say",
	  { "from bulk.example (203.0.113.5) " BY
	    "(192.0.2.25) with Microsoft SMTP Server (version=TLS1_2) id 15.1.2507; Wed" },
	  TRACE_SILENT,
	  NULL },
	{ "a line of another host",
	  { STRANGER "by mail.other.example " POSTFIX "with ESMTP " FOR },
	  TRACE_SILENT,
	  NULL },
	{ "forged, below a line of an inside host",
	  { "from pc.example.com (unknown [192.0.2.77]) " BY POSTFIX "with ESMTP " FOR,
	    STRANGER BY POSTFIX "with ESMTP " FOR },
	  TRACE_SILENT,
	  NULL },
	{ "forged, below a line of a trusted host",
	  { "from app.example.com (unknown [192.0.2.98]) " BY POSTFIX "with ESMTP " FOR,
	    STRANGER BY POSTFIX "with ESMTP " FOR },
	  TRACE_SILENT,
	  NULL },
	{ "written here",
	  { BY "(Postfix, from userid 0) id 4F2A; Wed", STRANGER BY POSTFIX "with ESMTP " FOR },
	  TRACE_SILENT,
	  NULL },
	{ "forwarded here",
	  { BY "(Postfix) id 4F2A; Wed", STRANGER BY POSTFIX "with ESMTP " FOR },
	  TRACE_SILENT,
	  NULL },
	{ "the mark where the client names itself",
	  { "from bulk.example(Postfix) ([203.0.113.5]) " BY "with ESMTP " FOR },
	  TRACE_SILENT,
	  NULL },
	{ "a private address",
	  { "from bulk.example (unknown [10.1.2.3]) " BY POSTFIX "with ESMTP " FOR },
	  TRACE_SILENT,
	  NULL },
	{ "LMTP", { STRANGER BY POSTFIX "with LMTP " FOR }, TRACE_SILENT, NULL },
	{ "no line", { NULL }, TRACE_SILENT, NULL },
};

static bool is_name(const void *ctx, struct span name)
{
	(void)ctx;
	return span_is_nocase(name, "mx1.example.com");
}

static struct site *new_site(void)
{
	struct site *site = NULL;

	cr_assert_eq(site_new(&site), RESULT_OK);
	cr_assert_eq(site_add_network(site, SITE_LOCAL_NET, "192.0.2.0/24"), RESULT_OK);
	cr_assert_eq(site_add_network(site, SITE_TRUSTED, "192.0.2.96/27"), RESULT_OK);
	cr_assert_eq(site_add_network(site, SITE_MTA_CHAIN, "192.0.2.60/32"), RESULT_OK);
	return site;
}

static struct trace_origin read_case(const struct site *site, const struct trace_case *c,
				     const char *helo, struct fact_trace lines[LINES_MAX])
{
	struct fact_transaction t = { .trace = lines };

	cr_assert_eq(ip_address_parse("192.0.2.25", &t.origin.connection.client), RESULT_OK);
	t.origin.helo = span_text(helo);
	while (t.trace_count < LINES_MAX && c->lines[t.trace_count] != NULL) {
		received_parse(span_text(c->lines[t.trace_count]), &lines[t.trace_count]);
		t.trace_count++;
	}
	return trace_read(site, &t, is_name, NULL);
}

Test(trace, formats)
{
	struct site *site = new_site();

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact_trace lines[LINES_MAX];
		struct trace_origin o = read_case(site, &cases[i], "mail.example.com", lines);

		cr_expect_eq(o.word, cases[i].word, "%s: %d", cases[i].what, (int)o.word);
		if (o.word != TRACE_SILENT && cases[i].word != TRACE_SILENT)
			cr_expect(span_equal(o.recipient, span_text(cases[i].recipient)),
				  "%s: %.*s", cases[i].what, (int)o.recipient.length,
				  (const char *)o.recipient.data);
	}
	site_free(&site);
}

/* Its name is the one that it gives to the next host, or one of its greetings'. */
Test(trace, the_names_of_a_host)
{
	static const struct trace_case greeting = {
		.lines = { STRANGER "by mx1.example.com " POSTFIX "with ESMTP " FOR }
	};
	struct site *site = new_site();
	struct fact_trace lines[LINES_MAX];

	cr_expect_eq(read_case(site, &greeting, "mail.example.com", lines).word, TRACE_CLEAR);
	cr_expect_eq(read_case(site, &cases[0], "MAIL.example.com", lines).word, TRACE_CLEAR);
	cr_expect_eq(read_case(site, &cases[0], "other.example", lines).word, TRACE_SILENT);
	site_free(&site);
}
