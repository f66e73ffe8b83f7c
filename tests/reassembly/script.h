/*
 * script - segments by a table, and what reassembly makes of them as one line of text
 *
 * In:      steps: who sends what, by offsets from the initial sequence numbers.
 * Out:     a log such as "open C'EHLO' S'250' gap S 5 end C close fin"; neighbouring chunks of one
 *          direction are joined.
 * Limits:  -
 * Errors:  a failed assertion of Criterion.
 * Owner:   script_init / script_clear.
 */
#ifndef RELAYWATCH_TESTS_REASSEMBLY_SCRIPT_H
#define RELAYWATCH_TESTS_REASSEMBLY_SCRIPT_H

#include "core/text.h"
#include "core/time_text.h"
#include "reassembly/reassembly.h"

#define CLIENT_ISN 1000u
#define SERVER_ISN 5000u
#define START_NS (INT64_C(1700000000) * NS_PER_SECOND)

/* The checksum of a step: not captured, right, wrong. */
enum sum { SUM_NONE, SUM_RIGHT, SUM_WRONG };

struct step {
	int64_t after_ms; /* since the step before */
	char from;        /* 'C' or 'S'; 0 ends a table */
	uint8_t flags;    /* 0: ACK alone; NO_FLAGS: none */
	int32_t at;       /* sequence number, from the first byte of data; a SYN is at -1 */
	int32_t ack;
	const char *text;
	uint32_t missing;
	uint8_t ttl;        /* 0: 64 */
	uint16_t window;    /* 0: 65535; NO_WINDOW: 0 */
	int8_t scale;       /* of a SYN; 0: none */
	uint32_t timestamp; /* 0: none */
	uint16_t urgent;
	uint32_t isn;       /* 0: the usual one */
	uint32_t other_isn; /* 0: the usual one */
	uint16_t port;      /* of the client; 0: 40000 */
	bool md5, checksum_bad;
	enum sum sum;
};

#define NO_FLAGS 0x80
#define NO_WINDOW 1

struct script {
	struct reassembly *reassembly;
	struct budget budget;
	struct text log;
	char joined; /* the direction of the open quote, or 0 */
	int64_t now_ns;
	uint64_t frame;
	uint16_t server_port;
	uint32_t flags; /* of the connection closed last */
	uint32_t open_count, close_count;
	int64_t refuse_after; /* chunks until data says that it wants no more; < 0: never */
	bool contacts;        /* log them */
	struct conversation_ops ops;
};

/* A table of cases: steps, and the log that they must give. */
struct script_case {
	const char *name;
	const char *log;
	uint32_t flags; /* of the connection closed last: these and no others */
	struct step steps[14];
};

struct script_setting {
	bool handshake; /* comes before the steps */
	bool contacts;  /* are told as well */
	uint16_t server_port;
};

void script_try(const struct script_case *cases, size_t count,
		const struct script_setting *setting);

void script_init(struct script *script, uint16_t server_port, size_t budget_bytes);
/* The calls go elsewhere than to the log. */
void script_init_for(struct script *script, uint16_t server_port,
		     const struct conversation_ops *ops, void *ctx);
/* Of a new script: another policy than that of Linux. */
void script_use_overlap(struct script *script, enum overlap_policy policy);
void script_clear(struct script *script);
void script_step(struct script *script, const struct step *step);
/* The same with these bytes instead of the step's text. */
void script_send(struct script *script, const struct step *step, struct span payload);
void script_steps(struct script *script, const struct step *steps);
/* SYN, SYN-ACK, ACK; a table may begin with it. */
void script_handshake(struct script *script);
/* Finish, and give the log. */
const char *script_end(struct script *script);

#endif
