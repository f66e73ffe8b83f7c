#include "detectors/cusum.h"

#include "core/time_text.h"

#include <math.h>

static void move(double *sum_decibans, double ratio_decibans)
{
	*sum_decibans += ratio_decibans;
	if (*sum_decibans < 0)
		*sum_decibans = 0;
	if (*sum_decibans > CUSUM_MOST)
		*sum_decibans = CUSUM_MOST;
}

void cusum_share(double *sum_decibans, bool yes, double innocent, double guilty)
{
	move(sum_decibans, 10 * log10(yes ? guilty / innocent : (1 - guilty) / (1 - innocent)));
}

void cusum_wait(double *sum_decibans, int64_t elapsed_ns, double innocent_per_hour,
		double guilty_per_hour)
{
	double hours = elapsed_ns <= 0 ? 0 : (double)elapsed_ns / (double)NS_PER_HOUR;

	move(sum_decibans, -10 / log(10) * hours * (guilty_per_hour - innocent_per_hour));
}

void cusum_rate(double *sum_decibans, int64_t elapsed_ns, double innocent_per_hour,
		double guilty_per_hour)
{
	cusum_wait(sum_decibans, elapsed_ns, innocent_per_hour, guilty_per_hour);
	move(sum_decibans, 10 * log10(guilty_per_hour / innocent_per_hour));
}
