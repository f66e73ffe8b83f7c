/*
 * fuzz_mail_address - any address: its parts stay within their buffers, and are folded
 *
 * In:      the address.
 */
#include "protocols/mail_address.h"

#include <stdlib.h>

/* Folding what is folded changes nothing. */
static void check_folded(struct span domain)
{
	char again[MAIL_ADDRESS_MAX];
	size_t length = mail_domain_fold(domain, again, sizeof(again));

	if (domain.length > 0 && !span_equal(domain, span_of(again, length)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mail_address a;

	mail_address_parse(span_of(data, size), &a);
	if (a.canonical_length > sizeof(a.canonical) || a.domain_start > a.canonical_length ||
	    a.outer_domain_length > sizeof(a.outer_domain))
		abort();
	check_folded(span_of(a.outer_domain, a.outer_domain_length));
	check_folded(span_of(a.canonical + a.domain_start, a.canonical_length - a.domain_start));
	return 0;
}
