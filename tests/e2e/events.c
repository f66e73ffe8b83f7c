#include "e2e/events.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define KEY_MAX 64

json_t *events_parse(const char *text)
{
	json_t *events = json_array();
	size_t number = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");
		json_error_t error;
		json_t *event = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);

		number++;
		cr_assert(json_is_object(event), "line %zu is no JSON object: %s: %.*s", number,
			  error.text, (int)(length < 200 ? length : 200), text);
		(void)json_array_append_new(events, event);
		text += length;
		cr_assert_eq(*text, '\n', "the last line is not ended");
		text++;
	}
	return events;
}

json_t *event_get(const json_t *event, const char *path)
{
	while (event) {
		size_t length = strcspn(path, ".");
		char key[KEY_MAX];

		cr_assert(length < sizeof(key));
		memcpy(key, path, length);
		key[length] = '\0';
		event = json_object_get(event, key);
		if (path[length] == '\0')
			break;
		path += length + 1;
	}
	return (json_t *)(size_t)event;
}

const char *event_text(const json_t *event, const char *path)
{
	const char *text = json_string_value(event_get(event, path));

	cr_assert_not_null(text, "an event has no text '%s'", path);
	return text;
}

json_int_t event_number(const json_t *event, const char *path)
{
	const json_t *value = event_get(event, path);

	cr_assert(json_is_integer(value), "an event has no number '%s'", path);
	return json_integer_value(value);
}

bool event_is(const json_t *event, const char *dataset)
{
	char full[KEY_MAX];

	(void)snprintf(full, sizeof(full), "relaywatch.%s", dataset);
	return strcmp(event_text(event, "event.dataset"), full) == 0;
}

size_t events_count(const json_t *events, const char *dataset)
{
	size_t count = 0;
	size_t i;
	const json_t *event;

	json_array_foreach(events, i, event) count += event_is(event, dataset);
	return count;
}
