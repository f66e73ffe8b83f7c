/*
 * signatures - addresses that well-known relay tests use
 *
 * In:      the sender and a recipient of a transaction.
 * Out:     the name of the test, or NULL.
 * Limits:  -
 * Errors:  -
 * Owner:   constants.
 */
#ifndef RELAYWATCH_DETECTORS_SIGNATURES_H
#define RELAYWATCH_DETECTORS_SIGNATURES_H

#include "core/fact.h"

const char *signature_of(const struct fact_transaction *transaction,
			 const struct fact_recipient *recipient);

#endif
