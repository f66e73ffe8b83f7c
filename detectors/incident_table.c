#include "detectors/incident_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INCIDENTS_SHARE 8 /* of the budget, or else no room is left for what is new */

enum result incidents_new(struct incidents **out, const struct hash_key *key, struct budget *budget)
{
	struct incidents *incidents = calloc(1, sizeof(*incidents));

	if (incidents == NULL)
		return RESULT_FAILED;
	if (hashmap_init(&incidents->map, 64) != RESULT_OK) {
		free(incidents);
		return RESULT_FAILED;
	}
	incidents->key = *key;
	incidents->budget = budget;
	incidents->looked_ns = TIME_NEVER;
	*out = incidents;
	return RESULT_OK;
}

static void unlist(struct incidents *all, struct incident *i)
{
	if (i->older != NULL)
		i->older->newer = i->newer;
	else if (all->oldest == i)
		all->oldest = i->newer;
	if (i->newer != NULL)
		i->newer->older = i->older;
	else if (all->newest == i)
		all->newest = i->older;
	i->older = i->newer = NULL;
}

void incident_news(struct incidents *all, struct incident *i)
{
	unlist(all, i);
	i->older = all->newest;
	if (all->newest != NULL)
		all->newest->newer = i;
	else
		all->oldest = i;
	all->newest = i;
}

void incident_wait_no_more(struct incidents *all, struct incident *i)
{
	if (!i->waits)
		return;
	if (i->waits_before != NULL)
		i->waits_before->waits_after = i->waits_after;
	else
		all->first_waiting = i->waits_after;
	if (i->waits_after != NULL)
		i->waits_after->waits_before = i->waits_before;
	else
		all->last_waiting = i->waits_before;
	i->waits_before = i->waits_after = NULL;
	i->waits = false;
}

void incident_wait(struct incidents *all, struct incident *i)
{
	if (i->waits)
		return;
	i->waits = true;
	i->waits_before = all->last_waiting;
	if (all->last_waiting != NULL)
		all->last_waiting->waits_after = i;
	else
		all->first_waiting = i;
	all->last_waiting = i;
}

void incident_forget(struct incidents *all, struct incident *incident)
{
	unlist(all, incident);
	incident_wait_no_more(all, incident);
	hashmap_remove(&all->map, &incident->node);
	budget_give(all->budget, sizeof(*incident));
	free(incident);
}

void incidents_free(struct incidents **incidents)
{
	struct incidents *all = *incidents;

	if (all == NULL)
		return;
	while (all->oldest != NULL)
		incident_forget(all, all->oldest);
	hashmap_clear(&all->map);
	free(all);
	*incidents = NULL;
}

/* ---- by subject ---- */

struct incident_key {
	enum verdict family;
	const char *subject_id;
};

static bool is_incident(const struct hashmap_node *node, const void *key)
{
	const struct incident *incident = HASHMAP_ENTRY(node, const struct incident, node);
	const struct incident_key *want = key;

	return incident->family == want->family &&
	       strcmp(incident->subject_id, want->subject_id) == 0;
}

static uint64_t key_hash(const struct incidents *all, const struct incident_key *key)
{
	return hash_bytes(&all->key, key->subject_id, strlen(key->subject_id)) ^
	       (uint64_t)key->family;
}

struct incident *incident_find(const struct incidents *all, enum verdict family,
			       const char *subject_id)
{
	struct incident_key key = { .family = family, .subject_id = subject_id };
	struct hashmap_node *node = hashmap_find(&all->map, key_hash(all, &key), is_incident, &key);

	return node == NULL ? NULL : HASHMAP_ENTRY(node, struct incident, node);
}

static void forget_oldest(struct incidents *all)
{
	incident_forget(all, all->oldest);
	all->forgotten++;
}

static struct incident *take_one(struct incidents *all)
{
	struct incident *incident;

	if (all->oldest != NULL &&
	    (all->map.count >= INCIDENTS_MAX ||
	     all->map.count * sizeof(*incident) >= all->budget->limit_bytes / INCIDENTS_SHARE))
		forget_oldest(all);
	while (budget_take(all->budget, sizeof(*incident)) != RESULT_OK) {
		if (all->oldest == NULL)
			return NULL;
		forget_oldest(all);
	}
	incident = calloc(1, sizeof(*incident));
	if (incident == NULL)
		budget_give(all->budget, sizeof(*incident));
	return incident;
}

struct incident *incident_new(struct incidents *all, enum verdict family, const char *subject_id)
{
	struct incident_key key = { .family = family, .subject_id = subject_id };
	struct incident *incident = take_one(all);

	if (incident == NULL)
		return NULL;
	incident->family = family;
	(void)snprintf(incident->subject_id, sizeof(incident->subject_id), "%s", subject_id);
	hashmap_add(&all->map, &incident->node, key_hash(all, &key));
	return incident;
}

uint64_t incidents_forgotten(const struct incidents *incidents)
{
	return incidents->forgotten;
}
