/*
 * evidence - the one table of rules: what a sort of fact means and what it weighs
 *
 * In:      a rule.
 * Out:     its name, witness, sentence and weight in decibans: 10 * log10 of how much likelier the
 *          fact is under abuse than without it.
 * Limits:  within one witness the strongest rule for and the strongest against count, not the sum.
 * Errors:  -
 * Owner:   constants.
 */
#ifndef RELAYWATCH_DETECTORS_EVIDENCE_H
#define RELAYWATCH_DETECTORS_EVIDENCE_H

#include "core/finding.h"

/* Prior odds that a pair is abuse, about 1 in 100. */
#define PRIOR_DECIBANS (-20.0)

enum rule {
	/* the reply */
	RULE_FOREIGN_ACCEPTED,
	RULE_FOREIGN_INVITED,
	RULE_FOREIGN_BY_BALANCER,
	RULE_FOREIGN_RECIPIENT_TAKEN,
	RULE_QMQP_ACCEPTED,
	RULE_INSIDER_QMQP_ACCEPTED,
	RULE_TRICK_ACCEPTED,
	RULE_RELAY_DENIED,
	RULE_DENIED_BEHIND_PROXY,
	RULE_QMQP_CLOSED,
	RULE_UNDETERMINED_ACCEPTED,
	/* the onward leg */
	RULE_LEFT_TWO_KEYS,
	RULE_LEFT_THREE_KEYS,
	/* the trace */
	RULE_TRACE_CLEAR,
	RULE_TRACE_ENCRYPTED,
	/* the name service */
	RULE_ROUTE_ASKED_AND_TAKEN,
	/* behaviour */
	RULE_MANY_TRICKS,
	RULE_PROBE_CAMPAIGN,
	RULE_SCANNER_PATTERN,
	RULE_ROLE_COMMAND,
	RULE_FORGED_PROXY,
	RULE_XCLIENT,
	RULE_SMUGGLING,
	RULE_SPRAY,
	RULE_SPRAY_UNANSWERED,
	RULE_ACCOUNT_SPRAY,
	RULE_CLIENT_BURST,
	RULE_HARVEST,
	RULE_PASSWORD_GUESSING,
	RULE_GUESSING_INFERRED,
	RULE_ANY_PASSWORD,
	RULE_BACKSCATTER,
	RULE_BLOCK_LISTED,
	RULE_CLEAR_PASSWORD,
	RULE_NEW_SERVER,
	RULE_THROUGH_PROXY,
	RULE_STARTTLS_BLANKED,
	RULE_STARTTLS_MISSING,
	RULE_STARTTLS_WITHDRAWN,
	RULE_ALL_ENCRYPTED,
	/* what the operator says, or the facts that clear */
	RULE_OWN_DOMAIN,
	RULE_TRUSTED_CLIENT,
	RULE_SPEAKS_FOR_MANY,
	RULE_AUTHENTICATED,
	RULE_TRACE_AUTHENTICATED,
	RULE_OWN_SCANNER,
	RULE_HONEYPOT,
	RULE_COUNT
};

struct rule_row {
	const char *name;
	enum witness witness;
	double weight_decibans;
	const char
	    *meaning; /* a sentence; %D stands for the domain, %S for the server, %C the client,
		       %N for how many names that speaks, %W its network, of which %A addresses
		       tried %K kinds of routed address, %P the port, %Y days of watching the server's */
};

const struct rule_row *evidence_rule(enum rule rule);
/* What count sightings add, the last of them age_ns ago: more count less, old ones fade. */
double evidence_weight(enum rule rule, uint64_t count, int64_t age_ns);
/* Decibans to percent. */
double evidence_score(double sum_decibans);

#endif
