#include "protocols/netstring.h"

#include "protocols/reply.h"

#include <string.h>

#define ANSWER_TEXT_MAX_BYTES 512

/* Whether a byte in place of a digit is taken as qmail takes it; printable ones are. */
static bool counts_as_digit(uint8_t byte)
{
	return byte > '0' && byte < 0x7f && byte != ',';
}

/*
 * qmail's own clients never write it, but qmail-qmtpd reads a recipient's length without a look
 * at the digits, len = 10 * len + (ch - '0'), and goes on in step. A decoder that stops there is
 * blind to what that server takes.
 */
enum result netstring_head_read(struct netstring_head *head, struct cursor *in)
{
	while (!cursor_done(in)) {
		uint8_t byte = *in->at;

		if (byte == ':') {
			cursor_skip(in, 1);
			head->odd = head->odd || head->digits == 0;
			return RESULT_OK;
		}
		if (head->digits >= NETSTRING_DIGITS_MAX)
			return RESULT_BAD;
		if (!ascii_is_digit(byte) && !counts_as_digit(byte))
			return RESULT_BAD;
		head->length = 10 * head->length + (uint64_t)(byte - '0');
		if (head->length > NETSTRING_LENGTH_MAX)
			return RESULT_BAD;
		cursor_skip(in, 1);
		head->digits++;
		head->lenient = head->lenient || !ascii_is_digit(byte);
		/* "0:," is the empty netstring; any other leading zero is against the rules. */
		head->odd = head->odd || head->lenient || (head->length < 10 && head->digits > 1);
	}
	return RESULT_MORE;
}

/* Begin the next netstring; what was kept of the last one stays until its head is read. */
static void begin_text(struct netstring_text *text)
{
	text->state = NETSTRING_HEAD;
	text->head = (struct netstring_head){ 0 };
}

static enum result read_head(struct netstring_text *text, struct cursor *in)
{
	enum result r = netstring_head_read(&text->head, in);

	if (r != RESULT_OK)
		return r;
	text->left = text->head.length;
	text->kept = 0;
	text->odd = text->head.odd;
	text->holed = false;
	text->state = text->left > 0 ? NETSTRING_TEXT : NETSTRING_COMMA;
	return RESULT_MORE;
}

static enum result read_text(struct netstring_text *text, struct cursor *in)
{
	size_t here = cursor_left(in) < text->left ? cursor_left(in) : (size_t)text->left;
	size_t room = text->holed ? 0 : sizeof(text->bytes) - text->kept;
	size_t n = here < room ? here : room;

	memcpy(text->bytes + text->kept, in->at, n);
	text->kept += n;
	cursor_skip(in, here);
	text->left -= here;
	if (text->left == 0)
		text->state = NETSTRING_COMMA;
	return RESULT_MORE;
}

static enum result read_comma(struct netstring_text *text, struct cursor *in)
{
	if (*in->at != ',')
		return RESULT_BAD;
	cursor_skip(in, 1);
	begin_text(text);
	return RESULT_OK;
}

/* Read on until the comma; see the header. */
enum result netstring_text_read(struct netstring_text *text, struct cursor *in)
{
	enum result r = RESULT_MORE;

	while (r == RESULT_MORE && !cursor_done(in)) {
		switch (text->state) {
		case NETSTRING_HEAD:
			r = read_head(text, in);
			break;
		case NETSTRING_TEXT:
			r = read_text(text, in);
			break;
		case NETSTRING_COMMA:
			r = read_comma(text, in);
			break;
		}
	}
	return r;
}

/* Step over missing bytes; a length that is known keeps the reader in step. */
enum result netstring_text_gap(struct netstring_text *text, uint64_t length_bytes)
{
	uint64_t rest = text->left + 1; /* with the comma */

	if (text->state == NETSTRING_HEAD || length_bytes > rest)
		return RESULT_BAD;
	if (text->left > 0)
		text->holed = true;
	if (length_bytes == rest) {
		begin_text(text);
		return RESULT_OK;
	}
	text->left -= length_bytes;
	if (text->left == 0)
		text->state = NETSTRING_COMMA;
	return RESULT_MORE;
}

struct span netstring_text_get(const struct netstring_text *text)
{
	return span_of(text->bytes, text->kept);
}

bool netstring_text_is_fresh(const struct netstring_text *text)
{
	return text->state == NETSTRING_HEAD && text->head.digits == 0;
}

static bool is_letter(uint8_t byte)
{
	return byte == 'K' || byte == 'Z' || byte == 'D';
}

/* Lose the place. RESULT_BAD only the first time: what is passed on the way back is no news. */
static enum result lose(struct netstring_answer *answer)
{
	bool news = !answer->recovering;

	begin_text(&answer->text);
	answer->lost = true;
	answer->recovering = true;
	return news ? RESULT_BAD : RESULT_MORE;
}

/* What would be read next cannot be the text of an answer. */
static bool is_unlikely(const struct netstring_answer *answer, const struct cursor *in)
{
	const struct netstring_text *text = &answer->text;

	if (!answer->recovering || text->state == NETSTRING_HEAD || text->kept > 0)
		return false;
	return text->state == NETSTRING_COMMA || !is_letter(*in->at);
}

/* The next place that makes sense is behind a comma. */
static void look_for_answer(struct netstring_answer *answer, struct cursor *in)
{
	size_t comma = span_find_byte(cursor_rest(in), ',');

	if (comma == SPAN_NOT_FOUND) {
		cursor_skip(in, cursor_left(in));
		return;
	}
	cursor_skip(in, comma + 1);
	answer->lost = false;
}

/* Read on until an answer is complete; see the header. */
enum result netstring_answer_read(struct netstring_answer *answer, struct cursor *in)
{
	enum result r = RESULT_MORE;

	while (r == RESULT_MORE && !cursor_done(in)) {
		struct netstring_text *text = &answer->text;

		if (answer->lost)
			look_for_answer(answer, in);
		else if (text->state == NETSTRING_HEAD)
			r = read_head(text, in);
		else if (is_unlikely(answer, in))
			r = RESULT_BAD;
		else
			r = netstring_text_read(text, in);
		if (r == RESULT_BAD || text->head.lenient)
			r = lose(answer);
	}
	if (r == RESULT_OK)
		answer->recovering = false;
	return r;
}

/* Step over missing bytes. */
enum result netstring_answer_gap(struct netstring_answer *answer, uint64_t length_bytes)
{
	enum result r = RESULT_BAD;

	if (!answer->lost)
		r = netstring_text_gap(&answer->text, length_bytes);
	if (r != RESULT_BAD)
		return r;
	begin_text(&answer->text);
	answer->lost = false;
	answer->recovering = true;
	return RESULT_BAD;
}

/* Say what the answer is that was read last. */
void netstring_answer_get(const struct netstring_answer *answer, struct fact_reply *out)
{
	struct span text = netstring_text_get(&answer->text);

	*out = (struct fact_reply){ 0 };
	if (text.length == 0 || !is_letter(text.data[0]))
		return;
	out->letter = (char)text.data[0];
	out->text = span_part(text, 1, ANSWER_TEXT_MAX_BYTES);
	reply_classify(out);
}
