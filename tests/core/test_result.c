#include "core/result.h"

#include <criterion/criterion.h>
#include <string.h>

Test(result, an_error_hands_back_its_result)
{
	struct error error = { "" };

	cr_expect_eq(error_set(&error, RESULT_BAD, "cannot open '%s'", "x.pcap"), RESULT_BAD);
	cr_expect_str_eq(error.text, "cannot open 'x.pcap'");
	cr_expect_eq(error_set(NULL, RESULT_LIMIT, "nobody reads this"), RESULT_LIMIT);
}

Test(result, a_long_text_is_cut)
{
	struct error error;
	char word[2000];

	memset(word, 'a', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	cr_expect_eq(error_set(&error, RESULT_FAILED, "%s", word), RESULT_FAILED);
	cr_expect_eq(strlen(error.text), sizeof(error.text) - 1);
}
