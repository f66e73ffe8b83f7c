#include "sinks/redis_link.h"

#include "sinks/redis_answer.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct redis_link {
	struct redis_address address;
	char *key, *password;
	redisContext *connection; /* NULL: away */
	struct error error;
};

static struct timeval milliseconds(int ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

/* Copies of all that was given. */
enum result redis_link_new(struct redis_link **out, const char *url, const char *key,
			   const char *password, struct error *error)
{
	struct redis_link *link;
	struct redis_address address;

	if (redis_url_parse(url, &address, error) != RESULT_OK)
		return RESULT_BAD;
	link = calloc(1, sizeof(*link));
	if (link == NULL)
		return error_set(error, RESULT_FAILED, "no memory");
	link->address = address;
	link->key = strdup(key);
	if (password != NULL)
		link->password = strdup(password);
	if (link->key == NULL || (password != NULL && link->password == NULL)) {
		redis_link_free(&link);
		return error_set(error, RESULT_FAILED, "no memory");
	}
	*out = link;
	return RESULT_OK;
}

/* Leave nothing behind. */
void redis_link_free(struct redis_link **link)
{
	struct redis_link *l = *link;

	if (l == NULL)
		return;
	redis_link_close(l);
	if (l->password != NULL)
		explicit_bzero(l->password, strlen(l->password));
	free(l->password);
	free(l->key);
	free(l);
	*link = NULL;
}

const char *redis_link_key(const struct redis_link *link)
{
	return link->key;
}

bool redis_link_is_up(const struct redis_link *link)
{
	return link->connection != NULL;
}

const struct error *redis_link_error(const struct redis_link *link)
{
	return &link->error;
}

void redis_link_close(struct redis_link *link)
{
	if (link->connection != NULL)
		redisFree(link->connection);
	link->connection = NULL;
}

/* "127.0.0.1:6379", "/run/redis.sock" */
static void place(const struct redis_link *link, char *out, size_t out_size)
{
	const struct redis_address *address = &link->address;
	bool bracket = strchr(address->host, ':') != NULL;

	if (address->is_unix)
		(void)snprintf(out, out_size, "%s", address->host);
	else
		(void)snprintf(out, out_size, bracket ? "[%s]:%u" : "%s:%u", address->host,
			       address->port);
}

static enum sent lost(struct redis_link *link, unsigned *out_kind)
{
	char where[REDIS_HOST_MAX + 16];

	*out_kind = KIND_BROKEN;
	place(link, where, sizeof(where));
	(void)error_set(&link->error, RESULT_FAILED, "Redis at '%s' does not answer: %s", where,
			link->connection->errstr);
	redis_link_close(link);
	return SENT_BROKEN;
}

/* Keep what the refusal means. */
enum sent redis_link_refuse(struct redis_link *link, struct span refusal, unsigned *out_kind)
{
	*out_kind = redis_answer_kind(refusal);
	redis_answer_explain(refusal, link->key, &link->error);
	return SENT_REFUSED;
}

/* One command, and its answer. A refusal stands in the error. */
enum sent redis_link_ask(struct redis_link *link, int count, const char **words,
			 struct redisReply **out, unsigned *out_kind)
{
	size_t lengths[REDIS_WORDS_MAX];
	redisReply *reply;
	enum sent sent;

	for (int i = 0; i < count && i < REDIS_WORDS_MAX; i++)
		lengths[i] = strlen(words[i]);
	reply = redisCommandArgv(link->connection, count, words, lengths);
	if (reply == NULL)
		return lost(link, out_kind);
	if (reply->type != REDIS_REPLY_ERROR) {
		*out = reply;
		return SENT;
	}
	sent = redis_link_refuse(link, span_of(reply->str, (size_t)reply->len), out_kind);
	freeReplyObject(reply);
	return sent;
}

/* One command whose answer says nothing but that it went well. */
enum sent redis_link_command(struct redis_link *link, int count, const char **words,
			     unsigned *out_kind)
{
	redisReply *reply = NULL;
	enum sent sent = redis_link_ask(link, count, words, &reply, out_kind);

	if (sent == SENT)
		freeReplyObject(reply);
	return sent;
}

static enum sent authenticate(struct redis_link *link, unsigned *out_kind)
{
	const char *with_user[] = { "AUTH", link->address.user, link->password };
	const char *alone[] = { "AUTH", link->password };

	if (link->password == NULL)
		return SENT;
	if (link->address.user[0] != '\0')
		return redis_link_command(link, 3, with_user, out_kind);
	return redis_link_command(link, 2, alone, out_kind);
}

static enum sent select_database(struct redis_link *link, unsigned *out_kind)
{
	char number[16];
	const char *words[] = { "SELECT", number };

	if (link->address.database == 0)
		return SENT;
	(void)snprintf(number, sizeof(number), "%" PRIu32, link->address.database);
	return redis_link_command(link, 2, words, out_kind);
}

/* The connection alone. */
static bool reach(struct redis_link *link)
{
	const struct redis_address *address = &link->address;
	struct timeval patience = milliseconds(REDIS_CONNECT_MS);
	char where[REDIS_HOST_MAX + 16];

	if (address->is_unix)
		link->connection = redisConnectUnixWithTimeout(address->host, patience);
	else
		link->connection = redisConnectWithTimeout(address->host, address->port, patience);
	if (link->connection != NULL && link->connection->err == 0 &&
	    redisSetTimeout(link->connection, milliseconds(REDIS_COMMAND_MS)) == REDIS_OK)
		return true;
	place(link, where, sizeof(where));
	(void)error_set(&link->error, RESULT_FAILED,
			"cannot reach Redis at '%s': %s; start it, or correct the URL", where,
			link->connection == NULL ? "no memory" : link->connection->errstr);
	redis_link_close(link);
	return false;
}

/* Up, or closed again. */
enum sent redis_link_open(struct redis_link *link, unsigned *out_kind)
{
	enum sent sent;

	*out_kind = KIND_UNREACHABLE;
	if (!reach(link))
		return SENT_BROKEN;
	sent = authenticate(link, out_kind);
	if (sent == SENT)
		sent = select_database(link, out_kind);
	if (sent != SENT)
		redis_link_close(link);
	return sent;
}
