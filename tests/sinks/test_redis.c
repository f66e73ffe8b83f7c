/* Alerts into a real Redis: what is stored, what is said when it is not, and what comes later. */
#include "sinks/redis.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "e2e/redis_server.h"
#include "sinks/samples.h"

#define TRIES 2000
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Criterion hands nothing from .init to a test. */
static struct redis_server server;

static void set_up(void)
{
	redis_server_start(&server);
}

static void tear_down(void)
{
	redis_server_stop(&server);
}

TestSuite(redis, .init = set_up, .fini = tear_down);

/* A sink, and what it said. */
struct feed {
	struct sink sink;
	unsigned said;
	char last[1024];
	struct error close_error;
};

static void note(void *ctx, const char *text)
{
	struct feed *feed = ctx;

	feed->said++;
	(void)snprintf(feed->last, sizeof(feed->last), "%s", text);
}

static void feed_open(struct feed *feed, struct redis_options options)
{
	struct error error = { .text = "" };

	memset(feed, 0, sizeof(*feed));
	options.env.sensor = "tap-1";
	options.errors = (struct sink_errors){ .say = note, .ctx = feed };
	if (options.url == NULL)
		options.url = server.url;
	cr_assert_eq(redis_new(&feed->sink, &options, &error), RESULT_OK, "%s", error.text);
}

static void push(struct feed *feed, enum alert_action action, uint32_t number)
{
	struct alert alert = sample_alert();

	alert.action = action;
	alert.number = number;
	feed->sink.ops->alert(feed->sink.state, &alert);
}

static enum result feed_close(struct feed *feed)
{
	return feed->sink.ops->close(feed->sink.state, &feed->close_error);
}

/* All is stored, and nothing was said. */
static void close_well(struct feed *feed)
{
	cr_expect_eq(feed_close(feed), RESULT_OK, "%s", feed->close_error.text);
	cr_expect_eq(feed->said, 0, "said: %s", feed->last);
}

/* The trouble was said in one sentence, with these words; the end says how many alerts it cost. */
static void close_failed(struct feed *feed, unsigned lost, const char *what, const char *mend)
{
	char loss[64] = "";

	cr_expect_eq(feed_close(feed), RESULT_FAILED);
	cr_expect_eq(feed->said, 1, "said %u times, at last: %s", feed->said, feed->last);
	cr_expect_not_null(strstr(feed->last, what), "no '%s': %s", what, feed->last);
	cr_expect_not_null(strstr(feed->last, mend), "no '%s': %s", mend, feed->last);
	cr_expect_null(strchr(feed->last, '\n'));
	if (lost > 0)
		(void)snprintf(loss, sizeof(loss), "%u of %u alerts did not reach Redis", lost,
			       lost);
	cr_expect_str_eq(feed->close_error.text, loss);
}

static void ask(const char *const *words)
{
	freeReplyObject(redis_ask(&server, words));
}

static long long number_of(const char *const *words)
{
	redisReply *reply = redis_ask(&server, words);
	long long number = reply->integer;

	freeReplyObject(reply);
	return number;
}

static void expect_json(const char *text, enum alert_action action, uint32_t number)
{
	struct alert alert = sample_alert();
	json_t *got = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *wanted;

	alert.action = action;
	alert.number = number;
	wanted = printed_alert(&alert);
	cr_expect(json_equal(got, wanted), "%s", text);
	json_decref(got);
	json_decref(wanted);
}

/* The fields of the contract, all of them, in this order, and no others. */
static void expect_entry(const redisReply *entry, const char *const *values)
{
	static const char *const names[] = { "id",     "alert_id", "sensor",  "seq",
					     "action", "severity", "verdict", "server",
					     "client", "score",    "event" };
	const redisReply *fields = entry->element[1];

	cr_assert_eq(fields->elements, 2 * ARRAY_COUNT(names));
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		cr_expect_str_eq(fields->element[2 * i]->str, names[i]);
		if (values[i] != NULL)
			cr_expect_str_eq(fields->element[2 * i + 1]->str, values[i]);
	}
}

Test(redis, stream)
{
	static const char *const values[][11] = {
		{ "00112233445566778899aabbccddeeff-1", "00112233445566778899aabbccddeeff", "tap-1",
		  "1", "raised", "high", "open_relay", "192.0.2.25:209/qmtp", "203.0.113.7",
		  "97.13" },
		{ "00112233445566778899aabbccddeeff-2", "00112233445566778899aabbccddeeff", "tap-1",
		  "2", "resolved", "high", "open_relay", "192.0.2.25:209/qmtp", "203.0.113.7",
		  "97.13" },
	};
	struct feed feed;
	redisReply *entries;

	feed_open(&feed, (struct redis_options){ 0 });
	push(&feed, ALERT_RAISED, 1);
	/* It is there before the sink is closed. */
	cr_expect_eq(number_of(WORDS("XLEN", REDIS_KEY_ALERTS)), 1);
	push(&feed, ALERT_RESOLVED, 2);
	close_well(&feed);
	entries = redis_ask(&server, WORDS("XRANGE", REDIS_KEY_ALERTS, "-", "+"));
	cr_assert_eq(entries->elements, ARRAY_COUNT(values));
	for (size_t i = 0; i < ARRAY_COUNT(values); i++)
		expect_entry(entries->element[i], values[i]);
	expect_json(redis_entry_field(entries->element[0], "event"), ALERT_RAISED, 1);
	expect_json(redis_entry_field(entries->element[1], "event"), ALERT_RESOLVED, 2);
	freeReplyObject(entries);
}

/* The stream is bounded: MAXLEN ~ 100000. */
Test(redis, stream_is_bounded)
{
	static const char *const wanted[] = {
		"XADD", REDIS_KEY_ALERTS, "MAXLEN", "~", "100000", "*"
	};
	struct feed feed;
	redisReply *log;
	bool found = false;

	ask(WORDS("CONFIG", "SET", "slowlog-log-slower-than", "0"));
	feed_open(&feed, (struct redis_options){ 0 });
	push(&feed, ALERT_RAISED, 1);
	close_well(&feed);
	log = redis_ask(&server, WORDS("SLOWLOG", "GET", "100"));
	for (size_t i = 0; i < log->elements; i++) {
		const redisReply *words = log->element[i]->element[3];

		if (strcmp(words->element[0]->str, "XADD") != 0)
			continue;
		found = true;
		for (size_t w = 0; w < ARRAY_COUNT(wanted); w++)
			cr_expect_str_eq(words->element[w]->str, wanted[w]);
	}
	cr_expect(found, "no XADD");
	freeReplyObject(log);
}

Test(redis, list)
{
	struct feed feed;
	redisReply *events;

	feed_open(&feed, (struct redis_options){ .mode = REDIS_LIST });
	push(&feed, ALERT_RAISED, 1);
	push(&feed, ALERT_ONGOING, 2);
	close_well(&feed);
	events = redis_ask(&server, WORDS("LRANGE", REDIS_KEY_ALERTS, "0", "-1"));
	cr_assert_eq(events->elements, 2);
	expect_json(events->element[0]->str, ALERT_RAISED, 1);
	expect_json(events->element[1]->str, ALERT_ONGOING, 2);
	freeReplyObject(events);
}

Test(redis, channel)
{
	struct feed feed;
	redisContext *listener = redisConnect("127.0.0.1", server.port);
	redisReply *reply = redisCommand(listener, "SUBSCRIBE %s", REDIS_KEY_ALERTS);

	cr_assert_not_null(reply);
	freeReplyObject(reply);
	feed_open(&feed, (struct redis_options){ .mode = REDIS_CHANNEL });
	push(&feed, ALERT_RAISED, 1);
	close_well(&feed);
	cr_assert_eq(redisGetReply(listener, (void **)&reply), REDIS_OK);
	cr_assert_eq(reply->elements, 3);
	cr_expect_str_eq(reply->element[1]->str, REDIS_KEY_ALERTS);
	expect_json(reply->element[2]->str, ALERT_RAISED, 1);
	freeReplyObject(reply);
	redisFree(listener);
	cr_expect_eq(number_of(WORDS("EXISTS", REDIS_KEY_ALERTS)), 0);
}

Test(redis, another_key_and_database)
{
	char url[128];
	struct feed feed;

	(void)snprintf(url, sizeof(url), "%s/3", server.url);
	feed_open(&feed, (struct redis_options){ .url = url, .key = "my alerts" });
	push(&feed, ALERT_RAISED, 1);
	close_well(&feed);
	cr_expect_eq(number_of(WORDS("EXISTS", "my alerts")), 0);
	ask(WORDS("SELECT", "3"));
	cr_expect_eq(number_of(WORDS("XLEN", "my alerts")), 1);
}

/* Nobody listens there: said at once, before any alert. */
Test(redis, nothing_listens)
{
	char url[64];
	struct feed feed;

	(void)snprintf(url, sizeof(url), "redis://127.0.0.1:%d", free_port());
	feed_open(&feed, (struct redis_options){ .url = url });
	cr_expect_eq(feed.said, 1);
	push(&feed, ALERT_RAISED, 1);
	push(&feed, ALERT_ONGOING, 2);
	close_failed(&feed, 2, url + strlen("redis://"), "start it, or correct the URL");
}

/* Something listens that never answers: it costs time, and no more than that. */
Test(redis, no_answer)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char url[64];
	struct feed feed;

	cr_assert_eq(bind(fd, (struct sockaddr *)&address, length), 0);
	cr_assert_eq(listen(fd, 8), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	(void)snprintf(url, sizeof(url), "redis://127.0.0.1:%d", ntohs(address.sin_port));
	feed_open(&feed, (struct redis_options){ .url = url });
	push(&feed, ALERT_RAISED, 1);
	close_failed(&feed, 1, url + strlen("redis://"), "does not answer");
	(void)close(fd);
}

/* What Redis refuses is said once, with the mend, and as soon as it can be known. */
Test(redis, refusals)
{
	static const struct {
		const char *const prepare[8]; /* NULL: nothing */
		struct redis_options options;
		const char *what, *mend;
	} cases[] = {
		{ { "SET", REDIS_KEY_ALERTS, "x" }, { 0 }, REDIS_KEY_ALERTS, "redis_key" },
		{ { "RPUSH", REDIS_KEY_ALERTS, "x" }, { 0 }, "list", "redis_key" },
		{ { "XADD", REDIS_KEY_ALERTS, "*", "a", "b" },
		  { .mode = REDIS_LIST },
		  "stream",
		  "redis_key" },
		{ { "CONFIG", "SET", "maxmemory", "1" }, { 0 }, "full", "maxmemory" },
		{ { "CONFIG", "SET", "min-replicas-to-write", "1" },
		  { 0 },
		  "replicas",
		  "bring them" },
		{ { "ACL", "SETUSER", "default", "-xadd" },
		  { 0 },
		  REDIS_KEY_ALERTS,
		  "ACL SETUSER" },
		{ { NULL }, { .password = "unwanted" }, "no password", "unset" },
		{ { "CONFIG", "SET", "requirepass", "right" },
		  { 0 },
		  "password",
		  "RELAYWATCH_REDIS_PASSWORD" },
		{ { "CONFIG", "SET", "requirepass", "right" },
		  { .password = "wrong-secret" },
		  "no such user and password",
		  "correct" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct feed feed;

		if (cases[i].prepare[0] != NULL)
			ask(cases[i].prepare);
		feed_open(&feed, cases[i].options);
		push(&feed, ALERT_RAISED, 1);
		push(&feed, ALERT_ONGOING, 2);
		close_failed(&feed, 2, cases[i].what, cases[i].mend);
		cr_expect_null(strstr(feed.last, "wrong-secret"));
		cr_expect_null(strstr(feed.last, "unwanted"));
		redis_server_stop(&server);
		redis_server_start(&server);
	}
}

/* A key of the wrong type, a password that is missing: nobody has to wait for the first alert. */
Test(redis, trouble_is_said_before_the_first_alert)
{
	struct feed feed;

	ask(WORDS("SET", REDIS_KEY_ALERTS, "x"));
	feed_open(&feed, (struct redis_options){ 0 });
	close_failed(&feed, 0, REDIS_KEY_ALERTS, "redis_key");
	ask(WORDS("DEL", REDIS_KEY_ALERTS));
	ask(WORDS("CONFIG", "SET", "requirepass", "right"));
	feed_open(&feed, (struct redis_options){ 0 });
	close_failed(&feed, 0, "password", "RELAYWATCH_REDIS_PASSWORD");
}

Test(redis, password)
{
	char url[128];
	struct feed feed;

	ask(WORDS("CONFIG", "SET", "requirepass", "right"));
	feed_open(&feed, (struct redis_options){ .password = "right" });
	push(&feed, ALERT_RAISED, 1);
	close_well(&feed);
	/* A user who may do nothing but what is needed. */
	ask(WORDS("ACL", "SETUSER", "watch", "on", ">pass", "~{relaywatch:*", "+xadd"));
	(void)snprintf(url, sizeof(url), "redis://watch@127.0.0.1:%d", server.port);
	feed_open(&feed, (struct redis_options){ .url = url, .password = "pass" });
	push(&feed, ALERT_RAISED, 1);
	close_well(&feed);
	cr_expect_eq(number_of(WORDS("XLEN", REDIS_KEY_ALERTS)), 2);
}

/* Once Redis takes alerts again, those that waited arrive, in order. */
Test(redis, refusal_that_is_mended)
{
	struct feed feed;
	redisReply *entries;

	ask(WORDS("SET", REDIS_KEY_ALERTS, "x"));
	feed_open(&feed, (struct redis_options){ 0 });
	push(&feed, ALERT_RAISED, 1);
	ask(WORDS("DEL", REDIS_KEY_ALERTS));
	push(&feed, ALERT_RESOLVED, 2);
	cr_expect_eq(feed_close(&feed), RESULT_OK, "%s", feed.close_error.text);
	cr_expect_eq(feed.said, 1);
	entries = redis_ask(&server, WORDS("XRANGE", REDIS_KEY_ALERTS, "-", "+"));
	cr_assert_eq(entries->elements, 2);
	cr_expect_str_eq(redis_entry_field(entries->element[0], "seq"), "1");
	cr_expect_str_eq(redis_entry_field(entries->element[1], "seq"), "2");
	freeReplyObject(entries);
}

/* A restart between two alerts is no trouble at all. */
Test(redis, restart_unnoticed)
{
	struct feed feed;

	feed_open(&feed, (struct redis_options){ 0 });
	push(&feed, ALERT_RAISED, 1);
	redis_server_kill(&server);
	redis_server_revive(&server);
	push(&feed, ALERT_ONGOING, 2);
	close_well(&feed);
	cr_expect_eq(number_of(WORDS("XLEN", REDIS_KEY_ALERTS)), 1);
}

/* While it is down alerts wait, and flush brings them there once it is up. */
Test(redis, killed_and_restarted)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	struct error error = { .text = "" };
	struct feed feed;
	long long stored = 0;

	feed_open(&feed, (struct redis_options){ 0 });
	push(&feed, ALERT_RAISED, 1);
	redis_server_kill(&server);
	push(&feed, ALERT_ONGOING, 2);
	push(&feed, ALERT_RESOLVED, 3);
	cr_expect_eq(feed.said, 1);
	cr_expect_not_null(strstr(feed.last, "start it"), "%s", feed.last);
	redis_server_revive(&server);
	for (int i = 0; i < TRIES && stored < 2; i++) {
		cr_expect_eq(feed.sink.ops->flush(feed.sink.state, &error), RESULT_OK);
		stored = number_of(WORDS("XLEN", REDIS_KEY_ALERTS));
		(void)nanosleep(&pause, NULL);
	}
	cr_expect_eq(stored, 2);
	/* The next trouble is news again. */
	redis_server_kill(&server);
	push(&feed, ALERT_RAISED, 4);
	cr_expect_eq(feed.said, 2);
	cr_expect_eq(feed_close(&feed), RESULT_FAILED);
	cr_expect_str_eq(feed.close_error.text, "1 of 4 alerts did not reach Redis");
	redis_server_revive(&server);
}

/* Redis came up after the sensor did: by the end all is well. */
Test(redis, that_is_late)
{
	struct feed feed;

	redis_server_kill(&server);
	feed_open(&feed, (struct redis_options){ 0 });
	cr_expect_eq(feed.said, 1);
	redis_server_revive(&server);
	cr_expect_eq(feed_close(&feed), RESULT_OK);
}

Test(redis, try_leaves_nothing_behind)
{
	static const struct redis_options good = { 0 };
	struct redis_options options = good;
	struct error error = { .text = "" };

	options.url = server.url;
	cr_expect_eq(redis_try(&options, &error), RESULT_OK, "%s", error.text);
	cr_expect_eq(number_of(WORDS("DBSIZE")), 0);
	ask(WORDS("SET", REDIS_KEY_ALERTS, "x"));
	cr_expect_eq(redis_try(&options, &error), RESULT_FAILED);
	cr_expect_not_null(strstr(error.text, "redis_key"), "%s", error.text);
	redis_server_kill(&server);
	cr_expect_eq(redis_try(&options, &error), RESULT_FAILED);
	cr_expect_not_null(strstr(error.text, "start it"), "%s", error.text);
	options.url = "redis://";
	cr_expect_eq(redis_try(&options, &error), RESULT_BAD);
	redis_server_revive(&server);
}
