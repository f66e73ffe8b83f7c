/* The time of the packets: it never goes back, and believes no single broken stamp. */
#include "app/packet_clock.h"

#include <criterion/criterion.h>

#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)
#define START (1000 * HOUR)

Test(packet_clock, follows)
{
	static const struct {
		int64_t stamp_ns, now_ns;
		bool new_second;
	} steps[] = {
		{ START, START, true },
		{ START + 1, START + 1, false },
		{ START + SECOND, START + SECOND, true },
		/* Back: the latest seen holds. */
		{ START, START + SECOND, false },
		{ 0, START + SECOND, false },
		{ -5, START + SECOND, false },
		{ INT64_MIN, START + SECOND, false },
		/* An hour ahead is believed at once, more than that after three packets. */
		{ START + SECOND + HOUR, START + SECOND + HOUR, true },
		{ START + 9 * HOUR, START + SECOND + HOUR, false },
		{ START + 9 * HOUR + 5, START + SECOND + HOUR, false },
		{ START + 9 * HOUR + 6, START + 9 * HOUR, true },
		/* Two odd ones and a right one: they are forgotten. */
		{ INT64_MAX, START + 9 * HOUR, false },
		{ INT64_MAX, START + 9 * HOUR, false },
		{ START + 9 * HOUR + SECOND, START + 9 * HOUR + SECOND, true },
		{ INT64_MAX, START + 9 * HOUR + SECOND, false },
	};
	struct packet_clock clock = { 0 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		cr_expect_eq(packet_clock_feed(&clock, steps[i].stamp_ns), steps[i].new_second,
			     "step %zu", i);
		cr_expect_eq(clock.now_ns, steps[i].now_ns, "step %zu", i);
	}
}
