#include "protocols/smtp_state.h"

#include <string.h>

/*
 * The text ends at CRLF "." CRLF (RFC 5321, 4.1.1.4). Some servers also take a dot with a bare
 * LF or CR beside it for the end, others do not; who puts a command behind such a dot may smuggle
 * a second mail. Such a dot is a barrier: what follows is held until it is clear whether it is
 * text, or until the server's answers show how the server reads it.
 */

static struct message *text_message(const struct smtp *s)
{
	return s->text_mail == NULL ? NULL : transaction_message(s->text_mail->transaction);
}

static void feed_message(const struct smtp *s, const uint8_t *from, const uint8_t *to)
{
	struct message *message = text_message(s);

	if (message != NULL && to > from)
		message_feed(message, span_of(from, (size_t)(to - from)));
}

/* The server has invited a text, or the client sends one unasked. */
void smtp_text_begin(struct smtp *s, struct mail *mail, bool doubt)
{
	s->mode = CLIENT_TEXT;
	s->text_mail = mail;
	if (mail != NULL)
		mail->awaited++; /* it stays while its text is read */
	s->text = (struct text_scan){ .at = TEXT_LINE_START, .before = END_CRLF, .doubt = doubt };
	if (doubt)
		s->barrier = BARRIER_LINE;
}

/* The message is whole, or what was seen of it: await the answer. */
static void message_done(struct smtp *s, struct mail *mail, bool end_seen)
{
	if (mail == NULL) {
		(void)smtp_await(s, AWAIT_OTHER, NULL, 0);
		return;
	}
	message_finish(transaction_message(mail->transaction));
	if (end_seen)
		transaction_set_complete(mail->transaction, s->now.time_ns, s->now.at);
	mail->complete = true;
	if (!mail->text_answered)
		(void)smtp_await(s, AWAIT_MESSAGE, mail, 0);
	if (mail == s->mail)
		smtp_mail_end(s);
}

/* The text is over; commands follow. */
void smtp_text_end(struct smtp *s, bool end_seen)
{
	struct mail *mail = s->text_mail;

	s->mode = CLIENT_COMMAND;
	s->barrier = BARRIER_NONE;
	s->text_mail = NULL;
	line_drop(&s->client_line);
	message_done(s, mail, end_seen);
	if (mail != NULL)
		smtp_mail_release(s, mail);
}

/* No text came after all: the next line was a command. */
void smtp_text_never_began(struct smtp *s)
{
	struct mail *mail = s->text_mail;

	s->mode = CLIENT_COMMAND;
	s->barrier = BARRIER_NONE;
	s->text_mail = NULL;
	if (mail != NULL)
		smtp_mail_release(s, mail);
}

/* The dubious dot turned out to be text. */
void smtp_text_dot_is_text(struct smtp *s)
{
	static const uint8_t held[] = ".\r\n";
	const uint8_t *end = held + sizeof(held) - 1;

	s->barrier = BARRIER_NONE;
	switch (s->text.after) {
	case END_CRLF:
		feed_message(s, held, end);
		s->text.at = TEXT_LINE_START;
		break;
	case END_LF:
		feed_message(s, held, held + 1);
		feed_message(s, end - 1, end);
		s->text.at = TEXT_LINE_START;
		break;
	case END_CR:
		feed_message(s, held, held + 2);
		s->text.at = TEXT_CR;
		break;
	}
	s->text.before = s->text.after;
}

/*
 * A lone dot with these line ends around it. Gives true where reading stops; not where the bytes
 * behind it are here, and are no command.
 */
static bool lone_dot(struct smtp *s, enum line_end after, struct span behind)
{
	s->text.after = after;
	if (s->text.before == END_CRLF && after == END_CRLF) {
		smtp_text_end(s, true);
		return true;
	}
	if (s->text.strict || (behind.length > 0 && smtp_looks_like_command(behind) == LOOK_NO)) {
		smtp_text_dot_is_text(s);
		return false;
	}
	s->barrier = BARRIER_DOT;
	return true;
}

/* Pass over the middle of a line; gives where it ends in the bytes. */
static const uint8_t *skip_line(const uint8_t *at, const uint8_t *end, const uint8_t **newline)
{
	const uint8_t *cr;

	if (*newline == NULL || *newline < at) {
		*newline = memchr(at, '\n', (size_t)(end - at));
		if (*newline == NULL)
			*newline = end;
	}
	cr = memchr(at, '\r', (size_t)(*newline - at));
	return cr == NULL ? *newline : cr;
}

/* At a line's start. Gives true where a dot was taken out of the text. */
static bool line_start(struct smtp *s, uint8_t byte)
{
	if (byte == '.') {
		s->text.at = TEXT_DOT;
		return true;
	}
	if (byte == '\r') {
		s->text.at = TEXT_CR;
	} else if (byte == '\n') {
		s->text.before = END_LF;
	} else {
		s->text.at = TEXT_LINE;
	}
	return false;
}

/* Behind a CR. Gives true where a dot was taken out of the text. */
static bool behind_cr(struct smtp *s, uint8_t byte)
{
	if (byte == '\n') {
		s->text.at = TEXT_LINE_START;
		s->text.before = END_CRLF;
	} else if (byte == '.') {
		s->text.at = TEXT_DOT;
		s->text.before = END_CR;
		return true;
	} else if (byte != '\r') {
		s->text.at = TEXT_LINE;
	}
	return false;
}

/*
 * Read text up to its end or to a dubious dot. `run` is where the bytes begin that are not yet
 * handed to the message; a dot at a line's start is left out of it (RFC 5321, 4.5.2).
 */
size_t smtp_text_feed(struct smtp *s, struct span bytes)
{
	const uint8_t *at = bytes.data, *end = bytes.data + bytes.length;
	const uint8_t *run = at, *newline = NULL;

	if (s->text_mail != NULL)
		s->text_mail->text_begun = true;
	while (at < end) {
		uint8_t byte = *at;

		switch (s->text.at) {
		case TEXT_LINE:
			at = skip_line(at, end, &newline);
			if (at == end)
				continue;
			s->text.at = *at == '\r' ? TEXT_CR : TEXT_LINE_START;
			s->text.before = END_LF;
			break;
		case TEXT_CR:
			if (behind_cr(s, byte)) {
				feed_message(s, run, at);
				run = at + 1;
			}
			break;
		case TEXT_LINE_START:
			if (line_start(s, byte)) {
				feed_message(s, run, at);
				run = at + 1;
			}
			break;
		case TEXT_DOT:
			if (byte == '\r') {
				s->text.at = TEXT_DOT_CR;
				run = at + 1;
			} else if (byte == '\n') {
				run = at + 1;
				if (lone_dot(s, END_LF, span_of(run, (size_t)(end - run))))
					return (size_t)(run - bytes.data);
			} else {
				static const uint8_t dot[] = ".";

				if (s->text.before == END_CR)
					feed_message(s, dot, dot + 1);
				s->text.at = TEXT_LINE;
				run = at;
			}
			break;
		case TEXT_DOT_CR:
			run = byte == '\n' ? at + 1 : at;
			if (lone_dot(s, byte == '\n' ? END_CRLF : END_CR,
				     span_of(run, (size_t)(end - run))))
				return (size_t)(run - bytes.data);
			if (byte != '\n')
				continue; /* it is read again, behind a CR */
			break;
		}
		at++;
		if (s->text.doubt && s->text.at == TEXT_LINE_START) {
			s->barrier = BARRIER_LINE;
			break;
		}
	}
	feed_message(s, run, at);
	return (size_t)(at - bytes.data);
}

/* Bytes of the text are missing. */
void smtp_text_gap(struct smtp *s, uint64_t length_bytes)
{
	struct message *message = text_message(s);

	if (message != NULL)
		message_gap(message, length_bytes);
	if (s->text_mail != NULL)
		s->text_mail->text_begun = true;
	s->text.gap = true;
	s->text.at = TEXT_LINE;
	smtp_text_doubt(s);
}

/* The end may be in what was lost, when an answer was lost with it. */
void smtp_text_doubt(struct smtp *s)
{
	if (!s->text.gap || !s->text.answers_lost)
		return;
	s->text.doubt = true;
	s->barrier = BARRIER_LINE;
}

/* Find the end that every server takes; out_behind: where the next byte is. */
bool smtp_text_end_within(struct span bytes, size_t *out_behind)
{
	const uint8_t *hit;

	if (bytes.length == 0)
		return false;
	hit = memmem(bytes.data, bytes.length, "\r\n.\r\n", 5);
	if (hit == NULL)
		return false;
	*out_behind = (size_t)(hit - bytes.data) + 5;
	return true;
}

/* The chunk is whole: its answer comes. */
static void chunk_done(struct smtp *s)
{
	struct mail *mail = s->text_mail;

	s->mode = CLIENT_COMMAND;
	s->text_mail = NULL;
	if (s->chunk_last)
		message_done(s, mail, true);
	else
		(void)smtp_await(s, AWAIT_CHUNK, mail, 0);
	if (mail != NULL)
		smtp_mail_release(s, mail);
}

/* RFC 3030: chunks of a stated length follow their command at once, whatever the answer. */
void smtp_chunk_begin(struct smtp *s, uint64_t size_bytes, bool last)
{
	s->chunk_left_bytes = size_bytes;
	s->chunk_last = last;
	s->text_mail = s->mail;
	s->mode = CLIENT_CHUNK;
	if (s->mail != NULL) {
		s->mail->text_begun = true;
		s->mail->awaited++; /* it stays while its chunk is read */
	}
	if (size_bytes == 0)
		chunk_done(s);
}

/* Read the bytes of a chunk. */
size_t smtp_chunk_feed(struct smtp *s, struct span bytes)
{
	size_t used = bytes.length;

	if (used > s->chunk_left_bytes)
		used = (size_t)s->chunk_left_bytes;
	feed_message(s, bytes.data, bytes.data + used);
	s->chunk_left_bytes -= used;
	if (s->chunk_left_bytes == 0)
		chunk_done(s);
	return used;
}

/* Bytes of a chunk are missing: its length tells where it ends all the same. */
uint64_t smtp_chunk_gap(struct smtp *s, uint64_t length_bytes)
{
	struct message *message = text_message(s);
	uint64_t used = length_bytes < s->chunk_left_bytes ? length_bytes : s->chunk_left_bytes;

	if (message != NULL)
		message_gap(message, used);
	s->chunk_left_bytes -= used;
	if (s->chunk_left_bytes == 0)
		chunk_done(s);
	return length_bytes - used;
}
