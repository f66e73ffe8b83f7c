#include "sinks/json.h"

#include "core/time_text.h"

#include <inttypes.h>
#include <math.h>

/* Begin a text; what out holds already stays. */
void json_begin(struct json *json, struct text *out)
{
	*json = (struct json){ .out = out };
}

/* May it be used? */
bool json_whole(const struct json *json)
{
	return json->depth == 0 && !json->too_deep && !json->out->cut && !json->out->failed;
}

/* The characters that JSON has a short name for; 0: none. */
static char short_escape(uint8_t byte)
{
	switch (byte) {
	case '"':
		return '"';
	case '\\':
		return '\\';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

/* The number of a character that must not stand as it is, or 0. */
static unsigned must_escape(struct span s, size_t length)
{
	uint8_t a = s.data[0];

	if (length == 1 && (a < 0x20 || a == 0x7f))
		return a == 0 ? 0x10000 : a; /* NUL is told apart from "none" */
	if (length == 2 && a == 0xc2 && s.data[1] < 0xa0)
		return s.data[1]; /* C1 */
	if (length == 3 && a == 0xe2 && s.data[1] == 0x80 && (s.data[2] & 0xfe) == 0xa8)
		return 0x2000u | (s.data[2] & 0x3fu); /* U+2028, U+2029 */
	return 0;
}

/* One character of a string; gives the bytes that it took. */
static size_t add_character(struct text *out, struct span s)
{
	size_t length = utf8_length(s);
	unsigned number;

	if (length == 0) {
		text_add(out, "\xef\xbf\xbd"); /* U+FFFD */
		return 1;
	}
	if (length == 1 && short_escape(s.data[0]) != 0) {
		text_addf(out, "\\%c", short_escape(s.data[0]));
		return 1;
	}
	number = must_escape(s, length);
	if (number != 0)
		text_addf(out, "\\u%04x", number & 0xffff);
	else
		text_add_bytes(out, s.data, length);
	return length;
}

/* How many bytes at the front stand for themselves: the common case, copied in one go. */
static size_t plain_run(struct span s)
{
	size_t n = 0;

	while (n < s.length && s.data[n] >= 0x20 && s.data[n] < 0x7f && s.data[n] != '"' &&
	       s.data[n] != '\\')
		n++;
	return n;
}

static void add_string(struct text *out, struct span s)
{
	text_add_bytes(out, "\"", 1);
	while (s.length > 0) {
		size_t n = plain_run(s);

		if (n > 0)
			text_add_bytes(out, s.data, n);
		else
			n = add_character(out, s);
		s = span_part(s, n, SIZE_MAX);
	}
	text_add_bytes(out, "\"", 1);
}

/* The comma and the key that stand before a value. */
static void before_value(struct json *json, const char *key)
{
	uint32_t bit = UINT32_C(1) << (json->depth % JSON_DEPTH_MAX);

	if ((json->has_member & bit) != 0)
		text_add_bytes(json->out, ",", 1);
	json->has_member |= bit;
	if (key == NULL)
		return;
	add_string(json->out, span_text(key));
	text_add_bytes(json->out, ":", 1);
}

static void open_level(struct json *json, const char *key, const char *bracket)
{
	before_value(json, key);
	text_add(json->out, bracket);
	json->depth++;
	if (json->depth >= JSON_DEPTH_MAX)
		json->too_deep = true;
	json->has_member &= ~(UINT32_C(1) << (json->depth % JSON_DEPTH_MAX));
}

static void close_level(struct json *json, const char *bracket)
{
	text_add(json->out, bracket);
	json->depth--;
}

void json_object_open(struct json *json, const char *key)
{
	open_level(json, key, "{");
}

void json_object_close(struct json *json)
{
	close_level(json, "}");
}

void json_array_open(struct json *json, const char *key)
{
	open_level(json, key, "[");
}

void json_array_close(struct json *json)
{
	close_level(json, "]");
}

/* A string of wire bytes. */
void json_span(struct json *json, const char *key, struct span value)
{
	before_value(json, key);
	add_string(json->out, value);
}

/* A string of our own, or null. */
void json_text(struct json *json, const char *key, const char *value)
{
	if (value == NULL)
		json_none(json, key);
	else
		json_span(json, key, span_text(value));
}

/* A string of wire bytes; null says that there was none. */
void json_seen(struct json *json, const char *key, struct span value)
{
	if (value.length == 0)
		json_none(json, key);
	else
		json_span(json, key, value);
}

void json_int(struct json *json, const char *key, int64_t value)
{
	before_value(json, key);
	text_addf(json->out, "%" PRId64, value);
}

void json_uint(struct json *json, const char *key, uint64_t value)
{
	before_value(json, key);
	text_addf(json->out, "%" PRIu64, value);
}

/* JSON has no word for infinity. */
void json_decimal(struct json *json, const char *key, double value)
{
	if (!isfinite(value)) {
		json_none(json, key);
		return;
	}
	before_value(json, key);
	text_addf(json->out, "%.2f", value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	before_value(json, key);
	text_add(json->out, value ? "true" : "false");
}

void json_none(struct json *json, const char *key)
{
	before_value(json, key);
	text_add(json->out, "null");
}

void json_time(struct json *json, const char *key, int64_t time_ns)
{
	char text[TIME_TEXT_MAX];

	json_text(json, key, time_text_ns(time_ns, text));
}

/* An address as RFC 5952 writes it; null for none. */
void json_ip(struct json *json, const char *key, const struct ip_address *address)
{
	char text[IP_TEXT_MAX];

	json_text(json, key, address->family == 0 ? NULL : ip_address_format(address, text));
}

void json_hex(struct json *json, const char *key, struct span value)
{
	before_value(json, key);
	text_add_bytes(json->out, "\"", 1);
	for (size_t i = 0; i < value.length; i++)
		text_addf(json->out, "%02x", value.data[i]);
	text_add_bytes(json->out, "\"", 1);
}
