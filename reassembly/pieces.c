#include "reassembly/pieces.h"

#include "reassembly/sequence.h"

#include <stdlib.h>
#include <string.h>

/* The sequence number behind a piece. */
uint32_t piece_end(const struct piece_head *head)
{
	return head->sequence + head->length + head->missing + (head->fin ? 1 : 0);
}

/* Compare where both have bytes. */
bool piece_agrees(const struct piece_head *a, const uint8_t *a_bytes, const struct piece_head *b,
		  const uint8_t *b_bytes)
{
	uint32_t from = sequence_later(a->sequence, b->sequence);
	uint32_t to = sequence_earlier(a->sequence + a->length, b->sequence + b->length);

	if (!sequence_before(from, to))
		return true;
	return memcmp(a_bytes + (from - a->sequence), b_bytes + (from - b->sequence), to - from) ==
	       0;
}

static size_t piece_size(const struct piece_head *head)
{
	return sizeof(struct piece) + head->length;
}

/* Put a piece behind another, or at the front. */
static void link_after(struct pieces *list, struct piece *before, struct piece *piece)
{
	piece->before = before;
	piece->after = before == NULL ? list->first : before->after;
	*(before == NULL ? &list->first : &before->after) = piece;
	*(piece->after == NULL ? &list->last : &piece->after->before) = piece;
	list->count++;
	if (piece->head.doubts != 0)
		list->doubtful++;
}

/* Free one piece. */
void pieces_remove(struct pieces *list, struct budget *budget, struct piece *piece)
{
	if (list->unacked == piece)
		list->unacked = piece->after;
	*(piece->before == NULL ? &list->first : &piece->before->after) = piece->after;
	*(piece->after == NULL ? &list->last : &piece->after->before) = piece->before;
	list->count--;
	if (piece->head.doubts != 0)
		list->doubtful--;
	list->charged_bytes -= piece_size(&piece->head);
	budget_give(budget, piece_size(&piece->head));
	free(piece);
}

/* Free them all. */
void pieces_clear(struct pieces *list, struct budget *budget)
{
	while (list->first != NULL)
		pieces_remove(list, budget, list->first);
}

/* Note for each piece when the receiver was first known to have all before it. */
void pieces_acked(struct pieces *list, uint32_t acked, int64_t now_ns)
{
	struct piece *p;

	while ((p = list->unacked) != NULL && !sequence_after(p->head.sequence, acked)) {
		if (p->acked_ns == 0)
			p->acked_ns = now_ns;
		list->unacked = p->after;
	}
}

/* Let a piece count like any other. */
void pieces_trust(struct pieces *list, struct piece *piece)
{
	if (piece->head.doubts != 0)
		list->doubtful--;
	piece->head.doubts = 0;
}

/* From a piece that begins at or before a place on, the last one that does. */
static struct piece *last_before(struct piece *p, uint32_t sequence)
{
	while (p->after != NULL && !sequence_after(p->after->head.sequence, sequence))
		p = p->after;
	return p;
}

/* The last piece that begins at or before a place, searched from the nearer end. NULL: none. */
static struct piece *find_before(const struct pieces *list, uint32_t sequence)
{
	struct piece *p = list->last;

	if (p == NULL || !sequence_after(p->head.sequence, sequence))
		return p;
	if (sequence_after(list->first->head.sequence, sequence))
		return NULL;
	if (sequence - list->first->head.sequence < p->head.sequence - sequence)
		return last_before(list->first, sequence);
	while (sequence_after(p->head.sequence, sequence))
		p = p->before;
	return p;
}

/* The first piece that ends behind a place. NULL: none. */
static struct piece *find_behind(const struct pieces *list, uint32_t sequence)
{
	struct piece *p = find_before(list, sequence);

	if (p == NULL)
		return list->first;
	while (p->before != NULL && sequence_after(piece_end(&p->before->head), sequence))
		p = p->before;
	return sequence_after(piece_end(&p->head), sequence) ? p : p->after;
}

/* Shorten what is kept of a piece; the charge follows its length. */
static void shorten(struct pieces *list, struct budget *budget, struct piece *piece,
		    uint32_t length)
{
	list->charged_bytes -= piece->head.length - length;
	budget_give(budget, piece->head.length - length);
	piece->head.length = length;
}

/* Take the front of a head, up to a place, away; the number of bytes to skip comes back. */
static uint32_t head_cut_front(struct piece_head *head, uint32_t to)
{
	uint32_t cut = to - head->sequence;
	uint32_t bytes = cut < head->length ? cut : head->length;

	head->missing -= cut - bytes;
	head->length -= bytes;
	head->sequence = to;
	return bytes;
}

/* Take what stands at a place and behind it away. */
static void head_cut_back(struct piece_head *head, uint32_t from)
{
	uint32_t keep = from - head->sequence;

	head->fin = false;
	head->missing = keep > head->length ? keep - head->length : 0;
	head->length = keep < head->length ? keep : head->length;
}

/* Store a copy behind a piece. */
static enum result store(struct pieces *list, struct budget *budget, const struct piece_head *head,
			 const uint8_t *bytes, struct piece *before, struct piece **out)
{
	struct piece *piece;

	if (budget_take(budget, piece_size(head)) != RESULT_OK)
		return RESULT_LIMIT;
	piece = malloc(piece_size(head));
	if (piece == NULL) {
		budget_give(budget, piece_size(head));
		return RESULT_LIMIT;
	}
	piece->head = *head;
	piece->acked_ns = 0;
	if (head->length > 0)
		memcpy(piece->bytes, bytes, head->length);
	list->charged_bytes += piece_size(head);
	link_after(list, before, piece);
	if (list->unacked == NULL || sequence_before(head->sequence, list->unacked->head.sequence))
		list->unacked = piece;
	*out = piece;
	return RESULT_OK;
}

/* Keep what stands from a place inside a piece on as a piece of its own; it is still there. */
static enum result store_rest(struct pieces *list, struct budget *budget, struct piece *piece,
			      uint32_t from)
{
	struct piece_head rest = piece->head;
	uint32_t skip = head_cut_front(&rest, from);
	struct piece *out;

	return store(list, budget, &rest, piece->bytes + skip, piece, &out);
}

/* Take what stands from a place inside a piece on away. */
static void drop_rest(struct pieces *list, struct budget *budget, struct piece *piece,
		      uint32_t from)
{
	struct piece_head front = piece->head;

	head_cut_back(&front, from);
	shorten(list, budget, piece, front.length);
	piece->head = front;
}

/*
 * A doubtful piece of the list gives way to a part of a sure one: what stands before that and what
 * stands behind it stay. Without room for a second piece the end is lost.
 */
static void yield_old(struct pieces *list, struct budget *budget, struct piece *old,
		      const struct piece_head *head)
{
	if (sequence_after(piece_end(&old->head), piece_end(head)))
		(void)store_rest(list, budget, old, piece_end(head));
	if (sequence_before(old->head.sequence, head->sequence))
		drop_rest(list, budget, old, head->sequence);
	else
		pieces_remove(list, budget, old);
}

void pieces_split(struct pieces *list, struct budget *budget, struct piece *piece, uint32_t at)
{
	if (store_rest(list, budget, piece, at) == RESULT_OK)
		drop_rest(list, budget, piece, at);
}

/* A sure part has come: the doubtful ones lose what it has itself. */
static void settle_doubts(struct pieces *list, struct budget *budget, const struct piece_head *head)
{
	struct piece *p = find_behind(list, head->sequence);

	while (p != NULL && sequence_before(p->head.sequence, piece_end(head))) {
		struct piece *after = p->after;

		if (p->head.doubts != 0)
			yield_old(list, budget, p, head);
		p = after;
	}
}

/*
 * Does the new part say what the list says? Each byte is compared with the first piece that has
 * it: that one owns it, and the others were compared when they came.
 */
static bool agrees(const struct piece *p, const struct piece_head *head, const uint8_t *bytes)
{
	uint32_t end = head->sequence + head->length;
	uint32_t at = head->sequence;

	for (; p != NULL && sequence_before(p->head.sequence, end); p = p->after) {
		uint32_t from = sequence_later(at, p->head.sequence);
		uint32_t to = sequence_earlier(end, p->head.sequence + p->head.length);

		if (!sequence_before(from, to))
			continue;
		if (memcmp(p->bytes + (from - p->head.sequence), bytes + (from - head->sequence),
			   to - from) != 0)
			return false;
		at = to;
	}
	return true;
}

/*
 * As Linux does it, for a part that is to stand behind this piece (NULL: at the front): what lies
 * within it goes, then a copy is stored.
 */
static enum result add_whole(struct pieces *list, struct budget *budget,
			     const struct piece_head *head, const uint8_t *bytes,
			     struct piece *before, struct piece **out)
{
	struct piece *p;

	if (before != NULL && !sequence_after(piece_end(head), piece_end(&before->head)))
		return RESULT_OK;
	if (before != NULL && before->head.sequence == head->sequence) {
		p = before;
		before = p->before;
		pieces_remove(list, budget, p);
	}
	p = before == NULL ? list->first : before->after;
	while (p != NULL && !sequence_after(piece_end(&p->head), piece_end(head))) {
		struct piece *after = p->after;

		pieces_remove(list, budget, p);
		p = after;
	}
	return store(list, budget, head, bytes, before, out);
}

static struct extent extent_of(const struct piece_head *head)
{
	return (struct extent){ .from = head->sequence, .to = piece_end(head) };
}

/*
 * As all others do it: one after the other the pieces that share bytes with the part lose them, or
 * the part does; what is left of it is stored. *out is the first that was.
 */
static enum result add_parts(struct pieces *list, struct budget *budget,
			     const struct piece_head *whole, const uint8_t *bytes,
			     struct piece *before, struct piece **out)
{
	/* What is doubtful may stand in order at the receiver, who then keeps what was first. */
	enum overlap_policy policy = whole->doubts != 0 ? OVERLAP_FIRST : list->policy;
	const struct extent newer = extent_of(whole);
	struct piece *p = before == NULL ? list->first : before, *after, *stored;
	struct piece_head rest = *whole;
	enum result r = RESULT_OK;

	if (p != NULL && !sequence_after(piece_end(&p->head), rest.sequence))
		p = p->after;
	for (; p != NULL && sequence_before(p->head.sequence, newer.to); p = after) {
		const struct extent older = extent_of(&p->head);
		struct piece_head front = rest;

		after = p->after;
		if (overlap_newer_wins(policy, &newer, &older)) {
			before = sequence_before(older.from, rest.sequence) ? p : p->before;
			yield_old(list, budget, p, &rest);
			continue;
		}
		if (sequence_before(rest.sequence, older.from)) {
			head_cut_back(&front, older.from);
			r = store(list, budget, &front, bytes, before, &stored);
			if (r != RESULT_OK)
				return r;
			*out = *out == NULL ? stored : *out;
		}
		if (!sequence_after(newer.to, older.to))
			return RESULT_OK;
		bytes += head_cut_front(&rest, older.to);
		before = p;
	}
	r = store(list, budget, &rest, bytes, before, &stored);
	if (r == RESULT_OK && *out == NULL)
		*out = stored;
	return r;
}

/* The rules of the header for a part that is to stand behind this piece (NULL: at the front). */
static enum result add(struct pieces *list, struct budget *budget, const struct piece_head *head,
		       const uint8_t *bytes, struct piece *before, struct piece **out)
{
	return list->policy == OVERLAP_LINUX ? add_whole(list, budget, head, bytes, before, out)
					     : add_parts(list, budget, head, bytes, before, out);
}

/* From this piece on the first sure one that begins before a place. NULL: none. */
static struct piece *next_sure(struct piece *p, uint32_t end)
{
	while (p != NULL && p->head.doubts != 0)
		p = p->after;
	return p != NULL && sequence_before(p->head.sequence, end) ? p : NULL;
}

/* A doubtful part has come: only what lies between the sure pieces is kept. */
static enum result add_doubtful(struct pieces *list, struct budget *budget, struct piece_head head,
				const uint8_t *bytes)
{
	struct piece *before = find_before(list, head.sequence);
	struct piece *sure = next_sure(find_behind(list, head.sequence), piece_end(&head));
	struct piece *out = NULL;
	enum result r = RESULT_OK;

	while (r == RESULT_OK && sure != NULL) {
		struct piece_head front = head;

		if (sequence_before(head.sequence, sure->head.sequence)) {
			head_cut_back(&front, sure->head.sequence);
			r = add(list, budget, &front, bytes, before, &out);
		}
		if (!sequence_after(piece_end(&head), piece_end(&sure->head)))
			return r;
		bytes += head_cut_front(&head, piece_end(&sure->head));
		before = last_before(sure, head.sequence);
		sure = next_sure(sure->after, piece_end(&head));
	}
	return r != RESULT_OK ? r : add(list, budget, &head, bytes, before, &out);
}

/* Sure or not; of what is doubtful *out stays NULL. */
enum result pieces_add(struct pieces *list, struct budget *budget, const struct piece_head *head,
		       const uint8_t *bytes, struct piece **out, bool *conflict)
{
	*out = NULL;
	if (list->count >= PIECES_MAX)
		return RESULT_LIMIT;
	if (!agrees(find_behind(list, head->sequence), head, bytes))
		*conflict = true;
	if (head->doubts != 0)
		return add_doubtful(list, budget, *head, bytes);
	if (list->doubtful > 0)
		settle_doubts(list, budget, head);
	return add(list, budget, head, bytes, find_before(list, head->sequence), out);
}
