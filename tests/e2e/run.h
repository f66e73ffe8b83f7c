/*
 * run - run the program as a user does, and keep what it said
 *
 * In:      arguments, ended by NULL, without the program's name; what its standard input and
 *          output are.
 * Out:     exit code, standard output and standard error.
 * Limits:  the whole output is kept in memory; the program dies with the test.
 * Errors:  assertions of the test: cannot be started, ended by a signal, sanitizer report.
 * Owner:   the caller owns the run and clears it.
 */
#ifndef RELAYWATCH_TESTS_E2E_RUN_H
#define RELAYWATCH_TESTS_E2E_RUN_H

#include <stddef.h>
#include <sys/types.h>

#define RUN_ARGUMENTS_MAX 64

struct run {
	pid_t pid;
	int out_fd, err_fd;
	int exit_code;
	char *out, *err; /* NUL-ended */
	size_t out_bytes, err_bytes;
};

struct run_setup {
	const char *in_path;  /* NULL: /dev/null */
	const char *out_path; /* NULL: kept in run.out */
};

/* Run it to its end. */
void run_relaywatch(struct run *run, const char *const *arguments);
/* Start it; setup may be NULL. */
void run_start(struct run *run, const struct run_setup *setup, const char *const *arguments);
/* Wait until it ends by itself, or end it first with a signal (0: none). */
void run_finish(struct run *run, int signal_number);
/* Standard error so far, of a run that goes on; free() it. */
char *run_errors_so_far(const struct run *run);
void run_clear(struct run *run);

/* The start of a table of strings that ends with NULL. */
size_t run_argument_count(const char *const *arguments);

/* A folder of this test's own below $TMPDIR, removed with all that is in it. */
void scratch_make(char *path, size_t size_bytes);
void scratch_remove(const char *path);
/* "FOLDER/NAME" into path; fails the test if it does not fit. */
void path_join(char *path, size_t size_bytes, const char *folder, const char *name);

#endif
