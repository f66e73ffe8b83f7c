#include "detectors/detectors.h"

#include "detectors/context.h"
#include "detectors/findings.h"
#include "detectors/incidents.h"
#include "detectors/posture.h"
#include "detectors/verdict.h"

#include <stdlib.h>

/* Of the budget: a quarter for the memory of onward legs, an eighth for the name service. */
#define ONWARD_SHARE 4
#define ROUTES_SHARE 8

/* Make all parts; what is missing at a failure is freed. */
enum result detectors_new(struct detectors **out, const struct detectors_options *options,
			  const struct site *site, struct budget *budget,
			  const struct finding_sink *sink)
{
	struct detectors *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return RESULT_FAILED;
	d->options = *options;
	d->site = site;
	d->budget = budget;
	d->sink = *sink;
	d->now_ns = INT64_MIN;
	if (state_init(&d->state, &options->key, budget) != RESULT_OK ||
	    routes_new(&d->routes, &options->key, site, budget,
		       budget->limit_bytes / ROUTES_SHARE) != RESULT_OK ||
	    onward_new(&d->onward, &options->key, budget, budget->limit_bytes / ONWARD_SHARE,
		       detect_onward_match, d) != RESULT_OK ||
	    senders_new(&d->senders, &options->key, budget) != RESULT_OK ||
	    allowed_new(&d->allowed, &options->key, budget) != RESULT_OK ||
	    bounces_new(&d->bounces, &options->key, budget) != RESULT_OK ||
	    campaigns_new(&d->campaigns, &options->key, budget) != RESULT_OK ||
	    twins_new(&d->twins, &options->key, budget) != RESULT_OK ||
	    newcomers_new(&d->newcomers, &options->key, budget) != RESULT_OK ||
	    incidents_new(&d->incidents, &options->key, budget) != RESULT_OK) {
		detectors_free(&d);
		return RESULT_FAILED;
	}
	d->world = (struct ownership_world){ .site = site, .routes = d->routes };
	*out = d;
	return RESULT_OK;
}

/* Free all. */
void detectors_free(struct detectors **detectors)
{
	struct detectors *d = *detectors;

	if (d == NULL)
		return;
	incidents_free(&d->incidents);
	senders_free(&d->senders);
	allowed_free(&d->allowed);
	bounces_free(&d->bounces);
	campaigns_free(&d->campaigns);
	twins_free(&d->twins);
	newcomers_free(&d->newcomers);
	onward_free(&d->onward);
	routes_free(&d->routes);
	if (d->state.hosts.buckets != NULL)
		state_clear(&d->state);
	free(d);
	*detectors = NULL;
}

/* The dearest pairs are kept longest. */
static enum pair_class class_of(const struct pair *pair, const struct judgement *j)
{
	if (verdict_is_relay(j->verdict))
		return PAIR_RELAY;
	if (j->verdict < VERDICT_RELAY_DENIED)
		return PAIR_ACCUSED;
	if (j->verdict == VERDICT_RELAY_DENIED)
		return PAIR_DENIED;
	return pair->transactions > 0 ? PAIR_MAIL : PAIR_CONTACT;
}

static void update_posture(struct detectors *d, struct server *server)
{
	if (posture_update(server) && server->posture == POSTURE_FIXED)
		incidents_server_fixed(d, server);
}

static void judge_pair(struct detectors *d, struct pair *pair)
{
	struct judgement j;
	enum verdict before = pair->verdict;
	struct server *server = pair->server;

	detect_client_seen(d, pair);
	verdict_judge(d->site, pair, d->now_ns, &j);
	pair->verdict = j.verdict;
	state_set_class(&d->state, pair, class_of(pair, &j));
	if (verdict_is_relay(before) && !verdict_is_relay(j.verdict) && !server->stale) {
		server->stale = true;
		server->next_stale = d->stale_servers;
		d->stale_servers = server;
	}
	posture_enter(pair);
	if (!server->stale)
		update_posture(d, server);
	incidents_pair_judged(d, pair, &j);
}

/* An accusation was taken back: the book is written anew, once, however many went with it. */
static void judge_stale_servers(struct detectors *d)
{
	while (d->stale_servers != NULL) {
		struct server *server = d->stale_servers;

		d->stale_servers = server->next_stale;
		server->stale = false;
		posture_recount(server);
		update_posture(d, server);
		incidents_server_cleared(d, server);
	}
}

/* A new fact may have changed what is held against several pairs. */
static void judge_dirty(struct detectors *d)
{
	struct pair *pair;

	while ((pair = state_next_dirty(&d->state)) != NULL)
		judge_pair(d, pair);
	judge_stale_servers(d);
}

/* NULL: of no connection. */
static const struct fact_origin *origin_of(const struct fact *fact)
{
	switch (fact->kind) {
	case FACT_TRANSACTION:
		return &fact->as.transaction.origin;
	case FACT_SESSION:
		return &fact->as.session.origin;
	case FACT_AUTH:
		return &fact->as.auth.origin;
	case FACT_COMMAND:
		return &fact->as.command.origin;
	case FACT_CONTACT:
	case FACT_DNS:
		break;
	}
	return NULL;
}

static void watch(struct detectors *d, const struct fact *fact)
{
	const struct fact_origin *origin = origin_of(fact);

	if (origin != NULL)
		detect_watched(d, &origin->connection.client, &origin->connection.server);
	if (fact->kind == FACT_CONTACT)
		detect_watched(d, &fact->as.contact.client, &fact->as.contact.server);
}

static void dispatch(struct detectors *d, const struct fact *fact)
{
	switch (fact->kind) {
	case FACT_TRANSACTION:
		detect_transaction(d, fact);
		break;
	case FACT_SESSION:
		detect_session(d, fact);
		break;
	case FACT_AUTH:
		detect_auth(d, fact);
		break;
	case FACT_COMMAND:
		detect_command(d, fact);
		break;
	case FACT_CONTACT:
		detect_contact(d, fact);
		break;
	case FACT_DNS:
		detect_dns(d, fact);
		break;
	}
}

/* The clock never goes back; a fact keeps its own stamps. */
static void pass_time(struct detectors *d, int64_t now_ns)
{
	if (now_ns > d->now_ns)
		d->now_ns = now_ns;
	incidents_tick(d);
}

/* One fact, and all that follows from it. */
void detectors_fact(struct detectors *d, const struct fact *fact)
{
	d->stats.facts++;
	pass_time(d, fact->time_ns);
	watch(d, fact);
	dispatch(d, fact);
	judge_dirty(d);
}

/* Time has passed. */
void detectors_tick(struct detectors *d, int64_t now_ns)
{
	pass_time(d, now_ns);
}

/* All that is left. */
void detectors_finish(struct detectors *d)
{
	judge_dirty(d);
	incidents_finish(d);
	findings_emit_all(d);
}

/* Counters, and how far the memory reaches. */
void detectors_stats_get(const struct detectors *d, struct detectors_stats *out)
{
	*out = d->stats;
	out->pairs = d->state.pairs.count;
	out->servers = d->state.servers.count;
	out->forgotten_pairs = d->state.forgotten_pairs;
	out->forgotten_servers = d->state.forgotten_servers;
	out->forgotten_domains = d->state.forgotten_domains + routes_forgotten(d->routes);
	out->forgotten_candidates = onward_forgotten(d->onward);
	out->forgotten_rates = senders_forgotten(d->senders) + allowed_forgotten(d->allowed) +
			       bounces_forgotten(d->bounces) + campaigns_forgotten(d->campaigns) +
			       newcomers_forgotten(d->newcomers);
	out->forgotten_incidents = incidents_forgotten(d->incidents);
	out->onward_window_ns = onward_window_ns(d->onward);
}
