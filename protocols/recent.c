#include "protocols/recent.h"

#include <stdlib.h>

struct slot {
	uint64_t fingerprint; /* 0: empty */
	int64_t time_ns;
};

struct recent {
	struct budget *budget;
	size_t set_count; /* a power of two */
	size_t taken_bytes;
	struct slot slots[];
};

/* Make an empty table. */
enum result recent_new(struct recent **out, size_t slot_count, struct budget *budget)
{
	size_t set_count = 1;
	size_t bytes;
	struct recent *recent;

	while (set_count * RECENT_WAYS < slot_count)
		set_count *= 2;
	bytes = sizeof(*recent) + set_count * RECENT_WAYS * sizeof(struct slot);
	if (budget_take(budget, bytes) != RESULT_OK)
		return RESULT_LIMIT;
	recent = calloc(1, bytes);
	if (recent == NULL) {
		budget_give(budget, bytes);
		return RESULT_FAILED;
	}
	recent->budget = budget;
	recent->set_count = set_count;
	recent->taken_bytes = bytes;
	*out = recent;
	return RESULT_OK;
}

/* Free it. */
void recent_free(struct recent **recent)
{
	if (*recent == NULL)
		return;
	budget_give((*recent)->budget, (*recent)->taken_bytes);
	free(*recent);
	*recent = NULL;
}

/* 0 marks an empty slot, so no fingerprint is 0. */
static uint64_t mark(uint64_t fingerprint)
{
	return fingerprint == 0 ? 1 : fingerprint;
}

static size_t first_of_set(const struct recent *recent, uint64_t fingerprint)
{
	return (size_t)(fingerprint & (recent->set_count - 1)) * RECENT_WAYS;
}

/* Remember, or remember anew. */
void recent_put(struct recent *recent, uint64_t fingerprint, int64_t time_ns)
{
	struct slot *set = &recent->slots[first_of_set(recent, mark(fingerprint))];
	struct slot *to = &set[0];

	for (size_t i = 0; i < RECENT_WAYS; i++) {
		if (set[i].fingerprint == mark(fingerprint)) {
			to = &set[i];
			break;
		}
		if (to->fingerprint != 0 &&
		    (set[i].fingerprint == 0 || set[i].time_ns < to->time_ns))
			to = &set[i];
	}
	*to = (struct slot){ .fingerprint = mark(fingerprint), .time_ns = time_ns };
}

/* Tell when it was seen last. */
bool recent_find(const struct recent *recent, uint64_t fingerprint, int64_t *out_time_ns)
{
	const struct slot *set = &recent->slots[first_of_set(recent, mark(fingerprint))];

	for (size_t i = 0; i < RECENT_WAYS; i++) {
		if (set[i].fingerprint == mark(fingerprint)) {
			*out_time_ns = set[i].time_ns;
			return true;
		}
	}
	return false;
}

/* Forget one. */
void recent_remove(struct recent *recent, uint64_t fingerprint)
{
	struct slot *set = &recent->slots[first_of_set(recent, mark(fingerprint))];

	for (size_t i = 0; i < RECENT_WAYS; i++)
		if (set[i].fingerprint == mark(fingerprint))
			set[i] = (struct slot){ 0 };
}
