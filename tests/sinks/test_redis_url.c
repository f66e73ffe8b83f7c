/* Where Redis is, and what is refused with the mend. */
#include "sinks/redis_url.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(redis_url, valid)
{
	static const struct {
		const char *url;
		struct redis_address address;
	} cases[] = {
		{ "redis://localhost", { .host = "localhost", .port = 6379 } },
		{ "REDIS://localhost/", { .host = "localhost", .port = 6379 } },
		{ "redis://192.0.2.1:1", { .host = "192.0.2.1", .port = 1 } },
		{ "redis://192.0.2.1:65535/15",
		  { .host = "192.0.2.1", .port = 65535, .database = 15 } },
		{ "redis://[2001:db8::1]", { .host = "2001:db8::1", .port = 6379 } },
		{ "redis://[2001:db8::1]:6380/2",
		  { .host = "2001:db8::1", .port = 6380, .database = 2 } },
		{ "redis://watch@db.example:6380",
		  { .host = "db.example", .port = 6380, .user = "watch" } },
		{ "redis://a@b@db.example", { .host = "db.example", .port = 6379, .user = "a@b" } },
		{ "unix:/run/redis.sock", { .host = "/run/redis.sock", .is_unix = true } },
		{ "unix:///run/redis.sock?db=3",
		  { .host = "/run/redis.sock", .is_unix = true, .database = 3 } },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct redis_address *wanted = &cases[i].address;
		struct redis_address got;
		struct error error = { .text = "" };

		cr_assert_eq(redis_url_parse(cases[i].url, &got, &error), RESULT_OK, "'%s': %s",
			     cases[i].url, error.text);
		cr_expect_str_eq(got.host, wanted->host, "'%s'", cases[i].url);
		cr_expect_str_eq(got.user, wanted->user, "'%s'", cases[i].url);
		cr_expect_eq(got.port, wanted->port, "'%s'", cases[i].url);
		cr_expect_eq(got.database, wanted->database, "'%s'", cases[i].url);
		cr_expect_eq(got.is_unix, wanted->is_unix, "'%s'", cases[i].url);
	}
}

Test(redis_url, invalid)
{
	static const struct {
		const char *url, *said;
	} cases[] = {
		{ "", "no URL" },
		{ "localhost", "no URL" },
		{ "http://localhost", "no URL" },
		{ "redis:localhost", "no URL" },
		{ "redis://", "no URL" },
		{ "redis:///0", "no URL" },
		{ "redis://:6379", "no URL" },
		{ "redis://host:", "no URL" },
		{ "redis://host:0", "no URL" },
		{ "redis://host:65536", "no URL" },
		{ "redis://host:6379x", "no URL" },
		{ "redis://host:-1", "no URL" },
		{ "redis://2001:db8::1", "no URL" },
		{ "redis://[2001:db8::1", "no URL" },
		{ "redis://[2001:db8::1]6379", "no URL" },
		{ "redis://[]:6379", "no URL" },
		{ "redis://host/x", "'x' is no number of a database" },
		{ "redis://host/1000000", "no number of a database" },
		{ "redis://host/-1", "no number of a database" },
		{ "redis://@host", "empty" },
		{ "unix:", "no URL" },
		{ "unix:redis.sock", "no URL" },
		{ "unix:/run/redis.sock?db=", "no URL" },
		{ "unix:/run/redis.sock?x=1", "no URL" },
		{ "rediss://host", "TLS" },
		{ "redis+sentinel://host", "Sentinel" },
		{ "redis+cluster://host", "Cluster" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct redis_address got = { .port = 1 };
		struct error error = { .text = "" };

		cr_expect_eq(redis_url_parse(cases[i].url, &got, &error), RESULT_BAD, "'%s'",
			     cases[i].url);
		cr_expect_not_null(strstr(error.text, cases[i].said), "'%s': %s", cases[i].url,
				   error.text);
		cr_expect_eq(got.port, 1, "'%s' was written to", cases[i].url);
	}
}

/* Longer than there is room for. */
Test(redis_url, long)
{
	char url[512];
	struct redis_address got;
	struct error error;

	(void)snprintf(url, sizeof(url), "redis://%0*d", REDIS_HOST_MAX - 1, 7);
	cr_expect_eq(redis_url_parse(url, &got, &error), RESULT_OK);
	(void)snprintf(url, sizeof(url), "redis://%0*d", REDIS_HOST_MAX, 7);
	cr_expect_eq(redis_url_parse(url, &got, &error), RESULT_BAD);
	(void)snprintf(url, sizeof(url), "redis://%0*d@host", REDIS_USER_MAX, 7);
	cr_expect_eq(redis_url_parse(url, &got, &error), RESULT_BAD);
}

/* Everybody on the host reads a command line: no password in it, and none repeated. */
Test(redis_url, password)
{
	static const char *const urls[] = { "redis://user:tiger@host", "redis://:tiger@host",
					    "redis://:tiger@host:99999", "redis://tiger@:x" };

	for (size_t i = 0; i < ARRAY_COUNT(urls); i++) {
		struct redis_address got;
		struct error error = { .text = "" };

		cr_expect_eq(redis_url_parse(urls[i], &got, &error), RESULT_BAD, "'%s'", urls[i]);
		cr_expect_null(strstr(error.text, "tiger"), "%s", error.text);
	}
}
