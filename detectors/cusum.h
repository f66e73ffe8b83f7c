/*
 * cusum - sequential tests: Page's CUSUM of a log-likelihood ratio of two stated rates
 *
 * In:      events, in the order of packet time; the sum belongs to the caller and starts at 0.
 * Out:     the sum in decibans, never below 0 and never above CUSUM_MOST, so that what has stopped
 *          can be seen to have stopped.
 * Limits:  -
 * Errors:  -
 * Owner:   plain numbers.
 *
 * Page, Biometrika 41 (1954). At CUSUM_DECIDED the test has decided: by Wald's bound for SPRT
 * (1945) the odds are 1 in 100,000 that what is innocent gets there from 0.
 */
#ifndef RELAYWATCH_DETECTORS_CUSUM_H
#define RELAYWATCH_DETECTORS_CUSUM_H

#include <stdbool.h>
#include <stdint.h>

#define CUSUM_DECIDED 50.0
#define CUSUM_MOST 100.0

/* One more yes or no; the two are the shares of yes among the innocent and the guilty. */
void cusum_share(double *sum_decibans, bool yes, double innocent, double guilty);
/* Time without an arrival, of a Poisson process with one of two rates. */
void cusum_wait(double *sum_decibans, int64_t elapsed_ns, double innocent_per_hour,
		double guilty_per_hour);
/* One more arrival, elapsed_ns after the last one, of such a process. */
void cusum_rate(double *sum_decibans, int64_t elapsed_ns, double innocent_per_hour,
		double guilty_per_hour);

#endif
