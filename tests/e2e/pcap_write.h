/*
 * pcap_write - write a capture file of TCP conversations over IPv4
 *
 * In:      connections and what each end says, in order.
 * Out:     a pcap file: Ethernet, microseconds, right checksums, a packet each millisecond.
 * Limits:  PCAP_SAY_MAX bytes in one packet.
 * Errors:  assertions of the test: the file cannot be written.
 * Owner:   the caller owns the writer and closes it.
 */
#ifndef RELAYWATCH_TESTS_E2E_PCAP_WRITE_H
#define RELAYWATCH_TESTS_E2E_PCAP_WRITE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PCAP_SAY_MAX 1400

struct pcap_writer {
	FILE *file;
	uint64_t time_us; /* since 1970 */
};

enum pcap_end { PCAP_CLIENT, PCAP_SERVER };

struct pcap_tcp {
	uint32_t address[2]; /* by enum pcap_end, host byte order */
	uint16_t port[2];
	uint32_t sequence[2]; /* of the next byte */
};

void pcap_open(struct pcap_writer *writer, const char *path);
void pcap_close(struct pcap_writer *writer);

/* The three packets that begin a connection; address and port are set by the caller. */
void pcap_tcp_begin(struct pcap_writer *writer, struct pcap_tcp *tcp);
void pcap_tcp_say(struct pcap_writer *writer, struct pcap_tcp *tcp, enum pcap_end from,
		  const void *bytes, size_t length);
/* The same for a text of ours. */
void pcap_tcp_say_text(struct pcap_writer *writer, struct pcap_tcp *tcp, enum pcap_end from,
		       const char *text);
/* Both ends close, the client first. */
void pcap_tcp_end(struct pcap_writer *writer, struct pcap_tcp *tcp);

#endif
