/*
 * segment - what capture hands on: one decoded TCP segment, or one UDP datagram
 *
 * In:      -
 * Out:     the noun between capture/ and what follows.
 * Limits:  payload holds what was captured; missing_bytes what the snap length cut from its end.
 * Errors:  -
 * Owner:   lent until the callback returns.
 */
#ifndef RELAYWATCH_CORE_SEGMENT_H
#define RELAYWATCH_CORE_SEGMENT_H

#include "core/address.h"
#include "core/span.h"

/* Where in the input a packet stands: file counts from 0 in the order given, frame from 1. */
struct frame_id {
	uint64_t frame; /* 0: none */
	uint32_t file;
};

#define TUNNELS_MAX 2

/* One IP packet that carried another. */
struct tunnel {
	struct ip_address source, destination;
	const char *carrier; /* "gre", "vxlan", ...; a constant */
};

/* Those that a packet came in, the outermost first. */
struct tunnels {
	struct tunnel list[TUNNELS_MAX]; /* of more, the outermost ones */
	uint8_t count;                   /* in list */
};

enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20
};

struct segment {
	int64_t time_ns; /* packet time, since 1970, UTC */
	struct frame_id at;
	struct ip_address source, destination; /* the innermost ones */
	uint16_t source_port, destination_port;
	uint32_t sequence, acknowledgement;
	uint16_t window;         /* as on the wire, not scaled */
	uint16_t urgent_pointer; /* meaningful with TCP_URG */
	uint8_t flags;           /* enum tcp_flag */
	uint8_t ttl;
	int8_t window_scale; /* the option of a SYN; -1: none */
	bool has_timestamps; /* RFC 7323 */
	bool has_md5;        /* RFC 2385 */
	bool checksum_bad;   /* the IPv4 header's; see segment_checksum and checksum_trust */
	uint32_t timestamp_value, timestamp_echo;
	uint16_t vlan_id; /* 0: none */
	struct span payload;
	struct span transport;  /* the TCP header and the payload, as captured; empty: not kept */
	uint32_t missing_bytes; /* payload bytes that were on the wire and not captured */
	const struct tunnels *tunnels; /* lent as the segment is; NULL: none */
};

/*
 * Whether a receiver would have dropped this segment for a checksum. It reads each byte of the
 * payload, so ask only for segments that matter. A host that captures its own packets sees sums
 * that its card has yet to finish: what a wrong one means is told by the others of that sender.
 */
enum checksum_state {
	CHECKSUM_RIGHT,
	CHECKSUM_UNKNOWN, /* cut by the snap length, transport not kept, or joined by the host */
	CHECKSUM_WRONG    /* TCP's, or the IPv4 header's */
};
enum checksum_state segment_checksum(const struct segment *segment);
/* Not CHECKSUM_WRONG. */
bool segment_checksum_ok(const struct segment *segment);

/* What is known of the sums of one direction of one connection; all zero at its beginning. */
struct checksum_trust {
	uint32_t right, asked;
};
/*
 * Count this segment's checksum and say whether to take the segment: false where it is wrong
 * and those of this direction are right as a rule.
 */
bool checksum_trust_accepts(struct checksum_trust *trust, const struct segment *segment);

struct datagram {
	int64_t time_ns;
	struct frame_id at;
	struct ip_address source, destination;
	uint16_t source_port, destination_port;
	uint16_t vlan_id;
	struct span payload;
	uint32_t missing_bytes;
};

#endif
