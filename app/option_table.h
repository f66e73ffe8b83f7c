/*
 * option_table - every option and every configuration key, once
 *
 * In:      -
 * Out:     rows: how it is written, what it takes, for which commands, what sets it.
 * Limits:  minimum, default and maximum of each number stand in its row.
 * Errors:  set: RESULT_BAD, with what is wrong and what would be right.
 * Owner:   constants.
 */
#ifndef RELAYWATCH_APP_OPTION_TABLE_H
#define RELAYWATCH_APP_OPTION_TABLE_H

#include "app/settings.h"

enum command_bit {
	COMMAND_READ = 1 << 0,
	COMMAND_LIVE = 1 << 1,
	COMMAND_CORRELATE = 1 << 2,
	COMMAND_DASHBOARD = 1 << 3,
	COMMAND_CHECK = 1 << 4,
	COMMAND_EXPLAIN = 1 << 5,
	COMMAND_ALL = (1 << 6) - 1
};

enum option_group { OPTION_COMMON, OPTION_OUTPUT, OPTION_SITE, OPTION_TUNING, OPTION_GROUP_COUNT };

struct option_row;
typedef enum result option_set_fn(const struct option_row *row, struct settings *settings,
				  const char *value, struct error *error);

struct option_row {
	const char *name;     /* after the two hyphens; NULL: a configuration key only */
	char letter;          /* after one hyphen; 0: none */
	const char *argument; /* what it takes, for the help; NULL: nothing */
	bool argument_optional;
	bool repeatable;
	const char *key; /* in the configuration; NULL: on the command line only */
	uint32_t commands;
	enum option_group group;
	const char *help;
	option_set_fn *set;
	size_t offset;                 /* of the member of struct settings that set writes */
	int set_number;                /* enum site_role or enum site_domains, for site options */
	int64_t least, standard, most; /* of numbers */
};

const struct option_row *option_table(size_t *out_count);

#endif
