#include "detectors/context.h"
#include "detectors/registrable.h"
#include "detectors/standing.h"

/*
 * Inside clients that the server believes for their address: for whom do they speak?
 */

/* By its address alone, and not in the name of a client that the server is told of. */
static bool is_believed(const struct fact_transaction *t, const struct pair *pair,
			enum standing standing)
{
	const struct fact_origin *origin = &t->origin;
	uint32_t by_address = STANDING_LOCAL | STANDING_INSIDER | STANDING_TRUSTED;

	return (standing & by_address) != 0 && origin->protocol == PROTOCOL_SMTP &&
	       origin->auth != AUTH_OK && !origin->auth_unseen &&
	       origin->claimed_client.family == 0 && !ip_address_is_loopback(&pair->client);
}

/* Is the name that of somebody outside, who does not write as one of ours either? */
static bool is_unrelated(const struct detectors *d, const struct fact_transaction *t,
			 const struct pair *pair, const struct balancer_name *name)
{
	struct span sender = mail_domain_of(t->mail_from);
	struct mailhost *host = pair->server->host;

	if (!t->mail_from_seen ||
	    (sender.length > 0 && ownership_is_own(d->site, &d->state, host, sender)))
		return false;
	if (name->literal.family != 0)
		return !standing_is_inside(d->site, &name->literal, &pair->client);
	return !ownership_is_own(d->site, &d->state, host, span_text(name->text));
}

static bool is_users_own(struct detectors *d, struct pair *pair, const struct fact_recipient *r)
{
	struct holding *holding;
	bool own;

	state_make_room(&d->state, STATE_STEP_BYTES, pair);
	holding = state_holding(&d->state, pair->server->host, r->domain);
	if (holding == NULL)
		return false;
	detect_holding_changed(d, holding);
	own = holding->ownership == OWNERSHIP_OWN;
	state_settle_holding(&d->state, holding);
	return own;
}

/* Who writes as it is called may write for itself, as the sites of a web server do. */
static bool writes_for_itself(const struct fact_transaction *t, const struct balancer_name *name)
{
	struct span sender = registrable_domain(mail_domain_of(t->mail_from));

	return sender.length > 0 && span_equal_nocase(sender, name->registrable);
}

/* Inward is what is for users of the server's own alone. */
static void count_name(struct detectors *d, const struct fact_transaction *t, struct pair *pair,
		       const struct balancer_name *name)
{
	uint64_t name_hash = hash_span(&d->state.key, name->registrable);
	const struct fact_recipient *user = NULL;

	for (uint32_t i = 0; i < t->recipient_count; i++) {
		const struct fact_recipient *r = &t->recipients[i];

		if (r->verdict != RECIPIENT_ACCEPTED && !r->inferred_accepted)
			continue;
		if (!is_users_own(d, pair, r)) {
			balancer_outward(pair->balancer, name_hash);
			return;
		}
		user = r;
	}
	if (user != NULL && registrable_domain(mail_domain_of(t->mail_from)).length > 0 &&
	    !writes_for_itself(t, name))
		balancer_inward(pair->balancer, name_hash,
				hash_span(&d->state.key, user->canonical));
}

bool detect_inside(struct detectors *d, const struct fact_transaction *t, struct pair *pair,
		   enum standing standing)
{
	struct balancer_name name;

	if (!is_believed(t, pair, standing) || !balancer_name_of(t->origin.helo, &name) ||
	    !is_unrelated(d, t, pair, &name))
		return false;
	state_make_room(&d->state, sizeof(*pair->balancer), pair);
	if (state_balancer(&d->state, pair) == NULL)
		return false;
	pair->balancer->vouched = site_names(d->site, SITE_TRUSTED, &pair->client);
	count_name(d, t, pair, &name);
	return !pair->balancer->vouched && !writes_for_itself(t, &name);
}

void detect_client_seen(const struct detectors *d, struct pair *pair)
{
	const struct mailhost *host;

	if (pair->balancer == NULL && pair_mark(pair, RULE_SPRAY) == NULL &&
	    pair_mark(pair, RULE_SPRAY_UNANSWERED) == NULL)
		return;
	host = state_find_host(&d->state, &pair->client);
	if (pair->balancer != NULL)
		pair->balancer->takes_mail = host != NULL && host->servers != NULL;
	pair->client_takes_mail = host != NULL && host->takes_mail;
}
