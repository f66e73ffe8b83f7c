/*
 * fuzz_message - any message, whole, byte by byte and in two: no fault, and the same marks and digest
 *
 * In:      the message; the bytes 0xff 0xff stand for a hole of four bytes.
 */
#include "core/text.h"
#include "protocols/message.h"

#include <stdlib.h>
#include <string.h>

#define HOLE_BYTES 4

static void add_span(struct text *out, struct span span)
{
	text_add(out, "\n");
	text_add_printable(out, span);
}

static void add_info(struct text *out, const struct message_info *info)
{
	add_span(out, info->message_id);
	add_span(out, info->header_from);
	for (uint32_t i = 0; i < info->trace_count; i++)
		add_span(out, info->trace[i].raw);
	text_addf(out, "\n%d%d%d%d %llu %llu ", info->has_list_headers, info->is_automatic,
		  info->head_complete, info->digest_known, (unsigned long long)info->bytes,
		  (unsigned long long)info->body_bytes);
	for (size_t i = 0; i < sizeof(info->digest); i++)
		text_addf(out, "%02x", info->digest[i]);
}

enum cut { CUT_WHOLE, CUT_BYTES, CUT_TWO };

/* Each piece in memory of exactly its size, so that a read past it is seen. */
static void feed(struct message *message, struct span bytes, enum cut cut)
{
	size_t two = bytes.length < 2 ? bytes.length : 1 + bytes.data[0] % (bytes.length - 1);

	for (size_t at = 0, step; at < bytes.length; at += step) {
		uint8_t *copy;

		step = bytes.length - at;
		if (cut == CUT_BYTES)
			step = 1;
		else if (cut == CUT_TWO && at == 0)
			step = two;
		copy = malloc(step);
		if (copy == NULL)
			abort();
		memcpy(copy, bytes.data + at, step);
		message_feed(message, span_of(copy, step));
		free(copy);
	}
}

static void read_message(struct span bytes, enum cut cut, struct text *out)
{
	struct message *message = NULL;
	struct message_info info;

	if (message_new(&message) != RESULT_OK)
		abort();
	while (bytes.length > 0) {
		const uint8_t *hole = memmem(bytes.data, bytes.length, "\xff\xff", 2);
		size_t length = hole == NULL ? bytes.length : (size_t)(hole - bytes.data);

		feed(message, span_part(bytes, 0, length), cut);
		if (hole != NULL)
			message_gap(message, HOLE_BYTES);
		bytes = span_part(bytes, hole == NULL ? length : length + 2, SIZE_MAX);
	}
	message_finish(message);
	message_info_get(message, &info);
	add_info(out, &info);
	message_free(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text whole, pieces;

	text_init(&whole, (size_t)1 << 20);
	read_message(span_of(data, size), CUT_WHOLE, &whole);
	for (enum cut cut = CUT_BYTES; cut <= CUT_TWO; cut++) {
		text_init(&pieces, (size_t)1 << 20);
		read_message(span_of(data, size), cut, &pieces);
		if (strcmp(text_get(&whole), text_get(&pieces)) != 0)
			abort();
		text_clear(&pieces);
	}
	text_clear(&whole);
	return 0;
}
