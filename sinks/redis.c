#include "sinks/redis.h"

#include "core/text.h"
#include "sinks/redis_answer.h"
#include "sinks/redis_link.h"
#include "sinks/redis_queue.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STREAM_KEPT "100000"
#define BACK_OFF_FIRST_MS 1000
#define BACK_OFF_MOST_MS 30000

struct redis {
	struct redis_link *link;
	enum redis_mode mode;
	struct event_env env;
	struct sink_errors errors;
	struct redis_queue queue;
	uint64_t said; /* a bit for each kind of trouble; a kind is said once */
	int64_t next_try_ms;
	int64_t back_off_ms;
};

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

/* Say it, unless this kind was said since things last went well. */
static void complain(struct redis *redis, unsigned kind)
{
	uint64_t bit = UINT64_C(1) << kind;
	const char *comfort = kind == KIND_BROKEN ? "; alerts wait until it does" : "";
	struct error said;

	if ((redis->said & bit) != 0)
		return;
	redis->said |= bit;
	(void)error_set(&said, RESULT_FAILED, "%s%s", redis_link_error(redis->link)->text, comfort);
	redis->errors.say(redis->errors.ctx, said.text);
}

/*
 * Ask for the type of the key, which is "none" before the first alert, so that trouble is told at
 * once and not with the first alert. Who may write need not be allowed to ask.
 */
static enum sent probe(struct redis *redis, unsigned *out_kind)
{
	static const char *const types[] = { [REDIS_STREAM] = "stream", [REDIS_LIST] = "list" };
	const char *words[] = { "TYPE", redis_link_key(redis->link) };
	const char *wanted = redis->mode == REDIS_CHANNEL ? NULL : types[redis->mode];
	redisReply *reply = NULL;
	struct text refusal;
	enum sent sent = redis_link_ask(redis->link, 2, words, &reply, out_kind);

	if (sent == SENT_REFUSED && *out_kind == redis_answer_kind(span_text("NOPERM")))
		return SENT;
	if (sent != SENT)
		return sent;
	text_init(&refusal, 256);
	if (wanted != NULL && strcmp(reply->str, "none") != 0 && strcmp(reply->str, wanted) != 0)
		text_addf(&refusal, "WRONGTYPE It is a %s and not a %s", reply->str, wanted);
	if (refusal.length > 0)
		sent = redis_link_refuse(redis->link, text_span(&refusal), out_kind);
	text_clear(&refusal);
	freeReplyObject(reply);
	return sent;
}

/* Connect, be let in, and look whether alerts would be taken. */
static bool connect_once(struct redis *redis, unsigned *out_kind)
{
	if (redis_link_open(redis->link, out_kind) != SENT)
		return false;
	if (probe(redis, out_kind) == SENT)
		return true;
	redis_link_close(redis->link);
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
	const char *words[2 * FIELD_COUNT + 6] = { "XADD",      redis_link_key(redis->link),
						   "MAXLEN",    "~",
						   STREAM_KEPT, "*" };
	const char *list[] = { redis->mode == REDIS_LIST ? "RPUSH" : "PUBLISH",
			       redis_link_key(redis->link), entry->values[FIELD_EVENT] };
	int count = 6;

	if (redis->mode != REDIS_STREAM)
		return redis_link_command(redis->link, 3, list, out_kind);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		words[count++] = redis_field_names[i];
		words[count++] = entry->values[i];
	}
	return redis_link_command(redis->link, count, words, out_kind);
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
		bool was_connected = redis_link_is_up(redis->link);

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
	redis_link_free(&redis->link);
	redis_queue_clear(&redis->queue);
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
	else if (redis->said != 0 && !redis_link_is_up(redis->link) && !connect_once(redis, &kind))
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
	const char *key = options->key == NULL ? REDIS_KEY_DEFAULT : options->key;
	struct redis *redis = calloc(1, sizeof(*redis));
	enum result r;

	if (redis == NULL)
		return error_set(error, RESULT_FAILED, "no memory");
	r = redis_link_new(&redis->link, options->url, key, options->password, error);
	if (r != RESULT_OK) {
		free(redis);
		return r;
	}
	redis->mode = options->mode;
	redis->env = options->env;
	redis->errors = options->errors;
	redis->back_off_ms = BACK_OFF_FIRST_MS;
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
		r = error_set(error, RESULT_FAILED, "%s", redis_link_error(redis->link)->text);
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
