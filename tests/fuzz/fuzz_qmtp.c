/*
 * fuzz_qmtp - any conversation of QMTP, as it came and cut in other places: no fault, and the same facts
 *
 * In:      steps (steps.h).
 */
#include "steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	steps_check_decoder(&qmtp_decoder, 209, span_of(data, size));
	return 0;
}
