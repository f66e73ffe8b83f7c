/*
 * fact - the narrow waist: what was seen, one self-contained record each
 *
 * In:      protocols/ makes facts (contacts: reassembly/, by way of app/).
 * Out:     detectors/ judge them, sinks/ print them; nothing else passes between the stages.
 * Limits:  FACT_RECIPIENTS_MAX recipients in one fact, more go in continuation facts that
 *          follow it at once; FACT_TRACE_MAX Received lines; texts as said at each member.
 * Errors:  -
 * Owner:   a fact and every span in it are lent until the callback returns.
 */
#ifndef RELAYWATCH_CORE_FACT_H
#define RELAYWATCH_CORE_FACT_H

#include "core/mail.h"

#define FACT_SCHEMA 1
#define FACT_RECIPIENTS_MAX 100
#define FACT_TRACE_MAX 8
#define SESSION_ID_MAX 20 /* 16 hexadecimal digits and the NUL fit */

enum fact_kind { FACT_TRANSACTION, FACT_SESSION, FACT_AUTH, FACT_COMMAND, FACT_CONTACT, FACT_DNS };

/* How a server's software was told, the surest last. */
enum software_source {
	SOFTWARE_UNTOLD,
	SOFTWARE_BY_HABIT,    /* words that others are known to have copied */
	SOFTWARE_BY_KEYWORD,  /* a keyword in the answer to EHLO */
	SOFTWARE_BY_GREETING, /* which an operator can set */
	SOFTWARE_BY_REPLY     /* words of its own in any other reply */
};

struct software {
	const char *name; /* a constant; NULL: its words do not tell */
	enum software_source source;
};

/* A proxy that the client asked for the mail server, and that let it through. */
struct fact_via {
	enum via_type type; /* VIA_NOTHING: the client talks to the server itself */
	enum via_login login;
	uint16_t port;      /* that it asked for */
	struct span target; /* "host:port" as it asked; at most 262 bytes */
};

/* The session that a fact comes from, as far as it was seen at that moment. */
struct fact_origin {
	char session[SESSION_ID_MAX];
	struct connection connection;
	enum mail_protocol protocol;
	enum tls_use tls;
	enum auth_result auth;
	bool auth_unseen; /* the answer to an attempt was not captured: it may have been a yes */
	struct ip_address claimed_client; /* by PROXY or XCLIENT; family 0: none */
	uint16_t claimed_port;
	bool claim_trusted;       /* it came from a configured proxy, and counts as the client */
	bool claim_accepted;      /* the server took it: XCLIENT got 220, or the talk went on */
	struct fact_via via;      /* the far server's words are then in here, not the proxy's */
	struct span helo;         /* the name in EHLO, HELO or LHLO */
	struct span banner;       /* the text of the greeting, without its code */
	struct software software; /* of the server, as far as it was told by then */
	uint32_t flags;           /* enum session_flag */
};

struct fact_reply {
	uint16_t code;     /* SMTP; 0 for QMTP and QMQP, and when no reply was seen */
	char letter;       /* K, Z or D; else 0 */
	char enhanced[12]; /* RFC 3463, "5.7.1"; else empty */
	enum reply_class reply_class;
	struct span text; /* at most 512 bytes of it, the first line first */
	int64_t time_ns;
	struct frame_id at;
};

struct fact_recipient {
	struct span address;   /* as on the wire, less < and > */
	struct span canonical; /* local part and domain where the mail would go in the end; domain
	                             lower case as A-labels, local part lower case (for comparing) */
	struct span domain;    /* the domain of canonical, a part of it; empty: none */
	struct span
	    outer_domain; /* what stood after the last @ on the wire, folded likewise; differs
	                             from domain with a trick */
	uint32_t tricks;  /* enum address_trick */
	enum recipient_verdict verdict;
	bool inferred_accepted;  /* the answer was not seen; the client's going on shows it */
	struct fact_reply reply; /* the answer to this recipient */
	int64_t time_ns;         /* when it was named */
	struct frame_id at;
};

/* One Received line, RFC 5321, 4.4, the parts as they stand. Empty: not there. */
struct fact_trace {
	struct span from_name;  /* what the client called itself */
	struct ip_address from; /* the address that the server saw; family 0: none */
	struct span by;
	struct span with; /* SMTP, ESMTP, ESMTPSA, QMTP, ... */
	struct span for_address;
	struct span raw; /* unfolded, at most 512 bytes */
};

struct fact_transaction {
	struct fact_origin origin;
	uint32_t index; /* from 1, in its session */
	bool mail_from_seen;
	struct span mail_from; /* as on the wire, less < and >; empty: the null sender */
	const struct fact_recipient *recipients;
	uint32_t recipient_count;       /* in this fact */
	uint32_t recipient_first;       /* number of the first one of this fact, from 0 */
	uint64_t recipients_total;      /* in the whole transaction, also those that are not kept */
	bool last;                      /* no continuation follows */
	struct span message_id;         /* without < and >; empty: none, or not seen */
	struct span header_from;        /* the address of the header's From */
	struct span date;               /* the header's, as it stands */
	struct span return_path;        /* the header's, without < and > */
	struct ip_address originating;  /* the header's X-Originating-IP; family 0: none */
	const struct fact_trace *trace; /* the topmost first */
	uint32_t trace_count;
	bool has_list_headers;    /* List-Id and the like, Precedence: list or bulk */
	bool is_automatic;        /* Auto-Submitted other than no, or a delivery report */
	bool header_complete;     /* the end of the message's head was seen, without a gap */
	uint64_t body_bytes;      /* the message, line ends as CRLF; transport framing left out */
	uint8_t body_digest[16];  /* of the body, see protocols/message.h */
	bool body_digest_known;   /* the whole body was seen */
	uint64_t body_size_bytes; /* of what the digest is about */
	bool data_invited;        /* SMTP: 354 was seen */
	bool complete;            /* the client sent the last byte of the message */
	enum outcome outcome;
	struct fact_reply answer; /* the one that decided the outcome */
	int64_t start_ns, end_ns;
	struct frame_id start_at, end_at;
};

struct fact_tls {
	struct span version;     /* "TLSv1.3"; empty: not told */
	struct span server_name; /* SNI */
	char ja3[33];
	struct span certificate_subject;
	uint64_t bytes[2]; /* after the handshake began, by enum direction */
	/* How often the client took its turn; two are the handshake's (RFC 5246, 7.3; RFC 8446, 2). */
	uint32_t turns;
	uint64_t talk_bytes; /* the client's, from the third turn on */
	int64_t start_ns, end_ns;
};

struct fact_session {
	struct fact_origin origin;
	struct span auth_mechanism; /* of the last attempt */
	struct span auth_user;      /* of the attempt that succeeded, else of the last one */
	uint32_t auth_attempts, auth_failures;
	struct fact_tls tls;
	uint32_t transactions;
	bool ehlo_answered;    /* with a yes that was seen whole, in clear */
	bool starttls_offered; /* in any answer to EHLO */
	bool
	    starttls_blanked; /* a keyword of its length was overwritten there, and it was not offered */
	enum close_reason end;
	int64_t start_ns, end_ns;
	uint64_t bytes[2]; /* payload that was delivered, by enum direction */
	struct frame_id end_at;
};

struct fact_auth {
	struct fact_origin origin;
	struct span mechanism;
	struct span user;        /* empty: hidden by the mechanism; never a secret */
	enum auth_result result; /* AUTH_NONE: the answer was not seen */
	struct fact_reply reply;
};

/* VRFY, EXPN, ETRN, TURN, ATRN, XCLIENT, and PROXY headers. */
struct fact_command {
	struct fact_origin origin;
	char verb[12];
	struct span argument; /* at most 512 bytes */
	bool accepted;
	struct fact_reply reply;
};

enum dns_type { DNS_MX, DNS_A, DNS_AAAA };

struct fact_dns_answer {
	enum dns_type type;
	struct span owner;         /* the name that it is about, lower case, no dot at the end */
	uint16_t preference;       /* MX */
	struct span exchange;      /* MX: the name; empty: a null MX (RFC 7505) */
	struct ip_address address; /* A, AAAA */
	uint32_t ttl_s;
};

struct fact_dns {
	struct ip_address client, resolver;
	struct span name; /* of the question, lower case, no dot at the end */
	enum dns_type type;
	uint8_t rcode; /* RFC 1035; 3: no such name */
	const struct fact_dns_answer *answers;
	uint32_t answer_count;
};

struct fact {
	enum fact_kind kind;
	int64_t time_ns;    /* when it was known */
	struct frame_id at; /* the packet by which it was known */
	union {
		struct fact_transaction transaction;
		struct fact_session session;
		struct fact_auth auth;
		struct fact_command command;
		struct contact contact;
		struct fact_dns dns;
	} as;
};

struct fact_sink {
	void (*fact)(void *ctx, const struct fact *fact);
	void *ctx;
};

const char *fact_kind_word(enum fact_kind kind);
const char *dns_type_word(enum dns_type type);
const char *contact_kind_word(enum contact_kind kind);
/* The client that counts: the one that a believed proxy names, else the TCP client. */
const struct ip_address *fact_client(const struct fact_origin *origin);

#endif
