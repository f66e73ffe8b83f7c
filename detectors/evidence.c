#include "detectors/evidence.h"

#include "core/time_text.h"

#include <math.h>

/*
 * The weights are likelihood ratios by reasoning, not yet fitted: a stranger's message taken for a
 * domain that is known to be somebody else's is about 600 times likelier at an open relay (28);
 * the same message seen to leave adds a factor of 160 and more (22, 26), for only a forwarder
 * whose domain we misjudged does the same. A foreign recipient that was taken and left is what a
 * test looks like, and no server says yes to one by mistake (22). What clients also do by mistake
 * weighs nothing: a denied recipient is a typing error or an old list more often than a test (0);
 * the captures with labels say so as well (docs/calibration.md).
 */
static const struct rule_row rows[RULE_COUNT] = {
	[RULE_FOREIGN_ACCEPTED] = { "foreign_accepted", WITNESS_REPLY, 28,
				    "%S took a message from the stranger %C for %D, a domain of "
				    "somebody else" },
	[RULE_FOREIGN_INVITED] = { "foreign_invited", WITNESS_REPLY, 26,
				   "%S invited the stranger %C to send a message for %D, a domain "
				   "of "
				   "somebody else" },
	[RULE_FOREIGN_BY_BALANCER] = { "foreign_by_balancer", WITNESS_REPLY, 26,
				       "%S took a message for %D, a domain of somebody else, from "
				       "%C, which speaks for about %N unrelated names, as a "
				       "balancer or a NAT does" },
	[RULE_FOREIGN_RECIPIENT_TAKEN] = { "foreign_recipient_taken", WITNESS_REPLY, 22,
					   "%S said yes to a recipient in %D, a domain of somebody "
					   "else; "
					   "the stranger %C then sent no message" },
	[RULE_QMQP_ACCEPTED] = { "qmqp_accepted", WITNESS_REPLY, 30,
				 "%S queued a message by QMQP, which has no recipient policy, for "
				 "the "
				 "stranger %C" },
	[RULE_INSIDER_QMQP_ACCEPTED] = { "insider_qmqp_accepted", WITNESS_REPLY, 22,
					 "%S queued a message by QMQP for the inside host %C, "
					 "which is "
					 "not among those that may" },
	[RULE_TRICK_ACCEPTED] = { "trick_accepted", WITNESS_REPLY, 16,
				  "%S took a message for a routed address that leads to %D; some "
				  "servers "
				  "say yes to these and bounce them later" },
	[RULE_RELAY_DENIED] = { "relay_denied", WITNESS_REPLY, 0,
				"%S told the stranger %C that it does not relay to %D" },
	[RULE_DENIED_BEHIND_PROXY] = { "denied_behind_proxy", WITNESS_REPLY, 3,
				       "a mail server behind %S told the stranger %C that it does "
				       "not relay to %D" },
	[RULE_QMQP_CLOSED] = { "qmqp_closed", WITNESS_REPLY, 0,
			       "%S closed the stranger %C's QMQP connection without an answer" },
	[RULE_UNDETERMINED_ACCEPTED] = { "undetermined_accepted", WITNESS_REPLY, 2,
					 "%S took a message from the stranger %C for %D; whether "
					 "that "
					 "domain is its own is not known" },
	[RULE_LEFT_TWO_KEYS] = { "left_two_keys", WITNESS_ONWARD_LEG, 22,
				 "the message for %D left %S for the outside: its recipient and "
				 "one more "
				 "key agree" },
	[RULE_LEFT_THREE_KEYS] = { "left_three_keys", WITNESS_ONWARD_LEG, 26,
				   "the message for %D left %S for the outside: its recipient and "
				   "two or "
				   "more keys agree" },
	[RULE_ROUTE_ASKED_AND_TAKEN] = { "route_asked_and_taken", WITNESS_NAME_SERVICE, 18,
					 "after it took the message %S asked for the exchanger of "
					 "%D and "
					 "connected to it" },
	[RULE_TRACE_CLEAR] = { "trace_clear", WITNESS_TRACE, 26,
			       "%S wrote on a message that left for %D that it had taken it from "
			       "the stranger %C, in clear and without a login" },
	[RULE_TRACE_ENCRYPTED] = { "trace_encrypted", WITNESS_TRACE, 6,
				   "%S wrote on a message that left that it had taken it from the "
				   "stranger %C by TLS, without a login; a client certificate "
				   "would look the same" },
	[RULE_MANY_TRICKS] = { "many_tricks", WITNESS_BEHAVIOUR, 26,
			       "%C tried three or more kinds of routed address, as relay tests "
			       "do" },
	[RULE_PROBE_CAMPAIGN] = { "probe_campaign", WITNESS_BEHAVIOUR, 30,
				  "%A addresses of %W tried %K kinds of routed address at %S, a "
				  "few "
				  "each, %C among them" },
	[RULE_SCANNER_PATTERN] = { "scanner_pattern", WITNESS_BEHAVIOUR, 30,
				   "%C used addresses of a known relay test" },
	[RULE_ROLE_COMMAND] = { "role_command", WITNESS_BEHAVIOUR, 20,
				"%C asked by VRFY, EXPN, ETRN or TURN what strangers have no need "
				"of" },
	[RULE_FORGED_PROXY] = { "forged_proxy", WITNESS_BEHAVIOUR, 30,
				"%C, which is no proxy of ours, claimed to speak for another "
				"address" },
	[RULE_XCLIENT] = { "xclient", WITNESS_BEHAVIOUR, 30,
			   "%C, which is no proxy of ours, asked by XCLIENT to be taken for "
			   "another" },
	[RULE_SMUGGLING] = { "smuggling", WITNESS_BEHAVIOUR, 30,
			     "%C hid a second message behind an end of data that not all servers "
			     "read alike" },
	[RULE_SPRAY] = { "spray", WITNESS_BEHAVIOUR, 32,
			 "%C sends mail to many exchangers itself" },
	[RULE_SPRAY_UNANSWERED] = { "spray_unanswered", WITNESS_BEHAVIOUR, 30,
				    "%C tries to bring mail to many exchangers itself, and gets no "
				    "answer" },
	[RULE_ACCOUNT_SPRAY] = { "account_spray", WITNESS_BEHAVIOUR, 32,
				 "an account that %C uses at %S suddenly sends to many people at "
				 "once, under changing names or to many who do not exist" },
	[RULE_CLIENT_BURST] = { "client_burst", WITNESS_BEHAVIOUR, 32,
				"%C, which may send through %S, suddenly sends to many people that "
				"it never wrote to, under changing names" },
	[RULE_HARVEST] = { "harvest", WITNESS_BEHAVIOUR, 32, "%C guesses recipients at %S" },
	[RULE_PASSWORD_GUESSING] = { "password_guessing", WITNESS_BEHAVIOUR, 32,
				     "%C guesses passwords at %S" },
	/* With the most that repeating adds it stays below 90 percent: nobody saw a password. */
	[RULE_GUESSING_INFERRED] = { "password_guessing_inferred", WITNESS_BEHAVIOUR, 19,
				     "%C seems to guess passwords at %S, inferred from the sizes "
				     "of "
				     "encrypted sessions: many in a short time, all alike, none "
				     "of them enough for a mail" },
	[RULE_ANY_PASSWORD] = { "any_password", WITNESS_BEHAVIOUR, 28,
				"%S lets in whoever offers a password, also one that cannot be "
				"right" },
	[RULE_BACKSCATTER] = { "backscatter", WITNESS_BEHAVIOUR, 32,
			       "%C bounces to many senders that did not write" },
	[RULE_BLOCK_LISTED] = { "block_listed", WITNESS_BEHAVIOUR, 0,
				"%S refuses %C for what block lists say of it" },
	[RULE_CLEAR_PASSWORD] = { "clear_password", WITNESS_BEHAVIOUR, 0,
				  "the stranger %C sent a password to %S in clear" },
	[RULE_THROUGH_PROXY] = { "through_proxy", WITNESS_BEHAVIOUR, 0,
				 "%S let the stranger %C through to a mail server" },
	[RULE_STARTTLS_BLANKED] = { "starttls_blanked", WITNESS_BEHAVIOUR, 0,
				    "on the way from %S to %C a keyword as long as STARTTLS was "
				    "overwritten" },
	[RULE_STARTTLS_MISSING] = { "starttls_missing", WITNESS_BEHAVIOUR, 0,
				    "%S offered %C no STARTTLS, as it had before: it, or somebody "
				    "on the way, took the offer out" },
	[RULE_STARTTLS_WITHDRAWN] = { "starttls_withdrawn", WITNESS_BEHAVIOUR, 0,
				      "%S offers STARTTLS to nobody any more; %C was the first "
				      "that "
				      "missed it" },
	[RULE_NEW_SERVER] = { "new_server", WITNESS_BEHAVIOUR, 0,
			      "%S took mail for the first time, on port %P, when its network had "
			      "been "
			      "watched on %Y days before" },
	[RULE_ALL_ENCRYPTED] = { "all_encrypted", WITNESS_BEHAVIOUR, 0,
				 "all that matters between %C and %S was encrypted" },
	[RULE_OWN_DOMAIN] = { "own_domain", WITNESS_SITE, -12,
			      "%S took mail for %D, which is its own" },
	[RULE_TRUSTED_CLIENT] = { "trusted_client", WITNESS_SITE, -14, "%C may send through %S" },
	[RULE_SPEAKS_FOR_MANY] = { "speaks_for_many", WITNESS_SITE, 0,
				   "%C speaks to %S for about %N unrelated names, as a balancer or "
				   "a NAT does: strangers look like it" },
	[RULE_AUTHENTICATED] = { "authenticated", WITNESS_SITE, -14, "%C was authenticated by %S" },
	[RULE_TRACE_AUTHENTICATED] = { "trace_authenticated", WITNESS_SITE, -12,
				       "%S wrote on a message that left that %C had logged in" },
	[RULE_OWN_SCANNER] = { "own_scanner", WITNESS_SITE, -14, "%C is a scanner of our own" },
	[RULE_HONEYPOT] = { "honeypot", WITNESS_SITE, -14, "%S is a honeypot of our own" },
};

/* Look a rule up. */
const struct rule_row *evidence_rule(enum rule rule)
{
	return &rows[rule];
}

#define REPEAT_GAIN 0.1 /* a doubling of the count adds a tenth of the weight */
#define REPEAT_MOST 1.5
#define HALF_LIFE_NS (30 * 24 * NS_PER_HOUR)

/* A tenth more for each doubling, half of it for each half-life. */
double evidence_weight(enum rule rule, uint64_t count, int64_t age_ns)
{
	double gain = 1.0 + REPEAT_GAIN * log2((double)(count == 0 ? 1 : count));
	double fade = age_ns <= 0 ? 1.0 : exp2(-(double)age_ns / (double)HALF_LIFE_NS);

	if (gain > REPEAT_MOST || rows[rule].weight_decibans < 0)
		gain = rows[rule].weight_decibans < 0 ? 1.0 : REPEAT_MOST;
	return rows[rule].weight_decibans * gain * fade;
}

/* The logit, in decibans, to percent. */
double evidence_score(double sum_decibans)
{
	return 100.0 / (1.0 + pow(10.0, -sum_decibans / 10.0));
}
