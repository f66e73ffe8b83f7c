#include "capture/capture.h"

#include "capture/decoder.h"
#include "capture/inputs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct capture {
	struct inputs inputs;
	struct decoder decoder;
	struct capture_options options;
	char *filter;
	volatile sig_atomic_t interrupted;
};

/* An empty capture with its own copy of the options. */
static enum result capture_new(struct capture **out, const struct capture_options *options,
			       const struct hash_key *key, struct error *error)
{
	struct capture *capture = calloc(1, sizeof(*capture));

	if (capture == NULL)
		return error_set(error, RESULT_FAILED, "no memory to capture");
	if (options != NULL)
		capture->options = *options;
	if (capture->options.filter != NULL)
		capture->filter = strdup(capture->options.filter);
	capture->inputs.options = &capture->options;
	if ((capture->options.filter != NULL && capture->filter == NULL) ||
	    decoder_init(&capture->decoder, key) != RESULT_OK) {
		capture_free(&capture);
		return error_set(error, RESULT_FAILED, "no memory to capture");
	}
	*out = capture;
	return RESULT_OK;
}

enum result capture_open_files(struct capture **out, const char *const *paths, size_t path_count,
			       const struct capture_options *options, struct error *error)
{
	struct capture *capture = NULL;
	struct hash_key key;
	enum result r = hash_key_random(&key);

	if (r == RESULT_OK)
		r = capture_new(&capture, options, &key, error);

	if (r != RESULT_OK)
		return r;
	capture->inputs.links.filter = capture->filter;
	r = inputs_open_files(&capture->inputs, paths, path_count, error);
	if (r != RESULT_OK) {
		capture_free(&capture);
		return r;
	}
	*out = capture;
	return RESULT_OK;
}

enum result capture_open_live(struct capture **out, const char *interface,
			      const struct capture_options *options, struct error *error)
{
	struct capture *capture = NULL;
	struct source *source = NULL;
	struct hash_key key;
	enum result r = hash_key_random(&key);

	if (r == RESULT_OK)
		r = capture_new(&capture, options, &key, error);

	if (r != RESULT_OK)
		return r;
	r = source_live_open(&source, interface, capture->filter, capture->options.buffer_bytes,
			     &capture->inputs.links, error);
	if (r == RESULT_OK)
		r = inputs_open_live(&capture->inputs, interface, source, error);
	if (r != RESULT_OK) {
		capture_free(&capture);
		return r;
	}
	*out = capture;
	return RESULT_OK;
}

/* A packet of a link type that is not read: counted, and said once for each file. */
static void unread_packet(struct capture *capture, struct input *input)
{
	struct link *link = input->packet.link;
	uint64_t bit = UINT64_C(1) << link->index;
	char what[LINK_TEXT_MAX + 32];

	link->unread_packets++;
	if ((input->links_told & bit) != 0)
		return;
	input->links_told |= bit;
	(void)snprintf(what, sizeof(what), "%s is not read", link->text);
	inputs_tell(&capture->inputs, input, input->packet.frame, what);
}

/* One packet of an input. */
static void take_packet(struct capture *capture, struct input *input,
			const struct packet_sink *sink)
{
	struct decode_counts *counts = &capture->decoder.counts;
	const struct packet *packet = &input->packet;

	counts->packets++;
	counts->bytes += packet->wire_bytes > packet->bytes.length ? packet->wire_bytes
								   : packet->bytes.length;
	if (counts->first_ns == 0)
		counts->first_ns = packet->time_ns;
	if (packet->time_ns > counts->last_ns)
		counts->last_ns = packet->time_ns;
	if (packet->link->filter != NULL &&
	    !packet_filter_matches(packet->link->filter, packet->bytes, packet->wire_bytes))
		return;
	if (packet->link->layer == LAYER_NONE) {
		unread_packet(capture, input);
		return;
	}
	decoder_packet(&capture->decoder, packet, input->number, sink);
}

enum result capture_run(struct capture *capture, size_t max_packets, const struct packet_sink *sink,
			struct error *error)
{
	struct input *input = NULL;
	enum result r;

	for (size_t i = 0; i < max_packets; i++) {
		if (capture->interrupted != 0)
			break;
		r = inputs_first(&capture->inputs, &input, error);
		if (r == RESULT_END)
			decoder_finish(&capture->decoder);
		if (r != RESULT_OK)
			return r;
		take_packet(capture, input, sink);
		inputs_advance(&capture->inputs);
	}
	capture->interrupted = 0;
	return RESULT_OK;
}

void capture_break(struct capture *capture)
{
	capture->interrupted = 1;
}

/* Link types that are not read stand with the other unknown headers. */
static void add_unread_links(const struct links *links, struct capture_count *out)
{
	size_t n = 0;

	while (n + 1 < CAPTURE_REASONS_MAX && out[n].name != NULL)
		n++;
	for (uint32_t i = 0; i < links->count && n + 1 < CAPTURE_REASONS_MAX; i++) {
		if (links->list[i].unread_packets > 0)
			out[n++] = (struct capture_count){ links->list[i].text,
							   links->list[i].unread_packets };
	}
	out[n] = (struct capture_count){ 0 };
}

void capture_stats_get(struct capture *capture, struct capture_stats *out)
{
	const struct decode_counts *counts = &capture->decoder.counts;
	struct input *first = capture->inputs.list;
	struct source_counts dropped = { 0 };

	if (capture->inputs.count > 0 && first->source != NULL &&
	    first->source->ops->counts != NULL)
		first->source->ops->counts(first->source, &dropped);
	*out = (struct capture_stats){
		.packets = counts->packets,
		.bytes = counts->bytes,
		.segments = counts->segments,
		.datagrams = counts->datagrams,
		.not_ip = counts->not_ip,
		.truncated = counts->truncated,
		.malformed = counts->malformed,
		.duplicates = decoder_duplicates(&capture->decoder),
		.damaged_files = capture->inputs.damaged_count,
		.kernel_dropped = dropped.kernel_dropped,
		.interface_dropped = dropped.interface_dropped,
		.first_ns = counts->first_ns,
		.last_ns = counts->last_ns,
	};
	decoder_reasons(&capture->decoder, out->opaque, out->unknown);
	add_unread_links(&capture->inputs.links, out->unknown);
}

const char *capture_file_name(const struct capture *capture, uint32_t file)
{
	return file < capture->inputs.count ? capture->inputs.list[file].path : NULL;
}

void capture_free(struct capture **capture)
{
	if (*capture == NULL)
		return;
	inputs_clear(&(*capture)->inputs);
	decoder_clear(&(*capture)->decoder);
	free((*capture)->filter);
	free(*capture);
	*capture = NULL;
}
