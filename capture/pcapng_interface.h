/*
 * pcapng_interface - what an interface description block says
 *
 * In:      the body of the block.
 * Out:     link type, snap length, and packet times in nanoseconds.
 * Limits:  -
 * Errors:  RESULT_BAD: the block is too short, or its clock impossible.
 * Owner:   plain values; link belongs to the links.
 */
#ifndef RELAYWATCH_CAPTURE_PCAPNG_INTERFACE_H
#define RELAYWATCH_CAPTURE_PCAPNG_INTERFACE_H

#include "core/cursor.h"
#include "core/result.h"

struct link;

struct pcapng_interface {
	struct link *link;
	uint32_t link_type;
	uint32_t snap_bytes; /* 0: none */
	uint64_t ticks_per_second;
	int64_t offset_s;
};

MUST_USE enum result pcapng_interface_read(struct pcapng_interface *out, struct cursor *body,
					   bool big_endian);
/* A time before 1970 becomes the first, one past 2116 the last that there is. */
int64_t pcapng_time_ns(const struct pcapng_interface *interface, uint64_t ticks);

#endif
