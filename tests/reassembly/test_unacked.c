/* Bytes that were handed on and not acknowledged, against a copy of the whole stream. */
#include "reassembly/unacked.h"

#include <criterion/criterion.h>
#include <string.h>

#define STREAM_BYTES 400000u

static uint64_t draw(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

/* From an odd place on, so that the numbers wrap in the middle. */
static const uint32_t firsts[] = { 1, 0 - STREAM_BYTES / 2, UINT32_MAX };

static void add_and_ask(struct unacked *u, struct budget *budget, uint32_t first,
			const uint8_t *stream)
{
	uint64_t random = first;
	uint32_t at = 0, acked = 0;

	while (at < STREAM_BYTES) {
		uint32_t length = 1 +
				  (uint32_t)draw(&random) % (draw(&random) % 8 == 0 ? 9000 : 90);
		uint32_t known, from, back;
		uint8_t byte;

		length = length < STREAM_BYTES - at ? length : STREAM_BYTES - at;
		unacked_add(u, budget, first + at, span_of(stream + at, length));
		at += length;
		if (draw(&random) % 4 == 0) {
			acked += (uint32_t)draw(&random) % (at - acked + 1);
			unacked_forget(u, budget, first + acked);
		}
		known = at - acked < UNACKED_MAX_BYTES ? at - acked : UNACKED_MAX_BYTES;
		if (known == 0)
			continue;
		back = 1 + (uint32_t)draw(&random) % known;
		from = at - back;
		cr_assert(unacked_agrees(u, first + from, span_of(stream + from, back)));
		byte = (uint8_t)(stream[from] + 1);
		cr_assert_not(unacked_agrees(u, first + from, span_of(&byte, 1)), "%u of %u", back,
			      known);
	}
	/* What is acknowledged is not looked at. */
	unacked_forget(u, budget, first + at);
	cr_assert(unacked_agrees(u, first + at - 4, span_text("????")));
}

Test(unacked, is_what_the_stream_was)
{
	static uint8_t stream[STREAM_BYTES];
	uint64_t random = 1;

	for (size_t i = 0; i < sizeof(stream); i++)
		stream[i] = (uint8_t)draw(&random);
	for (size_t i = 0; i < ARRAY_COUNT(firsts); i++) {
		struct unacked u = { 0 };
		struct budget budget;

		budget_init(&budget, 1u << 20);
		add_and_ask(&u, &budget, firsts[i], stream);
		cr_expect_leq(budget.peak_bytes, UNACKED_MAX_BYTES);
		unacked_clear(&u, &budget);
		cr_expect_eq(budget.used_bytes, 0);
	}
}

Test(unacked, takes_little_where_memory_is_short)
{
	static uint8_t bytes[UNACKED_MAX_BYTES];
	struct unacked u = { 0 };
	struct budget budget;

	budget_init(&budget, 1u << 20);
	cr_assert_eq(budget_take(&budget, (1u << 20) - 3000), RESULT_OK);
	unacked_add(&u, &budget, 7, span_of(bytes, sizeof(bytes)));
	cr_expect_eq(u.capacity, UNACKED_SCARCE_BYTES);
	cr_expect(unacked_agrees(&u, 7, span_of(bytes, sizeof(bytes))));
	unacked_clear(&u, &budget);
}

Test(unacked, does_without_memory)
{
	struct unacked u = { 0 };
	struct budget budget;

	budget_init(&budget, 10);
	unacked_add(&u, &budget, 7, span_text("abc"));
	cr_expect(unacked_agrees(&u, 7, span_text("xyz")));
	unacked_clear(&u, &budget);
	cr_expect_eq(budget.used_bytes, 0);
}
