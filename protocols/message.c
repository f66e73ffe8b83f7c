#include "protocols/message.h"

#include "protocols/body_digest.h"
#include "protocols/received.h"

#include <stdlib.h>
#include <string.h>

#define FIELD_MAX_BYTES 2048 /* one head line, unfolded */
#define NAME_MAX_BYTES 256   /* a line without a colon in these is no head field */
#define KEPT_MAX_BYTES 512
#define ADDRESS_MAX_BYTES 320 /* RFC 5321, 4.5.3.1: 64 + 1 + 255 */
#define TRACE_RAW_MAX_BYTES 512

/*
 * head = *field CRLF; field = name *WSP ":" value *(CRLF WSP value). RFC 5322, 2.2.
 * The first line that is no field ends the head too, and belongs to the body: so do real
 * servers read a message that begins without a head.
 */
enum message_state {
	HEAD_LINE_START, /* at the beginning of a line */
	HEAD_NAME,       /* reading a field's name */
	HEAD_VALUE,      /* reading a field's value */
	BODY             /* after the head */
};

/* Taken with the first Received line. */
struct trace_memory {
	struct fact_trace lines[FACT_TRACE_MAX];
	uint8_t raw[FACT_TRACE_MAX][TRACE_RAW_MAX_BYTES];
};

/* The texts that are kept of the head. */
enum kept { KEPT_MESSAGE_ID, KEPT_FROM, KEPT_DATE, KEPT_RETURN_PATH, KEPT_COUNT };

struct message {
	enum message_state state;
	bool head_complete, has_list_headers, is_automatic;
	bool last_was_cr;
	uint64_t bytes;
	size_t field_length;
	size_t name_length;         /* 0: the colon was not yet seen */
	struct trace_memory *trace; /* NULL: there is none */
	uint32_t trace_count;
	size_t kept_length[KEPT_COUNT];
	struct ip_address originating;
	uint8_t digest[16];
	bool digest_known;
	struct body_digest body;
	/* From here on as far as the counts say; the rest is not cleared, for it is much. */
	uint8_t kept[KEPT_COUNT][KEPT_MAX_BYTES];
	uint8_t field[FIELD_MAX_BYTES]; /* the current one, unfolded */
};

/* Begin a message. */
enum result message_new(struct message **out)
{
	struct message *m = malloc(sizeof(*m));

	if (m == NULL)
		return RESULT_FAILED;
	memset(m, 0, offsetof(struct message, kept));
	*out = m;
	return RESULT_OK;
}

/* Free a message. */
void message_free(struct message **message)
{
	if (*message == NULL)
		return;
	body_digest_clear(&(*message)->body);
	free((*message)->trace);
	free(*message);
	*message = NULL;
}

/* What one message holds, for the budget. */
size_t message_memory_bytes(void)
{
	return sizeof(struct message) + sizeof(struct trace_memory) + BODY_DIGEST_LIBRARY_BYTES;
}

static bool is_line_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

/* The head: the fields that matter. */

/* Copy at most size bytes; gives their number. */
static size_t keep(uint8_t *to, size_t size, struct span from)
{
	struct span part = span_part(from, 0, size);

	if (part.length > 0)
		memcpy(to, part.data, part.length);
	return part.length;
}

/* What stands between the last < and the > after it; or the whole, trimmed. */
static struct span in_brackets(struct span value)
{
	size_t open = span_find_last_byte(value, '<');
	struct span inner;
	size_t close;

	if (open == SPAN_NOT_FOUND)
		return span_trim(value);
	inner = span_part(value, open + 1, SIZE_MAX);
	close = span_find_byte(inner, '>');
	return span_trim(close == SPAN_NOT_FOUND ? inner : span_part(inner, 0, close));
}

/* The first one counts; a second one is not the message's own as a rule. */
static void keep_text(struct message *m, enum kept which, struct span text)
{
	static const size_t max_bytes[KEPT_COUNT] = {
		[KEPT_MESSAGE_ID] = KEPT_MAX_BYTES,
		[KEPT_FROM] = ADDRESS_MAX_BYTES,
		[KEPT_DATE] = 64,
		[KEPT_RETURN_PATH] = ADDRESS_MAX_BYTES,
	};

	if (m->kept_length[which] == 0)
		m->kept_length[which] = keep(m->kept[which], max_bytes[which], text);
}

static void field_message_id(struct message *m, struct span value)
{
	keep_text(m, KEPT_MESSAGE_ID, in_brackets(value));
}

/* From: the address alone, of "Name <a@b>", of "a@b (Name)", of "a@b". */
static void field_from(struct message *m, struct span value)
{
	size_t comment;

	if (span_find_byte(value, '<') == SPAN_NOT_FOUND) {
		comment = span_find_byte(value, '(');
		if (comment != SPAN_NOT_FOUND && comment > 0)
			value = span_part(value, 0, comment);
	}
	keep_text(m, KEPT_FROM, in_brackets(value));
}

static void field_date(struct message *m, struct span value)
{
	keep_text(m, KEPT_DATE, span_trim(value));
}

static void field_return_path(struct message *m, struct span value)
{
	keep_text(m, KEPT_RETURN_PATH, in_brackets(value));
}

/* "[192.0.2.1]", or without the brackets: where a webmail user sits. */
static void field_originating(struct message *m, struct span value)
{
	char text[IP_TEXT_MAX] = "";

	value = span_trim(value);
	if (value.length > 1 && value.data[0] == '[' && value.data[value.length - 1] == ']')
		value = span_part(value, 1, value.length - 2);
	if (m->originating.family != 0 || value.length >= sizeof(text) ||
	    span_find_byte(value, '\0') != SPAN_NOT_FOUND)
		return;
	(void)keep((uint8_t *)text, sizeof(text) - 1, value);
	if (ip_address_parse(text, &m->originating) != RESULT_OK)
		m->originating.family = 0;
}

static void field_received(struct message *m, struct span value)
{
	uint8_t *raw;
	size_t length;

	if (m->trace == NULL)
		m->trace = malloc(sizeof(*m->trace));
	if (m->trace == NULL || m->trace_count == FACT_TRACE_MAX)
		return;
	raw = m->trace->raw[m->trace_count];
	length = keep(raw, TRACE_RAW_MAX_BYTES, span_trim(value));
	received_parse(span_of(raw, length), &m->trace->lines[m->trace_count]);
	m->trace_count++;
}

static void field_precedence(struct message *m, struct span value)
{
	value = span_trim(value);
	if (span_is_nocase(value, "list") || span_is_nocase(value, "bulk"))
		m->has_list_headers = true;
}

/* RFC 3834, 5: anything but "no", which parameters may follow. */
static void field_auto_submitted(struct message *m, struct span value)
{
	size_t end = span_find_byte(value, ';');

	value = span_trim(end == SPAN_NOT_FOUND ? value : span_part(value, 0, end));
	if (value.length > 0 && !span_is_nocase(value, "no"))
		m->is_automatic = true;
}

/* A delivery report, RFC 3464. */
static void field_content_type(struct message *m, struct span value)
{
	if (span_find_nocase(value, "multipart/report") != SPAN_NOT_FOUND &&
	    span_find_nocase(value, "delivery-status") != SPAN_NOT_FOUND)
		m->is_automatic = true;
}

static void field_list(struct message *m, struct span value)
{
	if (span_trim(value).length > 0)
		m->has_list_headers = true;
}

static const struct field_rule {
	const char *name;
	void (*take)(struct message *m, struct span value);
} field_rules[] = {
	{ "Message-ID", field_message_id },
	{ "From", field_from },
	{ "Date", field_date },
	{ "Return-Path", field_return_path },
	{ "X-Originating-IP", field_originating },
	{ "Received", field_received },
	{ "Precedence", field_precedence },
	{ "Auto-Submitted", field_auto_submitted },
	{ "Content-Type", field_content_type },
	{ "List-Id", field_list },
	{ "List-Unsubscribe", field_list },
	{ "List-Post", field_list },
	{ "List-Help", field_list },
	{ "Mailing-List", field_list },
};

/* The current field is whole. */
static void field_done(struct message *m)
{
	struct span field = span_of(m->field, m->field_length);
	struct span name = span_trim(span_part(field, 0, m->name_length));
	struct span value = span_part(field, m->name_length + 1, SIZE_MAX);

	if (m->name_length > 0)
		for (size_t i = 0; i < ARRAY_COUNT(field_rules); i++)
			if (span_is_nocase(name, field_rules[i].name))
				field_rules[i].take(m, value);
	m->field_length = 0;
	m->name_length = 0;
}

/* The bytes kept of a line that turned out to be no field are the body's first. */
static void head_becomes_body(struct message *m)
{
	m->state = BODY;
	m->head_complete = true;
	if (m->field_length > 0)
		body_digest_feed(&m->body, span_of(m->field, m->field_length));
	m->field_length = 0;
}

/* At a line's beginning: a continuation, the empty line, or a new field. */
static void head_line_start(struct message *m, uint8_t byte)
{
	if (m->name_length > 0 && (byte == ' ' || byte == '\t')) {
		m->state = HEAD_VALUE;
		if (m->field_length < FIELD_MAX_BYTES)
			m->field[m->field_length++] = ' ';
		return;
	}
	if (m->name_length > 0)
		field_done(m);
	if (byte == '\n') { /* a CR before it was kept as the line's only byte */
		m->field_length = 0;
		head_becomes_body(m);
		return;
	}
	m->field[m->field_length++] = byte;
	m->state = HEAD_NAME;
}

/* In a name: to its colon, or to what shows that this is no field. */
static void head_name(struct message *m, uint8_t byte)
{
	bool after_blank = m->field_length > 0 && is_line_blank(m->field[m->field_length - 1]);

	if (byte == '\n' && m->field_length == 1 && m->field[0] == '\r') {
		m->field_length = 0; /* the empty line */
		head_becomes_body(m);
		return;
	}
	m->field[m->field_length++] = byte;
	if (byte == ':' && m->field[0] != ':' && !is_line_blank(m->field[0])) {
		m->name_length = m->field_length - 1;
		m->state = HEAD_VALUE;
		return;
	}
	if (byte == '\n' || byte == ':' || m->field_length == NAME_MAX_BYTES ||
	    (after_blank && !is_line_blank(byte)) || is_line_blank(m->field[0]))
		head_becomes_body(m);
}

/* In a value: to the line's end. Gives how many bytes were used. */
static size_t head_value(struct message *m, struct span bytes)
{
	size_t newline = span_find_byte(bytes, '\n');
	size_t length = newline == SPAN_NOT_FOUND ? bytes.length : newline;
	size_t room = FIELD_MAX_BYTES - m->field_length;
	size_t kept = length < room ? length : room;

	memcpy(m->field + m->field_length, bytes.data, kept);
	m->field_length += kept;
	if (newline == SPAN_NOT_FOUND)
		return length;
	while (m->field_length > m->name_length + 1 && m->field[m->field_length - 1] == '\r')
		m->field_length--;
	m->state = HEAD_LINE_START;
	return length + 1;
}

/* Feed the head until it ends; gives what is left for the body. */
static struct span head_feed(struct message *m, struct span bytes)
{
	while (bytes.length > 0) {
		size_t used = 1;

		switch (m->state) {
		case HEAD_LINE_START:
			head_line_start(m, bytes.data[0]);
			break;
		case HEAD_NAME:
			head_name(m, bytes.data[0]);
			break;
		case HEAD_VALUE:
			used = head_value(m, bytes);
			break;
		case BODY:
			return bytes;
		}
		bytes = span_part(bytes, used, SIZE_MAX);
	}
	return bytes;
}

/* Count bytes with line ends as CRLF, as RFC 1870 does, so that both legs have one size. */
static void count_bytes(struct message *m, struct span bytes)
{
	const uint8_t *at = bytes.data;
	const uint8_t *end = bytes.data + bytes.length;

	m->bytes += bytes.length;
	while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		bool bare = at > bytes.data ? at[-1] != '\r' : !m->last_was_cr;

		m->bytes += bare;
		at++;
	}
	m->last_was_cr = end[-1] == '\r';
}

/* Take the next bytes of the message. */
void message_feed(struct message *message, struct span bytes)
{
	if (bytes.length == 0)
		return;
	count_bytes(message, bytes);
	bytes = head_feed(message, bytes);
	body_digest_feed(&message->body, bytes);
}

/*
 * Bytes are missing. What follows a gap in the head may be head or body, also of a message
 * within this one: it is not read as the head.
 */
void message_gap(struct message *message, uint64_t length_bytes)
{
	if (length_bytes == 0)
		return;
	message->bytes += length_bytes;
	message->last_was_cr = false;
	body_digest_gap(&message->body);
	if (message->state == BODY)
		return;
	if (message->state == HEAD_LINE_START && message->name_length > 0)
		field_done(message);
	message->field_length = 0;
	message->name_length = 0;
	message->state = BODY;
}

/* No more will come. */
void message_finish(struct message *message)
{
	if (message->state != BODY) {
		if (message->name_length > 0)
			field_done(message);
		head_becomes_body(message);
		message->head_complete = false; /* it may have broken off */
	}
	message->digest_known = body_digest_get(&message->body, message->digest);
}

static struct span kept(const struct message *m, enum kept which)
{
	return span_of(m->kept[which], m->kept_length[which]);
}

/* Say what is known so far. */
void message_info_get(const struct message *message, struct message_info *out)
{
	*out = (struct message_info){
		.message_id = kept(message, KEPT_MESSAGE_ID),
		.header_from = kept(message, KEPT_FROM),
		.date = kept(message, KEPT_DATE),
		.return_path = kept(message, KEPT_RETURN_PATH),
		.originating = message->originating,
		.trace = message->trace == NULL ? NULL : message->trace->lines,
		.trace_count = message->trace_count,
		.has_list_headers = message->has_list_headers,
		.is_automatic = message->is_automatic,
		.head_complete = message->head_complete,
		.bytes = message->bytes,
		.body_bytes = message->body.bytes,
		.digest_known = message->digest_known,
	};
	memcpy(out->digest, message->digest, sizeof(out->digest));
}

/* For --version. */
const char *message_library_version(void)
{
	return body_digest_library_version();
}
