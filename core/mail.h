/*
 * mail - the words that mail protocols, facts and findings share
 *
 * In:      -
 * Out:     enumerations, and the word for each as INTERFACE (docs/interface.md) prints it.
 * Limits:  -
 * Errors:  a value outside its enumeration prints as "unknown".
 * Owner:   the words are constants.
 */
#ifndef RELAYWATCH_CORE_MAIL_H
#define RELAYWATCH_CORE_MAIL_H

#include "core/conversation.h"

enum mail_protocol { PROTOCOL_UNKNOWN, PROTOCOL_SMTP, PROTOCOL_LMTP, PROTOCOL_QMTP, PROTOCOL_QMQP };

enum tls_use { TLS_NONE, TLS_STARTTLS, TLS_IMPLICIT };

/* The last word on authentication that was seen. */
enum auth_result { AUTH_NONE, AUTH_OK, AUTH_FAILED, AUTH_HIDDEN };

/* The answer to one recipient. */
enum recipient_verdict {
	RECIPIENT_UNKNOWN, /* the answer was not seen */
	RECIPIENT_ACCEPTED,
	RECIPIENT_DENIED_RELAY,
	RECIPIENT_DENIED_USER,
	RECIPIENT_DENIED_POLICY,
	RECIPIENT_TEMPFAIL
};

/* The answer to one message. */
enum outcome {
	OUTCOME_UNKNOWN,
	OUTCOME_ACCEPTED,
	OUTCOME_REJECTED,
	OUTCOME_TEMPFAIL,
	OUTCOME_ABORTED
};

/* What a reply means, by its words; finer than a verdict. See protocols/reply.c. */
enum reply_class {
	REPLY_NONE,            /* no reply seen */
	REPLY_POSITIVE,        /* 2xx, K */
	REPLY_INTERMEDIATE,    /* 3xx */
	REPLY_RELAY_DENIED,    /* "I do not relay" */
	REPLY_AUTH_REQUIRED,   /* a relay denial too, when the recipient is foreign */
	REPLY_USER_UNKNOWN,    /* no such user */
	REPLY_USER_UNVERIFIED, /* "unverified", "undeliverable": the word of a callout */
	REPLY_RELAY_OR_USER,   /* one text for both: OpenSMTPD, mailfront */
	REPLY_BLOCKED,         /* block list, reputation of the client */
	REPLY_GREYLISTED,      /* try later */
	REPLY_LIMITED,         /* rate, number, size of queue */
	REPLY_SENDER_REFUSED,
	REPLY_CONTENT,          /* the message itself */
	REPLY_SYNTAX,           /* protocol, order of commands, syntax */
	REPLY_POLICY_UNKNOWN,   /* no for good, in words that no table knows */
	REPLY_TEMPORARY_UNKNOWN /* not now, in words that no table knows */
};

/* What a session came through before it was mail: a proxy that was asked for the server. */
enum via_type { VIA_NOTHING, VIA_HTTP_CONNECT, VIA_SOCKS4, VIA_SOCKS5 };

/* Whether the proxy asked its client who it is. */
enum via_login {
	VIA_LOGIN_NONE,
	VIA_LOGIN_OFFERED, /* unasked, so that the proxy may pass over it; or nobody saw */
	VIA_LOGIN_TAKEN    /* the proxy asked for it, and let the client in by it */
};

/* How an address tries to be read two ways. Bits. See protocols/mail_address.c. */
enum address_trick {
	TRICK_PERCENT_HACK = 1 << 0,      /* u%foreign@server */
	TRICK_BANG_PATH = 1 << 1,         /* foreign!u, foreign!u@server */
	TRICK_SOURCE_ROUTE = 1 << 2,      /* @server:u@foreign */
	TRICK_QUOTED_ADDRESS = 1 << 3,    /* "u@foreign", "u@foreign"@server */
	TRICK_DOUBLE_AT = 1 << 4,         /* u@foreign@server */
	TRICK_NESTED_NETSTRING = 1 << 5,  /* 22:u@foreign, : a scanner's wrong wrapping on QMQP */
	TRICK_ADDRESS_LITERAL = 1 << 6,   /* u@[192.0.2.1] around one of the above */
	TRICK_NO_ANGLE_BRACKETS = 1 << 7, /* RCPT TO: u@foreign; never a trick by itself */
	TRICK_TRAILING_DOT = 1 << 8       /* u@foreign. */
};

/* Flags of a session, as `relaywatch.flags` prints them. Bits. */
enum session_flag {
	SESSION_MIDSTREAM = 1 << 0,
	SESSION_GAP = 1 << 1,
	SESSION_ONE_SIDED = 1 << 2,
	SESSION_OVERLAP_CONFLICT = 1 << 3,
	SESSION_TRUNCATED = 1 << 4,
	SESSION_NONSTANDARD_PORT = 1 << 5,
	SESSION_PIPELINING = 1 << 6,
	SESSION_CHUNKING = 1 << 7,
	SESSION_MALFORMED = 1 << 8,
	SESSION_SMUGGLING = 1 << 9,
	SESSION_SHORT_REPLIES = 1 << 10 /* QMTP: fewer answers than recipients (mailfront) */
};

/* Some of it is not in the capture, or may have been read otherwise by the receiver. */
#define SESSION_IN_PART                                                                   \
	(SESSION_MIDSTREAM | SESSION_GAP | SESSION_ONE_SIDED | SESSION_OVERLAP_CONFLICT | \
	 SESSION_TRUNCATED)

/* What stands before (all where there is none) and behind the last @ of an address. */
struct span mail_local_part_of(struct span address);
struct span mail_domain_of(struct span address);
const char *mail_protocol_word(enum mail_protocol protocol);
const char *tls_use_word(enum tls_use tls);
const char *auth_result_word(enum auth_result result);
const char *recipient_verdict_word(enum recipient_verdict verdict);
const char *outcome_word(enum outcome outcome);
const char *via_type_word(enum via_type type);
const char *reply_class_word(enum reply_class reply_class);
const char *close_reason_word(enum close_reason reason);
/* The word of the lowest bit set in *bits, which is then cleared; NULL when none is left. */
const char *address_trick_next(uint32_t *bits);
const char *session_flag_next(uint32_t *bits);

#endif
