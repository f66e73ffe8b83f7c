/* The configuration file: YAML with the keys of the options, and errors with their line. */
#include "app/config.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUES_MAX 8

/* A file of the test's own, with bytes that may hold NUL. */
static void write_file(char path[64], const char *text, size_t length)
{
	int fd;

	(void)strcpy(path, "/tmp/relaywatch-config.XXXXXX");
	fd = mkstemp(path);
	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, text, length), (ssize_t)length);
	(void)close(fd);
}

static enum result read_text(const char *text, size_t length, struct assignments *list,
			     struct error *error)
{
	char path[64];
	enum result r;

	*list = (struct assignments){ 0 };
	error->text[0] = '\0';
	write_file(path, text, length);
	r = config_read(path, list, error);
	(void)unlink(path);
	return r;
}

Test(config, valid)
{
	static const struct {
		const char *text;
		struct {
			const char *key, *value;
			uint32_t line;
		} values[VALUES_MAX];
	} cases[] = {
		{ "", { { 0 } } },
		{ "# nothing said\n", { { 0 } } },
		{ "---\n", { { 0 } } },
		{ "filter: port 25\n", { { "filter", "port 25", 1 } } },
		{ "\n\nsensor_name: \"a: b\"\n", { { "sensor_name", "a: b", 3 } } },
		{ "sensor-name: x\n", { { "sensor_name", "x", 1 } } },
		{ "local_net: 192.0.2.0/24\n", { { "local_net", "192.0.2.0/24", 1 } } },
		{ "local_net: [192.0.2.0/24, '2001:db8::/32']\n",
		  { { "local_net", "192.0.2.0/24", 1 }, { "local_net", "2001:db8::/32", 1 } } },
		{ "local_net:\n  - 192.0.2.0/24\n  - 198.51.100.0/24\ntrusted: []\n",
		  { { "local_net", "192.0.2.0/24", 2 }, { "local_net", "198.51.100.0/24", 3 } } },
		/* A mapping joins the names, and ends. */
		{ "redis:\n  url: redis://h\n  key: k\nfilter: ip\n",
		  { { "redis_url", "redis://h", 2 },
		    { "redis_key", "k", 3 },
		    { "filter", "ip", 4 } } },
		{ "redis: {password: {file: /f}}\n", { { "redis_password_file", "/f", 1 } } },
		{ "redis: redis://h\n", { { "redis_url", "redis://h", 1 } } },
		/* Keys that nothing is said of. */
		{ "filter:\nsensor_name: ~\nhtml: null\nredis_key: \"null\"\n",
		  { { "redis_key", "null", 4 } } },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct assignments list;
		struct error error;
		size_t n = 0;

		cr_assert_eq(read_text(cases[i].text, strlen(cases[i].text), &list, &error),
			     RESULT_OK, "case %zu: %s", i, error.text);
		for (; n < list.count && cases[i].values[n].key != NULL; n++) {
			cr_expect_str_eq(list.list[n].row->key, cases[i].values[n].key);
			cr_expect_str_eq(list.list[n].value, cases[i].values[n].value);
			cr_expect_eq(list.list[n].line, cases[i].values[n].line, "case %zu", i);
			cr_expect_eq(list.list[n].origin, FROM_FILE);
		}
		cr_expect_eq(n, list.count, "case %zu", i);
		cr_expect_null(cases[i].values[n].key, "case %zu", i);
		assignments_clear(&list);
	}
}

#define BYTES(literal) literal, sizeof(literal) - 1

Test(config, invalid)
{
	static const struct {
		const char *text;
		size_t length;
		const char *said;
	} cases[] = {
		{ BYTES("filter: x\nlocal_dmain: y\n"),
		  "line 2: there is no key 'local_dmain'; did you mean 'local_domain'?" },
		{ BYTES("redis:\n  kei: y\n"), "line 2: there is no key 'redis_kei'" },
		{ BYTES("help: true\n"), "line 1: there is no key 'help'" },
		{ BYTES("filter: [a, b]\n"), "line 1: 'filter' takes one value" },
		{ BYTES("filter: a\n\nfilter: b\n"), "line 3: 'filter' takes one value" },
		{ BYTES("- a\n- b\n"), "line 1: a configuration is made of keys and values" },
		{ BYTES("just words\n"), "line 1: a configuration is made of keys and values" },
		{ BYTES("trusted: [[a]]\n"), "line 1: a list holds values only" },
		{ BYTES("trusted:\n  - {a: b}\n"), "line 2: a list holds values only" },
		{ BYTES("? [a]\n: b\n"), "line 1: a key must be a word" },
		{ BYTES("a: &x 1\n"), "line 1: there is no key 'a'" },
		{ BYTES("sensor_name: &x a\nfilter: *x\n"), "line 2: no value, list or mapping" },
		{ BYTES("a: {b: {c: {d: {e: f}}}}\n"), "too many mappings" },
		{ BYTES("filter: \"a\\0b\"\n"), "line 1: a value holds NUL" },
		{ BYTES("filter: 'a\n"), "no YAML" },
		{ BYTES("filter: a\n\tb: c\n"), "line 2: no YAML" },
		{ BYTES("filter: \xff\n"), "no YAML" },
		{ BYTES("filter: a\0b\n"), "no YAML" },
		{ BYTES(
		      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: b\n"),
		  "a key is too long" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct assignments list;
		struct error error;

		cr_expect_eq(read_text(cases[i].text, cases[i].length, &list, &error),
			     RESULT_FAILED, "case %zu", i);
		cr_expect_not_null(strstr(error.text, cases[i].said), "case %zu: no '%s' in: %s", i,
				   cases[i].said, error.text);
		cr_expect_not_null(strstr(error.text, "relaywatch-config."), "%s", error.text);
		assignments_clear(&list);
	}
}

/* A value that the option cannot take is told with file and line too. */
Test(config, value_that_is_wrong)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "trusted:\n- 192.0.2.1\n- 192.0.2.256\n", "line 3: '192.0.2.256' is no address" },
		{ "\nfail_on: loud\n", "line 2: 'loud' is no severity" },
		{ "json: sessions\n", "line 1: 'sessions' is no type of event" },
		{ "filter: tcp prot 25\n", "line 1: cannot use the filter" },
		{ "redis_url: http://x\n", "line 1: this is no URL of Redis" },
		{ "memory: {limit: 1}\n", "line 1: '1' is out of bounds for 'memory_limit'" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		char path[64];
		char *words[] = { (char[]){ "-c" }, path };
		struct settings settings;
		struct error error = { .text = "" };

		write_file(path, cases[i].text, strlen(cases[i].text));
		cr_expect_eq(options_parse(&settings, COMMAND_READ, 2, words, &error),
			     RESULT_FAILED);
		(void)unlink(path);
		cr_expect_not_null(strstr(error.text, cases[i].said), "no '%s' in: %s",
				   cases[i].said, error.text);
		settings_clear(&settings);
	}
}

Test(config, file_that_is_not_there)
{
	static const char *const paths[] = { "/nowhere/relaywatch.yaml", "/tmp" };

	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		struct assignments list = { 0 };
		struct error error = { .text = "" };

		cr_expect_eq(config_read(paths[i], &list, &error), RESULT_FAILED);
		cr_expect_not_null(strstr(error.text, paths[i]), "%s", error.text);
		assignments_clear(&list);
	}
}
