/* Any message, whole and byte by byte: no fault, and the same digest. */
#include "protocols/message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_message(const uint8_t *data, size_t size, size_t step, struct message_info *out)
{
	struct message *message = NULL;

	if (message_new(&message) != RESULT_OK)
		abort();
	for (size_t at = 0; at < size; at += step)
		message_feed(message, span_of(data + at, size - at < step ? size - at : step));
	message_finish(message);
	message_info_get(message, out);
	out->message_id = out->header_from = span_of(NULL, 0);
	out->trace = NULL;
	message_free(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message_info whole, cut;

	read_message(data, size, size + 1, &whole);
	read_message(data, size, 1, &cut);
	if (whole.bytes != cut.bytes || whole.body_bytes != cut.body_bytes ||
	    whole.trace_count != cut.trace_count ||
	    memcmp(whole.digest, cut.digest, sizeof(cut.digest)) != 0)
		abort();
	return 0;
}
