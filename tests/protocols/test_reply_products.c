#include "protocols/reply.h"

#include <criterion/criterion.h>

/*
 * What servers of many makers answer, in their own words: which of it says that they do not relay,
 * which that the user is not there, and which anything else.
 */
struct product_case {
	const char *product;
	uint16_t code;
	const char *text;
	enum reply_class reply_class;
};

static void check(const struct product_case *c)
{
	struct fact_reply reply = { .code = c->code, .text = span_text(c->text) };

	reply_classify(&reply);
	cr_expect_eq(reply.reply_class, c->reply_class, "%s '%d %s': %s, not %s", c->product,
		     c->code, c->text, reply_class_word(reply.reply_class),
		     reply_class_word(c->reply_class));
}

#define CHECK_ALL(cases)                                \
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) \
	check(&(cases)[i])

/* clang-format off */
#define R REPLY_RELAY_DENIED
#define A REPLY_AUTH_REQUIRED
#define E REPLY_RELAY_OR_USER
#define U REPLY_USER_UNKNOWN
#define B REPLY_BLOCKED
#define L REPLY_LIMITED
#define F REPLY_SENDER_REFUSED
#define C REPLY_CONTENT
#define S REPLY_SYNTAX
#define P REPLY_POLICY_UNKNOWN
#define G REPLY_GREYLISTED

Test(reply_products, do_not_relay)
{
	static const struct product_case cases[] = {
		{ "Exchange", 550, "5.7.1 Unable to relay for u@far.example", R },
		{ "Exchange", 550, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain", R },
		{ "Exchange Online", 550, "5.7.64 TenantAttribution; Relay Access Denied [AM0EUR02FT020."
		  "eop-EUR02.prod.protection.outlook.com]", R },
		{ "Google", 550, "5.7.1 Invalid credentials for relay [192.0.2.7]. The IP address you've"
		  " registered in your G Suite SMTP Relay service doesn't match", R },
		{ "Google", 550, "5.7.0 Mail relay denied [192.0.2.7]. Invalid credentials for relay for one"
		  " of the domains in: far.example", R },
		{ "sendmail", 550, "5.7.1 <u@far.example>... Relaying denied. IP name lookup failed"
		  " [192.0.2.7]", R },
		{ "sendmail", 550, "5.7.1 <u@far.example>... Relaying denied. Proper authentication"
		  " required.", R },
		{ "sendmail", 550, "5.7.1 u@far.example... we do not relay", R },
		{ "Exim, cPanel", 550, "client.example (host) [192.0.2.7]:4000 is currently not permitted to"
		  " relay through this server. Perhaps you have not logged into the pop/imap server in the"
		  " last 30 minutes or do not have SMTP Authentication turned on in your email client.", R },
		{ "Exim", 550, "relay not permitted, authentication required", R },
		{ "Courier", 513, "Relaying denied.", R },
		{ "qmail-ldap", 553, "sorry, relaying denied from your location [192.0.2.7] (#5.7.1)", R },
		{ "spamdyke", 554, "Refused. Sending to remote addresses (relaying) is not allowed.", R },
		{ "qpsmtpd", 550, "relaying denied", R },
		{ "ASSP", 530, "Relaying not allowed", R },
		{ "Haraka", 550, "I cannot deliver mail for <u@far.example>", R },
		{ "IMail", 550, "not local host far.example, not a gateway", R },
		{ "hMailServer", 550, "Delivery is not allowed to this address.", R },
		{ "CommuniGate Pro", 571, "u@far.example prohibited. We do not relay", R },
		{ "MDaemon", 550, "5.7.1 Relaying denied: we do not relay for non-local users", R },
		{ "Mercury", 553, "We do not relay non-local mail, sorry.", R },
		{ "IceWarp", 551, "5.7.1 <u@far.example> we do not relay [192.0.2.7]", R },
		{ "XMail", 550, "Relay denied", R },
		{ "SurgeMail", 550, "Relaying to far.example is not allowed", R },
		{ "Kerio Connect", 550, "5.7.1 Relaying to <u@far.example> denied (authentication"
		  " required)", R },
		{ "Apache James", 550, "5.7.1 Requested action not taken: relaying denied", R },
		{ "Stalwart", 550, "5.1.2 Relay not allowed.", R },
		{ "Domino", 554, "Relay rejected for policy reasons.", R },
		{ "GroupWise", 550, "Relaying prohibited", R },
		{ "MessageLabs", 553, "you are trying to use me [server-7.tower-1.example.com] as a relay, but"
		  " I have not been configured to let you [192.0.2.7, host] do this.", R },
		{ "Coremail", 553, "Requested action not taken: Local user only", R },
		{ "Postini", 553, "<u@far.example>: Relaying denied - psmtp", R },
		{ "own words", 550, "You are not authorized to relay mail through this host", R },
		{ "own words", 550, "far.example is not hosted here", R },
		{ "own words", 550, "we do not accept mail for far.example", R },
		{ "own words", 550, "this is not an open relay", R },
		{ "own words", 451, "4.7.1 Relaying temporarily denied", R },
		{ "German", 550, "Relaying nicht erlaubt", R },
		{ "German", 554, "Relaying verweigert", R },
		{ "Italian", 550, "5.7.1 Relaying non consentito", R },
		{ "Spanish", 550, "Relay denegado para u@far.example", R },
		{ "Portuguese", 554, "Relay n\xc3\xa3o permitido", R },
		{ "French", 550, "relais refus\xc3\xa9", R },
		{ "Dutch", 550, "Relay niet toegestaan", R },
	};

	CHECK_ALL(cases);
}

Test(reply_products, want_authentication)
{
	static const struct product_case cases[] = {
		{ "hMailServer", 530, "SMTP authentication is required.", A },
		{ "MailEnable", 503, "This mail server requires authentication when attempting to send to a"
		  " non-local e-mail address. Please check your mail client settings or contact your"
		  " administrator to verify that the domain or address is defined for this server.", A },
		{ "Apache James", 530, "5.7.1 Authentication Required", A },
		{ "Stalwart", 503, "5.5.1 You must authenticate first.", A },
		{ "Dovecot", 530, "5.7.0 Authentication required.", A },
		{ "Exchange", 530, "5.7.57 SMTP; Client was not authenticated to send anonymous mail during"
		  " MAIL FROM", A },
		{ "Exchange", 550, "5.7.1 Client does not have permissions to submit to this server", A },
		{ "SendGrid", 550, "Unauthenticated senders not allowed", A },
		{ "Coremail", 553, "authentication is required,smtp3,DcmowABXX", A },
		{ "GMX", 530, "Authentication required", A },
		{ "own words", 550, "Please log in first", A },
		{ "own words", 550, "5.7.1 need to authenticate", A },
		{ "any", 530, "", A },
	};

	CHECK_ALL(cases);
}

Test(reply_products, know_no_such_user)
{
	static const struct product_case cases[] = {
		{ "Exchange Online", 550, "5.4.1 Recipient address rejected: Access denied. [AM0EUR02FT020."
		  "eop-EUR02.prod.protection.outlook.com 2026-11-25T10:00:00.000Z]", U },
		{ "Exchange Online", 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient u@example.net not"
		  " found by SMTP address lookup", U },
		{ "Exchange", 550, "5.1.1 RESOLVER.ADR.RecipNotFound; not found", U },
		{ "Gmail", 550, "5.1.1 The email account that you tried to reach does not exist. Please try"
		  " double-checking the recipient's email address for typos", U },
		{ "Gmail", 550, "5.2.1 The email account that you tried to reach is disabled.", U },
		{ "Yahoo", 554, "delivery error: dd This user doesn't have a yahoo.com account"
		  " (u@yahoo.example) [0]", U },
		{ "Yahoo", 552, "1 Requested mail action aborted, mailbox not found", U },
		{ "GMX", 550, "Requested action not taken: mailbox unavailable", U },
		{ "mail.ru", 550, "Message was not accepted -- invalid mailbox. Local mailbox u@example.net"
		  " is unavailable: user not found", U },
		{ "Yandex", 550, "5.7.1 No such user!", U },
		{ "QQ", 550, "Mailbox not found. http://service.mail.example", U },
		{ "Coremail", 550, "User not found: u@example.net", U },
		{ "Orange", 550, "5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient."
		  " OFR204_416", U },
		{ "Symantec", 550, "Invalid recipient <u@example.net> (#5.1.1)", U },
		{ "Mimecast", 550, "Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550"
		  " [abc.uk74]", U },
		{ "Barracuda", 550, "<u@example.net>: Recipient address rejected: No such user"
		  " (u@example.net)", U },
		{ "Proofpoint", 550, "5.1.1 <u@example.net>... User unknown", U },
		{ "Postini", 550, "5.1.1 No such user - psmtp", U },
		{ "Cyrus", 550, "Mailbox unknown. Either there is no mailbox associated with this name or you"
		  " do not have authorization to see it. 5.1.1 User unknown", U },
		{ "Dovecot", 550, "5.1.1 <u@example.net> User doesn't exist: u@example.net", U },
		{ "Apache James", 554, "5.1.1 Unknown user: u@example.net", U },
		{ "Stalwart", 550, "5.1.2 Mailbox does not exist.", U },
		{ "MailEnable", 550, "Requested action not taken: mailbox unavailable or not local", U },
		{ "MDaemon", 550, "<u@example.net>, Recipient unknown", U },
		{ "CommuniGate Pro", 550, "u@example.net unknown user account", U },
		{ "IceWarp", 550, "5.1.1 <u@example.net> User unknown; rejecting", U },
		{ "Domino", 550, "u@example.net... No such user", U },
		{ "Domino", 554, "u@example.net not listed in Domino Directory", U },
		{ "Exim", 550, "unknown local part u in <u@example.net>", U },
		{ "Exim, cPanel", 550, "No Such User Here", U },
		{ "qmail, chkuser", 550, "5.1.1 sorry, no mailbox here by that name (chkuser)", U },
		{ "OpenSMTPD", 524, "5.2.4 Mailing list expansion problem: <u@example.net>", U },
		{ "docomo", 550, "Unknown user u@example.net", U },
		{ "any", 550, "5.2.1 <u@example.net>: inactive", U },
		{ "German", 550, "Empf\xc3\xa4nger unbekannt", U },
		{ "Italian", 550, "utente sconosciuto", U },
		{ "French", 550, "utilisateur inconnu", U },
		{ "Spanish", 550, "Usuario desconocido", U },
		{ "Portuguese", 550, "usu\xc3\xa1rio inexistente", U },
		{ "a host named so", 550, "relay7.example.net: user not found, cannot deliver", U },
	};

	CHECK_ALL(cases);
}

Test(reply_products, have_one_text_for_both)
{
	static const struct product_case cases[] = {
		{ "OpenSMTPD", 550, "Invalid recipient", E },
		{ "Cisco", 550, "#5.1.0 Address rejected.", E },
		{ "mailfront", 550, "5.1.0 Mail system is not configured to accept that recipient", E },
		{ "any", 551, "", E },
	};

	CHECK_ALL(cases);
}

Test(reply_products, refuse_for_another_reason)
{
	static const struct product_case cases[] = {
		{ "Cisco", 554, "Your access to this mail system has been rejected due to the sending MTA's"
		  " poor reputation.", B },
		{ "Mimecast", 550, "csi.mimecast.org Poor Reputation Sender.", B },
		{ "Proofpoint", 554, "Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.7", B },
		{ "Exchange Online", 550, "5.7.606 Access denied, banned sending IP [192.0.2.7]", B },
		{ "Exchange Online", 550, "5.7.708 Service unavailable. Access denied, traffic not accepted"
		  " from this IP.", B },
		{ "GMX", 554, "Nemesis ESMTP Service not available No SMTP service IP address is black listed.",
		  B },
		{ "GMX", 554, "No SMTP service Bad DNS PTR resource record.", B },
		{ "Gmail", 550, "5.7.1 [192.0.2.7] The IP address sending this message does not have a PTR"
		  " record, or the corresponding forward DNS entry does not point to the sending IP.", B },
		{ "spamdyke", 554, "Refused. Your IP address is listed in the RBL at bl.example", B },
		{ "XMail", 551, "Server access forbidden by your IP", B },
		{ "own words", 550, "your host is an open relay", B },
		{ "Postfix", 554, "5.7.1 <relay3.example.net[192.0.2.7]>: Client host rejected: Access"
		  " denied", B },
		{ "Exchange", 550, "5.7.60 SMTP; Client does not have permissions to send as this sender", F },
		{ "Exchange", 550, "5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication"
		  " required; Delivery restriction check failed", F },
		{ "Yandex", 553, "5.7.1 Sender address rejected: not owned by auth user.", F },
		{ "QQ", 553, "Mail from must equal authorized user", F },
		{ "sendmail", 553, "5.5.4 <u>... Domain name required for sender address u", F },
		{ "Exim", 550, "Sender verify failed", F },
		{ "Exchange", 452, "4.3.1 Insufficient system resources", L },
		{ "Gmail", 452, "4.2.2 The email account that you tried to reach is over quota", L },
		{ "Google", 550, "5.7.1 Daily SMTP relay limit exceeded for user", L },
		{ "QQ", 550, "Ip frequency limited", L },
		{ "Gmail", 550, "5.7.26 This mail has been blocked because the sender is unauthenticated.", C },
		{ "amavis", 554, "5.7.0 Reject, id=1-1 - spam", C },
		{ "Postfix", 530, "5.7.0 Must issue a STARTTLS command first", S },
		{ "Exchange", 451, "5.7.3 STARTTLS is required to send mail", S },
		{ "Exchange", 451, "4.7.500 Server busy. Please try again later", G },
		{ "Exim", 451, "Temporary local problem - please try later", G },
		{ "postgrey", 450, "4.2.0 <u@example.net>: Recipient address rejected: Greylisted, see"
		  " http://postgrey.example", G },
		{ "milter-greylist", 451, "4.7.1 Greylisting in action, please come back in 00:05:00", G },
		{ "own words", 550, "go away", P },
	};

	CHECK_ALL(cases);
}

/* As their own sources and our captures have it; sender and recipient are taken apart. */
Test(reply_products, as_their_sources_have_it)
{
	static const struct product_case cases[] = {
		/* Postfix, smtpd/smtpd_check.c */
		{ "Postfix", 554, "5.7.1 <u@far.example>: Relay access denied", R },
		{ "Postfix", 550, "5.1.1 <u@example.com>: Recipient address rejected: User unknown in"
		  " relay recipient table", U },
		{ "Postfix", 550, "5.1.1 <u@example.com>: Recipient address rejected: User unknown in"
		  " virtual alias table", U },
		{ "Postfix", 450, "4.1.1 <u@example.com>: Recipient address rejected: unverified address:"
		  " host relay.example.net[192.0.2.7] said: 454 4.7.1 Relay access denied",
		  REPLY_USER_UNVERIFIED },
		{ "Postfix", 550, "5.1.1 <u@example.com>: Recipient address rejected: undeliverable address:"
		  " host mx[192.0.2.7] said: 550 5.7.1 Unable to relay", REPLY_USER_UNVERIFIED },
		{ "Postfix", 556, "5.1.10 <u@far.example>: Recipient address rejected: Domain far.example"
		  " does not accept mail (nullMX)", P },
		{ "Postfix", 554, "5.7.1 <u@far.example>: Recipient address rejected: Access denied", P },
		{ "Postfix", 553, "5.7.1 <u@example.com>: Sender address rejected: not logged in", F },
		{ "Postfix", 550, "5.1.8 <u@far.example>: Sender address rejected: Domain not found", F },
		{ "Postfix", 450, "4.7.1 Client host rejected: cannot find your hostname, [192.0.2.7]", B },
		{ "Postfix", 550, "5.7.1 <c>: Helo command rejected: Host not found", B },
		{ "Postfix", 504, "5.5.2 <u>: Recipient address rejected: need fully-qualified address", S },
		{ "any, RFC 7505", 556, "5.1.10 the domain has a null MX", P },
		{ "any, RFC 7504", 556, "", P },
		/* Exchange uses the number of a null MX for its own. */
		{ "Exchange", 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP"
		  " address lookup", U },
		/* Exim, src/configure.default and its program */
		{ "Exim", 550, "relay not permitted", R },
		{ "Exim", 550, "Unrouteable address", U },
		/* src/verify.c: what the recipient's own server answered, which says nothing of ours. */
		{ "Exim", 550, "Callout verification failed: 550 5.1.1 <u@far.example>: User unknown",
		  REPLY_USER_UNVERIFIED },
		{ "Exim", 550, "Callout verification failed: 550 relay not permitted",
		  REPLY_USER_UNVERIFIED },
		{ "Exim", 550, "Callout verification failed: 550 blocked using zen.spamhaus.org",
		  REPLY_USER_UNVERIFIED },
		{ "Exim", 550, "Administrative prohibition", P },
		{ "Exim", 550, "Verification failed for <u@far.example> Unrouteable address Sender verify"
		  " failed", F },
		{ "Exim", 550, "Restricted characters in address", R },
		/* sendmail, cf/m4/proto.m4 */
		{ "sendmail", 550, "5.7.1 <u@far.example>... Relaying denied", R },
		{ "sendmail", 550, "5.7.1 <u@far.example>... Relaying denied. IP name possibly forged"
		  " [192.0.2.7]", R },
		{ "sendmail", 450, "4.4.0 <u@far.example>... Relaying temporarily denied. Cannot resolve PTR"
		  " record for 192.0.2.7", R },
		{ "sendmail", 550, "5.1.1 <u@example.com>... User unknown", U },
		{ "sendmail", 550, "5.2.1 <u@example.com>... Mailbox disabled for this recipient", U },
		{ "sendmail", 553, "5.1.8 <u@far.example>... Domain of sender address u@far.example does not"
		  " exist", F },
		{ "sendmail", 556, "5.1.10 <u@far.example>... Host does not accept mail: MX 0 .", P },
		{ "sendmail", 550, "5.0.0 Access denied", P },
		/* OpenSMTPD, lka_session.c and smtp_session.c */
		{ "OpenSMTPD", 550, "Invalid recipient: <u@far.example>", E },
		{ "OpenSMTPD", 524, "5.2.4 Mailing list expansion problem: <u@example.com>", U },
		{ "OpenSMTPD", 530, "5.7.1 RCPT: Must issue an AUTH command first", A },
		{ "OpenSMTPD", 451, "4.5.3 RCPT: Too many recipients", L },
		/* notqmail, qmail-smtpd.c, and its patches */
		{ "qmail", 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", R },
		{ "qmail", 553, "sorry, your envelope sender is in my badmailfrom list (#5.7.1)", F },
		{ "qmail", 550, "sorry, no mailbox here by that name. (#5.1.1)", U },
		/* mailfront, builtins.c and the plug-ins */
		{ "mailfront", 550, "5.1.0 Mail system is not configured to accept that recipient", E },
		{ "mailfront", 550, "5.1.0 Mail system is not configured to accept that sender", F },
		{ "mailfront", 550, "5.1.1 Sorry, that recipient does not exist.", U },
		{ "mailfront", 550, "5.1.2 Address does not contain a fully qualified domain name", S },
		{ "mailfront", 530, "5.7.1 You must authenticate first.", A },
		/* Courier, its programs */
		{ "Courier", 513, "Relaying denied.", R },
		{ "Courier", 535, "Authentication required.", A },
		{ "Courier", 556, "Address unavailable.", P },
		{ "Courier", 571, "Delivery not authorized, message refused.", P },
		/* Haraka, connection.js */
		{ "Haraka", 550, "I cannot deliver mail for <u@far.example>", R },
		{ "Haraka", 550, "recipient <u@example.com> denied", P },
		{ "Haraka", 550, "Authentication required", A },
		/* Dovecot, its programs */
		{ "Dovecot", 550, "5.1.1 <u@example.com> User doesn't exist: u@example.com", U },
		{ "Dovecot", 552, "5.2.2 <u@example.com> Quota exceeded (mailbox for user is full)", L },
		{ "Dovecot", 530, "5.7.0 Authentication required.", A },
		{ "Dovecot", 451, "4.4.0 Lost connection to relay server", REPLY_TEMPORARY_UNKNOWN },
		{ "Dovecot", 451, "4.4.0 Failed to connect to relay server", REPLY_TEMPORARY_UNKNOWN },
		{ "Dovecot", 550, "5.7.0 Relay server requires authentication", P },
		/* Cyrus: a capture of ours; an older one, from general knowledge */
		{ "Cyrus", 550, "5.1.1 User unknown", U },
		{ "Cyrus", 550, "Mailbox unknown. Either there is no mailbox associated with this name or"
		  " you do not have authorization to see it. 5.1.1 User unknown", U },
		/* Stalwart, crates/smtp/src/inbound/rcpt.rs */
		{ "Stalwart", 550, "5.1.2 Relay not allowed.", R },
		{ "Stalwart", 550, "5.1.2 Mailbox does not exist.", U },
		{ "Stalwart", 452, "4.2.2 Greylisted, please try again in a few moments.", G },
		{ "Stalwart", 452, "4.4.5 Rate limit exceeded, try again later.", L },
		/* chasquid, internal/smtpsrv/conn.go */
		{ "chasquid", 503, "5.7.1 Relay not allowed", R },
		{ "chasquid", 550, "5.1.1 Destination address is unknown (user does not exist)", U },
		{ "chasquid", 550, "5.7.9 Mail to submission port must be authenticated", A },
		/* James, AbstractAuthRequiredToRelayRcptHook and ValidRcptHandler */
		{ "James", 550, "5.7.1 Requested action not taken: relaying denied", R },
		{ "James", 530, "5.7.1 Authentication Required", A },
		/* qpsmtpd, lib/Qpsmtpd/SMTP.pm and the plug-ins */
		{ "qpsmtpd", 550, "relaying denied", R },
		{ "qpsmtpd", 550, "mail to u@example.com not accepted here", P },
		/* A server that cannot reach the host behind it does not deny anybody anything. */
		{ "own words", 451, "4.4.1 relay host unavailable, cannot connect", REPLY_TEMPORARY_UNKNOWN },
	};

	CHECK_ALL(cases);
}
