/*
 * incident_table - the incidents that are not over: by subject, by their last news, and those that wait
 *
 * In:      subjects.
 * Out:     the incident of each.
 * Limits:  INCIDENTS_MAX at once, and an eighth of the budget; the one without news for longest goes
 *          first, counted.
 * Errors:  NULL without memory.
 * Owner:   the table; an incident is good until it is forgotten. An incident outlives the pairs that
 *          it is about: what it needs it copies.
 */
#ifndef RELAYWATCH_DETECTORS_INCIDENT_TABLE_H
#define RELAYWATCH_DETECTORS_INCIDENT_TABLE_H

#include "core/budget.h"
#include "core/finding.h"
#include "core/hash.h"
#include "core/hashmap.h"
#include "detectors/state.h"

#define INCIDENTS_MAX 65536

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

struct incidents {
	struct hash_key key;
	struct budget *budget;
	struct hashmap map;
	struct incident *oldest, *newest;
	struct incident *first_waiting, *last_waiting; /* held, or repaired and not believed */
	int64_t looked_ns;                             /* when time was last looked at */
	uint64_t forgotten;
};

/* The budget is lent. */
MUST_USE enum result incidents_new(struct incidents **out, const struct hash_key *key,
				   struct budget *budget);
void incidents_free(struct incidents **incidents);
uint64_t incidents_forgotten(const struct incidents *incidents);

/* A new one, zeroed but for family and subject; it has no place by its news yet. */
struct incident *incident_new(struct incidents *all, enum verdict family, const char *subject_id);
struct incident *incident_find(const struct incidents *all, enum verdict family,
			       const char *subject_id);
void incident_forget(struct incidents *all, struct incident *incident);
/* There is news of it. */
void incident_news(struct incidents *all, struct incident *incident);
/* It waits, to be raised or to be over: to the end of the list, if it is not there. */
void incident_wait(struct incidents *all, struct incident *incident);
void incident_wait_no_more(struct incidents *all, struct incident *incident);

#endif
