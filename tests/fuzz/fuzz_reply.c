/*
 * fuzz_reply - any code, letter and text: no fault, class, verdict and outcome fit together, and
 * a software that is told has both a name and a source
 *
 * In:      a byte for the letter, two for the code, and the text.
 */
#include "protocols/reply.h"
#include "protocols/software.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_software(struct software told)
{
	check((told.name == NULL) == (told.source == SOFTWARE_UNTOLD));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char letters[] = { 0, 'K', 'Z', 'D' };
	struct fact_reply reply = { 0 };
	enum recipient_verdict verdict;
	enum outcome outcome;

	if (size < 3)
		return 0;
	reply.letter = letters[data[0] & 3];
	if (reply.letter == 0)
		reply.code = (uint16_t)(data[1] << 8 | data[2]);
	reply.text = span_of(data + 3, size - 3);
	reply_classify(&reply);
	verdict = reply_recipient_verdict(&reply);
	outcome = reply_outcome(&reply);
	check(memchr(reply.enhanced, '\0', sizeof(reply.enhanced)) != NULL);
	check((reply.reply_class == REPLY_POSITIVE) == (verdict == RECIPIENT_ACCEPTED));
	check((verdict == RECIPIENT_ACCEPTED) == (outcome == OUTCOME_ACCEPTED));
	check((verdict == RECIPIENT_UNKNOWN) == (outcome == OUTCOME_UNKNOWN));
	check(verdict != RECIPIENT_TEMPFAIL || outcome == OUTCOME_TEMPFAIL);
	check_software(software_of_reply(&reply));
	check_software(software_of_greeting(reply.text));
	check_software(software_of_keyword(reply.text));
	return 0;
}
