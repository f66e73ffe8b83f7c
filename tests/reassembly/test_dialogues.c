/*
 * Thousands of random networks: without loss always the same two streams, woven the same way; with
 * loss holes, but never a wrong byte and never an answer before what it answers.
 */
#include "reassembly/dialogue.h"

#include <criterion/criterion.h>
#include <string.h>

#define SEEDS 2000
/* So many random letters are found only where they stand. */
#define PLACE_MIN_BYTES 8

/* How far the calls of one connection agree with what was said. */
struct witness {
	const struct dialogue *dialogue;
	uint64_t seed;
	const struct connection *connection;
	uint32_t at[2]; /* bytes handed on, or told as gaps */
	bool placed[2];
	uint32_t opens, closes, gaps;
	bool ended[2];
};

static enum first_look witness_look(void *ctx, const struct segment *segment)
{
	(void)ctx;
	(void)segment;
	return LOOK_MAIL_PORT;
}

static void *witness_open(void *ctx, const struct connection *connection)
{
	struct witness *w = ctx;

	w->connection = connection;
	w->opens++;
	/* A SYN-ACK tells where both begin, a SYN only where its sender does. */
	w->placed[FROM_SERVER] = connection->roles_known && connection->seen[FROM_SERVER];
	w->placed[FROM_CLIENT] = connection->roles_known;
	return w;
}

/* Where the first chunk of a direction stands, by what it says, in the packet it came with. */
static uint32_t place_of(const struct witness *w, const struct chunk *chunk)
{
	const struct shown *shown = &w->dialogue->shown[chunk->at.frame - 1];
	const uint8_t *found;

	cr_assert(chunk->at.frame >= 1 && chunk->at.frame <= w->dialogue->shown_count);
	found = memmem(shown->payload.data, shown->payload.length, chunk->bytes.data,
		       chunk->bytes.length);
	cr_assert_not_null(found, "seed %lu: bytes from nowhere", w->seed);
	return (uint32_t)(found - w->dialogue->said[chunk->direction]);
}

/* What the other side must have said before this byte. */
static uint32_t needed(const struct dialogue *d, enum direction direction, uint32_t at)
{
	for (uint32_t i = 0; i < d->turn_count; i++)
		if (d->turns[i].direction == direction && d->turns[i].to > at)
			return d->turns[i].needs;
	return 0;
}

static bool witness_data(void *ctx, void *session, const struct chunk *chunk)
{
	struct witness *w = ctx;
	const struct dialogue *d = w->dialogue;
	enum direction from = chunk->direction;
	uint32_t *at = &w->at[from];

	(void)session;
	if (!w->placed[from] && chunk->bytes.length < PLACE_MIN_BYTES)
		return true;
	if (!w->placed[from])
		*at = place_of(w, chunk);
	w->placed[from] = true;
	cr_assert_not(w->ended[from], "seed %lu: data after the end", w->seed);
	cr_assert_leq(*at + chunk->bytes.length, d->length[from], "seed %lu: too much", w->seed);
	cr_assert_arr_eq(chunk->bytes.data, d->said[from] + *at, chunk->bytes.length,
			 "seed %lu: wrong bytes of %d at %u", w->seed, from, *at);
	/* A single byte that is missing at an end may have been a FIN. */
	cr_assert(!w->placed[!from] || w->at[!from] + 1 >= needed(d, from, *at),
		  "seed %lu: byte %u of %d comes too early", w->seed, *at, from);
	*at += (uint32_t)chunk->bytes.length;
	return true;
}

static bool witness_gap(void *ctx, void *session, const struct gap *gap)
{
	struct witness *w = ctx;

	(void)session;
	cr_assert_eq(gap->kind, GAP_LOST);
	cr_assert_gt(gap->length_bytes, 0);
	w->gaps += w->connection->seen[gap->direction];
	w->at[gap->direction] += (uint32_t)gap->length_bytes;
	/* One more where the FIN was lost. */
	cr_assert(!w->placed[gap->direction] ||
		      w->at[gap->direction] <= w->dialogue->length[gap->direction] + 1,
		  "seed %lu: gap past the end", w->seed);
	return true;
}

static void witness_end(void *ctx, void *session, enum direction direction, int64_t time_ns)
{
	struct witness *w = ctx;

	(void)session;
	(void)time_ns;
	w->ended[direction] = true;
	cr_assert(!w->placed[direction] || w->at[direction] == w->dialogue->length[direction],
		  "seed %lu: an end at %u", w->seed, w->at[direction]);
}

static void witness_close(void *ctx, void *session, const struct conversation_end *end)
{
	struct witness *w = ctx;
	uint32_t flags = w->connection->flags;

	(void)session;
	w->closes++;
	/* Where one side is not in the capture, the other's word will do. */
	for (int d = 0; d < 2 && (flags & CONNECTION_ONE_SIDED) != 0; d++)
		if (!w->connection->seen[d])
			w->ended[d] = w->ended[!d];
	cr_assert_eq(end->reason == CLOSE_FIN, w->ended[0] && w->ended[1], "seed %lu", w->seed);
	cr_assert_eq((flags & CONNECTION_GAP) != 0, w->gaps > 0, "seed %lu: flags %x, %u gaps",
		     w->seed, flags, w->gaps);
	cr_assert_eq(flags & (CONNECTION_OVERLAP_CONFLICT | CONNECTION_TRUNCATED), 0);
	if (w->dialogue->lost_data_count == 0 && !w->dialogue->options.hide_server)
		cr_assert_eq(w->gaps, 0, "seed %lu: a gap without loss", w->seed);
}

static const struct conversation_ops witness_ops = { .look = witness_look,
						     .open = witness_open,
						     .data = witness_data,
						     .gap = witness_gap,
						     .end = witness_end,
						     .close = witness_close };

/* Play one dialogue to a witness. */
static void try_seed(uint64_t seed, const struct dialogue_options *options)
{
	struct dialogue *dialogue = dialogue_new(seed, options);
	struct witness w = { .dialogue = dialogue, .seed = seed };
	struct script script;

	script_init_for(&script, 25, &witness_ops, &w);
	dialogue_play(dialogue, &script);
	reassembly_finish(script.reassembly);
	cr_assert_eq(w.opens, w.closes, "seed %lu", seed);
	cr_assert_leq(w.opens, 1, "seed %lu: opened again", seed);
	script_clear(&script);
	dialogue_free(&dialogue);
}

Test(dialogues, without_loss_always_the_same)
{
	static const struct dialogue_options none = { 0 };

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct dialogue *dialogue = dialogue_new(seed, &none);
		struct script script;
		struct text truth;

		text_init(&truth, 1u << 20);
		dialogue_truth(dialogue, &truth);
		script_init(&script, 25, 0);
		dialogue_play(dialogue, &script);
		cr_assert_str_eq(script_end(&script), text_get(&truth), "seed %lu", seed);
		cr_assert_eq(script.flags, 0, "seed %lu: flags %x", seed, script.flags);
		script_clear(&script);
		text_clear(&truth);
		dialogue_free(&dialogue);
	}
}

Test(dialogues, loss_makes_holes_and_no_wrong_byte)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct dialogue_options options = { .loss_percent = 1 + seed % 30 };

		try_seed(seed, &options);
	}
}

Test(dialogues, loss_of_handshakes)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct dialogue_options options = { .loss_percent = 50, .lose_handshake = true };

		try_seed(seed, &options);
	}
}

Test(dialogues, one_sided)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct dialogue_options options = { .loss_percent = seed % 10,
						    .hide_server = true };

		try_seed(seed, &options);
	}
}
