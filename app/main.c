#include "app/command.h"

#include "app/nearest.h"
#include "app/options.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The one variable at file scope: a signal handler reaches nothing else. */
static volatile sig_atomic_t stop_asked;

static void ask_to_stop(int number)
{
	(void)number;
	stop_asked = 1;
}

static enum exit_code not_built(const struct command_context *context)
{
	log_write(context->log, LOG_LEVEL_ERROR,
		  "this command is not built yet; 'read', 'live', 'check' and 'explain' are");
	return EXIT_COULD_NOT;
}

static const struct command commands[] = {
	{ "read", COMMAND_READ, "[options] FILE...",
	  "analyse captures, merged by packet time; - is standard input", command_read, false,
	  NULL },
	{ "live", COMMAND_LIVE, "[options] -i IFACE", "watch an interface", command_live, true,
	  NULL },
	{ "correlate", COMMAND_CORRELATE, "[options]",
	  "detect on the facts of many sensors, from Redis (not built yet)", not_built, true,
	  NULL },
	{ "dashboard", COMMAND_DASHBOARD, "[options]",
	  "serve the web page over the alert feed (not built yet)", not_built, true, NULL },
	{ "check", COMMAND_CHECK, "[options] [FILE...]",
	  "test the configuration, captures, the interface and Redis", command_check, false, NULL },
	{ "explain", COMMAND_EXPLAIN, "ID [options] [FILE...]",
	  "show one alert or finding: each rule, its weight, the packets", command_explain, false,
	  "ID is an alert_id or an event.id, or its first characters, 4 or more. FILE is a "
	  "capture, "
	  "analysed as 'read' does with the same options, or JSON Lines that --json wrote; - and "
	  "pipes are taken for JSON Lines. Without a FILE the stream at --redis URL is searched. "
	  "Exit code 1 when nothing has that ID, 2 when several begin so." },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* The word in the command's place is none. */
static enum exit_code no_command(const struct log *log, const char *word)
{
	struct nearest nearest;

	nearest_begin(&nearest, word);
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		nearest_offer(&nearest, commands[i].name);
	if (word[0] == '-')
		log_write(log, LOG_LEVEL_ERROR,
			  "the command comes first: relaywatch read [options] FILE...");
	else if (access(word, F_OK) == 0)
		log_write(log, LOG_LEVEL_ERROR, "'%s' is no command; relaywatch read '%s'?", word,
			  word);
	else if (nearest.best != NULL)
		log_write(log, LOG_LEVEL_ERROR, "there is no command '%s'; did you mean '%s'?",
			  word, nearest.best);
	else
		log_write(log, LOG_LEVEL_ERROR, "there is no command '%s'; see relaywatch --help",
			  word);
	return EXIT_USAGE;
}

static enum exit_code said(const struct log *log)
{
	if (fflush(stdout) == 0)
		return EXIT_RAN;
	log_write(log, LOG_LEVEL_ERROR, "cannot write to 'standard output': %s", strerror(errno));
	return EXIT_COULD_NOT;
}

/*
 * A reader that goes away is noticed by the write that fails. After the first signal to stop, a
 * second one ends the program at once.
 */
static void set_signals(const struct command *command)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGPIPE, &action, NULL);
	if (!command->takes_signals)
		return;
	action.sa_handler = ask_to_stop;
	action.sa_flags = (int)SA_RESETHAND;
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

/* read is quiet unless something is wrong; live tells what it does. */
static enum log_level level_of(const struct command *command, const struct settings *settings)
{
	int64_t level = command->bit == COMMAND_LIVE ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING;

	level += settings->more_log - settings->less_log;
	if (level < LOG_LEVEL_ERROR)
		level = LOG_LEVEL_ERROR;
	return level > LOG_LEVEL_DEBUG ? LOG_LEVEL_DEBUG : (enum log_level)level;
}

static enum exit_code run_command(const struct command *command, struct log *log, int count,
				  char *const *arguments)
{
	struct settings settings = { 0 };
	struct error error = { .text = "" };
	const struct command_context context = { .settings = &settings,
						 .log = log,
						 .stop = &stop_asked };
	enum exit_code code = EXIT_USAGE;
	enum result r = options_parse(&settings, command->bit, count, arguments, &error);

	if (r == RESULT_OK && settings.want_help) {
		help_command(stdout, command);
		code = said(log);
	} else if (r == RESULT_OK && settings.want_version) {
		help_version(stdout);
		code = said(log);
	} else if (r == RESULT_OK) {
		log->level = level_of(command, &settings);
		set_signals(command);
		code = command->run(&context);
	} else {
		log_write(log, LOG_LEVEL_ERROR, "%s", error.text);
		code = r == RESULT_FAILED ? EXIT_COULD_NOT : EXIT_USAGE;
	}
	settings_clear(&settings);
	return code;
}

int main(int argc, char **argv)
{
	struct log log = { .stream = stderr, .level = LOG_LEVEL_WARNING };
	const struct command *command;

	if (argc < 2) {
		help_program(stderr, commands, ARRAY_COUNT(commands));
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		help_version(stdout);
		return (int)said(&log);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		help_program(stdout, commands, ARRAY_COUNT(commands));
		return (int)said(&log);
	}
	command = find_command(argv[1]);
	if (command == NULL)
		return (int)no_command(&log, argv[1]);
	return (int)run_command(command, &log, argc - 2, argv + 2);
}
