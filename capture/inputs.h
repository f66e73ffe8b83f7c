/*
 * inputs - all sources of a run, merged by packet time
 *
 * In:      paths of files and folders, or one interface that is open.
 * Out:     the earliest packet of all that wait; of packets at one time that of the input that
 *          was named first.
 * Limits:  CAPTURE_FILES_MAX; of more than OPEN_AT_ONCE regular files each is opened when its
 *          first packet is due, so that ring files cost a buffer one after the other.
 * Errors:  opening: a struct error. Later: on_damage, and the input is over.
 * Owner:   the caller owns the inputs; a packet is lent until inputs_advance.
 */
#ifndef RELAYWATCH_CAPTURE_INPUTS_H
#define RELAYWATCH_CAPTURE_INPUTS_H

#include "capture/capture.h"
#include "capture/source.h"

#define OPEN_AT_ONCE 16

enum input_state {
	INPUT_READY,   /* packet is the next one */
	INPUT_PARKED,  /* likewise, but it must be opened again to read on */
	INPUT_WAITING, /* a pipe or interface that has none for now */
	INPUT_OVER
};

struct input {
	char *path;
	uint32_t number; /* in the order given, from 0 */
	enum input_state state;
	struct source *source; /* NULL: not open */
	struct packet packet;
	uint64_t links_told; /* a bit for each link that was said not to be read */
};

struct inputs {
	struct input *list;
	uint32_t count, capacity;
	struct input **heap; /* ready and parked ones, the earliest first */
	uint32_t heap_count;
	uint32_t waiting_count;
	uint64_t damaged_count;
	bool live;
	struct error live_error; /* why the interface gave up */
	struct links links;
	const struct capture_options *options;
};

MUST_USE enum result inputs_open_files(struct inputs *inputs, const char *const *paths,
				       size_t path_count, struct error *error);
/* An interface, the only input then; source is taken over, also on failure. */
MUST_USE enum result inputs_open_live(struct inputs *inputs, const char *name,
				      struct source *source, struct error *error);
void inputs_clear(struct inputs *inputs);
/*
 * The input with the earliest packet, ready. RESULT_MORE: one that may have an earlier packet
 * waits for it; RESULT_END: all are over; RESULT_FAILED: the interface broke.
 */
MUST_USE enum result inputs_first(struct inputs *inputs, struct input **out, struct error *error);
/* Go on behind the packet of the first input. */
void inputs_advance(struct inputs *inputs);
/* Tell the caller what is wrong with an input. */
void inputs_tell(const struct inputs *inputs, const struct input *input, uint64_t frame,
		 const char *what);

#endif
