/*
 * fuzz_qmqp - any conversation of QMQP, as it came and cut in other places: no fault, and the same facts
 *
 * In:      steps (steps.h).
 */
#include "steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	steps_check_decoder(&qmqp_decoder, 628, span_of(data, size));
	return 0;
}
