#include "protocols/arena.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN_BYTES 512
#define BLOCK_MAX_BYTES 65536

struct arena_block {
	struct arena_block *older;
	size_t size_bytes, used_bytes; /* of bytes */
	uint8_t bytes[];
};

/* Begin with nothing taken. */
void arena_init(struct arena *arena, struct budget *budget, size_t limit_bytes)
{
	*arena = (struct arena){ .budget = budget, .limit_bytes = limit_bytes };
}

/* Free every piece. */
void arena_clear(struct arena *arena)
{
	while (arena->newest != NULL) {
		struct arena_block *block = arena->newest;

		arena->newest = block->older;
		free(block);
	}
	budget_give(arena->budget, arena->taken_bytes);
	arena->taken_bytes = 0;
}

/* Blocks double, so that a small owner stays small and a big one makes few calls. */
static size_t next_block_bytes(const struct arena *arena, size_t want_bytes)
{
	size_t size = BLOCK_MIN_BYTES;

	if (arena->newest != NULL)
		size = 2 * arena->newest->size_bytes;
	if (size > BLOCK_MAX_BYTES)
		size = BLOCK_MAX_BYTES;
	return size < want_bytes ? want_bytes : size;
}

static bool add_block(struct arena *arena, size_t want_bytes)
{
	size_t size = next_block_bytes(arena, want_bytes);
	size_t whole = sizeof(struct arena_block) + size;
	struct arena_block *block;

	if (whole > arena->limit_bytes - arena->taken_bytes)
		return false;
	if (budget_take(arena->budget, whole) != RESULT_OK)
		return false;
	block = malloc(whole);
	if (block == NULL) {
		budget_give(arena->budget, whole);
		return false;
	}
	block->older = arena->newest;
	block->size_bytes = size;
	block->used_bytes = 0;
	arena->newest = block;
	arena->taken_bytes += whole;
	return true;
}

/* Take memory for bytes; NULL where there is none. */
void *arena_take(struct arena *arena, size_t size_bytes)
{
	struct arena_block *block = arena->newest;
	void *piece;

	if (size_bytes > BLOCK_MAX_BYTES)
		return NULL;
	if (block == NULL || size_bytes > block->size_bytes - block->used_bytes) {
		if (!add_block(arena, size_bytes))
			return NULL;
		block = arena->newest;
	}
	piece = block->bytes + block->used_bytes;
	block->used_bytes += size_bytes;
	return piece;
}

/* Keep a copy of bytes. */
enum result arena_copy(struct arena *arena, struct span bytes, struct span *out)
{
	void *copy = arena_take(arena, bytes.length);

	if (copy == NULL)
		return RESULT_LIMIT;
	if (bytes.length > 0)
		memcpy(copy, bytes.data, bytes.length);
	*out = span_of(copy, bytes.length);
	return RESULT_OK;
}
