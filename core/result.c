#include "core/result.h"

#include <stdarg.h>
#include <stdio.h>

/* Keep the words for a person beside the code for the program. */
enum result error_set(struct error *error, enum result r, const char *format, ...)
{
	va_list args;

	if (error == NULL)
		return r;
	va_start(args, format);
	(void)vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return r;
}
