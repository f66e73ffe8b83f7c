/*
 * source - where packets come from: one shape for files, pipes and interfaces
 *
 * In:      a path, a stream of bytes, or an interface.
 * Out:     packets in the order of the source, each with its time, frame number and link.
 * Limits:  a packet holds at most PACKET_MAX_BYTES; LINKS_MAX link types in one run.
 * Errors:  opening: a struct error. next: RESULT_MORE (nothing for now), RESULT_END, RESULT_BAD
 *          (damage) and RESULT_FAILED (the system refused), with source->error; after those
 *          two nothing more comes.
 * Owner:   the caller owns the source; a packet is lent until the next call on its source.
 */
#ifndef RELAYWATCH_CAPTURE_SOURCE_H
#define RELAYWATCH_CAPTURE_SOURCE_H

#include "capture/bytes.h"
#include "capture/link.h"

#define PACKET_MAX_BYTES 262144 /* libpcap's own limit */

struct packet {
	int64_t time_ns;
	uint64_t frame;    /* from 1; packets that a filter leaves out count too */
	struct span bytes; /* as captured */
	uint32_t wire_bytes;
	struct link *link;
};

struct source;

struct source_counts {
	uint64_t kernel_dropped, interface_dropped;
};

struct source_ops {
	enum result (*next)(struct source *source, struct packet *out);
	void (*counts)(struct source *source, struct source_counts *out); /* may be NULL */
	void (*close)(struct source *source);                             /* frees the source too */
};

struct source {
	const struct source_ops *ops;
	struct error error;
};

/* Each opens the file that stands in the window, which is taken over (left empty). */
MUST_USE enum result source_classic_open(struct source **out, struct window *window,
					 struct links *links, struct error *error);
MUST_USE enum result source_pcapng_open(struct source **out, struct window *window,
					struct links *links, struct error *error);
MUST_USE enum result source_other_open(struct source **out, struct window *window,
				       struct links *links, struct error *error);
/* Can source_classic read a file that begins so? Else source_other may. */
bool source_classic_knows(struct span header);

/* Any file by its magic numbers; "-" is standard input. RESULT_BAD: it is no capture. */
MUST_USE enum result source_file_open(struct source **out, const char *path, size_t window_bytes,
				      struct links *links, struct error *error);
/* links must have no filter: the kernel gets it. */
MUST_USE enum result source_live_open(struct source **out, const char *interface,
				      const char *filter, uint32_t buffer_bytes,
				      struct links *links, struct error *error);
/* Of the library, for --version. */
const char *source_libpcap_version(void);

#endif
