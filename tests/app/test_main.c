/* The program as it is started: commands, help, and exit codes. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "e2e/redis_server.h"
#include "e2e/run.h"

#define FIXED "pcaps/smtp-fixed.pcap"       /* critical */
#define DENIED "pcaps/smtp-denied.pcap"     /* info */
#define ORDINARY "pcaps/ordinary-mail.pcap" /* nothing */

/* Exit code, and words on one of the two outputs. */
struct line {
	const char *words[10];
	int exit_code;
	const char *out, *err; /* NULL: nothing is said there */
};

static void check_line(const struct line *line, size_t number)
{
	struct run run;

	run_relaywatch(&run, line->words);
	cr_expect_eq(run.exit_code, line->exit_code, "line %zu: exit code %d: %s", number,
		     run.exit_code, run.err);
	if (line->out == NULL)
		cr_expect_str_eq(run.out, "", "line %zu", number);
	else
		cr_expect_not_null(strstr(run.out, line->out), "line %zu: no '%s' in: %s", number,
				   line->out, run.out);
	if (line->err == NULL)
		cr_expect_str_eq(run.err, "", "line %zu", number);
	else
		cr_expect_not_null(strstr(run.err, line->err), "line %zu: no '%s' in: %s", number,
				   line->err, run.err);
	run_clear(&run);
}

static void check_lines(const struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_line(&lines[i], i);
}

Test(main, commands)
{
	static const struct line lines[] = {
		{ { NULL }, 2, NULL, "usage:" },
		{ { "--help" }, 0, "relaywatch read", NULL },
		{ { "-h" }, 0, "relaywatch live", NULL },
		{ { "help" }, 0, "usage:", NULL },
		{ { "--version" }, 0, "\nhiredis ", NULL },
		{ { "read", "--version" }, 0, "\nlibpcap ", NULL },
		{ { "read", "--help" }, 0, "--fail-on SEVERITY", NULL },
		{ { "live", "-h" }, 0, "--interface IFACE", NULL },
		{ { "check", "--help", "whatever" }, 0, "redis_mode: MODE", NULL },
		{ { "raed", "x" }, 2, NULL, "did you mean 'read'?" },
		{ { "watch-it" }, 2, NULL, "there is no command 'watch-it'" },
		{ { "--json", "read" }, 2, NULL, "the command comes first" },
		{ { FIXED }, 2, NULL, "relaywatch read '" FIXED "'?" },
		/* Not built yet; their options are read all the same. */
		{ { "correlate", "--trusted", "192.0.2.1" }, 1, NULL, "not built yet" },
		{ { "dashboard" }, 1, NULL, "not built yet" },
		{ { "explain", "x" }, 2, NULL, "too short" },
		{ { "explain", "--help" }, 0, "first characters", NULL },
		{ { "explain", "--jsn" }, 2, NULL, "there is no option '--jsn'" },
	};

	check_lines(lines, sizeof(lines) / sizeof(lines[0]));
}

Test(main, exit_codes_of_read)
{
	static const struct line lines[] = {
		{ { "read", FIXED }, 0, "fixed", NULL },
		{ { "read" }, 2, NULL, "'read' needs a capture" },
		{ { "read", "--html", "x", FIXED }, 2, NULL, "'--html' is not built yet" },
		{ { "read", "/nowhere/x.pcap" }, 1, NULL, "'/nowhere/x.pcap'" },
		{ { "read", "README.md" }, 1, NULL, "'README.md'" },
		{ { "read", "README.md", FIXED }, 1, "fixed", "'README.md'" },
		/* A folder stands for its captures. */
		{ { "read", "docs" }, 1, NULL, "no capture in the folder 'docs'" },
		{ { "read", "pcaps" }, 0, "open_relay_confirmed", NULL },
		{ { "read", "docs", FIXED }, 1, "fixed", "no capture in the folder 'docs'" },
		{ { "read", "--fail-on", "critical", FIXED }, 3, "fixed", NULL },
		{ { "read", "--fail-on", "info", DENIED }, 3, "closed", NULL },
		{ { "read", "--fail-on", "low", ORDINARY }, 0, "SERVERS", NULL },
		/* 1 wins over 3. */
		{ { "read", "--fail-on", "low", FIXED, "README.md" }, 1, "fixed", "'README.md'" },
		{ { "read", "-c", "/nowhere/c.yaml", FIXED }, 1, NULL, "'/nowhere/c.yaml'" },
		{ { "read", "-f", "tcp prot 25", FIXED }, 2, NULL, "cannot use the filter" },
		{ { "read", "--redis", "redis://user:tiger@h", FIXED }, 2, NULL, "password" },
		{ { "read", "-f", "port 1", FIXED }, 0, "no mail session", NULL },
	};

	check_lines(lines, sizeof(lines) / sizeof(lines[0]));
}

Test(main, exit_codes_of_the_others)
{
	static const struct line lines[] = {
		{ { "live" }, 2, NULL, "'live' needs an interface" },
		{ { "live", "-i", "nosuchif0" }, 1, NULL, "nosuchif0" },
		{ { "live", "-i", "lo", FIXED },
		  2,
		  NULL,
		  "'live' needs an interface, and no files" },
		{ { "check" }, 0, "ok     configuration", NULL },
		{ { "check", FIXED }, 0, "ok     " FIXED, NULL },
		{ { "check", FIXED, "README.md" }, 1, "wrong  README.md: ", NULL },
		{ { "check", "--redis", "redis://127.0.0.1:1" },
		  1,
		  "wrong  Redis: cannot reach",
		  NULL },
		{ { "check", "-i", "nosuchif0" }, 1, "wrong  nosuchif0: ", NULL },
	};

	check_lines(lines, sizeof(lines) / sizeof(lines[0]));
}

/* Redis is told with its password from the environment. */
Test(main, password_from_the_environment)
{
	struct redis_server server;
	struct line check = { { "check", "--redis", NULL }, 1, "RELAYWATCH_REDIS_PASSWORD", NULL };
	struct line read = { { "read", "--redis", NULL, FIXED }, 1, "fixed", "did not reach" };

	redis_server_start(&server);
	freeReplyObject(redis_ask(
	    &server, (const char *const[]){ "CONFIG", "SET", "requirepass", "tiger", NULL }));
	check.words[2] = read.words[2] = server.url;
	cr_assert_eq(unsetenv("RELAYWATCH_REDIS_PASSWORD"), 0);
	check_line(&check, 0);
	check_line(&read, 1);
	cr_assert_eq(setenv("RELAYWATCH_REDIS_PASSWORD", "tiger", 1), 0);
	check.exit_code = read.exit_code = 0;
	check.out = "ok     Redis";
	read.err = NULL;
	check_line(&check, 2);
	check_line(&read, 3);
	redis_server_stop(&server);
}
