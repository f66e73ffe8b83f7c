#include "core/budget.h"

/* Begin with nothing used. */
void budget_init(struct budget *budget, size_t limit_bytes)
{
	*budget = (struct budget){ .limit_bytes = limit_bytes };
}

/* Ask for bytes; the answer does not wrap. */
enum result budget_take(struct budget *budget, size_t want_bytes)
{
	if (want_bytes > budget->limit_bytes - budget->used_bytes) {
		budget->refused_count++;
		return RESULT_LIMIT;
	}
	budget->used_bytes += want_bytes;
	if (budget->used_bytes > budget->peak_bytes)
		budget->peak_bytes = budget->used_bytes;
	return RESULT_OK;
}

/* Return bytes. */
void budget_give(struct budget *budget, size_t bytes)
{
	budget->used_bytes -= bytes > budget->used_bytes ? budget->used_bytes : bytes;
}
