#include "app/log.h"

#include "core/text.h"

#include <stdarg.h>

#define LINE_MAX_BYTES 1024
#define PRINTABLE_MAX_BYTES (4 * LINE_MAX_BYTES) /* \xNN in place of a byte */

/*
 * One line, written in one go so that it stays whole beside those of others. Names of files and
 * arguments may hold any byte; none of them reaches a terminal as it is.
 */
void log_write(const struct log *log, enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	struct text printable;
	va_list args;

	if (level > log->level)
		return;
	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_init(&printable, PRINTABLE_MAX_BYTES);
	text_add_printable(&printable, span_text(line));
	(void)fprintf(log->stream, "relaywatch: %s\n", text_get(&printable));
	text_clear(&printable);
}
