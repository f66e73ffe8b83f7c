/*
 * engine - the state of a reassembly, for the files of this folder
 *
 * In:      -
 * Out:     struct reassembly and its times.
 * Limits:  PENDING_MAX_BYTES of one flow wait at most; the budget rules over all of them.
 * Errors:  -
 * Owner:   reassembly.c
 */
#ifndef RELAYWATCH_REASSEMBLY_ENGINE_H
#define RELAYWATCH_REASSEMBLY_ENGINE_H

#include "core/time_text.h"
#include "reassembly/closed.h"
#include "reassembly/contacts.h"
#include "reassembly/flow_table.h"
#include "reassembly/handshakes.h"
#include "reassembly/reassembly.h"
#include "reassembly/timers.h"

#define FLOWS_MAX_DEFAULT 65536
#define HANDSHAKES_MAX_DEFAULT 16384
#define CONTACTS_MAX_DEFAULT 4096
#define IDLE_TIMEOUT_DEFAULT_NS (65 * NS_PER_MINUTE)
#define REORDER_WAIT_DEFAULT_NS (200 * NS_PER_MS)
#define HALF_CLOSED_TIMEOUT_NS (15 * NS_PER_MINUTE)
#define CLOSED_LINGER_NS (60 * NS_PER_SECOND) /* TIME-WAIT, as long as in Linux */
#define RESET_LINGER_NS (2 * NS_PER_SECOND)   /* after a RST that fits exactly */
#define LONELY_HOLE_NS (10 * NS_PER_SECOND)   /* a hole that nobody can acknowledge */
#define PENDING_MAX_BYTES ((size_t)4 * 1024 * 1024)

struct reassembly {
	struct reassembly_options options;
	struct budget *budget;
	const struct conversation_ops *ops;
	void *ctx;
	struct reassembly_stats stats;
	struct marks marks; /* of table and closed */
	struct flow_table table;
	struct timers timers;
	struct handshakes handshakes;
	struct contacts contacts;
	struct closed closed;
	uint64_t next_serial;
	/*
	 * Our clock follows packet time and never goes back: where the clock of a capture is set
	 * back, offset_ns makes up for it.
	 */
	bool clock_set;
	int64_t now_ns, offset_ns;
	int64_t minute_end_ns; /* of the contacts */
};

#endif
