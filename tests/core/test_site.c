#include "core/site.h"

#include <criterion/criterion.h>
#include <string.h>

static struct ip_address address(const char *text)
{
	struct ip_address a;

	cr_assert_eq(ip_address_parse(text, &a), RESULT_OK, "'%s'", text);
	return a;
}

static struct site *new_site(void)
{
	struct site *site = NULL;

	cr_assert_eq(site_new(&site), RESULT_OK);
	return site;
}

Test(site, of_which_nothing_was_said)
{
	struct site *site = new_site();
	struct ip_address a = address("192.0.2.1"), same = site_nat(site, a);

	for (int role = 0; role < SITE_ROLE_COUNT; role++) {
		cr_expect_not(site_has(site, (enum site_role)role));
		cr_expect_not(site_contains(site, (enum site_role)role, &a));
	}
	for (int set = 0; set < SITE_DOMAINS_COUNT; set++)
		cr_expect_not(site_has_domains(site, (enum site_domains)set));
	cr_expect(ip_address_equal(&same, &a));
	cr_expect_eq(site_direction(site, &a, &a), DIRECTION_UNKNOWN);
	site_free(&site);
	cr_expect_null(site);
	site_free(&site);
}

Test(site, keeps_roles_apart)
{
	struct site *site = new_site();
	struct ip_address four = address("192.0.2.200"), six = address("2001:db8:1::25");

	cr_expect_eq(site_add_network(site, SITE_TRUSTED, "192.0.2.0/24"), RESULT_OK);
	cr_expect_eq(site_add_network(site, SITE_TRUSTED, "2001:db8:1::25"), RESULT_OK);
	cr_expect_eq(site_add_network(site, SITE_SCANNER, "192.0.2.0/33"), RESULT_BAD);
	cr_expect(site_contains(site, SITE_TRUSTED, &four));
	cr_expect(site_contains(site, SITE_TRUSTED, &six));
	cr_expect_not(site_contains(site, SITE_QMQP_CLIENT, &four));
	cr_expect_not(site_names(site, SITE_TRUSTED, &four), "its network is no entry of its own");
	cr_expect(site_names(site, SITE_TRUSTED, &six));
	cr_expect_not(site_names(site, SITE_SCANNER, &six));
	cr_expect_eq(site_add_network(site, SITE_TRUSTED, "192.0.2.200/32"), RESULT_OK);
	cr_expect(site_names(site, SITE_TRUSTED, &four));
	cr_expect_not(site_has(site, SITE_SCANNER));
	site_free(&site);
}

Test(site, owns_a_domain_and_what_is_below_it)
{
	static const struct {
		const char *domain;
		bool want;
	} cases[] = {
		{ "example.com", true },      { "mail.example.com", true },
		{ "a.b.example.com", true },  { "notexample.com", false },
		{ "example.com.org", false }, { "com", false },
		{ "xample.com", false },      { "", false },
		{ ".example.com", true },     { "example.org", true },
		{ "example.net", false },
	};
	struct site *site = new_site();

	cr_expect_eq(site_add_domain(site, SITE_LOCAL_DOMAIN, "Example.COM"), RESULT_OK);
	cr_expect_eq(site_add_domain(site, SITE_LOCAL_DOMAIN, "example.org."), RESULT_OK);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct span domain = span_text(cases[i].domain);

		cr_expect_eq(site_owns_domain(site, SITE_LOCAL_DOMAIN, domain), cases[i].want,
			     "'%s'", cases[i].domain);
		cr_expect_not(site_owns_domain(site, SITE_RELAY_TO, domain));
	}
	site_free(&site);
}

Test(site, refuses_what_is_no_domain)
{
	static const char *const cases[] = {
		"",    ".",   "..",           ".example.com",  "a..b", "example.com..",
		"a b", "a@b", "b\xc3\xbc.de", "*.example.com", "a/b",
	};
	char too_long[300];
	struct site *site = new_site();

	memset(too_long, 'a', sizeof(too_long));
	too_long[254] = '\0';
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		cr_expect_eq(site_add_domain(site, SITE_LOCAL_DOMAIN, cases[i]), RESULT_BAD, "'%s'",
			     cases[i]);
	cr_expect_eq(site_add_domain(site, SITE_LOCAL_DOMAIN, too_long), RESULT_BAD);
	cr_expect_not(site_has_domains(site, SITE_LOCAL_DOMAIN));
	cr_expect_eq(site_add_domain(site, SITE_LOCAL_DOMAIN, "xn--bcher-kva.example"), RESULT_OK);
	cr_expect_eq(site_add_domain(site, SITE_LOCAL_DOMAIN, "_dmarc.example"), RESULT_OK);
	site_free(&site);
}

Test(site, nat)
{
	static const char *const bad[] = {
		"",
		"=",
		"192.0.2.1",
		"192.0.2.1=",
		"=10.0.0.1",
		"192.0.2.1=10.0.0.1=10.0.0.2",
		"192.0.2.0/24=10.0.0.0/24",
		"192.0.2.1 = 10.0.0.1",
	};
	struct site *site = new_site();
	struct ip_address outside = address("192.0.2.1"), inside = address("10.0.0.1");
	struct ip_address got;
	char too_long[200];

	memset(too_long, '1', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	cr_expect_eq(site_add_nat(site, too_long), RESULT_BAD);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		cr_expect_eq(site_add_nat(site, bad[i]), RESULT_BAD, "'%s'", bad[i]);
	cr_expect_eq(site_add_nat(site, "192.0.2.1=10.0.0.1"), RESULT_OK);
	cr_expect_eq(site_add_nat(site, "2001:db8::1=fd00::1"), RESULT_OK);
	got = site_nat(site, outside);
	cr_expect(ip_address_equal(&got, &inside));
	got = site_nat(site, inside);
	cr_expect(ip_address_equal(&got, &inside));
	got = site_nat_outside(site, inside);
	cr_expect(ip_address_equal(&got, &outside));
	got = site_nat_outside(site, outside);
	cr_expect(ip_address_equal(&got, &outside));
	site_free(&site);
}

Test(site, direction)
{
	static const struct {
		const char *client, *server;
		enum network_direction want;
	} cases[] = {
		{ "203.0.113.1", "192.0.2.25", DIRECTION_INBOUND },
		{ "192.0.2.25", "203.0.113.1", DIRECTION_OUTBOUND },
		{ "192.0.2.1", "192.0.2.25", DIRECTION_INTERNAL },
		{ "203.0.113.1", "198.51.100.1", DIRECTION_EXTERNAL },
		{ "2001:db8:bad::1", "2001:db8:1::25", DIRECTION_INBOUND },
	};
	struct site *site = new_site();

	cr_expect_eq(site_add_network(site, SITE_LOCAL_NET, "192.0.2.0/24"), RESULT_OK);
	cr_expect_eq(site_add_network(site, SITE_LOCAL_NET, "2001:db8:1::/48"), RESULT_OK);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct ip_address client = address(cases[i].client);
		struct ip_address server = address(cases[i].server);

		cr_expect_eq(site_direction(site, &client, &server), cases[i].want, "case %zu", i);
	}
	site_free(&site);
}

Test(site, entries_are_limited)
{
	struct site *site = new_site();
	enum result r = RESULT_OK;
	size_t count = 0;

	while (r == RESULT_OK && count <= SITE_ENTRIES_MAX) {
		r = site_add_network(site, SITE_TRUSTED, "192.0.2.1");
		count += r == RESULT_OK;
	}
	cr_expect_eq(r, RESULT_LIMIT);
	cr_expect_eq(count, SITE_ENTRIES_MAX);
	site_free(&site);
}
