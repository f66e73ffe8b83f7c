#include "core/fact.h"

#include <criterion/criterion.h>

Test(fact, words)
{
	cr_expect_str_eq(fact_kind_word(FACT_TRANSACTION), "transaction");
	cr_expect_str_eq(fact_kind_word(FACT_SESSION), "session");
	cr_expect_str_eq(fact_kind_word(FACT_AUTH), "auth");
	cr_expect_str_eq(fact_kind_word(FACT_COMMAND), "command");
	cr_expect_str_eq(fact_kind_word(FACT_CONTACT), "contact");
	cr_expect_str_eq(fact_kind_word(FACT_DNS), "dns");
	cr_expect_str_eq(fact_kind_word((enum fact_kind)99), "unknown");
	cr_expect_str_eq(dns_type_word(DNS_MX), "MX");
	cr_expect_str_eq(contact_kind_word(CONTACT_REFUSED), "refused");
}

/* Whoever forges a PROXY header must not choose who is accused. */
Test(fact, a_claimed_client_counts_only_from_a_trusted_proxy)
{
	static const struct {
		const char *claimed;
		bool trusted;
		const char *want;
	} cases[] = {
		{ NULL, false, "192.0.2.1" },
		{ NULL, true, "192.0.2.1" },
		{ "203.0.113.9", false, "192.0.2.1" },
		{ "203.0.113.9", true, "203.0.113.9" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact_origin origin = { .claim_trusted = cases[i].trusted };
		char text[IP_TEXT_MAX];

		cr_assert_eq(ip_address_parse("192.0.2.1", &origin.connection.client), RESULT_OK);
		if (cases[i].claimed != NULL)
			cr_assert_eq(ip_address_parse(cases[i].claimed, &origin.claimed_client),
				     RESULT_OK);
		cr_expect_str_eq(ip_address_format(fact_client(&origin), text), cases[i].want);
	}
}
