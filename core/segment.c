#include "core/segment.h"

#include "core/cursor.h"

#include <endian.h>
#include <string.h>

#define PROTOCOL_TCP 6
#define TCP_CHECKSUM_AT 16
#define ETHERNET_TCP_MAX_BYTES 1480 /* 1500, less the shorter IP header */

/*
 * Of sums that nobody finished, one in 65536 is right by chance. Where more than one in
 * RIGHT_SHARE is right, and not just one, somebody computed them.
 */
#define RIGHT_SHARE 256
#define RIGHT_MIN 2

/* Add the 16-bit words of RFC 1071; an odd byte at the end counts as the high one. */
static uint64_t sum_words(uint64_t sum, const uint8_t *data, size_t length_bytes)
{
	size_t i = 0;

	/* Four words at a time: their carries gather in the upper half and are folded in the end. */
	for (; i + 8 <= length_bytes; i += 8) {
		uint64_t words;

		memcpy(&words, data + i, sizeof(words));
		words = be64toh(words);
		sum += (words >> 32) + (words & UINT32_MAX);
	}
	for (; i + 2 <= length_bytes; i += 2)
		sum += (uint64_t)data[i] << 8 | data[i + 1];
	if (i < length_bytes)
		sum += (uint64_t)data[i] << 8;
	return sum;
}

/* Fold the carries back in. */
static uint16_t fold(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The pseudo header: RFC 9293, 3.1, and RFC 8200, 8.1. */
static uint64_t sum_pseudo_header(const struct segment *segment)
{
	size_t address_bytes = segment->source.family == 4 ? 4 : 16;
	uint64_t sum = PROTOCOL_TCP + segment->transport.length;

	sum = sum_words(sum, segment->source.bytes, address_bytes);
	return sum_words(sum, segment->destination.bytes, address_bytes);
}

/*
 * Linux joins segments as they arrive (GRO), before a capture on that host sees them, and leaves
 * the sum of the pseudo header in what it has joined. A sender that forges that has to get a
 * longer segment through than Ethernet carries.
 */
static bool is_joined(const struct segment *segment, uint64_t pseudo_header_sum)
{
	struct cursor in = cursor_of(segment->transport);

	if (segment->transport.length <= ETHERNET_TCP_MAX_BYTES)
		return false;
	cursor_skip(&in, TCP_CHECKSUM_AT);
	return cursor_be16(&in) == fold(pseudo_header_sum);
}

/* Verify TCP's checksum, and take over what capture/ found about the IPv4 header's. */
enum checksum_state segment_checksum(const struct segment *segment)
{
	uint64_t pseudo_header, sum;

	if (segment->checksum_bad)
		return CHECKSUM_WRONG;
	if (segment->missing_bytes > 0 || segment->transport.length == 0)
		return CHECKSUM_UNKNOWN;
	pseudo_header = sum_pseudo_header(segment);
	sum = sum_words(pseudo_header, segment->transport.data, segment->transport.length);
	if (fold(sum) == 0xffff)
		return CHECKSUM_RIGHT;
	return is_joined(segment, pseudo_header) ? CHECKSUM_UNKNOWN : CHECKSUM_WRONG;
}

/* Could a receiver have taken it? */
bool segment_checksum_ok(const struct segment *segment)
{
	return segment_checksum(segment) != CHECKSUM_WRONG;
}

/* Take what is right, and what is wrong where the sender's sums say nothing. */
bool checksum_trust_accepts(struct checksum_trust *trust, const struct segment *segment)
{
	enum checksum_state state = segment_checksum(segment);

	if (state == CHECKSUM_UNKNOWN)
		return true;
	if (trust->asked == UINT32_MAX) {
		trust->asked /= 2;
		trust->right /= 2;
	}
	trust->asked++;
	if (state == CHECKSUM_RIGHT) {
		trust->right++;
		return true;
	}
	return trust->right < RIGHT_MIN || trust->right < trust->asked / RIGHT_SHARE;
}
