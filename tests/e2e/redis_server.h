/*
 * redis_server - a real Redis of the test's own
 *
 * In:      -
 * Out:     a server on a free port of loopback, with nothing in it, and a connection to it.
 * Limits:  keeps nothing on disk; dies with the test.
 * Errors:  assertions of the test; redis_server_available() first where Redis may be missing.
 * Owner:   the caller owns the server and stops it.
 */
#ifndef RELAYWATCH_TESTS_E2E_REDIS_SERVER_H
#define RELAYWATCH_TESTS_E2E_REDIS_SERVER_H

#include <hiredis/hiredis.h>
#include <sys/types.h>

#define REDIS_KEY_ALERTS "{relaywatch:alerts}"

struct redis_server {
	pid_t pid;
	int port;
	char url[64]; /* as the program wants it */
	char folder[256];
	redisContext *connection;
};

void redis_server_start(struct redis_server *server);
void redis_server_stop(struct redis_server *server);
/* End it at once, as a crash would; and start it anew, empty, on the same port. */
void redis_server_kill(struct redis_server *server);
void redis_server_revive(struct redis_server *server);

/* A reply that is no error; the caller frees it. */
redisReply *redis_ask(struct redis_server *server, const char *const *words);
/* The value of a field of a stream's entry (an XRANGE element), or NULL. */
const char *redis_entry_field(const redisReply *entry, const char *field);
/* A port of loopback where nothing listens. */
int free_port(void);

#endif
