/*
 * sketch - how many distinct values were seen, in a fixed number of bytes
 *
 * In:      64-bit hashes of values; the same value may come any number of times.
 * Out:     whether a value is likely new, and how many there were.
 * Limits:  SKETCH_REGISTERS bytes; the standard error is 0.83 / sqrt(SKETCH_REGISTERS), 5%.
 * Errors:  -
 * Owner:   plain struct; zeros are an empty one.
 *
 * HyperLogLog (Flajolet and others, 2007), counted by historic inverse probability (Cohen; Ting,
 * KDD 2014): each change of a register counts as one over the probability of a change, which is
 * unbiased at any size and needs no table of corrections.
 */
#ifndef RELAYWATCH_DETECTORS_SKETCH_H
#define RELAYWATCH_DETECTORS_SKETCH_H

#include <stdbool.h>
#include <stdint.h>

#define SKETCH_REGISTERS 256

struct sketch {
	double count;
	double quiet; /* sum of 1 - 2^-register: how unlikely a change has become */
	uint8_t registers[SKETCH_REGISTERS];
};

/* How many distinct values more that makes, by estimate: 0 where it changed nothing. */
double sketch_add(struct sketch *sketch, uint64_t hash);

#endif
