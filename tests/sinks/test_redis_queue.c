/* Alerts that wait: in order, bounded, and the least grave ones go first. */
#include "sinks/redis_queue.h"

#include <criterion/criterion.h>
#include <string.h>

#include "sinks/redis.h"
#include "sinks/samples.h"

static const struct event_env env = { .sensor = "tap-1" };

static void put(struct redis_queue *queue, enum severity severity)
{
	struct alert alert = sample_alert();

	alert.finding.severity = severity;
	/* So many small ones that their number counts. */
	alert.finding.evidence_count = alert.finding.sample_count = alert.advice_count = 0;
	alert.technique_id = NULL;
	redis_queue_put(queue, &env, &alert);
}

Test(redis_queue, first_in_first_out)
{
	static const char *const sequences[] = { "1", "2", "3" };
	struct redis_queue queue = { 0 };

	for (size_t i = 0; i < ARRAY_COUNT(sequences); i++)
		put(&queue, SEVERITY_LOW);
	for (size_t i = 0; i < ARRAY_COUNT(sequences); i++) {
		cr_expect_str_eq(queue.first->values[FIELD_SEQ], sequences[i]);
		redis_queue_drop_first(&queue);
	}
	cr_expect_null(queue.first);
	cr_expect_null(queue.last);
	cr_expect_eq(queue.count, 0);
	cr_expect_eq(queue.bytes, 0);
	cr_expect_eq(queue.lost, 0);
	redis_queue_drop_first(&queue);
	put(&queue, SEVERITY_LOW);
	cr_expect_str_eq(queue.first->values[FIELD_SEQ], "4");
	redis_queue_clear(&queue);
}

/* The oldest of the lowest severity goes; a new one that is below all that wait is not taken. */
Test(redis_queue, full)
{
	struct redis_queue queue = { 0 };

	put(&queue, SEVERITY_CRITICAL);
	put(&queue, SEVERITY_MEDIUM);
	for (size_t i = 2; i < REDIS_QUEUE_MAX; i++)
		put(&queue, SEVERITY_HIGH);
	cr_assert_eq(queue.count, REDIS_QUEUE_MAX);
	cr_expect_eq(queue.lost, 0);

	put(&queue, SEVERITY_LOW);
	cr_expect_eq(queue.lost, 1);
	cr_expect_eq(queue.last->severity, SEVERITY_HIGH);
	put(&queue, SEVERITY_CRITICAL);
	cr_expect_eq(queue.lost, 2);
	cr_expect_str_eq(queue.first->values[FIELD_SEQ], "1");
	cr_expect_str_eq(queue.first->next->values[FIELD_SEQ], "3");
	put(&queue, SEVERITY_HIGH);
	cr_expect_str_eq(queue.first->values[FIELD_SEQ], "1");
	cr_expect_str_eq(queue.first->next->values[FIELD_SEQ], "4");
	cr_expect_eq(queue.count, REDIS_QUEUE_MAX);
	cr_expect_eq(queue.lost, 3);
	redis_queue_clear(&queue);
	cr_expect_eq(queue.bytes, 0);
}

/* A few huge ones fill it as well. */
Test(redis_queue, full_by_bytes)
{
	static char reason[1 << 20];
	struct redis_queue queue = { 0 };
	struct alert alert = sample_alert();

	memset(reason, 'x', sizeof(reason) - 1);
	alert.reason = reason;
	for (size_t i = 0; i < 40; i++)
		redis_queue_put(&queue, &env, &alert);
	cr_expect_leq(queue.bytes, REDIS_QUEUE_MAX_BYTES);
	cr_expect_gt(queue.count, 10);
	cr_expect_eq(queue.count + queue.lost, 40);
	cr_expect_str_eq(queue.last->values[FIELD_SEQ], "40");
	redis_queue_clear(&queue);
}
