#include "protocols/software.h"
#include "protocols/software_rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void check(struct software told, const char *name, const char *text)
{
	cr_expect_str_eq(told.name == NULL ? "nothing" : told.name, name == NULL ? "nothing" : name,
			 "'%s'", text);
	cr_expect_eq(told.source == SOFTWARE_UNTOLD, told.name == NULL, "'%s'", text);
}

struct greeting_case {
	const char *text;
	const char *software; /* NULL: not told */
};

static const struct greeting_case greetings[] = {
	{ "mail.example.com ESMTP Postfix", "Postfix" },
	{ "mail.example.com ESMTP Postfix (Debian/GNU)", "Postfix" },
	{ "mail.example.com ESMTP Exim 4.96 Wed, 25 Nov 2026 10:06:18 +0000", "Exim" },
	{ "mail.example.com ESMTP Sendmail 8.17.1/8.17.1; Wed, 25 Nov 2026", "Sendmail" },
	{ "mail.example.com ESMTP OpenSMTPD", "OpenSMTPD" },
	{ "mail.example.com Microsoft ESMTP MAIL Service ready at Wed, 25 Nov",
	  "Microsoft Exchange" },
	{ "mail.example.com Microsoft ESMTP MAIL Service, Version: 6.0.3790", "Microsoft ESMTP" },
	{ "mail.example.com mailfront ESMTP", "mailfront" },
	{ "mail.example.com ESMTP Haraka/3.0.2 ready", "Haraka" },
	{ "mail.example.com ESMTP MDaemon 21.0.0; Wed, 25 Nov 2026", "MDaemon" },
	{ "mail.example.com Kerio Connect 10.0.2 ESMTP ready", "Kerio Connect" },
	{ "mail.example.com ESMTP Service (Lotus Domino Release 9.0.1) ready", "Domino" },
	{ "mail.example.com ESMTP POSTFIX", "Postfix" },
	{ "mail.example.com ESMTP 98e67ed59e1d1-2f04-sor - gsmtp", "Google" },
	{ "mail.example.com (NO UCE) ESMTP IndiMail 1.232", "qmail (IndiMail)" },
	{ "mail.example.com (PowerMTA(TM) v5.0r1) ESMTP service ready", "PowerMTA" },
	{ "mail.example.com Mercury/32 v4.80 ESMTP server ready.", "Mercury" },
	/* A filter that quotes the server behind it. */
	{ "InterScan Version 3.6 Ready mail.example.com ESMTP Postfix", "Trend Micro InterScan" },
	/* A server whose greeting begins with its own name. */
	{ "Apache JAMES awesome SMTP Server", "Apache James" },
	{ "Stalwart ESMTP at your service.", "Stalwart" },
	{ "SG ESMTP service ready at ismtpd0017p1las1.sendgrid.net", "SendGrid" },
	{ "mail.example.com ESMTP", NULL },
	{ "mail.example.com", NULL },
	{ "", NULL },
	{ "postfix.example.com ESMTP", NULL },
	{ "exim ESMTP", NULL },
	{ "postfix ESMTP ready", NULL },
	{ "mail.example.com ESMTP Eximious", NULL },
	{ "mail.example.com ESMTP NotPostfix", NULL },
	{ "mail.example.com ESMTP Courier GmbH", NULL },
	{ "mail.example.com ESMTP of Kerio Ltd", NULL },
	{ "mail.example.com ESMTP Mercury Insurance", NULL },
	{ " Postfix", "Postfix" },
	/* Names of hosts and addresses behind the first word, and what looks a little like them. */
	{ "Welcome to exim.example.com ESMTP", NULL },
	{ "mail.example.com ESMTP ready, ask postfix@example.com", NULL },
	{ "ESMTP ready at mail-sendmail.example.com", NULL },
	{ "mail.example.com ESMTP haraka.example.com", NULL },
	{ "Welcome to exim.example.com, ESMTP Postfix", "Postfix" },
	{ "mail.example.com ESMTP Exim-4.96 ready", "Exim" },
	{ "mail.example.com ESMTP Sendmail/8.17.1.debian", "Sendmail" },
	{ "mail.example.com ESMTP Postfix.", "Postfix" },
	{ "mail.example.com ESMTP David.fx ready", "Tobit David" },
};

Test(software, is_told_by_greetings)
{
	for (size_t i = 0; i < ARRAY_COUNT(greetings); i++)
		check(software_of_greeting(span_text(greetings[i].text)), greetings[i].software,
		      greetings[i].text);
}

static const struct greeting_case keywords[] = {
	{ "X-ANONYMOUSTLS", "Microsoft Exchange" },
	{ "X-EXPS GSSAPI NTLM", "Microsoft Exchange" },
	{ "xrdst", "Microsoft Exchange" },
	{ "PIPECONNECT", "Exim" },
	{ "X_PIPE_CONNECT", "Exim" },
	{ "IGNOREQUOTA", "Cyrus" },
	{ "XCLIENT NAME ADDR", NULL },
	{ "XFORWARD NAME ADDR PROTO HELO", NULL },
	{ "PIPELINING", NULL },
	{ "AUTH X-EXPS", NULL },
	{ "X", NULL },
	{ "", NULL },
};

Test(software, is_told_by_keywords)
{
	for (size_t i = 0; i < ARRAY_COUNT(keywords); i++)
		check(software_of_keyword(span_text(keywords[i].text)), keywords[i].software,
		      keywords[i].text);
}

struct reply_case {
	uint16_t code;
	const char *text;
	const char *software;
};

static const struct reply_case replies[] = {
	{ 0, "ok 1397070505 qp 1390", "qmail" },
	{ 250, "ok 1397070505 qp 1390", "qmail" },
	{ 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "qmail" },
	{ 250, "2.0.0 Ok: queued as 04B341064B0", "Postfix" },
	{ 250, "2.0.0 Ok: queued as 4Rz9Xk2t3kz1sX", "Postfix" },
	{ 250, "2.0.0 Ok: 312 bytes queued as 04B341064B0", "Postfix" },
	{ 0, "Ok: queued as E627F11E044", "Postfix" },
	{ 454, "4.7.1 <a@b.example>: Relay access denied", "Postfix" },
	{ 0, "Error: unknown[192.0.2.9] is not authorized to use this service", "Postfix" },
	{ 0, "netstring format error while receiving QMQP packet header", "Postfix" },
	{ 250, "OK id=1pXy2z-0003Ab-1C", "Exim" },
	{ 250, " 312 byte chunk, total 312 OK id=1pXy2z-0003Ab-1C", "Exim" },
	{ 550, "relay not permitted", "Exim" },
	{ 550, "Administrative prohibition", "Exim" },
	{ 550, "5.7.1 <a@b.example>... Relaying denied", "Sendmail" },
	{ 250, "2.1.5 <a@b.example>... Recipient ok", "Sendmail" },
	{ 250, "2.1.5 Destination address valid: Recipient ok", "OpenSMTPD" },
	{ 250, "2.6.0 <x@y> [InternalId=123, Hostname=z] Queued mail for delivery",
	  "Microsoft Exchange" },
	{ 0, "2.6.0 Accepted message qp 22049 bytes 428", "mailfront" },
	{ 0, "5.1.0 Mail system is not configured to accept that recipient", "mailfront" },
	{ 250, "Queued (0.016 seconds)", "hMailServer" },
	{ 513, "Relaying denied.", "Courier" },
	{ 250, "mail.example.com Hello c [192.0.2.9], Haraka is at your service. PIPELINING",
	  "Haraka" },
	{ 250, "mx.google.com at your service, [192.0.2.9] SIZE 157286400", "Google" },
	{ 250, "2.0.0 OK  1732531578 98e67ed59e1d1-2ead03 - gsmtp", "Google" },
	{ 250, "ok:  Message 64111812 accepted", "Cisco Secure Email" },
	{ 250, "2.0.0 <ben@example.org> aJ0xGjk2RWc1CwAA Saved", "Dovecot" },
	{ 250, "2.1.5 Success SESSIONID=<mail.example.com-1796031985-26254-2-95>", "Cyrus" },
	{ 220, "mail.example.com ESMTP (0123456789abcdef0123456789ABCDEF)", "Barracuda" },
	{ 220, "mail.example.com ESMTP (0123456789abcdef)", NULL },
	{ 550, "Relaying denied.", NULL },
	{ 0, "ok qp 1390", NULL },
	{ 0, "ok 1397070505 qp", NULL },
	/* Others that queue as Postfix does, and a server that hands its answer on. */
	{ 250, "Ok: queued as kq1ZCcrMRVuPDYNF1bXL8Q", NULL },
	{ 250, "Ok: queued as 5lqZRPRQ7hG1vQ-_fFx0KQ", NULL },
	{ 250, "Ok: queued as Nl0A=@mailhog.example", NULL },
	{ 250, "2.0.0 Ok: queued as 04B341064B0 (0F5C1F2E-0D5B-4A0E-9A5B-0F3C1D2E.1)", NULL },
	{ 250, "2.0.0 Ok: queued as ", NULL },
	{ 250, "2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 04B3", NULL },
	/* What the server that a callout asked has said. */
	{ 550,
	  "Verification failed for <a@b.example> Called:   192.0.2.9 Sent:     RCPT "
	  "TO:<a@b.example> Response: 550 5.1.1 NoSuchUser - gsmtp Sender verify failed",
	  NULL },
	{ 550, "Callout verification failed: 550 <c@d.example>: Recipient address rejected: no",
	  "Exim" },
	{ 450,
	  "4.1.1 <c@d.example>: Recipient address rejected: unverified address: host "
	  "mx.d.example[192.0.2.9] said: 550 5.1.1 NoSuchUser - gsmtp (in reply to RCPT TO)",
	  "Postfix" },
	{ 550, "no such user here: host mx.d.example[192.0.2.9] said: 550 5.1.1 x - gsmtp", NULL },
	{ 250, "Great success!", NULL },
	{ 250, "<ben@example.org> Saved", NULL },
	{ 250, "ok", NULL },
	{ 250, "2.0.0", NULL },
	{ 0, "", NULL },
};

Test(software, is_told_by_replies)
{
	for (size_t i = 0; i < ARRAY_COUNT(replies); i++) {
		const struct fact_reply reply = { .code = replies[i].code,
						  .text = span_text(replies[i].text) };

		check(software_of_reply(&reply), replies[i].software, replies[i].text);
	}
}

/* What others are known to say as well counts less than a greeting, and that less than a reply. */
Test(software, says_how_sure_it_is)
{
	const struct fact_reply sure = { .code = 550, .text = span_text("relay not permitted") };
	const struct fact_reply habit = {
		.code = 250, .text = span_text("2.1.5 <a@b.example>... Recipient ok")
	};

	cr_expect_eq(software_of_reply(&sure).source, SOFTWARE_BY_REPLY);
	cr_expect_eq(software_of_reply(&habit).source, SOFTWARE_BY_HABIT);
	cr_expect_eq(software_of_greeting(span_text("mx ESMTP IceWarp 12.0")).source,
		     SOFTWARE_BY_GREETING);
	cr_expect_eq(software_of_keyword(span_text("XRDST")).source, SOFTWARE_BY_KEYWORD);
	cr_expect(SOFTWARE_BY_REPLY > SOFTWARE_BY_GREETING);
	cr_expect(SOFTWARE_BY_GREETING > SOFTWARE_BY_KEYWORD);
	cr_expect(SOFTWARE_BY_KEYWORD > SOFTWARE_BY_HABIT);
}

/* No row stands in the shadow of another, and each says where it was read. */
Test(software, uses_every_row)
{
	char text[256];

	for (size_t i = 0; i < software_greeting_count; i++) {
		const struct software_words *row = &software_greetings[i];

		snprintf(text, sizeof(text), "mail.example.com %s", row->words);
		check(software_of_greeting(span_text(text)), row->name, text);
		cr_expect(row->source[0] != '\0', "%s", row->words);
	}
	for (size_t i = 0; i < software_keyword_count; i++) {
		check(software_of_keyword(span_text(software_keywords[i].words)),
		      software_keywords[i].name, software_keywords[i].words);
		cr_expect(software_keywords[i].source[0] != '\0', "%s", software_keywords[i].words);
	}
	for (size_t i = 0; i < software_reply_count; i++)
		cr_expect(software_replies[i].source[0] != '\0', "%s", software_replies[i].pattern);
}

/* Write what a pattern stands for. */
static void write_example(const char *pattern, char *out, size_t size)
{
	static const struct {
		const char *name, *text;
	} examples[] = {
		{ "{n}", "17" },
		{ "{id}", "04B341064B0" },
		{ "{hex}", "0123456789abcdef0123456789abcdef" },
		{ "{word}", "ben@example.org>" },
	};
	size_t at = 0;

	while (*pattern != '\0' && at + 40 < size) {
		size_t k = 0;

		while (k < ARRAY_COUNT(examples) &&
		       strncmp(pattern, examples[k].name, strlen(examples[k].name)) != 0)
			k++;
		if (k == ARRAY_COUNT(examples)) {
			out[at++] = *pattern++;
			continue;
		}
		pattern += strlen(examples[k].name);
		at += (size_t)snprintf(out + at, size - at, "%s", examples[k].text);
	}
	out[at] = '\0';
}

Test(software, uses_every_reply)
{
	char text[256];

	for (size_t i = 0; i < software_reply_count; i++) {
		const struct software_reply *row = &software_replies[i];
		struct fact_reply reply = { .code = row->code };

		write_example(row->pattern, text, sizeof(text));
		reply.text = span_text(text);
		check(software_of_reply(&reply), row->name, text);
	}
}
