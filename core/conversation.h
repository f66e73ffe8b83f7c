/*
 * conversation - what reassembly hands on: both directions of a TCP connection as one
 *
 * In:      -
 * Out:     the calls that reassembly/ makes and protocols/ answers. For one connection they
 *          come as: open, then any of data, gap and end, then close, once. A chunk is delivered
 *          only after the other direction was delivered, or declared a gap, up to the chunk's
 *          acknowledgement number: an answer never overtakes its command.
 * Limits:  a chunk is what one segment held, less what was known already.
 * Errors:  -
 * Owner:   chunk bytes are lent until the call returns; the session pointer belongs to the
 *          receiver, from open to close.
 */
#ifndef RELAYWATCH_CORE_CONVERSATION_H
#define RELAYWATCH_CORE_CONVERSATION_H

#include "core/segment.h"

enum direction { FROM_CLIENT = 0, FROM_SERVER = 1 };

enum close_reason { CLOSE_FIN, CLOSE_RST, CLOSE_TIMEOUT, CLOSE_EOF /* the capture ended */ };

enum connection_flag {
	CONNECTION_MIDSTREAM = 1 << 0,        /* its beginning is not in the capture */
	CONNECTION_GAP = 1 << 1,              /* a packet with data is missing for good */
	CONNECTION_ONE_SIDED = 1 << 2,        /* one direction's packets are not in the capture */
	CONNECTION_OVERLAP_CONFLICT = 1 << 3, /* two versions of the same bytes */
	CONNECTION_TRUNCATED = 1 << 4         /* the snap length cut bytes */
};

struct connection {
	struct ip_address client, server;
	uint16_t client_port, server_port;
	uint16_t vlan_id;
	uint32_t
	    client_isn; /* the client's initial sequence number; with MIDSTREAM the first seen */
	int64_t start_ns;
	struct frame_id start_at;
	uint32_t flags; /* enum connection_flag, so far */
	bool seen[2];   /* by enum direction: was any packet of it seen? */
	/* With LOOK_CLIENT_GOES_ON: bytes of each side before the first ones here; 0: not known. */
	uint32_t passed_over[2];
	bool roles_known;       /* a SYN told who the client is; else ports or content did */
	struct tunnels tunnels; /* its first packet came in; sources are on the client's side */
};

struct chunk {
	enum direction direction;
	int64_t time_ns;
	struct frame_id at;
	struct span bytes;
};

enum gap_kind { GAP_LOST /* never captured */, GAP_CUT /* cut by the snap length */ };

struct gap {
	enum direction direction;
	enum gap_kind kind;
	uint64_t length_bytes;
	int64_t time_ns;
	struct frame_id at; /* the packet by which it was noticed */
};

struct conversation_end {
	enum close_reason reason;
	int64_t time_ns;
	struct frame_id at;
};

/* What a first payload without a flow looks like. */
enum first_look {
	LOOK_NOT_MAIL,
	LOOK_MAIL_PORT,        /* one of the ports is a mail port; it tells who the server is */
	LOOK_SENDER_IS_CLIENT, /* told by content */
	LOOK_CLIENT_GOES_ON,   /* the same, of one whose first words were passed over */
	LOOK_SENDER_IS_SERVER  /* told by content */
};

/* Connections that carried no payload, summed by server port, client and minute. */
enum contact_kind { CONTACT_REFUSED, CONTACT_RESET, CONTACT_SILENT, CONTACT_UNANSWERED };

struct contact {
	struct ip_address client, server;
	uint16_t server_port;
	enum contact_kind kind;
	uint64_t count;
	int64_t first_ns, last_ns;
	struct frame_id at; /* of the first one */
};

struct conversation_ops {
	/* Asked of each segment with payload that belongs to no flow; cheap and without state. */
	enum first_look (*look)(void *ctx, const struct segment *segment);
	/* NULL: not wanted. The connection is lent until close returns; its flags change. */
	void *(*open)(void *ctx, const struct connection *connection);
	/* false: no more of this connection is wanted; close still follows. */
	bool (*data)(void *ctx, void *session, const struct chunk *chunk);
	bool (*gap)(void *ctx, void *session, const struct gap *gap);
	/* This direction has ended in order (FIN); the other may go on. */
	void (*end)(void *ctx, void *session, enum direction direction, int64_t time_ns);
	void (*close)(void *ctx, void *session, const struct conversation_end *end);
	void (*contact)(void *ctx, const struct contact *contact);
};

#endif
