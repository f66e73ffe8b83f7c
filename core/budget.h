/*
 * budget - one number of bytes that a part of the program may hold
 *
 * In:      sizes that are about to be allocated or were freed.
 * Out:     yes or no; nothing is allocated here.
 * Limits:  limit_bytes.
 * Errors:  RESULT_LIMIT, counted in refused_count.
 * Owner:   app/ owns budgets; stages are lent them.
 */
#ifndef RELAYWATCH_CORE_BUDGET_H
#define RELAYWATCH_CORE_BUDGET_H

#include "core/result.h"

#include <stddef.h>
#include <stdint.h>

struct budget {
	size_t limit_bytes;
	size_t used_bytes;
	size_t peak_bytes;
	uint64_t refused_count;
};

void budget_init(struct budget *budget, size_t limit_bytes);
MUST_USE enum result budget_take(struct budget *budget, size_t want_bytes);
/* Give back what was taken; giving back more is our own mistake and is cut to zero. */
void budget_give(struct budget *budget, size_t bytes);

#endif
