/* Any code, letter and text. */
#include "protocols/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char letters[] = { 0, 'K', 'Z', 'D' };
	struct fact_reply reply = { 0 };

	if (size < 3)
		return 0;
	reply.letter = letters[data[0] & 3];
	if (reply.letter == 0)
		reply.code = (uint16_t)(data[1] << 8 | data[2]);
	reply.text = span_of(data + 3, size - 3);
	reply_classify(&reply);
	(void)reply_recipient_verdict(&reply);
	(void)reply_outcome(&reply);
	return 0;
}
