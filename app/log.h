/*
 * log - what the program says to whoever runs it, on standard error
 *
 * In:      printf formats; bytes that are not printable come out as \xNN.
 * Out:     one line each, "relaywatch: ..."
 * Limits:  a line holds 1023 bytes and is cut there.
 * Errors:  none: who cannot be told cannot be told.
 * Owner:   the stream is the caller's.
 */
#ifndef RELAYWATCH_APP_LOG_H
#define RELAYWATCH_APP_LOG_H

#include "core/result.h"

#include <stdio.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log {
	FILE *stream;
	enum log_level level; /* this and what is graver is written */
};

void log_write(const struct log *log, enum log_level level, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
