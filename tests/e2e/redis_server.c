#include "e2e/redis_server.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "e2e/run.h"

#define START_TRIES 1000
#define WORDS_MAX 16

int free_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, length), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	(void)close(fd);
	return ntohs(address.sin_port);
}

/* In the child: become Redis. */
static void become_redis(const struct redis_server *server)
{
	char port[16];
	int null = open("/dev/null", O_WRONLY);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(port, sizeof(port), "%d", server->port);
	(void)dup2(null, STDOUT_FILENO);
	(void)execlp("redis-server", "redis-server", "--bind", "127.0.0.1", "--port", port, "--dir",
		     server->folder, "--save", "", "--appendonly", "no", (char *)NULL);
	(void)fprintf(stderr, "cannot run 'redis-server': %s\n", strerror(errno));
	_exit(127);
}

/* Until it answers; it may need a moment, or the port was taken meanwhile. */
static void connect_soon(struct redis_server *server)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };

	for (int i = 0; i < START_TRIES; i++) {
		cr_assert_eq(waitpid(server->pid, NULL, WNOHANG), 0, "redis-server ended at once");
		server->connection = redisConnect("127.0.0.1", server->port);
		if (server->connection && !server->connection->err)
			return;
		redisFree(server->connection);
		server->connection = NULL;
		(void)nanosleep(&pause, NULL);
	}
	cr_assert_fail("redis-server does not answer");
}

void redis_server_start(struct redis_server *server)
{
	memset(server, 0, sizeof(*server));
	scratch_make(server->folder, sizeof(server->folder));
	server->port = free_port();
	(void)snprintf(server->url, sizeof(server->url), "redis://127.0.0.1:%d", server->port);
	redis_server_revive(server);
}

void redis_server_kill(struct redis_server *server)
{
	redisFree(server->connection);
	server->connection = NULL;
	(void)kill(server->pid, SIGKILL);
	(void)waitpid(server->pid, NULL, 0);
	server->pid = 0;
}

void redis_server_revive(struct redis_server *server)
{
	server->pid = fork();
	cr_assert(server->pid >= 0);
	if (server->pid == 0)
		become_redis(server);
	connect_soon(server);
}

void redis_server_stop(struct redis_server *server)
{
	if (server->connection)
		redisFree(server->connection);
	if (server->pid > 0) {
		(void)kill(server->pid, SIGTERM);
		(void)waitpid(server->pid, NULL, 0);
	}
	scratch_remove(server->folder);
	memset(server, 0, sizeof(*server));
}

redisReply *redis_ask(struct redis_server *server, const char *const *words)
{
	const char *copy[WORDS_MAX];
	size_t count = run_argument_count(words);
	redisReply *reply;

	cr_assert_leq(count, WORDS_MAX);
	for (size_t i = 0; i < count; i++)
		copy[i] = words[i];
	reply = redisCommandArgv(server->connection, (int)count, copy, NULL);
	cr_assert_not_null(reply, "Redis: %s", server->connection->errstr);
	cr_assert_neq(reply->type, REDIS_REPLY_ERROR, "Redis: %s", reply->str);
	return reply;
}

const char *redis_entry_field(const redisReply *entry, const char *field)
{
	const redisReply *fields;

	cr_assert_eq(entry->elements, 2);
	fields = entry->element[1];
	for (size_t i = 0; i + 1 < fields->elements; i += 2) {
		if (strcmp(fields->element[i]->str, field) == 0)
			return fields->element[i + 1]->str;
	}
	return NULL;
}
