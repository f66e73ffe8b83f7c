/*
 * command - what the commands share
 *
 * In:      the settings.
 * Out:     an exit code.
 * Limits:  -
 * Errors:  said on standard error.
 * Owner:   main.c owns the settings, the log and the flag.
 */
#ifndef RELAYWATCH_APP_COMMAND_H
#define RELAYWATCH_APP_COMMAND_H

#include "app/log.h"
#include "app/settings.h"
#include "sinks/sink.h"

#include <signal.h>

enum exit_code { EXIT_RAN = 0, EXIT_COULD_NOT = 1, EXIT_USAGE = 2, EXIT_FOUND = 3 };

struct command_context {
	const struct settings *settings;
	const struct log *log;
	const volatile sig_atomic_t *stop; /* set by SIGINT and SIGTERM */
};

struct command {
	const char *name;
	uint32_t bit; /* enum command_bit */
	const char *arguments;
	const char *summary;
	enum exit_code (*run)(const struct command_context *context);
	bool takes_signals; /* SIGINT and SIGTERM end it in order */
	const char *notes;  /* for its help, NULL: none */
};

enum exit_code command_read(const struct command_context *context);    /* read.c */
enum exit_code command_live(const struct command_context *context);    /* live.c */
enum exit_code command_check(const struct command_context *context);   /* check.c */
enum exit_code command_explain(const struct command_context *context); /* explain.c */

/* read.c: what `read` does, for others. */
struct read_request {
	char *const *files;
	size_t file_count;
	const struct sink *sink; /* where everything goes; NULL: to what the settings ask for */
};
enum exit_code read_captures(const struct command_context *context,
			     const struct read_request *request);

/* help.c */
void help_program(FILE *out, const struct command *commands, size_t count);
void help_command(FILE *out, const struct command *command);
void help_version(FILE *out);

#endif
