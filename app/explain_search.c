#include "app/explain_search.h"

#include "app/nearest.h"

#include <stdlib.h>
#include <string.h>

/* More edits than that, and it is another ID and no slip of the hand. */
#define EDITS_MOST 2

void explain_search_begin(struct explain_search *search, const char *id)
{
	*search = (struct explain_search){ .id = id, .nearest_edits = EDITS_MOST + 1 };
}

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_named(const struct explain_search *search, const struct event_record *record)
{
	return begins(record->event_id, search->id) || begins(record->alert_id, search->id);
}

/* Also the other events of an alert of which one event is named: they are its history. */
static bool fits(const struct explain_search *search, const struct event_record *record)
{
	size_t length = strlen(record->alert_id);

	return is_named(search, record) ||
	       (length > 0 && begins(search->id, record->alert_id) && search->id[length] == '-');
}

/* As much of the ID as was typed is compared. */
static void note_nearest(struct explain_search *search, const struct event_record *record)
{
	const char *id = event_record_group(record);
	size_t length = strlen(search->id);
	char front[sizeof(search->nearest)];
	size_t edits;

	if (length >= sizeof(front) || strlen(id) >= sizeof(front))
		return;
	(void)snprintf(front, sizeof(front), "%.*s", (int)length, id);
	edits = nearest_edits(search->id, front);
	if (edits >= search->nearest_edits)
		return;
	search->nearest_edits = edits;
	(void)snprintf(search->nearest, sizeof(search->nearest), "%s", id);
}

/* By time, and of one moment by number, which stands at the end of event.id. */
static int compare_records(const struct event_record *a, const struct event_record *b)
{
	const char *a_number = strrchr(a->event_id, '-');
	const char *b_number = strrchr(b->event_id, '-');
	unsigned long long x = a_number == NULL ? 0 : strtoull(a_number + 1, NULL, 10);
	unsigned long long y = b_number == NULL ? 0 : strtoull(b_number + 1, NULL, 10);
	int by_time = strcmp(a->time, b->time);

	if (by_time != 0)
		return by_time;
	return x < y ? -1 : x > y;
}

static int compare_kept(const void *left, const void *right)
{
	const struct event_record *const *a = left;
	const struct event_record *const *b = right;

	return compare_records(*a, *b);
}

/* Two deliveries of one event, which Redis may hold. */
static bool is_kept_already(const struct explain_search *search, const struct event_record *record)
{
	for (size_t i = 0; i < search->count; i++) {
		const struct event_record *kept = search->kept[i];

		if (strcmp(kept->event_id, record->event_id) == 0 &&
		    strcmp(kept->time, record->time) == 0 &&
		    strcmp(kept->sensor, record->sensor) == 0)
			return true;
	}
	return false;
}

/* Keep it; where there is no room, the earliest goes. */
static void keep(struct explain_search *search, struct event_record *record)
{
	size_t earliest = 0;

	if (is_kept_already(search, record)) {
		event_record_free(&record);
		return;
	}
	if (search->count < EXPLAIN_KEPT_MAX) {
		search->kept[search->count++] = record;
		return;
	}
	search->left_out++;
	for (size_t i = 1; i < search->count; i++)
		if (compare_records(search->kept[i], search->kept[earliest]) < 0)
			earliest = i;
	if (compare_records(record, search->kept[earliest]) <= 0) {
		event_record_free(&record);
		return;
	}
	event_record_free(&search->kept[earliest]);
	search->kept[earliest] = record;
}

/* Look at one event. */
enum result explain_search_offer(struct explain_search *search, struct span json,
				 struct error *error)
{
	struct event_record *record = NULL;
	enum result r = event_record_parse(json, &record, error);

	if (r == RESULT_END)
		return RESULT_OK;
	if (r != RESULT_OK)
		return r;
	if (record->is_alert)
		search->alerts++;
	else
		search->findings++;
	if (fits(search, record)) {
		keep(search, record);
		return RESULT_OK;
	}
	note_nearest(search, record);
	event_record_free(&record);
	return RESULT_OK;
}

/* A whole ID counts more than one that only begins so; the latest more than those before it. */
static const struct event_record *choose(const struct explain_search *search, bool *out_several)
{
	const struct event_record *last = NULL, *exact = NULL;

	*out_several = false;
	for (size_t i = 0; i < search->count; i++) {
		const struct event_record *record = search->kept[i];
		const char *group = event_record_group(record);

		if (!is_named(search, record))
			continue;
		if (strcmp(record->event_id, search->id) == 0 || strcmp(group, search->id) == 0)
			exact = record;
		if (last != NULL && strcmp(event_record_group(last), group) != 0)
			*out_several = true;
		last = record;
	}
	if (exact != NULL)
		*out_several = false;
	return exact != NULL ? exact : last;
}

static void drop_others(struct explain_search *search, const struct event_record *meant)
{
	size_t count = 0;

	for (size_t i = 0; i < search->count; i++) {
		struct event_record *record = search->kept[i];

		if (record != meant &&
		    strcmp(event_record_group(record), event_record_group(meant)) != 0)
			event_record_free(&record);
		else
			search->kept[count++] = record;
	}
	search->count = count;
}

/* Which one is it? */
enum explain_found explain_search_end(struct explain_search *search,
				      const struct event_record **out)
{
	const struct event_record *meant;
	bool several;

	qsort(search->kept, search->count, sizeof(search->kept[0]), compare_kept);
	meant = choose(search, &several);
	if (meant == NULL)
		return EXPLAIN_NONE;
	if (several)
		return EXPLAIN_SEVERAL;
	drop_others(search, meant);
	*out = meant;
	return EXPLAIN_ONE;
}

/* Free the records. */
void explain_search_clear(struct explain_search *search)
{
	for (size_t i = 0; i < search->count; i++)
		event_record_free(&search->kept[i]);
	search->count = 0;
}
