#include "detectors/incident_alert.h"

#include "detectors/findings.h"

#include <string.h>

#define REASON_MAX_BYTES 2048

static const struct incident_family families[] = {
	{ VERDICT_OPEN_RELAY, SUBJECT_SERVER, "relay", "Mail relay open to strangers", NULL, NULL },
	{ VERDICT_AUTH_ABUSE, SUBJECT_ACCOUNT, "auth_abuse", "Mail account abused", "T1078",
	  "Valid Accounts" },
	{ VERDICT_SPAM_SOURCE, SUBJECT_CLIENT, "spam_source", "Inside host sprays mail", NULL,
	  NULL },
	{ VERDICT_BACKSCATTER, SUBJECT_CLIENT, "backscatter", "Bounces to strangers", NULL, NULL },
	{ VERDICT_HARVEST, SUBJECT_CLIENT, "harvest", "Recipients guessed", "T1589.002",
	  "Gather Victim Identity Information: Email Addresses" },
	{ VERDICT_BRUTE_FORCE, SUBJECT_CLIENT, "brute_force", "Passwords guessed", "T1110",
	  "Brute Force" },
	{ VERDICT_EVASION, SUBJECT_CLIENT, "evasion", "Mail client hides or passes for another",
	  NULL, NULL },
	{ VERDICT_PROBE, SUBJECT_CLIENT, "probe", "Server tested for a relay", NULL, NULL },
};

enum verdict incident_family_of(enum verdict verdict)
{
	return verdict == VERDICT_OPEN_RELAY_CONFIRMED ? VERDICT_OPEN_RELAY : verdict;
}

const struct incident_family *incident_family(enum verdict verdict)
{
	for (size_t i = 0; i < ARRAY_COUNT(families); i++)
		if (families[i].family == incident_family_of(verdict))
			return &families[i];
	return NULL;
}

const struct ip_address *incident_client(const struct pair *pair, enum verdict family)
{
	if (family == VERDICT_PROBE && pair_mark(pair, RULE_PROBE_CAMPAIGN) != NULL)
		return &pair->behaviour->campaign.leader;
	return &pair->client;
}

/* The strongest first; times and addresses decide between equals. */
static int stronger_client(const struct pair *a, const struct pair *b)
{
	if (a->verdict != b->verdict)
		return a->verdict < b->verdict ? -1 : 1;
	if (a->accepted != b->accepted)
		return a->accepted > b->accepted ? -1 : 1;
	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	return ip_address_compare(&a->client, &b->client);
}

uint64_t incident_strongest_clients(const struct server *server,
				    const struct pair *out[SUBJECT_LIST_MAX])
{
	uint64_t count = 0;
	size_t listed = 0;

	for (const struct pair *p = server->pairs; p != NULL; p = p->next_of_server) {
		size_t i;

		if (!verdict_is_relay(p->verdict))
			continue;
		count++;
		i = listed < SUBJECT_LIST_MAX ? listed++ : SUBJECT_LIST_MAX;
		while (i > 0 && stronger_client(p, out[i - 1]) < 0) {
			if (i < SUBJECT_LIST_MAX)
				out[i] = out[i - 1];
			i--;
		}
		if (i < SUBJECT_LIST_MAX)
			out[i] = p;
	}
	return count;
}

/* All that share the test which the incident's subject began. */
static void list_campaign(const struct detectors *d, const struct incident *incident,
			  struct alert *alert)
{
	const struct campaign *c = campaigns_find(d->campaigns, &incident->server,
						  incident->server_port, &incident->client);
	char leader[IP_TEXT_MAX];
	uint64_t count = 0;

	if (c == NULL || strcmp(ip_address_format(&c->leader, leader), incident->subject_id) != 0)
		return;
	for (uint32_t i = 0; i < c->count; i++) {
		if (!campaign_is_recent(c, &c->clients[i]))
			continue;
		if (count < SUBJECT_LIST_MAX)
			alert->clients[count].address = c->clients[i].address;
		count++;
	}
	alert->clients_count = count;
}

static void list_peers(const struct detectors *d, const struct incident *incident,
		       const struct server *server, struct alert *alert)
{
	const struct pair *clients[SUBJECT_LIST_MAX];

	if (incident->subject_type != SUBJECT_SERVER) {
		alert->clients[0].address = incident->client;
		alert->clients_count = 1;
		if (incident->family == VERDICT_PROBE)
			list_campaign(d, incident, alert);
		memcpy(alert->servers, incident->servers, sizeof(alert->servers));
		alert->servers_count = incident->servers_count;
		return;
	}
	alert->servers[0] = (struct subject_peer){ .address = incident->server,
						   .port = incident->server_port };
	alert->servers_count = 1;
	alert->clients_count = server == NULL ? 0 : incident_strongest_clients(server, clients);
	for (size_t i = 0; i < alert->clients_count && i < SUBJECT_LIST_MAX; i++)
		alert->clients[i].address = clients[i]->client;
	if (alert->clients_count == 0) {
		alert->clients[0].address = incident->client;
		alert->clients_count = 1;
	}
}

/* One sentence: what happened, by the strongest rules of the first two witnesses. */
static void write_reason(enum alert_action action, const char *why, const struct finding *finding,
			 struct text *out)
{
	const struct evidence *first = finding->evidence_count > 0 ? &finding->evidence[0] : NULL;

	if (action == ALERT_RESOLVED) {
		text_add(out, why);
		return;
	}
	if (first == NULL)
		return;
	text_add(out, first->reason);
	for (uint32_t i = 1; i < finding->evidence_count; i++) {
		const struct evidence *e = &finding->evidence[i];

		if (e->witness == first->witness || e->weight_decibans <= 0)
			continue;
		text_add(out, "; ");
		text_add(out, e->reason);
		break;
	}
}

/* What is left to say when the pairs are forgotten. */
static struct finding bare_finding(const struct incident *incident)
{
	return (struct finding){ .client = incident->client,
				 .server = incident->server,
				 .server_port = incident->server_port,
				 .protocol = incident->protocol,
				 .verdict = incident->verdict,
				 .severity = incident->severity,
				 .score = incident->score,
				 .prior_decibans = PRIOR_DECIBANS,
				 .first_seen_ns = incident->start_ns,
				 .last_seen_ns = incident->news_ns };
}

void incident_say(struct detectors *d, struct incident *incident, enum alert_action action,
		  const struct pair *pair, const struct judgement *j, const char *why)
{
	const struct server *server = state_find_server(&d->state, &incident->server,
							incident->server_port);
	const struct incident_family *family = incident_family(incident->family);
	const char *advice[ADVICE_MAX];
	struct finding_parts parts = { 0 };
	struct alert alert = { .action = action,
			       .number = ++incident->number,
			       .time_ns = d->now_ns,
			       .start_ns = incident->start_ns,
			       .subject_type = incident->subject_type,
			       .advice = advice,
			       .rule_id = family->rule_id,
			       .rule_name = family->rule_name,
			       .technique_id = family->technique_id,
			       .technique_name = family->technique_name };
	struct text reason;

	text_init(&reason, REASON_MAX_BYTES);
	if (pair != NULL)
		finding_build(pair, j, &parts, &alert.finding);
	else
		alert.finding = bare_finding(incident);
	memcpy(alert.alert_id, incident->alert_id, sizeof(alert.alert_id));
	memcpy(alert.subject_id, incident->subject_id, sizeof(alert.subject_id));
	list_peers(d, incident, server, &alert);
	write_reason(action, why, &alert.finding, &reason);
	alert.reason = text_get(&reason);
	if (incident->subject_type == SUBJECT_SERVER && server != NULL)
		alert.advice_count = finding_advice(d, server, advice);
	else if (incident->subject_type == SUBJECT_SERVER)
		alert.advice_count = advice_for(
		    &(struct advice_case){ .protocol = incident->protocol }, advice);
	incident->said_ns = d->now_ns;
	d->stats.alerts++;
	if (d->sink.alert != NULL)
		d->sink.alert(d->sink.ctx, &alert);
	text_clear(&reason);
	finding_parts_clear(&parts);
}
