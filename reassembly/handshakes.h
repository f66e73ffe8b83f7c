/*
 * handshakes - what SYN and SYN-ACK said, kept in a fixed table until data comes
 *
 * In:      segments with SYN; FIN and RST, which a tap may hand over before the first data. No
 *          flow exists for them.
 * Out:     initial sequence numbers, options and roles for the first segment with payload; what
 *          became of handshakes that no payload followed.
 * Limits:  a number of sets of HANDSHAKE_WAYS entries, made once. A new handshake takes the
 *          place of the least valuable one of its set: done, then unanswered, then the oldest;
 *          so a flood of SYNs pushes out no handshake that was answered while one that was not
 *          is there.
 * Errors:  handshakes_new: RESULT_FAILED without memory.
 * Owner:   the caller; an entry is lent until the next call.
 */
#ifndef RELAYWATCH_REASSEMBLY_HANDSHAKES_H
#define RELAYWATCH_REASSEMBLY_HANDSHAKES_H

#include "reassembly/flow_table.h"

#define HANDSHAKE_WAYS 4
/* The first payload seen may stand this far behind the handshake, or begin before its end. */
#define FIRST_DATA_MAX_BYTES (16u << 20)
#define FIRST_BEFORE_MAX_BYTES (1u << 16)

/* What one end said in its SYN. */
struct handshake_side {
	uint32_t sequence; /* its initial sequence number */
	uint16_t window;
	uint8_t ttl;
	int8_t scale;
	bool seen;
	bool has_timestamps;
	uint32_t timestamp;
	uint8_t end_flags; /* of the FIN or RST that came before any payload; 0: none */
	uint32_t end_sequence, end_acknowledgement;
};

struct handshake {
	int64_t time_ns;  /* packet time of the first SYN or SYN-ACK */
	int64_t since_ns; /* the same by our clock */
	struct frame_id at;
	struct flow_key key;
	struct handshake_side sides[2]; /* low, high */
	uint32_t accepted;   /* the other end's number that a SYN-ACK acknowledged, less one */
	int64_t answered_ns; /* by our clock, when the last SYN-ACK came */
	int64_t ended_ns;    /* the same of the last FIN or RST; 0: none came */
	bool used;           /* the entry is not free */
	bool answered;
	bool client_is_high;
	bool roles_sure; /* a SYN without ACK told the client */
	bool has_md5;
	bool counted;  /* is, or was, a flow; or its end was told as a contact */
	bool followed; /* is, or was, a flow */
	bool mail_port;
};

/*
 * The tags stand apart, so that a look for what is not there touches one cache line of a small
 * table. Entry n belongs to set n / HANDSHAKE_WAYS.
 */
struct handshakes {
	uint32_t *tags; /* a part of the hash */
	struct handshake *entries;
	size_t count; /* a power of two, HANDSHAKE_WAYS at least */
};

MUST_USE enum result handshakes_new(struct handshakes *table, uint32_t entries_max);
void handshakes_free(struct handshakes *table);
/* NULL: none. */
struct handshake *handshakes_find(const struct handshakes *table, const struct flow_place *place);
/*
 * Take a SYN or SYN-ACK in. *lost gets what had to go and was no flow yet (it is not `used`
 * where nothing had).
 */
struct handshake *handshakes_note(struct handshakes *table, const struct flow_place *place,
				  const struct segment *segment, int64_t now_ns,
				  struct handshake *lost);
/* Where an end's data begin; false: not known. */
bool handshake_first(const struct handshake *h, bool of_high, uint32_t *out);
/* Does the first payload, or an end before it, stand where the handshake says? */
bool handshake_fits(const struct handshake *h, const struct flow_place *place,
		    const struct segment *segment);
/* Did the server answer a SYN, and is it another one than that with this number? */
bool handshake_answered_anew(const struct handshake *h, uint32_t client_isn);
/* Keep a FIN or RST of this end; the one with the lowest number stays. */
void handshake_note_end(struct handshake *h, bool of_high, const struct segment *segment,
			int64_t now_ns);
/* By the numbers of its ends: were there data that are not in the capture (yet)? */
bool handshake_missed_data(const struct handshake *h);

#endif
