/* The memory of onward legs by itself: what agrees, how far back it reaches, how it ends. */
#include "detectors/onward.h"

#include "core/time_text.h"

#include <criterion/criterion.h>
#include <string.h>

#define START_NS (INT64_C(1750000000) * NS_PER_SECOND)
#define DAY_NS (24 * NS_PER_HOUR)

struct seen {
	struct onward *onward;
	struct budget budget;
	size_t matches, calls;
	uint32_t last_claim, last_keys;
	bool follow; /* an inside leg leads on, as the detectors have it */
};

static void on_match(void *ctx, uint32_t claim, const struct onward_keys *candidate,
		     const struct onward_leg *leg, uint32_t keys_agreed)
{
	struct seen *seen = ctx;
	struct onward_keys next = *candidate;

	seen->calls++;
	if (leg->outside || !seen->follow) {
		seen->matches++;
		seen->last_claim = claim;
		seen->last_keys = keys_agreed;
		return;
	}
	next.hops++;
	onward_add_candidate(seen->onward, &leg->to, claim, &next);
}

static void open_with(struct seen *seen, size_t share_bytes)
{
	struct hash_key key = hash_key_fixed();

	*seen = (struct seen){ 0 };
	budget_init(&seen->budget, share_bytes * 2);
	cr_assert_eq(onward_new(&seen->onward, &key, &seen->budget, share_bytes, on_match, seen),
		     RESULT_OK);
	cr_assert_leq(seen->budget.used_bytes, share_bytes);
}

static void done_with(struct seen *seen)
{
	onward_free(&seen->onward);
	cr_assert_eq(seen->budget.used_bytes, 0);
}

static struct ip_address host(uint8_t n)
{
	const uint8_t bytes[4] = { 192, 0, 2, n };

	return ip_address_v4(bytes);
}

/* All keys there and the same for each recipient. */
static struct onward_keys keys_at(uint64_t recipient, int64_t time_ns)
{
	return (struct onward_keys){ .recipient = recipient,
				     .message_id = 11,
				     .digest = 12,
				     .sender = 13,
				     .size_bytes = 1000,
				     .time_ns = time_ns };
}

static struct onward_leg leg_at(uint64_t recipient, int64_t time_ns, uint8_t from, uint8_t to)
{
	return (struct onward_leg){ .keys = keys_at(recipient, time_ns),
				    .from = host(from),
				    .to = host(to),
				    .outside = true };
}

static void add_candidate(struct seen *seen, uint8_t at, uint32_t claim,
			  const struct onward_keys *keys)
{
	struct ip_address address = host(at);

	onward_add_candidate(seen->onward, &address, claim, keys);
}

/* The recipient must be the same, and one further key. A missing key agrees with nothing. */
Test(onward, which_keys_agree)
{
	static const struct {
		const char *what;
		struct onward_keys in, out; /* recipient, Message-ID, digest, sender, size */
		uint32_t agreed;            /* 0: no match */
	} rows[] = {
		{ "all", { 1, 11, 12, 13, 1000 }, { 1, 11, 12, 13, 1000 }, 3 },
		{ "Message-ID", { 1, 11, 12, 13, 1000 }, { 1, 11, 22, 23, 9000 }, 2 },
		{ "digest", { 1, 11, 12, 13, 1000 }, { 1, 21, 12, 23, 9000 }, 2 },
		{ "sender and size", { 1, 11, 12, 13, 1000 }, { 1, 21, 22, 13, 1300 }, 2 },
		{ "sender and size, no more", { 1, 0, 0, 13, 1000 }, { 1, 0, 0, 13, 1000 }, 2 },
		{ "sender, but it shrank", { 1, 0, 0, 13, 1000 }, { 1, 0, 0, 13, 999 }, 0 },
		{ "sender, but it grew too much", { 1, 0, 0, 13, 1000 }, { 1, 0, 0, 13, 6000 }, 0 },
		{ "sender, a long message with longer head lines",
		  { 1, 0, 0, 13, 80000 },
		  { 1, 0, 0, 13, 94000 },
		  2 },
		{ "sender, no size", { 1, 0, 0, 13, 0 }, { 1, 0, 0, 13, 0 }, 0 },
		{ "size alone", { 1, 0, 0, 0, 1000 }, { 1, 0, 0, 0, 1000 }, 0 },
		{ "the recipient alone", { 1, 11, 12, 13, 1000 }, { 1, 21, 22, 23, 1000 }, 0 },
		{ "nothing is known of it", { 1, 0, 0, 0, 0 }, { 1, 0, 0, 0, 0 }, 0 },
		{ "Message-ID added on the way",
		  { 1, 0, 12, 13, 1000 },
		  { 1, 21, 12, 13, 1000 },
		  2 },
		{ "another recipient", { 1, 11, 12, 13, 1000 }, { 2, 11, 12, 13, 1000 }, 0 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		for (int leg_first = 0; leg_first < 2; leg_first++) {
			struct onward_leg leg = leg_at(0, 0, 25, 7);
			struct onward_keys in = rows[i].in;
			struct seen seen;

			leg.keys = rows[i].out;
			in.time_ns = leg.keys.time_ns = START_NS;
			open_with(&seen, 65536);
			if (leg_first)
				onward_add_leg(seen.onward, &leg.from, &leg);
			add_candidate(&seen, 25, 5, &in);
			if (!leg_first)
				onward_add_leg(seen.onward, &leg.from, &leg);
			cr_expect_eq(seen.matches, rows[i].agreed > 0, "%s", rows[i].what);
			cr_expect_eq(seen.last_keys, rows[i].agreed, "%s: %u", rows[i].what,
				     seen.last_keys);
			done_with(&seen);
		}
	}
}

/* Fingerprints are of what was seen, and what was not seen has none. */
Test(onward, keys_of_a_transaction)
{
	static const char address[] = "victim@foreign.example";
	struct fact_recipient recipient = { .canonical = span_text(address) };
	struct fact_transaction t = { .body_bytes = 1000, .complete = true };
	struct onward_keys bare, full, more;
	struct seen seen;

	open_with(&seen, 65536);
	bare = onward_keys_of(seen.onward, &t, &recipient);
	cr_expect_neq(bare.recipient, 0);
	cr_expect_eq(bare.message_id, 0);
	cr_expect_eq(bare.digest, 0);
	cr_expect_eq(bare.sender, 0, "the null sender agrees with nothing");
	cr_expect_eq(bare.size_bytes, 1000);
	t.message_id = span_text("id@x");
	t.mail_from = span_text("sender@x");
	t.body_digest_known = true;
	t.body_bytes = UINT64_MAX;
	full = onward_keys_of(seen.onward, &t, &recipient);
	cr_expect_eq(full.recipient, bare.recipient);
	cr_expect(full.message_id != 0 && full.digest != 0 && full.sender != 0);
	cr_expect_gt(full.size_bytes, 1000);
	t.complete = false;
	more = onward_keys_of(seen.onward, &t, &recipient);
	cr_expect_eq(more.size_bytes, 0, "the size of half a message says nothing");
	cr_expect_eq(more.message_id, full.message_id);
	done_with(&seen);
}

Test(onward, how_far_it_reaches)
{
	static const struct {
		const char *what;
		int64_t later_ns;
		bool match;
	} rows[] = {
		{ "at once", 0, true },
		{ "out of the queue, five hours later", 5 * NS_PER_HOUR, true },
		{ "after nearly five days", 5 * DAY_NS - NS_PER_SECOND, true },
		{ "after more than five days", 5 * DAY_NS + NS_PER_SECOND, false },
		{ "an hour before", -NS_PER_HOUR, false },
		{ "long before", -3 * DAY_NS, false },
		{ "at the end of time", INT64_MAX - START_NS, false },
		{ "at its beginning", -INT64_MAX, false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		for (int leg_first = 0; leg_first < 2; leg_first++) {
			struct onward_keys in = keys_at(1, START_NS);
			struct onward_leg leg = leg_at(1, START_NS + rows[i].later_ns, 25, 7);
			struct seen seen;

			open_with(&seen, 65536);
			if (leg_first)
				onward_add_leg(seen.onward, &leg.from, &leg);
			add_candidate(&seen, 25, 5, &in);
			if (!leg_first)
				onward_add_leg(seen.onward, &leg.from, &leg);
			cr_expect_eq(seen.matches, rows[i].match, "%s, leg first: %d", rows[i].what,
				     leg_first);
			done_with(&seen);
		}
	}
}

Test(onward, the_oldest_goes_and_is_counted)
{
	struct seen seen;
	size_t added = 0;
	struct onward_leg first = leg_at(0, START_NS + DAY_NS, 25, 7);
	struct onward_leg last;

	open_with(&seen, 16384);
	cr_expect_eq(onward_window_ns(seen.onward), ONWARD_WINDOW_MAX_NS);
	while (onward_forgotten(seen.onward) < 1000) {
		struct onward_keys keys = keys_at(added, START_NS + (int64_t)added * NS_PER_SECOND);

		add_candidate(&seen, 25, (uint32_t)added, &keys);
		added++;
	}
	cr_expect_eq(onward_window_ns(seen.onward), (int64_t)(added - 1001) * NS_PER_SECOND);
	onward_add_leg(seen.onward, &first.from, &first);
	cr_expect_eq(seen.matches, 0, "the first one was forgotten");
	last = leg_at(added - 1, START_NS + DAY_NS, 25, 7);
	onward_add_leg(seen.onward, &last.from, &last);
	cr_expect_eq(seen.matches, 1);
	cr_expect_eq(seen.last_claim, added - 1);
	last = leg_at(1000, START_NS + DAY_NS, 25, 7);
	onward_add_leg(seen.onward, &last.from, &last);
	cr_expect_eq(seen.matches, 2, "the oldest that is left");
	last = leg_at(999, START_NS + DAY_NS, 25, 7);
	onward_add_leg(seen.onward, &last.from, &last);
	cr_expect_eq(seen.matches, 2);
	done_with(&seen);
}

/* Legs are forgotten too: with the ring turned many times, only the newest is found. */
Test(onward, legs_are_forgotten)
{
	struct seen seen;
	struct onward_keys keys = keys_at(0, START_NS);

	open_with(&seen, 16384);
	for (uint32_t i = 0; i < 5000; i++) {
		struct onward_leg leg = leg_at(i, START_NS + NS_PER_SECOND, 25, 7);

		onward_add_leg(seen.onward, &leg.from, &leg);
	}
	add_candidate(&seen, 25, 1, &keys);
	cr_expect_eq(seen.matches, 0);
	keys.recipient = 4999;
	add_candidate(&seen, 25, 2, &keys);
	cr_expect_eq(seen.matches, 1);
	done_with(&seen);
}

/* One host, one recipient, messages without end: all in one bucket. It ends, in linear time. */
Test(onward, one_bucket)
{
	struct seen seen;
	struct onward_leg leg;

	open_with(&seen, (size_t)8 << 20);
	for (uint32_t i = 0; i < 400000; i++) {
		struct onward_keys keys = keys_at(1, START_NS);

		keys.message_id = keys.digest = keys.sender = 100 + i;
		add_candidate(&seen, 25, i, &keys);
		leg = leg_at(1, START_NS - DAY_NS, 25, 7);
		onward_add_leg(seen.onward, &leg.from, &leg);
	}
	cr_expect_gt(onward_forgotten(seen.onward), 0);
	cr_expect_eq(seen.matches, 0);
	leg = leg_at(1, START_NS, 25, 7);
	leg.keys.message_id = 100 + 399999 - 200;
	onward_add_leg(seen.onward, &leg.from, &leg);
	cr_expect_eq(seen.matches, 1, "it is among the last %d", ONWARD_WALK_MAX);
	leg.keys.message_id = 100 + 399999 - ONWARD_WALK_MAX;
	onward_add_leg(seen.onward, &leg.from, &leg);
	cr_expect_eq(seen.matches, 1, "a look-up walks no further");
	done_with(&seen);
}

/* Gateways in a row: as many as ONWARD_HOPS_MAX are followed, in either order. */
Test(onward, hops_in_a_row)
{
	for (uint8_t hops = 0; hops <= ONWARD_HOPS_MAX + 2; hops++) {
		for (int leg_first = 0; leg_first < 2; leg_first++) {
			struct onward_keys in = keys_at(1, START_NS);
			struct seen seen;

			open_with(&seen, 65536);
			seen.follow = true;
			if (!leg_first)
				add_candidate(&seen, 25, 5, &in);
			for (uint8_t i = 0; i <= hops; i++) {
				struct onward_leg leg = leg_at(1, START_NS + NS_PER_SECOND,
							       (uint8_t)(25 + i),
							       (uint8_t)(26 + i));

				leg.outside = i == hops;
				onward_add_leg(seen.onward, &leg.from, &leg);
			}
			if (leg_first)
				add_candidate(&seen, 25, 5, &in);
			cr_expect_eq(seen.matches, hops <= ONWARD_HOPS_MAX, "%u hops: %zu", hops,
				     seen.matches);
			done_with(&seen);
		}
	}
}

/* Two hosts that hand the same message to each other, again and again: it ends, it does not
 * double with each hop, and the outside leg is still found. */
Test(onward, cycles_end)
{
	for (int leg_first = 0; leg_first < 2; leg_first++) {
		struct onward_keys in = keys_at(1, START_NS);
		struct onward_leg out = leg_at(1, START_NS + 2 * NS_PER_SECOND, 26, 7);
		struct seen seen;

		open_with(&seen, 65536);
		seen.follow = true;
		if (!leg_first)
			add_candidate(&seen, 25, 5, &in);
		for (int i = 0; i < 40; i++) {
			struct onward_leg there = leg_at(1, START_NS + NS_PER_SECOND, 25, 26);
			struct onward_leg back = leg_at(1, START_NS + NS_PER_SECOND, 26, 25);

			there.outside = back.outside = false;
			onward_add_leg(seen.onward, &there.from, &there);
			onward_add_leg(seen.onward, &back.from, &back);
		}
		onward_add_leg(seen.onward, &out.from, &out);
		if (leg_first)
			add_candidate(&seen, 25, 5, &in);
		cr_expect_eq(seen.matches, 1, "%zu", seen.matches);
		cr_expect_leq(seen.calls, 200, "%zu", seen.calls);
		cr_expect_eq(onward_forgotten(seen.onward), 0);
		done_with(&seen);
	}
}

Test(onward, a_budget_that_is_too_small)
{
	struct hash_key key = hash_key_fixed();
	struct onward *onward = NULL;
	struct budget budget;

	budget_init(&budget, 1000);
	cr_expect_neq(onward_new(&onward, &key, &budget, 250, on_match, NULL), RESULT_OK);
	cr_expect_null(onward);
	cr_expect_eq(budget.used_bytes, 0);
}
