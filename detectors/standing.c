#include "detectors/standing.h"

/*
 * Told by the operator, or learned: a neighbour counts as local, and so does a private address beside
 * another one, for none comes from the Internet.
 */
bool standing_is_inside(const struct site *site, const struct ip_address *a,
			const struct ip_address *neighbour)
{
	struct ip_network around;

	if (site_has(site, SITE_LOCAL_NET))
		return site_contains(site, SITE_LOCAL_NET, a);
	around = ip_network_around(neighbour);
	return ip_network_contains(&around, a) ||
	       (ip_address_is_private(a) && ip_address_is_private(neighbour));
}

/* Where the operator named networks, a server outside of them is none of ours. */
bool standing_is_judged(const struct site *site, const struct ip_address *server)
{
	if (site_contains(site, SITE_SMARTHOST, server))
		return false;
	return !site_has(site, SITE_LOCAL_NET) || site_contains(site, SITE_LOCAL_NET, server);
}

static bool may_use_qmqp(const struct site *site, enum mail_protocol protocol,
			 const struct ip_address *client)
{
	return protocol == PROTOCOL_QMQP && site_contains(site, SITE_QMQP_CLIENT, client);
}

/* The first that holds. */
enum standing standing_of(const struct site *site, enum mail_protocol protocol,
			  const struct ip_address *client, const struct ip_address *server,
			  enum auth_result auth)
{
	if (site_contains(site, SITE_SCANNER, client))
		return STANDING_SCANNER;
	if (site_contains(site, SITE_TRUSTED, client) || may_use_qmqp(site, protocol, client) ||
	    ip_address_is_loopback(client))
		return STANDING_TRUSTED;
	if (site_contains(site, SITE_MTA_CHAIN, client) || site_contains(site, SITE_PROXY, client))
		return STANDING_HOP;
	if (auth == AUTH_OK)
		return STANDING_AUTHENTICATED;
	if (!standing_is_inside(site, client, server))
		return STANDING_STRANGER;
	if (site_has(site, SITE_TRUSTED) ||
	    (protocol == PROTOCOL_QMQP && site_has(site, SITE_QMQP_CLIENT)))
		return STANDING_INSIDER;
	return STANDING_LOCAL;
}

/* Who may have logged in is not accused of anything. */
enum standing standing_in_session(const struct site *site, const struct fact_origin *origin)
{
	enum standing standing = standing_of(site, origin->protocol, fact_client(origin),
					     &origin->connection.server, origin->auth);

	if (standing != STANDING_STRANGER)
		return standing;
	if (origin->via.login == VIA_LOGIN_TAKEN)
		return STANDING_AUTHENTICATED;
	if (origin->auth_unseen || origin->via.login == VIA_LOGIN_OFFERED)
		return STANDING_MAYBE;
	return standing;
}
