/*
 * The classic pcap format (https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/): a header of
 * 24 bytes, then records. Version 2.4 in both byte orders, with micro- or nanoseconds, and with
 * the longer record header of Kuznetzov's patch; what is older or odder goes to libpcap.
 */
#include "capture/number.h"
#include "capture/source.h"

#include <stdlib.h>

#define FILE_HEADER_BYTES 24
#define LINK_TYPE_MASK 0x03ffffff /* the rest says how long the frame check sequence is */

struct classic_variant {
	uint32_t magic;
	uint32_t record_header_bytes;
	uint32_t ns_per_tick;
};

static const struct classic_variant variants[] = {
	{ 0xa1b2c3d4, 16, 1000 },
	{ 0xa1b23c4d, 16, 1 },
	{ 0xa1b2cd34, 24, 1000 },
};

struct source_classic {
	struct source source;
	struct window window;
	struct link *link;
	struct classic_variant variant;
	bool big_endian;
	uint64_t frame;
	size_t lent_bytes; /* the record handed out last; consumed with the next call */
};

/* The variant that a magic number stands for; NULL: none. */
static const struct classic_variant *variant_find(uint32_t magic)
{
	for (size_t i = 0; i < ARRAY_COUNT(variants); i++) {
		if (variants[i].magic == magic)
			return &variants[i];
	}
	return NULL;
}

/* The variant and byte order of a file header. */
static const struct classic_variant *variant_of(const uint8_t *header, bool *out_big_endian)
{
	const struct classic_variant *variant = variant_find(be32_at(header));

	*out_big_endian = variant != NULL;
	return variant != NULL ? variant : variant_find(le32_at(header));
}

/* Only what we read exactly as libpcap does. */
bool source_classic_knows(struct span header)
{
	bool big_endian;

	if (header.length < FILE_HEADER_BYTES || variant_of(header.data, &big_endian) == NULL)
		return false;
	return order16_at(header.data + 4, big_endian) == 2 &&
	       order16_at(header.data + 6, big_endian) == 4;
}

/* The record is not whole: wait, or say how the file ends. */
static enum result classic_short(struct source_classic *classic, enum result r)
{
	struct source *source = &classic->source;

	if (r == RESULT_MORE)
		return r;
	if (r == RESULT_END && window_left(&classic->window) == 0)
		return RESULT_END;
	if (r == RESULT_END)
		return error_set(&source->error, RESULT_BAD,
				 "the file ends in the middle of this packet");
	source->error = classic->window.stream->error;
	return r;
}

/* Walk one record. */
static enum result classic_next(struct source *source, struct packet *out)
{
	struct source_classic *classic = (struct source_classic *)source;
	uint32_t header_bytes = classic->variant.record_header_bytes;
	uint32_t seconds, ticks, captured_bytes;
	const uint8_t *p;
	enum result r;

	window_consume(&classic->window, classic->lent_bytes);
	classic->lent_bytes = 0;
	r = window_need(&classic->window, header_bytes);
	if (r != RESULT_OK)
		return classic_short(classic, r);
	captured_bytes = order32_at(window_at(&classic->window) + 8, classic->big_endian);
	if (captured_bytes > PACKET_MAX_BYTES)
		return error_set(&source->error, RESULT_BAD,
				 "a captured length of %u bytes cannot be", captured_bytes);
	r = window_need(&classic->window, header_bytes + captured_bytes);
	if (r != RESULT_OK)
		return classic_short(classic, r);

	p = window_at(&classic->window);
	seconds = order32_at(p, classic->big_endian);
	ticks = order32_at(p + 4, classic->big_endian);
	out->time_ns = (int64_t)seconds * 1000000000 +
		       (int64_t)ticks * classic->variant.ns_per_tick;
	out->frame = ++classic->frame;
	out->bytes = (struct span){ p + header_bytes, captured_bytes };
	out->wire_bytes = order32_at(p + 12, classic->big_endian);
	out->link = classic->link;
	classic->lent_bytes = header_bytes + captured_bytes;
	return RESULT_OK;
}

/* Give the window back. */
static void classic_close(struct source *source)
{
	struct source_classic *classic = (struct source_classic *)source;

	window_clear(&classic->window);
	free(classic);
}

static const struct source_ops classic_ops = {
	.next = classic_next,
	.close = classic_close,
};

/* Begin to read; source_classic_knows said yes to the header in the window. */
enum result source_classic_open(struct source **out, struct window *window, struct links *links,
				struct error *error)
{
	struct source_classic *classic = calloc(1, sizeof(*classic));
	const uint8_t *header = window_at(window);
	enum result r;

	if (classic == NULL) {
		window_clear(window);
		return error_set(error, RESULT_FAILED, "no memory to read a capture");
	}
	classic->source.ops = &classic_ops;
	classic->variant = *variant_of(header, &classic->big_endian);
	r = links_find(links, order32_at(header + 20, classic->big_endian) & LINK_TYPE_MASK,
		       &classic->link, error);
	window_consume(window, FILE_HEADER_BYTES);
	classic->window = *window;
	*window = (struct window){ .ended = true };
	if (r != RESULT_OK) {
		classic_close(&classic->source);
		return r;
	}
	*out = &classic->source;
	return RESULT_OK;
}
