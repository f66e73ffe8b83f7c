#include "detectors/lossy.h"

#include <stdlib.h>
#include <string.h>

void lossy_init(struct lossy *lossy, size_t record_bytes, size_t count, struct budget *budget)
{
	size_t share = budget->limit_bytes / LOSSY_SHARE / record_bytes;

	*lossy = (struct lossy){ .budget = budget, .record_bytes = record_bytes };
	lossy->count = share < count ? share + 1 : count;
}

void lossy_clear(struct lossy *lossy)
{
	if (lossy->records == NULL)
		return;
	free(lossy->records);
	budget_give(lossy->budget, lossy->count * lossy->record_bytes);
	lossy->records = NULL;
}

static uint8_t *place(const struct lossy *lossy, uint64_t hash)
{
	return lossy->records + hash % lossy->count * lossy->record_bytes;
}

static bool is_there(const uint8_t *record, uint64_t hash)
{
	return memcmp(record, &hash, sizeof(hash)) == 0;
}

/* Look at its place. */
void *lossy_get(const struct lossy *lossy, uint64_t hash)
{
	uint8_t *record = lossy->records == NULL ? NULL : place(lossy, hash);

	return record != NULL && is_there(record, hash) ? record : NULL;
}

/* Take its place. */
void *lossy_put(struct lossy *lossy, uint64_t hash)
{
	uint8_t *record;

	if (lossy->records == NULL) {
		if (budget_take(lossy->budget, lossy->count * lossy->record_bytes) != RESULT_OK)
			return NULL;
		lossy->records = calloc(lossy->count, lossy->record_bytes);
		if (lossy->records == NULL) {
			budget_give(lossy->budget, lossy->count * lossy->record_bytes);
			return NULL;
		}
	}
	record = place(lossy, hash);
	if (!is_there(record, hash)) {
		memset(record, 0, lossy->record_bytes);
		memcpy(record, &hash, sizeof(hash));
	}
	return record;
}
