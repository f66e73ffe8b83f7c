#include "protocols/received.h"

#include <string.h>

/* A word, or a comment with its brackets. */
struct token {
	struct span text;
	bool is_comment;
};

static bool is_space(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The length of the comment at the front; one that is not closed goes to the end. */
static size_t comment_length(struct span s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.length; i++) {
		if (s.data[i] == '\\')
			i++;
		else if (s.data[i] == '(')
			depth++;
		else if (s.data[i] == ')' && --depth == 0)
			return i + 1;
	}
	return s.length;
}

/* Take the next token; false: there is none, or the date begins. */
static bool next_token(struct span *rest, struct token *out)
{
	size_t length = 0;

	while (rest->length > 0 && is_space(rest->data[0]))
		*rest = span_part(*rest, 1, SIZE_MAX);
	if (rest->length == 0 || rest->data[0] == ';')
		return false;
	out->is_comment = rest->data[0] == '(';
	if (out->is_comment)
		length = comment_length(*rest);
	else
		while (length < rest->length && !is_space(rest->data[length]) &&
		       rest->data[length] != '(' && rest->data[length] != ';')
			length++;
	out->text = span_part(*rest, 0, length);
	*rest = span_part(*rest, length, SIZE_MAX);
	return true;
}

/* Read an address that fills the span, with or without IPv6: before it. */
static bool read_address(struct span s, struct ip_address *out)
{
	char text[IP_TEXT_MAX];

	if (span_starts_nocase(s, "IPv6:"))
		s = span_part(s, 5, SIZE_MAX);
	if (s.length == 0 || s.length >= sizeof(text) || span_find_byte(s, '\0') != SPAN_NOT_FOUND)
		return false;
	memcpy(text, s.data, s.length);
	text[s.length] = '\0';
	return ip_address_parse(text, out) == RESULT_OK;
}

/* Find the last [address] of a token. */
static bool find_bracketed(struct span s, struct ip_address *out)
{
	size_t open = span_find_last_byte(s, '[');
	struct span inner;
	size_t close;

	if (open == SPAN_NOT_FOUND)
		return false;
	inner = span_part(s, open + 1, SIZE_MAX);
	close = span_find_byte(inner, ']');
	return close != SPAN_NOT_FOUND && read_address(span_part(inner, 0, close), out);
}

/* The word that follows a mark within a comment. */
static struct span word_after(struct span s, const char *mark)
{
	size_t at = span_find_nocase(s, mark);
	size_t length = 0;

	if (at == SPAN_NOT_FOUND)
		return span_of(NULL, 0);
	s = span_part(s, at + strlen(mark), SIZE_MAX);
	while (length < s.length && !is_space(s.data[length]) && s.data[length] != ')')
		length++;
	return span_part(s, 0, length);
}

/* What stands between "from" and "by". */
static void read_from(const struct token *token, struct fact_trace *out)
{
	struct span inner, name;

	if (!token->is_comment) {
		if (out->from_name.length > 0)
			return;
		out->from_name = token->text;
		if (token->text.data[0] == '[')
			(void)find_bracketed(token->text, &out->from);
		return;
	}
	inner = span_part(token->text, 1, token->text.length - 1);
	if (inner.length > 0 && inner.data[inner.length - 1] == ')')
		inner.length--;
	if (!find_bracketed(inner, &out->from) && out->from.family == 0)
		(void)read_address(span_trim(inner), &out->from);
	name = word_after(token->text, "(HELO ");
	if (name.length == 0)
		name = word_after(token->text, "(EHLO ");
	if (name.length == 0)
		name = word_after(token->text, "helo=");
	if (name.length > 0)
		out->from_name = name;
}

static struct span without_brackets(struct span s)
{
	if (s.length >= 2 && s.data[0] == '<' && s.data[s.length - 1] == '>')
		return span_part(s, 1, s.length - 2);
	return s;
}

/* Take a Received line apart. */
void received_parse(struct span line, struct fact_trace *out)
{
	enum { NOTHING, FROM, BY, WITH, FOR } part = NOTHING;
	struct span rest = line;
	struct token token;

	*out = (struct fact_trace){ .raw = line };
	while (next_token(&rest, &token)) {
		if (!token.is_comment && span_is_nocase(token.text, "from") && part == NOTHING) {
			part = FROM;
		} else if (!token.is_comment && span_is_nocase(token.text, "by")) {
			part = BY;
		} else if (!token.is_comment && span_is_nocase(token.text, "with")) {
			part = WITH;
		} else if (!token.is_comment && span_is_nocase(token.text, "for")) {
			part = FOR;
		} else if (part == FROM) {
			read_from(&token, out);
		} else if (part == BY && !token.is_comment && out->by.length == 0) {
			out->by = token.text;
		} else if (part == WITH && !token.is_comment && out->with.length == 0) {
			out->with = token.text;
		} else if (part == FOR && !token.is_comment && out->for_address.length == 0) {
			out->for_address = without_brackets(token.text);
		}
	}
}
