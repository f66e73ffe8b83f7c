#include "app/log.h"

#include <stdarg.h>

/* One line, written in one go so that it stays whole beside those of others. */
void log_write(const struct log *log, enum log_level level, const char *format, ...)
{
	char line[1024];
	va_list args;

	if (level > log->level)
		return;
	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	(void)fprintf(log->stream, "relaywatch: %s\n", line);
}
