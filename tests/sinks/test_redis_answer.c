/* Each refusal of Redis has its mend. */
#include "sinks/redis_answer.h"

#include <criterion/criterion.h>
#include <string.h>

Test(redis_answer, explains)
{
	static const struct {
		const char *refusal, *mend;
	} cases[] = {
		{ "NOAUTH Authentication required.", "RELAYWATCH_REDIS_PASSWORD" },
		{ "WRONGPASS invalid username-password pair or user is disabled.", "correct" },
		{ "ERR invalid password", "correct" },
		{ "ERR AUTH <password> called without any password configured for the default "
		  "user.",
		  "unset" },
		{ "ERR Client sent AUTH, but no password is set", "unset" },
		{ "WRONGTYPE Operation against a key holding the wrong kind of value",
		  "'k' holds something else" },
		{ "LOADING Redis is loading the dataset in memory", "wait" },
		{ "READONLY You can't write against a read only replica.", "name the primary" },
		{ "OOM command not allowed when used memory > 'maxmemory'.", "maxmemory" },
		{ "MOVED 3999 127.0.0.1:6381", "'k' is kept by another node" },
		{ "NOPERM this user has no permissions to run the 'xadd' command", "ACL SETUSER" },
		{ "MISCONF Redis is configured to save RDB snapshots", "log" },
		{ "ERR DB index is out of range", "correct the URL" },
		{ "ERR unknown command 'XADD', with args", "Redis 5" },
		{ "-DENIED Redis is running in protected mode", "Redis refuses" },
		{ "DENIED Redis is running in protected mode", "set a password" },
		{ "SOMETHING new", "Redis refuses (SOMETHING new)" },
		{ "", "Redis refuses" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct error error = { .text = "" };

		redis_answer_explain(span_text(cases[i].refusal), "k", &error);
		cr_expect_not_null(strstr(error.text, cases[i].mend), "'%s': %s", cases[i].refusal,
				   error.text);
		cr_expect_not_null(strstr(error.text, cases[i].refusal), "'%s': %s",
				   cases[i].refusal, error.text);
		/* A bit of a mask stands for each; two are the sink's own. */
		cr_expect_lt(redis_answer_kind(span_text(cases[i].refusal)), 62);
	}
}

/* What a server that is none sends does not reach the log as it is. */
Test(redis_answer, is_printable)
{
	struct error error = { .text = "" };

	redis_answer_explain(span_text("\x1b[2J\nERR"), "k", &error);
	cr_expect_not_null(strstr(error.text, "\\x1b[2J\\x0aERR"), "%s", error.text);
}
