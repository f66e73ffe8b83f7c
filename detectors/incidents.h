/*
 * incidents - few alerts: one for each subject, raised once, escalated, repeated, resolved
 *
 * In:      judged pairs, server ports that turned out fixed, the passing of packet time.
 * Out:     alerts to the sink.
 * Limits:  those of incident_table.h.
 * Errors:  -
 * Owner:   struct detectors.
 */
#ifndef RELAYWATCH_DETECTORS_INCIDENTS_H
#define RELAYWATCH_DETECTORS_INCIDENTS_H

#include "detectors/context.h"
#include "detectors/incident_table.h"
#include "detectors/verdict.h"

#define ALERT_HOLD_NS (INT64_C(2) * 3600 * 1000000000)
/*
 * The first repairs of a server port are believed at once. One that comes back within alert_quiet
 * after so many has to stand: an hour, and each time twice as long, at most alert_quiet. Some
 * servers of a cluster may be open and others not, and would raise and end an alert all day.
 */
#define REPAIRS_BELIEVED 2

/* The pair was judged; an incident begins, grows worse, or goes on. */
void incidents_pair_judged(struct detectors *d, struct pair *pair,
			   const struct judgement *judgement);
/* The server refuses now what it took; its incident is over, or is when that has stood. */
void incidents_server_fixed(struct detectors *d, struct server *server);
/*
 * Incidents without news for alert_quiet are over; one that rests on weak grounds (a list of
 * domains that may lack one) is raised when better ones come, or when it has stood for
 * ALERT_HOLD_NS and nothing has cleared it.
 */
void incidents_tick(struct detectors *d);
/* Of its pairs some are accused no longer; perhaps none is. */
void incidents_server_cleared(struct detectors *d, struct server *server);
/* The end: those that are held and still stand are raised. */
void incidents_finish(struct detectors *d);

#endif
