/* Domains by the Public Suffix List. */
#include "detectors/registrable.h"

#include "core/result.h"

#include <criterion/criterion.h>
#include <string.h>

Test(registrable, by_the_public_suffix_list)
{
	static const struct {
		const char *domain, *registrable; /* "": none */
	} rows[] = {
		{ "example.com", "example.com" },
		{ "mx1.mail.example.com", "example.com" },
		{ "mail.example.co.uk", "example.co.uk" },
		{ "co.uk", "" },
		{ "com", "" },
		{ "", "" },
		{ ".", "" },
		{ "localhost", "" },
		{ "mail.xn--bcher-kva.de", "xn--bcher-kva.de" },
		{ "a.b.github.io", "b.github.io" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct span part = registrable_domain(span_text(rows[i].domain));

		cr_expect(span_is_nocase(part, rows[i].registrable), "'%s'", rows[i].domain);
	}
}

/* What comes from the wire is no domain name as a rule, and must do no harm. */
Test(registrable, what_is_no_name)
{
	static const char with_nul[] = "example.com\0.evil.example";
	char lengthy[400];

	(void)memset(lengthy, 'a', sizeof(lengthy));
	lengthy[200] = '.';
	cr_expect_eq(registrable_domain(span_of(lengthy, sizeof(lengthy))).length, 0);
	cr_expect_eq(registrable_domain(span_of(with_nul, sizeof(with_nul) - 1)).length, 0);
	cr_expect_eq(registrable_domain(span_of(NULL, 0)).length, 0);
}
