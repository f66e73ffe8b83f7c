/*
 * hold - bytes whose meaning the other side decides
 *
 * In:      a client's bytes that came before the server's word on how to read them.
 * Out:     the same bytes in order, each piece with the moment at which it came.
 * Limits:  HOLD_MAX_BYTES; HOLD_MOMENTS_MAX moments, later pieces share the last one.
 * Errors:  hold_add takes fewer bytes than it is given when it is full or memory is short.
 * Owner:   embedded in a decoder; memory is charged to the budget while anything is held.
 */
#ifndef RELAYWATCH_PROTOCOLS_HOLD_H
#define RELAYWATCH_PROTOCOLS_HOLD_H

#include "core/budget.h"
#include "core/segment.h"
#include "core/span.h"

#define HOLD_MAX_BYTES 65536
#define HOLD_MOMENTS_MAX 64

struct moment {
	int64_t time_ns;
	struct frame_id at;
};

struct hold_memory;

struct hold {
	struct budget *budget;
	struct hold_memory *memory; /* NULL while nothing is held */
};

void hold_init(struct hold *hold, struct budget *budget);
void hold_clear(struct hold *hold);
size_t hold_length(const struct hold *hold);
/* Gives how many bytes were taken. */
size_t hold_add(struct hold *hold, struct span bytes, struct moment moment);
/* All that is held; lent until the next call. */
struct span hold_bytes(const struct hold *hold);
/* The first bytes that came at one moment. */
struct span hold_front(const struct hold *hold, struct moment *out_moment);
void hold_drop(struct hold *hold, size_t length_bytes);

#endif
