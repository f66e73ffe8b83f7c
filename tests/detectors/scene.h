/*
 * scene - a small table of facts, played to the detectors, and what they say of it
 *
 * In:      site options, mails, look-ups and other facts, each with its second.
 * Out:     verdicts, postures, ownership, alerts, as words.
 * Limits:  SCENE_FACTS_MAX facts.
 * Errors:  a scene that cannot be played fails the test.
 * Owner:   scene_new and scene_free; texts given in must live as long as the scene.
 */
#ifndef RELAYWATCH_TESTS_DETECTORS_SCENE_H
#define RELAYWATCH_TESTS_DETECTORS_SCENE_H

#include "core/finding.h"
#include "core/text.h"
#include "detectors/detectors.h"

#define SCENE_FACTS_MAX 8192

/* One message to one recipient; what is not given is ordinary. */
struct mail {
	double at; /* seconds since the scene began */
	const char *client, *server;
	uint16_t port;               /* 0: 25 */
	enum mail_protocol protocol; /* 0: SMTP */
	const char *from;            /* NULL: sender@sender.example */
	const char *to;
	uint32_t tricks;
	enum recipient_verdict verdict; /* 0: accepted */
	enum reply_class reply;         /* of the recipient; 0: what fits the verdict */
	enum outcome outcome;           /* 0: what fits the verdict */
	enum reply_class answer;        /* of the message */
	bool no_data;                   /* the client left after RCPT */
	bool no_answer;                 /* 354, and the answer was not seen */
	bool one_sided;                 /* no answer at all was seen; the client went on */
	enum auth_result auth;
	const char *message_id, *body; /* NULL: none */
	uint64_t size;                 /* 0: 1000 */
	const char *banner;            /* the server's; NULL: not seen */
	const char *helo;              /* the client's name; NULL: none */
	const char *claimed;           /* the client that a PROXY header names; NULL: none */
	bool automatic;                /* it says that a program wrote it */
	struct software software;      /* as the session told it by then */
	const char *via;               /* through an HTTP proxy, to this target; NULL: directly */
	enum via_login via_login;
	const char *took_from; /* its topmost Received line: the client's server.. */
	const char *took_by;   /* ..and the client's name; NULL: no such line */
};

struct scene;

struct scene *scene_new(void);
void scene_free(struct scene **scene);
void scene_net(struct scene *scene, enum site_role role, const char *cidr);
void scene_domain(struct scene *scene, enum site_domains set, const char *domain);
void scene_nat(struct scene *scene, const char *public_equals_private);
/* The site of most tests: example.com, 192.0.2.0/24, trusted 192.0.2.96/27. */
void scene_site(struct scene *scene);

void scene_mail(struct scene *scene, const struct mail *mail);
/* One more recipient of the last mail; the outcome stays what it is. At most 3 in all. */
void scene_recipient(struct scene *scene, const char *to, enum recipient_verdict verdict,
		     enum reply_class reply);
/* client asked for the exchangers of domain and got host, at address (NULL: no address seen). */
void scene_mx(struct scene *scene, double at, const char *client, const char *domain,
	      const char *host, const char *address);
void scene_session(struct scene *scene, double at, const char *client, const char *server,
		   uint16_t port, const char *banner, enum tls_use tls);
/* What the last session is flagged with: enum session_flag. */
void scene_session_flags(struct scene *scene, uint32_t flags);
/* What the last session was answered to EHLO: an offer, or one that was overwritten. */
void scene_session_ehlo(struct scene *scene, bool offered, bool blanked);
/* Of what the last session's client said under TLS: its turns, and the bytes from the third on. */
void scene_session_talk(struct scene *scene, uint32_t turns, uint64_t talk_bytes);
void scene_command(struct scene *scene, double at, const char *client, const char *server,
		   const char *verb, bool accepted);
void scene_refused(struct scene *scene, double at, const char *client, const char *server,
		   uint16_t port);
void scene_auth(struct scene *scene, double at, const char *client, const char *server,
		const char *user, enum auth_result result);

/* From which severity up alerts are raised; medium unless said. */
void scene_alert_severity(struct scene *scene, enum severity severity);
/* Play the facts in order, or the last one first. */
void scene_play(struct scene *scene);
void scene_play_backwards(struct scene *scene);
/* Or in an order that the seed (not 0) tells. */
void scene_play_shuffled(struct scene *scene, uint64_t seed);
/* Or those of each server in order, and the servers mixed as the seed (not 0) tells. */
void scene_play_interleaved(struct scene *scene, uint64_t seed);
/* A line for each server and each pair, sorted: all that must not depend on the order of facts. */
void scene_summary(const struct scene *scene, struct text *out);

const char *scene_verdict(const struct scene *scene, const char *client, const char *server,
			  uint16_t port);
double scene_score(const struct scene *scene, const char *client, const char *server,
		   uint16_t port);
const char *scene_severity(const struct scene *scene, const char *client, const char *server,
			   uint16_t port);
const char *scene_ownership(const struct scene *scene, const char *client, const char *server,
			    uint16_t port);
/* Does this rule stand in the pair's evidence? */
bool scene_has_rule(const struct scene *scene, const char *client, const char *server,
		    uint16_t port, const char *rule);
/* Prior and weights less the logit of the score, in decibans: 0 when they agree. */
double scene_sum_error(const struct scene *scene, const char *client, const char *server,
		       uint16_t port);
const char *scene_posture(const struct scene *scene, const char *server, uint16_t port);
/* "ADDRESS POSTURE" of the other address of that server, or "none". */
const char *scene_same_server(const struct scene *scene, const char *server, uint16_t port);
/* On how many days its network was watched before it took mail for the first time; 0: no newcomer. */
uint32_t scene_watched_days(const struct scene *scene, const char *server, uint16_t port);
/* Do these words stand in the advice for it? */
bool scene_advises(const struct scene *scene, const char *server, uint16_t port, const char *words);
size_t scene_alerts(const struct scene *scene, enum alert_action action);
/* The sentence of a rule in the pair's evidence, or "". */
const char *scene_reason(const struct scene *scene, const char *client, const char *server,
			 uint16_t port, const char *rule);
/* The number of clients that the last alert names. */
uint64_t scene_last_alert_clients(const struct scene *scene);
const char *scene_last_alert_subject(const struct scene *scene);
/* The first line of it; a constant of the detectors. */
const char *scene_alert_advice(const struct scene *scene, size_t number);
/* Its first sentence, at most 511 bytes of it. */
const char *scene_last_alert_reason(const struct scene *scene);
const char *scene_alert_id(const struct scene *scene, size_t number);

#endif
