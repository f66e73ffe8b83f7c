#include "reassembly/timers.h"

#include "reassembly/flow.h"

#include <stdlib.h>

static bool due_before(const struct flow *a, const struct flow *b)
{
	return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns
						: a->serial < b->serial;
}

static void put(struct timers *timers, uint32_t i, struct flow *flow)
{
	timers->flows[i] = flow;
	flow->timer_index = i;
}

/* Move a flow towards the front as far as it belongs. */
static void sift_up(struct timers *timers, struct flow *flow)
{
	uint32_t i = flow->timer_index;

	while (i > 0 && due_before(flow, timers->flows[(i - 1) / 2])) {
		put(timers, i, timers->flows[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(timers, i, flow);
}

/* Move a flow towards the back as far as it belongs. */
static void sift_down(struct timers *timers, struct flow *flow)
{
	uint32_t i = flow->timer_index;

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= timers->count)
			break;
		if (child + 1 < timers->count &&
		    due_before(timers->flows[child + 1], timers->flows[child]))
			child++;
		if (!due_before(timers->flows[child], flow))
			break;
		put(timers, i, timers->flows[child]);
		i = child;
	}
	put(timers, i, flow);
}

enum result timers_add(struct timers *timers, struct flow *flow)
{
	if (timers->count == timers->capacity) {
		uint32_t capacity = timers->capacity == 0 ? 256 : timers->capacity * 2;
		struct flow **flows = realloc(timers->flows, capacity * sizeof(struct flow *));

		if (flows == NULL)
			return RESULT_FAILED;
		timers->flows = flows;
		timers->capacity = capacity;
	}
	put(timers, timers->count++, flow);
	sift_up(timers, flow);
	return RESULT_OK;
}

void timers_remove(struct timers *timers, struct flow *flow)
{
	struct flow *last = timers->flows[--timers->count];

	if (last == flow)
		return;
	put(timers, flow->timer_index, last);
	sift_up(timers, last);
	sift_down(timers, last);
}

void timers_set(struct timers *timers, struct flow *flow, int64_t deadline_ns)
{
	flow->deadline_ns = deadline_ns;
	sift_up(timers, flow);
	sift_down(timers, flow);
}

struct flow *timers_first(const struct timers *timers)
{
	return timers->count == 0 ? NULL : timers->flows[0];
}

void timers_clear(struct timers *timers)
{
	free(timers->flows);
	*timers = (struct timers){ 0 };
}
