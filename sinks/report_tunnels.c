#include "sinks/report_tunnels.h"

#include <inttypes.h>
#include <string.h>

static bool is_same(const struct tunnel *a, const struct tunnel *b)
{
	return strcmp(a->carrier, b->carrier) == 0 && ip_address_equal(&a->source, &b->source) &&
	       ip_address_equal(&a->destination, &b->destination);
}

/* One tunnel of one session. */
static void add_tunnel(struct report_tunnels *tunnels, struct tunnel tunnel)
{
	struct ip_address higher = tunnel.source;

	if (ip_address_compare(&tunnel.source, &tunnel.destination) > 0) {
		tunnel.source = tunnel.destination;
		tunnel.destination = higher;
	}
	for (size_t i = 0; i < tunnels->count; i++) {
		if (is_same(&tunnels->list[i].tunnel, &tunnel)) {
			tunnels->list[i].sessions++;
			return;
		}
	}
	if (tunnels->count == REPORT_TUNNELS_MAX) {
		tunnels->sessions_of_others++;
		return;
	}
	tunnels->list[tunnels->count++] = (struct report_tunnel){ tunnel, 1 };
}

/* Count a session for each tunnel that it came in. */
void report_tunnels_add(struct report_tunnels *tunnels, const struct connection *connection)
{
	for (uint8_t i = 0; i < connection->tunnels.count; i++)
		add_tunnel(tunnels, connection->tunnels.list[i]);
}

/* One line a tunnel. */
void report_tunnels_page(const struct report_tunnels *tunnels, struct text *out)
{
	char a[IP_TEXT_MAX], b[IP_TEXT_MAX];

	for (size_t i = 0; i < tunnels->count; i++) {
		const struct tunnel *tunnel = &tunnels->list[i].tunnel;

		text_addf(out, "  %-22s%s between %s and %s, %" PRIu64 " session%s\n",
			  i == 0 ? "in tunnels:" : "", tunnel->carrier,
			  ip_address_format(&tunnel->source, a),
			  ip_address_format(&tunnel->destination, b), tunnels->list[i].sessions,
			  tunnels->list[i].sessions == 1 ? "" : "s");
	}
	if (tunnels->sessions_of_others > 0)
		text_addf(out, "  %-22sothers, %" PRIu64 " sessions\n", "",
			  tunnels->sessions_of_others);
}
