#include "app/packet_clock.h"

#include "core/time_text.h"

#define BELIEVED_AFTER 3

/* A single packet with a broken stamp must not age everything at once. */
static bool is_believed(struct packet_clock *clock, int64_t time_ns)
{
	if (clock->now_ns == 0 || time_ns - clock->now_ns <= NS_PER_HOUR) {
		clock->ahead_count = 0;
		return true;
	}
	if (clock->ahead_count == 0 || time_ns < clock->ahead_ns)
		clock->ahead_ns = time_ns;
	return ++clock->ahead_count >= BELIEVED_AFTER;
}

/* Take the stamp of a packet; true in the first packet of each second. */
bool packet_clock_feed(struct packet_clock *clock, int64_t time_ns)
{
	int64_t before_s = clock->now_ns / NS_PER_SECOND;

	if (time_ns <= clock->now_ns)
		return false;
	if (!is_believed(clock, time_ns))
		return false;
	clock->now_ns = clock->ahead_count > 0 ? clock->ahead_ns : time_ns;
	clock->ahead_count = 0;
	return clock->now_ns / NS_PER_SECOND != before_s;
}
