#include "app/command.h"

#include "app/explain_search.h"
#include "app/outputs.h"
#include "core/text.h"
#include "sinks/event.h"
#include "sinks/explain_page.h"
#include "sinks/redis_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PAGE_MAX_BYTES (4u << 20)
#define BLOCK_BYTES (64u << 10)

struct explain_run {
	const struct command_context *context;
	struct explain_search search;
	struct text event; /* of the finding or alert at hand */
	char **captures;   /* those of the files that are no JSON */
	size_t capture_count;
	bool failed; /* exit code 1, after what was found is shown */
};

/* ---- JSON Lines */

/* A line is bad, or there is no memory: said, and the next one is read. */
static void offer_line(struct explain_run *run, const char *path, uint64_t number, struct span line)
{
	struct error error = { .text = "" };

	if (span_trim(line).length == 0)
		return;
	if (explain_search_offer(&run->search, line, &error) == RESULT_OK)
		return;
	run->failed = true;
	log_write(run->context->log, LOG_LEVEL_ERROR, "'%s', line %" PRIu64 ": %s", path, number,
		  error.text);
}

/* Lines of any length; what is longer than an event can be is cut, and said to be no JSON. */
static void read_lines(struct explain_run *run, FILE *file, const char *path)
{
	char *block = malloc(BLOCK_BYTES);
	struct text line;
	uint64_t number = 1;
	size_t length;

	text_init(&line, (size_t)RECORD_LINE_MAX + 1);
	while (block != NULL && (length = fread(block, 1, BLOCK_BYTES, file)) > 0) {
		struct span left = span_of(block, length);

		while (left.length > 0) {
			size_t end = span_find_byte(left, '\n');
			struct span part = span_part(left, 0, end);

			text_add_bytes(&line, part.data, part.length);
			left = span_part(left, part.length + 1, SIZE_MAX);
			if (end == SPAN_NOT_FOUND)
				break;
			offer_line(run, path, number++, text_span(&line));
			text_reset(&line);
		}
	}
	offer_line(run, path, number, text_span(&line));
	if (block == NULL || ferror(file) != 0) {
		run->failed = true;
		log_write(run->context->log, LOG_LEVEL_ERROR, "cannot read '%s' to its end: %s",
			  path, strerror(errno));
	}
	text_clear(&line);
	free(block);
}

/* A file is known by its first byte. A pipe cannot be opened twice: it is believed to hold JSON. */
static bool holds_json(FILE *file)
{
	struct stat about;
	int first;

	if (fstat(fileno(file), &about) != 0 || S_ISDIR(about.st_mode))
		return false;
	if (!S_ISREG(about.st_mode))
		return true;
	first = getc(file);
	if (first != EOF)
		(void)ungetc(first, file);
	return first == '{';
}

/* Read a file of events; a capture is put aside for later, and so is what cannot be opened. */
static void read_file(struct explain_run *run, char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");

	if (file != NULL && (is_stdin || holds_json(file)))
		read_lines(run, file, is_stdin ? "standard input" : path);
	else
		run->captures[run->capture_count++] = path;
	if (file != NULL && !is_stdin)
		(void)fclose(file);
}

/* ---- Captures: the events that `read` would write, without writing them */

static void offer_event(struct explain_run *run, bool whole)
{
	struct error error = { .text = "" };

	if (!whole ||
	    explain_search_offer(&run->search, text_span(&run->event), &error) == RESULT_OK)
		return;
	run->failed = true;
	log_write(run->context->log, LOG_LEVEL_ERROR, "an event of our own cannot be read: %s",
		  error.text);
}

static struct event_env env_of(const struct explain_run *run)
{
	const struct settings *settings = run->context->settings;

	return (struct event_env){ .sensor = settings->sensor_name, .site = settings->site };
}

static void on_alert(void *state, const struct alert *alert)
{
	struct explain_run *run = state;
	const struct event_env env = env_of(run);

	text_reset(&run->event);
	offer_event(run, event_alert(&run->event, &env, alert));
}

static void on_finding(void *state, const struct finding *finding)
{
	struct explain_run *run = state;
	const struct event_env env = env_of(run);

	text_reset(&run->event);
	offer_event(run, event_finding(&run->event, &env, finding));
}

static enum result done(void *state, struct error *error)
{
	(void)state;
	(void)error;
	return RESULT_OK;
}

static void read_from_captures(struct explain_run *run)
{
	static const struct sink_ops ops = {
		.name = "explain",
		.alert = on_alert,
		.finding = on_finding,
		.flush = done,
		.close = done,
	};
	const struct sink sink = { .ops = &ops, .state = run };
	const struct read_request request = { .files = run->captures,
					      .file_count = run->capture_count,
					      .sink = &sink };

	if (read_captures(run->context, &request) == EXIT_COULD_NOT)
		run->failed = true;
}

/* ---- Redis */

static enum result on_entry(void *ctx, const char *entry, struct span event)
{
	struct explain_run *run = ctx;
	struct error error = { .text = "" };
	enum result r = explain_search_offer(&run->search, event, &error);

	if (r == RESULT_OK)
		return r;
	run->failed = true;
	log_write(run->context->log, LOG_LEVEL_ERROR, "entry '%s' of the stream: %s", entry,
		  error.text);
	return RESULT_OK;
}

static void read_redis(struct explain_run *run)
{
	const struct settings *settings = run->context->settings;
	struct redis_options options = { .url = settings->redis_url, .key = settings->redis_key };
	struct error error = { .text = "" };
	char *password = NULL;
	enum result r = outputs_redis_password(settings, &password, &error);

	options.password = password;
	if (r == RESULT_OK)
		r = redis_read_stream(&options, on_entry, run, &error);
	outputs_forget_password(&password);
	if (r == RESULT_OK)
		return;
	run->failed = true;
	log_write(run->context->log, LOG_LEVEL_ERROR, "%s", error.text);
}

/* ---- What was found */

static enum exit_code say_none(const struct explain_run *run)
{
	const struct explain_search *search = &run->search;
	bool near = search->nearest[0] != '\0';

	log_write(run->context->log, LOG_LEVEL_ERROR,
		  "no alert and no finding has the ID '%s'; %" PRIu64 " alert events and %" PRIu64
		  " findings were looked at%s%s%s",
		  search->id, search->alerts, search->findings, near ? "; did you mean '" : "",
		  search->nearest, near ? "'?" : "");
	return EXIT_COULD_NOT;
}

/* One line for each of those that begin so. */
static enum exit_code say_several(const struct explain_run *run)
{
	const struct explain_search *search = &run->search;
	const struct log *log = run->context->log;
	size_t listed = 0;

	log_write(log, LOG_LEVEL_ERROR,
		  "several IDs begin with '%s'; type more of the one meant:", search->id);
	for (size_t i = 0; i < search->count; i++) {
		const struct event_record *r = search->kept[i];
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = strcmp(event_record_group(search->kept[k]),
				       event_record_group(r)) == 0;
		if (again || listed++ >= EXPLAIN_LISTED_MAX)
			continue;
		log_write(log, LOG_LEVEL_ERROR, "  %s  %s %s %s, client %s, server %s",
			  event_record_group(r), r->is_alert ? "alert" : "finding", r->severity,
			  r->verdict, r->client, r->server);
	}
	if (listed > EXPLAIN_LISTED_MAX)
		log_write(log, LOG_LEVEL_ERROR, "  and %zu more", listed - EXPLAIN_LISTED_MAX);
	return EXIT_USAGE;
}

static enum exit_code show(const struct explain_run *run, const struct event_record *record)
{
	const struct explain_search *search = &run->search;
	struct text page;
	bool written;

	text_init(&page, PAGE_MAX_BYTES);
	explain_page(record, (const struct event_record *const *)search->kept, search->count,
		     &page);
	if (search->left_out > 0)
		text_addf(&page, "  %" PRIu64 " earlier events are not shown\n", search->left_out);
	written = fwrite(text_get(&page), 1, page.length, stdout) == page.length &&
		  fflush(stdout) == 0 && !page.failed;
	text_clear(&page);
	if (!written)
		log_write(run->context->log, LOG_LEVEL_ERROR,
			  "cannot write to 'standard output': %s", strerror(errno));
	return written && !run->failed ? EXIT_RAN : EXIT_COULD_NOT;
}

static enum exit_code conclude(struct explain_run *run)
{
	const struct event_record *record = NULL;

	switch (explain_search_end(&run->search, &record)) {
	case EXPLAIN_NONE:
		return say_none(run);
	case EXPLAIN_SEVERAL:
		return say_several(run);
	case EXPLAIN_ONE:
		break;
	}
	return show(run, record);
}

static void look_everywhere(struct explain_run *run)
{
	const struct settings *settings = run->context->settings;

	for (size_t i = 1; i < settings->file_count; i++)
		read_file(run, settings->files[i]);
	if (run->capture_count > 0)
		read_from_captures(run);
	if (settings->file_count == 1)
		read_redis(run);
}

static const char *usage_trouble(const struct settings *settings)
{
	if (settings->file_count == 0)
		return "'explain' needs an ID: relaywatch explain ID FILE..., or with --redis URL";
	if (strlen(settings->files[0]) < EXPLAIN_ID_LEAST)
		return "the ID is too short; 4 characters of it are needed";
	if (settings->file_count == 1 && settings->redis_url == NULL)
		return "'explain' needs a place to look in: a capture, JSON Lines, or --redis URL";
	if (settings->file_count == 1 && settings->redis_mode != REDIS_STREAM)
		return "nothing can be looked up where redis_mode is list or channel; name a FILE";
	return NULL;
}

/* relaywatch explain */
enum exit_code command_explain(const struct command_context *context)
{
	const struct settings *settings = context->settings;
	struct explain_run run = { .context = context };
	const char *trouble = usage_trouble(settings);
	enum exit_code code;

	if (trouble != NULL) {
		log_write(context->log, LOG_LEVEL_ERROR, "%s", trouble);
		return EXIT_USAGE;
	}
	run.captures = calloc(settings->file_count, sizeof(*run.captures));
	if (run.captures == NULL)
		return EXIT_COULD_NOT;
	explain_search_begin(&run.search, settings->files[0]);
	text_init(&run.event, EVENT_MAX_BYTES);
	look_everywhere(&run);
	code = conclude(&run);
	explain_search_clear(&run.search);
	text_clear(&run.event);
	free(run.captures);
	return code;
}
