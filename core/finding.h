/*
 * finding - what detectors hand on: findings, alerts, postures
 *
 * In:      -
 * Out:     the nouns between detectors/ and sinks/.
 * Limits:  EVIDENCE_FRAMES_MAX frames at each end, SUBJECT_LIST_MAX clients and servers in an
 *          alert (the strongest), SAMPLE_MAX bytes of sample.
 * Errors:  -
 * Owner:   lent until the callback returns. Texts are our own words around wire text that was
 *          made printable already.
 */
#ifndef RELAYWATCH_CORE_FINDING_H
#define RELAYWATCH_CORE_FINDING_H

#include "core/fact.h"

#define EVIDENCE_FRAMES_MAX 8
#define SUBJECT_LIST_MAX 20
#define SAMPLE_MAX 2048
#define ALERT_ID_MAX 40
#define SUBJECT_TEXT_MAX 320

/* In the order in which a pair's verdict is looked for: the first that holds. */
enum verdict {
	VERDICT_OPEN_RELAY_CONFIRMED,
	VERDICT_OPEN_RELAY,
	VERDICT_AUTH_ABUSE,
	VERDICT_SPAM_SOURCE,
	VERDICT_BACKSCATTER,
	VERDICT_HARVEST,
	VERDICT_BRUTE_FORCE,
	VERDICT_EVASION,
	VERDICT_PROBE,
	VERDICT_RELAY_DENIED,
	VERDICT_UNKNOWN_ENCRYPTED,
	VERDICT_BENIGN,
	VERDICT_COUNT
};

enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };
enum ownership { OWNERSHIP_UNDETERMINED, OWNERSHIP_OWN, OWNERSHIP_FOREIGN };
enum posture { POSTURE_UNKNOWN, POSTURE_CLOSED, POSTURE_FIXED, POSTURE_EXPOSED, POSTURE_OPEN };
enum alert_action { ALERT_RAISED, ALERT_ESCALATED, ALERT_ONGOING, ALERT_RESOLVED };
enum subject_type { SUBJECT_SERVER, SUBJECT_CLIENT, SUBJECT_ACCOUNT };
enum witness {
	WITNESS_REPLY,
	WITNESS_ONWARD_LEG,
	WITNESS_TRACE,
	WITNESS_NAME_SERVICE,
	WITNESS_BEHAVIOUR,
	WITNESS_SITE, /* what the operator says, and facts that clear */
	WITNESS_COUNT
};

struct evidence {
	const char *rule; /* the name in detectors/evidence.c */
	enum witness witness;
	double weight_decibans; /* what it adds in the end; may be negative */
	uint64_t count;
	const char *reason;                         /* a sentence */
	struct frame_id first[EVIDENCE_FRAMES_MAX]; /* the first ones, first_count of them */
	struct frame_id last[EVIDENCE_FRAMES_MAX]; /* the last ones, in order, not those in first */
	uint32_t first_count, last_count;
	int64_t time_ns;              /* of the first one */
	struct connection connection; /* of the first one; client_port 0: none */
};

struct finding {
	struct ip_address client, server;
	uint16_t server_port;
	enum mail_protocol protocol;
	enum verdict verdict;
	uint32_t also; /* bits 1 << enum verdict: other rows that hold */
	enum severity severity;
	double score;          /* 0 to 100: the posterior, in percent */
	double prior_decibans; /* prior and weights sum to the logit of the score */
	enum ownership ownership;
	const struct evidence *evidence; /* the strongest first */
	uint32_t evidence_count;
	int64_t first_seen_ns, last_seen_ns;
	uint64_t transactions, recipients, accepted, denied;
	const char *const *sample; /* lines, secrets left out */
	uint32_t sample_count;
	const char *account; /* the user name that was used, or NULL */
};

struct subject_peer {
	struct ip_address address;
	uint16_t port; /* 0 for clients */
};

struct alert {
	struct finding finding; /* of its strongest pair */
	enum alert_action action;
	char alert_id[ALERT_ID_MAX];
	uint32_t number;    /* of events of this alert, from 1: event.id is alert_id-number */
	int64_t time_ns;    /* packet time of the action */
	int64_t start_ns;   /* first decisive fact */
	const char *reason; /* one sentence */
	enum subject_type subject_type;
	char subject_id[SUBJECT_TEXT_MAX];
	struct subject_peer clients[SUBJECT_LIST_MAX];
	uint64_t clients_count; /* of all; min(count, SUBJECT_LIST_MAX) are listed */
	struct subject_peer servers[SUBJECT_LIST_MAX];
	uint64_t servers_count;
	const char *const *advice;
	uint32_t advice_count;
	const char *technique_id, *technique_name; /* MITRE ATT&CK, or NULL */
	const char *rule_id, *rule_name;
};

struct own_domain {
	const char *domain;
	const char *from; /* "configured", "mx", "unknown_user", "greeting", "majority" */
};

/* Another address that the same server answers on. */
struct same_server {
	struct ip_address address; /* family 0: none is known */
	uint16_t port;
	enum posture posture;
};

struct server_report {
	struct ip_address address;
	uint16_t port;
	enum mail_protocol protocol;
	enum posture posture;
	int64_t since_ns, first_seen_ns, last_seen_ns;
	const char *software; /* or NULL */
	const struct own_domain *own_domains;
	uint32_t own_domain_count;
	uint64_t strangers_connected, strangers_refused, strangers_accepted, strangers_denied;
	const char *const *advice;
	uint32_t advice_count;
	const char *const *undetermined; /* domains to ask the operator about */
	uint32_t undetermined_count;
	struct same_server same;
	uint32_t
	    watched_days; /* its network, before it took mail for the first time; 0: no newcomer */
	int64_t appeared_ns; /* then */
};

struct finding_sink {
	void (*alert)(void *ctx, const struct alert *alert);
	void (*finding)(void *ctx, const struct finding *finding);
	void (*server)(void *ctx, const struct server_report *server);
	void *ctx;
};

const char *verdict_word(enum verdict verdict);
const char *severity_word(enum severity severity);
int severity_number(enum severity severity); /* 0, 21, 47, 73, 99 */
MUST_USE enum result severity_parse(const char *word, enum severity *out);
const char *ownership_word(enum ownership ownership);
const char *posture_word(enum posture posture);
const char *alert_action_word(enum alert_action action);
const char *subject_type_word(enum subject_type type);
const char *witness_word(enum witness witness);

#endif
