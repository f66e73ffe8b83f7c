#include "protocols/decoder.h"
#include "protocols/smtp_state.h"

#include <stdlib.h>

/* Nothing of the server's is in the capture, so no answer will ever come. */
bool smtp_one_sided(const struct smtp *s)
{
	return !s->connection->seen[FROM_SERVER];
}

/* Begin with a session, which is lent. */
static void *smtp_open(struct session *session)
{
	struct budget *budget = session_env(session)->budget;
	struct smtp *s;

	if (budget_take(budget, sizeof(*s)) != RESULT_OK)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		budget_give(budget, sizeof(*s));
		return NULL;
	}
	s->session = session;
	s->connection = session_connection(session);
	s->budget = budget;
	line_init(&s->client_line, budget);
	line_init(&s->server_line, budget);
	hold_init(&s->hold, budget);
	session_set_protocol(session, PROTOCOL_SMTP);
	if (session_is_whole(session)) {
		(void)smtp_await(s, AWAIT_GREETING, NULL, 0);
		return s;
	}
	s->mode = CLIENT_COMMAND;
	s->blind = true;
	s->client_remnant = true;
	s->server_remnant = true;
	smtp_queue_commands_lost(s);
	return s;
}

/* Read client bytes with a meaning that is known; gives how many were used. */
static size_t read_client(struct smtp *s, struct span bytes)
{
	size_t used = 0;

	while (used < bytes.length && s->barrier == BARRIER_NONE) {
		struct span rest = span_part(bytes, used, SIZE_MAX);

		switch (s->mode) {
		case CLIENT_START:
			used += smtp_start_feed(s, rest);
			break;
		case CLIENT_COMMAND:
		case CLIENT_SASL:
			used += smtp_client_lines(s, rest);
			break;
		case CLIENT_TEXT:
			used += smtp_text_feed(s, rest);
			break;
		case CLIENT_CHUNK:
			used += smtp_chunk_feed(s, rest);
			break;
		case CLIENT_PROXY:
			used += smtp_proxy_feed(s, rest);
			break;
		case CLIENT_TLS:
		case CLIENT_OVER:
			used = bytes.length;
			break;
		}
	}
	return used;
}

/* Does a command stand behind the dubious dot? */
static void peek_behind_dot(struct smtp *s)
{
	switch (smtp_looks_like_command(hold_bytes(&s->hold))) {
	case LOOK_NO:
		smtp_text_dot_is_text(s);
		break;
	case LOOK_MAIL:
		session_add_flags(s->session, SESSION_SMUGGLING);
		s->barrier = BARRIER_DOT_COMMAND;
		break;
	case LOOK_YES:
		s->barrier = BARRIER_DOT_COMMAND;
		break;
	case LOOK_SHORT:
		break;
	}
	if (s->barrier == BARRIER_DOT_COMMAND && smtp_one_sided(s))
		smtp_barrier_give_up(s);
}

/* Is this line, behind a loss, a command? Then the text is over, its answer lost. */
static void peek_line(struct smtp *s)
{
	enum command_look look = smtp_looks_like_command(hold_bytes(&s->hold));

	if (look == LOOK_SHORT)
		return;
	s->barrier = BARRIER_NONE;
	if (look == LOOK_NO) {
		s->text.doubt = s->text.gap;
		return;
	}
	if (!s->text.gap) {
		smtp_text_never_began(s);
		return;
	}
	if (s->text_mail != NULL)
		s->text_mail->text_answered = true;
	smtp_text_end(s, false);
}

/* The first byte of a record tells a handshake from a command. */
static void peek_tls(struct smtp *s)
{
	s->barrier = BARRIER_NONE;
	if (hold_bytes(&s->hold).data[0] != TLS_HANDSHAKE)
		return;
	smtp_mail_end(s);
	session_set_tls(s->session, TLS_STARTTLS);
	s->mode = CLIENT_TLS;
}

/*
 * A proxy that takes TLS off may write the clear text into the connection that it came from: then
 * a greeting follows where a handshake should. Clients never begin TLS with a command's letters.
 */
static void peek_clear(struct smtp *s)
{
	enum command_look look = smtp_looks_like_command(hold_bytes(&s->hold));

	if (look == LOOK_SHORT)
		return;
	s->barrier = BARRIER_NONE;
	if (look == LOOK_NO)
		return;
	session_withdraw_tls(s->session);
	s->mode = CLIENT_COMMAND;
}

/* Look at what is held, where that may lift the barrier. */
static void peek(struct smtp *s)
{
	if (hold_length(&s->hold) == 0)
		return;
	switch (s->barrier) {
	case BARRIER_DOT:
		peek_behind_dot(s);
		break;
	case BARRIER_LINE:
		peek_line(s);
		break;
	case BARRIER_TLS:
		peek_tls(s);
		break;
	case BARRIER_CLEAR:
		peek_clear(s);
		break;
	case BARRIER_NONE:
	case BARRIER_REPLY:
	case BARRIER_DOT_COMMAND:
	case BARRIER_READING:
		break;
	}
}

/* Read what is held, as far as it is decided. */
void smtp_client_run(struct smtp *s)
{
	struct moment arrived = s->now;

	while (hold_length(&s->hold) > 0) {
		struct span front;

		peek(s);
		if (s->barrier != BARRIER_NONE)
			break;
		front = hold_front(&s->hold, &s->now);
		hold_drop(&s->hold, read_client(s, front));
	}
	s->now = arrived;
}

/* The held bytes up to the end that every server takes were text. */
static void drop_text(struct smtp *s)
{
	size_t behind = 0;

	(void)smtp_text_end_within(hold_bytes(&s->hold), &behind);
	hold_drop(&s->hold, behind);
}

/* No answer will tell in time: go by the client's word. */
void smtp_barrier_give_up(struct smtp *s)
{
	enum barrier barrier = s->barrier;

	s->barrier = BARRIER_NONE;
	switch (barrier) {
	case BARRIER_NONE:
		break;
	case BARRIER_REPLY:
		smtp_queue_give_up_last(s);
		break;
	case BARRIER_DOT:
	case BARRIER_DOT_COMMAND:
		s->text.strict = true;
		smtp_text_dot_is_text(s);
		break;
	case BARRIER_READING:
		drop_text(s);
		break;
	case BARRIER_LINE:
		s->text.doubt = s->text.gap;
		break;
	case BARRIER_TLS:
	case BARRIER_CLEAR:
		break;
	}
}

/* Lift every barrier that stands before what is held. */
static void decide_all(struct smtp *s)
{
	smtp_client_run(s);
	while (s->barrier != BARRIER_NONE) {
		bool empty = hold_length(&s->hold) == 0;

		smtp_barrier_give_up(s);
		smtp_client_run(s);
		if (empty)
			break;
	}
}

/* The client speaks after the server: what it has had, it has had by now. */
static void turn_to_client(struct smtp *s)
{
	if (!s->server_spoke)
		return;
	s->server_spoke = false;
	smtp_server_client_speaks(s);
	smtp_queue_client_speaks(s);
	smtp_client_run(s);
}

/* Read or hold the client's bytes. */
static void client_data(struct smtp *s, struct span bytes)
{
	struct moment moment = s->now;

	turn_to_client(s);
	s->client_spoke = true;
	if (s->greeted)
		session_set_established(s->session);
	while (bytes.length > 0) {
		size_t used;

		if (hold_length(&s->hold) == 0 && s->barrier == BARRIER_NONE) {
			s->now = moment;
			used = read_client(s, bytes);
			bytes = span_part(bytes, used, SIZE_MAX);
			continue;
		}
		used = hold_add(&s->hold, bytes, moment);
		bytes = span_part(bytes, used, SIZE_MAX);
		smtp_client_run(s);
		if (used == 0 && s->barrier != BARRIER_NONE) {
			session_add_flags(s->session, SESSION_MALFORMED);
			smtp_barrier_give_up(s);
			smtp_client_run(s);
		}
	}
}

static void smtp_data(void *state, const struct chunk *chunk)
{
	struct smtp *s = state;

	s->now = (struct moment){ chunk->time_ns, chunk->at };
	if (chunk->direction == FROM_CLIENT) {
		client_data(s, chunk->bytes);
		return;
	}
	s->server_spoke = true;
	smtp_server_bytes(s, chunk->bytes);
}

/* Commands are missing; what comes next may begin in the middle of one, or of a text. */
static void commands_lost(struct smtp *s)
{
	line_drop(&s->client_line);
	s->client_remnant = true;
	s->blind = true;
	/* What was lost went on with the login, and the server's word on it may be lost as well. */
	if (s->mode == CLIENT_SASL) {
		s->auth.line_lost = true;
		s->auth.responses++; /* what follows may be the password */
		(void)smtp_await(s, AWAIT_AUTH, NULL, 0);
	}
	s->mode = CLIENT_COMMAND;
	smtp_queue_commands_lost(s);
}

/* The client's bytes are missing. */
static void client_gap(struct smtp *s, uint64_t length_bytes)
{
	turn_to_client(s);
	decide_all(s);
	switch (s->mode) {
	case CLIENT_TEXT:
		smtp_text_gap(s, length_bytes);
		break;
	case CLIENT_CHUNK:
		if (smtp_chunk_gap(s, length_bytes) > 0)
			commands_lost(s);
		break;
	case CLIENT_START:
	case CLIENT_COMMAND:
	case CLIENT_SASL:
	case CLIENT_PROXY:
		commands_lost(s);
		break;
	case CLIENT_TLS:
	case CLIENT_OVER:
		break;
	}
}

static void smtp_gap(void *state, const struct gap *gap)
{
	struct smtp *s = state;

	s->now = (struct moment){ gap->time_ns, gap->at };
	if (gap->direction == FROM_CLIENT) {
		client_gap(s, gap->length_bytes);
		return;
	}
	s->server_spoke = true;
	smtp_server_gap(s);
	smtp_client_run(s);
}

static void smtp_end(void *state, enum direction direction, int64_t time_ns)
{
	(void)state;
	(void)direction;
	(void)time_ns;
}

/* The connection is over: what is undecided goes by the client's word, what is open ends. */
static void smtp_close(void *state, const struct conversation_end *end)
{
	struct smtp *s = state;
	struct budget *budget = s->budget;

	s->now = (struct moment){ end->time_ns, end->at };
	s->broken_off = end->reason == CLOSE_EOF || end->reason == CLOSE_TIMEOUT;
	smtp_server_end(s);
	if (s->barrier == BARRIER_DOT && hold_length(&s->hold) == 0)
		smtp_text_end(s, true);
	decide_all(s);
	smtp_queue_finish(s);
	smtp_mail_close_all(s);
	smtp_queue_clear(s);
	hold_clear(&s->hold);
	line_clear(&s->client_line);
	line_clear(&s->server_line);
	free(s);
	budget_give(budget, sizeof(*s));
}

const struct decoder_ops smtp_decoder = {
	.name = "smtp",
	.open = smtp_open,
	.data = smtp_data,
	.gap = smtp_gap,
	.end = smtp_end,
	.close = smtp_close,
};
