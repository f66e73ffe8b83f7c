/*
 * time_text - packet time as people and machines read it
 *
 * In:      nanoseconds since 1970-01-01T00:00:00Z, also before it.
 * Out:     RFC 3339 in UTC with nanoseconds.
 * Limits:  -
 * Errors:  -
 * Owner:   the caller's buffer.
 */
#ifndef RELAYWATCH_CORE_TIME_TEXT_H
#define RELAYWATCH_CORE_TIME_TEXT_H

#include <stdint.h>

#define TIME_TEXT_MAX 48
#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_MINUTE (60 * NS_PER_SECOND)
#define NS_PER_HOUR (3600 * NS_PER_SECOND)

/* "2026-11-25T10:06:18.000000000Z" */
const char *time_text_ns(int64_t time_ns, char text[TIME_TEXT_MAX]);
/* "2026-11-25 10:06:18" */
const char *time_text_short(int64_t time_ns, char text[TIME_TEXT_MAX]);

#endif
