#include "detectors/track.h"

#include <string.h>

/* Stamps come from packets, and may be anything. */
int64_t time_between_ns(int64_t earlier_ns, int64_t later_ns)
{
	int64_t between_ns;

	if (!__builtin_sub_overflow(later_ns, earlier_ns, &between_ns))
		return between_ns;
	return later_ns < earlier_ns ? INT64_MIN : INT64_MAX;
}

/* By file, then by frame. */
int frame_compare(struct frame_id a, struct frame_id b)
{
	if (a.file != b.file)
		return a.file < b.file ? -1 : 1;
	if (a.frame != b.frame)
		return a.frame < b.frame ? -1 : 1;
	return 0;
}

/* Put a frame into its place in a sorted list; with keep_first the last one falls out, else the first. */
static bool insert(struct frame_id *list, uint8_t *count, struct frame_id at, bool keep_first,
		   struct frame_id *out_fallen)
{
	size_t n = *count;
	size_t i = n;

	while (i > 0 && frame_compare(list[i - 1], at) > 0)
		i--;
	if (i > 0 && frame_compare(list[i - 1], at) == 0)
		return false;
	if (n < EVIDENCE_FRAMES_MAX) {
		memmove(&list[i + 1], &list[i], (n - i) * sizeof(*list));
		list[i] = at;
		(*count)++;
		return false;
	}
	if (keep_first) {
		if (i == n) {
			*out_fallen = at;
			return true;
		}
		*out_fallen = list[n - 1];
		memmove(&list[i + 1], &list[i], (n - 1 - i) * sizeof(*list));
		list[i] = at;
		return true;
	}
	if (i == 0)
		return false;
	memmove(&list[0], &list[1], (i - 1) * sizeof(*list));
	list[i - 1] = at;
	return false;
}

static void add_frame(struct track *track, struct frame_id at)
{
	struct frame_id fallen;

	if (at.frame == 0)
		return;
	if (insert(track->first, &track->first_count, at, true, &fallen))
		(void)insert(track->last, &track->last_count, fallen, false, &at);
}

/* One sighting. */
void track_add(struct track *track, int64_t time_ns, struct frame_id at,
	       const struct connection *connection)
{
	if (track->count == 0 || time_ns < track->first_ns) {
		track->first_ns = time_ns;
		track->client = connection->client;
		track->server = connection->server;
		track->client_port = connection->client_port;
		track->server_port = connection->server_port;
	}
	if (track->count == 0 || time_ns > track->last_ns)
		track->last_ns = time_ns;
	track->count++;
	add_frame(track, at);
}

/* The sightings of another track. */
void track_merge(struct track *into, const struct track *from)
{
	if (from->count == 0)
		return;
	if (into->count == 0 || from->first_ns < into->first_ns) {
		into->first_ns = from->first_ns;
		into->client = from->client;
		into->server = from->server;
		into->client_port = from->client_port;
		into->server_port = from->server_port;
	}
	if (into->count == 0 || from->last_ns > into->last_ns)
		into->last_ns = from->last_ns;
	into->count += from->count;
	for (size_t i = 0; i < from->first_count; i++)
		add_frame(into, from->first[i]);
	for (size_t i = 0; i < from->last_count; i++)
		add_frame(into, from->last[i]);
}

/* As evidence shows it. */
void track_describe(const struct track *track, struct evidence *out)
{
	out->count = track->count;
	out->time_ns = track->first_ns;
	memcpy(out->first, track->first, sizeof(out->first));
	memcpy(out->last, track->last, sizeof(out->last));
	out->first_count = track->first_count;
	out->last_count = track->last_count;
	out->connection.client = track->client;
	out->connection.server = track->server;
	out->connection.client_port = track->client_port;
	out->connection.server_port = track->server_port;
}
