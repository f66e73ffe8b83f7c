/*
 * wire - write a capture file of TCP conversations and datagrams over IPv4
 *
 * In:      connections and what each end says, in order.
 * Out:     a pcap file: Ethernet, microseconds, right checksums, a packet each millisecond.
 * Limits:  WIRE_SAY_MAX bytes in one packet.
 * Errors:  assertions of the test: the file cannot be written.
 * Owner:   the caller owns the wire and closes it.
 */
#ifndef RELAYWATCH_TESTS_E2E_WIRE_H
#define RELAYWATCH_TESTS_E2E_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WIRE_SAY_MAX 1400

struct wire {
	FILE *file;
	uint64_t time_us; /* since 1970 */
};

enum wire_side { WIRE_CLIENT, WIRE_SERVER };

struct wire_tcp {
	uint32_t address[2]; /* by enum wire_side, host byte order */
	uint16_t port[2];
	uint32_t sequence[2]; /* of the next byte */
};

void wire_open(struct wire *wire, const char *path);
void wire_close(struct wire *wire);

/* The three packets that begin a connection; address and port are set by the caller. */
void wire_begin(struct wire *wire, struct wire_tcp *tcp);
void wire_say(struct wire *wire, struct wire_tcp *tcp, enum wire_side from, const void *bytes,
	      size_t length);
/* The same for a text of ours. */
void wire_say_text(struct wire *wire, struct wire_tcp *tcp, enum wire_side from, const char *text);
/* By UDP between the same two ends. */
void wire_datagram(struct wire *wire, const struct wire_tcp *ends, enum wire_side from,
		   const void *bytes, size_t length);
/* A whole frame, as it is. */
void wire_frame(struct wire *wire, const void *bytes, size_t length);
/* Both ends close, the client first. */
void wire_end(struct wire *wire, struct wire_tcp *tcp);

#endif
