#include "capture/pcapng_interface.h"

#include "capture/number.h"

#define NS_PER_S UINT64_C(1000000000)
/*
 * The years 1970 to 2116: half of what 64 bits of nanoseconds hold, so that whoever adds a span of
 * time to a stamp, or takes two from each other, need not ask. Classic files end in 2106.
 */
#define SECONDS_MAX (INT64_MAX / 2 / 1000000000 - 1)
#define DEFAULT_TICKS_PER_SECOND 1000000

enum option_code { OPTION_END = 0, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

/*
 * if_tsresol: "If the Most Significant Bit is equal to zero, the remaining bits indicate the
 * resolution of the timestamp as a negative power of 10 [..]. If the Most Significant Bit is
 * equal to one, [..] as a negative power of 2".
 */
static enum result ticks_from_resolution(uint8_t resolution, uint64_t *out)
{
	uint8_t power = resolution & 0x7f;
	uint64_t ticks = 1;

	if ((resolution & 0x80) != 0) {
		if (power > 63)
			return RESULT_BAD;
		*out = UINT64_C(1) << power;
		return RESULT_OK;
	}
	if (power > 19)
		return RESULT_BAD;
	for (uint8_t i = 0; i < power; i++)
		ticks *= 10;
	*out = ticks;
	return RESULT_OK;
}

/* One option; those we do not need are passed over. */
static enum result read_option(struct pcapng_interface *interface, uint16_t code, struct span value,
			       bool big_endian)
{
	uint64_t high, low;

	if (code == OPTION_TSRESOL && value.length == 1)
		return ticks_from_resolution(value.data[0], &interface->ticks_per_second);
	if (code == OPTION_TSOFFSET && value.length == 8) {
		high = order32_at(value.data + (big_endian ? 0 : 4), big_endian);
		low = order32_at(value.data + (big_endian ? 4 : 0), big_endian);
		interface->offset_s = (int64_t)(high << 32 | low);
	}
	return RESULT_OK;
}

/* Fixed fields, then options, each filled up to four bytes. */
enum result pcapng_interface_read(struct pcapng_interface *out, struct cursor *body,
				  bool big_endian)
{
	struct pcapng_interface interface = { .ticks_per_second = DEFAULT_TICKS_PER_SECOND };
	const uint8_t *p = cursor_take(body, 8).data;
	struct span value;
	uint16_t code, value_bytes;

	if (p == NULL)
		return RESULT_BAD;
	interface.link_type = order16_at(p, big_endian);
	interface.snap_bytes = order32_at(p + 4, big_endian);
	while (cursor_left(body) >= 4) {
		p = cursor_take(body, 4).data;
		code = order16_at(p, big_endian);
		value_bytes = order16_at(p + 2, big_endian);
		if (code == OPTION_END)
			break;
		value = cursor_take(body, value_bytes);
		cursor_skip(body, (size_t)(-value_bytes & 3));
		if (body->failed || read_option(&interface, code, value, big_endian) != RESULT_OK)
			return RESULT_BAD;
	}
	*out = interface;
	return RESULT_OK;
}

/* Ticks of the interface's clock as time; fractions are cut off. */
int64_t pcapng_time_ns(const struct pcapng_interface *interface, uint64_t ticks)
{
	uint64_t per_second = interface->ticks_per_second;
	uint64_t whole_s = ticks / per_second;
	uint64_t rest = ticks % per_second;
	uint64_t rest_ns = (uint64_t)((unsigned __int128)rest * NS_PER_S / per_second);
	int64_t seconds;

	if (whole_s > SECONDS_MAX ||
	    __builtin_add_overflow((int64_t)whole_s, interface->offset_s, &seconds) ||
	    seconds > SECONDS_MAX)
		return SECONDS_MAX * (int64_t)NS_PER_S;
	if (seconds < 0)
		return 0;
	return seconds * (int64_t)NS_PER_S + (int64_t)rest_ns;
}
