#include "protocols/smtp_state.h"

#include <string.h>

/*
 * reply = *( code "-" [text] CRLF ) code [ SP text ] CRLF (RFC 5321, 4.2). Both directions keep
 * their own line: a long line of one never touches the other.
 */

/* Add a line's text to the reply, lines one blank apart. */
static void add_text(struct reply_reader *reader, struct span text)
{
	size_t room;

	if (reader->length > 0 && reader->length < sizeof(reader->text))
		reader->text[reader->length++] = ' ';
	room = sizeof(reader->text) - reader->length;
	text = span_part(text, 0, room);
	if (text.length > 0)
		memcpy(reader->text + reader->length, text.data, text.length);
	reader->length += text.length;
}

/* Where a reply goes while the client's bytes wait for one. */
static void hand_on(struct smtp *s, const struct fact_reply *reply)
{
	bool text_asks = s->mode == CLIENT_TEXT && s->queue.count == 0;

	if (s->barrier == BARRIER_READING || text_asks)
		smtp_text_reply(s, reply);
	else
		smtp_queue_reply(s, reply);
	smtp_client_run(s);
}

/* A greeting that cannot be taken for the answer to STARTTLS, or for another protocol's. */
bool smtp_is_greeting(const struct fact_reply *reply)
{
	return reply->code == 220 && (span_find_nocase(reply->text, "SMTP") != SPAN_NOT_FOUND ||
				      span_find_nocase(reply->text, "LMTP") != SPAN_NOT_FOUND);
}

/* Where one side alone is in the capture, its word is all there will be. */
static bool tells_smtp(const struct smtp *s, const struct fact_reply *reply)
{
	if (smtp_one_sided(s))
		return true;
	if (s->connection->seen[FROM_CLIENT])
		return false;
	return s->server_replies > 1 || smtp_is_greeting(reply);
}

/* A reply is whole. */
static void reply_done(struct smtp *s)
{
	struct fact_reply reply = {
		.code = s->reader.code,
		.text = span_of(s->reader.text, s->reader.length),
		.time_ns = s->now.time_ns,
		.at = s->now.at,
	};

	s->server_replies++;
	session_note_reply(s->session, &reply);
	if (tells_smtp(s, &reply))
		session_set_established(s->session);
	hand_on(s, &reply);
	s->reader.open = s->reader.whole = s->reader.blanked = false;
	s->reader.length = 0;
}

/* Read "NNN": 0 when it is none. */
static uint16_t read_code(struct span line)
{
	if (line.length < 3 || line.data[0] < '1' || line.data[0] > '5' ||
	    !ascii_is_digit(line.data[1]) || !ascii_is_digit(line.data[2]))
		return 0;
	if (line.length > 3 && line.data[3] != ' ' && line.data[3] != '-' && line.data[3] != '\t')
		return 0;
	return (uint16_t)((line.data[0] - '0') * 100 + (line.data[1] - '0') * 10 + line.data[2] -
			  '0');
}

/*
 * Firewalls and attackers overwrite STARTTLS, as taking it out would change the length of the packet:
 * "XXXXXXXA" is what Cisco's inspection of ESMTP writes (Cisco, document 118550); RFC 3207, 6, has the
 * attack. Asterisks and blanks are from general knowledge.
 */
static bool is_blanked(struct span text)
{
	static const char fillers[] = "X* ";
	size_t last = sizeof("STARTTLS") - 2;

	for (size_t i = 0; fillers[i] != '\0'; i++) {
		size_t n = 0;

		while (n < text.length && text.data[n] == (uint8_t)fillers[i])
			n++;
		if (text.length == last + 1 && (n > last || (n == last && fillers[i] == 'X' &&
							     ascii_is_alpha(text.data[last]))))
			return true;
	}
	return false;
}

/* Note what the server offers. */
static void note_keyword(struct smtp *s, struct span text)
{
	if (s->reader.code != 250)
		return;
	if (span_is_nocase(span_trim(text), "STARTTLS"))
		session_set_starttls_offered(s->session);
	if (!s->reader.open) /* the first line has the host's name */
		return;
	session_note_keyword(s->session, text);
	s->reader.blanked = s->reader.blanked || is_blanked(text);
}

/* Read one line of a reply. */
static void reply_line(struct smtp *s, struct span line)
{
	uint16_t code = read_code(line);
	struct span text = span_part(line, 4, SIZE_MAX);
	bool remnant = s->server_remnant;

	s->server_remnant = false;
	if (code == 0) {
		if (remnant)
			return;
		if (line.length > 0)
			session_add_flags(s->session, SESSION_MALFORMED);
		if (s->reader.open) /* some servers forget the code in the middle */
			add_text(&s->reader, line);
		return;
	}
	s->reader.code = code;
	add_text(&s->reader, text);
	note_keyword(s, text);
	s->reader.open = line.length > 3 && line.data[3] == '-';
	s->reader.whole = !s->reader.open;
	if (!s->reader.open)
		reply_done(s);
}

/* Read the server's bytes. */
void smtp_server_bytes(struct smtp *s, struct span bytes)
{
	while (bytes.length > 0 && s->mode != CLIENT_TLS) {
		bool whole;
		struct span line;
		size_t used = line_take(&s->server_line, bytes, &whole, &line);

		if (whole)
			reply_line(s, line);
		bytes = span_part(bytes, used, SIZE_MAX);
	}
}

/* The server's words break off: what was read of a reply counts, its code was there. */
void smtp_server_end(struct smtp *s)
{
	struct span partial = line_partial(&s->server_line);
	uint16_t code = partial.length > 3 ? read_code(partial) : 0;
	bool usable = code != 0 && !s->server_remnant;

	if (!usable && !s->reader.open)
		return;
	if (usable) {
		s->reader.code = code;
		add_text(&s->reader, span_part(partial, 4, SIZE_MAX));
	}
	reply_done(s);
}

/* A client that waits for its answers goes on: it took for whole what has no end. */
void smtp_server_client_speaks(struct smtp *s)
{
	struct span partial = line_partial(&s->server_line);

	bool one_line = partial.length > 3 && partial.data[3] != '-' && read_code(partial) != 0;

	if (s->mode == CLIENT_TLS || (!one_line && !s->reader.open))
		return;
	if (s->pipelining || s->queue.count != 1)
		return;
	smtp_server_end(s);
	line_drop(&s->server_line);
	s->server_remnant = true;
}

/* Bytes of the server's are missing. */
void smtp_server_gap(struct smtp *s)
{
	if (s->mode == CLIENT_TLS)
		return;
	smtp_server_end(s);
	line_drop(&s->server_line);
	s->server_remnant = true;
	smtp_queue_answers_lost(s);
	if (s->mode != CLIENT_TEXT)
		return;
	s->text.answers_lost = true;
	if (s->barrier == BARRIER_DOT && hold_length(&s->hold) == 0) {
		if (s->text_mail != NULL)
			s->text_mail->text_answered = true;
		smtp_text_end(s, true);
		return;
	}
	smtp_text_doubt(s);
}
