/*
 * capture - packets in, decoded TCP segments and datagrams out
 *
 * In:      capture files merged by packet time, standard input ("-"), or one interface.
 * Out:     packet_sink: each TCP segment and each UDP datagram of port 53, innermost headers.
 * Limits:  one packet of each file is looked at ahead; CAPTURE_FILES_MAX files at once.
 * Errors:  opening: a struct error. Damage inside a file: on_damage with file and packet; the
 *          file is read to the damage, the others go on, and capture_stats counts it.
 * Owner:   the caller owns the capture; segments are lent until the callback returns.
 */
#ifndef RELAYWATCH_CAPTURE_CAPTURE_H
#define RELAYWATCH_CAPTURE_CAPTURE_H

#include "core/segment.h"

#define CAPTURE_FILES_MAX 4096
#define CAPTURE_REASONS_MAX 16

struct capture;

struct packet_sink {
	void (*segment)(void *ctx, const struct segment *segment);
	void (*datagram)(void *ctx, const struct datagram *datagram);
	void *ctx;
};

struct capture_options {
	const char *filter; /* pcap filter expression; NULL: none */
	void (*on_damage)(void *ctx, const char *file, uint64_t packet, const char *what);
	void *on_damage_ctx;
	uint32_t buffer_bytes; /* live: the kernel's ring; 0: 64 MiB */
};

struct capture_count {
	const char *name; /* what it was; NULL ends the list */
	uint64_t count;
};

struct capture_stats {
	uint64_t packets, bytes;      /* read, and their length on the wire */
	uint64_t segments, datagrams; /* handed on */
	uint64_t not_ip, truncated, malformed, duplicates;
	uint64_t damaged_files;
	uint64_t kernel_dropped, interface_dropped;        /* live */
	struct capture_count opaque[CAPTURE_REASONS_MAX];  /* carriers that cannot be looked into */
	struct capture_count unknown[CAPTURE_REASONS_MAX]; /* link types, ether types not read */
	int64_t first_ns, last_ns;                         /* packet time; 0: no packet */
};

/* RESULT_BAD: the pcap filter expression cannot be compiled; error says where and what. */
MUST_USE enum result capture_check_filter(const char *filter, struct error *error);
/* Open all files; one that cannot be opened fails the whole (what, where, the mend). */
MUST_USE enum result capture_open_files(struct capture **out, const char *const *paths,
					size_t path_count, const struct capture_options *options,
					struct error *error);
MUST_USE enum result capture_open_live(struct capture **out, const char *interface,
				       const struct capture_options *options, struct error *error);
/*
 * Read up to max_packets packets and hand them on. RESULT_OK: go on calling; RESULT_MORE: nothing
 * was there for now (live, after at most 100 ms); RESULT_END: all is read; RESULT_FAILED: the
 * source broke (error says how), what was read before is handed on.
 */
MUST_USE enum result capture_run(struct capture *capture, size_t max_packets,
				 const struct packet_sink *sink, struct error *error);
/* Let a capture_run that waits return soon; may be called from a signal handler. */
void capture_break(struct capture *capture);
void capture_stats_get(struct capture *capture, struct capture_stats *out);
/* The name of a file by its number in frame_id; NULL past the last one. */
const char *capture_file_name(const struct capture *capture, uint32_t file);
void capture_free(struct capture **capture);

#endif
