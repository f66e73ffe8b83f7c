/* Every capture of pcaps/ shows what its .expected file says. */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "e2e/events.h"
#include "e2e/expected.h"
#include "e2e/run.h"

/* "option --name value" lines as arguments, after `read --json`, the capture last. */
static void arguments_build(struct lines *expected, const char *capture, const char **arguments)
{
	size_t count = 0;

	arguments[count++] = "read";
	arguments[count++] = "--json";
	for (size_t i = 0; i < expected->count; i++) {
		char *save = NULL;
		char *line = expected->text[i];

		if (strncmp(line, "option ", 7) != 0)
			continue;
		cr_assert_lt(count + 3, RUN_ARGUMENTS_MAX);
		for (char *word = strtok_r(line + 7, " ", &save); word;
		     word = strtok_r(NULL, " ", &save))
			arguments[count++] = word;
	}
	arguments[count++] = capture;
	arguments[count] = NULL;
}

/* What is wrong with one capture, said on standard error. */
static size_t capture_check(const char *capture)
{
	struct lines expected, reported;
	const char *arguments[RUN_ARGUMENTS_MAX + 1];
	char path[4096];
	struct run run;
	json_t *events;
	size_t wrong;

	cr_assert_lt(strlen(capture) + sizeof(".expected"), sizeof(path));
	(void)snprintf(path, sizeof(path), "%.*s.expected",
		       (int)(strlen(capture) - strlen(".pcap")), capture);
	expected_read(path, &expected);
	arguments_build(&expected, capture, arguments);
	run_relaywatch(&run, arguments);
	cr_assert_eq(run.exit_code, 0, "%s: exit code %d: %s", capture, run.exit_code, run.err);
	events = events_parse(run.out);
	reported_lines(events, &reported);
	(void)fprintf(stderr, "%s\n", capture);
	wrong = expected_compare(&expected, &reported, stderr);
	json_decref(events);
	run_clear(&run);
	lines_clear(&expected);
	lines_clear(&reported);
	return wrong;
}

Test(pcaps, each_shows_what_is_expected_of_it)
{
	glob_t found;
	size_t wrong = 0;

	cr_assert_eq(glob("pcaps/*.pcap", 0, NULL, &found), 0, "no captures in 'pcaps'");
	for (size_t i = 0; i < found.gl_pathc; i++)
		wrong += capture_check(found.gl_pathv[i]);
	globfree(&found);
	cr_assert_eq(wrong, 0, "%zu things are wrong", wrong);
}

/* An .expected file whose capture is gone would check nothing. */
Test(pcaps, each_expected_file_has_a_capture)
{
	glob_t found;

	cr_assert_eq(glob("pcaps/*.expected", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char path[4096];
		FILE *file;

		(void)snprintf(path, sizeof(path), "%.*s.pcap",
			       (int)(strlen(found.gl_pathv[i]) - strlen(".expected")),
			       found.gl_pathv[i]);
		file = fopen(path, "rb");
		cr_assert_not_null(file, "'%s' is missing", path);
		(void)fclose(file);
	}
	globfree(&found);
}
