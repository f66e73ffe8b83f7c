#include "sinks/report.h"

#include "core/hash.h"
#include "sinks/event.h"
#include "sinks/report_page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX_BYTES (4 << 20)

static void free_reasons(struct report_group *group)
{
	for (uint32_t i = 0; i < group->reason_count; i++)
		free(group->reasons[i].text);
	group->reason_count = 0;
	free(group->account);
	group->account = NULL;
}

static void free_group(void *ctx, struct hashmap_node *node)
{
	struct report_group *group = HASHMAP_ENTRY(node, struct report_group, node);

	(void)ctx;
	free_reasons(group);
	free(group);
}

static void free_list(char **list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
}

/* Copy as many texts as there is memory for. */
static char **copy_list(const char *const *list, uint32_t count, uint32_t *out_count)
{
	char **copy = count == 0 ? NULL : calloc(count, sizeof(*copy));

	*out_count = 0;
	if (copy == NULL)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		copy[*out_count] = strdup(list[i]);
		if (copy[*out_count] != NULL)
			(*out_count)++;
	}
	return copy;
}

/* The subject of an alert with this verdict, see "alert" in docs/interface.md. */
static bool is_about_server(enum verdict verdict)
{
	return verdict <= VERDICT_OPEN_RELAY;
}

static void name_subject(const struct finding *finding, char subject[SUBJECT_TEXT_MAX])
{
	char server[IP_TEXT_MAX];

	if (is_about_server(finding->verdict))
		event_server_text(&finding->server, finding->server_port, finding->protocol,
				  subject);
	else if (finding->verdict == VERDICT_AUTH_ABUSE && finding->account != NULL)
		(void)snprintf(subject, SUBJECT_TEXT_MAX, "%s@%s", finding->account,
			       ip_address_format(&finding->server, server));
	else
		ip_address_format(&finding->client, subject);
}

static bool same_subject(const struct hashmap_node *node, const void *key)
{
	const struct report_group *group = HASHMAP_ENTRY(node, struct report_group, node);
	const struct report_group *wanted = key;

	return group->verdict == wanted->verdict && strcmp(group->subject, wanted->subject) == 0;
}

static void copy_reasons(struct report_group *group, const struct finding *finding)
{
	free_reasons(group);
	for (uint32_t i = 0; i < finding->evidence_count; i++) {
		const struct evidence *evidence = &finding->evidence[i];
		struct report_reason *reason = &group->reasons[group->reason_count];

		if (group->reason_count == REPORT_REASONS_MAX)
			break;
		*reason = (struct report_reason){ .text = strdup(evidence->reason),
						  .weight_decibans = evidence->weight_decibans,
						  .count = evidence->count };
		for (uint32_t f = 0; f < evidence->first_count && f < 3; f++)
			reason->frames[f] = evidence->first[f];
		if (reason->text != NULL)
			group->reason_count++;
	}
	if (finding->account != NULL)
		group->account = strdup(finding->account);
}

/* This pair is the strongest of its group so far. */
static void take_strongest(struct report_group *group, const struct finding *finding)
{
	group->client = finding->client;
	group->server = finding->server;
	group->server_port = finding->server_port;
	group->protocol = finding->protocol;
	group->severity = finding->severity;
	group->ownership = finding->ownership;
	group->score = finding->score;
	copy_reasons(group, finding);
}

static void add_pair(struct report *report, struct report_group *group,
		     const struct finding *finding)
{
	if (group->pairs == 0 || finding->severity > group->severity ||
	    (finding->severity == group->severity && finding->score > group->score)) {
		if (group->pairs > 0)
			report->groups_by_severity[group->severity]--;
		report->groups_by_severity[finding->severity]++;
		take_strongest(group, finding);
	}
	if (group->pairs == 0 || finding->first_seen_ns < group->first_seen_ns)
		group->first_seen_ns = finding->first_seen_ns;
	if (group->pairs == 0 || finding->last_seen_ns > group->last_seen_ns)
		group->last_seen_ns = finding->last_seen_ns;
	group->pairs++;
	group->transactions += finding->transactions;
	group->recipients += finding->recipients;
	group->accepted += finding->accepted;
	group->denied += finding->denied;
}

/* hashmap_each: look for a group of one severity. */
struct search {
	enum severity severity;
	struct report_group *found;
};

static void look_at_group(void *ctx, struct hashmap_node *node)
{
	struct report_group *group = HASHMAP_ENTRY(node, struct report_group, node);
	struct search *search = ctx;

	if (group->severity == search->severity)
		search->found = group;
}

static size_t lowest_kept(const size_t *counts, size_t most)
{
	size_t i = 0;

	while (i < most && counts[i] == 0)
		i++;
	return i;
}

/*
 * Room for one more group, at the cost of one of the lowest severity; false: all are as grave.
 * A place only ever goes to a graver one, so the search is made a few times for each at most.
 */
static bool make_room(struct report *report, enum severity severity)
{
	size_t lowest = lowest_kept(report->groups_by_severity, SEVERITY_CRITICAL);
	struct search search = { .severity = (enum severity)lowest };

	if (report->groups.count < REPORT_GROUPS_MAX)
		return true;
	if (lowest >= (size_t)severity)
		return false;
	hashmap_each(&report->groups, look_at_group, &search);
	if (search.found == NULL)
		return false;
	hashmap_remove(&report->groups, &search.found->node);
	free_group(NULL, &search.found->node);
	report->groups_by_severity[lowest]--;
	report->groups_left_out++;
	return true;
}

static void report_finding(void *state, const struct finding *finding)
{
	struct report *report = state;
	struct report_group wanted = { .verdict = finding->verdict };
	struct hash_key key = hash_key_fixed();
	struct report_group *group;
	struct hashmap_node *node;
	uint64_t hash;

	report->pairs_by_verdict[finding->verdict]++;
	if (finding->verdict >= VERDICT_RELAY_DENIED)
		return;
	wanted.subject_is_server = is_about_server(finding->verdict);
	name_subject(finding, wanted.subject);
	hash = hash_span(&key, span_text(wanted.subject));
	node = hashmap_find(&report->groups, hash, same_subject, &wanted);
	if (node != NULL) {
		add_pair(report, HASHMAP_ENTRY(node, struct report_group, node), finding);
		return;
	}
	group = make_room(report, finding->severity) ? malloc(sizeof(*group)) : NULL;
	if (group == NULL) {
		report->groups_left_out++;
		return;
	}
	*group = wanted;
	add_pair(report, group, finding);
	hashmap_add(&report->groups, &group->node, hash);
}

/* The worst first; then by address, so that the same run gives the same page. */
static int compare_servers(const void *a, const void *b)
{
	const struct report_server *x = a, *y = b;
	int order = ip_address_compare(&x->address, &y->address);

	if (x->posture != y->posture)
		return x->posture > y->posture ? -1 : 1;
	if (order != 0)
		return order;
	return (x->port > y->port) - (x->port < y->port);
}

static void free_server(struct report_server *server)
{
	free(server->software);
	free_list(server->advice, server->advice_count);
	free_list(server->undetermined, server->undetermined_count);
}

/* Where the server goes: a new place, or that of the least telling one; NULL: nowhere. */
static struct report_server *place_for(struct report *report, enum posture posture)
{
	size_t lowest = lowest_kept(report->servers_by_posture, POSTURE_OPEN);
	struct report_server *least = report->servers;

	if (report->server_count < REPORT_SERVERS_MAX)
		return &report->servers[report->server_count++];
	if (lowest >= (size_t)posture)
		return NULL;
	while ((size_t)least->posture != lowest)
		least++;
	free_server(least);
	report->servers_by_posture[lowest]--;
	return least;
}

static void report_server(void *state, const struct server_report *server)
{
	struct report *report = state;
	struct report_server *place = place_for(report, server->posture);

	report->servers_seen++;
	if (place == NULL)
		return;
	report->servers_by_posture[server->posture]++;
	*place = (struct report_server){ .address = server->address,
					 .port = server->port,
					 .protocol = server->protocol,
					 .posture = server->posture,
					 .since_ns = server->since_ns,
					 .strangers_connected = server->strangers_connected,
					 .strangers_refused = server->strangers_refused,
					 .strangers_accepted = server->strangers_accepted,
					 .strangers_denied = server->strangers_denied,
					 .same = server->same,
					 .watched_days = server->watched_days,
					 .appeared_ns = server->appeared_ns };
	if (server->software != NULL)
		place->software = strdup(server->software);
	place->advice = copy_list(server->advice, server->advice_count, &place->advice_count);
	place->undetermined = copy_list(server->undetermined, server->undetermined_count,
					&place->undetermined_count);
}

static void report_fact(void *state, const struct fact *fact)
{
	struct report *report = state;

	if (fact->kind == FACT_SESSION)
		report_tunnels_add(&report->tunnels, &fact->as.session.origin.connection);
}

static void report_stats(void *state, const struct stats *stats)
{
	struct report *report = state;

	report->stats = *stats;
	report->has_stats = true;
}

static int compare_groups(const void *a, const void *b)
{
	const struct report_group *x = *(struct report_group *const *)a;
	const struct report_group *y = *(struct report_group *const *)b;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->score < y->score || x->score > y->score)
		return x->score > y->score ? -1 : 1;
	if (x->verdict != y->verdict)
		return x->verdict < y->verdict ? -1 : 1;
	return strcmp(x->subject, y->subject);
}

static void collect_group(void *ctx, struct hashmap_node *node)
{
	struct report *report = ctx;

	report->sorted[report->group_count++] = HASHMAP_ENTRY(node, struct report_group, node);
}

/* Put everything on its page. */
static enum result print_report(struct report *report, struct error *error)
{
	struct text page;
	enum result r = RESULT_OK;

	report->sorted = calloc(report->groups.count + 1, sizeof(struct report_group *));
	if (report->sorted == NULL)
		return error_set(error, RESULT_FAILED, "no memory for the report");
	hashmap_each(&report->groups, collect_group, report);
	qsort(report->sorted, report->group_count, sizeof(struct report_group *), compare_groups);
	qsort(report->servers, report->server_count, sizeof(*report->servers), compare_servers);
	text_init(&page, PAGE_MAX_BYTES);
	report_page(report, &page);
	if (fwrite(text_get(&page), 1, page.length, report->options.stream) != page.length ||
	    fflush(report->options.stream) != 0)
		r = error_set(error, RESULT_FAILED, "cannot write to '%s': %s",
			      report->options.stream_name, strerror(errno));
	text_clear(&page);
	free(report->sorted);
	return r;
}

/* Nothing is written before the end. */
static enum result report_flush(void *state, struct error *error)
{
	(void)state;
	(void)error;
	return RESULT_OK;
}

static enum result report_close(void *state, struct error *error)
{
	struct report *report = state;
	struct error own = { .text = "" };
	/* Without counters nothing was read, and there is nothing to report. */
	enum result r = report->has_stats ? print_report(report, &own) : RESULT_OK;

	(void)error; /* it is said already */
	if (r != RESULT_OK)
		report->options.errors.say(report->options.errors.ctx, own.text);
	hashmap_each(&report->groups, free_group, NULL);
	hashmap_clear(&report->groups);
	for (size_t i = 0; i < report->server_count; i++)
		free_server(&report->servers[i]);
	free(report->servers);
	free(report);
	return r;
}

static const struct sink_ops ops = {
	.name = "report",
	.fact = report_fact,
	.finding = report_finding,
	.server = report_server,
	.stats = report_stats,
	.flush = report_flush,
	.close = report_close,
};

/* A report that is printed when it is closed. */
enum result report_new(struct sink *out, const struct report_options *options)
{
	struct report *report = calloc(1, sizeof(*report));

	if (report == NULL)
		return RESULT_FAILED;
	report->options = *options;
	report->servers = calloc(REPORT_SERVERS_MAX, sizeof(*report->servers));
	if (report->servers == NULL || hashmap_init(&report->groups, 64) != RESULT_OK) {
		free(report->servers);
		free(report);
		return RESULT_FAILED;
	}
	*out = (struct sink){ .ops = &ops, .state = report };
	return RESULT_OK;
}
