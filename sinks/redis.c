#include "sinks/redis.h"

#include "core/text.h"
#include "sinks/redis_answer.h"
#include "sinks/redis_queue.h"
#include "sinks/redis_url.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STREAM_KEPT "100000"
#define BACK_OFF_FIRST_MS 1000
#define BACK_OFF_MOST_MS 30000

/* Kinds of trouble that are said once: the rows of redis_answer.c, and these. */
enum { KIND_UNREACHABLE = 62, KIND_BROKEN = 63 };

struct redis {
	struct redis_address address;
	char *key, *password;
	enum redis_mode mode;
	struct event_env env;
	struct sink_errors errors;
	redisContext *connection; /* NULL: away */
	struct redis_queue queue;
	uint64_t said; /* a bit for each kind of trouble */
	int64_t next_try_ms;
	int64_t back_off_ms;
	struct error last_error;
};

/* What became of a command. */
enum sent { SENT, SENT_REFUSED /* Redis says no */, SENT_BROKEN /* no answer came */ };

static const char *const mode_words[] = {
	[REDIS_STREAM] = "stream",
	[REDIS_LIST] = "list",
	[REDIS_CHANNEL] = "channel",
};

/* Read one of the three words. */
enum result redis_mode_parse(const char *word, enum redis_mode *out, struct error *error)
{
	for (size_t i = 0; i < ARRAY_COUNT(mode_words); i++) {
		if (strcmp(word, mode_words[i]) != 0)
			continue;
		*out = (enum redis_mode)i;
		return RESULT_OK;
	}
	return error_set(error, RESULT_BAD, "'%s' is no mode; there are stream, list, channel",
			 word);
}

static int64_t monotonic_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct timeval milliseconds(int ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

static void disconnect(struct redis *redis)
{
	if (redis->connection != NULL)
		redisFree(redis->connection);
	redis->connection = NULL;
}

/* Say it, unless this kind was said since things last went well. */
static void complain(struct redis *redis, unsigned kind)
{
	uint64_t bit = UINT64_C(1) << kind;

	if ((redis->said & bit) != 0)
		return;
	redis->said |= bit;
	redis->errors.say(redis->errors.ctx, redis->last_error.text);
}

/* "127.0.0.1:6379", "/run/redis.sock" */
static void place(const struct redis *redis, char *out, size_t out_size)
{
	const struct redis_address *address = &redis->address;
	bool bracket = strchr(address->host, ':') != NULL;

	if (address->is_unix)
		(void)snprintf(out, out_size, "%s", address->host);
	else
		(void)snprintf(out, out_size, bracket ? "[%s]:%u" : "%s:%u", address->host,
			       address->port);
}

static void lost_connection(struct redis *redis, const char *why)
{
	char where[REDIS_HOST_MAX + 16];

	place(redis, where, sizeof(where));
	(void)error_set(&redis->last_error, RESULT_FAILED,
			"Redis at '%s' does not answer: %s; alerts wait until it does", where, why);
	disconnect(redis);
}

static enum sent refused(struct redis *redis, struct span refusal, unsigned *out_kind)
{
	*out_kind = redis_answer_kind(refusal);
	redis_answer_explain(refusal, redis->key, &redis->last_error);
	return SENT_REFUSED;
}

/* One command. A refusal stands in last_error. */
static enum sent command(struct redis *redis, int count, const char **words, unsigned *out_kind)
{
	size_t lengths[2 * FIELD_COUNT + 8];
	redisReply *reply;
	enum sent sent = SENT;

	for (int i = 0; i < count; i++)
		lengths[i] = strlen(words[i]);
	reply = redisCommandArgv(redis->connection, count, words, lengths);
	if (reply == NULL) {
		*out_kind = KIND_BROKEN;
		lost_connection(redis, redis->connection->errstr);
		return SENT_BROKEN;
	}
	if (reply->type == REDIS_REPLY_ERROR)
		sent = refused(redis, span_of(reply->str, (size_t)reply->len), out_kind);
	freeReplyObject(reply);
	return sent;
}

static enum sent authenticate(struct redis *redis, unsigned *out_kind)
{
	const char *with_user[] = { "AUTH", redis->address.user, redis->password };
	const char *alone[] = { "AUTH", redis->password };

	if (redis->password == NULL)
		return SENT;
	if (redis->address.user[0] != '\0')
		return command(redis, 3, with_user, out_kind);
	return command(redis, 2, alone, out_kind);
}

static enum sent select_database(struct redis *redis, unsigned *out_kind)
{
	char number[16];
	const char *words[] = { "SELECT", number };

	if (redis->address.database == 0)
		return SENT;
	(void)snprintf(number, sizeof(number), "%" PRIu32, redis->address.database);
	return command(redis, 2, words, out_kind);
}

/* The connection alone. */
static bool reach(struct redis *redis)
{
	const struct redis_address *address = &redis->address;
	struct timeval patience = milliseconds(REDIS_CONNECT_MS);
	char where[REDIS_HOST_MAX + 16];

	if (address->is_unix)
		redis->connection = redisConnectUnixWithTimeout(address->host, patience);
	else
		redis->connection = redisConnectWithTimeout(address->host, address->port, patience);
	if (redis->connection != NULL && redis->connection->err == 0 &&
	    redisSetTimeout(redis->connection, milliseconds(REDIS_COMMAND_MS)) == REDIS_OK)
		return true;
	place(redis, where, sizeof(where));
	(void)error_set(&redis->last_error, RESULT_FAILED,
			"cannot reach Redis at '%s': %s; start it, or correct the URL", where,
			redis->connection == NULL ? "no memory" : redis->connection->errstr);
	disconnect(redis);
	return false;
}

/*
 * Ask for the type of the key, which is "none" before the first alert, so that trouble is told at
 * once and not with the first alert. Who may write need not be allowed to ask.
 */
static enum sent probe(struct redis *redis, unsigned *out_kind)
{
	static const char *const types[] = { [REDIS_STREAM] = "stream", [REDIS_LIST] = "list" };
	const char *words[] = { "TYPE", redis->key };
	const char *wanted = redis->mode == REDIS_CHANNEL ? NULL : types[redis->mode];
	redisReply *reply = redisCommandArgv(redis->connection, 2, words, NULL);
	struct text refusal;
	enum sent sent = SENT;

	if (reply == NULL) {
		*out_kind = KIND_BROKEN;
		lost_connection(redis, redis->connection->errstr);
		return SENT_BROKEN;
	}
	text_init(&refusal, 256);
	if (reply->type == REDIS_REPLY_ERROR)
		text_add(&refusal, reply->str);
	else if (wanted != NULL && strcmp(reply->str, "none") != 0 &&
		 strcmp(reply->str, wanted) != 0)
		text_addf(&refusal, "WRONGTYPE It is a %s and not a %s", reply->str, wanted);
	if (refusal.length > 0 && !span_starts_nocase(text_span(&refusal), "NOPERM"))
		sent = refused(redis, text_span(&refusal), out_kind);
	text_clear(&refusal);
	freeReplyObject(reply);
	return sent;
}

/* Connect, be let in, and look whether alerts would be taken. */
static bool connect_once(struct redis *redis, unsigned *out_kind)
{
	*out_kind = KIND_UNREACHABLE;
	if (!reach(redis))
		return false;
	if (authenticate(redis, out_kind) == SENT && select_database(redis, out_kind) == SENT &&
	    probe(redis, out_kind) == SENT)
		return true;
	disconnect(redis);
	return false;
}

/* The next try comes later, and the one after that later still. */
static void back_off(struct redis *redis)
{
	redis->next_try_ms = monotonic_ms() + redis->back_off_ms;
	redis->back_off_ms *= 2;
	if (redis->back_off_ms > BACK_OFF_MOST_MS)
		redis->back_off_ms = BACK_OFF_MOST_MS;
}

static void went_well(struct redis *redis)
{
	redis->back_off_ms = BACK_OFF_FIRST_MS;
	redis->next_try_ms = 0;
	redis->said = 0;
}

static enum sent push(struct redis *redis, const struct redis_entry *entry, unsigned *out_kind)
{
	const char *words[2 * FIELD_COUNT + 6] = { "XADD", redis->key,  "MAXLEN",
						   "~",    STREAM_KEPT, "*" };
	const char *list[] = { redis->mode == REDIS_LIST ? "RPUSH" : "PUBLISH", redis->key,
			       entry->values[FIELD_EVENT] };
	int count = 6;

	if (redis->mode != REDIS_STREAM)
		return command(redis, 3, list, out_kind);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		words[count++] = redis_field_names[i];
		words[count++] = entry->values[i];
	}
	return command(redis, count, words, out_kind);
}

/*
 * Push what waits. A connection that turns out to be dead (Redis was restarted) is made anew at
 * once; after any other failure the next try waits. at_once: do not wait for that time.
 */
static void drain(struct redis *redis, bool at_once)
{
	bool made_anew = false;
	unsigned kind = KIND_UNREACHABLE;

	if (!at_once && monotonic_ms() < redis->next_try_ms)
		return;
	while (redis->queue.first != NULL) {
		enum sent sent = SENT_BROKEN;
		bool was_connected = redis->connection != NULL;

		if (was_connected || connect_once(redis, &kind))
			sent = push(redis, redis->queue.first, &kind);
		if (sent == SENT) {
			redis_queue_drop_first(&redis->queue);
			went_well(redis);
			continue;
		}
		if (sent == SENT_BROKEN && was_connected && !made_anew) {
			made_anew = true;
			continue;
		}
		complain(redis, kind);
		back_off(redis);
		return;
	}
}

static void redis_alert(void *state, const struct alert *alert)
{
	struct redis *redis = state;

	redis_queue_put(&redis->queue, &redis->env, alert);
	drain(redis, false);
}

static enum result redis_flush(void *state, struct error *error)
{
	struct redis *redis = state;

	(void)error; /* it is said already */
	drain(redis, false);
	return RESULT_OK;
}

static void free_redis(struct redis *redis)
{
	disconnect(redis);
	redis_queue_clear(&redis->queue);
	if (redis->password != NULL)
		explicit_bzero(redis->password, strlen(redis->password));
	free(redis->password);
	free(redis->key);
	free(redis);
}

/* The last try; what is left then is lost. */
static enum result redis_close(void *state, struct error *error)
{
	struct redis *redis = state;
	enum result r = RESULT_OK;
	uint64_t lost;
	unsigned kind;

	drain(redis, true);
	lost = redis->queue.lost + redis->queue.count;
	if (lost > 0)
		r = error_set(error, RESULT_FAILED,
			      "%" PRIu64 " of %" PRIu64 " alerts did not reach Redis", lost,
			      redis->queue.sequence);
	else if (redis->said != 0 && redis->connection == NULL && !connect_once(redis, &kind))
		r = RESULT_FAILED;
	free_redis(redis);
	return r;
}

static const struct sink_ops ops = {
	.name = "redis",
	.alert = redis_alert,
	.flush = redis_flush,
	.close = redis_close,
};

/* All but the connection. */
static enum result make(struct redis **out, const struct redis_options *options,
			struct error *error)
{
	struct redis *redis;
	struct redis_address address;

	if (redis_url_parse(options->url, &address, error) != RESULT_OK)
		return RESULT_BAD;
	redis = calloc(1, sizeof(*redis));
	if (redis == NULL)
		return error_set(error, RESULT_FAILED, "no memory");
	redis->address = address;
	redis->mode = options->mode;
	redis->env = options->env;
	redis->errors = options->errors;
	redis->back_off_ms = BACK_OFF_FIRST_MS;
	redis->key = strdup(options->key == NULL ? REDIS_KEY_DEFAULT : options->key);
	if (options->password != NULL)
		redis->password = strdup(options->password);
	if (redis->key == NULL || (options->password != NULL && redis->password == NULL)) {
		free_redis(redis);
		return error_set(error, RESULT_FAILED, "no memory");
	}
	*out = redis;
	return RESULT_OK;
}

/* A sink that pushes alerts. Trouble is told at once, not with the first alert. */
enum result redis_new(struct sink *out, const struct redis_options *options, struct error *error)
{
	struct redis *redis;
	unsigned kind;
	enum result r = make(&redis, options, error);

	if (r != RESULT_OK)
		return r;
	if (!connect_once(redis, &kind)) {
		complain(redis, kind);
		back_off(redis);
	}
	*out = (struct sink){ .ops = &ops, .state = redis };
	return RESULT_OK;
}

static void say_nothing(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

/* One try, which leaves nothing behind in Redis. */
enum result redis_try(const struct redis_options *options, struct error *error)
{
	struct redis_options quiet = *options;
	struct redis *redis;
	unsigned kind;
	enum result r;

	quiet.errors = (struct sink_errors){ .say = say_nothing };
	r = make(&redis, &quiet, error);
	if (r != RESULT_OK)
		return r;
	if (!connect_once(redis, &kind))
		r = error_set(error, RESULT_FAILED, "%s", redis->last_error.text);
	free_redis(redis);
	return r;
}

/* For --version. */
const char *redis_library_version(void)
{
	static const char version[] = {
		'0' + HIREDIS_MAJOR, '.', '0' + HIREDIS_MINOR / 10, '0' + HIREDIS_MINOR % 10, '.',
		'0' + HIREDIS_PATCH, '\0'
	};

	return version;
}
