/*
 * explain_page - one alert or finding for a person who checks it
 *
 * In:      the record that is shown, and all that were found of the same alert, oldest first.
 * Out:     a page of text: subject, verdict, score, each rule with weight and packets, the sum,
 *          samples, advice, and what became of it.
 * Limits:  those of the records.
 * Errors:  the text's own.
 * Owner:   the caller owns all.
 */
#ifndef RELAYWATCH_SINKS_EXPLAIN_PAGE_H
#define RELAYWATCH_SINKS_EXPLAIN_PAGE_H

#include "core/text.h"
#include "sinks/event_record.h"

void explain_page(const struct event_record *shown, const struct event_record *const *history,
		  size_t count, struct text *out);
/* "2026-11-25 10:06:18" of RFC 3339; what is no such time stays as it is. */
const char *explain_time(const char *time, char text[RECORD_TEXT_MAX]);

#endif
