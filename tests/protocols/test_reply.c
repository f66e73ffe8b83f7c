#include "protocols/reply.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct reply_case {
	uint16_t code;
	char letter;
	const char *text;
	enum reply_class reply_class;
};

static struct fact_reply classified(uint16_t code, char letter, const char *text)
{
	struct fact_reply reply = { .code = code, .letter = letter, .text = span_text(text) };

	reply_classify(&reply);
	return reply;
}

static void check(const struct reply_case *c)
{
	struct fact_reply reply = classified(c->code, c->letter, c->text);

	cr_expect_eq(reply.reply_class, c->reply_class, "%d%c '%s': %s, not %s", c->code,
		     c->letter == 0 ? ' ' : c->letter, c->text, reply_class_word(reply.reply_class),
		     reply_class_word(c->reply_class));
}

#define CHECK_ALL(cases)                                \
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) \
	check(&(cases)[i])

/* PROTOCOLS 3.5, the first table, row by row. */
Test(reply, relay_denied)
{
	static const struct reply_case cases[] = {
		{ 553, 0, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
		  REPLY_RELAY_DENIED },
		{ 553, 0, "5.7.1 sorry, that domain isn't in my list of allowed rcpthosts",
		  REPLY_RELAY_DENIED },
		{ 0, 'D', "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
		  REPLY_RELAY_DENIED },
		{ 554, 0, "5.7.1 <u@d.test>: Relay access denied", REPLY_RELAY_DENIED },
		{ 454, 0, "4.7.1 <u@d.test>: Relay access denied", REPLY_RELAY_DENIED },
		{ 554, 0, "5.7.1 <u@d.test>: Recipient address rejected: Relay access denied",
		  REPLY_RELAY_DENIED },
		{ 0, 'D', "Error: host[192.0.2.1] is not authorized to use this service",
		  REPLY_RELAY_DENIED },
		{ 550, 0, "relay not permitted", REPLY_RELAY_DENIED },
		{ 550, 0, "Restricted characters in address", REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.1 <u@d.test>... Relaying denied. Proper authentication required.",
		  REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.1 <u@d.test>... Relaying denied", REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.1 <u@d>... Relaying denied. IP name possibly forged [192.0.2.1]",
		  REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.1 <u@d>... Relaying denied. IP name lookup failed [192.0.2.1]",
		  REPLY_RELAY_DENIED },
		{ 450, 0,
		  "4.4.0 Relaying temporarily denied. Cannot resolve PTR record for 192.0.2.1",
		  REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.1 Unable to relay", REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.1 Unable to relay for u@d.test", REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
		  REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.64 TenantAttribution; Relay Access Denied SMTP",
		  REPLY_RELAY_DENIED },
		{ 530, 0,
		  "5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL "
		  "FROM",
		  REPLY_AUTH_REQUIRED },
		{ 530, 0, "5.7.1 Client was not authenticated", REPLY_AUTH_REQUIRED },
		{ 550, 0, "Invalid recipient", REPLY_RELAY_OR_USER },
		{ 530, 0, "5.5.1 Invalid command: Must issue an AUTH command first",
		  REPLY_AUTH_REQUIRED },
		{ 550, 0, "I cannot deliver mail for <u@d.test>", REPLY_RELAY_DENIED },
		{ 530, 0, "5.7.1 You must authenticate first.", REPLY_AUTH_REQUIRED },
		{ 550, 0, "5.1.0 Mail system is not configured to accept that recipient",
		  REPLY_RELAY_OR_USER },
		{ 0, 'D', "Mail system is not configured to accept that recipient",
		  REPLY_RELAY_OR_USER },
		{ 513, 0, "Relaying denied.", REPLY_RELAY_DENIED },
		{ 551, 0, "5.7.1 relaying denied", REPLY_RELAY_DENIED },
		{ 571, 0, "u@d.test prohibited. We do not relay", REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.1 <u@d.test>... we do not relay", REPLY_RELAY_DENIED },
		{ 554, 0, "Refused. Sending to remote addresses (relaying) is not allowed",
		  REPLY_RELAY_DENIED },
		{ 503, 0,
		  "This mail server requires authentication when attempting to send to a "
		  "non-local e-mail address",
		  REPLY_AUTH_REQUIRED },
		{ 530, 0, "Relaying not allowed", REPLY_RELAY_DENIED },
		{ 558, 0, "Relaying denied: domain not valid", REPLY_RELAY_DENIED },
		{ 550, 0, "RCPT TO:<u@d.test> Relaying not allowed - please use SMTP AUTH",
		  REPLY_RELAY_DENIED },
		{ 501, 0, "This system is not configured to relay mail to <u@d.test>",
		  REPLY_RELAY_DENIED },
		{ 553, 0, "sorry, relay of mail is not allowed", REPLY_RELAY_DENIED },
		{ 554, 0, "Relay rejected for policy reasons", REPLY_RELAY_DENIED },
		{ 550, 0, "Delivery is not allowed to this address", REPLY_RELAY_DENIED },
		{ 550, 0, "We don't handle mail for d.test", REPLY_RELAY_DENIED },
		{ 550, 0, "RCPT address has non-existant domain", REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.1 routed address relaying denied #131", REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.1 UUCP addressing denied #132", REPLY_RELAY_DENIED },
		{ 554, 0,
		  "5.7.1 <u@d>: Relay access denied (maybe you need to check mail via POP3 "
		  "first)",
		  REPLY_RELAY_DENIED },
		{ 550, 0, "Relaying denied - please see http://example.net/", REPLY_RELAY_DENIED },
	};

	CHECK_ALL(cases);
}

/* PROTOCOLS 3.5, the second table. */
Test(reply, refused_for_another_reason)
{
	static const struct reply_case cases[] = {
		{ 550, 0,
		  "5.1.1 <u@d>: Recipient address rejected: User unknown in local recipient table",
		  REPLY_USER_UNKNOWN },
		{ 550, 0,
		  "5.1.1 <u@d>: Recipient address rejected: User unknown in virtual mailbox table",
		  REPLY_USER_UNKNOWN },
		{ 550, 0,
		  "5.1.1 <u@d>: Recipient address rejected: User unknown in relay recipient table",
		  REPLY_USER_UNKNOWN },
		{ 450, 0,
		  "4.1.1 <u@d>: Recipient address rejected: unverified address: host mx said: 554 "
		  "Relay access denied",
		  REPLY_USER_UNVERIFIED },
		{ 550, 0,
		  "5.1.1 <u@d>: Recipient address rejected: undeliverable address: User unknown",
		  REPLY_USER_UNVERIFIED },
		{ 550, 0,
		  "5.1.7 <s@d>: Sender address rejected: undeliverable address: User unknown",
		  REPLY_SENDER_REFUSED },
		{ 554, 0,
		  "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using "
		  "bl.example.net; open relay",
		  REPLY_BLOCKED },
		{ 450, 0,
		  "4.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.1]",
		  REPLY_BLOCKED },
		{ 554, 0, "5.7.1 <host[192.0.2.1]>: Client host rejected: Access denied",
		  REPLY_BLOCKED },
		{ 504, 0, "5.5.2 <x>: Helo command rejected: need fully-qualified hostname",
		  REPLY_SYNTAX },
		{ 553, 0, "5.7.1 <s@d>: Sender address rejected: not logged in",
		  REPLY_SENDER_REFUSED },
		{ 553, 0, "5.7.1 <s@d>: Sender address rejected: not owned by user x",
		  REPLY_SENDER_REFUSED },
		{ 450, 0, "4.7.1 Error: too much mail from 192.0.2.1", REPLY_LIMITED },
		{ 450, 0, "4.7.1 Error: too many recipients from 192.0.2.1", REPLY_LIMITED },
		{ 450, 0, "4.7.1 Error: too many AUTH commands from 192.0.2.1", REPLY_LIMITED },
		{ 452, 0, "4.5.3 Error: too many recipients", REPLY_LIMITED },
		{ 421, 0, "4.7.0 mx Error: too many connections from 192.0.2.1", REPLY_LIMITED },
		{ 503, 0,
		  "5.5.0 <DATA>: Data command rejected: Improper use of SMTP command "
		  "pipelining",
		  REPLY_SYNTAX },
		{ 554, 0, "SMTP synchronization error", REPLY_SYNTAX },
		{ 503, 0, "5.7.0 Error: access denied for host[192.0.2.1]", REPLY_BLOCKED },
		{ 550, 0, "5.3.2 Service currently unavailable", REPLY_BLOCKED },
		{ 450, 0, "4.3.2 Service currently unavailable", REPLY_GREYLISTED },
		{ 521, 0, "5.5.1 Protocol error", REPLY_SYNTAX },
		{ 221, 0, "2.7.0 Error: I can break rules, too. Goodbye.", REPLY_POSITIVE },
		{ 521, 0, "5.7.0 Error: I can break rules, too. Goodbye.", REPLY_SYNTAX },
		{ 553, 0, "sorry, your envelope sender is in my badmailfrom list (#5.7.1)",
		  REPLY_SENDER_REFUSED },
		{ 555, 0, "syntax error (#5.5.4)", REPLY_SYNTAX },
		{ 503, 0, "MAIL first (#5.5.1)", REPLY_SYNTAX },
		{ 552, 0, "sorry, that message size exceeds my databytes limit (#5.3.4)",
		  REPLY_CONTENT },
		{ 554, 0, "too many hops, this message is looping (#5.4.6)", REPLY_CONTENT },
		{ 0, 'D', "sorry, I can't handle that recipient (#5.1.3)", REPLY_SYNTAX },
		{ 0, 'D', "unacceptable sender (#5.1.7)", REPLY_SENDER_REFUSED },
		{ 0, 'D', "sorry, I can't accept addresses like that (#5.1.3)", REPLY_SYNTAX },
		{ 0, 'D', "netstring format error while receiving QMQP packet header",
		  REPLY_SYNTAX },
		{ 421, 0, "Too many concurrent SMTP connections; please try again later.",
		  REPLY_LIMITED },
		{ 550, 0, "Unknown user", REPLY_USER_UNKNOWN },
		{ 550, 0, "<u@d> is not deliverable", REPLY_USER_UNKNOWN },
		{ 550, 0, "Rejected for too many bad recipients", REPLY_LIMITED },
		{ 550, 0, "recipient <u@d> denied", REPLY_POLICY_UNKNOWN },
		{ 452, 0, "4.5.3 Too many recipients", REPLY_LIMITED },
		{ 550, 0, "5.1.1 <u@d>... User unknown", REPLY_USER_UNKNOWN },
		{ 550, 0, "Mailbox disabled for this recipient", REPLY_USER_UNKNOWN },
		{ 421, 0, "4.7.28 Our system has detected an unusual rate of unsolicited mail",
		  REPLY_LIMITED },
		{ 550, 0, "5.2.1 The user you are trying to contact is receiving mail at a rate",
		  REPLY_LIMITED },
		{ 550, 0,
		  "5.7.1 Our system has detected that this message is likely unsolicited "
		  "mail",
		  REPLY_CONTENT },
		{ 421, 0, "RP-001 The mail server IP connecting has exceeded the rate limit",
		  REPLY_LIMITED },
		{ 421, 0, "4.7.0 [TS01] Messages temporarily deferred", REPLY_BLOCKED },
		{ 450, 0, "4.2.0 <u@d>: Recipient address rejected: Greylisted", REPLY_GREYLISTED },
		{ 451, 0, "Greylisting in action, please come back later", REPLY_GREYLISTED },
	};

	CHECK_ALL(cases);
}

/* Where no phrase is known: the enhanced code, then the code. */
Test(reply, enhanced_codes_and_codes)
{
	static const struct reply_case cases[] = {
		{ 550, 0, "5.7.54 Nein", REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.64 Nein", REPLY_RELAY_DENIED },
		{ 550, 0, "5.7.57 Nein", REPLY_AUTH_REQUIRED },
		{ 550, 0, "5.1.1 Utente sconosciuto", REPLY_USER_UNKNOWN },
		{ 550, 0, "5.7.1 Nein", REPLY_POLICY_UNKNOWN },
		{ 450, 0, "4.7.1 Nein", REPLY_TEMPORARY_UNKNOWN },
		{ 550, 0, "", REPLY_POLICY_UNKNOWN },
		{ 530, 0, "", REPLY_AUTH_REQUIRED },
		{ 472, 0, "4.7.0", REPLY_TEMPORARY_UNKNOWN },
		{ 501, 0, "", REPLY_SYNTAX },
		{ 0, 'D', "", REPLY_POLICY_UNKNOWN },
		{ 0, 'Z', "", REPLY_TEMPORARY_UNKNOWN },
		{ 0, 'K', "ok 838640135 qp 1390", REPLY_POSITIVE },
		{ 250, 0, "2.1.5 relay access denied is what the subject said", REPLY_POSITIVE },
		{ 354, 0, "End data", REPLY_INTERMEDIATE },
		{ 0, 0, "", REPLY_NONE },
		{ 999, 0, "relay denied", REPLY_NONE },
	};

	CHECK_ALL(cases);
}

/* What the client put into its address says nothing about the server. */
Test(reply, addresses_are_left_out)
{
	static const struct reply_case cases[] = {
		{ 550, 0, "5.1.1 <relay-denied@user.test>: Nein", REPLY_USER_UNKNOWN },
		{ 550, 0, "5.7.1 <relaying denied>: Nein", REPLY_POLICY_UNKNOWN },
		{ 550, 0, "rcpthosts@d.test Nein", REPLY_POLICY_UNKNOWN },
		{ 550, 0, "relay    access\t denied", REPLY_RELAY_DENIED },
		{ 550, 0, "<relay access denied", REPLY_RELAY_DENIED },
	};

	CHECK_ALL(cases);
}

Test(reply, finds_the_enhanced_code)
{
	static const struct {
		const char *text, *enhanced;
	} cases[] = {
		{ "5.7.1 no", "5.7.1" },
		{ " 5.7.1 no", "5.7.1" },
		{ "no (#5.7.1)", "5.7.1" },
		{ "5.7.509 no", "5.7.509" },
		{ "5.7.1.1 no", "" },
		{ "5.7 no", "" },
		{ "1.7.1 no", "" },
		{ "5.7.1000", "" },
		{ "denied #131", "" },
		{ "", "" },
		{ "#", "" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact_reply reply = classified(550, 0, cases[i].text);

		cr_expect_str_eq(reply.enhanced, cases[i].enhanced, "'%s'", cases[i].text);
	}
}

Test(reply, verdict_and_outcome)
{
	static const struct {
		uint16_t code;
		char letter;
		const char *text;
		enum recipient_verdict verdict;
		enum outcome outcome;
	} cases[] = {
		{ 250, 0, "ok", RECIPIENT_ACCEPTED, OUTCOME_ACCEPTED },
		{ 0, 'K', "ok", RECIPIENT_ACCEPTED, OUTCOME_ACCEPTED },
		{ 454, 0, "Relay access denied", RECIPIENT_DENIED_RELAY, OUTCOME_TEMPFAIL },
		{ 454, 0, "User unknown", RECIPIENT_TEMPFAIL, OUTCOME_TEMPFAIL },
		{ 0, 'Z', "busy", RECIPIENT_TEMPFAIL, OUTCOME_TEMPFAIL },
		{ 530, 0, "", RECIPIENT_DENIED_RELAY, OUTCOME_REJECTED },
		{ 550, 0, "User unknown", RECIPIENT_DENIED_USER, OUTCOME_REJECTED },
		{ 550, 0, "Invalid recipient", RECIPIENT_DENIED_RELAY, OUTCOME_REJECTED },
		{ 552, 0, "", RECIPIENT_DENIED_POLICY, OUTCOME_REJECTED },
		{ 0, 'D', "", RECIPIENT_DENIED_POLICY, OUTCOME_REJECTED },
		{ 354, 0, "", RECIPIENT_UNKNOWN, OUTCOME_UNKNOWN },
		{ 0, 0, "", RECIPIENT_UNKNOWN, OUTCOME_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact_reply reply = classified(cases[i].code, cases[i].letter, cases[i].text);

		cr_expect_eq(reply_recipient_verdict(&reply), cases[i].verdict, "row %zu", i);
		cr_expect_eq(reply_outcome(&reply), cases[i].outcome, "row %zu", i);
	}
}

Test(reply, long_text_is_cut)
{
	char *text = calloc(1, 1 << 20);
	struct fact_reply reply = { .code = 550, .text = span_of(text, 1 << 20) };

	memset(text, '<', 1 << 20);
	reply_classify(&reply);
	cr_expect_eq(reply.reply_class, REPLY_POLICY_UNKNOWN);
	memset(text, '@', 1 << 20);
	reply_classify(&reply);
	cr_expect_eq(reply.reply_class, REPLY_POLICY_UNKNOWN);
	free(text);
}
