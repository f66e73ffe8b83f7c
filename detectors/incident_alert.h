/*
 * incident_alert - what an alert says of its incident
 *
 * In:      an incident, and the pair that speaks for it, if one is still known.
 * Out:     one alert to the sink.
 * Limits:  SUBJECT_LIST_MAX clients and servers, the strongest.
 * Errors:  -
 * Owner:   incidents.c owns incidents; nobody else includes this.
 */
#ifndef RELAYWATCH_DETECTORS_INCIDENT_ALERT_H
#define RELAYWATCH_DETECTORS_INCIDENT_ALERT_H

#include "detectors/context.h"
#include "detectors/verdict.h"

/* One subject's trouble of one family. */
struct incident {
	struct hashmap_node node;
	struct incident *older, *newer; /* by when news came last */
	struct incident *waits_before, *waits_after;
	bool waits; /* to be raised, or to be over */
	enum subject_type subject_type;
	enum verdict family;
	char subject_id[SUBJECT_TEXT_MAX];
	char alert_id[ALERT_ID_MAX];
	uint32_t number;
	bool held; /* not raised yet */
	enum severity severity;
	int64_t start_ns, said_ns, news_ns, held_ns;
	int64_t repaired_ns; /* of a repair that was not believed at once */
	/* The server, or one of them, and the client, for when the pairs are forgotten. */
	struct ip_address server, client;
	uint16_t server_port;
	enum mail_protocol protocol;
	enum verdict verdict;
	double score;
	struct subject_peer servers[SUBJECT_LIST_MAX]; /* of a client or an account */
	uint64_t servers_count;
};

/* A sort of trouble: a verdict, or several that are one; whose it is; how alerts name it. */
struct incident_family {
	enum verdict family;
	enum subject_type subject;
	const char *rule_id, *rule_name;
	const char *technique_id, *technique_name; /* MITRE ATT&CK, only where one fits */
};

enum verdict incident_family_of(enum verdict verdict);
/* NULL: a verdict that is never alerted. */
const struct incident_family *incident_family(enum verdict verdict);
/* Who is the subject: the client itself; of a test that many addresses share, the one that began. */
const struct ip_address *incident_client(const struct pair *pair, enum verdict family);
/* The server's accused pairs: how many, and the strongest of them in order. */
uint64_t incident_strongest_clients(const struct server *server,
				    const struct pair *out[SUBJECT_LIST_MAX]);
/* pair and its judgement, or NULL when none is known any more; why: of an end, else NULL. */
void incident_say(struct detectors *d, struct incident *incident, enum alert_action action,
		  const struct pair *pair, const struct judgement *judgement, const char *why);

#endif
