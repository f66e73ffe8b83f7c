#include "app/command.h"

#include "app/outputs.h"
#include "capture/folder.h"
#include "core/time_text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BATCH_PACKETS 16384

/* One run over captures. */
struct read_run {
	const struct command_context *context;
	const struct read_request *request;
	struct folder_list found; /* the files that the arguments stand for */
	const char **paths;       /* those that can be opened */
	size_t path_count;
	struct outputs outputs;
	struct pipeline *pipeline;
	struct capture *capture;
	bool shows_progress;
	int64_t next_progress_ns;
	bool failed; /* exit code 1 */
};

static void on_damage(void *ctx, const char *file, uint64_t packet, const char *what)
{
	struct read_run *run = ctx;

	run->failed = true;
	log_write(run->context->log, LOG_LEVEL_ERROR, "'%s', packet %llu: %s", file,
		  (unsigned long long)packet, what);
}

static struct capture_options options_of(struct read_run *run)
{
	return (struct capture_options){ .filter = run->context->settings->filter,
					 .on_damage = on_damage,
					 .on_damage_ctx = run };
}

/*
 * Is it worth asking for with the others? One bad file among several is said, and the others are
 * analysed. Pipes cannot be opened twice, so they are believed.
 */
static bool can_be_opened(struct read_run *run, const char *path, struct error *error)
{
	const struct capture_options options = options_of(run);
	struct capture *probe = NULL;
	struct stat about;
	enum result r;

	if (run->found.count == 1 || strcmp(path, "-") == 0 || stat(path, &about) != 0 ||
	    !S_ISREG(about.st_mode))
		return true;
	r = capture_open_files(&probe, &path, 1, &options, error);
	if (r == RESULT_OK)
		capture_free(&probe);
	return r == RESULT_OK;
}

static void put_aside(struct read_run *run, const struct error *error)
{
	run->failed = true;
	log_write(run->context->log, LOG_LEVEL_ERROR, "%s", error->text);
}

/* Put aside what cannot be read; false: nothing is left. */
static bool choose_files(struct read_run *run)
{
	const struct read_request *request = run->request;
	struct error error = { .text = "" };

	for (size_t i = 0; i < request->file_count; i++)
		if (folder_expand(&run->found, request->files[i], &error) != RESULT_OK)
			put_aside(run, &error);
	run->paths = calloc(run->found.count + 1, sizeof(*run->paths));
	if (run->paths == NULL)
		return false;
	for (size_t i = 0; i < run->found.count; i++) {
		if (can_be_opened(run, run->found.paths[i], &error))
			run->paths[run->path_count++] = run->found.paths[i];
		else
			put_aside(run, &error);
	}
	return run->path_count > 0;
}

/* A line that is overwritten, four times a second, for a person who waits. */
static void show_progress(struct read_run *run)
{
	struct capture_stats stats;
	struct timespec now;
	int64_t now_ns;

	if (!run->shows_progress || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return;
	now_ns = (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
	if (now_ns < run->next_progress_ns)
		return;
	run->next_progress_ns = now_ns + NS_PER_SECOND / 4;
	capture_stats_get(run->capture, &stats);
	(void)fprintf(stderr, "\r%llu packets, %llu MB \x1b[K", (unsigned long long)stats.packets,
		      (unsigned long long)(stats.bytes / 1000000));
	(void)fflush(stderr);
}

static void read_packets(struct read_run *run)
{
	const struct packet_sink *packets = pipeline_packets(run->pipeline);
	struct error error = { .text = "" };
	enum result r = RESULT_OK;

	while ((r == RESULT_OK || r == RESULT_MORE) && !run->outputs.stdout_broken) {
		r = capture_run(run->capture, BATCH_PACKETS, packets, &error);
		show_progress(run);
	}
	if (run->shows_progress)
		(void)fprintf(stderr, "\r\x1b[K");
	if (r == RESULT_OK || r == RESULT_MORE || r == RESULT_END)
		return;
	run->failed = true;
	log_write(run->context->log, LOG_LEVEL_ERROR, "%s",
		  error.text[0] == '\0' ? "the capture cannot be read further" : error.text);
}

static enum result open_outputs(struct read_run *run, struct error *error)
{
	const struct command_context *context = run->context;

	if (run->request->sink == NULL)
		return outputs_open(&run->outputs, context->settings, PIPELINE_READ, context->log,
				    error);
	run->outputs = (struct outputs){ .log = context->log, .count = 1 };
	run->outputs.sinks[0] = *run->request->sink;
	return RESULT_OK;
}

/* All that needs the capture open. */
static enum exit_code run_all(struct read_run *run)
{
	const struct settings *settings = run->context->settings;
	const struct capture_options options = options_of(run);
	struct error error = { .text = "" };
	enum severity worst = SEVERITY_INFO;
	enum result r;

	r = open_outputs(run, &error);
	if (r == RESULT_OK)
		r = capture_open_files(&run->capture, run->paths, run->path_count, &options,
				       &error);
	if (r == RESULT_OK)
		r = pipeline_new(&run->pipeline, settings, PIPELINE_READ, run->outputs.sinks,
				 run->outputs.count, &error);
	if (r != RESULT_OK) {
		log_write(run->context->log, LOG_LEVEL_ERROR, "%s", error.text);
		outputs_close(&run->outputs);
		return EXIT_COULD_NOT;
	}
	read_packets(run);
	pipeline_finish(run->pipeline);
	pipeline_report_stats(run->pipeline, run->capture, 0);
	outputs_close(&run->outputs);
	if (run->failed || run->outputs.failed)
		return EXIT_COULD_NOT;
	if (settings->has_fail_on && pipeline_worst(run->pipeline, &worst) &&
	    worst >= settings->fail_on)
		return EXIT_FOUND;
	return EXIT_RAN;
}

/* Analyse captures. */
enum exit_code read_captures(const struct command_context *context,
			     const struct read_request *request)
{
	struct read_run run = { .context = context, .request = request };
	enum exit_code code = EXIT_COULD_NOT;

	run.shows_progress = isatty(STDERR_FILENO) == 1 && context->log->level >= LOG_LEVEL_WARNING;
	if (choose_files(&run))
		code = run_all(&run);
	pipeline_free(&run.pipeline);
	capture_free(&run.capture);
	free(run.paths);
	folder_list_clear(&run.found);
	return code;
}

/* relaywatch read */
enum exit_code command_read(const struct command_context *context)
{
	const struct settings *settings = context->settings;
	const struct read_request request = { .files = settings->files,
					      .file_count = settings->file_count };

	if (settings->html_file != NULL) {
		log_write(context->log, LOG_LEVEL_ERROR, "'--html' is not built yet");
		return EXIT_USAGE;
	}
	if (settings->file_count == 0) {
		log_write(
		    context->log, LOG_LEVEL_ERROR,
		    "'read' needs a capture: relaywatch read FILE..., or - for standard input");
		return EXIT_USAGE;
	}
	return read_captures(context, &request);
}
