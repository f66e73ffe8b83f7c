#include "protocols/mail_address.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct address_case {
	const char *wire;
	const char *canonical;
	const char *domain; /* where it leads */
	const char *outer;
	uint32_t tricks;
};

static void check(const struct address_case *c)
{
	struct mail_address a;
	size_t domain_length;

	mail_address_parse(span_text(c->wire), &a);
	domain_length = a.canonical_length - a.domain_start;
	cr_expect(span_is_nocase(span_of(a.canonical, a.canonical_length), c->canonical),
		  "'%s': canonical '%.*s'", c->wire, (int)a.canonical_length, a.canonical);
	cr_expect(domain_length == strlen(c->domain) &&
		      memcmp(a.canonical + a.domain_start, c->domain, domain_length) == 0,
		  "'%s': domain '%.*s'", c->wire, (int)domain_length, a.canonical + a.domain_start);
	cr_expect(a.outer_domain_length == strlen(c->outer) &&
		      memcmp(a.outer_domain, c->outer, a.outer_domain_length) == 0,
		  "'%s': outer '%.*s'", c->wire, (int)a.outer_domain_length, a.outer_domain);
	cr_expect_eq(a.tricks, c->tricks, "'%s': tricks %x, not %x", c->wire, a.tricks, c->tricks);
}

#define CHECK_ALL(cases)                                \
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) \
	check(&(cases)[i])

#define LITERAL TRICK_ADDRESS_LITERAL

/* The sixteen patterns of nmap and Metasploit, PROTOCOLS 3.6. */
Test(mail_address, relay_test_patterns)
{
	static const struct address_case cases[] = {
		{ "t@d.test", "t@d.test", "d.test", "d.test", 0 },
		{ "t%d.test@[192.0.2.1]", "t@d.test", "d.test", "[192.0.2.1]",
		  TRICK_PERCENT_HACK | LITERAL },
		{ "t%d.test@s.example", "t@d.test", "d.test", "s.example", TRICK_PERCENT_HACK },
		{ "\"t@d.test\"", "t@d.test", "d.test", "", TRICK_QUOTED_ADDRESS },
		{ "\"t%d.test\"", "t@d.test", "d.test", "", TRICK_PERCENT_HACK },
		{ "t@d.test@[192.0.2.1]", "t@d.test", "d.test", "[192.0.2.1]",
		  TRICK_DOUBLE_AT | LITERAL },
		{ "\"t@d.test\"@[192.0.2.1]", "t@d.test", "d.test", "[192.0.2.1]",
		  TRICK_QUOTED_ADDRESS | LITERAL },
		{ "t@d.test@s.example", "t@d.test", "d.test", "s.example", TRICK_DOUBLE_AT },
		{ "@[192.0.2.1]:t@d.test", "t@d.test", "d.test", "[192.0.2.1]",
		  TRICK_SOURCE_ROUTE | LITERAL },
		{ "@s.example:t@d.test", "t@d.test", "d.test", "s.example", TRICK_SOURCE_ROUTE },
		{ "d.test!t", "t@d.test", "d.test", "", TRICK_BANG_PATH },
		{ "d.test!t@[192.0.2.1]", "t@d.test", "d.test", "[192.0.2.1]",
		  TRICK_BANG_PATH | LITERAL },
		{ "d.test!t@s.example", "t@d.test", "d.test", "s.example", TRICK_BANG_PATH },
	};

	CHECK_ALL(cases);
}

Test(mail_address, further_tricks)
{
	static const struct address_case cases[] = {
		{ "t%d.test%e.test@s.example", "t@d.test", "d.test", "s.example",
		  TRICK_PERCENT_HACK },
		{ "@a.test,@b.test:t@d.test", "t@d.test", "d.test", "a.test", TRICK_SOURCE_ROUTE },
		{ "@[IPv6:2001:db8::1]:t@d.test", "t@d.test", "d.test", "[ipv6:2001:db8::1]",
		  TRICK_SOURCE_ROUTE | LITERAL },
		{ "\"d.test!t\"@s.example", "t@d.test", "d.test", "s.example", TRICK_BANG_PATH },
		{ "\"@s.example:t@d.test\"@s.example", "t@d.test", "d.test", "s.example",
		  TRICK_SOURCE_ROUTE },
		{ "t%d.test@", "t@d.test", "d.test", "", TRICK_PERCENT_HACK },
		{ "a.test!d.test!t@s.example", "t@d.test", "d.test", "s.example", TRICK_BANG_PATH },
		{ "t@d.test.", "t@d.test", "d.test", "d.test", TRICK_TRAILING_DOT },
		{ "t%d.test.@s.example", "t@d.test", "d.test", "s.example",
		  TRICK_PERCENT_HACK | TRICK_TRAILING_DOT },
		{ "22:postmaster@example.com,", "postmaster@example.com", "example.com",
		  "example.com", TRICK_NESTED_NETSTRING },
		{ "t%[203.0.113.9]@s.example", "t@[203.0.113.9]", "[203.0.113.9]", "s.example",
		  TRICK_PERCENT_HACK },
	};

	CHECK_ALL(cases);
}

/* N18: what looks like a trick, and is none. */
Test(mail_address, legal_addresses_hold_no_trick)
{
	static const struct address_case cases[] = {
		{ "prvs=4912f3a1b2=anna@example.com", "prvs=4912f3a1b2=anna@example.com",
		  "example.com", "example.com", 0 },
		{ "SRS0=Kx7q=5T=nordwind.test=oskar@example.com",
		  "srs0=kx7q=5t=nordwind.test=oskar@example.com", "example.com", "example.com", 0 },
		{ "list+u=d.test@example.com", "list+u=d.test@example.com", "example.com",
		  "example.com", 0 },
		{ "/G=Anna/S=Muster/@example.com", "/g=anna/s=muster/@example.com", "example.com",
		  "example.com", 0 },
		{ "100%sure@example.com", "100%sure@example.com", "example.com", "example.com", 0 },
		{ "wow!@example.com", "wow!@example.com", "example.com", "example.com", 0 },
		{ "\"Anna Muster\"@example.com", "anna muster@example.com", "example.com",
		  "example.com", 0 },
		{ "u%example.com@example.com", "u@example.com", "example.com", "example.com", 0 },
		{ "anna@[192.0.2.15]", "anna@[192.0.2.15]", "[192.0.2.15]", "[192.0.2.15]", 0 },
		{ "u@[IPv6:2001:db8::1]", "u@[ipv6:2001:db8::1]", "[ipv6:2001:db8::1]",
		  "[ipv6:2001:db8::1]", 0 },
		{ "postmaster", "postmaster", "", "", 0 },
		{ "", "", "", "", 0 },
		{ "<Anna@EXAMPLE.Com>", "anna@example.com", "example.com", "example.com", 0 },
		{ " <anna@example.com> ", "anna@example.com", "example.com", "example.com", 0 },
		{ "Hate.The Quoting@silverton.example", "hate.the quoting@silverton.example",
		  "silverton.example", "silverton.example", 0 },
		{ "\\Backslashes!@silverton.example", "\\backslashes!@silverton.example",
		  "silverton.example", "silverton.example", 0 },
	};

	CHECK_ALL(cases);
}

/* N30: the same domain as U-label and as A-label. */
Test(mail_address, international_domains_compare_equal)
{
	static const struct address_case cases[] = {
		{ "leser@b\xc3\xbc"
		  "cher.example.com",
		  "leser@xn--bcher-kva.example.com", "xn--bcher-kva.example.com",
		  "xn--bcher-kva.example.com", 0 },
		{ "LESER@XN--BCHER-KVA.Example.COM", "leser@xn--bcher-kva.example.com",
		  "xn--bcher-kva.example.com", "xn--bcher-kva.example.com", 0 },
		{ "u@\xff\xfe.example", "u@\xff\xfe.example", "\xff\xfe.example",
		  "\xff\xfe.example", 0 },
		/* No mapping makes blanks or an @ (here U+FF20) of a part of a name. */
		{ "u@a\xef\xbc\xa0"
		  "b.example",
		  "u@a\xef\xbc\xa0"
		  "b.example",
		  "a\xef\xbc\xa0"
		  "b.example",
		  "a\xef\xbc\xa0"
		  "b.example",
		  0 },
	};

	CHECK_ALL(cases);
}

/* However a name ends, it is the same name. */
Test(mail_address, dots_at_the_end_are_no_part_of_a_domain)
{
	static const struct address_case cases[] = {
		{ "u@d.test.", "u@d.test", "d.test", "d.test", TRICK_TRAILING_DOT },
		{ "u@d.test..", "u@d.test", "d.test", "d.test", TRICK_TRAILING_DOT },
		{ "u@d.test .", "u@d.test", "d.test", "d.test", TRICK_TRAILING_DOT },
		{ "u@d.test.\xe3\x80\x82", "u@d.test", "d.test", "d.test", 0 }, /* U+3002 */
		{ "u@..", "u", "", "", TRICK_TRAILING_DOT },
	};

	CHECK_ALL(cases);
}

/* Nothing outside the buffer is read or written, and time stays linear in the length. */
Test(mail_address, long_and_nested_input_is_bounded)
{
	static const char units[] = "@!%\":,.[\\a";
	char *wire = malloc(1 << 20);
	struct mail_address a;

	for (size_t u = 0; u + 1 < sizeof(units); u++) {
		memset(wire, units[u], 1 << 20);
		mail_address_parse(span_of(wire, 1 << 20), &a);
		cr_expect(a.canonical_length <= sizeof(a.canonical));
		cr_expect(a.domain_start <= a.canonical_length);
		cr_expect(a.outer_domain_length <= sizeof(a.outer_domain));
	}
	free(wire);
}

Test(mail_address, an_embedded_nul_is_no_domain)
{
	struct mail_address a;

	mail_address_parse(span_of("u@d\0.test", 9), &a);
	cr_expect_eq(a.domain_start, a.canonical_length);
}
