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

/* Let a piece count like any other. */
void pieces_trust(struct pieces *list, struct piece *piece)
{
	if (piece->head.doubts != 0)
		list->doubtful--;
	piece->head.doubts = 0;
}

/* The last piece that begins at or before a place; searched from the nearer end. */
static struct piece *find_before(const struct pieces *list, uint32_t sequence)
{
	struct piece *p = list->last;

	if (p == NULL || !sequence_after(p->head.sequence, sequence))
		return p;
	if (sequence - list->first->head.sequence > p->head.sequence - sequence) {
		while (p != NULL && sequence_after(p->head.sequence, sequence))
			p = p->before;
		return p;
	}
	p = list->first;
	if (sequence_after(p->head.sequence, sequence))
		return NULL;
	while (p->after != NULL && !sequence_after(p->after->head.sequence, sequence))
		p = p->after;
	return p;
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

/* A doubtful piece of the list gives way to a part of a sure one. */
static void yield_old(struct pieces *list, struct budget *budget, struct piece *old,
		      const struct piece_head *head)
{
	struct piece_head rest = old->head;
	uint32_t skip = 0;

	if (sequence_before(rest.sequence, head->sequence))
		head_cut_back(&rest, head->sequence);
	else if (sequence_after(piece_end(&rest), piece_end(head)))
		skip = head_cut_front(&rest, piece_end(head));
	else
		rest.length = rest.missing = 0;
	if (rest.length + rest.missing == 0) {
		pieces_remove(list, budget, old);
		return;
	}
	memmove(old->bytes, old->bytes + skip, rest.length);
	shorten(list, budget, old, rest.length);
	old->head = rest;
}

/* The new, doubtful part gives way to a sure piece; false: nothing of it is left. */
static bool yield_new(const struct piece *old, struct piece_head *head, const uint8_t **bytes)
{
	if (sequence_before(head->sequence, old->head.sequence)) {
		head_cut_back(head, old->head.sequence);
		return true;
	}
	if (!sequence_after(piece_end(head), piece_end(&old->head)))
		return false;
	*bytes += head_cut_front(head, piece_end(&old->head));
	return true;
}

/* Settle the new part with pieces of the other degree of certainty; false: it is gone. */
static bool settle_doubts(struct pieces *list, struct budget *budget, struct piece_head *head,
			  const uint8_t **bytes, bool *conflict)
{
	struct piece *p = find_before(list, head->sequence);

	if (p == NULL)
		p = list->first;
	while (p != NULL && p->before != NULL &&
	       sequence_after(piece_end(&p->before->head), head->sequence))
		p = p->before;
	while (p != NULL && sequence_before(p->head.sequence, piece_end(head))) {
		struct piece *after = p->after;
		bool agrees = piece_agrees(&p->head, p->bytes, head, *bytes);

		if ((p->head.doubts != 0) == (head->doubts != 0) ||
		    !sequence_after(piece_end(&p->head), head->sequence)) {
			p = after;
			continue;
		}
		*conflict = *conflict || !agrees;
		if (head->doubts != 0 && (!agrees || !yield_new(p, head, bytes)))
			return false;
		if (head->doubts == 0 && !agrees)
			pieces_remove(list, budget, p);
		else if (head->doubts == 0)
			yield_old(list, budget, p, head);
		p = after;
	}
	return true;
}

/*
 * The rules of the header for a piece that begins at or before the new part: false when the
 * new part is known. *before is where the new one is to be linked behind.
 */
static bool settle_front(struct pieces *list, struct budget *budget, const struct piece_head *head,
			 const uint8_t *bytes, struct piece **before, bool *conflict)
{
	struct piece *p = *before;

	for (struct piece *q = p; q != NULL && sequence_after(piece_end(&q->head), head->sequence);
	     q = q->before)
		*conflict = *conflict || !piece_agrees(&q->head, q->bytes, head, bytes);
	if (p == NULL)
		return true;
	if (!sequence_after(piece_end(head), piece_end(&p->head)))
		return false;
	if (p->head.sequence == head->sequence) {
		*before = p->before;
		pieces_remove(list, budget, p);
	}
	return true;
}

/* The pieces that begin inside the new part: those that end inside it too are gone. */
static void settle_back(struct pieces *list, struct budget *budget, const struct piece_head *head,
			const uint8_t *bytes, struct piece *before, bool *conflict)
{
	struct piece *p = before == NULL ? list->first : before->after;

	while (p != NULL && sequence_before(p->head.sequence, piece_end(head))) {
		struct piece *after = p->after;

		*conflict = *conflict || !piece_agrees(&p->head, p->bytes, head, bytes);
		if (!sequence_after(piece_end(&p->head), piece_end(head)))
			pieces_remove(list, budget, p);
		p = after;
	}
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
	if (list->unacked == NULL ? piece->after == NULL : piece->after == list->unacked)
		list->unacked = piece;
	*out = piece;
	return RESULT_OK;
}

/* Find the place, let the rules decide, store what is left. */
enum result pieces_add(struct pieces *list, struct budget *budget, const struct piece_head *head,
		       const uint8_t *bytes, struct piece **out, bool *conflict)
{
	struct piece_head h = *head;
	struct piece *before;

	*out = NULL;
	if (list->count >= PIECES_MAX)
		return RESULT_LIMIT;
	if ((list->doubtful > 0 || h.doubts != 0) &&
	    !settle_doubts(list, budget, &h, &bytes, conflict))
		return RESULT_OK;
	before = find_before(list, h.sequence);
	if (!settle_front(list, budget, &h, bytes, &before, conflict))
		return RESULT_OK;
	settle_back(list, budget, &h, bytes, before, conflict);
	return store(list, budget, &h, bytes, before, out);
}
