/*
 * mail_address - where a mail address would lead in the end, its tricks undone
 *
 * In:      an address as on the wire, with or without < and >, of SMTP (quoting, source routes) or
 *          of QMTP and QMQP (raw).
 * Out:     its canonical local part and domain, the domain that stood outermost, the tricks.
 * Limits:  1024 bytes in; nested tricks are undone to a depth of 8.
 * Errors:  none: what cannot be parsed has an empty domain.
 * Owner:   the result is a plain struct that holds its own bytes.
 *
 * A trick counts only when the embedded part reads as a domain that differs from the outer one;
 * BATV (prvs=), VERP (list+user=domain@), SRS (SRS0=hash=tt=domain=user@) and X.400 are none.
 */
#ifndef RELAYWATCH_PROTOCOLS_MAIL_ADDRESS_H
#define RELAYWATCH_PROTOCOLS_MAIL_ADDRESS_H

#include "core/mail.h"

#define MAIL_ADDRESS_MAX 1024

struct mail_address {
	char canonical[2 *
		       MAIL_ADDRESS_MAX]; /* local@domain, folded; local alone without a domain */
	size_t canonical_length;
	size_t domain_start;                 /* in canonical; canonical_length: no domain */
	char outer_domain[MAIL_ADDRESS_MAX]; /* folded, A-labels, no trailing dot */
	size_t outer_domain_length;
	uint32_t tricks; /* enum address_trick */
};

void mail_address_parse(struct span address, struct mail_address *out);
/* Fold a domain: lower case, A-labels (libidn2), no trailing dot. Gives its length, 0: none. */
size_t mail_domain_fold(struct span domain, char *out, size_t out_size);
const char *mail_address_library_version(void); /* of libidn2, for --version */

#endif
