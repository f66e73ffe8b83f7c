/*
 * folder - the capture files that a path stands for
 *
 * In:      a path: a file, "-", or a folder.
 * Out:     the file itself; of a folder those in it (not below) whose names look like captures:
 *          with .pcap, .pcapng, .cap, .dmp or .trc, perhaps a number behind it as ring files
 *          have, perhaps .gz or .zst; in the order of their names.
 * Limits:  CAPTURE_FILES_MAX.
 * Errors:  RESULT_BAD: nothing in the folder; RESULT_LIMIT; RESULT_FAILED.
 * Owner:   the list owns the paths.
 */
#ifndef RELAYWATCH_CAPTURE_FOLDER_H
#define RELAYWATCH_CAPTURE_FOLDER_H

#include "core/result.h"

#include <stdbool.h>

struct folder_list {
	char **paths;
	size_t count, capacity;
};

MUST_USE enum result folder_expand(struct folder_list *list, const char *path, struct error *error);
void folder_list_clear(struct folder_list *list);
/* Is it the name of a capture? */
bool folder_is_capture_name(const char *name);

#endif
