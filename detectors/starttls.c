#include "detectors/starttls.h"

/* Were all keywords seen that the server told this client, in clear? */
static bool is_told(const struct fact_session *s)
{
	return s->ehlo_answered && s->origin.via.type == VIA_NOTHING &&
	       (s->origin.flags & SESSION_IN_PART) == 0;
}

static void note_offer(struct offers *offers, struct pair *pair, int64_t time_ns)
{
	offers->sessions++;
	pair->starttls_offers++;
	if (offers->missing.count > 0 && time_ns > offers->missing_ns)
		offers->missing = (struct netset){ .count = 0 };
}

bool starttls_is_missing(struct pair *pair, const struct fact_session *s)
{
	struct offers *offers = &pair->server->starttls;

	if (!is_told(s))
		return false;
	if (s->starttls_offered) {
		note_offer(offers, pair, s->start_ns);
		return false;
	}
	if (s->origin.tls != TLS_NONE || pair->starttls_offers == 0 ||
	    offers->sessions < STARTTLS_OFFERED_MIN)
		return false;
	if (offers->missing.count == 0) {
		offers->missing_ns = s->start_ns;
		offers->first_missing = pair->client;
	}
	(void)netset_add_address(&offers->missing, &pair->client);
	return true;
}

enum rule starttls_rule(const struct pair *pair, const struct mark *missing)
{
	const struct offers *offers = &pair->server->starttls;

	if (offers->missing.count < STARTTLS_MISSING_MIN ||
	    missing->track.first_ns < offers->missing_ns)
		return RULE_STARTTLS_MISSING;
	return ip_address_equal(&pair->client, &offers->first_missing) ? RULE_STARTTLS_WITHDRAWN
								       : RULE_COUNT;
}
