/*
 * option_value - read the value of one option into the settings
 *
 * In:      the row of the options table, and the value as text.
 * Out:     the member of the settings that the row names.
 * Limits:  least and most of the row.
 * Errors:  RESULT_BAD: what is wrong with the value, and what would be right.
 * Owner:   texts are copied.
 */
#ifndef RELAYWATCH_APP_OPTION_VALUE_H
#define RELAYWATCH_APP_OPTION_VALUE_H

#include "app/option_table.h"

option_set_fn option_set_text;
option_set_fn option_set_filter;
option_set_fn option_set_flag;
option_set_fn option_set_more;
option_set_fn option_set_count;
option_set_fn option_set_size;
option_set_fn option_set_time;
option_set_fn option_set_severity;
option_set_fn option_set_fail_on;
option_set_fn option_set_json;
option_set_fn option_set_redis;
option_set_fn option_set_redis_mode;
option_set_fn option_set_overlap;
option_set_fn option_set_network;
option_set_fn option_set_domain;
option_set_fn option_set_nat;

/* The values that hold where nothing was said. */
void option_set_defaults(struct settings *settings);

#endif
