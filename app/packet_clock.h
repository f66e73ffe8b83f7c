/*
 * packet_clock - the time of the packets, as far as it can be believed
 *
 * In:      the stamps of packets, which may go back, or jump.
 * Out:     a time that never goes back.
 * Limits:  a stamp more than an hour ahead is believed after three packets that agree.
 * Errors:  -
 * Owner:   a plain value.
 */
#ifndef RELAYWATCH_APP_PACKET_CLOCK_H
#define RELAYWATCH_APP_PACKET_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct packet_clock {
	int64_t now_ns;   /* 0: no packet yet */
	int64_t ahead_ns; /* the earliest stamp of those that seem to have jumped */
	unsigned ahead_count;
};

/* Has a new second begun? */
bool packet_clock_feed(struct packet_clock *clock, int64_t time_ns);

#endif
