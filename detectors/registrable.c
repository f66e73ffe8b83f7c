#include "detectors/registrable.h"

#include <libpsl.h>
#include <string.h>

#define DOMAIN_MAX 253

/* By the Public Suffix List that the library was built with. */
struct span registrable_domain(struct span domain)
{
	char text[DOMAIN_MAX + 1];
	const char *part;

	if (domain.length == 0 || domain.length > DOMAIN_MAX ||
	    span_find_byte(domain, '\0') != SPAN_NOT_FOUND)
		return span_of(NULL, 0);
	memcpy(text, domain.data, domain.length);
	text[domain.length] = '\0';
	part = psl_registrable_domain(psl_builtin(), text);
	if (part == NULL)
		return span_of(NULL, 0);
	return span_part(domain, (size_t)(part - text), SIZE_MAX);
}

/* For --version. */
const char *registrable_library_version(void)
{
	return psl_get_version();
}
