/*
 * dialogue - one recorded mail session, written again in other packets
 *
 * In:      a capture of pcaps/; a row of wrap_cases.h; what is done to each packet besides.
 * Out:     a pcap file of that link type: the same segments at the same times, in other headers.
 * Limits:  DIALOGUE_MAX segments of DIALOGUE_MAX_BYTES.
 * Errors:  assertions of the test.
 * Owner:   plain values.
 */
#ifndef RELAYWATCH_TESTS_E2E_DIALOGUE_H
#define RELAYWATCH_TESTS_E2E_DIALOGUE_H

#include "capture/wrap.h"
#include "capture/wrap_cases.h"

#define DIALOGUE_MAX 128
#define DIALOGUE_MAX_BYTES 1600

/* The segments of one connection, as they stand behind IP. */
struct dialogue {
	struct line {
		uint8_t bytes[DIALOGUE_MAX_BYTES];
		size_t length;
		bool from_server;
		int64_t time_ns;
	} lines[DIALOGUE_MAX];
	size_t count;
	uint16_t client_port; /* of the connection that is kept: the first one */
};

/* What is done to each packet besides. */
enum doing {
	DO_NOTHING,
	DO_CUT,          /* the outermost IP packet in fragments, the last one first */
	DO_CUT_INNER,    /* likewise, and each of them in GRE */
	DO_CUT_TWICE,    /* each fragment a second time */
	DO_TWICE,        /* each packet a second time, at once */
	DO_TWICE_ROUTED, /* the second time with one hop less, in a VLAN */
	DO_TWICE_LATE,   /* the second time behind the next packet */
	DO_TWICE_IN_GRE  /* the second time in a tunnel */
};

void dialogue_read(struct dialogue *d);
/* How many packets of it are copies of others. */
unsigned dialogue_write(const char *path, const struct dialogue *d, const struct wrap_case *c,
			enum doing doing);
/* Is the innermost header IPv6's? */
bool dialogue_is_ip6(const struct wrap_case *c);

#endif
