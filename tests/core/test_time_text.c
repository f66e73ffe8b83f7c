#include "core/time_text.h"

#include "core/result.h"

#include <criterion/criterion.h>

Test(time_text, rfc_3339)
{
	static const struct {
		int64_t ns;
		const char *full, *brief;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000000000Z", "1970-01-01 00:00:00" },
		{ 1, "1970-01-01T00:00:00.000000001Z", "1970-01-01 00:00:00" },
		{ -1, "1969-12-31T23:59:59.999999999Z", "1969-12-31 23:59:59" },
		{ -NS_PER_SECOND, "1969-12-31T23:59:59.000000000Z", "1969-12-31 23:59:59" },
		{ -NS_PER_SECOND - 1, "1969-12-31T23:59:58.999999999Z", "1969-12-31 23:59:58" },
		{ INT64_C(951782400) * NS_PER_SECOND, "2000-02-29T00:00:00.000000000Z",
		  "2000-02-29 00:00:00" },
		{ INT64_C(1709164800) * NS_PER_SECOND + 5 * NS_PER_MS,
		  "2024-02-29T00:00:00.005000000Z", "2024-02-29 00:00:00" },
		{ INT64_C(4107542399) * NS_PER_SECOND, "2100-02-28T23:59:59.000000000Z",
		  "2100-02-28 23:59:59" },
		{ INT64_C(4107542400) * NS_PER_SECOND, "2100-03-01T00:00:00.000000000Z",
		  "2100-03-01 00:00:00" }, /* no leap year */
		{ INT64_MAX, "2262-04-11T23:47:16.854775807Z", "2262-04-11 23:47:16" },
		{ INT64_MIN, "1677-09-21T00:12:43.145224192Z", "1677-09-21 00:12:43" },
	};
	char text[TIME_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cr_expect_str_eq(time_text_ns(cases[i].ns, text), cases[i].full);
		cr_expect_str_eq(time_text_short(cases[i].ns, text), cases[i].brief);
	}
}
