#include "detectors/posture.h"

/* First and last time of one class. */
static void enter(struct server *server, uint32_t trick_class, const struct track *track)
{
	int64_t *first = &server->taken_first_ns[trick_class];
	int64_t *last = &server->taken_last_ns[trick_class];

	if (track == NULL)
		return;
	if (*first == TIME_NEVER || track->first_ns < *first)
		*first = track->first_ns;
	if (track->last_ns > *last)
		*last = track->last_ns;
}

void posture_enter_denied(struct server *server, uint32_t trick_class, bool qmqp, int64_t time_ns)
{
	int64_t *first = &server->denied_first_ns[trick_class];
	int64_t *last = &server->denied_last_ns[trick_class];

	server->strangers_denied++;
	if (qmqp && server->opened)
		return;
	if (*first == TIME_NEVER || time_ns < *first)
		*first = time_ns;
	if (time_ns > *last)
		*last = time_ns;
}

static bool is_accused_of(const struct claim *claim)
{
	if (claim->holding->ownership != OWNERSHIP_FOREIGN || claim->qmqp)
		return false;
	if (claim->taken == NULL && claim->invited == NULL && claim->traced == NULL)
		return false;
	return claim->trick_class == 0 || claim->left != NULL;
}

void posture_note_refusal(struct holding *holding)
{
	struct mailhost *host = holding->host;

	if (holding->taken && holding->denied_last_ns > host->refused_taken_last_ns)
		host->refused_taken_last_ns = holding->denied_last_ns;
}

/* QMQP is exposed by what strangers got, whatever the domain. */
void posture_enter(struct pair *pair)
{
	struct server *server = pair->server;
	const struct mark *mark = pair_mark(pair, RULE_QMQP_ACCEPTED);

	if (!verdict_is_relay(pair->verdict))
		return;
	if (mark != NULL)
		enter(server, 0, &mark->track);
	for (const struct claim *c = pair->claims; c != NULL; c = c->next_of_pair) {
		if (!is_accused_of(c))
			continue;
		server->opened = true;
		c->holding->taken = true;
		posture_note_refusal(c->holding);
		enter(server, c->trick_class, c->taken);
		enter(server, c->trick_class, c->invited);
		enter(server, c->trick_class, c->traced);
	}
}

/* From nothing; but what forgotten pairs were accused of cannot be entered again. */
void posture_recount(struct server *server)
{
	if (!server->forgot_relay) {
		server->opened = false;
		for (uint32_t c = 0; c < TRICK_CLASSES; c++)
			server->taken_first_ns[c] = server->taken_last_ns[c] = TIME_NEVER;
	}
	for (struct pair *pair = server->pairs; pair != NULL; pair = pair->next_of_server)
		posture_enter(pair);
}

/*
 * A refusal of the same class after the last time it was taken is a repair; where the server
 * refused others already while it was open, only a refusal of what it took is one.
 */
static bool is_repaired(const struct server *server, uint32_t c)
{
	int64_t last = server->taken_last_ns[c];

	if (server->refused_last_ns > last)
		return true;
	if (server->denied_last_ns[c] <= last)
		return false;
	return server->denied_first_ns[c] > last || server->host->refused_taken_last_ns > last;
}

static enum posture judge(const struct server *server, int64_t *out_since_ns)
{
	bool taken = false, repaired = true, denied = false;
	int64_t opened_ns = INT64_MAX, repaired_ns = TIME_NEVER, denied_ns = INT64_MAX;

	for (uint32_t c = 0; c < TRICK_CLASSES; c++) {
		if (server->denied_last_ns[c] != TIME_NEVER) {
			denied = true;
			if (server->denied_first_ns[c] < denied_ns)
				denied_ns = server->denied_first_ns[c];
		}
		if (server->taken_last_ns[c] == TIME_NEVER)
			continue;
		taken = true;
		repaired = repaired && is_repaired(server, c);
		if (server->taken_first_ns[c] < opened_ns)
			opened_ns = server->taken_first_ns[c];
		if (server->denied_last_ns[c] > repaired_ns)
			repaired_ns = server->denied_last_ns[c];
	}
	if (taken && repaired) {
		*out_since_ns = server->refused_last_ns > repaired_ns ? server->refused_last_ns
								      : repaired_ns;
		return POSTURE_FIXED;
	}
	if (taken) {
		*out_since_ns = opened_ns;
		return server->opened ? POSTURE_OPEN : POSTURE_EXPOSED;
	}
	*out_since_ns = denied ? denied_ns : server->first_ns;
	return denied ? POSTURE_CLOSED : POSTURE_UNKNOWN;
}

/* By the book. */
bool posture_update(struct server *server)
{
	int64_t since_ns;
	enum posture posture = judge(server, &since_ns);
	bool changed = posture != server->posture;

	server->posture = posture;
	server->posture_since_ns = since_ns;
	return changed;
}
