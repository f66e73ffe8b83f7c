#include "protocols/smtp_state.h"

/*
 * Path = "<" [ A-d-l ":" ] Mailbox ">" (RFC 5321, 4.1.2). A quoted local part may hold > and
 * blanks. Real clients leave the brackets out, and put blanks around the colon; real servers
 * take that.
 */

/* Find a byte outside of quotes. */
static size_t find_unquoted(struct span s, bool (*wanted)(uint8_t byte))
{
	bool quoted = false;

	for (size_t i = 0; i < s.length; i++) {
		if (s.data[i] == '\\' && quoted)
			i++;
		else if (s.data[i] == '"')
			quoted = !quoted;
		else if (!quoted && wanted(s.data[i]))
			return i;
	}
	return SPAN_NOT_FOUND;
}

static bool is_closing(uint8_t byte)
{
	return byte == '>';
}

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

/* Where the address ends; quotes that are not closed count for nothing. */
static size_t address_end(struct span rest, bool (*wanted)(uint8_t byte))
{
	size_t end = find_unquoted(rest, wanted);

	for (size_t i = 0; end == SPAN_NOT_FOUND && i < rest.length; i++)
		if (wanted(rest.data[i]))
			end = i;
	return end == SPAN_NOT_FOUND ? rest.length : end;
}

/* Read the address behind FROM: or TO:. */
bool smtp_path(struct span argument, const char *keyword, struct span *out)
{
	struct span rest = span_trim(argument);
	size_t keyword_length = span_text(keyword).length;

	if (!span_starts_nocase(rest, keyword))
		return false;
	rest = span_trim(span_part(rest, keyword_length, SIZE_MAX));
	if (rest.length == 0 || rest.data[0] != ':')
		return false;
	rest = span_trim(span_part(rest, 1, SIZE_MAX));
	if (rest.length == 0)
		return false;
	if (rest.data[0] != '<') {
		*out = span_of(rest.data, address_end(rest, is_blank));
		return true;
	}
	rest = span_of(rest.data + 1, rest.length - 1);
	*out = span_trim(span_of(rest.data, address_end(rest, is_closing)));
	return true;
}
