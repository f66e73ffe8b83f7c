/*
 * pcapng (https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/): blocks in sections. Each
 * section has its own byte order and interfaces, each interface its own link type and clock.
 */
#include "capture/number.h"
#include "capture/pcapng_interface.h"
#include "capture/source.h"

#include <stdlib.h>

#define BLOCK_HEADER_BYTES 8
#define BLOCK_MIN_BYTES 12
#define BLOCK_MAX_BYTES (16 * 1024 * 1024) /* libpcap's own limit */
#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define INTERFACES_MAX 4096

enum block_type {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET_OLD = 2,
	BLOCK_PACKET_SIMPLE = 3,
	BLOCK_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a
};

struct source_pcapng {
	struct source source;
	struct window window;
	struct links *links;
	struct pcapng_interface *interfaces; /* of this section */
	uint32_t interface_count, interface_capacity;
	bool big_endian;
	uint64_t frame;
	size_t lent_bytes; /* the block handed out last; consumed with the next call */
};

/* The block is not whole: wait, or say how the file ends. */
static enum result pcapng_short(struct source_pcapng *pcapng, enum result r)
{
	struct source *source = &pcapng->source;

	if (r == RESULT_MORE)
		return r;
	if (r == RESULT_END && window_left(&pcapng->window) == 0)
		return RESULT_END;
	if (r == RESULT_END)
		return error_set(&source->error, RESULT_BAD,
				 "the file ends in the middle of a block");
	source->error = pcapng->window.stream->error;
	return r;
}

/* A section header tells the byte order of all that follows, its own length included. */
static enum result read_byte_order(struct source_pcapng *pcapng)
{
	enum result r = window_need(&pcapng->window, BLOCK_HEADER_BYTES + 4);
	const uint8_t *magic;

	if (r != RESULT_OK)
		return pcapng_short(pcapng, r);
	magic = window_at(&pcapng->window) + BLOCK_HEADER_BYTES;
	if (be32_at(magic) != BYTE_ORDER_MAGIC && le32_at(magic) != BYTE_ORDER_MAGIC)
		return error_set(&pcapng->source.error, RESULT_BAD,
				 "a section header has no byte order");
	pcapng->big_endian = be32_at(magic) == BYTE_ORDER_MAGIC;
	pcapng->interface_count = 0;
	return RESULT_OK;
}

/* Have one whole block in the window; it is consumed with the next call. */
static enum result next_block(struct source_pcapng *pcapng, uint32_t *out_type,
			      struct cursor *out_body)
{
	uint32_t type, block_bytes;
	const uint8_t *p;
	enum result r;

	window_consume(&pcapng->window, pcapng->lent_bytes);
	pcapng->lent_bytes = 0;
	r = window_need(&pcapng->window, BLOCK_HEADER_BYTES);
	if (r != RESULT_OK)
		return pcapng_short(pcapng, r);
	type = order32_at(window_at(&pcapng->window), pcapng->big_endian);
	if (type == BLOCK_SECTION) {
		r = read_byte_order(pcapng);
		if (r != RESULT_OK)
			return r;
	}
	block_bytes = order32_at(window_at(&pcapng->window) + 4, pcapng->big_endian);
	if (block_bytes < BLOCK_MIN_BYTES || block_bytes % 4 != 0 || block_bytes > BLOCK_MAX_BYTES)
		return error_set(&pcapng->source.error, RESULT_BAD,
				 "a block length of %u bytes cannot be", block_bytes);
	r = window_need(&pcapng->window, block_bytes);
	if (r != RESULT_OK)
		return pcapng_short(pcapng, r);
	p = window_at(&pcapng->window);
	if (order32_at(p + block_bytes - 4, pcapng->big_endian) != block_bytes)
		return error_set(&pcapng->source.error, RESULT_BAD,
				 "a block has two different lengths");
	pcapng->lent_bytes = block_bytes;
	*out_type = type;
	*out_body = cursor_of(span_of(p + BLOCK_HEADER_BYTES, block_bytes - BLOCK_MIN_BYTES));
	return RESULT_OK;
}

/* Room for one interface more. */
static enum result interfaces_grow(struct source_pcapng *pcapng)
{
	uint32_t capacity = pcapng->interface_capacity == 0 ? 4 : pcapng->interface_capacity * 2;
	struct pcapng_interface *bigger;

	if (pcapng->interface_count < pcapng->interface_capacity)
		return RESULT_OK;
	if (capacity > INTERFACES_MAX)
		return error_set(&pcapng->source.error, RESULT_BAD,
				 "more than %d interfaces in one section", INTERFACES_MAX);
	bigger = realloc(pcapng->interfaces, capacity * sizeof(*bigger));
	if (bigger == NULL)
		return error_set(&pcapng->source.error, RESULT_FAILED,
				 "no memory for %u interfaces", capacity);
	pcapng->interfaces = bigger;
	pcapng->interface_capacity = capacity;
	return RESULT_OK;
}

/* Take on an interface: its link type, snap length and clock. */
static enum result add_interface(struct source_pcapng *pcapng, struct cursor *body)
{
	struct pcapng_interface *interface;
	enum result r = interfaces_grow(pcapng);

	if (r != RESULT_OK)
		return r;
	interface = &pcapng->interfaces[pcapng->interface_count];
	if (pcapng_interface_read(interface, body, pcapng->big_endian) != RESULT_OK)
		return error_set(&pcapng->source.error, RESULT_BAD,
				 "an interface block is damaged");
	r = links_find(pcapng->links, interface->link_type, &interface->link,
		       &pcapng->source.error);
	if (r == RESULT_OK)
		pcapng->interface_count++;
	return r;
}

/* A packet of an interface: number, time, lengths, bytes. */
static enum result read_packet(struct source_pcapng *pcapng, uint32_t interface_number,
			       const uint8_t *fields, struct cursor *rest, struct packet *out)
{
	bool big_endian = pcapng->big_endian;
	uint64_t ticks = (uint64_t)order32_at(fields, big_endian) << 32 |
			 order32_at(fields + 4, big_endian);
	uint32_t captured_bytes = order32_at(fields + 8, big_endian);
	const struct pcapng_interface *interface;

	if (interface_number >= pcapng->interface_count)
		return error_set(&pcapng->source.error, RESULT_BAD,
				 "a packet of interface %u, which is not described",
				 interface_number);
	if (captured_bytes > cursor_left(rest) || captured_bytes > PACKET_MAX_BYTES)
		return error_set(&pcapng->source.error, RESULT_BAD,
				 "a captured length of %u bytes cannot be", captured_bytes);
	interface = &pcapng->interfaces[interface_number];
	out->time_ns = pcapng_time_ns(interface, ticks);
	out->bytes = (struct span){ rest->at, captured_bytes };
	out->wire_bytes = order32_at(fields + 12, big_endian);
	out->link = interface->link;
	return RESULT_OK;
}

/* A packet with nothing but its length: of the first interface, at no time. */
static enum result read_simple(struct source_pcapng *pcapng, struct cursor *body,
			       struct packet *out)
{
	const uint8_t *fields = cursor_take(body, 4).data;
	uint32_t snap_bytes;
	size_t captured_bytes;

	if (fields == NULL || pcapng->interface_count == 0)
		return error_set(&pcapng->source.error, RESULT_BAD,
				 "a simple packet without an interface");
	snap_bytes = pcapng->interfaces[0].snap_bytes;
	out->wire_bytes = order32_at(fields, pcapng->big_endian);
	captured_bytes = out->wire_bytes;
	if (snap_bytes > 0 && captured_bytes > snap_bytes)
		captured_bytes = snap_bytes;
	if (captured_bytes > cursor_left(body) || captured_bytes > PACKET_MAX_BYTES)
		return error_set(&pcapng->source.error, RESULT_BAD,
				 "a packet length of %zu bytes cannot be", captured_bytes);
	out->bytes = (struct span){ body->at, captured_bytes };
	out->time_ns = 0;
	out->link = pcapng->interfaces[0].link;
	return RESULT_OK;
}

/* What one block means; RESULT_MORE: it held no packet. */
static enum result read_block(struct source_pcapng *pcapng, uint32_t type, struct cursor *body,
			      struct packet *out)
{
	const uint8_t *p;
	enum result r;

	switch (type) {
	case BLOCK_INTERFACE:
		r = add_interface(pcapng, body);
		return r == RESULT_OK ? RESULT_MORE : r;
	case BLOCK_PACKET:
		p = cursor_take(body, 20).data;
		if (p == NULL)
			break;
		return read_packet(pcapng, order32_at(p, pcapng->big_endian), p + 4, body, out);
	case BLOCK_PACKET_OLD: /* two bytes of the number became a count of drops */
		p = cursor_take(body, 20).data;
		if (p == NULL)
			break;
		return read_packet(pcapng, order16_at(p, pcapng->big_endian), p + 4, body, out);
	case BLOCK_PACKET_SIMPLE:
		return read_simple(pcapng, body, out);
	default:
		return RESULT_MORE;
	}
	return error_set(&pcapng->source.error, RESULT_BAD, "a packet block is too short");
}

/* Walk blocks up to the next packet. */
static enum result pcapng_next(struct source *source, struct packet *out)
{
	struct source_pcapng *pcapng = (struct source_pcapng *)source;
	struct cursor body = { 0 };
	uint32_t type = 0;
	enum result r;

	for (;;) {
		r = next_block(pcapng, &type, &body);
		if (r != RESULT_OK)
			return r;
		r = read_block(pcapng, type, &body, out);
		if (r == RESULT_OK)
			break;
		if (r != RESULT_MORE)
			return r;
	}
	out->frame = ++pcapng->frame;
	return RESULT_OK;
}

/* Give back the window and the interfaces. */
static void pcapng_close(struct source *source)
{
	struct source_pcapng *pcapng = (struct source_pcapng *)source;

	window_clear(&pcapng->window);
	free(pcapng->interfaces);
	free(pcapng);
}

static const struct source_ops pcapng_ops = {
	.next = pcapng_next,
	.close = pcapng_close,
};

/* Begin to read; the window stands at a section header. */
enum result source_pcapng_open(struct source **out, struct window *window, struct links *links,
			       struct error *error)
{
	struct source_pcapng *pcapng = calloc(1, sizeof(*pcapng));

	if (pcapng == NULL) {
		window_clear(window);
		return error_set(error, RESULT_FAILED, "no memory to read a capture");
	}
	pcapng->source.ops = &pcapng_ops;
	pcapng->links = links;
	pcapng->window = *window;
	*window = (struct window){ .ended = true };
	*out = &pcapng->source;
	return RESULT_OK;
}
