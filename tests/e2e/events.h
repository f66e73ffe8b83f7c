/*
 * events - read the JSON Lines that the program writes
 *
 * In:      text of a run.
 * Out:     a JSON array of all events, in order, and look-ups in one event.
 * Limits:  -
 * Errors:  assertions of the test: a line that is no JSON object in UTF-8, a field that is missing.
 * Owner:   the caller owns the array (json_decref); what is looked up belongs to it.
 */
#ifndef RELAYWATCH_TESTS_E2E_EVENTS_H
#define RELAYWATCH_TESTS_E2E_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

json_t *events_parse(const char *text);
/* dataset without "relaywatch." */
bool event_is(const json_t *event, const char *dataset);
size_t events_count(const json_t *events, const char *dataset);
/* path: keys with dots between them, "event.dataset"; NULL where there is none. */
json_t *event_get(const json_t *event, const char *path);
/* As above, must be there. */
const char *event_text(const json_t *event, const char *path);
json_int_t event_number(const json_t *event, const char *path);

#endif
