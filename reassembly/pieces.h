/*
 * pieces - the segments of one direction that cannot be handed on yet
 *
 * In:      parts of segments, in any order.
 * Out:     a list in sequence order; starts and ends both rise along it, parts may overlap.
 *          Shared bytes belong to one of two parts by the policy of overlap.h. Under that of
 *          Linux the list keeps whole parts, as Linux does:
 *            - the one that begins first owns the shared bytes;
 *            - of two that begin at one place the first to come, unless the second is longer;
 *            - one that lies within another is gone.
 *          Under all others who loses bytes loses them at once, and no two parts overlap.
 *          A doubtful piece (one that the receiver may have dropped) yields to one that is not:
 *          only what lies outside that is kept.
 * Limits:  PIECES_MAX in one list; every piece is charged to the budget.
 * Errors:  RESULT_LIMIT: no room, nothing was stored.
 * Owner:   the list owns its pieces and copies the bytes.
 */
#ifndef RELAYWATCH_REASSEMBLY_PIECES_H
#define RELAYWATCH_REASSEMBLY_PIECES_H

#include "core/budget.h"
#include "core/segment.h"
#include "reassembly/overlap.h"

#define PIECES_MAX 2048

/* Why the receiver may not have taken a segment. Bits. */
enum doubt {
	DOUBT_TTL = 1 << 0,    /* lower than this sender's others: may die on the way */
	DOUBT_WINDOW = 1 << 1, /* beyond what the receiver is known to take */
	DOUBT_ACK = 1 << 2,    /* acknowledges what was not seen yet */
	DOUBT_SYN = 1 << 3,    /* data in a SYN, not acknowledged yet */
	DOUBT_OLD = 1 << 4,    /* PAWS: its time stamp is from the past */
	DOUBT_RESET = 1 << 5,  /* behind a RST of its sender */
	DOUBT_PAST = 1 << 6,   /* acknowledges less than the other end ever had under way */
	DOUBT_SUM = 1 << 7     /* a wrong checksum, where those of its sender are right as a rule */
};

/* What is known of a part of a segment besides its bytes. */
struct piece_head {
	int64_t time_ns;  /* packet time, for the receiver of the bytes */
	int64_t since_ns; /* by our clock, for waiting */
	struct frame_id at;
	uint32_t sequence;
	uint32_t length;  /* bytes that are there */
	uint32_t missing; /* bytes after them that the snap length cut */
	uint32_t acknowledgement;
	uint8_t ttl;
	uint8_t doubts; /* enum doubt */
	bool has_ack;
	bool fin; /* takes one sequence number after the bytes */
};

struct piece {
	struct piece *before, *after;
	struct piece_head head;
	int64_t acked_ns; /* since when the receiver is known to have all before it; 0: not */
	uint8_t bytes[];
};

struct pieces {
	struct piece *first, *last;
	struct piece *unacked; /* all with acked_ns 0 are from here on */
	uint32_t count;
	uint32_t doubtful;
	enum overlap_policy policy;
	size_t charged_bytes;
};

uint32_t piece_end(const struct piece_head *head);
/* The bytes of both that stand at the same place are the same. */
bool piece_agrees(const struct piece_head *a, const uint8_t *a_bytes, const struct piece_head *b,
		  const uint8_t *b_bytes);
/*
 * Keep a copy. *out is the stored piece, or NULL where all of it is known, or it is doubtful;
 * *conflict is set where bytes differ, and left alone otherwise.
 */
MUST_USE enum result pieces_add(struct pieces *list, struct budget *budget,
				const struct piece_head *head, const uint8_t *bytes,
				struct piece **out, bool *conflict);
/* The receiver has acknowledged up to here. */
void pieces_acked(struct pieces *list, uint32_t acked, int64_t now_ns);
void pieces_remove(struct pieces *list, struct budget *budget, struct piece *piece);
void pieces_clear(struct pieces *list, struct budget *budget);
/* Make two pieces of one, at a place inside it; without room nothing changes. */
void pieces_split(struct pieces *list, struct budget *budget, struct piece *piece, uint32_t at);
/* The doubts of a piece are over. */
void pieces_trust(struct pieces *list, struct piece *piece);

#endif
