#include "protocols/software.h"

#include <criterion/criterion.h>

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
	{ "mail.example.com Microsoft ESMTP MAIL Service ready at Wed, 25 Nov", "Microsoft ESMTP" },
	{ "mail.example.com Microsoft ESMTP MAIL Service, Version: 6.0.3790", "Microsoft ESMTP" },
	{ "mail.example.com mailfront ESMTP", "mailfront" },
	{ "mail.example.com ESMTP Haraka/3.0.2 ready", "Haraka" },
	{ "mail.example.com ESMTP MDaemon 21.0.0; Wed, 25 Nov 2026", "MDaemon" },
	{ "mail.example.com Kerio Connect 10.0.2 ESMTP ready", "Kerio" },
	{ "mail.example.com ESMTP Service (Lotus Domino Release 9.0.1) ready", "Domino" },
	{ "mail.example.com ESMTP POSTFIX", "Postfix" },
	{ "mail.example.com ESMTP", NULL },
	{ "mail.example.com", NULL },
	{ "", NULL },
	{ "postfix.example.com ESMTP", NULL },
	{ "mail.example.com ESMTP Eximious", NULL },
	{ "mail.example.com ESMTP NotPostfix", NULL },
	{ " Postfix", "Postfix" },
};

Test(software, is_told_by_greetings)
{
	for (size_t i = 0; i < ARRAY_COUNT(greetings); i++) {
		const char *told = software_of_greeting(span_text(greetings[i].text));

		if (greetings[i].software == NULL)
			cr_expect_null(told, "'%s' tells %s", greetings[i].text, told);
		else
			cr_expect_str_eq(told == NULL ? "nothing" : told, greetings[i].software,
					 "'%s'", greetings[i].text);
	}
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
	{ 0, "Ok: queued as E627F11E044", "Postfix" },
	{ 454, "4.7.1 <a@b.example>: Relay access denied", "Postfix" },
	{ 0, "Error: unknown[192.0.2.9] is not authorized to use this service", "Postfix" },
	{ 0, "netstring format error while receiving QMQP packet header", "Postfix" },
	{ 250, "OK id=1pXy2z-0003Ab-1C", "Exim" },
	{ 550, "relay not permitted", "Exim" },
	{ 550, "5.7.1 <a@b.example>... Relaying denied", "Sendmail" },
	{ 250, "2.1.5 <a@b.example>... Recipient ok", "Sendmail" },
	{ 250, "2.1.5 Destination address valid: Recipient ok", "OpenSMTPD" },
	{ 250, "2.6.0 <x@y> [InternalId=123, Hostname=z] Queued mail for delivery",
	  "Microsoft Exchange" },
	{ 0, "2.6.0 Accepted message qp 22049 bytes 428", "mailfront" },
	{ 0, "5.1.0 Mail system is not configured to accept that recipient", "mailfront" },
	{ 250, "Queued (0.016 seconds)", "hMailServer" },
	{ 513, "Relaying denied.", "Courier" },
	{ 550, "Relaying denied.", NULL },
	{ 0, "ok qp 1390", NULL },
	{ 0, "ok 1397070505 qp", NULL },
	{ 250, "2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 04B3", NULL },
	{ 250, "ok", NULL },
	{ 250, "2.0.0", NULL },
	{ 0, "", NULL },
};

Test(software, is_told_by_replies)
{
	for (size_t i = 0; i < ARRAY_COUNT(replies); i++) {
		const struct fact_reply reply = { .code = replies[i].code,
						  .text = span_text(replies[i].text) };
		const char *told = software_of_reply(&reply);

		if (replies[i].software == NULL)
			cr_expect_null(told, "'%s' tells %s", replies[i].text, told);
		else
			cr_expect_str_eq(told == NULL ? "nothing" : told, replies[i].software,
					 "'%s'", replies[i].text);
	}
}
