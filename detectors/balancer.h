/*
 * balancer - does an inside client speak for the world, as a balancer or a NAT before a server does?
 *
 * In:      the name in HELO of each message that an inside client brings without a login, its
 *          sender, and whether it is for the server's own users or for others.
 * Out:     whether the client is one, and for about how many names it speaks.
 * Limits:  sizeof(struct balancer) a pair, and only of clients that used an unrelated name; names
 *          are counted by sketch.h, with a standard error of 5%.
 * Errors:  -
 * Owner:   the pair.
 *
 * A server sees the balancer's address and not the stranger's, and may take it for one of those who
 * may send (docker-mailserver's guide to proxies warns of it). What else speaks under many names,
 * and must not be taken for one: a gateway uses its own name; a web server with many sites uses
 * theirs, but it sends outward, for itself, or to the one who runs it. So what counts is names that
 * are not the server's own, that bring mail for its own users alone, to several of them, from
 * senders in yet another domain: at least BALANCER_NAMES_MIN, and three standard errors of all names.
 * Even then a message from a sender in the domain of the name is held against nobody: so do the sites
 * of a web server write, whose forms bring mail in the names of their visitors.
 */
#ifndef RELAYWATCH_DETECTORS_BALANCER_H
#define RELAYWATCH_DETECTORS_BALANCER_H

#include "core/address.h"
#include "core/span.h"
#include "detectors/sketch.h"

#define BALANCER_NAMES_MIN 8
#define BALANCER_USERS_MIN 3
#define BALANCER_NAME_MAX 253

struct balancer {
	struct sketch names;   /* that mail was brought under, whomever for */
	struct sketch outward; /* those of them that brought mail for others */
	uint64_t users[BALANCER_USERS_MIN];
	uint8_t user_count;
	bool vouched;    /* the operator trusts this very address */
	bool takes_mail; /* a mail server itself, that was seen to be asked */
};

/* What a client calls itself, in a form that can be compared. */
struct balancer_name {
	char text[BALANCER_NAME_MAX + 1]; /* folded; of a literal its network */
	struct ip_address literal;        /* family 0: a name */
	struct span registrable;          /* a part of text */
};

/*
 * False: it says nothing of whom the client speaks for: a bare name, a name or an address that is used
 * inside only (RFC 6762, appendix G; RFC 6761; RFC 8375; RFC 1918), or none.
 */
bool balancer_name_of(struct span helo, struct balancer_name *out);
/* A message under an unrelated name, to a user of the server's, from a sender in another domain. */
void balancer_inward(struct balancer *balancer, uint64_t name_hash, uint64_t user_hash);
/* A message under an unrelated name, to somebody else. */
void balancer_outward(struct balancer *balancer, uint64_t name_hash);
bool balancer_is_one(const struct balancer *balancer); /* NULL is none */

#endif
