#include "reassembly/handshakes.h"

#include "core/time_text.h"
#include "reassembly/sequence.h"

#include <stdlib.h>
#include <string.h>

/* Later than this a SYN with another number begins a new handshake, whatever was answered. */
#define ANSWER_FRESH_NS NS_PER_SECOND

enum result handshakes_new(struct handshakes *table, uint32_t entries_max)
{
	table->count = HANDSHAKE_WAYS;
	while (table->count < entries_max)
		table->count *= 2;
	table->tags = calloc(table->count, sizeof(*table->tags));
	table->entries = calloc(table->count, sizeof(*table->entries));
	return table->tags == NULL || table->entries == NULL ? RESULT_FAILED : RESULT_OK;
}

void handshakes_free(struct handshakes *table)
{
	free(table->tags);
	free(table->entries);
	*table = (struct handshakes){ 0 };
}

/* Its first entry. The flow table uses the low bits of the hash, and so do the tags. */
static size_t set_of(const struct handshakes *table, uint64_t hash)
{
	return (hash >> 32 & (table->count / HANDSHAKE_WAYS - 1)) * HANDSHAKE_WAYS;
}

struct handshake *handshakes_find(const struct handshakes *table, const struct flow_place *place)
{
	size_t first = set_of(table, place->hash);

	for (size_t i = first; i < first + HANDSHAKE_WAYS; i++) {
		struct handshake *h = &table->entries[i];

		if (table->tags[i] == (uint32_t)place->hash && h->used &&
		    flow_place_is(place, &h->key))
			return h;
	}
	return NULL;
}

/* The written order: free, done, unanswered, answered; in each the oldest first. */
static int worth(const struct handshake *h)
{
	if (!h->used)
		return 0;
	if (h->counted || h->ended_ns != 0)
		return 1;
	return h->answered ? 3 : 2;
}

/* The entry of its set that goes first, with the tag of what takes its place. */
static struct handshake *replace(struct handshakes *table, uint64_t hash)
{
	size_t first = set_of(table, hash), least = first;

	for (size_t i = first + 1; i < first + HANDSHAKE_WAYS; i++) {
		const struct handshake *h = &table->entries[i], *l = &table->entries[least];

		if (worth(h) < worth(l) || (worth(h) == worth(l) && h->since_ns < l->since_ns))
			least = i;
	}
	table->tags[least] = (uint32_t)hash;
	return &table->entries[least];
}

/* Is this SYN, or SYN-ACK, of another connection than the entry tells of? */
static bool begins_anew(const struct handshake *h, const struct flow_place *place,
			const struct segment *s, int64_t now_ns)
{
	const struct handshake_side *side = &h->sides[place->sender_is_high];

	/* A SYN-ACK that answered nothing, and its sender opens: it was to hide who the client is. */
	if ((s->flags & TCP_ACK) == 0 && h->client_is_high != place->sender_is_high &&
	    !h->sides[h->client_is_high].seen)
		return true;
	if ((s->flags & TCP_ACK) != 0 && h->client_is_high == place->sender_is_high && side->seen)
		return false; /* a client begins nothing with an answer */
	if (h->counted || h->ended_ns != 0)
		return !side->seen || side->sequence != s->sequence;
	if (!side->seen || side->sequence == s->sequence)
		return false;
	if ((s->flags & TCP_ACK) != 0)
		return false; /* the server chose again: its word is newer, the client's stands */
	return h->answered && now_ns - h->answered_ns > ANSWER_FRESH_NS;
}

/* Write down what this end says of itself. */
static void note_side(struct handshake_side *side, const struct segment *s)
{
	*side = (struct handshake_side){ .sequence = s->sequence,
					 .window = s->window,
					 .ttl = s->ttl,
					 .scale = s->window_scale,
					 .seen = true,
					 .has_timestamps = s->has_timestamps,
					 .timestamp = s->timestamp_value };
}

/* Find or make the entry, and fill it. */
struct handshake *handshakes_note(struct handshakes *table, const struct flow_place *place,
				  const struct segment *s, int64_t now_ns, struct handshake *lost)
{
	bool answer = (s->flags & TCP_ACK) != 0, from_client;
	struct handshake *h = handshakes_find(table, place);

	lost->used = false;
	if (h == NULL || begins_anew(h, place, s, now_ns)) {
		if (h == NULL)
			h = replace(table, place->hash);
		if (h->used && !h->counted)
			*lost = *h;
		*h = (struct handshake){ .time_ns = s->time_ns,
					 .since_ns = now_ns,
					 .at = s->at,
					 .key = flow_place_key(place),
					 .used = true,
					 .client_is_high = place->sender_is_high != answer };
	}
	from_client = h->client_is_high == place->sender_is_high;
	if (answer && from_client && h->sides[place->sender_is_high].seen)
		return h; /* it opened at the same time as the other end, or it lies */
	note_side(&h->sides[place->sender_is_high], s);
	h->has_md5 = h->has_md5 || s->has_md5;
	if (answer && !from_client) {
		h->accepted = s->acknowledgement - 1;
		h->answered_ns = now_ns;
		h->answered = true;
		return h;
	}
	/* Of two that open at once the first to be seen is the client. */
	if (!h->sides[!place->sender_is_high].seen || h->answered) {
		h->roles_sure = true;
		if (!h->answered)
			h->client_is_high = place->sender_is_high;
	}
	return h;
}

/* The client's number is what the server acknowledged, if it did; a SYN may have been sent twice. */
bool handshake_first(const struct handshake *h, bool of_high, uint32_t *out)
{
	bool of_client = h->client_is_high == of_high;

	if (of_client && h->answered)
		*out = h->accepted + 1;
	else if (h->sides[of_high].seen)
		*out = h->sides[of_high].sequence + 1;
	else
		return false;
	return true;
}

bool handshake_fits(const struct handshake *h, const struct flow_place *place,
		    const struct segment *s)
{
	uint32_t first;

	if (!handshake_first(h, place->sender_is_high, &first))
		return true;
	first -= FIRST_BEFORE_MAX_BYTES;
	return s->sequence - first < FIRST_BEFORE_MAX_BYTES + FIRST_DATA_MAX_BYTES;
}

bool handshake_answered_anew(const struct handshake *h, uint32_t client_isn)
{
	const struct handshake_side *client = &h->sides[h->client_is_high];

	return h->answered && client->seen && client->sequence == h->accepted &&
	       h->accepted != client_isn;
}

void handshake_note_end(struct handshake *h, bool of_high, const struct segment *s, int64_t now_ns)
{
	struct handshake_side *side = &h->sides[of_high];

	if (!h->answered) { /* nobody is through before an answer: it was not captured */
		h->answered = true;
		h->accepted = h->sides[h->client_is_high].sequence;
		h->answered_ns = now_ns;
	}
	h->ended_ns = now_ns;
	if (side->end_flags != 0 && !sequence_before(s->sequence, side->end_sequence))
		return;
	side->end_flags = s->flags & (TCP_FIN | TCP_RST | TCP_ACK);
	side->end_sequence = s->sequence;
	side->end_acknowledgement = s->acknowledgement;
}

/* A FIN takes one number: more than that were data. */
bool handshake_missed_data(const struct handshake *h)
{
	for (int high = 0; high < 2; high++) {
		const struct handshake_side *side = &h->sides[high];
		uint32_t first;

		if (side->end_flags == 0)
			continue;
		if (handshake_first(h, high != 0, &first) && side->end_sequence - first > 1)
			return true;
		if ((side->end_flags & TCP_ACK) != 0 && handshake_first(h, high == 0, &first) &&
		    side->end_acknowledgement - first > 1)
			return true;
	}
	return false;
}
