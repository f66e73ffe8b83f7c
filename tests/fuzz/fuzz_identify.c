/*
 * fuzz_identify - first bytes of any sort: what is told by a few stays told with more, and no
 * conversation breaks what follows; however it is cut, the facts are the same
 *
 * In:      a byte that picks the port, then steps (steps.h); their bytes are also looked at by
 *          themselves.
 */
#include "protocols/identify.h"
#include "steps.h"

#include <stdlib.h>

static const uint16_t ports[] = { 25, 209, 628, 465, 24, 40000, 6209, 3128 };

/* IDENTIFY_HEAD_MAX bytes tell everything, and no answer but "more bytes" is taken back. */
static void check_looks(struct span head)
{
	enum payload_kind told[3] = { PAYLOAD_SHORT, PAYLOAD_SHORT, PAYLOAD_SHORT };

	for (size_t n = 0; n <= head.length; n++) {
		struct span front = span_part(head, 0, n);
		enum payload_kind kinds[3] = { identify_client(front, true),
					       identify_client(front, false),
					       identify_server(front) };

		for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
			if (told[i] != PAYLOAD_SHORT && kinds[i] != told[i])
				abort();
			told[i] = kinds[i];
		}
	}
	for (size_t i = 0; i < ARRAY_COUNT(told); i++)
		if (head.length == IDENTIFY_HEAD_MAX && told[i] == PAYLOAD_SHORT)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct segment segment = { .source_port = 40001 };

	if (size < 4)
		return 0;
	segment.destination_port = ports[data[0] % ARRAY_COUNT(ports)];
	segment.payload = span_of(data + 4, size - 4);
	check_looks(span_part(segment.payload, 0, IDENTIFY_HEAD_MAX));
	(void)identify_segment(&segment);
	steps_check_conversation(segment.destination_port, span_of(data + 1, size - 1));
	return 0;
}
