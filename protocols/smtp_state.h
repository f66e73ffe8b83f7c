/*
 * smtp_state - what the files of the SMTP decoder share; included by smtp*.c alone
 *
 * In:      -
 * Out:     the decoder's state, and the calls between its parts:
 *          smtp.c         the decoder's calls, and which bytes are read now and which are held
 *          smtp_client.c  commands                 smtp_server.c  replies
 *          smtp_answer.c  what an answer means to its command
 *          smtp_queue.c   which command an answer answers
 *          smtp_mail.c    envelopes and outcomes   smtp_text.c    DATA and BDAT
 *          smtp_path.c    the address in a command smtp_auth.c    AUTH
 *          smtp_proxy.c   XCLIENT and PROXY
 * Limits:  a line of each direction (line.h), HOLD_MAX_BYTES of undecided bytes (hold.h),
 *          AWAITED_MAX commands without an answer, DEFERRED_MAX answers that wait to be bound.
 * Errors:  -
 * Owner:   smtp.c; the session is lent.
 *
 * What a client's bytes mean is for the server to say: after DATA come commands or a text,
 * after STARTTLS commands or TLS, after AUTH commands or secrets. Where the client does not wait
 * for the answer its bytes are held until the answer is there (a barrier), and read then. So
 * there is one reading of them, the server's.
 */
#ifndef RELAYWATCH_PROTOCOLS_SMTP_STATE_H
#define RELAYWATCH_PROTOCOLS_SMTP_STATE_H

#include "protocols/hold.h"
#include "protocols/line.h"
#include "protocols/session.h"
#include "protocols/transaction.h"

#define AWAITED_MAX 16384
#define MAILS_MAX 64 /* of one connection; each holds what was read of its message */
#define DEFERRED_MAX 16
#define REPLY_TEXT_MAX 512
#define ARGUMENT_MAX 1024
#define AUTH_USER_MAX 255
#define NO_RECIPIENT UINT32_MAX
#define TLS_HANDSHAKE 0x16 /* the first byte of its records; RFC 8446, 5.1 */

/* How the next bytes of the client are read. */
enum client_mode {
	CLIENT_START,   /* nothing was read: the header of a proxy may come */
	CLIENT_COMMAND, /* a command line */
	CLIENT_SASL,    /* a line of an AUTH exchange */
	CLIENT_TEXT,    /* the text after 354, to the lone dot */
	CLIENT_CHUNK,   /* the bytes of a BDAT chunk */
	CLIENT_PROXY,   /* the rest of a binary PROXY header */
	CLIENT_TLS,     /* TLS: nothing can be read, of either side */
	CLIENT_OVER     /* the server listens no more */
};

/* What must be known before the next bytes can be read. */
enum barrier {
	BARRIER_NONE,
	BARRIER_REPLY,       /* the answer to the last command */
	BARRIER_DOT,         /* a dubious lone dot: does a command follow it, or an answer? */
	BARRIER_DOT_COMMAND, /* a command follows it: did the server take it for the end? */
	BARRIER_READING,     /* the message is answered; is the command behind the dot, too? */
	BARRIER_LINE,        /* bytes were lost: is this line of the text a command? */
	BARRIER_TLS,         /* the answer to STARTTLS was lost: does TLS begin? */
	BARRIER_CLEAR        /* STARTTLS was taken: does the client go on in clear all the same? */
};

/* What an awaited answer answers. */
enum await {
	AWAIT_GREETING,
	AWAIT_HELLO, /* EHLO, HELO, LHLO */
	AWAIT_MAIL,
	AWAIT_NESTED_MAIL, /* MAIL while one is open */
	AWAIT_RCPT,
	AWAIT_DATA,
	AWAIT_CHUNK,   /* BDAT, not the last one */
	AWAIT_MESSAGE, /* the dot, or BDAT LAST */
	AWAIT_QUIT,
	AWAIT_AUTH,
	AWAIT_STARTTLS,
	AWAIT_XCLIENT,
	AWAIT_COMMAND, /* VRFY, EXPN, ETRN, TURN, ATRN: a fact of its own */
	AWAIT_OTHER,
	AWAIT_EMPTY,    /* empty lines: servers answer them, or not */
	AWAIT_PROXY,    /* a PROXY header: only a server that does not know it answers */
	AWAIT_UNTRACKED /* commands that were too many to be kept, counted */
};

struct mail;

struct awaited {
	enum await kind;
	uint32_t number; /* of the recipient; of empty lines and untracked commands, how many */
	struct mail *mail;
};

struct awaited_queue {
	struct awaited *ring;
	size_t capacity, first, count;
	/* Commands or answers were lost: only the first `certain` ones are answered in order. */
	bool doubt;
	size_t certain;
	bool answers_lost;           /* some of them may have been answered in a gap */
	struct fact_reply *deferred; /* answers that wait to be bound; without their text */
	size_t deferred_count;
	bool deferred_overflow;
};

/* One envelope, from MAIL to the answer to its message. */
struct mail {
	struct mail *next;
	struct transaction *transaction; /* NULL: no memory for it */
	uint32_t awaited;                /* answers that are still to come */
	bool ended;                      /* no further command belongs to it */
	bool doubtful;                   /* begun where it is not sure that commands are read */
	bool complete;                   /* its last byte was sent, or lost */
	bool text_begun;
	bool text_answered;                          /* the server did not wait for the end */
	enum outcome sender;                         /* the answer to MAIL */
	enum outcome data_refusal;                   /* the answer to DATA, where it is a refusal */
	enum outcome answer;                         /* to the message */
	uint64_t named, accepted, deferred, refused; /* recipients */
	/* LMTP and PRDR: one answer for each recipient that was taken. */
	bool each_recipient;
	bool prdr;
	uint64_t answers_left;
	uint32_t next_recipient;
};

/* Where the scan for the end of a text stands. */
enum text_at {
	TEXT_LINE,       /* within a line */
	TEXT_CR,         /* behind a CR */
	TEXT_LINE_START, /* behind a line end */
	TEXT_DOT,        /* behind a dot at a line's start */
	TEXT_DOT_CR      /* behind that and a CR */
};
enum line_end { END_CRLF, END_LF, END_CR };

struct text_scan {
	enum text_at at;
	enum line_end before; /* the line end in front of the dot */
	enum line_end after;  /* the one behind a dubious dot */
	bool strict;          /* the server has shown that only CRLF.CRLF ends it */
	bool gap;             /* bytes of it are missing */
	bool answers_lost;    /* bytes of the server's, while it was read */
	bool doubt;           /* answers were lost as well: it may be over */
};

struct reply_reader {
	bool open;    /* a line of several was read */
	bool whole;   /* the last reply was read to its end */
	bool blanked; /* a line of it is one keyword as long as STARTTLS, overwritten */
	uint16_t code;
	char text[REPLY_TEXT_MAX];
	size_t length;
};

struct auth_exchange {
	char mechanism[32];
	size_t mechanism_length;
	uint8_t user[AUTH_USER_MAX];
	size_t user_length;
	uint32_t responses; /* lines of the client's so far, with the initial response */
	bool line_lost;     /* of the client's, and with it perhaps the server's word */
};

struct smtp {
	struct session *session;
	const struct connection *connection;
	struct budget *budget;
	struct moment now; /* of the bytes that are read */
	enum client_mode mode;
	enum barrier barrier;
	struct line client_line, server_line;
	bool client_remnant, server_remnant; /* the next line may lack its beginning */
	struct hold hold;
	struct awaited_queue queue;
	struct mail *mail;      /* the envelope that is open */
	struct mail *mails;     /* all that are not yet told, the oldest first */
	size_t mail_count;      /* of these */
	struct mail *text_mail; /* whose text is read; NULL: of no envelope */
	struct text_scan text;
	uint64_t chunk_left_bytes;
	bool chunk_last;
	struct reply_reader reader;
	struct auth_exchange auth;
	const char
	    *command; /* the verb that AWAIT_COMMAND, AWAIT_XCLIENT and AWAIT_HELLO is about */
	uint8_t argument[ARGUMENT_MAX];
	size_t argument_length;
	uint8_t start[52]; /* a binary PROXY header with IPv6 addresses */
	size_t start_length;
	uint64_t proxy_left_bytes;
	uint8_t proxy_argument[128];
	size_t proxy_argument_length;
	bool proxied;
	uint32_t server_replies;
	bool lmtp;
	bool greeted;      /* the server has spoken as one does that begins */
	bool client_spoke; /* it has sent anything */
	bool server_spoke; /* since the client did */
	bool blind;        /* bytes were lost: what is no known command is passed over */
	bool pipelining;   /* this client does not wait for answers */
	bool broken_off;   /* the capture ended, not the connection */
};

/* smtp.c */
void smtp_client_run(struct smtp *s);      /* read what is held, as far as it is decided */
void smtp_barrier_give_up(struct smtp *s); /* no answer will come: by the client's word */
bool smtp_one_sided(const struct smtp *s); /* nothing of the server's is in the capture */

/* smtp_client.c: each gives how many bytes it used. */
size_t smtp_client_lines(struct smtp *s, struct span bytes);
enum command_look { LOOK_NO, LOOK_YES, LOOK_MAIL, LOOK_SHORT };
/* Do bytes at a line's start read as a command? LOOK_SHORT: more are needed. */
enum command_look smtp_looks_like_command(struct span bytes);

/* smtp_text.c */
size_t smtp_text_feed(struct smtp *s, struct span bytes);
size_t smtp_chunk_feed(struct smtp *s, struct span bytes);
uint64_t smtp_chunk_gap(struct smtp *s, uint64_t length_bytes); /* gives what lies behind it */
void smtp_text_begin(struct smtp *s, struct mail *mail, bool doubt);
void smtp_text_end(struct smtp *s, bool end_seen);
void smtp_text_dot_is_text(struct smtp *s);
void smtp_text_gap(struct smtp *s, uint64_t length_bytes);
void smtp_text_doubt(struct smtp *s);
void smtp_text_never_began(struct smtp *s);
void smtp_chunk_begin(struct smtp *s, uint64_t size_bytes, bool last);
bool smtp_text_end_within(struct span bytes, size_t *out_behind);

/* smtp_server.c */
void smtp_server_bytes(struct smtp *s, struct span bytes);
void smtp_server_gap(struct smtp *s);
bool smtp_is_greeting(const struct fact_reply *reply); /* one that names its protocol */
void smtp_server_client_speaks(struct smtp *s);
void smtp_server_end(struct smtp *s); /* what is incomplete counts as far as it goes */

/* smtp_answer.c; reply NULL: it was not seen. */
void smtp_answer(struct smtp *s, struct awaited awaited, const struct fact_reply *reply);
void smtp_unasked(struct smtp *s, const struct fact_reply *reply);
void smtp_text_reply(struct smtp *s, const struct fact_reply *reply);

/* smtp_queue.c */
void smtp_queue_clear(struct smtp *s);
bool smtp_await(struct smtp *s, enum await kind, struct mail *mail, uint32_t number);
void smtp_await_first(struct smtp *s, enum await kind, struct mail *mail);
bool smtp_is_decision(enum await kind); /* its answer says how the next bytes are read */
void smtp_queue_give_up_last(struct smtp *s);
void smtp_queue_forget(struct smtp *s, struct mail *mail); /* its answers are of no mail */
bool smtp_queue_awaits(const struct smtp *s);              /* any answer to come for sure */
void smtp_queue_reply(struct smtp *s, const struct fact_reply *reply);
void smtp_queue_client_speaks(struct smtp *s); /* before its bytes are read */
void smtp_queue_begins(struct smtp *s);        /* a client's greeting, with nothing before it */
void smtp_queue_answers_lost(struct smtp *s);
void smtp_queue_commands_lost(struct smtp *s);
void smtp_queue_finish(struct smtp *s); /* no more answers */

/* smtp_mail.c */
void smtp_mail_begin(struct smtp *s, const struct span *sender);
uint32_t smtp_mail_recipient(struct smtp *s, struct span address);
void smtp_mail_end(struct smtp *s);                        /* the client is through with it */
void smtp_mail_release(struct smtp *s, struct mail *mail); /* one answer less is awaited */
void smtp_mail_close_ended(struct smtp *s);
void smtp_mail_close_all(struct smtp *s);

/* smtp_path.c: the address, less < and >, of "FROM:<a@b> SIZE=1" and the like. */
bool smtp_path(struct span argument, const char *keyword, struct span *out);

/* smtp_auth.c */
void smtp_auth_begin(struct smtp *s, struct span argument);
void smtp_auth_response(struct smtp *s, struct span line);
void smtp_auth_done(struct smtp *s, const struct fact_reply *reply); /* NULL: not seen */
/* True: the reply says that a login succeeded whose command was not captured. */
bool smtp_auth_unasked(struct smtp *s, const struct fact_reply *reply);

/* smtp_proxy.c */
void smtp_xclient_done(struct smtp *s, const struct fact_reply *reply);
size_t smtp_start_feed(struct smtp *s, struct span bytes);
size_t smtp_proxy_feed(struct smtp *s, struct span bytes);
bool smtp_proxy_line(struct smtp *s, struct span line); /* true: it was one */
void smtp_proxy_done(struct smtp *s, bool accepted, const struct fact_reply *reply);

#endif
