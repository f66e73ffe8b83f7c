#include "protocols/software.h"

#include "protocols/letter_pairs.h"
#include "protocols/software_rows.h"

#include <string.h>

#define HEX_DIGITS 32
/* Postfix' short names are microseconds and a file's number, its long ones have no vowel. */
#define ID_SHORTEST 6
#define ID_LONG_SHORTEST 12
#define ID_LONGEST 20

static bool is_word_byte(uint8_t byte)
{
	return ascii_is_alpha(byte) || ascii_is_digit(byte);
}

/* ---- greetings and keywords ---- */

static bool is_host_byte(uint8_t byte)
{
	return is_word_byte(byte) || byte == '.' || byte == '-';
}

/* The last label of a host's name is of letters alone. */
static bool is_host_name(struct span name)
{
	size_t dot = span_find_last_byte(name, '.');

	if (dot == SPAN_NOT_FOUND || dot == 0 || name.length - dot < 3)
		return false;
	for (size_t i = dot + 1; i < name.length; i++)
		if (!ascii_is_alpha(name.data[i]))
			return false;
	return true;
}

/* Where the address or the name of a host ends that the words are a part of; 0: of none. */
static size_t name_end(struct span text, size_t at, size_t length)
{
	size_t begin = at + length, end = at + length;

	while (begin > 0 && is_host_byte(text.data[begin - 1]))
		begin--;
	while (end < text.length && is_host_byte(text.data[end]))
		end++;
	if (end < text.length && text.data[end] == '@')
		return end;
	if ((begin < at || end > at + length) && is_host_name(span_part(text, begin, end - begin)))
		return end;
	return 0;
}

static bool stands_alone(struct span text, size_t at, size_t length)
{
	return (at == 0 || !is_word_byte(text.data[at - 1])) &&
	       (at + length == text.length || !is_word_byte(text.data[at + length]));
}

/* Words that stand by themselves, from a place on. */
static bool holds_words(struct span text, size_t from, const char *words)
{
	size_t length = strlen(words);
	size_t at = from;

	for (;;) {
		size_t found = span_find_nocase(span_part(text, at, SIZE_MAX), words);
		size_t end = 0;

		if (found == SPAN_NOT_FOUND)
			return false;
		at += found;
		if (stands_alone(text, at, length)) {
			end = name_end(text, at, length);
			if (end == 0)
				return true;
		}
		at = end > at ? end : at + 1;
	}
}

/* The host's name is the first word, and may hold any word; several words it is not. */
struct software software_of_greeting(struct span text)
{
	size_t name_length = span_find_byte(text, ' ');
	struct letter_pairs pairs;

	if (name_length == SPAN_NOT_FOUND)
		return (struct software){ 0 };
	letter_pairs_find(text, &pairs);
	for (size_t i = 0; i < software_greeting_count; i++) {
		const struct software_words *row = &software_greetings[i];
		size_t from = strchr(row->words, ' ') != NULL ? 0 : name_length;

		if (letter_pairs_may_hold(&pairs, row->words) &&
		    holds_words(text, from, row->words))
			return (struct software){ row->name, SOFTWARE_BY_GREETING };
	}
	return (struct software){ 0 };
}

struct software software_of_keyword(struct span line)
{
	struct span word;

	line = span_trim(line);
	word = span_part(line, 0, span_find_byte(line, ' '));
	for (size_t i = 0; i < software_keyword_count; i++)
		if (span_is_nocase(word, software_keywords[i].words))
			return (struct software){ software_keywords[i].name, SOFTWARE_BY_KEYWORD };
	return (struct software){ 0 };
}

/* ---- replies ---- */

static size_t number_length(struct span text)
{
	size_t length = 0;

	while (length < text.length && ascii_is_digit(text.data[length]))
		length++;
	return length;
}

static size_t word_length(struct span text)
{
	size_t length = span_find_byte(text, ' ');

	return length == SPAN_NOT_FOUND ? text.length : length;
}

static bool is_hex(uint8_t byte)
{
	uint8_t lower = ascii_lower(byte);

	return ascii_is_digit(byte) || (lower >= 'a' && lower <= 'f');
}

static size_t hex_length(struct span text)
{
	size_t length = 0;

	while (length < text.length && is_hex(text.data[length]))
		length++;
	return length == HEX_DIGITS ? length : 0;
}

static size_t id_length(struct span text)
{
	bool is_short = true, is_long = true;
	size_t length = 0;

	for (; length < text.length && is_word_byte(text.data[length]); length++) {
		uint8_t byte = text.data[length];

		is_short = is_short && (ascii_is_digit(byte) || (byte >= 'A' && byte <= 'F'));
		is_long = is_long && strchr("AEIOUaeiou", byte) == NULL;
	}
	if (length > ID_LONGEST || (is_short ? length < ID_SHORTEST : length < ID_LONG_SHORTEST))
		return 0;
	return is_short || is_long ? length : 0;
}

static const struct {
	const char *name;
	size_t (*length)(struct span text); /* 0: it does not stand there */
} placeholders[] = {
	{ "{n}", number_length },
	{ "{id}", id_length },
	{ "{hex}", hex_length },
	{ "{word}", word_length },
};

/* The length of the placeholder's name, and of what stands for it; 0, 0: there is none. */
static size_t placeholder(const char *pattern, struct span text, size_t *out_length)
{
	*out_length = 0;
	for (size_t i = 0; i < ARRAY_COUNT(placeholders); i++) {
		size_t length = strlen(placeholders[i].name);

		if (strncmp(pattern, placeholders[i].name, length) != 0)
			continue;
		*out_length = placeholders[i].length(text);
		return length;
	}
	return 0;
}

/* How much of the text the pattern takes from its beginning on, or SPAN_NOT_FOUND. */
static size_t begins(struct span text, const char *pattern)
{
	size_t at = 0;

	while (*pattern != '\0') {
		struct span rest = span_part(text, at, SIZE_MAX);
		size_t step = 0;

		if (*pattern == '{') {
			pattern += placeholder(pattern, rest, &step);
		} else if (rest.length > 0 && rest.data[0] == (uint8_t)*pattern) {
			pattern++;
			step = 1;
		}
		if (step == 0)
			return SPAN_NOT_FOUND;
		at += step;
	}
	return at;
}

static bool fits(struct span text, const struct software_reply *row)
{
	size_t last = row->place != ANYWHERE || text.length == 0 ? 0 : text.length - 1;

	for (size_t at = 0; at <= last; at++) {
		size_t taken = begins(span_part(text, at, SIZE_MAX), row->pattern);

		if (taken != SPAN_NOT_FOUND)
			return row->place != WHOLE || taken == text.length;
	}
	return false;
}

/* Could the text hold the pattern? What stands for a placeholder is not looked at. */
static bool may_hold(const struct letter_pairs *pairs, const char *pattern)
{
	for (; pattern[0] != '\0' && pattern[1] != '\0'; pattern++) {
		if (pattern[0] == '{')
			pattern = strchr(pattern, '}');
		else if (pattern[1] != '{' && !letter_pairs_have(pairs, pattern[0], pattern[1]))
			return false;
	}
	return true;
}

/* "5.7.1 " in front of the words (RFC 2034, 4). */
static struct span without_enhanced_code(struct span text)
{
	size_t length = 0;

	while (length < text.length &&
	       (ascii_is_digit(text.data[length]) || text.data[length] == '.'))
		length++;
	if (length < 5 || length == text.length || text.data[length] != ' ')
		return text;
	return span_part(text, length + 1, SIZE_MAX);
}

/*
 * The words in front of what another server has said. Exim quotes it so where a callout asked for the
 * recipient or the sender (src/verify.c); " said: " is Postfix', from general knowledge.
 */
static struct span before_quote(struct span text)
{
	static const char *const quotes[] = { " said: ", " Response: ",
					      "Callout verification failed: " };

	for (size_t i = 0; i < ARRAY_COUNT(quotes); i++) {
		size_t at = span_find_nocase(text, quotes[i]);

		if (at != SPAN_NOT_FOUND)
			text = span_part(text, 0, at + strlen(quotes[i]));
	}
	return text;
}

/* The words of a reply. */
struct software software_of_reply(const struct fact_reply *reply)
{
	struct span text = without_enhanced_code(reply->text);
	struct letter_pairs pairs;

	letter_pairs_find(text, &pairs);
	for (size_t i = 0; i < software_reply_count; i++) {
		const struct software_reply *row = &software_replies[i];

		if ((row->code == 0 || row->code == reply->code) &&
		    may_hold(&pairs, row->pattern) && fits(text, row) &&
		    fits(before_quote(text), row))
			return (struct software){ row->name, row->habit ? SOFTWARE_BY_HABIT
									: SOFTWARE_BY_REPLY };
	}
	return (struct software){ 0 };
}
