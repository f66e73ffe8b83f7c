/*
 * fuzz_explain - no event, whoever wrote it, steers the terminal of who asks for its explanation
 *
 * In:      a line of JSON.
 * Out:     an abort when the page holds a control byte, when a record breaks its own limits, or
 *          when reading twice gives another page.
 */
#include "sinks/explain_page.h"

#include <stdlib.h>

/* The page of a line; false: it is none of ours. */
static bool make_page(struct span line, struct text *page)
{
	struct event_record *record = NULL;
	struct error error;

	text_init(page, 4u << 20);
	if (event_record_parse(line, &record, &error) != RESULT_OK) {
		if (record != NULL)
			abort();
		return false;
	}
	if (record->rule_count > RECORD_RULES_MAX || record->sample.count > RECORD_LIST_MAX ||
	    event_record_group(record)[0] == '\0')
		abort();
	explain_page(record, (const struct event_record *const[]){ record }, 1, page);
	event_record_free(&record);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text page, again;

	if (make_page(span_of(data, size), &page)) {
		if (!make_page(span_of(data, size), &again) ||
		    !span_equal(text_span(&page), text_span(&again)))
			abort();
		for (size_t i = 0; i < page.length; i++) {
			uint8_t byte = (uint8_t)page.data[i];

			if ((byte < 0x20 && byte != '\n') || byte == 0x7f)
				abort();
		}
		text_clear(&again);
	}
	text_clear(&page);
	return 0;
}
