/*
 * marks - a quick word on whether anything is kept of a connection
 *
 * In:      the two ends of connections, in any order.
 * Out:     no, or perhaps. Most segments of a link belong to nothing that is kept: they are told so
 *          before anything is hashed, in a table small enough to stay near the processor.
 * Limits:  MARK_COUNT places, which are no secret: who makes many connections share one makes their
 *          segments dearer by one hash, no more (bench/keyed.c).
 * Errors:  a place of more than 254 connections stays marked for good.
 * Owner:   a plain value; all zero at its beginning.
 */
#ifndef RELAYWATCH_REASSEMBLY_MARKS_H
#define RELAYWATCH_REASSEMBLY_MARKS_H

#include "core/address.h"

#define MARK_COUNT 16384 /* a power of two */

struct marks {
	uint8_t counts[MARK_COUNT];
};

bool marks_hold(const struct marks *marks, const struct ip_address *a, uint16_t a_port,
		const struct ip_address *b, uint16_t b_port);
void marks_raise(struct marks *marks, const struct ip_address *a, uint16_t a_port,
		 const struct ip_address *b, uint16_t b_port);
void marks_lower(struct marks *marks, const struct ip_address *a, uint16_t a_port,
		 const struct ip_address *b, uint16_t b_port);

#endif
