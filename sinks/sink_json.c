#include "sinks/sink_json.h"

#include "sinks/fact_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sink_json {
	struct sink_json_options options;
	struct text line;
	struct text held; /* whole lines that wait until the transaction is done */
	struct event_transaction transaction;
	char session[SESSION_ID_MAX]; /* of the transaction that is open */
	uint32_t index;
	uint64_t lost; /* events that could not be written */
	bool failed;   /* the stream takes no more */
};

static const struct {
	const char *word;
	uint32_t bit;
} datasets[] = {
	{ "session", DATASET_SESSION }, { "transaction", DATASET_TRANSACTION },
	{ "finding", DATASET_FINDING }, { "alert", DATASET_ALERT },
	{ "server", DATASET_SERVER },   { "stats", DATASET_STATS },
	{ "fact", DATASET_FACT },       { "all", DATASET_ALL },
};

static enum result dataset_bit(struct span word, uint32_t *out)
{
	for (size_t i = 0; i < ARRAY_COUNT(datasets); i++) {
		if (!span_is_nocase(word, datasets[i].word))
			continue;
		*out |= datasets[i].bit;
		return RESULT_OK;
	}
	return RESULT_BAD;
}

/* Words with commas between them. */
enum result sink_json_datasets(const char *words, uint32_t *out, struct error *error)
{
	struct span left = span_text(words);
	uint32_t bits = 0;

	while (left.length > 0) {
		size_t comma = span_find_byte(left, ',');
		struct span word = span_part(left, 0, comma);

		if (dataset_bit(span_trim(word), &bits) != RESULT_OK)
			return error_set(error, RESULT_BAD,
					 "'%.*s' is no type of event; there are session, "
					 "transaction, finding, alert, server, stats, all",
					 (int)word.length, (const char *)word.data);
		left = comma == SPAN_NOT_FOUND ? span_of(NULL, 0)
					       : span_part(left, comma + 1, SIZE_MAX);
	}
	if (bits == 0)
		return error_set(error, RESULT_BAD, "no type of event is named");
	*out = bits;
	return RESULT_OK;
}

/* Say it once; what follows is only counted. */
static void stream_failed(struct sink_json *sink)
{
	struct error error;

	if (sink->failed)
		return;
	sink->failed = true;
	(void)error_set(&error, RESULT_FAILED, "cannot write to '%s': %s",
			sink->options.stream_name, strerror(errno));
	sink->options.errors.say(sink->options.errors.ctx, error.text);
}

static void write_text(struct sink_json *sink, struct text *text)
{
	FILE *stream = sink->options.stream;

	if (!sink->failed && text->length > 0 &&
	    fwrite(text->data, 1, text->length, stream) != text->length)
		stream_failed(sink);
	text_reset(text);
}

static void push_on(struct sink_json *sink)
{
	if (sink->options.each_line && !sink->failed && fflush(sink->options.stream) != 0)
		stream_failed(sink);
}

/* An event that stands in sink->line goes out, or is held until it may. */
static void put_line(struct sink_json *sink, bool whole)
{
	text_add_bytes(&sink->line, "\n", 1);
	if (!whole || sink->line.cut || sink->line.failed) {
		sink->lost++;
		text_reset(&sink->line);
		return;
	}
	if (!sink->transaction.is_open) {
		write_text(sink, &sink->line);
		push_on(sink);
		return;
	}
	if (sink->line.length > sink->held.limit_bytes - sink->held.length)
		sink->lost++;
	else
		text_add_bytes(&sink->held, sink->line.data, sink->line.length);
	text_reset(&sink->line);
}

static bool wants(const struct sink_json *sink, uint32_t dataset)
{
	return (sink->options.datasets & dataset) != 0;
}

/* What stands in sink->line is the end of the open transaction. */
static void end_transaction(struct sink_json *sink)
{
	text_add_bytes(&sink->line, "\n", 1);
	write_text(sink, &sink->line);
	write_text(sink, &sink->held);
	push_on(sink);
}

/* A continuation that never came: the line is closed as it is. */
static void cut_transaction(struct sink_json *sink)
{
	if (!sink->transaction.is_open)
		return;
	event_transaction_cut(&sink->transaction, &sink->line);
	end_transaction(sink);
}

/*
 * The recipients of one fact are written at once and not kept: a transaction of ten thousand is
 * one line, and never in memory as a whole.
 */
static void put_transaction(struct sink_json *sink, const struct fact_transaction *transaction)
{
	bool done = false, whole;

	if (strcmp(sink->session, transaction->origin.session) != 0 ||
	    sink->index != transaction->index || transaction->recipient_first == 0)
		cut_transaction(sink);
	memcpy(sink->session, transaction->origin.session, sizeof(sink->session));
	sink->index = transaction->index;
	whole = event_transaction_add(&sink->transaction, &sink->line, &sink->options.env,
				      transaction, &done);
	if (!whole)
		sink->lost++;
	if (done)
		end_transaction(sink);
	else
		write_text(sink, &sink->line);
}

static void json_fact(void *state, const struct fact *fact)
{
	struct sink_json *sink = state;

	if (fact->kind == FACT_TRANSACTION && wants(sink, DATASET_TRANSACTION))
		put_transaction(sink, &fact->as.transaction);
	if (fact->kind == FACT_SESSION && wants(sink, DATASET_SESSION))
		put_line(sink, event_session(&sink->line, &sink->options.env, &fact->as.session));
	if (wants(sink, DATASET_FACT))
		put_line(sink, fact_json(&sink->line, fact));
}

static void json_alert(void *state, const struct alert *alert)
{
	struct sink_json *sink = state;

	if (wants(sink, DATASET_ALERT))
		put_line(sink, event_alert(&sink->line, &sink->options.env, alert));
}

static void json_finding(void *state, const struct finding *finding)
{
	struct sink_json *sink = state;

	if (wants(sink, DATASET_FINDING))
		put_line(sink, event_finding(&sink->line, &sink->options.env, finding));
}

static void json_server(void *state, const struct server_report *server)
{
	struct sink_json *sink = state;

	if (wants(sink, DATASET_SERVER))
		put_line(sink, event_server(&sink->line, &sink->options.env, server));
}

static void json_stats(void *state, const struct stats *stats)
{
	struct sink_json *sink = state;

	if (wants(sink, DATASET_STATS))
		put_line(sink, event_stats(&sink->line, &sink->options.env, stats));
}

/* Everything buffered goes out. */
static enum result json_flush(void *state, struct error *error)
{
	struct sink_json *sink = state;

	if (!sink->failed && fflush(sink->options.stream) != 0)
		stream_failed(sink);
	(void)error; /* it is said already */
	return sink->failed ? RESULT_FAILED : RESULT_OK;
}

/* The end: was every event written whole? */
static enum result json_close(void *state, struct error *error)
{
	struct sink_json *sink = state;
	enum result r;

	cut_transaction(sink);
	r = json_flush(sink, error);
	if (r == RESULT_OK && sink->lost > 0)
		r = error_set(error, RESULT_FAILED, "%llu %s left out: too long, or no memory",
			      (unsigned long long)sink->lost,
			      sink->lost == 1 ? "event was" : "events were");
	text_clear(&sink->line);
	text_clear(&sink->held);
	free(sink);
	return r;
}

static const struct sink_ops ops = {
	.name = "json",
	.fact = json_fact,
	.alert = json_alert,
	.finding = json_finding,
	.server = json_server,
	.stats = json_stats,
	.flush = json_flush,
	.close = json_close,
};

/* A sink that writes to the stream given. */
enum result sink_json_new(struct sink *out, const struct sink_json_options *options)
{
	struct sink_json *sink = calloc(1, sizeof(*sink));

	if (sink == NULL)
		return RESULT_FAILED;
	sink->options = *options;
	text_init(&sink->line, EVENT_MAX_BYTES);
	text_init(&sink->held, EVENT_MAX_BYTES);
	*out = (struct sink){ .ops = &ops, .state = sink };
	return RESULT_OK;
}
