/*
 * explain_search - find the alert or finding that an ID names
 *
 * In:      events as JSON texts, from anywhere, in any order.
 * Out:     the records that the ID fits, and what else was looked at.
 * Limits:  EXPLAIN_KEPT_MAX records are kept, the latest ones.
 * Errors:  explain_search_offer: as event_record_parse; RESULT_END is none.
 * Owner:   the search owns its records; explain_search_clear frees them.
 *
 * An ID fits when it is an alert_id or an event.id, or the first characters of one.
 */
#ifndef RELAYWATCH_APP_EXPLAIN_SEARCH_H
#define RELAYWATCH_APP_EXPLAIN_SEARCH_H

#include "sinks/event_record.h"

#include <stdio.h>

#define EXPLAIN_ID_LEAST 4
#define EXPLAIN_KEPT_MAX 256
#define EXPLAIN_LISTED_MAX 20

struct explain_search {
	const char *id;
	struct event_record *kept[EXPLAIN_KEPT_MAX];
	size_t count;
	uint64_t alerts, findings; /* looked at */
	uint64_t left_out;         /* they fit, but there were too many */
	char nearest[96];          /* of those that do not fit; "": none */
	size_t nearest_edits;
};

enum explain_found { EXPLAIN_NONE, EXPLAIN_ONE, EXPLAIN_SEVERAL };

void explain_search_begin(struct explain_search *search, const char *id);
MUST_USE enum result explain_search_offer(struct explain_search *search, struct span json,
					  struct error *error);
/*
 * All was offered. EXPLAIN_ONE: only the records of that alert are left, oldest first, and *out is
 * the one that the ID names, else the latest. EXPLAIN_SEVERAL: the records are of several.
 */
enum explain_found explain_search_end(struct explain_search *search,
				      const struct event_record **out);
void explain_search_clear(struct explain_search *search);

#endif
