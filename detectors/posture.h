/*
 * posture - what a server port is to strangers, over time
 *
 * In:      the server's book of what strangers were told, and its pairs' judgements.
 * Out:     open, exposed, closed, fixed or unknown, and since when.
 * Limits:  -
 * Errors:  -
 * Owner:   -
 */
#ifndef RELAYWATCH_DETECTORS_POSTURE_H
#define RELAYWATCH_DETECTORS_POSTURE_H

#include "detectors/state.h"
#include "detectors/verdict.h"

/*
 * A stranger was refused, as a relay. What relays by another protocol is not repaired by refusing
 * what it may not even have understood: qmqp.
 */
void posture_enter_denied(struct server *server, uint32_t trick_class, bool qmqp, int64_t time_ns);
/* A domain was refused, or a pair is accused of it: it may be one that was taken before. */
void posture_note_refusal(struct holding *holding);
/* Enter what a judged pair is accused of into its server's book. */
void posture_enter(struct pair *pair);
/* Empty the book of what was taken and enter all pairs anew (ownership was revoked, or the end). */
void posture_recount(struct server *server);
/* Judge by the book, and keep it in the server; true: it is another than before. */
bool posture_update(struct server *server);

#endif
