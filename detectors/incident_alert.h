/*
 * incident_alert - what an alert says of its incident
 *
 * In:      an incident, and the pair that speaks for it, if one is still known.
 * Out:     one alert to the sink.
 * Limits:  SUBJECT_LIST_MAX clients and servers, the strongest.
 * Errors:  -
 * Owner:   -
 */
#ifndef RELAYWATCH_DETECTORS_INCIDENT_ALERT_H
#define RELAYWATCH_DETECTORS_INCIDENT_ALERT_H

#include "detectors/context.h"
#include "detectors/incident_table.h"
#include "detectors/verdict.h"

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
