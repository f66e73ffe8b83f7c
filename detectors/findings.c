#include "detectors/findings.h"

#include "detectors/posture.h"
#include "detectors/standing.h"

#include <stdlib.h>
#include <string.h>

#define REASONS_MAX_BYTES 65536

/* All sentences in one text; their places are known only when it has stopped growing. */
static void write_reasons(const struct pair *pair, const struct judgement *j,
			  struct finding_parts *parts)
{
	size_t starts[RULE_COUNT];

	text_init(&parts->reasons, REASONS_MAX_BYTES);
	for (uint32_t i = 0; i < j->count; i++) {
		starts[i] = parts->reasons.length;
		verdict_reason(pair, &j->rules[i], &parts->reasons);
		text_add_bytes(&parts->reasons, "", 1);
	}
	for (uint32_t i = 0; i < j->count; i++)
		parts->evidence[i].reason = text_get(&parts->reasons) + starts[i];
}

static void describe_rules(const struct judgement *j, struct finding_parts *parts)
{
	for (uint32_t i = 0; i < j->count; i++) {
		const struct rule_row *row = evidence_rule(j->rules[i].rule);

		parts->evidence[i] =
		    (struct evidence){ .rule = row->name,
				       .witness = row->witness,
				       .weight_decibans = j->rules[i].weight_decibans };
		track_describe(&j->rules[i].track, &parts->evidence[i]);
	}
}

static uint32_t cut_sample(const struct pair *pair, const char *lines[SAMPLE_LINES_MAX])
{
	const char *text = text_get(&pair->sample);
	uint32_t count = 0;

	for (size_t at = 0; at < pair->sample.length && count < SAMPLE_LINES_MAX;
	     at += strlen(text + at) + 1)
		lines[count++] = text + at;
	return count;
}

/* Everything that is known of a pair, as a sink wants it. */
void finding_build(const struct pair *pair, const struct judgement *j, struct finding_parts *parts,
		   struct finding *out)
{
	describe_rules(j, parts);
	write_reasons(pair, j, parts);
	*out = (struct finding){
		.client = pair->client,
		.server = pair->server->host->address,
		.server_port = pair->server->port,
		.protocol = pair->server->protocol,
		.verdict = j->verdict,
		.also = j->also,
		.severity = j->severity,
		.score = j->score,
		.prior_decibans = PRIOR_DECIBANS,
		.ownership = j->ownership,
		.evidence = parts->evidence,
		.evidence_count = j->count,
		.first_seen_ns = pair->first_ns,
		.last_seen_ns = pair->last_ns,
		.transactions = pair->transactions,
		.recipients = pair->recipients,
		.accepted = pair->accepted,
		.denied = pair->denied,
		.sample = parts->sample,
		.sample_count = cut_sample(pair, parts->sample),
		.account = pair->account,
	};
}

/* Free the texts. */
void finding_parts_clear(struct finding_parts *parts)
{
	text_clear(&parts->reasons);
}

/* Another address of the server's refuses strangers. */
static bool refuses(const struct server *same)
{
	return same != NULL && (same->posture == POSTURE_CLOSED || same->posture == POSTURE_FIXED);
}

uint32_t finding_advice(const struct detectors *d, const struct server *server,
			const char *lines[ADVICE_MAX])
{
	const struct server *same = detect_same_server(d, server);
	struct advice_case of = { .protocol = server->protocol,
				  .software = server->software,
				  .proxy = server->proxy,
				  .family = server->host->address.family };

	if (refuses(same))
		of.refuses_at = same->host->address.family;

	for (const struct pair *p = server->pairs; p != NULL; p = p->next_of_server)
		of.by_balancer = of.by_balancer ||
				 (verdict_is_relay(p->verdict) && balancer_is_one(p->balancer));
	return advice_for(&of, lines);
}

/* ---- the end ---- */

struct list {
	void **items;
	size_t count;
};

static void add_server(void *ctx, struct hashmap_node *node)
{
	struct list *list = ctx;

	list->items[list->count++] = HASHMAP_ENTRY(node, struct server, node);
}

static void add_pair(void *ctx, struct hashmap_node *node)
{
	struct list *list = ctx;

	list->items[list->count++] = HASHMAP_ENTRY(node, struct pair, node);
}

static int compare_servers(const struct server *a, const struct server *b)
{
	int order = ip_address_compare(&a->host->address, &b->host->address);

	if (order != 0)
		return order;
	return (a->port > b->port) - (a->port < b->port);
}

static int by_server(const void *left, const void *right)
{
	struct server *const *a = left;
	struct server *const *b = right;

	return compare_servers(*a, *b);
}

static int by_pair(const void *left, const void *right)
{
	struct pair *const *a = left;
	struct pair *const *b = right;
	int order = compare_servers((*a)->server, (*b)->server);

	return order != 0 ? order : ip_address_compare(&(*a)->client, &(*b)->client);
}

static bool list_map(struct list *list, const struct hashmap *map, hashmap_visit_fn *visit,
		     int (*compare)(const void *, const void *))
{
	*list = (struct list){ .items = calloc(map->count + 1, sizeof(*list->items)) };
	if (list->items == NULL)
		return false;
	hashmap_each(map, visit, list);
	qsort(list->items, list->count, sizeof(*list->items), compare);
	return true;
}

static int by_domain(const void *left, const void *right)
{
	struct holding *const *a = left;
	struct holding *const *b = right;

	return strcmp((*a)->domain->text, (*b)->domain->text);
}

/* The host's domains of one ownership, sorted, as far as strangers' mail or an unknown user told of them. */
static size_t pick_domains(const struct mailhost *host, enum ownership ownership,
			   const struct holding **out, size_t most)
{
	size_t count = 0;

	for (const struct holding *h = host->holdings; h != NULL && count < most;
	     h = h->next_of_host)
		if (h->ownership == ownership && h->domain->length > 0 &&
		    (h->clients.count > 0 || h->unknown_user))
			out[count++] = h;
	qsort(out, count, sizeof(*out), by_domain);
	return count;
}

static void judge_all(struct detectors *d, struct server *server)
{
	struct judgement judgement;

	for (struct pair *pair = server->pairs; pair != NULL; pair = pair->next_of_server) {
		detect_client_seen(d, pair);
		verdict_judge(d->site, pair, d->now_ns, &judgement);
		pair->verdict = judgement.verdict;
	}
}

/* Before any is told, for one may speak of another. */
static void judge_server(struct detectors *d, struct server *server)
{
	judge_all(d, server);
	posture_recount(server);
	(void)posture_update(server);
}

static struct same_server same_server_of(const struct detectors *d, const struct server *server)
{
	const struct server *same = detect_same_server(d, server);

	if (same == NULL)
		return (struct same_server){ 0 };
	return (struct same_server){ .address = same->host->address,
				     .port = same->port,
				     .posture = same->posture };
}

static void emit_server(struct detectors *d, struct server *server)
{
	const struct holding *own[REPORT_DOMAINS_MAX], *open[REPORT_DOMAINS_MAX];
	struct own_domain domains[REPORT_DOMAINS_MAX];
	const char *undetermined[REPORT_DOMAINS_MAX];
	const char *advice[ADVICE_MAX];
	struct server_report report;
	size_t own_count = pick_domains(server->host, OWNERSHIP_OWN, own, REPORT_DOMAINS_MAX);
	size_t open_count = pick_domains(server->host, OWNERSHIP_UNDETERMINED, open,
					 REPORT_DOMAINS_MAX);
	bool bad;

	bad = server->posture == POSTURE_OPEN || server->posture == POSTURE_EXPOSED;
	for (size_t i = 0; i < own_count; i++)
		domains[i] = (struct own_domain){ .domain = own[i]->domain->text,
						  .from = ownership_source_word(own[i]->source) };
	for (size_t i = 0; i < open_count; i++)
		undetermined[i] = open[i]->domain->text;
	report = (struct server_report){
		.address = server->host->address,
		.port = server->port,
		.protocol = server->protocol,
		.posture = server->posture,
		.since_ns = server->posture_since_ns,
		.first_seen_ns = server->first_ns,
		.last_seen_ns = server->last_ns,
		.software = server->software,
		.own_domains = domains,
		.own_domain_count = (uint32_t)own_count,
		.strangers_connected = server->strangers_connected,
		.strangers_refused = server->strangers_refused,
		.strangers_accepted = server->strangers_accepted,
		.strangers_denied = server->strangers_denied,
		.advice = advice,
		.advice_count = bad ? finding_advice(d, server, advice) : 0,
		.same = same_server_of(d, server),
		.watched_days = server->watched_days,
		.appeared_ns = server->appeared_ns,
		.undetermined = undetermined,
		.undetermined_count = standing_is_judged(d->site, &server->host->address)
					  ? (uint32_t)open_count
					  : 0,
	};
	d->sink.server(d->sink.ctx, &report);
}

static void emit_pair(struct detectors *d, const struct pair *pair)
{
	struct judgement judgement;
	struct finding_parts parts;
	struct finding finding;

	verdict_judge(d->site, pair, d->now_ns, &judgement);
	finding_build(pair, &judgement, &parts, &finding);
	d->sink.finding(d->sink.ctx, &finding);
	finding_parts_clear(&parts);
}

/* Sorted, so that nothing depends on how the tables lie. */
void findings_emit_all(struct detectors *d)
{
	struct list list;

	if (d->sink.server != NULL && list_map(&list, &d->state.servers, add_server, by_server)) {
		for (size_t i = 0; i < list.count; i++)
			judge_server(d, list.items[i]);
		for (size_t i = 0; i < list.count; i++)
			emit_server(d, list.items[i]);
		free(list.items);
	}
	if (d->sink.finding != NULL && list_map(&list, &d->state.pairs, add_pair, by_pair)) {
		for (size_t i = 0; i < list.count; i++)
			emit_pair(d, list.items[i]);
		free(list.items);
	}
}
