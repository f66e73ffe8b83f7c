/*
 * report_page - the report's memory, and how it is put on a page
 *
 * In:      what report.c has gathered.
 * Out:     text in a struct text.
 * Limits:  those of report.h.
 * Errors:  the text's own.
 * Owner:   report.c owns all of it. Nobody else includes this.
 */
#ifndef RELAYWATCH_SINKS_REPORT_PAGE_H
#define RELAYWATCH_SINKS_REPORT_PAGE_H

#include "core/hashmap.h"
#include "core/text.h"
#include "sinks/report.h"
#include "sinks/report_tunnels.h"

struct report_reason {
	char *text;
	double weight_decibans;
	uint64_t count;
	struct frame_id frames[3]; /* the first ones; frame 0: none */
};

/* What is held against one subject in one way. */
struct report_group {
	struct hashmap_node node;
	char subject[SUBJECT_TEXT_MAX]; /* the key, with the verdict */
	enum verdict verdict;
	bool subject_is_server;
	/* Of the strongest pair. */
	struct ip_address client, server;
	uint16_t server_port;
	enum mail_protocol protocol;
	enum severity severity;
	enum ownership ownership;
	double score;
	char *account;
	struct report_reason reasons[REPORT_REASONS_MAX];
	uint32_t reason_count;
	/* Of all pairs. */
	uint64_t pairs, transactions, recipients, accepted, denied;
	int64_t first_seen_ns, last_seen_ns;
};

struct report_server {
	struct ip_address address;
	uint16_t port;
	enum mail_protocol protocol;
	enum posture posture;
	int64_t since_ns;
	uint64_t strangers_connected, strangers_refused, strangers_accepted, strangers_denied;
	char *software;
	char **advice;
	uint32_t advice_count;
	char **undetermined;
	uint32_t undetermined_count;
	struct same_server same;
	uint32_t watched_days;
	int64_t appeared_ns;
};

struct report {
	struct report_options options;
	struct hashmap groups;
	struct report_group **sorted; /* made at the end */
	size_t group_count;
	size_t groups_by_severity[SEVERITY_CRITICAL + 1];
	struct report_server *servers;
	size_t server_count;
	size_t servers_by_posture[POSTURE_OPEN + 1];
	uint64_t servers_seen; /* also those that are not kept */
	uint64_t pairs_by_verdict[VERDICT_COUNT];
	uint64_t groups_left_out;
	struct report_tunnels tunnels;
	struct stats stats;
	bool has_stats;
};

/* Groups and servers are sorted, the worst first. */
void report_page(const struct report *report, struct text *out);

#endif
