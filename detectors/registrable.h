/*
 * registrable - the registrable part of a domain (libpsl stays behind this file)
 *
 * In:      a domain, folded, A-labels.
 * Out:     the part that somebody registered: "mx.mail.example.co.uk" gives "example.co.uk".
 * Limits:  253 bytes.
 * Errors:  an empty span: no such part.
 * Owner:   the result is a part of what was given.
 */
#ifndef RELAYWATCH_DETECTORS_REGISTRABLE_H
#define RELAYWATCH_DETECTORS_REGISTRABLE_H

#include "core/span.h"

struct span registrable_domain(struct span domain);
const char *registrable_library_version(void); /* of libpsl, for --version */

#endif
