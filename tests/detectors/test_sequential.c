/* Sums, sketches and tables on which the tests of behaviour rest. */
#include "detectors/cusum.h"
#include "detectors/lossy.h"
#include "detectors/lru.h"
#include "detectors/peers.h"
#include "detectors/sketch.h"

#include "core/time_text.h"

#include <criterion/criterion.h>

Test(cusum, falls_to_nothing_and_no_further)
{
	double sum = 0;

	for (int i = 0; i < 1000; i++)
		cusum_share(&sum, false, 0.1, 0.5);
	cr_expect_eq(sum, 0);
	for (int i = 0; i < 8; i++)
		cusum_share(&sum, true, 0.1, 0.5);
	cr_expect_gt(sum, CUSUM_DECIDED);
}

/* Arrivals at the innocent rate never decide, at the guilty one they do. */
Test(cusum, rates)
{
	double innocent = 0, guilty = 0, back = 0;

	for (int i = 0; i < 10000; i++) {
		cusum_rate(&innocent, NS_PER_HOUR / 20, 20, 200);
		cr_assert_lt(innocent, CUSUM_DECIDED);
	}
	for (int i = 0; i < 20; i++)
		cusum_rate(&guilty, NS_PER_HOUR / 400, 20, 200);
	cr_expect_gt(guilty, CUSUM_DECIDED);
	cusum_rate(&back, -NS_PER_HOUR, 20, 200); /* a clock that was set back */
	cr_expect_geq(back, 0);
}

Test(sketch, counts_within_its_error)
{
	for (uint64_t n = 10; n <= 1000000; n *= 10) {
		struct hash_key key = hash_key_fixed();
		struct sketch s = { 0 };

		for (int twice = 0; twice < 2; twice++)
			for (uint64_t i = 0; i < n; i++)
				(void)sketch_add(&s, hash_bytes(&key, &i, sizeof(i)));
		cr_expect_gt(s.count, 0.85 * (double)n, "%f of %llu", s.count,
			     (unsigned long long)n);
		cr_expect_lt(s.count, 1.15 * (double)n, "%f of %llu", s.count,
			     (unsigned long long)n);
	}
}

struct record {
	struct lru_node lru;
	int value;
};

static struct lru_id id(int n)
{
	struct hash_key key = hash_key_fixed();
	struct span part = span_of(&n, sizeof(n));

	return lru_id_of(&key, &part, 1);
}

Test(lru, the_one_asked_for_longest_ago_goes)
{
	struct budget budget;
	struct lru lru;

	budget_init(&budget, (size_t)1 << 20);
	cr_assert_eq(lru_init(&lru, sizeof(struct record), 3, &budget), RESULT_OK);
	for (int i = 0; i < 3; i++)
		((struct record *)lru_need(&lru, id(i)))->value = 10 + i;
	(void)lru_need(&lru, id(0));
	(void)lru_need(&lru, id(3));
	cr_expect_null(lru_find(&lru, id(1)));
	cr_expect_eq(((struct record *)lru_find(&lru, id(0)))->value, 10);
	cr_expect_eq(lru.forgotten, 1);
	lru_clear(&lru);
	cr_expect_eq(budget.used_bytes, 0);
}

/* A table takes its share of the budget and no more, and none where there is none. */
Test(lru, share_of_the_budget)
{
	struct budget budget;
	struct lru lru;

	budget_init(&budget, (size_t)64 << 10);
	cr_assert_eq(lru_init(&lru, sizeof(struct record), 100000, &budget), RESULT_OK);
	for (int i = 0; i < 10000; i++)
		cr_assert_not_null(lru_need(&lru, id(i)));
	cr_expect_leq(budget.peak_bytes, budget.limit_bytes / LRU_SHARE + sizeof(struct record));
	lru_clear(&lru);
	budget_init(&budget, 0);
	cr_assert_eq(lru_init(&lru, sizeof(struct record), 10, &budget), RESULT_OK);
	cr_expect_null(lru_need(&lru, id(1)));
	lru_clear(&lru);
}

/* Where one part ends and the next begins makes a difference. */
Test(lru, parts_of_an_id)
{
	struct hash_key key = hash_key_fixed();
	struct span one[2] = { span_text("ab"), span_text("c") };
	struct span two[2] = { span_text("a"), span_text("bc") };

	cr_expect_neq(lru_id_of(&key, one, 2).halves[0], lru_id_of(&key, two, 2).halves[0]);
	cr_expect_neq(lru_id_of(&key, one, 2).halves[0], lru_id_of(&key, one, 2).halves[1]);
}

Test(lossy, the_last_one_stays)
{
	struct place {
		uint64_t hash, value;
	} * p;
	struct budget budget;
	struct lossy lossy;

	budget_init(&budget, (size_t)1 << 20);
	lossy_init(&lossy, sizeof(*p), 8, &budget);
	cr_expect_null(lossy_get(&lossy, 3));
	cr_expect_eq(budget.used_bytes, 0);
	p = lossy_put(&lossy, 3);
	p->value = 7;
	cr_expect_eq(((struct place *)lossy_put(&lossy, 3))->value, 7);
	cr_expect_eq(((struct place *)lossy_put(&lossy, 11))->value, 0);
	cr_expect_null(lossy_get(&lossy, 3));
	lossy_clear(&lossy);
	cr_expect_eq(budget.used_bytes, 0);
	budget_init(&budget, 0);
	lossy_init(&lossy, sizeof(*p), 8, &budget);
	cr_expect_null(lossy_put(&lossy, 3));
	lossy_clear(&lossy);
}

Test(peers, first_ones_once)
{
	struct peers peers = { .count = 0 };
	struct ip_address a;

	cr_assert_eq(ip_address_parse("192.0.2.1", &a), RESULT_OK);
	cr_expect(peers_add(&peers, &a, 25));
	cr_expect_not(peers_add(&peers, &a, 25));
	for (uint16_t port = 100; port < 200; port++)
		(void)peers_add(&peers, &a, port);
	cr_expect_eq(peers.count, PEERS_MAX);
}
