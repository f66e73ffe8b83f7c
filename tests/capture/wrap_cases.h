/*
 * wrap_cases - one segment in each link type and tunnel, as steps of wrap.h
 *
 * In:      -
 * Out:     a table; the first step of each row is "tcp", so that another segment can stand in.
 * Limits:  -
 * Errors:  -
 * Owner:   constants.
 */
#ifndef RELAYWATCH_TESTS_CAPTURE_WRAP_CASES_H
#define RELAYWATCH_TESTS_CAPTURE_WRAP_CASES_H

#include <stddef.h>
#include <stdint.h>

struct wrap_case {
	const char *name;
	uint32_t link_type;
	const char *steps[12]; /* from the inside out; NULL ends them */
	uint16_t vlan_id;
	const char *carriers; /* of the tunnels, the outermost first; NULL: none */
};

extern const struct wrap_case wrap_cases[];
extern const size_t wrap_case_count;

#endif
