#include "app/pipeline.h"

#include "app/packet_clock.h"
#include "app/pipeline_stats.h"
#include "detectors/detectors.h"
#include "protocols/protocols.h"
#include "reassembly/reassembly.h"

#include <stdlib.h>
#include <string.h>

struct pipeline {
	struct budget reassembly_budget, protocols_budget, detectors_budget;
	struct reassembly *reassembly;
	struct protocols *protocols;
	struct detectors *detectors;
	struct packet_sink packets;
	struct sink sinks[PIPELINE_SINKS_MAX];
	size_t sink_count;
	struct packet_clock clock;
	struct run_clock started;
	uint64_t alerts; /* raised */
	bool has_worst;
	enum severity worst;
};

/* Shares of memory_limit, in eighths: streams, decoders, judgement. */
enum { REASSEMBLY_SHARE = 3, PROTOCOLS_SHARE = 2, DETECTORS_SHARE = 3, SHARES = 8 };

static void on_segment(void *ctx, const struct segment *segment)
{
	struct pipeline *pipeline = ctx;

	if (packet_clock_feed(&pipeline->clock, segment->time_ns))
		detectors_tick(pipeline->detectors, pipeline->clock.now_ns);
	reassembly_segment(pipeline->reassembly, segment);
}

static void on_datagram(void *ctx, const struct datagram *datagram)
{
	struct pipeline *pipeline = ctx;

	if (packet_clock_feed(&pipeline->clock, datagram->time_ns))
		detectors_tick(pipeline->detectors, pipeline->clock.now_ns);
	protocols_datagram(pipeline->protocols, datagram);
}

/* Sinks first: a session and a message are told of before the alert that they raise. */
static void on_fact(void *ctx, const struct fact *fact)
{
	struct pipeline *pipeline = ctx;

	for (size_t i = 0; i < pipeline->sink_count; i++)
		if (pipeline->sinks[i].ops->fact != NULL)
			pipeline->sinks[i].ops->fact(pipeline->sinks[i].state, fact);
	detectors_fact(pipeline->detectors, fact);
}

/* For --fail-on; a harmless pair is nothing that was found. */
static void note_severity(struct pipeline *pipeline, const struct finding *finding)
{
	if (finding->verdict == VERDICT_BENIGN)
		return;
	if (!pipeline->has_worst || finding->severity > pipeline->worst)
		pipeline->worst = finding->severity;
	pipeline->has_worst = true;
}

static void on_alert(void *ctx, const struct alert *alert)
{
	struct pipeline *pipeline = ctx;

	if (alert->action == ALERT_RAISED)
		pipeline->alerts++;
	note_severity(pipeline, &alert->finding);
	for (size_t i = 0; i < pipeline->sink_count; i++)
		if (pipeline->sinks[i].ops->alert != NULL)
			pipeline->sinks[i].ops->alert(pipeline->sinks[i].state, alert);
}

static void on_finding(void *ctx, const struct finding *finding)
{
	struct pipeline *pipeline = ctx;

	note_severity(pipeline, finding);
	for (size_t i = 0; i < pipeline->sink_count; i++)
		if (pipeline->sinks[i].ops->finding != NULL)
			pipeline->sinks[i].ops->finding(pipeline->sinks[i].state, finding);
}

static void on_server(void *ctx, const struct server_report *server)
{
	struct pipeline *pipeline = ctx;

	for (size_t i = 0; i < pipeline->sink_count; i++)
		if (pipeline->sinks[i].ops->server != NULL)
			pipeline->sinks[i].ops->server(pipeline->sinks[i].state, server);
}

static void split_memory(struct pipeline *pipeline, const struct settings *settings)
{
	size_t share = (size_t)settings->memory_limit_bytes / SHARES;

	budget_init(&pipeline->reassembly_budget, REASSEMBLY_SHARE * share);
	budget_init(&pipeline->protocols_budget, PROTOCOLS_SHARE * share);
	budget_init(&pipeline->detectors_budget, DETECTORS_SHARE * share);
}

/* The stages, the last one first, as each is handed the next. */
static enum result make_stages(struct pipeline *pipeline, const struct settings *settings,
			       const struct hash_key *key)
{
	const struct detectors_options judging = { .key = *key,
						   .alert_repeat_ns = settings->alert_repeat_ns,
						   .alert_quiet_ns = settings->alert_quiet_ns,
						   .alert_severity = settings->alert_severity };
	const struct reassembly_options joining = { .key = *key,
						    .flows_max = (uint32_t)settings->flows_max,
						    .idle_timeout_ns = settings->idle_timeout_ns,
						    .reorder_wait_ns = settings->reorder_wait_ns,
						    .overlap = settings->overlap,
						    .is_mail_port = protocols_is_mail_port };
	const struct finding_sink findings = {
		.alert = on_alert, .finding = on_finding, .server = on_server, .ctx = pipeline
	};
	const struct fact_sink facts = { .fact = on_fact, .ctx = pipeline };
	enum result r;

	r = detectors_new(&pipeline->detectors, &judging, settings->site,
			  &pipeline->detectors_budget, &findings);
	if (r == RESULT_OK)
		r = protocols_new(&pipeline->protocols, settings->site, &pipeline->protocols_budget,
				  &facts);
	if (r != RESULT_OK)
		return r;
	protocols_use_key(pipeline->protocols, key);
	return reassembly_new(&pipeline->reassembly, &joining, &pipeline->reassembly_budget,
			      protocols_conversation_ops(), pipeline->protocols);
}

/* Put the stages in a row. */
enum result pipeline_new(struct pipeline **out, const struct settings *settings,
			 enum pipeline_run run, const struct sink *sinks, size_t sink_count,
			 struct error *error)
{
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	struct hash_key key = hash_key_fixed();

	if (pipeline == NULL)
		return error_set(error, RESULT_FAILED, "no memory");
	if (run == PIPELINE_LIVE && hash_key_random(&key) != RESULT_OK) {
		free(pipeline);
		return error_set(error, RESULT_FAILED, "the system gives no random numbers");
	}
	run_clock_start(&pipeline->started);
	split_memory(pipeline, settings);
	memcpy(pipeline->sinks, sinks, sink_count * sizeof(*sinks));
	pipeline->sink_count = sink_count;
	pipeline->packets =
	    (struct packet_sink){ .segment = on_segment, .datagram = on_datagram, .ctx = pipeline };
	if (make_stages(pipeline, settings, &key) != RESULT_OK) {
		pipeline_free(&pipeline);
		return error_set(error, RESULT_FAILED,
				 "no memory for the tables; a smaller memory_limit may help");
	}
	*out = pipeline;
	return RESULT_OK;
}

/* Free the stages; the sinks stay the caller's. */
void pipeline_free(struct pipeline **pipeline)
{
	struct pipeline *p = *pipeline;

	if (p == NULL)
		return;
	reassembly_free(&p->reassembly);
	protocols_free(&p->protocols);
	detectors_free(&p->detectors);
	free(p);
	*pipeline = NULL;
}

const struct packet_sink *pipeline_packets(struct pipeline *pipeline)
{
	return &pipeline->packets;
}

/* Let time pass. */
void pipeline_tick(struct pipeline *pipeline, int64_t now_ns)
{
	reassembly_tick(pipeline->reassembly, now_ns);
	detectors_tick(pipeline->detectors, now_ns);
}

/* Say what is left to say. */
void pipeline_finish(struct pipeline *pipeline)
{
	reassembly_finish(pipeline->reassembly);
	detectors_finish(pipeline->detectors);
}

/* Sum up the counters of all stages. */
void pipeline_report_stats(struct pipeline *pipeline, struct capture *capture, int64_t now_ns)
{
	struct stage_counters counters = { .alerts = pipeline->alerts };
	struct stats stats;

	capture_stats_get(capture, &counters.capture);
	reassembly_stats_get(pipeline->reassembly, &counters.reassembly);
	protocols_stats_get(pipeline->protocols, &counters.protocols);
	detectors_stats_get(pipeline->detectors, &counters.detectors);
	stats_sum(&counters, &pipeline->started, &stats);
	if (now_ns != 0)
		stats.time_ns = now_ns;
	for (size_t i = 0; i < pipeline->sink_count; i++)
		if (pipeline->sinks[i].ops->stats != NULL)
			pipeline->sinks[i].ops->stats(pipeline->sinks[i].state, &stats);
}

/* The gravest that was said. */
bool pipeline_worst(const struct pipeline *pipeline, enum severity *out)
{
	if (pipeline->has_worst)
		*out = pipeline->worst;
	return pipeline->has_worst;
}
