/*
 * event - the events of docs/interface.md, each as one JSON text
 *
 * In:      facts, findings, alerts, server reports and counters, all lent.
 * Out:     one JSON object without a line end, appended to a struct text.
 * Limits:  the limit of the text; EVENT_RELATED_MAX names in each list of `related`.
 * Errors:  false: the text was cut or there was no memory; it must not be used.
 * Owner:   the caller owns the text and the environment.
 */
#ifndef RELAYWATCH_SINKS_EVENT_H
#define RELAYWATCH_SINKS_EVENT_H

#include "core/finding.h"
#include "core/site.h"
#include "core/stats.h"
#include "sinks/json.h"

#define EVENT_MAX_BYTES (8 << 20)
#define EVENT_RELATED_MAX 128
#define EVENT_ID_MAX 96

/* What every event of this run shares. */
struct event_env {
	const char *sensor;
	const struct site *site; /* for network.direction; NULL: unknown */
};

MUST_USE bool event_session(struct text *out, const struct event_env *env,
			    const struct fact_session *session);
/*
 * A transaction is one event, also where its facts are several: the first fact opens it, and each
 * adds its recipients. When it is done (done says so), the event is whole.
 */
struct event_transaction {
	struct json json;
	bool is_open;
};
MUST_USE bool event_transaction_add(struct event_transaction *event, struct text *out,
				    const struct event_env *env,
				    const struct fact_transaction *transaction, bool *done);
/* Close one whose continuation never came; nothing when none is open. */
void event_transaction_cut(struct event_transaction *event, struct text *out);

MUST_USE bool event_finding(struct text *out, const struct event_env *env,
			    const struct finding *finding);
MUST_USE bool event_alert(struct text *out, const struct event_env *env, const struct alert *alert);
MUST_USE bool event_server(struct text *out, const struct event_env *env,
			   const struct server_report *server);
MUST_USE bool event_stats(struct text *out, const struct event_env *env, const struct stats *stats);

/* ---- What the event_*.c files share; of no use to others. */

struct event_head {
	const char *dataset;                          /* "relaywatch.session" */
	const char *kind;                             /* "event", "alert", "state", "metric" */
	const char *const *categories, *const *types; /* NULL ends each */
	const char *id;
	int64_t time_ns, start_ns, end_ns;
};

/* Open the outermost object and its `event`, which is left open for what else belongs there. */
void event_open(struct json *json, const struct event_env *env, const struct event_head *head);
void event_close(struct json *json);
/* source, destination and network of a connection; client.ip of a believed claim. */
void event_peers(struct json *json, const struct event_env *env, const struct fact_origin *origin);
/* The members of `network` that follow from two addresses; the object is open. */
void event_network_between(struct json *json, const struct event_env *env,
			   const struct ip_address *client, const struct ip_address *server,
			   enum mail_protocol protocol);
/* A list without empty and repeated texts; not written when it would be empty. */
void event_unique(struct json *json, const char *key, const struct span *list, size_t count);
void event_related(struct json *json, const struct ip_address *ips, size_t ip_count,
		   const struct span *hosts, size_t host_count, struct span user);
/* The members of `relaywatch` that a finding and an alert share; the object is open. */
void event_finding_members(struct json *json, const struct finding *finding);
void event_finding_peers(struct json *json, const struct event_env *env,
			 const struct finding *finding);
void event_text_list(struct json *json, const char *key, const char *const *list, size_t count);
/* An identifier of 16 hexadecimal digits, the same for the same text everywhere. */
void event_id_of(const char *text, char id[EVENT_ID_MAX]);
/* "192.0.2.25:209/qmtp", "[2001:db8::25]:25/smtp" */
const char *event_server_text(const struct ip_address *address, uint16_t port,
			      enum mail_protocol protocol, char text[SUBJECT_TEXT_MAX]);

#endif
