#include "detectors/onward.h"

#include "core/time_text.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define MATCHES_MAX 16
#define HOPS_BITS 3
#define SIZE_MOST (UINT32_MAX >> HOPS_BITS)
#define ENTRIES_MIN 64

/* The capture itself shows which leg came first: its clock may have been set between them. */
#define CLOCK_SET_BACK_MAX_NS (5 * NS_PER_MINUTE)

/* What relays add to a message: head lines, a little of a footer. */
#define GROWTH_MAX_BYTES 4096

struct candidate {
	uint64_t recipient;
	uint32_t message_id, digest, sender;
	uint32_t size_and_hops;
	uint32_t host;
	uint32_t time_s; /* since 1970; good until 2106 */
	uint32_t claim;
	uint32_t next; /* the number of an older one in its bucket */
};

_Static_assert(sizeof(struct candidate) == 40, "a candidate costs 40 bytes");

struct leg_entry {
	struct onward_leg leg;
	uint32_t host;
	uint32_t next;
};

/*
 * Entries are numbered as they come, and live at their number modulo the capacity. Those of a
 * bucket are chained from the newest to the oldest, and an entry that was overwritten is known by
 * its number: it ends the chain, so that nobody need unlink it.
 */
struct ring {
	uint32_t *buckets; /* the number of the newest, or NONE */
	uint32_t capacity; /* a power of two; as many buckets */
	uint32_t next;     /* number */
	uint32_t used;
};

struct onward {
	struct hash_key key;
	struct budget *budget;
	size_t taken_bytes;
	onward_match_fn *match;
	void *match_ctx;
	struct ring candidates_ring, legs_ring;
	struct candidate *candidates;
	struct leg_entry *legs;
	int64_t newest_ns;
	uint64_t forgotten;
};

static enum result ring_init(struct ring *ring, size_t entries)
{
	uint32_t n = ENTRIES_MIN;

	while (n <= UINT32_MAX / 4 && (size_t)n * 2 <= entries)
		n *= 2;
	*ring = (struct ring){ .capacity = n, .buckets = malloc(n * sizeof(*ring->buckets)) };
	if (ring->buckets == NULL)
		return RESULT_FAILED;
	memset(ring->buckets, 0xff, n * sizeof(*ring->buckets));
	return RESULT_OK;
}

/* Two thirds of the share for candidates, a third for legs. */
enum result onward_new(struct onward **out, const struct hash_key *key, struct budget *budget,
		       size_t share_bytes, onward_match_fn *match, void *match_ctx)
{
	struct onward *o = calloc(1, sizeof(*o));
	size_t candidates = share_bytes / 3 * 2 / (sizeof(struct candidate) + sizeof(uint32_t));
	size_t legs = share_bytes / 3 / (sizeof(struct leg_entry) + sizeof(uint32_t));

	if (o == NULL)
		return RESULT_FAILED;
	o->key = *key;
	o->budget = budget;
	o->match = match;
	o->match_ctx = match_ctx;
	o->newest_ns = INT64_MIN;
	if (ring_init(&o->candidates_ring, candidates) == RESULT_OK &&
	    ring_init(&o->legs_ring, legs) == RESULT_OK) {
		o->candidates = calloc(o->candidates_ring.capacity, sizeof(*o->candidates));
		o->legs = calloc(o->legs_ring.capacity, sizeof(*o->legs));
		o->taken_bytes = o->candidates_ring.capacity * (sizeof(*o->candidates) + 4) +
				 o->legs_ring.capacity * (sizeof(*o->legs) + 4);
	}
	if (o->candidates == NULL || o->legs == NULL ||
	    budget_take(budget, o->taken_bytes) != RESULT_OK) {
		o->taken_bytes = 0;
		onward_free(&o);
		return RESULT_FAILED;
	}
	*out = o;
	return RESULT_OK;
}

/* Free both rings. */
void onward_free(struct onward **onward)
{
	struct onward *o = *onward;

	if (o == NULL)
		return;
	budget_give(o->budget, o->taken_bytes);
	free(o->candidates_ring.buckets);
	free(o->legs_ring.buckets);
	free(o->candidates);
	free(o->legs);
	free(o);
	*onward = NULL;
}

/* 32 bits of a keyed hash; 0 stays for what is missing. */
static uint32_t fingerprint(const struct onward *o, struct span s)
{
	uint32_t hash = (uint32_t)(hash_span(&o->key, s) >> 32);

	if (s.length == 0)
		return 0;
	return hash == 0 ? 1 : hash;
}

static uint32_t host_fingerprint(const struct onward *o, const struct ip_address *host)
{
	return fingerprint(o, span_of(host, sizeof(*host)));
}

/* Fingerprints of a message, for any of its recipients. */
struct onward_keys onward_message_keys(const struct onward *o, const struct fact_transaction *t)
{
	struct onward_keys keys = { .recipient = 0 };

	keys.message_id = fingerprint(o, t->message_id);
	if (t->body_digest_known)
		keys.digest = fingerprint(o, span_of(t->body_digest, sizeof(t->body_digest)));
	keys.sender = fingerprint(o, t->mail_from);
	if (t->complete || t->outcome == OUTCOME_ACCEPTED)
		keys.size_bytes = t->body_bytes > SIZE_MOST ? SIZE_MOST : (uint32_t)t->body_bytes;
	return keys;
}

uint64_t onward_recipient_key(const struct onward *o, const struct fact_recipient *recipient)
{
	return hash_span(&o->key, recipient->canonical);
}

/* Both in one. */
struct onward_keys onward_keys_of(const struct onward *o, const struct fact_transaction *t,
				  const struct fact_recipient *recipient)
{
	struct onward_keys keys = onward_message_keys(o, t);

	keys.recipient = onward_recipient_key(o, recipient);
	return keys;
}

static uint32_t *bucket(const struct ring *ring, uint64_t recipient, uint32_t host)
{
	return &ring->buckets[(recipient ^ (uint64_t)host * UINT64_C(0x9e3779b97f4a7c15)) &
			      (ring->capacity - 1)];
}

/* Message-ID, digest; or, when both are missing or rewritten, the sender with a size that fits. */
static uint32_t keys_agreed(const struct onward_keys *in, const struct onward_keys *out)
{
	uint32_t agreed = 1;

	agreed += in->message_id != 0 && in->message_id == out->message_id;
	agreed += in->digest != 0 && in->digest == out->digest;
	if (agreed > 1 || in->sender == 0 || in->sender != out->sender)
		return agreed;
	return agreed + (in->size_bytes != 0 && out->size_bytes >= in->size_bytes &&
			 out->size_bytes - in->size_bytes <= GROWTH_MAX_BYTES + in->size_bytes / 8);
}

/* slack_ns: how far a clock that was set back may make the second leg look earlier. */
static bool in_window(const struct onward_keys *in, const struct onward_keys *out, int64_t slack_ns)
{
	int64_t later_ns;

	if (__builtin_sub_overflow(out->time_ns, in->time_ns, &later_ns))
		return false;
	return later_ns >= -slack_ns && later_ns <= ONWARD_WINDOW_MAX_NS;
}

static uint32_t seconds_of(int64_t time_ns)
{
	return (uint32_t)(time_ns / NS_PER_SECOND);
}

static struct onward_keys keys_of_candidate(const struct candidate *c)
{
	return (struct onward_keys){ .recipient = c->recipient,
				     .message_id = c->message_id,
				     .digest = c->digest,
				     .sender = c->sender,
				     .size_bytes = c->size_and_hops >> HOPS_BITS,
				     .hops = c->size_and_hops & ((1U << HOPS_BITS) - 1),
				     .time_ns = c->time_s * NS_PER_SECOND };
}

/* Is the entry of this number still there? The caller compares its keys all the same. */
static bool is_kept(const struct ring *ring, uint32_t number)
{
	return number != NONE && ring->next - 1 - number < ring->used;
}

static uint32_t slot(const struct ring *ring, uint32_t number)
{
	return number & (ring->capacity - 1);
}

/* A number for a new entry, in the place of the oldest when the ring is full. */
static uint32_t ring_take(struct ring *ring)
{
	if (ring->next == NONE)
		ring->next = 0;
	if (ring->used < ring->capacity)
		ring->used++;
	return ring->next++;
}

static void keep_candidate(struct onward *o, uint32_t host, uint32_t claim,
			   const struct onward_keys *keys)
{
	struct ring *ring = &o->candidates_ring;
	uint32_t *head = bucket(ring, keys->recipient, host);
	uint32_t number;

	o->forgotten += ring->used == ring->capacity;
	number = ring_take(ring);
	o->candidates[slot(ring, number)] = (struct candidate){
		.recipient = keys->recipient,
		.message_id = keys->message_id,
		.digest = keys->digest,
		.sender = keys->sender,
		.size_and_hops = keys->size_bytes << HOPS_BITS | keys->hops,
		.host = host,
		.time_s = seconds_of(keys->time_ns),
		.claim = claim,
		.next = *head,
	};
	*head = number;
}

/* Matches are collected first: what the receiver does with them may move the ring. */
static size_t matching_legs(const struct onward *o, uint32_t host, const struct onward_keys *keys,
			    struct onward_leg out[MATCHES_MAX])
{
	const struct ring *ring = &o->legs_ring;
	uint32_t number = *bucket(ring, keys->recipient, host);
	size_t count = 0;

	for (int i = 0; is_kept(ring, number) && i < ONWARD_WALK_MAX && count < MATCHES_MAX; i++) {
		const struct leg_entry *l = &o->legs[slot(ring, number)];

		if (l->host == host && l->leg.keys.recipient == keys->recipient &&
		    in_window(keys, &l->leg.keys, 0) && keys_agreed(keys, &l->leg.keys) > 1)
			out[count++] = l->leg;
		number = l->next;
	}
	return count;
}

/*
 * Was this message followed to this host before? Hosts that hand it to each other, or bring it
 * several times, would else double the work with each hop.
 */
static bool is_followed(const struct onward *o, uint32_t host, uint32_t claim,
			const struct onward_keys *keys)
{
	const struct ring *ring = &o->candidates_ring;
	uint32_t number = *bucket(ring, keys->recipient, host);

	for (int i = 0; is_kept(ring, number) && i < ONWARD_WALK_MAX; i++) {
		const struct candidate *c = &o->candidates[slot(ring, number)];
		struct onward_keys known = keys_of_candidate(c);

		if (c->claim == claim && c->host == host && known.recipient == keys->recipient &&
		    known.message_id == keys->message_id && known.digest == keys->digest &&
		    known.sender == keys->sender && known.size_bytes == keys->size_bytes &&
		    c->time_s == seconds_of(keys->time_ns) && known.hops <= keys->hops)
			return true;
		number = c->next;
	}
	return false;
}

/* Keep it, and see whether it has left already. */
void onward_add_candidate(struct onward *o, const struct ip_address *host, uint32_t claim,
			  const struct onward_keys *keys)
{
	uint32_t host_print = host_fingerprint(o, host);
	struct onward_leg legs[MATCHES_MAX];
	size_t count;

	if (keys->hops > ONWARD_HOPS_MAX ||
	    (keys->hops > 0 && is_followed(o, host_print, claim, keys)))
		return;
	if (keys->time_ns > o->newest_ns)
		o->newest_ns = keys->time_ns;
	keep_candidate(o, host_print, claim, keys);
	count = matching_legs(o, host_print, keys, legs);
	for (size_t i = 0; i < count; i++)
		o->match(o->match_ctx, claim, keys, &legs[i], keys_agreed(keys, &legs[i].keys));
}

static void keep_leg(struct onward *o, uint32_t host, const struct onward_leg *leg)
{
	uint32_t number = ring_take(&o->legs_ring);
	uint32_t *head = bucket(&o->legs_ring, leg->keys.recipient, host);

	o->legs[slot(&o->legs_ring, number)] =
	    (struct leg_entry){ .leg = *leg, .host = host, .next = *head };
	*head = number;
}

static size_t matching_candidates(const struct onward *o, uint32_t host,
				  const struct onward_keys *keys, struct candidate out[MATCHES_MAX])
{
	const struct ring *ring = &o->candidates_ring;
	uint32_t number = *bucket(ring, keys->recipient, host);
	size_t count = 0;

	for (int i = 0; is_kept(ring, number) && i < ONWARD_WALK_MAX && count < MATCHES_MAX; i++) {
		const struct candidate *c = &o->candidates[slot(ring, number)];
		struct onward_keys in = keys_of_candidate(c);

		if (c->host == host && c->recipient == keys->recipient &&
		    in_window(&in, keys, CLOCK_SET_BACK_MAX_NS) && keys_agreed(&in, keys) > 1)
			out[count++] = *c;
		number = c->next;
	}
	return count;
}

/* Keep it, and see whether it came in from a stranger. */
void onward_add_leg(struct onward *o, const struct ip_address *host, const struct onward_leg *leg)
{
	uint32_t host_print = host_fingerprint(o, host);
	struct candidate found[MATCHES_MAX];
	size_t count;

	keep_leg(o, host_print, leg);
	count = matching_candidates(o, host_print, &leg->keys, found);
	for (size_t i = 0; i < count; i++) {
		struct onward_keys in = keys_of_candidate(&found[i]);

		o->match(o->match_ctx, found[i].claim, &in, leg, keys_agreed(&in, &leg->keys));
	}
}

/* The oldest candidate that is left tells. */
int64_t onward_window_ns(const struct onward *o)
{
	const struct ring *ring = &o->candidates_ring;
	int64_t oldest_ns, window_ns;

	if (ring->used < ring->capacity)
		return ONWARD_WINDOW_MAX_NS;
	oldest_ns = o->candidates[slot(ring, ring->next)].time_s * NS_PER_SECOND;
	if (__builtin_sub_overflow(o->newest_ns, oldest_ns, &window_ns) || window_ns < 0)
		return 0;
	return window_ns < ONWARD_WINDOW_MAX_NS ? window_ns : ONWARD_WINDOW_MAX_NS;
}

/* Candidates that made room. */
uint64_t onward_forgotten(const struct onward *o)
{
	return o->forgotten;
}
