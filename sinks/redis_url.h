/*
 * redis_url - where Redis is, as a URL says it
 *
 * In:      redis://[USER@]HOST[:PORT][/DB], [IPv6]:PORT too; unix:/PATH[?db=N].
 * Out:     struct redis_address.
 * Limits:  the sizes of its members.
 * Errors:  RESULT_BAD: what is wrong with the URL; a password is never repeated in it.
 * Owner:   a plain value.
 */
#ifndef RELAYWATCH_SINKS_REDIS_URL_H
#define RELAYWATCH_SINKS_REDIS_URL_H

#include "core/result.h"

#include <stdbool.h>
#include <stdint.h>

#define REDIS_HOST_MAX 256
#define REDIS_USER_MAX 128

struct redis_address {
	char host[REDIS_HOST_MAX]; /* a name or address; the path when is_unix */
	bool is_unix;
	uint16_t port;
	uint32_t database;
	char user[REDIS_USER_MAX]; /* empty: the default user */
};

MUST_USE enum result redis_url_parse(const char *url, struct redis_address *out,
				     struct error *error);

#endif
