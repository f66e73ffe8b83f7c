#include "protocols/others.h"

#include "core/time_text.h"
#include "protocols/mail_port.h"

#include <string.h>

static const char other[] = "other";

/* One look at what was held. */
struct look {
	struct classify_flow *flow;
	bool over;
};

static void look_at_data(void *ctx, const struct chunk *chunk)
{
	struct look *look = ctx;

	if (!look->over)
		look->over = classify_feed(look->flow, chunk->direction, chunk->bytes) !=
			     RESULT_MORE;
}

static void look_at_gap(void *ctx, const struct gap *gap)
{
	struct look *look = ctx;

	(void)gap;
	look->over = true;
}

static void look_at_end(void *ctx, enum direction direction, int64_t time_ns)
{
	(void)ctx;
	(void)direction;
	(void)time_ns;
}

static bool may_look(struct others *others, int64_t time_ns)
{
	if (time_ns / NS_PER_SECOND != others->second) {
		others->second = time_ns / NS_PER_SECOND;
		others->looked_at = 0;
	}
	return others->looked_at++ < OTHERS_A_SECOND;
}

static const char *name_of(struct classify *classify, const struct opening *opening)
{
	struct look look = { 0 };
	const struct opening_replay replay = {
		.data = look_at_data, .gap = look_at_gap, .end = look_at_end, .ctx = &look
	};
	const char *name;

	if (classify_flow_new(&look.flow, classify) != RESULT_OK)
		return NULL;
	opening_replay_to(opening, &replay);
	name = classify_name(look.flow);
	classify_flow_free(&look.flow);
	return name;
}

/* The last place is for those that have none of their own. */
static void count(struct stats_named counts[PROTOCOLS_OTHERS_MAX], const char *name)
{
	size_t i = 0;

	while (i + 1 < PROTOCOLS_OTHERS_MAX && counts[i].name != NULL &&
	       strcmp(counts[i].name, name) != 0)
		i++;
	counts[i].name = i + 1 < PROTOCOLS_OTHERS_MAX ? name : other;
	counts[i].count++;
}

/* Count a connection that is no mail; only on a mail port is that of interest. */
void others_count(struct others *others, struct classify *classify, const struct opening *opening,
		  struct stats_named counts[PROTOCOLS_OTHERS_MAX])
{
	const char *name = NULL;

	if (mail_port_find(opening->connection->server_port) == NULL)
		return;
	if (may_look(others, opening->connection->start_ns))
		name = name_of(classify, opening);
	count(counts, name == NULL ? other : name);
}
