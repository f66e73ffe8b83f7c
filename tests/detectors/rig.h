/*
 * rig - detectors in a small budget, fed by numbers: for floods that no table of facts can hold
 *
 * In:      offers, sessions and legs of the n-th client, server or domain.
 * Out:     counts, and what is said of one pair.
 * Limits:  RIG_WATCHED_MAX findings are kept: those of relays, and of the pair that is watched.
 * Errors:  what cannot be played fails the test.
 * Owner:   rig_open and rig_close; rig_close fails the test unless all memory was given back.
 */
#ifndef RELAYWATCH_TESTS_DETECTORS_RIG_H
#define RELAYWATCH_TESTS_DETECTORS_RIG_H

#include "core/finding.h"
#include "detectors/detectors.h"

#define RIG_START_NS (INT64_C(1750000000) * 1000000000)
#define RIG_RECIPIENTS_MAX FACT_RECIPIENTS_MAX

struct rig {
	struct detectors *detectors;
	struct site *site;
	struct budget budget;
	int64_t now_ns, step_ns; /* between facts: a millisecond */
	uint64_t frame;
	size_t findings, relays, confirmed, servers, open_servers;
	size_t alerts[4]; /* by enum alert_action */
	struct ip_address watched;
	enum verdict watched_verdict; /* VERDICT_COUNT: no finding of it */
};

/* What is offered; 0 stands for the ordinary. */
struct rig_offer {
	struct ip_address client, server;
	enum mail_protocol protocol; /* SMTP */
	const char *domains[RIG_RECIPIENTS_MAX];
	size_t count;                   /* of domains */
	const char *id;                 /* Message-ID */
	enum recipient_verdict verdict; /* accepted */
	bool no_data;
};

void rig_open(struct rig *rig, size_t budget_bytes);
void rig_close(struct rig *rig);

/* The n-th address of a /8. */
struct ip_address rig_address(uint8_t net, uint32_t n);
void rig_offer(struct rig *rig, const struct rig_offer *offer);
/* banner: the server's, or NULL; encrypted: by STARTTLS, with bytes in both directions. */
void rig_session(struct rig *rig, const struct ip_address *client, const struct ip_address *server,
		 const char *banner, bool encrypted);
/* client asked for the exchangers of domain and got host, at address. */
void rig_mx(struct rig *rig, const struct ip_address *client, const char *domain, const char *host,
	    const struct ip_address *address);
void rig_command(struct rig *rig, const struct ip_address *client, const struct ip_address *server,
		 const char *verb);
/* Say all that is left, count it, and see that the budget was kept. */
void rig_finish(struct rig *rig);

#endif
