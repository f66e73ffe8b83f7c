/*
 * fact_json - every kind of fact as JSON, nothing left out
 *
 * In:      a fact.
 * Out:     one JSON object without a line end. It begins with "schema" (FACT_SCHEMA) and "kind",
 *          which a reader must know before it goes on. Names are those of core/fact.h. Times are
 *          nanoseconds since 1970; "at" is [file, frame].
 * Limits:  the limit of the text.
 * Errors:  false: the text was cut or there was no memory; it must not be used.
 * Owner:   the caller owns the text.
 *
 * Unlike the events for people, a fact loses nothing: bytes that are not UTF-8 are written as
 * {"hex": "..."} where a string would stand.
 */
#ifndef RELAYWATCH_SINKS_FACT_JSON_H
#define RELAYWATCH_SINKS_FACT_JSON_H

#include "core/fact.h"
#include "core/text.h"

MUST_USE bool fact_json(struct text *out, const struct fact *fact);

#endif
