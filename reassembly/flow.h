/*
 * flow - one TCP connection that is followed: two directions and what joins them
 *
 * In:      -
 * Out:     the structs that the files of this folder share.
 *
 * A direction in plain words. Its bytes are numbered. All below `next` was handed on, or told as
 * a gap. What lies from `next` to `received` has arrived without a hole and waits for its turn in
 * the conversation. `top` is the highest number that its sender is known to have reached, and
 * `claimed` the same with segments that may never have arrived. The other end says what it got
 * (`acked`) and what it takes (`edge`). What is beyond `received` is kept in `pieces` until the hole
 * before it fills, or until it is sure that it never will: the receiver acknowledged it and it is
 * not in the capture.
 *
 * Phases of a flow:
 *   OPEN    segments are taken
 *   RESET   a RST was seen that the receiver takes (or may take); the flow lingers: that it never
 *           arrived shows when the receiver acknowledges what its sender says after it
 * A flow that ended is freed; closed.h keeps what little is needed of it for its late copies.
 *
 * Limits:  -
 * Errors:  -
 * Owner:   the reassembly owns its flows.
 */
#ifndef RELAYWATCH_REASSEMBLY_FLOW_H
#define RELAYWATCH_REASSEMBLY_FLOW_H

#include "core/conversation.h"
#include "core/hashmap.h"
#include "reassembly/pieces.h"
#include "reassembly/unacked.h"

struct stream {
	uint32_t isn; /* the number of its SYN, where handshake_seen */
	uint32_t next, received, top, claimed;
	uint32_t acked, edge;
	uint32_t window_max; /* the largest window its receiver offered */
	uint32_t future_ack; /* by the receiver, of what was not seen yet */
	uint32_t urgent;     /* place of the urgent byte */
	uint32_t timestamp;  /* RFC 7323: TS.Recent at its receiver */
	int64_t acked_ns;    /* when acked moved last, by our clock */
	int64_t ahead_ns;    /* since when acked is beyond received */
	struct checksum_trust sums;
	struct pieces pieces;
	struct unacked unacked; /* the last bytes before next */
	uint8_t ttl;            /* of its sender's packets; 0: none seen */
	int8_t scale;           /* of the windows that its sender offers; -1: none */
	bool
	    placed; /* next, received, top and claimed are known; else next is the first number acked */
	bool handshake_seen;
	bool ended;  /* its FIN was handed on */
	bool spoken; /* bytes of it were handed on */
	bool acked_known, edge_known, future_known, urgent_known, timestamp_known;
};

enum flow_phase { FLOW_OPEN, FLOW_RESET };

/* What a flow is worth when memory is short; the first goes first. */
enum flow_worth {
	WORTH_UNWANTED,  /* nobody wants more of it */
	WORTH_ONE_VOICE, /* only one side has said anything */
	WORTH_DIALOGUE,
	WORTH_COUNT
};

/* The two ends in a fixed order, so that both directions have one key. */
struct flow_key {
	struct ip_address low, high;
	uint16_t low_port, high_port;
};

struct flow {
	struct hashmap_node node; /* flow table */
	struct flow *older, *newer;
	uint32_t timer_index; /* its place among the timers */
	int64_t deadline_ns;  /* by our clock */
	uint64_t serial;
	struct flow_key key;
	bool client_is_high;
	enum flow_phase phase;
	enum flow_worth worth;
	bool wanted;     /* the receiver of the calls still wants data */
	bool alone;      /* given up: the side that was not seen is not in the capture */
	bool has_md5;    /* RFC 2385 is in use */
	int64_t last_ns; /* by our clock */
	struct connection connection;
	void *session;
	struct stream streams[2]; /* by enum direction */
	/* FLOW_RESET */
	enum direction reset_by;
	uint32_t reset_sequence;
	bool reset_sure;
	struct conversation_end reset_word;
	struct conversation_end last_word; /* the last packet that was seen of it */
};

static inline enum direction other_direction(enum direction d)
{
	return d == FROM_CLIENT ? FROM_SERVER : FROM_CLIENT;
}

#endif
