/*
 * track - how often a thing was seen, when, and in which packets
 *
 * In:      sightings, in any order of time.
 * Out:     count, first and last time, the first and the last EVIDENCE_FRAMES_MAX packets.
 * Limits:  its own size, whatever is put in.
 * Errors:  -
 * Owner:   plain struct.
 */
#ifndef RELAYWATCH_DETECTORS_TRACK_H
#define RELAYWATCH_DETECTORS_TRACK_H

#include "core/finding.h"

struct track {
	uint64_t count;
	int64_t first_ns, last_ns;
	struct frame_id first[EVIDENCE_FRAMES_MAX];
	struct frame_id last[EVIDENCE_FRAMES_MAX]; /* in order; those not in first */
	uint8_t first_count, last_count;
	/* The connection of the earliest sighting. */
	struct ip_address client, server;
	uint16_t client_port, server_port;
};

void track_add(struct track *track, int64_t time_ns, struct frame_id at,
	       const struct connection *connection);
/* Put what one holds into the other, as if it had been seen by it. */
void track_merge(struct track *into, const struct track *from);
/* Write the frames, time, count and connection of a piece of evidence. */
void track_describe(const struct track *track, struct evidence *out);
/* later less earlier, as near as it can be said: INT64_MIN or INT64_MAX where it cannot. */
int64_t time_between_ns(int64_t earlier_ns, int64_t later_ns);
int frame_compare(struct frame_id a, struct frame_id b);

#endif
