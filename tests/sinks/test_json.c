/* JSON as text: escapes, what is no UTF-8, and texts that do not fit. */
#include "sinks/json.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define BYTES(literal) literal, sizeof(literal) - 1

/* RFC 8259, 7; RFC 3629, 3 and 4. */
Test(json, strings)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *json;
	} cases[] = {
		{ BYTES(""), "\"\"" },
		{ BYTES("plain"), "\"plain\"" },
		{ BYTES("a\"b\\c/"), "\"a\\\"b\\\\c/\"" },
		{ BYTES("\n\r\t"), "\"\\n\\r\\t\"" },
		{ BYTES("\0\x01\x1b\x7f"), "\"\\u0000\\u0001\\u001b\\u007f\"" },
		{ BYTES("\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xa7"),
		  "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xa7\"" },
		{ BYTES("\xc2\x80\xc2\x9f\xc2\xa0"), "\"\\u0080\\u009f\xc2\xa0\"" },
		{ BYTES("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa"), "\"\\u2028\\u2029\xe2\x80\xaa\"" },
		/* A byte that begins nothing, and a character that is cut. */
		{ BYTES("\x80z"), "\"\xef\xbf\xbdz\"" },
		{ BYTES("\xc3"), "\"\xef\xbf\xbd\"" },
		{ BYTES("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ BYTES("\xf0\x9f\x93z"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"" },
		/* Written too long, surrogates, past U+10FFFF, never used. */
		{ BYTES("\xc0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ BYTES("\xe0\x80\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ BYTES("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ BYTES("\xf4\x90\x80\x80"),
		  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ BYTES("\xfe\xff"), "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct text text;
		struct json json;

		text_init(&text, 1024);
		json_begin(&json, &text);
		json_span(&json, NULL, span_of(cases[i].bytes, cases[i].length));
		cr_expect(json_whole(&json));
		cr_expect_str_eq(text_get(&text), cases[i].json, "case %zu: %s", i,
				 text_get(&text));
		text_clear(&text);
	}
}

Test(json, members)
{
	static const struct ip_address none = { 0 };
	const uint8_t mapped[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	const struct ip_address ip = ip_address_v6(mapped);
	struct text text;
	struct json json;

	text_init(&text, 4096);
	json_begin(&json, &text);
	json_object_open(&json, NULL);
	json_text(&json, "text", "x");
	json_text(&json, "none", NULL);
	json_seen(&json, "seen", span_text("y"));
	json_seen(&json, "unseen", span_of(NULL, 0));
	json_int(&json, "least", INT64_MIN);
	json_uint(&json, "most", UINT64_MAX);
	json_decimal(&json, "real", -0.126);
	json_decimal(&json, "endless", -INFINITY);
	json_decimal(&json, "no_number", NAN);
	json_bool(&json, "yes", true);
	json_bool(&json, "no", false);
	json_none(&json, "null");
	json_time(&json, "time", 1);
	json_ip(&json, "ip", &ip);
	json_ip(&json, "no_ip", &none);
	json_hex(&json, "hex", span_of("\0\xff", 2));
	json_array_open(&json, "list");
	json_uint(&json, NULL, 1);
	json_array_open(&json, NULL);
	json_array_close(&json);
	json_object_open(&json, NULL);
	json_object_close(&json);
	json_array_close(&json);
	json_object_close(&json);
	cr_expect(json_whole(&json));
	cr_expect_str_eq(
	    text_get(&text),
	    "{\"text\":\"x\",\"none\":null,\"seen\":\"y\",\"unseen\":null,"
	    "\"least\":-9223372036854775808,\"most\":18446744073709551615,\"real\":-0.13,"
	    "\"endless\":null,\"no_number\":null,\"yes\":true,\"no\":false,\"null\":null,"
	    "\"time\":\"1970-01-01T00:00:00.000000001Z\",\"ip\":\"2001:db8::1\",\"no_ip\":null,"
	    "\"hex\":\"00ff\",\"list\":[1,[],{}]}");
	text_clear(&text);
}

/* A text that was cut, or a level that is still open, is no JSON. */
Test(json, what_is_not_whole)
{
	struct text text;
	struct json json;

	text_init(&text, 10);
	json_begin(&json, &text);
	json_text(&json, NULL, "12345678");
	cr_expect(json_whole(&json));
	text_reset(&text);
	json_begin(&json, &text);
	json_text(&json, NULL, "123456789");
	cr_expect_not(json_whole(&json));
	text_clear(&text);

	text_init(&text, 1024);
	json_begin(&json, &text);
	json_object_open(&json, NULL);
	cr_expect_not(json_whole(&json));
	json_object_close(&json);
	cr_expect(json_whole(&json));
	text_clear(&text);
}

Test(json, depth)
{
	struct text text;
	struct json json;

	text_init(&text, 1024);
	for (uint32_t depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX; depth++) {
		text_reset(&text);
		json_begin(&json, &text);
		for (uint32_t i = 0; i < depth; i++)
			json_array_open(&json, NULL);
		for (uint32_t i = 0; i < depth; i++)
			json_array_close(&json);
		cr_expect_eq(json_whole(&json), depth < JSON_DEPTH_MAX);
	}
	text_clear(&text);
}
