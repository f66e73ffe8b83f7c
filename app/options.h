/*
 * options - the command line and the configuration, read into the settings
 *
 * In:      the arguments after the command's name; the file that -c names.
 * Out:     struct settings. The command line counts more than -C, which counts more than the
 *          file. An option that may be repeated adds to what the file says; -C replaces it.
 * Limits:  ASSIGNMENTS_MAX values.
 * Errors:  RESULT_BAD: usage, with the nearest option named; RESULT_FAILED: the configuration
 *          cannot be read, or says something that is no option.
 * Owner:   the caller clears the settings, also after an error.
 */
#ifndef RELAYWATCH_APP_OPTIONS_H
#define RELAYWATCH_APP_OPTIONS_H

#include "app/option_table.h"

#define ASSIGNMENTS_MAX 200000

enum assignment_origin { FROM_FILE, FROM_OVERRIDE, FROM_COMMAND_LINE, ORIGIN_COUNT };

struct assignment {
	const struct option_row *row;
	char *value; /* NULL: none was given */
	enum assignment_origin origin;
	uint32_t line; /* in the configuration; 0: not from there */
};

struct assignments {
	struct assignment *list;
	size_t count;
};

MUST_USE enum result options_parse(struct settings *settings, uint32_t command, int count,
				   char *const *arguments, struct error *error);

/* For config.c: note a value for a key. RESULT_BAD: there is no such key. */
MUST_USE enum result assignments_add_key(struct assignments *list, const char *key,
					 const char *value, enum assignment_origin origin,
					 uint32_t line, struct error *error);
/* assignment: all but the value, which may be NULL. */
MUST_USE enum result assignments_add(struct assignments *list, const struct assignment *assignment,
				     const char *value, struct error *error);
void assignments_clear(struct assignments *list);

#endif
