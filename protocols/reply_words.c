#include "protocols/reply_words.h"

#include "protocols/letter_pairs.h"

#include <string.h>

/*
 * What the words mean. The first phrase that the text holds decides, so what quotes another
 * reply (a callout) or speaks of the sender stands before what it may quote. The text is
 * compared in lower case, runs of blanks as one, addresses left out.
 *
 * A row that names a file was held against that source of the product, "capture" against one of
 * ours or of the public set, "strings" against the product's program. A row that names a product
 * alone has it from lists of bounces; one that names none is from general knowledge: words that
 * mean the same whoever says them.
 */
struct phrase {
	const char *text;
	const char *and_text; /* must be there too, anywhere; NULL: nothing more */
	enum reply_class reply_class;
};

static const struct phrase phrases[] = {
	/* The sender, also where a callout about it is quoted. */
	{ "sender address rejected", NULL, REPLY_SENDER_REFUSED }, /* Postfix, smtpd_check.c */
	{ "badmailfrom", NULL, REPLY_SENDER_REFUSED }, /* notqmail, qmail-smtpd.c; mailfront */
	{ "unacceptable sender", NULL, REPLY_SENDER_REFUSED },  /* notqmail, qmail-qmtpd.c */
	{ "sender verify failed", NULL, REPLY_SENDER_REFUSED }, /* Exim, strings */
	{ "sender", "does not exist", REPLY_SENDER_REFUSED },
	{ "domain of sender address", NULL, REPLY_SENDER_REFUSED }, /* sendmail, proto.m4 */
	{ "not owned by", NULL, REPLY_SENDER_REFUSED }, /* Postfix, smtpd_check.c; Yandex */
	{ "sender address is not allowed", NULL, REPLY_SENDER_REFUSED }, /* GMX */
	{ "sender address has null mx", NULL, REPLY_SENDER_REFUSED },
	{ "sender mismatch", NULL, REPLY_SENDER_REFUSED },
	{ "not configured to accept that sender", NULL,
	  REPLY_SENDER_REFUSED },                                      /* mailfront, builtins.c */
	{ "permissions to send as", NULL, REPLY_SENDER_REFUSED },      /* Exchange */
	{ "sendernotauthenticated", NULL, REPLY_SENDER_REFUSED },      /* Exchange, of a group */
	{ "must equal authorized user", NULL, REPLY_SENDER_REFUSED },  /* QQ */
	{ "required for sender address", NULL, REPLY_SENDER_REFUSED }, /* sendmail */
	/* The recipient, by a callout. */
	{ "unverified address", NULL, REPLY_USER_UNVERIFIED },          /* Postfix, smtpd_check.c */
	{ "undeliverable address", NULL, REPLY_USER_UNVERIFIED },       /* Postfix, smtpd_check.c */
	{ "callout verification failed", NULL, REPLY_USER_UNVERIFIED }, /* Exim, verify.c */
	/* Block lists and reputation; they may name a relay ("open relay listed"). */
	{ "blocked using", NULL, REPLY_BLOCKED },        /* Postfix, default_rbl_reply */
	{ "client host rejected", NULL, REPLY_BLOCKED }, /* Postfix, smtpd_check.c */
	{ "helo command rejected: need fully-qualified", NULL, REPLY_SYNTAX },
	{ "helo command rejected", NULL, REPLY_BLOCKED }, /* Postfix, smtpd_check.c */
	{ "spamhaus", NULL, REPLY_BLOCKED },
	{ "sophos.com/security", NULL, REPLY_BLOCKED },
	{ "spamcop.net", NULL, REPLY_BLOCKED },
	{ "cbl.abuseat.org", NULL, REPLY_BLOCKED },
	{ "sorbs.net", NULL, REPLY_BLOCKED },
	{ "bsn.borderware.com", NULL, REPLY_BLOCKED },
	{ "mail-abuse.com", NULL, REPLY_BLOCKED },
	{ "barracudacentral", NULL, REPLY_BLOCKED },
	{ "psbl.surriel.com", NULL, REPLY_BLOCKED },
	{ "antispam.imp.ch", NULL, REPLY_BLOCKED },
	{ "rbl.knology.net", NULL, REPLY_BLOCKED },
	{ "intercept.datapacket.net", NULL, REPLY_BLOCKED },
	{ "uceprotect.net", NULL, REPLY_BLOCKED },
	{ "hostkarma.junkemailfilter", NULL, REPLY_BLOCKED },
	{ "blacklist", NULL, REPLY_BLOCKED },
	{ "block list", NULL, REPLY_BLOCKED },
	{ "blocklist", NULL, REPLY_BLOCKED },
	{ "black list", NULL, REPLY_BLOCKED },
	{ "denylist", NULL, REPLY_BLOCKED },
	{ "dnsbl", NULL, REPLY_BLOCKED },
	{ "listed at", NULL, REPLY_BLOCKED },
	{ "listed by", NULL, REPLY_BLOCKED },
	{ "listed on", NULL, REPLY_BLOCKED },
	{ "is listed in", NULL, REPLY_BLOCKED },    /* spamdyke */
	{ "poor reputation", NULL, REPLY_BLOCKED }, /* Cisco, Mimecast */
	{ "bad reputation", NULL, REPLY_BLOCKED },
	{ "blocked - see", NULL, REPLY_BLOCKED },  /* Proofpoint */
	{ "banned sending", NULL, REPLY_BLOCKED }, /* Exchange Online */
	{ "traffic not accepted from", NULL, REPLY_BLOCKED },
	{ "not accept mail from dynamic", NULL, REPLY_BLOCKED },
	{ "forbidden by your ip", NULL, REPLY_BLOCKED }, /* XMail */
	{ "reverse dns", NULL, REPLY_BLOCKED },
	{ "ptr record", "not have", REPLY_BLOCKED }, /* Gmail */
	{ "dns ptr", "bad", REPLY_BLOCKED },         /* GMX */
	{ "not an open relay", NULL, REPLY_RELAY_DENIED },
	{ "open relay", NULL, REPLY_BLOCKED },
	/* An unknown user whom the words of a relay would hide. */
	{ "user unknown", NULL, REPLY_USER_UNKNOWN },             /* sendmail, Postfix; captures */
	{ "unavailable or not local", NULL, REPLY_USER_UNKNOWN }, /* MailEnable */
	/* What the name service says of the recipient's domain, or of a server behind this one. */
	{ "nullmx", NULL, REPLY_POLICY_UNKNOWN },                    /* Postfix, smtpd_check.c */
	{ "null mx", NULL, REPLY_POLICY_UNKNOWN },                   /* RFC 7505 */
	{ "host does not accept mail", NULL, REPLY_POLICY_UNKNOWN }, /* sendmail, strings */
	{ "relay server requires authentication", NULL,
	  REPLY_POLICY_UNKNOWN }, /* Dovecot's submission, strings: its smarthost */
	{ "relay host", "connect", REPLY_TEMPORARY_UNKNOWN },
	/* Relaying. */
	{ "limit exceeded", NULL, REPLY_LIMITED }, /* Google's relay service, of its own */
	{ "access denied", "relay",
	  REPLY_RELAY_DENIED }, /* Postfix, smtpd_check.c; Exchange Online */
	{ "relay", "denied",
	  REPLY_RELAY_DENIED }, /* sendmail, proto.m4; Courier, strings; James; qpsmtpd */
	{ "relay", "not permitted", REPLY_RELAY_DENIED }, /* Exim, configure.default; capture */
	{ "relay", "not allowed", REPLY_RELAY_DENIED },   /* Stalwart, rcpt.rs; chasquid, conn.go */
	{ "relay", "prohibited", REPLY_RELAY_DENIED },
	{ "relay", "unable to", REPLY_RELAY_DENIED }, /* Exchange */
	{ "relay", "do not", REPLY_RELAY_DENIED },
	{ "relay", "don't", REPLY_RELAY_DENIED },
	{ "relay", "cannot", REPLY_RELAY_DENIED },
	{ "relay", "rejected", REPLY_RELAY_DENIED }, /* Domino */
	{ "relay", "not authori", REPLY_RELAY_DENIED },
	{ "relay", "unauthori", REPLY_RELAY_DENIED },
	{ "relay", "not accept", REPLY_RELAY_DENIED },
	{ "relay", "not supported", REPLY_RELAY_DENIED },
	{ "relay", "not enabled", REPLY_RELAY_DENIED },
	{ "relay", "refused", REPLY_RELAY_DENIED },
	{ "relay", "forbidden", REPLY_RELAY_DENIED },
	{ "relay", "disabled", REPLY_RELAY_DENIED },
	{ "relay", "restricted", REPLY_RELAY_DENIED },
	{ "relay", "authenticat", REPLY_RELAY_DENIED },
	{ "relay", "invalid credentials", REPLY_RELAY_DENIED },      /* Google's relay service */
	{ "relay", "have not been configured", REPLY_RELAY_DENIED }, /* MessageLabs */
	{ "not a relay", NULL, REPLY_RELAY_DENIED },
	{ "not configured to relay", NULL, REPLY_RELAY_DENIED },
	{ "no relay", NULL, REPLY_RELAY_DENIED },
	{ "uucp addressing denied", NULL, REPLY_RELAY_DENIED }, /* Barricade MX */
	{ "rcpthosts", NULL, REPLY_RELAY_DENIED },              /* notqmail, qmail-smtpd.c */
	{ "non-accepted domain", NULL, REPLY_RELAY_DENIED },    /* Exchange, NDR 5.7.54 */
	{ "tenantattribution", NULL, REPLY_RELAY_DENIED },      /* Exchange Online */
	{ "not authorized to use this service", NULL,
	  REPLY_RELAY_DENIED },                                    /* Postfix, qmqpd.c; capture */
	{ "i cannot deliver mail for", NULL, REPLY_RELAY_DENIED }, /* Haraka, connection.js */
	{ "restricted characters in", NULL,
	  REPLY_RELAY_DENIED }, /* Exim, configure.default: a trick */
	{ "delivery is not allowed to this address", NULL, REPLY_RELAY_DENIED }, /* hMailServer */
	{ "we don't handle mail for", NULL, REPLY_RELAY_DENIED },
	{ "we do not handle mail for", NULL, REPLY_RELAY_DENIED },
	{ "has non-existant domain", NULL, REPLY_RELAY_DENIED },
	{ "user not local", NULL, REPLY_RELAY_DENIED },  /* RFC 5321, 4.2.3 */
	{ "not a gateway", NULL, REPLY_RELAY_DENIED },   /* IMail */
	{ "local user only", NULL, REPLY_RELAY_DENIED }, /* Coremail */
	{ "not a local domain", NULL, REPLY_RELAY_DENIED },
	{ "domain not local", NULL, REPLY_RELAY_DENIED },
	{ "domain is not local", NULL, REPLY_RELAY_DENIED },
	{ "not hosted here", NULL, REPLY_RELAY_DENIED },
	{ "domain is not hosted", NULL, REPLY_RELAY_DENIED },
	{ "accept mail for", "not", REPLY_RELAY_DENIED },
	{ "accept mail for", "n't", REPLY_RELAY_DENIED },
	{ "to remote addresses", "not allowed", REPLY_RELAY_DENIED },
	/* The same in other languages, as servers that were translated say it. */
	{ "relay", "nicht", REPLY_RELAY_DENIED },
	{ "relay", "verweigert", REPLY_RELAY_DENIED },
	{ "relay", "non consentito", REPLY_RELAY_DENIED },
	{ "relay", "non permesso", REPLY_RELAY_DENIED },
	{ "relay", "negato", REPLY_RELAY_DENIED },
	{ "relay", "no permitido", REPLY_RELAY_DENIED },
	{ "relay", "nao permitido", REPLY_RELAY_DENIED },
	{ "relay", "n\xc3\xa3o permitido", REPLY_RELAY_DENIED },
	{ "relay", "denegado", REPLY_RELAY_DENIED },
	{ "relay", "negado", REPLY_RELAY_DENIED },
	{ "relay", "interdit", REPLY_RELAY_DENIED },
	{ "relais", "refus", REPLY_RELAY_DENIED },
	{ "relais", "interdit", REPLY_RELAY_DENIED },
	{ "relay", "niet toegestaan", REPLY_RELAY_DENIED },
	/* One text for a foreign domain and for an unknown user. */
	{ "invalid recipient", "5.1.1", REPLY_USER_UNKNOWN }, /* Symantec, Orange */
	{ "invalid recipient", "mimecast", REPLY_USER_UNKNOWN },
	{ "invalid recipient", NULL, REPLY_RELAY_OR_USER }, /* OpenSMTPD, lka_session.c; capture */
	{ "mailing list expansion problem", NULL,
	  REPLY_USER_UNKNOWN }, /* OpenSMTPD, lka_session.c; capture */
	{ "#5.1.0 address rejected", NULL, REPLY_RELAY_OR_USER }, /* Cisco: table or directory */
	{ "not configured to accept that recipient", NULL,
	  REPLY_RELAY_OR_USER }, /* mailfront, builtins.c; capture */
	/* Authentication. */
	{ "too many auth", NULL, REPLY_LIMITED },                    /* Postfix, smtpd.c */
	{ "not logged in", NULL, REPLY_AUTH_REQUIRED },              /* Postfix, smtpd_check.c */
	{ "not authenticated", NULL, REPLY_AUTH_REQUIRED },          /* Exchange */
	{ "must issue an auth command", NULL, REPLY_AUTH_REQUIRED }, /* OpenSMTPD, smtp_session.c */
	{ "must authenticate", NULL, REPLY_AUTH_REQUIRED },          /* mailfront, builtins.c */
	{ "must be authenticated", NULL, REPLY_AUTH_REQUIRED },      /* chasquid, conn.go */
	{ "authentication required", NULL,
	  REPLY_AUTH_REQUIRED }, /* Dovecot, Haraka, Courier; capture */
	{ "requires authentication", NULL, REPLY_AUTH_REQUIRED }, /* MailEnable */
	{ "use smtp auth", NULL, REPLY_AUTH_REQUIRED },
	{ "starttls", NULL, REPLY_SYNTAX }, /* "530 must issue a STARTTLS command first" */
	{ "authentication is required", NULL, REPLY_AUTH_REQUIRED }, /* hMailServer, Coremail */
	{ "authentication needed", NULL, REPLY_AUTH_REQUIRED },
	{ "authorization required", NULL, REPLY_AUTH_REQUIRED },
	{ "requires smtp authentication", NULL, REPLY_AUTH_REQUIRED },
	{ "turn on smtp auth", NULL, REPLY_AUTH_REQUIRED },
	{ "auth required", NULL, REPLY_AUTH_REQUIRED },
	{ "authenticate first", NULL, REPLY_AUTH_REQUIRED },
	{ "please authenticate", NULL, REPLY_AUTH_REQUIRED },
	{ "need to authenticate", NULL, REPLY_AUTH_REQUIRED },
	{ "must log in", NULL, REPLY_AUTH_REQUIRED },
	{ "log in first", NULL, REPLY_AUTH_REQUIRED },
	{ "login first", NULL, REPLY_AUTH_REQUIRED },
	{ "permissions to submit", NULL, REPLY_AUTH_REQUIRED },   /* Exchange */
	{ "unauthenticated senders", NULL, REPLY_AUTH_REQUIRED }, /* SendGrid */
	/* Users. */
	{ "unknown user", NULL, REPLY_USER_UNKNOWN }, /* James */
	{ "no such user", NULL, REPLY_USER_UNKNOWN },
	{ "no such recipient", NULL, REPLY_USER_UNKNOWN },
	{ "no such mailbox", NULL, REPLY_USER_UNKNOWN },
	{ "no mailbox here", NULL, REPLY_USER_UNKNOWN }, /* qmail, patches */
	{ "mailbox unavailable", NULL, REPLY_USER_UNKNOWN },
	{ "mailbox not found", NULL, REPLY_USER_UNKNOWN },
	{ "mailbox disabled", NULL, REPLY_USER_UNKNOWN },        /* sendmail, proto.m4 */
	{ "unrouteable address", NULL, REPLY_USER_UNKNOWN },     /* Exim, strings; capture */
	{ "unknown in", "recipient table", REPLY_USER_UNKNOWN }, /* Postfix, smtpd_check.c */
	{ "does not exist", NULL,
	  REPLY_USER_UNKNOWN }, /* mailfront; Stalwart, rcpt.rs; chasquid, conn.go */
	{ "doesn't exist", NULL, REPLY_USER_UNKNOWN }, /* Dovecot, strings; capture */
	{ "unknown recipient", NULL, REPLY_USER_UNKNOWN },
	{ "recipient unknown", NULL, REPLY_USER_UNKNOWN },
	{ "recipient not found", NULL, REPLY_USER_UNKNOWN }, /* Exchange */
	{ "recipnotfound", NULL, REPLY_USER_UNKNOWN },
	{ "recipientnotfound", NULL, REPLY_USER_UNKNOWN }, /* Exchange */
	{ "recipient address rejected: access denied", "5.4.1",
	  REPLY_USER_UNKNOWN }, /* Exchange Online */
	{ "is not deliverable", NULL, REPLY_USER_UNKNOWN },
	{ "user not found", NULL, REPLY_USER_UNKNOWN }, /* mail.ru, SurgeMail */
	{ "user not known", NULL, REPLY_USER_UNKNOWN },
	{ "not a known user", NULL, REPLY_USER_UNKNOWN },
	{ "user account is unavailable", NULL, REPLY_USER_UNKNOWN },
	{ "unknown local", NULL, REPLY_USER_UNKNOWN }, /* Exim, a local part */
	{ "unknown account", NULL, REPLY_USER_UNKNOWN },
	{ "unknown address", NULL, REPLY_USER_UNKNOWN },
	{ "address unknown", NULL, REPLY_USER_UNKNOWN },
	{ "addressee unknown", NULL, REPLY_USER_UNKNOWN },
	{ "mailbox unknown", NULL, REPLY_USER_UNKNOWN }, /* Cyrus */
	{ "unknown mailbox", NULL, REPLY_USER_UNKNOWN },
	{ "invalid mailbox", NULL, REPLY_USER_UNKNOWN },
	{ "invalid user", NULL, REPLY_USER_UNKNOWN },
	{ "not a valid mailbox", NULL, REPLY_USER_UNKNOWN },
	{ "not a valid user", NULL, REPLY_USER_UNKNOWN },
	{ "no such address", NULL, REPLY_USER_UNKNOWN },
	{ "no such account", NULL, REPLY_USER_UNKNOWN },
	{ "no such local", NULL, REPLY_USER_UNKNOWN },
	{ "no such person", NULL, REPLY_USER_UNKNOWN },
	{ "no account by that name", NULL, REPLY_USER_UNKNOWN },
	{ "no mailbox by that name", NULL, REPLY_USER_UNKNOWN },
	{ "account", "disabled", REPLY_USER_UNKNOWN },
	{ "account", "inactive", REPLY_USER_UNKNOWN },
	{ "account", "suspended", REPLY_USER_UNKNOWN },
	{ "doesn't have a", "account", REPLY_USER_UNKNOWN }, /* Yahoo */
	{ "not listed in", NULL, REPLY_USER_UNKNOWN },       /* Domino's address book */
	{ "benutzer unbekannt", NULL, REPLY_USER_UNKNOWN },
	{ "nger unbekannt", NULL, REPLY_USER_UNKNOWN }, /* however its umlaut is written */
	{ "utente sconosciuto", NULL, REPLY_USER_UNKNOWN },
	{ "casella inesistente", NULL, REPLY_USER_UNKNOWN },
	{ "utilisateur inconnu", NULL, REPLY_USER_UNKNOWN },
	{ "destinataire inconnu", NULL, REPLY_USER_UNKNOWN },
	{ "usuario desconocido", NULL, REPLY_USER_UNKNOWN },
	{ "desconhecido", NULL, REPLY_USER_UNKNOWN },
	{ "inexistente", NULL, REPLY_USER_UNKNOWN },
	{ "gebruiker onbekend", NULL, REPLY_USER_UNKNOWN },
	/* Not now. */
	{ "service currently unavailable", NULL, REPLY_GREYLISTED }, /* postscreen, strings */
	{ "greylist", NULL, REPLY_GREYLISTED }, /* Stalwart, rcpt.rs; postgrey */
	{ "graylist", NULL, REPLY_GREYLISTED },
	{ "grey listed", NULL, REPLY_GREYLISTED },
	/* Numbers and rates. */
	{ "too much mail from", NULL, REPLY_LIMITED }, /* Postfix, smtpd.c */
	{ "too many hops", NULL, REPLY_CONTENT },
	{ "too many", NULL, REPLY_LIMITED },
	{ "receiving mail at a rate", NULL, REPLY_LIMITED }, /* Gmail */
	{ "unusual rate", NULL, REPLY_LIMITED },
	{ "rate limit", NULL, REPLY_LIMITED },
	{ "over quota", NULL, REPLY_LIMITED },
	{ "quota exceeded", NULL, REPLY_LIMITED },
	{ "exceeded storage", NULL, REPLY_LIMITED },
	{ "insufficient", NULL, REPLY_LIMITED },      /* storage, memory, system resources */
	{ "frequency limited", NULL, REPLY_LIMITED }, /* QQ */
	{ "mailbox full", NULL, REPLY_LIMITED },
	{ "mailbox is full", NULL, REPLY_LIMITED },
	{ "weren't sent", NULL, REPLY_LIMITED },         /* Hotmail */
	{ "permanently deferred", NULL, REPLY_BLOCKED }, /* Yahoo */
	{ "temporarily deferred", NULL, REPLY_BLOCKED },
	{ "try again later", NULL, REPLY_GREYLISTED },
	{ "try later", NULL, REPLY_GREYLISTED },
	/* The message. */
	{ "unsolicited mail", NULL, REPLY_CONTENT },
	{ "databytes", NULL, REPLY_CONTENT }, /* qmail */
	{ "message too large", NULL, REPLY_CONTENT },
	{ "message size", NULL, REPLY_CONTENT },
	{ "is looping", NULL, REPLY_CONTENT },
	{ "content rejected", NULL, REPLY_CONTENT },
	{ "spam", NULL, REPLY_CONTENT },
	{ "virus", NULL, REPLY_CONTENT },
	/* The protocol. */
	{ "fully-qualified", NULL, REPLY_SYNTAX },    /* Postfix, smtpd_check.c */
	{ "fully qualified", NULL, REPLY_SYNTAX },    /* mailfront; sendmail, proto.m4 */
	{ "domain not found", NULL, REPLY_SYNTAX },   /* Postfix, smtpd_check.c */
	{ "command pipelining", NULL, REPLY_SYNTAX }, /* Postfix, smtpd_check.c */
	{ "synchronization", NULL, REPLY_SYNTAX },    /* Exim, strings */
	{ "protocol error", NULL, REPLY_SYNTAX },     /* postscreen, strings */
	{ "syntax error", NULL, REPLY_SYNTAX },
	{ "bad syntax", NULL, REPLY_SYNTAX },
	{ "bad address syntax", NULL, REPLY_SYNTAX },
	{ "netstring", NULL, REPLY_SYNTAX }, /* Postfix, qmqpd.c; mailfront */
	{ "addresses like that", NULL, REPLY_SYNTAX },
	{ "can't handle that recipient", NULL, REPLY_SYNTAX }, /* notqmail, qmail-qmtpd.c */
	{ "i can break rules", NULL, REPLY_SYNTAX },           /* Postfix, smtpd.c and postscreen */
	{ "no recipients specified", NULL, REPLY_SYNTAX },
	{ "no valid recipients", NULL, REPLY_SYNTAX },
	{ "mail first", NULL, REPLY_SYNTAX },
	{ "rcpt first", NULL, REPLY_SYNTAX },
	{ "error: access denied", NULL, REPLY_BLOCKED }, /* Postfix, smtpd.c */
};

/* Copy the text in lower case, blanks as one, what stands between < and > left out. */
static struct span normalise(struct span text, uint8_t out[REPLY_WORDS_BYTES])
{
	bool inside = false;
	size_t n = 0, last_close;

	text = span_part(text, 0, REPLY_WORDS_BYTES);
	last_close = span_find_last_byte(text, '>');
	for (size_t i = 0; i < text.length; i++) {
		uint8_t byte = ascii_lower(text.data[i]);

		if (byte == '<' && last_close != SPAN_NOT_FOUND && i < last_close)
			inside = true;
		if (inside) {
			inside = byte != '>';
			continue;
		}
		if (byte == '\t' || byte == '\r' || byte == '\n')
			byte = ' ';
		if (byte != ' ' || n == 0 || out[n - 1] != ' ')
			out[n++] = byte;
	}
	return span_of(out, n);
}

/*
 * A word that says nothing of what the server thinks: an address, which the client chose, or the
 * name of a host that relays ("relay1.example.net: user not found").
 */
static bool is_name(struct span word)
{
	size_t dot;

	if (span_find_byte(word, '@') != SPAN_NOT_FOUND)
		return true;
	dot = span_find_byte(word, '.');
	return dot != SPAN_NOT_FOUND && dot + 1 < word.length &&
	       memmem(word.data, word.length, "relay", 5) != NULL;
}

/* Leave out names. */
static struct span without_names(struct span text, uint8_t *data)
{
	size_t n = 0, word = 0;

	for (size_t i = 0; i <= text.length; i++) {
		uint8_t byte = i < text.length ? text.data[i] : ' ';

		if (byte == ' ' && is_name(span_of(data + word, n - word)))
			n = word;
		if (i < text.length)
			data[n++] = byte;
		if (byte == ' ')
			word = n;
	}
	return span_of(data, n);
}

/* Tell whether the words, in lower case, hold a text of ours. */
static bool holds(struct span words, const struct letter_pairs *pairs, const char *text)
{
	return letter_pairs_may_hold(pairs, text) &&
	       memmem(words.data, words.length, text, strlen(text)) != NULL;
}

/* Say what the words tell. */
enum reply_class reply_words_class(struct span text)
{
	uint8_t buffer[REPLY_WORDS_BYTES];
	struct span words = without_names(normalise(text, buffer), buffer);
	struct letter_pairs pairs;

	letter_pairs_find(words, &pairs);
	for (size_t i = 0; i < ARRAY_COUNT(phrases); i++) {
		if (!holds(words, &pairs, phrases[i].text))
			continue;
		if (phrases[i].and_text == NULL || holds(words, &pairs, phrases[i].and_text))
			return phrases[i].reply_class;
	}
	return REPLY_NONE;
}
