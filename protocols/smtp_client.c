#include "protocols/smtp_state.h"

#include "protocols/mail_port.h"

#include <string.h>

/*
 * command = verb [SP argument] CRLF (RFC 5321, 4.1.1). Verbs are told without regard to case and
 * compared whole: X is no X-ANONYMOUSTLS, and DATAX is no DATA.
 */

/* The command's answer decides how the next bytes are read. */
static void await_decision(struct smtp *s, enum await kind, struct mail *mail)
{
	bool tracked = smtp_await(s, kind, mail, 0);

	s->barrier = BARRIER_REPLY;
	if (!tracked)
		smtp_answer(s, (struct awaited){ .kind = kind, .mail = mail }, NULL);
	else if (smtp_one_sided(s))
		smtp_barrier_give_up(s);
}

static void keep_argument(struct smtp *s, const char *command, struct span argument)
{
	struct span kept = span_part(argument, 0, sizeof(s->argument));

	s->command = command;
	s->argument_length = kept.length;
	if (kept.length > 0)
		memcpy(s->argument, kept.data, kept.length);
}

static void run_hello(struct smtp *s, const char *verb, struct span argument)
{
	size_t blank = span_find_byte(argument, ' ');

	if (s->server_replies == 0)
		smtp_queue_begins(s); /* whatever was lost, here the talk begins */
	keep_argument(s, verb, span_part(argument, 0, blank));
	await_decision(s, AWAIT_HELLO, NULL);
}

static void run_mail(struct smtp *s, const char *verb, struct span argument)
{
	struct span sender;
	bool seen = smtp_path(argument, "FROM", &sender);

	if (!seen && s->blind)
		return; /* words of a text */
	if (!seen)
		session_add_flags(s->session, SESSION_MALFORMED);
	if (s->mail != NULL) {
		keep_argument(s, verb, seen ? sender : span_of("", 0));
		await_decision(s, AWAIT_NESTED_MAIL, NULL);
		return;
	}
	smtp_mail_begin(s, seen ? &sender : NULL);
	(void)smtp_await(s, AWAIT_MAIL, s->mail, 0);
}

static void run_rcpt(struct smtp *s, const char *verb, struct span argument)
{
	struct span address;

	(void)verb;
	if (!smtp_path(argument, "TO", &address)) {
		if (s->blind)
			return; /* words of a text */
		session_add_flags(s->session, SESSION_MALFORMED);
		(void)smtp_await(s, AWAIT_OTHER, NULL, 0);
		return;
	}
	if (s->mail == NULL && s->blind)
		smtp_mail_begin(s, NULL); /* its MAIL was not captured */
	if (s->mail == NULL) {
		(void)smtp_await(s, AWAIT_OTHER, NULL, 0);
		return;
	}
	(void)smtp_await(s, AWAIT_RCPT, s->mail, smtp_mail_recipient(s, address));
}

static void run_data(struct smtp *s, const char *verb, struct span argument)
{
	(void)verb;
	(void)argument;
	await_decision(s, AWAIT_DATA, s->mail);
}

/* Read a chunk size; false: it is none, or too big to be one. */
static bool read_size(struct span text, uint64_t *out)
{
	uint64_t value = 0;

	if (text.length == 0)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (!ascii_is_digit(text.data[i]) || value > (UINT64_MAX - 9) / 10)
			return false;
		value = value * 10 + (uint64_t)(text.data[i] - '0');
	}
	*out = value;
	return true;
}

/* bdat-cmd = "BDAT" SP chunk-size [ SP "LAST" ] CR LF (RFC 3030, 2). */
static void run_bdat(struct smtp *s, const char *verb, struct span argument)
{
	size_t blank = span_find_byte(argument, ' ');
	struct span rest = span_of(NULL, 0);
	uint64_t size;
	bool last;

	(void)verb;
	if (blank != SPAN_NOT_FOUND)
		rest = span_trim(span_part(argument, blank, SIZE_MAX));
	last = span_is_nocase(rest, "LAST");
	session_add_flags(s->session, SESSION_CHUNKING);
	if (!read_size(span_part(argument, 0, blank), &size) || (rest.length > 0 && !last)) {
		session_add_flags(s->session, SESSION_MALFORMED);
		(void)smtp_await(s, AWAIT_CHUNK, s->mail, 0);
		return;
	}
	smtp_chunk_begin(s, size, last);
}

static void run_rset(struct smtp *s, const char *verb, struct span argument)
{
	(void)verb;
	(void)argument;
	(void)smtp_await(s, AWAIT_OTHER, NULL, 0);
	smtp_mail_end(s);
}

static void run_quit(struct smtp *s, const char *verb, struct span argument)
{
	(void)verb;
	(void)argument;
	smtp_mail_end(s);
	await_decision(s, AWAIT_QUIT, NULL);
}

static void run_starttls(struct smtp *s, const char *verb, struct span argument)
{
	(void)verb;
	(void)argument;
	await_decision(s, AWAIT_STARTTLS, NULL);
}

static void run_auth(struct smtp *s, const char *verb, struct span argument)
{
	(void)verb;
	smtp_auth_begin(s, argument);
	await_decision(s, AWAIT_AUTH, NULL);
}

static void run_xclient(struct smtp *s, const char *verb, struct span argument)
{
	keep_argument(s, verb, argument);
	await_decision(s, AWAIT_XCLIENT, NULL);
}

static void run_told(struct smtp *s, const char *verb, struct span argument)
{
	keep_argument(s, verb, argument);
	await_decision(s, AWAIT_COMMAND, NULL);
}

static void run_other(struct smtp *s, const char *verb, struct span argument)
{
	(void)verb;
	(void)argument;
	(void)smtp_await(s, AWAIT_OTHER, NULL, 0);
}

static const struct verb_rule {
	const char *verb;
	void (*run)(struct smtp *s, const char *verb, struct span argument);
	bool tells; /* on any port, that SMTP is spoken */
} verb_rules[] = {
	{ "EHLO", run_hello, true }, /* RFC 5321, 4.1.1.1 */
	{ "HELO", run_hello, true },
	{ "LHLO", run_hello, true },               /* RFC 2033, 4.1 */
	{ "MAIL", run_mail, true },                /* RFC 5321, 4.1.1.2 */
	{ "RCPT", run_rcpt, true },                /* RFC 5321, 4.1.1.3 */
	{ "DATA", run_data, false },               /* RFC 5321, 4.1.1.4 */
	{ "BDAT", run_bdat, false },               /* RFC 3030, 2 */
	{ "RSET", run_rset, false },               /* RFC 5321, 4.1.1.5 */
	{ "NOOP", run_other, false },              /* RFC 5321, 4.1.1.9 */
	{ "QUIT", run_quit, false },               /* RFC 5321, 4.1.1.10 */
	{ "HELP", run_other, false },              /* RFC 5321, 4.1.1.8 */
	{ "AUTH", run_auth, false },               /* RFC 4954, 4 */
	{ "STARTTLS", run_starttls, false },       /* RFC 3207, 4 */
	{ "X-ANONYMOUSTLS", run_starttls, false }, /* Exchange */
	{ "VRFY", run_told, false },               /* RFC 5321, 4.1.1.6 */
	{ "EXPN", run_told, false },               /* RFC 5321, 4.1.1.7 */
	{ "ETRN", run_told, false },               /* RFC 1985 */
	{ "TURN", run_told, false },               /* RFC 821 */
	{ "ATRN", run_told, false },               /* RFC 2645 */
	{ "XCLIENT", run_xclient, false },         /* Postfix */
	{ "XFORWARD", run_other, false },          /* Postfix */
};

static const struct verb_rule *find_verb(struct span verb)
{
	uint8_t first = verb.length == 0 ? 0 : ascii_lower(verb.data[0]);

	for (size_t i = 0; i < ARRAY_COUNT(verb_rules); i++)
		if (ascii_lower((uint8_t)verb_rules[i].verb[0]) == first &&
		    span_is_nocase(verb, verb_rules[i].verb))
			return &verb_rules[i];
	return NULL;
}

/*
 * Does this command show that SMTP is spoken? FTP and POP3 have NOOP and QUIT too, and a text may
 * hold any word: they count once the server has answered, or at the beginning on a port of ours.
 */
static bool tells_smtp(const struct smtp *s, const struct verb_rule *rule)
{
	const struct mail_port *port = mail_port_find(s->connection->server_port);

	if (rule->tells || s->server_replies > 0)
		return true;
	return !s->blind && port != NULL &&
	       (port->protocol == PROTOCOL_SMTP || port->protocol == PROTOCOL_LMTP);
}

/* A client that sends a command before it has its answers pipelines. */
static void note_pipelining(struct smtp *s)
{
	if (!smtp_queue_awaits(s) || s->queue.doubt || smtp_one_sided(s))
		return;
	s->pipelining = true;
	session_add_flags(s->session, SESSION_PIPELINING);
}

/* How many bytes lines of nothing take up at the front; a flood of them is read at once. */
static size_t empty_lines(struct span bytes, uint32_t *out_count)
{
	size_t used = 0;
	uint32_t count = 0;

	for (;;) {
		bool cr = used + 1 < bytes.length && bytes.data[used] == '\r';

		if (used + cr == bytes.length || bytes.data[used + cr] != '\n')
			break;
		used += (size_t)cr + 1;
		count++;
	}
	*out_count = count;
	return used;
}

/* Servers answer empty lines, or not; without the server's side they mean nothing. */
static void await_empty(struct smtp *s, uint32_t count)
{
	if (s->client_remnant)
		count--; /* the end of a line that began in a hole */
	s->client_remnant = false;
	if (count > 0 && !s->blind)
		(void)smtp_await(s, AWAIT_EMPTY, NULL, count);
}

/* Read one command. */
static void command_line(struct smtp *s, struct span line)
{
	bool remnant = s->client_remnant;
	struct span text = span_trim(line);
	size_t blank = span_find_byte(text, ' ');
	const struct verb_rule *rule;

	if (line.length == LINE_MAX_BYTES)
		session_add_flags(s->session, SESSION_MALFORMED);
	if (text.length == 0) {
		await_empty(s, 1);
		return;
	}
	rule = find_verb(span_part(text, 0, blank));
	s->client_remnant = false;
	if (rule == NULL && (remnant || s->blind || smtp_proxy_line(s, text)))
		return;
	if (s->greeted || (rule != NULL && tells_smtp(s, rule)))
		session_set_established(s->session);
	if (rule == NULL) {
		(void)smtp_await(s, AWAIT_OTHER, NULL, 0);
		return;
	}
	note_pipelining(s);
	rule->run(s, rule->verb,
		  blank == SPAN_NOT_FOUND ? span_of(NULL, 0)
					  : span_trim(span_part(text, blank, SIZE_MAX)));
}

/* Read a line of an AUTH exchange, which may hold a secret. */
static void sasl_line(struct smtp *s, struct span line)
{
	s->mode = CLIENT_COMMAND;
	smtp_auth_response(s, line);
	await_decision(s, AWAIT_AUTH, NULL);
}

/* Read a command line, or a line of an AUTH exchange. */
size_t smtp_client_lines(struct smtp *s, struct span bytes)
{
	bool whole;
	struct span line;
	uint32_t count;
	size_t used;

	if (s->mode == CLIENT_COMMAND && line_partial(&s->client_line).length == 0) {
		used = empty_lines(bytes, &count);
		if (used > 0) {
			await_empty(s, count);
			return used;
		}
	}
	used = line_take(&s->client_line, bytes, &whole, &line);
	if (!whole)
		return used;
	if (s->mode == CLIENT_SASL)
		sasl_line(s, line);
	else
		command_line(s, line);
	return used;
}

/* How commands begin, strictly: these may stand in a text. `behind` must follow. */
static const struct command_shape {
	const char *words;
	const char *behind;
	enum command_look look;
} command_shapes[] = {
	{ "MAIL FROM", ":", LOOK_MAIL }, { "RCPT TO", ":", LOOK_YES },
	{ "EHLO", " ", LOOK_YES },       { "HELO", " ", LOOK_YES },
	{ "LHLO", " ", LOOK_YES },       { "DATA", "\r\n", LOOK_YES },
	{ "RSET", "\r\n", LOOK_YES },    { "QUIT", "\r\n", LOOK_YES },
	{ "NOOP", "\r\n", LOOK_YES },    { "STARTTLS", "\r\n", LOOK_YES },
	{ "BDAT", " ", LOOK_YES },       { "AUTH", " ", LOOK_YES },
};

static enum command_look look_at(struct span bytes, const struct command_shape *shape)
{
	size_t length = 0;

	for (; shape->words[length] != '\0'; length++) {
		if (length == bytes.length)
			return LOOK_SHORT;
		if (ascii_lower(bytes.data[length]) != ascii_lower((uint8_t)shape->words[length]))
			return LOOK_NO;
	}
	if (length == bytes.length)
		return LOOK_SHORT;
	return strchr(shape->behind, bytes.data[length]) != NULL && bytes.data[length] != '\0'
		   ? shape->look
		   : LOOK_NO;
}

/* Do these bytes, at a line's start, read as a command? */
enum command_look smtp_looks_like_command(struct span bytes)
{
	enum command_look best = LOOK_NO;

	for (size_t i = 0; i < ARRAY_COUNT(command_shapes); i++) {
		enum command_look look = look_at(bytes, &command_shapes[i]);

		if (look == LOOK_YES || look == LOOK_MAIL)
			return look;
		if (look == LOOK_SHORT)
			best = LOOK_SHORT;
	}
	return best;
}
