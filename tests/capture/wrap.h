/*
 * wrap - build packets from the inside out, and see what the decoder makes of them
 *
 * In:      steps, each of which puts a header in front: "ip4 6" and "ip6 6" an IP header with
 *          that protocol, "udp 4789" one with that destination port, "tcp" a segment's; all else
 *          is hexadecimal, where LL stands for the length of what follows, in two bytes, and NN
 *          for that of a field of nflog: four more, little endian.
 * Out:     bytes; and what a decoder handed on.
 *          The innermost IP header goes from 192.0.2.1 or 2001:db8::1 to the one with a 2, or
 *          back, those around it from 198.51.100.1 or 2001:db8:1::1.
 * Limits:  WRAP_MAX_BYTES; TAKEN_MAX segments and datagrams are kept.
 * Errors:  a wrong step fails the test.
 * Owner:   plain values.
 */
#ifndef RELAYWATCH_TESTS_CAPTURE_WRAP_H
#define RELAYWATCH_TESTS_CAPTURE_WRAP_H

#include "capture/decoder.h"

#define WRAP_MAX_BYTES 4096
#define TAKEN_MAX 16
#define WRAP_TEXT "RCPT TO:<a@example.net>\r\n"

struct wrap {
	uint8_t bytes[WRAP_MAX_BYTES];
	size_t start;            /* what is built ends at WRAP_MAX_BYTES */
	unsigned ip_count;       /* IP headers so far */
	bool reversed;           /* from the server */
	uint16_t identification; /* of IPv4 */
};

void wrap_begin(struct wrap *wrap, const char *payload);
void wrap_begin_bytes(struct wrap *wrap, struct span payload);
void wrap_step(struct wrap *wrap, const char *step);
/* Steps end with NULL. */
void wrap_steps(struct wrap *wrap, const char *const *steps);
struct span wrap_span(const struct wrap *wrap);

struct taken {
	struct segment segments[TAKEN_MAX];
	char payloads[TAKEN_MAX][512]; /* of segments */
	struct tunnels tunnels[TAKEN_MAX];
	size_t segment_count;
	struct datagram datagrams[TAKEN_MAX];
	size_t datagram_count;
	struct packet_sink sink;
};

void taken_init(struct taken *taken);
/* Feed one packet to a decoder. */
void decode_bytes(struct decoder *decoder, uint32_t link_type, struct span bytes, size_t wire_bytes,
		  struct taken *taken);
/* The same at a time; else it is the first nanosecond. */
void decode_bytes_at(struct decoder *decoder, int64_t time_ns, uint32_t link_type,
		     struct span bytes, size_t wire_bytes, struct taken *taken);
void decoder_begin(struct decoder *decoder);

#endif
