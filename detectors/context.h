/*
 * context - what the parts of detectors/ share; nobody outside includes it
 *
 * In:      facts, by way of detectors.c.
 * Out:     -
 * Limits:  -
 * Errors:  -
 * Owner:   struct detectors owns all parts.
 */
#ifndef RELAYWATCH_DETECTORS_CONTEXT_H
#define RELAYWATCH_DETECTORS_CONTEXT_H

#include "detectors/allowed.h"
#include "detectors/bounces.h"
#include "detectors/campaigns.h"
#include "detectors/newcomers.h"
#include "detectors/onward.h"
#include "detectors/ownership.h"
#include "detectors/routes.h"
#include "detectors/state.h"
#include "detectors/twins.h"

struct incidents;

struct detectors {
	struct detectors_options options;
	const struct site *site;
	struct budget *budget;
	struct finding_sink sink;
	struct state state;
	struct routes *routes;
	struct onward *onward;
	struct incidents *incidents;
	struct senders *senders;
	struct allowed *allowed;
	struct bounces *bounces;
	struct campaigns *campaigns;
	struct twins *twins;
	struct newcomers *newcomers;
	struct ownership_world world;
	struct server *stale_servers; /* while a fact is being judged */
	struct detectors_stats stats;
	int64_t now_ns; /* packet time; never goes back */
};

/* transactions.c: a message offered, and what it says of the server. */
void detect_transaction(struct detectors *d, const struct fact *fact);

/*
 * inside.c: an inside client's message. True: for all that is known strangers may be behind it, as
 * behind a balancer, and nobody vouched for that very client.
 */
bool detect_inside(struct detectors *d, const struct fact_transaction *t, struct pair *pair,
		   enum standing standing);
/* Has the pair's client been seen to be a mail server itself, by now? No balancer, and no bot. */
void detect_client_seen(const struct detectors *d, struct pair *pair);

/* campaigns.c: a stranger tried a routed address, as others of its network may have done. */
void detect_campaign(struct detectors *d, struct pair *pair, const struct connection *connection,
		     uint32_t tricks, int64_t time_ns, struct frame_id at);

/* legs.c: what it says of its client, if that is a host that hands mail on. */
void detect_leg(struct detectors *d, const struct fact_transaction *t);
/* The rest of it; pairs that the caller holds may be gone after. */
void detect_handed_on(struct detectors *d, const struct fact_transaction *t);
/* Connections that its client tried to make, and that carried nothing. */
void detect_tried(struct detectors *d, const struct contact *contact);
/* Those that used an account (or a right to send) that is abused. */
void detect_abuse_of_right(struct detectors *d, const struct fact_transaction *t,
			   const struct ip_address *server, bool authenticated,
			   const struct peers *clients, struct frame_id at);
/* The onward memory found the two legs of one message. */
void detect_onward_match(void *ctx, uint32_t number, const struct onward_keys *candidate,
			 const struct onward_leg *leg, uint32_t keys_agreed);

/* sessions.c: the other kinds of fact. */
void detect_session(struct detectors *d, const struct fact *fact);
void detect_auth(struct detectors *d, const struct fact *fact);
void detect_command(struct detectors *d, const struct fact *fact);
void detect_contact(struct detectors *d, const struct fact *fact);
void detect_dns(struct detectors *d, const struct fact *fact);

/* What the host said when it was connected to: its name comes first. */
void detect_greeting(struct detectors *d, struct mailhost *host, struct span banner);
/* What it runs, as far as it told; a running session's transactions tell it too. */
void detect_software(struct detectors *d, struct server *server, const struct software *told);
/* The session came through a proxy; marks: the pair's first word of it. */
void detect_via(struct detectors *d, const struct fact_origin *origin, struct pair *pair,
		enum standing standing, int64_t time_ns);
/* Something was seen of those of its ends that are inside. */
void detect_watched(struct detectors *d, const struct ip_address *client,
		    const struct ip_address *server);
/* The pair's server took mail, or what looks like it behind TLS. */
void detect_takes_mail(struct detectors *d, struct pair *pair, const struct fact_origin *origin,
		       int64_t time_ns, struct frame_id at);
/* The same port at another address of the server's, as far as is known and was seen; or NULL. */
const struct server *detect_same_server(const struct detectors *d, const struct server *server);
/* Ownership may have changed: judge the holding, and its pairs when it has. */
void detect_holding_changed(struct detectors *d, struct holding *holding);
void detect_host_changed(struct detectors *d, struct mailhost *host);

#endif
