#include "protocols/netstring.h"

#include "protocols/reply.h"

#include <string.h>

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

/* Begin the next answer; what was kept of the last one stays until its head is read. */
static void begin_answer(struct netstring_answer *answer)
{
	answer->state = ANSWER_HEAD;
	answer->head = (struct netstring_head){ 0 };
}

static bool is_letter(uint8_t byte)
{
	return byte == 'K' || byte == 'Z' || byte == 'D';
}

/* Lose the place. RESULT_BAD only the first time: what is passed on the way back is no news. */
static enum result lose(struct netstring_answer *answer)
{
	bool news = !answer->recovering;

	answer->state = ANSWER_LOST;
	answer->recovering = true;
	return news ? RESULT_BAD : RESULT_MORE;
}

static enum result read_head(struct netstring_answer *answer, struct cursor *in)
{
	enum result r = netstring_head_read(&answer->head, in);

	if (r == RESULT_BAD || (r == RESULT_OK && answer->head.lenient))
		return lose(answer);
	if (r != RESULT_OK)
		return r;
	answer->left = answer->head.length;
	answer->kept = 0;
	answer->holed = false;
	answer->state = answer->left > 0 ? ANSWER_TEXT : ANSWER_COMMA;
	return RESULT_MORE;
}

static enum result read_text(struct netstring_answer *answer, struct cursor *in)
{
	size_t here = cursor_left(in) < answer->left ? cursor_left(in) : (size_t)answer->left;
	size_t room = answer->holed ? 0 : sizeof(answer->text) - answer->kept;
	size_t n = here < room ? here : room;

	if (answer->recovering && answer->kept == 0 && !is_letter(*in->at))
		return lose(answer);
	memcpy(answer->text + answer->kept, in->at, n);
	answer->kept += n;
	cursor_skip(in, here);
	answer->left -= here;
	if (answer->left == 0)
		answer->state = ANSWER_COMMA;
	return RESULT_MORE;
}

static enum result read_comma(struct netstring_answer *answer, struct cursor *in)
{
	if (*in->at != ',')
		return lose(answer);
	cursor_skip(in, 1);
	begin_answer(answer);
	answer->recovering = false;
	return RESULT_OK;
}

/* Read on; see the header. */
enum result netstring_answer_read(struct netstring_answer *answer, struct cursor *in)
{
	enum result r = RESULT_MORE;

	while (r == RESULT_MORE && !cursor_done(in)) {
		switch (answer->state) {
		case ANSWER_HEAD:
			r = read_head(answer, in);
			break;
		case ANSWER_TEXT:
			r = read_text(answer, in);
			break;
		case ANSWER_COMMA:
			r = read_comma(answer, in);
			break;
		case ANSWER_LOST: /* the next place that makes sense is behind a comma */
			if (cursor_u8(in) == ',')
				begin_answer(answer);
			break;
		}
	}
	return r;
}

/* Step over missing bytes; a length that is known keeps the reader in step. */
enum result netstring_answer_gap(struct netstring_answer *answer, uint64_t length_bytes)
{
	bool inside = answer->state == ANSWER_TEXT || answer->state == ANSWER_COMMA;
	uint64_t rest = answer->left + 1; /* with the comma */

	if (!inside || length_bytes > rest) {
		begin_answer(answer);
		answer->recovering = true;
		return RESULT_BAD;
	}
	answer->holed = true;
	if (length_bytes == rest) {
		begin_answer(answer);
		return RESULT_OK;
	}
	answer->left -= length_bytes;
	if (answer->left == 0)
		answer->state = ANSWER_COMMA;
	return RESULT_MORE;
}

/* Say what the answer is that was read last. */
void netstring_answer_get(const struct netstring_answer *answer, struct fact_reply *out)
{
	struct span text = span_of(answer->text, answer->kept);

	*out = (struct fact_reply){ 0 };
	if (text.length == 0 || !is_letter(text.data[0]))
		return;
	out->letter = (char)text.data[0];
	out->text = span_part(text, 1, SIZE_MAX);
	reply_classify(out);
}
