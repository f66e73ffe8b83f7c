/* Each server is advised in the words of its own software, and every server in some. */
#include "detectors/advice.h"

#include <criterion/criterion.h>
#include <string.h>

Test(advice, for_whom)
{
	static const struct {
		enum mail_protocol protocol;
		const char *software, *has;
	} rows[] = {
		{ PROTOCOL_SMTP, "Postfix", "mynetworks" },
		{ PROTOCOL_SMTP, "postfix", "mynetworks" },
		{ PROTOCOL_SMTP, "Exim 4.97", "relay_from_hosts" },
		{ PROTOCOL_SMTP, "Sendmail 8.18.1", "promiscuous_relay" },
		{ PROTOCOL_SMTP, "OpenSMTPD", "match" },
		{ PROTOCOL_SMTP, "Microsoft ESMTP", "receive" },
		{ PROTOCOL_SMTP, "qmail", "rcpthosts" },
		{ PROTOCOL_SMTP, "qmail (IndiMail)", "rcpthosts" },
		{ PROTOCOL_SMTP, "Haraka", "relay_acl_allow" },
		{ PROTOCOL_SMTP, "Courier", "RELAYCLIENT" },
		{ PROTOCOL_SMTP, "Apache James", "authorizedAddresses" },
		{ PROTOCOL_SMTP, "Stalwart", "allowRelaying" },
		{ PROTOCOL_SMTP, "something else", "authentication" },
		{ PROTOCOL_SMTP, NULL, "authentication" },
		{ PROTOCOL_QMTP, NULL, "rcpthosts" },
		{ PROTOCOL_QMTP, "Postfix", "rcpthosts" },
		{ PROTOCOL_QMQP, NULL, "628" },
		{ PROTOCOL_QMQP, "Postfix", "qmqpd_authorized_clients" },
		{ PROTOCOL_LMTP, NULL, "LMTP" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *lines[ADVICE_MAX];
		struct advice_case of = { .protocol = rows[i].protocol,
					  .software = rows[i].software };
		uint32_t count = advice_for(&of, lines);
		bool found = false;

		cr_expect(count > 0 && count <= ADVICE_MAX, "row %zu", i);
		for (uint32_t k = 0; k < count; k++)
			found = found || strstr(lines[k], rows[i].has) != NULL;
		cr_expect(found, "row %zu: %s", i, count > 0 ? lines[0] : "nothing");
	}
}

Test(advice, a_proxy_is_told_which_ports_to_leave_alone)
{
	const char *lines[ADVICE_MAX];

	const struct advice_case proxy = { .protocol = PROTOCOL_SMTP, .proxy = true };

	cr_assert_eq(advice_for(&proxy, lines), 1);
	cr_expect_not_null(strstr(lines[0], "no mail port"));
}

Test(advice, none_for_no_protocol)
{
	const char *lines[ADVICE_MAX];

	cr_expect_eq(advice_for(&(struct advice_case){ .software = "Postfix" }, lines), 0);
}

/* The setting of the server's that a balancer needs comes before those that close it to strangers. */
Test(advice, by_way_of_a_balancer)
{
	struct advice_case of = { .protocol = PROTOCOL_SMTP, .software = "Postfix" };
	const char *plain[ADVICE_MAX], *lines[ADVICE_MAX];
	uint32_t count = advice_for(&of, plain);

	of.by_balancer = true;
	cr_assert_eq(advice_for(&of, lines), count + 1);
	cr_expect_not_null(strstr(lines[0], "balancer"));
	cr_expect_str_eq(lines[1], plain[0]);
}

/* Open over one family and closed over the other: what differs is on the way, not in the server. */
Test(advice, where_another_address_refuses)
{
	static const struct {
		uint8_t family, refuses_at;
		const char *has; /* NULL: nothing is said of it */
	} rows[] = {
		{ 6, 4, "userland" },      { 4, 6, "over IPv6" }, { 4, 4, "other address" },
		{ 6, 6, "other address" }, { 4, 0, NULL },        { 6, 0, NULL },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct advice_case of = { .protocol = PROTOCOL_SMTP,
					  .software = "Postfix",
					  .family = rows[i].family,
					  .refuses_at = rows[i].refuses_at };
		const char *lines[ADVICE_MAX];
		uint32_t count = advice_for(&of, lines);

		cr_assert_geq(count, 1);
		cr_expect_eq(strstr(lines[0], "the same server") != NULL, rows[i].has != NULL);
		if (rows[i].has != NULL)
			cr_expect_not_null(strstr(lines[0], rows[i].has), "%s", lines[0]);
		cr_expect_not_null(strstr(lines[count - 1], "mynetworks"));
	}
}
