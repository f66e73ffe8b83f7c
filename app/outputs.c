#include "app/outputs.h"

#include "sinks/report.h"
#include "sinks/sink_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PASSWORD_VARIABLE "RELAYWATCH_REDIS_PASSWORD"

static void say_stdout(void *ctx, const char *text)
{
	struct outputs *outputs = ctx;

	outputs->stdout_broken = true;
	outputs->failed = true;
	log_write(outputs->log, LOG_LEVEL_ERROR, "%s", text);
}

/* It may come back, and take what waits: whether anything was lost is known at the end. */
static void say_redis(void *ctx, const char *text)
{
	const struct outputs *outputs = ctx;

	log_write(outputs->log, LOG_LEVEL_ERROR, "%s", text);
}

static enum result add_json(struct outputs *outputs, const struct settings *settings,
			    enum pipeline_run run)
{
	const struct sink_json_options options = {
		.stream = stdout,
		.stream_name = "standard output",
		.datasets = settings->json_datasets,
		.each_line = run == PIPELINE_LIVE,
		.env = { .sensor = settings->sensor_name, .site = settings->site },
		.errors = { .say = say_stdout, .ctx = outputs }
	};

	return sink_json_new(&outputs->sinks[outputs->count++], &options);
}

static enum result add_report(struct outputs *outputs)
{
	const char *no_color = getenv("NO_COLOR");
	const struct report_options options = { .stream = stdout,
						.stream_name = "standard output",
						.colour = isatty(STDOUT_FILENO) == 1 &&
							  (no_color == NULL || no_color[0] == '\0'),
						.errors = { .say = say_stdout, .ctx = outputs } };

	return report_new(&outputs->sinks[outputs->count++], &options);
}

/* The first line of a file. */
static enum result read_password(const char *path, char **out, struct error *error)
{
	FILE *file = fopen(path, "r");
	size_t size = 0;
	ssize_t length;

	if (file == NULL)
		return error_set(error, RESULT_FAILED, "cannot open '%s' for the password: %s",
				 path, strerror(errno));
	length = getline(out, &size, file);
	(void)fclose(file);
	if (length < 0) {
		free(*out); /* getline leaves a buffer behind, with nothing in it */
		*out = NULL;
		return error_set(error, RESULT_FAILED, "'%s' holds no password", path);
	}
	(*out)[strcspn(*out, "\r\n")] = '\0';
	return RESULT_OK;
}

/* The environment counts more than the file. */
enum result outputs_redis_password(const struct settings *settings, char **out, struct error *error)
{
	const char *given = getenv(PASSWORD_VARIABLE);

	*out = NULL;
	if (given != NULL && given[0] != '\0') {
		*out = strdup(given);
		return *out != NULL ? RESULT_OK : error_set(error, RESULT_FAILED, "no memory");
	}
	if (settings->redis_password_file == NULL)
		return RESULT_OK;
	return read_password(settings->redis_password_file, out, error);
}

/* Free it, and leave nothing behind. */
void outputs_forget_password(char **password)
{
	if (*password == NULL)
		return;
	explicit_bzero(*password, strlen(*password));
	free(*password);
	*password = NULL;
}

static enum result add_redis(struct outputs *outputs, const struct settings *settings,
			     struct error *error)
{
	struct redis_options options = { .url = settings->redis_url,
					 .key = settings->redis_key,
					 .mode = settings->redis_mode,
					 .env = { .sensor = settings->sensor_name,
						  .site = settings->site },
					 .errors = { .say = say_redis, .ctx = outputs } };
	char *password;
	enum result r = outputs_redis_password(settings, &password, error);

	if (r != RESULT_OK)
		return r;
	options.password = password;
	r = redis_new(&outputs->sinks[outputs->count], &options, error);
	if (r == RESULT_OK)
		outputs->count++;
	outputs_forget_password(&password);
	return r;
}

/* In live, whoever reads the log learns of alerts too. */
static void log_alert(void *state, const struct alert *alert)
{
	struct outputs *outputs = state;

	log_write(outputs->log, LOG_LEVEL_INFO, "alert %s: %s %s, %s: %s",
		  alert_action_word(alert->action), severity_word(alert->finding.severity),
		  verdict_word(alert->finding.verdict), alert->subject_id,
		  alert->reason == NULL ? "" : alert->reason);
}

static enum result log_done(void *state, struct error *error)
{
	(void)state;
	(void)error;
	return RESULT_OK;
}

static const struct sink_ops log_sink = {
	.name = "log",
	.alert = log_alert,
	.flush = log_done,
	.close = log_done,
};

/* Open what the settings ask for. */
enum result outputs_open(struct outputs *outputs, const struct settings *settings,
			 enum pipeline_run run, const struct log *log, struct error *error)
{
	enum result r = RESULT_OK;

	*outputs = (struct outputs){ .log = log };
	if (run == PIPELINE_LIVE)
		outputs->sinks[outputs->count++] = (struct sink){ .ops = &log_sink,
								  .state = outputs };
	if (settings->redis_url != NULL)
		r = add_redis(outputs, settings, error);
	if (r != RESULT_OK)
		return r;
	if (settings->json_datasets != 0)
		r = add_json(outputs, settings, run);
	else if (run == PIPELINE_READ)
		r = add_report(outputs);
	return r == RESULT_OK ? r : error_set(error, r, "no memory");
}

static void note(struct outputs *outputs, enum result r, const struct error *error)
{
	if (r == RESULT_OK)
		return;
	outputs->failed = true;
	if (error->text[0] != '\0')
		log_write(outputs->log, LOG_LEVEL_ERROR, "%s", error->text);
}

/* Everything buffered goes out. */
void outputs_flush(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct error error = { .text = "" };

		note(outputs, outputs->sinks[i].ops->flush(outputs->sinks[i].state, &error),
		     &error);
	}
}

/* The end of every sink. */
void outputs_close(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct error error = { .text = "" };

		note(outputs, outputs->sinks[i].ops->close(outputs->sinks[i].state, &error),
		     &error);
	}
	outputs->count = 0;
}
