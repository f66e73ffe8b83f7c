/*
 * protocols - conversations in, facts out
 *
 * In:      the calls of core/conversation.h, and datagrams of the name service.
 * Out:     facts, in the order in which they became known.
 * Limits:  one budget; a decoder keeps one line or one netstring head, and the recipients of
 *          the messages under way (RECIPIENTS_KEPT_MAX each).
 * Errors:  none reach the caller: malformed input is flagged in the session's fact and counted.
 * Owner:   the caller owns the protocols, the budget and the site.
 */
#ifndef RELAYWATCH_PROTOCOLS_PROTOCOLS_H
#define RELAYWATCH_PROTOCOLS_PROTOCOLS_H

#include "core/budget.h"
#include "core/fact.h"
#include "core/hash.h"
#include "core/site.h"
#include "core/stats.h"

#define RECIPIENTS_KEPT_MAX 10000
#define PROTOCOLS_OTHERS_MAX 16 /* names; the last one stands for those that do not fit */

struct protocols;

struct protocols_stats {
	uint64_t sessions, sessions_readable, sessions_encrypted, sessions_one_sided, sessions_cut;
	uint64_t transactions, not_mail, malformed;
	/* What of not_mail was on a mail port, by name; names are lent until protocols_free. */
	struct stats_named others[PROTOCOLS_OTHERS_MAX];
	uint64_t dns_answers, dns_unmatched;
	uint64_t dns_malformed; /* or cut by the snap length */
	uint64_t forgotten;     /* for lack of memory */
};

MUST_USE enum result protocols_new(struct protocols **out, const struct site *site,
				   struct budget *budget, const struct fact_sink *sink);
/* For reassembly; its ctx is the struct protocols. */
const struct conversation_ops *protocols_conversation_ops(void);
/* Before the first datagram: the key of tables, where runs must agree; else it is a random one. */
void protocols_use_key(struct protocols *protocols, const struct hash_key *key);
bool protocols_is_mail_port(uint16_t port);
void protocols_datagram(struct protocols *protocols, const struct datagram *datagram);
void protocols_stats_get(const struct protocols *protocols, struct protocols_stats *out);
void protocols_free(struct protocols **protocols);

#endif
