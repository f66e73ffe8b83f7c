#include "reassembly/marks.h"

/* The last two bytes of an address: what differs most between the hosts of a network. */
static inline unsigned int tail(const struct ip_address *address)
{
	const uint8_t *p = address->bytes + (address->family == 4 ? 2 : 14);

	return (unsigned int)(p[0] << 8 | p[1]);
}

/* The same for both directions; the high bits count as well. */
static inline unsigned int place(const struct ip_address *a, uint16_t a_port,
				 const struct ip_address *b, uint16_t b_port)
{
	unsigned int mixed = tail(a) ^ tail(b) ^ a_port ^ b_port;

	return (mixed ^ mixed >> 14) & (MARK_COUNT - 1);
}

bool marks_hold(const struct marks *marks, const struct ip_address *a, uint16_t a_port,
		const struct ip_address *b, uint16_t b_port)
{
	return marks->counts[place(a, a_port, b, b_port)] != 0;
}

/* One that is full stays so: it then says nothing, and nothing wrong. */
void marks_raise(struct marks *marks, const struct ip_address *a, uint16_t a_port,
		 const struct ip_address *b, uint16_t b_port)
{
	uint8_t *count = &marks->counts[place(a, a_port, b, b_port)];

	if (*count < UINT8_MAX)
		(*count)++;
}

void marks_lower(struct marks *marks, const struct ip_address *a, uint16_t a_port,
		 const struct ip_address *b, uint16_t b_port)
{
	uint8_t *count = &marks->counts[place(a, a_port, b, b_port)];

	if (*count < UINT8_MAX)
		(*count)--;
}
