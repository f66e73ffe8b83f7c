/* Where output goes: colours on a terminal only, and the password of Redis. */
#include "app/outputs.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/options.h"

/* A terminal of the test's own in place of standard output; its other end. */
static int open_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), terminal;

	if (master < 0) {
		(void)fprintf(stderr, "SKIPPED: no pseudo terminal: %s; mount devpts at /dev/pts\n",
			      strerror(errno));
		cr_skip_test("no pseudo terminal");
	}
	cr_assert_eq(grantpt(master), 0);
	cr_assert_eq(unlockpt(master), 0);
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	cr_assert(terminal >= 0);
	cr_assert(dup2(terminal, STDOUT_FILENO) >= 0);
	(void)close(terminal);
	return master;
}

static void report_nothing(struct settings *settings)
{
	const struct log log = { .stream = stderr };
	const struct stats stats = { 0 };
	struct outputs outputs;
	struct error error = { .text = "" };

	cr_assert_eq(outputs_open(&outputs, settings, PIPELINE_READ, &log, &error), RESULT_OK);
	cr_assert_eq(outputs.count, 1);
	outputs.sinks[0].ops->stats(outputs.sinks[0].state, &stats);
	outputs_close(&outputs);
	cr_expect_not(outputs.failed);
}

/* https://no-color.org: present and not empty. */
Test(outputs, colours)
{
	static const struct {
		const char *no_color; /* NULL: not there */
		bool coloured;
	} cases[] = { { NULL, true }, { "", true }, { "1", false }, { "0", false } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings settings = { 0 };
		char page[4096];
		int terminal = open_terminal();
		ssize_t length;

		if (cases[i].no_color == NULL)
			cr_assert_eq(unsetenv("NO_COLOR"), 0);
		else
			cr_assert_eq(setenv("NO_COLOR", cases[i].no_color, 1), 0);
		report_nothing(&settings);
		length = read(terminal, page, sizeof(page));
		cr_assert_gt(length, 0);
		cr_expect_eq(memchr(page, '\x1b', (size_t)length) != NULL, cases[i].coloured,
			     "case %zu", i);
		(void)close(terminal);
	}
}

/* Not into a file or a pipe. */
Test(outputs, no_colours_in_a_file)
{
	struct settings settings = { 0 };
	char page[4096];
	int ends[2];
	ssize_t length;

	cr_assert_eq(unsetenv("NO_COLOR"), 0);
	cr_assert_eq(pipe(ends), 0);
	cr_assert(dup2(ends[1], STDOUT_FILENO) >= 0);
	report_nothing(&settings);
	length = read(ends[0], page, sizeof(page));
	cr_assert_gt(length, 0);
	cr_expect_null(memchr(page, '\x1b', (size_t)length));
}

static void write_file(char path[64], const char *text)
{
	int fd;

	(void)strcpy(path, "/tmp/relaywatch-outputs.XXXXXX");
	fd = mkstemp(path);
	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

/* The environment counts more than the file, of which the first line counts. */
Test(outputs, password)
{
	static const struct {
		const char *environment, *file, *password; /* NULL: none */
	} cases[] = {
		{ NULL, NULL, NULL },       { "", NULL, NULL },
		{ "tiger", NULL, "tiger" }, { "tiger", "lion\n", "tiger" },
		{ NULL, "lion\n", "lion" }, { "", "lion\r\nbear\n", "lion" },
		{ NULL, "lion", "lion" },   { NULL, " li on \n", " li on " },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings settings = { 0 };
		struct error error = { .text = "" };
		char path[64], *password;

		cr_assert_eq(unsetenv("RELAYWATCH_REDIS_PASSWORD"), 0);
		if (cases[i].environment != NULL)
			(void)setenv("RELAYWATCH_REDIS_PASSWORD", cases[i].environment, 1);
		if (cases[i].file != NULL) {
			write_file(path, cases[i].file);
			settings.redis_password_file = path;
		}
		cr_assert_eq(outputs_redis_password(&settings, &password, &error), RESULT_OK, "%s",
			     error.text);
		if (cases[i].password == NULL)
			cr_expect_null(password);
		else
			cr_expect_str_eq(password, cases[i].password, "case %zu", i);
		outputs_forget_password(&password);
		cr_expect_null(password);
		if (cases[i].file != NULL)
			(void)unlink(path);
	}
}

Test(outputs, password_that_cannot_be_read)
{
	struct settings settings = { .redis_password_file = (char[]){ "/nowhere/secret" } };
	struct error error = { .text = "" };
	char path[64], *password;

	cr_assert_eq(unsetenv("RELAYWATCH_REDIS_PASSWORD"), 0);
	cr_expect_eq(outputs_redis_password(&settings, &password, &error), RESULT_FAILED);
	cr_expect_null(password);
	cr_expect_not_null(strstr(error.text, "'/nowhere/secret'"), "%s", error.text);
	write_file(path, "");
	settings.redis_password_file = path;
	cr_expect_eq(outputs_redis_password(&settings, &password, &error), RESULT_FAILED);
	outputs_forget_password(&password);
	cr_expect_not_null(strstr(error.text, "holds no password"), "%s", error.text);
	(void)unlink(path);
}
