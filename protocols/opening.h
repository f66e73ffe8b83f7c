/*
 * opening - find out which protocol a conversation speaks
 *
 * In:      the first bytes of both sides, in order, as they come.
 * Out:     the protocol, once it can be told: by content first, the port only where the content
 *          leaves it open; then what was held meanwhile, once more from the beginning.
 * Limits:  OPENING_HELD_MAX bytes in OPENING_PIECES_MAX pieces are held; what comes past that
 *          before it is told is handed on as a gap, and after OPENING_GIVE_UP_BYTES the
 *          connection is not mail.
 * Errors:  none; without memory nothing is held.
 * Owner:   embedded in the conversation; the connection is lent, the budget charged.
 *
 * Where the client asks a proxy for a host (via.h), and it says yes, what follows is a conversation
 * of its own and is told as one; the port that was asked for then counts. Until the proxy has
 * answered, both readings are open, and all is held.
 *
 * A side whose beginning is not in the capture is searched: line by line for SMTP, behind each
 * ",," for QMTP. What a client throws at a port never keeps the server's greeting from being
 * seen: a side that makes no sense is not the end.
 */
#ifndef RELAYWATCH_PROTOCOLS_OPENING_H
#define RELAYWATCH_PROTOCOLS_OPENING_H

#include "core/budget.h"
#include "core/mail.h"
#include "protocols/identify.h"
#include "protocols/via.h"

#define OPENING_HELD_MAX 4096
#define OPENING_PIECES_MAX 64
#define OPENING_VIA_HELD_MAX 1024 /* of each side of a handshake that may be none */
#define OPENING_GIVE_UP_BYTES (UINT64_C(1) << 20)

enum opening_verdict {
	OPENING_UNDECIDED,
	OPENING_SMTP,
	OPENING_QMTP,
	OPENING_QMQP,
	OPENING_TLS, /* from the first byte on, on a port where that is the custom */
	OPENING_NOT_MAIL
};

struct opening_side {
	uint8_t head[IDENTIFY_HEAD_MAX];
	size_t length;
	enum payload_kind kind;
	bool searching; /* its beginning was not seen */
	bool skipping;  /* searching, and no place to begin was found yet */
	uint8_t last;   /* the byte before, while searching */
	size_t held;    /* bytes of it that are held */
	uint64_t lost;  /* bytes that could not be */
	uint64_t bytes;
};

struct opening_held;

struct opening {
	const struct connection *connection;
	struct budget *budget;
	enum mail_protocol port_protocol; /* PROTOCOL_UNKNOWN: the port says nothing */
	bool port_tls;
	bool server_first; /* the server's bytes came before any of the client's */
	bool via_over;     /* no handshake with a proxy is looked for any more */
	bool through;      /* there was one, and what follows came through it */
	struct via *via;   /* NULL: none was begun */
	struct opening_side sides[2];
	struct opening_held *held;
};

/* What is to be done with what was held. */
struct opening_replay {
	void (*data)(void *ctx, const struct chunk *chunk);
	void (*gap)(void *ctx, const struct gap *gap);
	void (*end)(void *ctx, enum direction direction, int64_t time_ns);
	void *ctx;
};

void opening_init(struct opening *opening, const struct connection *connection,
		  struct budget *budget);
void opening_clear(struct opening *opening);
/*
 * How many of these bytes of a side it can take now without loss, or without looking past its
 * verdict; the rest is for the next call, or for what the verdict names.
 */
size_t opening_room(const struct opening *opening, enum direction direction, struct span bytes);
/* Each holds what it is given. When the answer is a protocol, opening_replay_to hands it on. */
enum opening_verdict opening_data(struct opening *opening, const struct chunk *chunk);
enum opening_verdict opening_gap(struct opening *opening, const struct gap *gap);
void opening_end(struct opening *opening, enum direction direction, int64_t time_ns);
/* The connection is over: what the port and one side alone tell. */
enum opening_verdict opening_last(const struct opening *opening);
void opening_replay_to(const struct opening *opening, const struct opening_replay *to);

#endif
