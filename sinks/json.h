/*
 * json - write one JSON text, member by member
 *
 * In:      keys of our own, and values: numbers, our texts, bytes from the wire.
 * Out:     JSON in UTF-8 on one line, appended to a struct text.
 * Limits:  JSON_DEPTH_MAX levels; the limit of the text: what is cut there is no JSON any more,
 *          so ask json_whole before it is used.
 * Errors:  json_whole says false.
 * Owner:   the caller owns the text.
 *
 * A byte that is not UTF-8 (RFC 3629) becomes U+FFFD; control characters, DEL, C1 and the two
 * line separators of Unicode are escaped, so that a line stays a line wherever it is read.
 */
#ifndef RELAYWATCH_SINKS_JSON_H
#define RELAYWATCH_SINKS_JSON_H

#include "core/address.h"
#include "core/text.h"

#define JSON_DEPTH_MAX 32

struct json {
	struct text *out;
	uint32_t depth;
	uint32_t has_member; /* a bit for each level: a comma comes first */
	bool too_deep;
};

void json_begin(struct json *json, struct text *out);
/* Is everything closed, and nothing of it missing? */
bool json_whole(const struct json *json);

/* key: NULL inside an array, and for the outermost value. */
void json_object_open(struct json *json, const char *key);
void json_object_close(struct json *json);
void json_array_open(struct json *json, const char *key);
void json_array_close(struct json *json);

void json_span(struct json *json, const char *key, struct span value);
void json_text(struct json *json, const char *key, const char *value); /* NULL: null */
void json_seen(struct json *json, const char *key, struct span value); /* empty: null */
void json_int(struct json *json, const char *key, int64_t value);
void json_uint(struct json *json, const char *key, uint64_t value);
void json_decimal(struct json *json, const char *key, double value); /* two decimals */
void json_bool(struct json *json, const char *key, bool value);
void json_none(struct json *json, const char *key);
void json_time(struct json *json, const char *key, int64_t time_ns); /* RFC 3339, UTC */
void json_ip(struct json *json, const char *key, const struct ip_address *address);
void json_hex(struct json *json, const char *key, struct span value);

#endif
