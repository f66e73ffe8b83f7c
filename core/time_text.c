#include "core/time_text.h"

#include <stdio.h>
#include <time.h>

/* Split into whole seconds and the rest, which is never negative. */
static void split(int64_t time_ns, struct tm *out_tm, int64_t *out_rest_ns)
{
	int64_t seconds = time_ns / NS_PER_SECOND;
	int64_t rest = time_ns % NS_PER_SECOND;
	time_t t;

	if (rest < 0) {
		rest += NS_PER_SECOND;
		seconds--;
	}
	t = (time_t)seconds;
	*out_tm = (struct tm){ 0 };
	(void)gmtime_r(&t, out_tm);
	*out_rest_ns = rest;
}

/* Print with nanoseconds. */
const char *time_text_ns(int64_t time_ns, char text[TIME_TEXT_MAX])
{
	struct tm tm;
	int64_t rest;

	split(time_ns, &tm, &rest);
	(void)snprintf(text, TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ",
		       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		       tm.tm_sec, (int)rest);
	return text;
}

/* Print to the second. */
const char *time_text_short(int64_t time_ns, char text[TIME_TEXT_MAX])
{
	struct tm tm;
	int64_t rest;

	split(time_ns, &tm, &rest);
	(void)snprintf(text, TIME_TEXT_MAX, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900,
		       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return text;
}
