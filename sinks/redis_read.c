#include "sinks/redis_read.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_ID_MAX 48

#define TEXT_OF(number) TEXT_OF_EXPANDED(number)
#define TEXT_OF_EXPANDED(number) #number

static bool is_string(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING;
}

/* [id, [field, value, ..]] */
static bool is_entry(const redisReply *entry)
{
	return entry->type == REDIS_REPLY_ARRAY && entry->elements == 2 &&
	       is_string(entry->element[0]) && entry->element[1]->type == REDIS_REPLY_ARRAY;
}

/* Empty where there is no such field. */
static struct span field_of(const redisReply *entry, const char *name)
{
	const redisReply *fields = entry->element[1];

	for (size_t i = 0; i + 1 < fields->elements; i += 2) {
		const redisReply *value = fields->element[i + 1];

		if (is_string(fields->element[i]) && is_string(value) &&
		    strcmp(fields->element[i]->str, name) == 0)
			return span_of(value->str, (size_t)value->len);
	}
	return span_of(NULL, 0);
}

/* What stands behind the number; NULL: there is none, or it is too large. */
static const char *read_number(const char *text, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return end == text || errno != 0 ? NULL : end;
}

/*
 * The ID just before "MILLISECONDS-SEQUENCE", where the next page begins. Redis before 6.2 knows
 * no open ranges.
 */
static bool step_before(const char *id, char out[ENTRY_ID_MAX])
{
	uint64_t ms, sequence;

	const char *rest = read_number(id, &ms);

	if (rest == NULL || *rest != '-' || read_number(rest + 1, &sequence) == NULL ||
	    (ms == 0 && sequence == 0))
		return false;
	if (sequence == 0) {
		ms--;
		sequence = UINT64_MAX;
	} else {
		sequence--;
	}
	(void)snprintf(out, ENTRY_ID_MAX, "%" PRIu64 "-%" PRIu64, ms, sequence);
	return true;
}

/* All entries of a page; RESULT_END: it was the last one. */
static enum result visit_page(const redisReply *page, char end[ENTRY_ID_MAX], redis_event_fn *visit,
			      void *ctx)
{
	bool goes_on = false;

	if (page->type != REDIS_REPLY_ARRAY)
		return RESULT_END;
	for (size_t i = 0; i < page->elements; i++) {
		const redisReply *entry = page->element[i];
		enum result r;

		if (!is_entry(entry))
			return RESULT_END;
		r = visit(ctx, entry->element[0]->str, field_of(entry, "event"));
		if (r != RESULT_OK)
			return r;
		goes_on = step_before(entry->element[0]->str, end);
	}
	return goes_on && page->elements == REDIS_PAGE_ENTRIES ? RESULT_OK : RESULT_END;
}

static enum result failed(const struct redis_link *link, struct error *error)
{
	return error_set(error, RESULT_FAILED, "%s", redis_link_error(link)->text);
}

static enum result read_pages(struct redis_link *link, redis_event_fn *visit, void *ctx,
			      struct error *error)
{
	char end[ENTRY_ID_MAX] = "+";
	const char *words[] = { "XREVRANGE", redis_link_key(link),       end, "-",
				"COUNT",     TEXT_OF(REDIS_PAGE_ENTRIES) };
	enum result r = RESULT_OK;

	while (r == RESULT_OK) {
		redisReply *page = NULL;
		unsigned kind;

		if (redis_link_ask(link, ARRAY_COUNT(words), words, &page, &kind) != SENT)
			return failed(link, error);
		r = visit_page(page, end, visit, ctx);
		freeReplyObject(page);
	}
	return r == RESULT_END ? RESULT_OK : r;
}

/* Page by page, from the newest on. */
enum result redis_read_stream(const struct redis_options *options, redis_event_fn *visit, void *ctx,
			      struct error *error)
{
	const char *key = options->key == NULL ? REDIS_KEY_DEFAULT : options->key;
	struct redis_link *link = NULL;
	unsigned kind;
	enum result r = redis_link_new(&link, options->url, key, options->password, error);

	if (r != RESULT_OK)
		return r;
	if (redis_link_open(link, &kind) != SENT)
		r = failed(link, error);
	else
		r = read_pages(link, visit, ctx, error);
	redis_link_free(&link);
	return r;
}
