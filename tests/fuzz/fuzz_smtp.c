/*
 * fuzz_smtp - any conversation of SMTP or LMTP, as it came and cut in other places: no fault, and the same
 *             facts
 *
 * In:      steps (steps.h).
 */
#include "steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	steps_check_decoder(&smtp_decoder, 25, span_of(data, size));
	return 0;
}
