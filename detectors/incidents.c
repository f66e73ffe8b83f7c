#include "detectors/incidents.h"

#include "core/digest.h"
#include "core/time_text.h"
#include "detectors/incident_alert.h"

#include <stdio.h>
#include <string.h>

#define REPEAT_DEFAULT_NS NS_PER_HOUR
#define QUIET_DEFAULT_NS (24 * NS_PER_HOUR)
#define LOOK_EVERY_NS NS_PER_MINUTE
#define ALERT_ID_BYTES 16

/* ---- subjects ---- */

static void server_subject(const struct server *server, char out[SUBJECT_TEXT_MAX])
{
	char address[IP_TEXT_MAX];
	bool v6 = server->host->address.family == 6;

	(void)snprintf(out, SUBJECT_TEXT_MAX, "%s%s%s:%u/%s", v6 ? "[" : "",
		       ip_address_format(&server->host->address, address), v6 ? "]" : "",
		       server->port, mail_protocol_word(server->protocol));
}

static void write_subject(const struct pair *pair, const struct incident_family *family,
			  char out[SUBJECT_TEXT_MAX])
{
	char address[IP_TEXT_MAX];

	switch (family->subject) {
	case SUBJECT_SERVER:
		server_subject(pair->server, out);
		break;
	case SUBJECT_CLIENT:
		(void)snprintf(out, SUBJECT_TEXT_MAX, "%s",
			       ip_address_format(incident_client(pair, family->family), address));
		break;
	case SUBJECT_ACCOUNT:
		(void)snprintf(out, SUBJECT_TEXT_MAX, "%s@%s",
			       pair->account == NULL ? "" : pair->account,
			       ip_address_format(&pair->server->host->address, address));
		break;
	}
}

/* A digest of subject, family and first decisive fact: the same on every sensor. */
static void write_alert_id(struct incident *incident, const struct pair *pair)
{
	char address[IP_TEXT_MAX];
	char text[SUBJECT_TEXT_MAX + 128];
	uint8_t sha[SHA256_BYTES] = { 0 };
	int n = snprintf(text, sizeof(text), "%s|%s|%s|%lld", incident->subject_id,
			 verdict_word(incident->family), ip_address_format(&pair->client, address),
			 (long long)incident->start_ns);

	if (n < 0 || digest_sha256(text, (size_t)n, sha) != RESULT_OK)
		(void)memset(sha, 0, sizeof(sha));
	digest_hex(sha, ALERT_ID_BYTES, incident->alert_id);
}

static struct incident *begin(struct detectors *d, struct pair *pair, const struct judgement *j,
			      const struct incident_family *family, const char *subject_id)
{
	struct incident *incident;

	state_make_room(&d->state, sizeof(*incident), pair);
	incident = incident_new(d->incidents, family->family, subject_id);
	if (incident == NULL)
		return NULL;
	incident->subject_type = family->subject;
	/* It begins after what an earlier one was about. */
	incident->start_ns = j->decisive_ns;
	if ((family->subject == SUBJECT_SERVER && j->decisive_ns <= pair->server->resolved_ns) ||
	    (incident_family_of(pair->told) == family->family && j->decisive_ns <= pair->told_ns))
		incident->start_ns = j->last_decisive_ns;
	write_alert_id(incident, pair);
	return incident;
}

/* ---- the life of an incident ---- */

static void remember(struct incident *incident, const struct pair *pair, const struct judgement *j)
{
	struct subject_peer peer = { .address = pair->server->host->address,
				     .port = pair->server->port };
	size_t listed = incident->servers_count < SUBJECT_LIST_MAX ? (size_t)incident->servers_count
								   : SUBJECT_LIST_MAX;

	incident->server = peer.address;
	incident->server_port = peer.port;
	incident->protocol = pair->server->protocol;
	incident->client = pair->client;
	incident->score = j->score;
	if (incident->number == 0 || j->verdict < incident->verdict)
		incident->verdict = j->verdict;
	for (size_t i = 0; i < listed; i++)
		if (incident->servers[i].port == peer.port &&
		    ip_address_equal(&incident->servers[i].address, &peer.address))
			return;
	if (listed < SUBJECT_LIST_MAX)
		incident->servers[listed] = peer;
	incident->servers_count++;
}

static int64_t or_default(int64_t value_ns, int64_t default_ns)
{
	return value_ns == 0 ? default_ns : value_ns;
}

static bool is_worth_an_alert(const struct detectors *d, const struct judgement *j)
{
	return j->verdict == VERDICT_OPEN_RELAY_CONFIRMED ||
	       j->severity >= d->options.alert_severity;
}

/* A honeypot is meant to be abused, and a scanner of ours to test. */
static bool is_meant(const struct detectors *d, const struct pair *pair)
{
	return (pair->standings & STANDING_SCANNER) != 0 ||
	       site_contains(d->site, SITE_HONEYPOT, &pair->server->host->address);
}

/* An incident that ended stays ended for what was known then. */
static bool is_over(const struct pair *pair, const struct judgement *j)
{
	return verdict_is_relay(j->verdict) && pair->server->posture == POSTURE_FIXED;
}

static void tell(struct pair *pair, const struct judgement *j)
{
	pair->told = j->verdict;
	pair->told_ns = j->last_decisive_ns;
}

/* Did an incident, which may be over, tell as much of this pair? */
static bool was_told(const struct pair *pair, const struct judgement *j)
{
	return incident_family_of(pair->told) == incident_family_of(j->verdict) &&
	       j->verdict >= pair->told && j->last_decisive_ns <= pair->told_ns;
}

static void take_news(struct detectors *d, struct incident *incident, const struct pair *pair,
		      const struct judgement *j)
{
	remember(incident, pair, j);
	if (j->severity > incident->severity)
		incident->severity = j->severity;
	incident->news_ns = d->now_ns;
	incident_news(d->incidents, incident);
}

/* It is raised at once, or held until it rests on better grounds. */
static void start(struct detectors *d, struct pair *pair, const struct judgement *j,
		  const struct incident_family *family, const char *subject_id)
{
	struct incident *incident = begin(d, pair, j, family, subject_id);

	if (incident == NULL)
		return;
	tell(pair, j);
	take_news(d, incident, pair, j);
	incident->held_ns = d->now_ns;
	incident->held = j->weak;
	if (incident->held)
		incident_wait(d->incidents, incident);
	else
		incident_say(d, incident, ALERT_RAISED, pair, j, NULL);
}

static void go_on(struct detectors *d, struct incident *incident, struct pair *pair,
		  const struct judgement *j)
{
	bool raise = incident->held && !j->weak;
	bool worse = j->severity > incident->severity;

	tell(pair, j);
	if (!raise && !worse && j->last_decisive_ns <= incident->news_ns)
		return;
	take_news(d, incident, pair, j);
	if (raise) {
		incident->held = false;
		incident_wait_no_more(d->incidents, incident);
		incident->severity = j->severity;
		incident_say(d, incident, ALERT_RAISED, pair, j, NULL);
		return;
	}
	if (incident->held)
		return;
	if (worse)
		incident_say(d, incident, ALERT_ESCALATED, pair, j, NULL);
	else if (time_between_ns(incident->said_ns, d->now_ns) >=
		 or_default(d->options.alert_repeat_ns, REPEAT_DEFAULT_NS))
		incident_say(d, incident, ALERT_ONGOING, pair, j, NULL);
}

void incidents_pair_judged(struct detectors *d, struct pair *pair, const struct judgement *j)
{
	const struct incident_family *family = incident_family(j->verdict);
	char subject_id[SUBJECT_TEXT_MAX];
	struct incident *incident;

	if (incident_family_of(pair->told) != incident_family_of(j->verdict))
		pair->told = VERDICT_BENIGN;
	if (family == NULL || is_meant(d, pair) || is_over(pair, j))
		return;
	write_subject(pair, family, subject_id);
	incident = incident_find(d->incidents, family->family, subject_id);
	if (incident != NULL)
		go_on(d, incident, pair, j);
	else if (!was_told(pair, j) && is_worth_an_alert(d, j))
		start(d, pair, j, family, subject_id);
}

static int64_t quiet_ns(const struct detectors *d)
{
	return or_default(d->options.alert_quiet_ns, QUIET_DEFAULT_NS);
}

/* A repair that is followed by the next within a day did not last. */
static void note_end(struct detectors *d, struct server *server, const struct incident *incident)
{
	bool again = server->resolved_ns != TIME_NEVER &&
		     time_between_ns(server->resolved_ns, incident->start_ns) < quiet_ns(d);

	server->repairs = again ? server->repairs + 1 : 1;
	server->resolved_ns = incident->news_ns;
}

/* How long a repair of the server has to stand before its alert is over. */
static int64_t repair_stands_ns(const struct detectors *d, const struct server *server)
{
	uint32_t doublings = server->repairs < REPAIRS_BELIEVED
				 ? 0
				 : server->repairs - REPAIRS_BELIEVED;
	int64_t stands_ns = NS_PER_HOUR << (doublings < 16 ? doublings : 16);

	if (server->repairs < REPAIRS_BELIEVED)
		return 0;
	return stands_ns < quiet_ns(d) ? stands_ns : quiet_ns(d);
}

/* The strongest pair that is still known speaks for the incident's end. */
static void resolve(struct detectors *d, struct incident *incident, const char *why)
{
	struct server *server = state_find_server(&d->state, &incident->server,
						  incident->server_port);
	const struct pair *clients[SUBJECT_LIST_MAX];
	struct judgement judgement;

	if (incident->subject_type == SUBJECT_SERVER && server != NULL &&
	    incident_strongest_clients(server, clients) > 0) {
		verdict_judge(d->site, clients[0], d->now_ns, &judgement);
		incident_say(d, incident, ALERT_RESOLVED, clients[0], &judgement, why);
	} else {
		incident_say(d, incident, ALERT_RESOLVED, NULL, NULL, why);
	}
	if (server != NULL && incident->subject_type == SUBJECT_SERVER)
		note_end(d, server, incident);
	incident_forget(d->incidents, incident);
}

static void resolve_fixed(struct detectors *d, struct incident *incident)
{
	char why[SUBJECT_TEXT_MAX + 64];

	(void)snprintf(why, sizeof(why), "%s now refuses strangers what it took before",
		       incident->subject_id);
	resolve(d, incident, why);
}

void incidents_server_fixed(struct detectors *d, struct server *server)
{
	char subject_id[SUBJECT_TEXT_MAX];
	struct incident *incident;

	server_subject(server, subject_id);
	incident = incident_find(d->incidents, VERDICT_OPEN_RELAY, subject_id);
	if (incident != NULL && incident->held) {
		incident_forget(d->incidents, incident);
		return;
	}
	if (incident == NULL)
		return;
	incident->repaired_ns = d->now_ns;
	if (repair_stands_ns(d, server) == 0)
		resolve_fixed(d, incident);
	else
		incident_wait(d->incidents, incident);
}

/* Raise what was held, by the strongest pair that is accused still; forget it when there is none. */
static void raise_held(struct detectors *d, struct incident *incident)
{
	struct server *server = state_find_server(&d->state, &incident->server,
						  incident->server_port);
	const struct pair *clients[SUBJECT_LIST_MAX];
	struct judgement judgement;

	if (server == NULL || incident_strongest_clients(server, clients) == 0) {
		incident_forget(d->incidents, incident);
		return;
	}
	incident->held = false;
	incident_wait_no_more(d->incidents, incident);
	verdict_judge(d->site, clients[0], d->now_ns, &judgement);
	incident_say(d, incident, ALERT_RAISED, clients[0], &judgement, NULL);
}

/* A repair that was not believed at once: has it stood, and for long enough? */
static void look_at_repair(struct detectors *d, struct incident *incident, bool at_end)
{
	const struct server *server = state_find_server(&d->state, &incident->server,
							incident->server_port);

	if (server == NULL || server->posture != POSTURE_FIXED)
		incident_wait_no_more(d->incidents, incident);
	else if (at_end ||
		 time_between_ns(incident->repaired_ns, d->now_ns) >= repair_stands_ns(d, server))
		resolve_fixed(d, incident);
}

/* Those that have waited for long enough, or all at the end, in the order in which they began to wait. */
static void look_at_waiting(struct detectors *d, bool at_end)
{
	struct incident *next;

	for (struct incident *i = d->incidents->first_waiting; i != NULL; i = next) {
		next = i->waits_after;
		if (!i->held)
			look_at_repair(d, i, at_end);
		else if (at_end || time_between_ns(i->held_ns, d->now_ns) >= ALERT_HOLD_NS)
			raise_held(d, i);
	}
}

void incidents_server_cleared(struct detectors *d, struct server *server)
{
	const struct pair *clients[SUBJECT_LIST_MAX];
	char subject_id[SUBJECT_TEXT_MAX];
	struct incident *incident;

	server_subject(server, subject_id);
	incident = incident_find(d->incidents, VERDICT_OPEN_RELAY, subject_id);
	if (incident == NULL || server->forgot_relay ||
	    incident_strongest_clients(server, clients) > 0)
		return;
	if (incident->held)
		incident_forget(d->incidents, incident);
	else
		resolve(d, incident, "what it rested on turned out to be no relaying");
}

void incidents_finish(struct detectors *d)
{
	look_at_waiting(d, true);
}

void incidents_tick(struct detectors *d)
{
	struct incidents *all = d->incidents;
	int64_t quiet = quiet_ns(d);

	if (all->looked_ns != TIME_NEVER &&
	    time_between_ns(all->looked_ns, d->now_ns) < LOOK_EVERY_NS)
		return;
	all->looked_ns = d->now_ns;
	look_at_waiting(d, false);
	while (all->oldest != NULL && time_between_ns(all->oldest->news_ns, d->now_ns) >= quiet) {
		char why[SUBJECT_TEXT_MAX + 64];

		(void)snprintf(why, sizeof(why), "nothing more was seen of %s for %lld hours",
			       all->oldest->subject_id, (long long)(quiet / NS_PER_HOUR));
		resolve(d, all->oldest, why);
	}
}
