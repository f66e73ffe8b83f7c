#include "protocols/via.h"

#include "protocols/mail_port.h"

#include <stdio.h>
#include <string.h>

#define SOCKS4 4
#define SOCKS5 5
#define REQUEST_MIN_BYTES 9 /* SOCKS 4 without a user's name */
#define METHODS_MAX 16      /* that a client offers: nine are assigned (IANA, socks-methods) */

typedef enum via_verdict byte_fn(struct via *via, uint8_t byte);

static const struct {
	byte_fn *sides[2]; /* by enum direction */
} types[] = {
	[VIA_NOTHING] = { { NULL, NULL } },
	[VIA_HTTP_CONNECT] = { { via_http_ask, via_http_answer } },
	[VIA_SOCKS4] = { { via_socks4_ask, via_socks4_answer } },
	[VIA_SOCKS5] = { { via_socks5_ask, via_socks5_answer } },
};

static enum via_type type_of(uint8_t first)
{
	switch (first) {
	case 'C':
	case 'c':
		return VIA_HTTP_CONNECT;
	case SOCKS4:
		return VIA_SOCKS4;
	case SOCKS5:
		return VIA_SOCKS5;
	default:
		return VIA_NOTHING;
	}
}

void via_init(struct via *via, uint8_t first)
{
	*via = (struct via){ .type = type_of(first) };
}

size_t via_take(struct via *via, enum direction direction, struct span bytes, enum via_verdict *out)
{
	byte_fn *take = types[via->type].sides[direction];
	size_t used = 0;

	*out = VIA_MORE;
	while (used < bytes.length && *out == VIA_MORE) {
		/* What the client sends ahead is for the far server. */
		if (direction == FROM_CLIENT && via->asked && !via->refused)
			return used;
		*out = take(via, bytes.data[used++]);
		if (++via->passed[direction] == VIA_SIDE_MAX_BYTES && *out == VIA_MORE)
			*out = VIA_NONE;
	}
	return used;
}

bool via_set_target(struct via *via, struct span host, uint16_t port)
{
	char digits[8];
	int n = snprintf(digits, sizeof(digits), ":%u", port);

	if (host.length == 0 || host.length + (size_t)n > sizeof(via->target))
		return false;
	memcpy(via->target, host.data, host.length);
	memcpy(via->target + host.length, digits, (size_t)n);
	via->target_length = host.length + (size_t)n;
	via->port = port;
	return true;
}

bool via_set_address(struct via *via, const uint8_t *bytes, size_t length, uint16_t port)
{
	struct ip_address address = length == 4 ? ip_address_v4(bytes) : ip_address_v6(bytes);
	char number[IP_TEXT_MAX], text[IP_TEXT_MAX + 2];

	(void)snprintf(text, sizeof(text), length == 4 ? "%s" : "[%s]",
		       ip_address_format(&address, number));
	return via_set_target(via, span_text(text), port);
}

struct fact_via via_told(const struct via *via)
{
	return (struct fact_via){ .type = via->type,
				  .login = via->login,
				  .port = via->port,
				  .target = span_of(via->target, via->target_length) };
}

/* The first bytes tell nearly all that is no request. */
static bool may_be_request(struct span payload)
{
	if (payload.length < REQUEST_MIN_BYTES)
		return false;
	switch (type_of(payload.data[0])) {
	case VIA_HTTP_CONNECT:
		return span_starts_nocase(payload, "CONNECT ");
	case VIA_SOCKS4:
		return payload.data[1] == 1; /* connect */
	case VIA_SOCKS5:
		return payload.data[1] != 0 && payload.data[1] <= METHODS_MAX;
	case VIA_NOTHING:
		break;
	}
	return false;
}

/* Feed it; of HTTP the first line is enough. */
bool via_is_request(struct span payload, bool *out_midway)
{
	enum via_verdict verdict;
	struct via via;

	if (!may_be_request(payload))
		return false;
	via_init(&via, payload.data[0]);
	(void)via_take(&via, FROM_CLIENT, span_part(payload, 0, VIA_LINE_MAX), &verdict);
	*out_midway = via.alone;
	return verdict == VIA_MORE && mail_port_find(via.port) != NULL;
}
