#include "app/command.h"

#include "app/outputs.h"
#include "app/pipeline_stats.h"
#include "core/time_text.h"

#define BATCH_PACKETS 1024

/* One run on an interface. */
struct live_run {
	const struct command_context *context;
	struct outputs outputs;
	struct pipeline *pipeline;
	struct capture *capture;
	int64_t last_tick_ns, last_stats_ns;
};

/* Once a second time passes for the tables, and what is buffered goes out. */
static void tick(struct live_run *run)
{
	const struct settings *settings = run->context->settings;
	int64_t now_ns = wall_clock_ns();

	if (now_ns - run->last_tick_ns < NS_PER_SECOND && now_ns >= run->last_tick_ns)
		return;
	run->last_tick_ns = now_ns;
	pipeline_tick(run->pipeline, now_ns);
	if (now_ns - run->last_stats_ns >= settings->stats_interval_ns) {
		run->last_stats_ns = now_ns;
		pipeline_report_stats(run->pipeline, run->capture, now_ns);
	}
	outputs_flush(&run->outputs);
}

/* Until a signal, or until the interface is gone; true: in order. */
static bool watch(struct live_run *run)
{
	const struct packet_sink *packets = pipeline_packets(run->pipeline);
	struct error error = { .text = "" };
	enum result r = RESULT_OK;

	while (*run->context->stop == 0 && !run->outputs.stdout_broken) {
		r = capture_run(run->capture, BATCH_PACKETS, packets, &error);
		if (r != RESULT_OK && r != RESULT_MORE)
			break;
		tick(run);
	}
	if (r == RESULT_OK || r == RESULT_MORE || r == RESULT_END)
		return true;
	log_write(run->context->log, LOG_LEVEL_ERROR, "%s",
		  error.text[0] == '\0' ? "the interface cannot be read further" : error.text);
	return false;
}

static enum result open_all(struct live_run *run, struct error *error)
{
	const struct settings *settings = run->context->settings;
	const struct capture_options options = { .filter = settings->filter,
						 .buffer_bytes = (uint32_t)settings->buffer_bytes };
	enum result r;

	r = outputs_open(&run->outputs, settings, PIPELINE_LIVE, run->context->log, error);
	if (r == RESULT_OK)
		r = pipeline_new(&run->pipeline, settings, PIPELINE_LIVE, run->outputs.sinks,
				 run->outputs.count, error);
	if (r == RESULT_OK &&
	    capture_open_live(&run->capture, settings->interface, &options, error) != RESULT_OK)
		r = RESULT_FAILED;
	return r;
}

static enum exit_code run_all(struct live_run *run)
{
	const struct log *log = run->context->log;
	struct error error = { .text = "" };
	enum result r = open_all(run, &error);
	bool in_order;

	if (r != RESULT_OK) {
		log_write(log, LOG_LEVEL_ERROR, "%s", error.text);
		outputs_close(&run->outputs);
		return r == RESULT_BAD ? EXIT_USAGE : EXIT_COULD_NOT;
	}
	log_write(log, LOG_LEVEL_INFO, "watching '%s'", run->context->settings->interface);
	run->last_tick_ns = run->last_stats_ns = wall_clock_ns();
	in_order = watch(run);
	pipeline_finish(run->pipeline);
	pipeline_report_stats(run->pipeline, run->capture, wall_clock_ns());
	outputs_close(&run->outputs);
	return in_order && !run->outputs.failed ? EXIT_RAN : EXIT_COULD_NOT;
}

/* relaywatch live */
enum exit_code command_live(const struct command_context *context)
{
	struct live_run run = { .context = context };
	enum exit_code code;

	if (context->settings->interface == NULL || context->settings->file_count > 0) {
		log_write(context->log, LOG_LEVEL_ERROR,
			  "'live' needs an interface, and no files: relaywatch live -i IFACE");
		return EXIT_USAGE;
	}
	code = run_all(&run);
	pipeline_free(&run.pipeline);
	capture_free(&run.capture);
	return code;
}
