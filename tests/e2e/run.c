#include "e2e/run.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the program lies. */
static void program_path(char *path, size_t size_bytes)
{
	const char *build = getenv("RELAYWATCH_BUILD");

	path_join(path, size_bytes, build ? build : "build", "relaywatch");
}

/* An own file for what the program writes: a pipe would have to be drained meanwhile. */
static int output_open(const char *path)
{
	int fd = path ? open(path, O_WRONLY | O_CLOEXEC) : memfd_create("output", MFD_CLOEXEC);

	cr_assert(fd >= 0, "cannot open '%s': %s", path ? path : "output", strerror(errno));
	return fd;
}

/* In the child: become the program. */
static void become(const struct run *run, int in_fd, const char *program, char *const *argv)
{
	/* A test that is ended must not leave it behind. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)dup2(in_fd, STDIN_FILENO);
	(void)dup2(run->out_fd, STDOUT_FILENO);
	(void)dup2(run->err_fd, STDERR_FILENO);
	(void)execv(program, argv);
	(void)fprintf(stderr, "cannot run '%s': %s\n", program, strerror(errno));
	_exit(127);
}

size_t run_argument_count(const char *const *arguments)
{
	size_t count = 0;

	while (arguments[count])
		count++;
	return count;
}

void run_start(struct run *run, const struct run_setup *setup, const char *const *arguments)
{
	static const struct run_setup plain = { 0 };
	char program[4096];
	char *argv[RUN_ARGUMENTS_MAX + 2] = { program };
	size_t count = run_argument_count(arguments);
	int in_fd;

	if (!setup)
		setup = &plain;
	cr_assert(count <= RUN_ARGUMENTS_MAX);
	for (size_t i = 0; i < count; i++)
		argv[i + 1] = (char *)(size_t)arguments[i]; /* execv takes no const */
	program_path(program, sizeof(program));
	memset(run, 0, sizeof(*run));
	in_fd = open(setup->in_path ? setup->in_path : "/dev/null", O_RDONLY | O_CLOEXEC);
	cr_assert(in_fd >= 0, "cannot open '%s'", setup->in_path);
	run->out_fd = output_open(setup->out_path);
	run->err_fd = output_open(NULL);
	run->pid = fork();
	cr_assert(run->pid >= 0, "cannot fork: %s", strerror(errno));
	if (run->pid == 0)
		become(run, in_fd, program, argv);
	(void)close(in_fd);
}

/* The whole of a file that was written, with a NUL after it. */
static char *contents(int fd, size_t *bytes)
{
	struct stat about;
	char *text;
	size_t got = 0;

	cr_assert_eq(fstat(fd, &about), 0);
	text = calloc(1, (size_t)about.st_size + 1);
	cr_assert_not_null(text);
	while (S_ISREG(about.st_mode) && got < (size_t)about.st_size) {
		ssize_t n = pread(fd, text + got, (size_t)about.st_size - got, (off_t)got);

		cr_assert(n > 0, "cannot read back the output");
		got += (size_t)n;
	}
	*bytes = got;
	return text;
}

char *run_errors_so_far(const struct run *run)
{
	size_t bytes;

	return contents(run->err_fd, &bytes);
}

void run_finish(struct run *run, int signal_number)
{
	int status = 0;

	if (signal_number)
		cr_assert_eq(kill(run->pid, signal_number), 0);
	while (waitpid(run->pid, &status, 0) < 0)
		cr_assert_eq(errno, EINTR);
	run->pid = 0;
	run->out = contents(run->out_fd, &run->out_bytes);
	run->err = contents(run->err_fd, &run->err_bytes);
	(void)close(run->out_fd);
	(void)close(run->err_fd);
	cr_assert(WIFEXITED(status), "ended by signal %d: %s", WTERMSIG(status), run->err);
	run->exit_code = WEXITSTATUS(status);
	cr_assert_neq(run->exit_code, 127, "%s", run->err);
	cr_assert_null(strstr(run->err, "Sanitizer"), "%s", run->err);
	cr_assert_null(strstr(run->err, "runtime error:"), "%s", run->err);
}

void run_relaywatch(struct run *run, const char *const *arguments)
{
	run_start(run, NULL, arguments);
	run_finish(run, 0);
}

void run_clear(struct run *run)
{
	free(run->out);
	free(run->err);
	memset(run, 0, sizeof(*run));
}

void path_join(char *path, size_t size_bytes, const char *folder, const char *name)
{
	int n = snprintf(path, size_bytes, "%s/%s", folder, name);

	cr_assert(n > 0 && (size_t)n < size_bytes, "the path of '%s' is too long", name);
}

void scratch_make(char *path, size_t size_bytes)
{
	const char *base = getenv("TMPDIR");

	path_join(path, size_bytes, base ? base : "/tmp", "relaywatch-e2e.XXXXXX");
	cr_assert_not_null(mkdtemp(path), "cannot make '%s': %s", path, strerror(errno));
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *where)
{
	(void)about;
	(void)kind;
	(void)where;
	return remove(path);
}

void scratch_remove(const char *path)
{
	if (path[0])
		(void)nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
