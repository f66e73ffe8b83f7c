#include "core/budget.h"

#include <criterion/criterion.h>

Test(budget, gives_up_to_its_limit)
{
	struct budget b;

	budget_init(&b, 100);
	cr_expect_eq(budget_take(&b, 60), RESULT_OK);
	cr_expect_eq(budget_take(&b, 40), RESULT_OK);
	cr_expect_eq(budget_take(&b, 1), RESULT_LIMIT);
	cr_expect_eq(budget_take(&b, 0), RESULT_OK);
	cr_expect_eq(b.used_bytes, 100);
	cr_expect_eq(b.refused_count, 1);
	budget_give(&b, 100);
	cr_expect_eq(budget_take(&b, 30), RESULT_OK);
	cr_expect_eq(b.used_bytes, 30);
	cr_expect_eq(b.peak_bytes, 100);
}

Test(budget, does_not_wrap)
{
	struct budget b;

	budget_init(&b, 100);
	cr_expect_eq(budget_take(&b, 1), RESULT_OK);
	cr_expect_eq(budget_take(&b, SIZE_MAX), RESULT_LIMIT);
	cr_expect_eq(budget_take(&b, SIZE_MAX - 1), RESULT_LIMIT);
	cr_expect_eq(b.used_bytes, 1);
	cr_expect_eq(b.refused_count, 2);
}

Test(budget, cuts_what_was_given_back_twice)
{
	struct budget b;

	budget_init(&b, 100);
	cr_expect_eq(budget_take(&b, 10), RESULT_OK);
	budget_give(&b, 11);
	cr_expect_eq(b.used_bytes, 0);
	cr_expect_eq(budget_take(&b, 101), RESULT_LIMIT);
}

Test(budget, of_nothing_refuses_all)
{
	struct budget b;

	budget_init(&b, 0);
	cr_expect_eq(budget_take(&b, 1), RESULT_LIMIT);
}
