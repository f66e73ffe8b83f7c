/*
 * settings - all that the command line and the configuration decide
 *
 * In:      options.c fills it.
 * Out:     read by every command.
 * Limits:  those of the options table.
 * Errors:  settings_init: RESULT_FAILED without memory.
 * Owner:   settings_clear frees what is inside; files point to the arguments of the program.
 */
#ifndef RELAYWATCH_APP_SETTINGS_H
#define RELAYWATCH_APP_SETTINGS_H

#include "core/finding.h"
#include "core/site.h"
#include "reassembly/overlap.h"
#include "sinks/redis.h"

struct settings {
	struct site *site;
	char *filter;      /* NULL: none */
	char *sensor_name; /* never NULL after options_parse */
	char *interface;   /* live; NULL: none */
	int64_t more_log, less_log;
	uint32_t json_datasets; /* enum json_dataset; 0: no JSON */
	char *html_file;
	char *redis_url; /* NULL: no Redis */
	char *redis_key;
	char *redis_password_file;
	enum redis_mode redis_mode;
	bool has_fail_on;
	enum severity fail_on, alert_severity;
	int64_t memory_limit_bytes, buffer_bytes, flows_max;
	int64_t alert_repeat_ns, alert_quiet_ns, stats_interval_ns;
	int64_t idle_timeout_ns, reorder_wait_ns;
	enum overlap_policy overlap;
	bool want_help, want_version;
	char **files;
	size_t file_count;
};

MUST_USE enum result settings_init(struct settings *settings);
void settings_clear(struct settings *settings);

#endif
