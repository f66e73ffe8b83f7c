/* What a client is to a server, and which servers are judged. */
#include "detectors/standing.h"

#include <criterion/criterion.h>

static struct ip_address ip(const char *text)
{
	struct ip_address address;

	cr_assert_eq(ip_address_parse(text, &address), RESULT_OK, "%s", text);
	return address;
}

static void add_net(struct site *site, enum site_role role, const char *cidr)
{
	cr_assert_eq(site_add_network(site, role, cidr), RESULT_OK);
}

/* Nothing said; networks; networks and who may send; who may send alone. */
enum site_kind { SITE_NONE, SITE_NETS, SITE_FULL, SITE_TRUSTED_ALONE };

static struct site *site_of(enum site_kind kind)
{
	struct site *site;

	cr_assert_eq(site_new(&site), RESULT_OK);
	if (kind == SITE_NETS || kind == SITE_FULL) {
		add_net(site, SITE_LOCAL_NET, "192.0.2.0/24");
		add_net(site, SITE_LOCAL_NET, "2001:db8:1::/48");
	}
	if (kind == SITE_FULL || kind == SITE_TRUSTED_ALONE)
		add_net(site, SITE_TRUSTED, "192.0.2.96/27");
	if (kind == SITE_FULL) {
		add_net(site, SITE_SCANNER, "192.0.2.200");
		add_net(site, SITE_MTA_CHAIN, "192.0.2.50");
		add_net(site, SITE_MTA_CHAIN, "203.0.113.50");
		add_net(site, SITE_PROXY, "192.0.2.51");
		add_net(site, SITE_QMQP_CLIENT, "192.0.2.60");
		add_net(site, SITE_SMARTHOST, "192.0.2.70");
	}
	return site;
}

Test(standing, what_a_client_is)
{
	static const struct {
		const char *what;
		enum site_kind site;
		enum mail_protocol protocol;
		const char *client;
		enum auth_result auth;
		enum standing standing;
	} rows[] = {
		{ "from elsewhere", SITE_NONE, PROTOCOL_SMTP, "203.0.113.5", AUTH_NONE,
		  STANDING_STRANGER },
		{ "a neighbour", SITE_NONE, PROTOCOL_SMTP, "192.0.2.9", AUTH_NONE, STANDING_LOCAL },
		{ "a neighbour by QMQP", SITE_NONE, PROTOCOL_QMQP, "192.0.2.9", AUTH_NONE,
		  STANDING_LOCAL },
		{ "the next network", SITE_NONE, PROTOCOL_SMTP, "192.0.3.9", AUTH_NONE,
		  STANDING_STRANGER },
		{ "the server itself", SITE_NONE, PROTOCOL_SMTP, "127.0.0.1", AUTH_NONE,
		  STANDING_TRUSTED },
		{ "IPv6's loopback", SITE_NONE, PROTOCOL_SMTP, "::1", AUTH_NONE, STANDING_TRUSTED },
		{ "with a password", SITE_NONE, PROTOCOL_SMTP, "203.0.113.5", AUTH_OK,
		  STANDING_AUTHENTICATED },
		{ "with a wrong one", SITE_NONE, PROTOCOL_SMTP, "203.0.113.5", AUTH_FAILED,
		  STANDING_STRANGER },
		{ "with one that was not seen", SITE_NONE, PROTOCOL_SMTP, "203.0.113.5",
		  AUTH_HIDDEN, STANDING_STRANGER },
		{ "from elsewhere", SITE_NETS, PROTOCOL_SMTP, "203.0.113.5", AUTH_NONE,
		  STANDING_STRANGER },
		{ "inside, nobody is trusted", SITE_NETS, PROTOCOL_SMTP, "192.0.2.9", AUTH_NONE,
		  STANDING_LOCAL },
		{ "inside by IPv6", SITE_NETS, PROTOCOL_SMTP, "2001:db8:1::9", AUTH_NONE,
		  STANDING_LOCAL },
		{ "outside by IPv6", SITE_NETS, PROTOCOL_SMTP, "2001:db8:2::9", AUTH_NONE,
		  STANDING_STRANGER },
		{ "trusted", SITE_FULL, PROTOCOL_SMTP, "192.0.2.97", AUTH_NONE, STANDING_TRUSTED },
		{ "just outside of the trusted", SITE_FULL, PROTOCOL_SMTP, "192.0.2.128", AUTH_NONE,
		  STANDING_INSIDER },
		{ "inside, with a password", SITE_FULL, PROTOCOL_SMTP, "192.0.2.128", AUTH_OK,
		  STANDING_AUTHENTICATED },
		{ "a scanner of ours", SITE_FULL, PROTOCOL_SMTP, "192.0.2.200", AUTH_OK,
		  STANDING_SCANNER },
		{ "a gateway of ours", SITE_FULL, PROTOCOL_SMTP, "192.0.2.50", AUTH_NONE,
		  STANDING_HOP },
		{ "a gateway of ours in a cloud", SITE_FULL, PROTOCOL_SMTP, "203.0.113.50",
		  AUTH_NONE, STANDING_HOP },
		{ "a proxy of ours", SITE_FULL, PROTOCOL_SMTP, "192.0.2.51", AUTH_NONE,
		  STANDING_HOP },
		{ "one that may use QMQP", SITE_FULL, PROTOCOL_QMQP, "192.0.2.60", AUTH_NONE,
		  STANDING_TRUSTED },
		{ "the same by SMTP", SITE_FULL, PROTOCOL_SMTP, "192.0.2.60", AUTH_NONE,
		  STANDING_INSIDER },
		{ "a neighbour, others are trusted", SITE_TRUSTED_ALONE, PROTOCOL_SMTP, "192.0.2.9",
		  AUTH_NONE, STANDING_INSIDER },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct site *site = site_of(rows[i].site);
		struct ip_address client = ip(rows[i].client);
		struct ip_address server = ip("192.0.2.25");

		cr_expect_eq(standing_of(site, rows[i].protocol, &client, &server, rows[i].auth),
			     rows[i].standing, "%s, site %d: %d", rows[i].what, rows[i].site,
			     standing_of(site, rows[i].protocol, &client, &server, rows[i].auth));
		site_free(&site);
	}
}

Test(standing, whom_we_judge)
{
	static const struct {
		enum site_kind site;
		const char *server;
		bool judged;
	} rows[] = {
		{ SITE_NONE, "198.51.100.7", true }, { SITE_NETS, "198.51.100.7", false },
		{ SITE_NETS, "192.0.2.25", true },   { SITE_NETS, "2001:db8:1::25", true },
		{ SITE_FULL, "192.0.2.70", false },  { SITE_TRUSTED_ALONE, "198.51.100.7", true },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct site *site = site_of(rows[i].site);
		struct ip_address server = ip(rows[i].server);

		cr_expect_eq(standing_is_judged(site, &server), rows[i].judged, "row %zu", i);
		site_free(&site);
	}
}
