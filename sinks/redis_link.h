/*
 * redis_link - one connection to Redis: reach it, be let in, send a command
 *
 * In:      where it is, the key that errors name, the password.
 * Out:     what became of a command, or the answer to it.
 * Limits:  a connect takes at most REDIS_CONNECT_MS, a command REDIS_COMMAND_MS.
 * Errors:  the text in redis_link_error: what, and the mend. No retries: those are the caller's.
 * Owner:   the caller frees the link; the password is wiped then.
 */
#ifndef RELAYWATCH_SINKS_REDIS_LINK_H
#define RELAYWATCH_SINKS_REDIS_LINK_H

#include "core/span.h"
#include "sinks/redis_url.h"

#define REDIS_CONNECT_MS 1500
#define REDIS_COMMAND_MS 1500
#define REDIS_WORDS_MAX 64

/* What became of a command. */
enum sent { SENT, SENT_REFUSED /* Redis says no */, SENT_BROKEN /* no answer came */ };

struct redis_link;
struct redisReply; /* of hiredis */

/* RESULT_BAD: the URL. password: NULL: none. */
MUST_USE enum result redis_link_new(struct redis_link **out, const char *url, const char *key,
				    const char *password, struct error *error);
void redis_link_free(struct redis_link **link);
const char *redis_link_key(const struct redis_link *link);
bool redis_link_is_up(const struct redis_link *link);
/* Connect, log in, choose the database. */
enum sent redis_link_open(struct redis_link *link, unsigned *out_kind);
void redis_link_close(struct redis_link *link);
enum sent redis_link_command(struct redis_link *link, int count, const char **words,
			     unsigned *out_kind);
/* The answer is the caller's where it is SENT. */
enum sent redis_link_ask(struct redis_link *link, int count, const char **words,
			 struct redisReply **out, unsigned *out_kind);
/* Treat an answer that came as the refusal in its text. */
enum sent redis_link_refuse(struct redis_link *link, struct span refusal, unsigned *out_kind);
const struct error *redis_link_error(const struct redis_link *link);

/* Kinds of trouble: the rows of redis_answer.c, and these. */
enum { KIND_UNREACHABLE = 62, KIND_BROKEN = 63 };

#endif
