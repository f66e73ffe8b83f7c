#include "app/nearest.h"
#include "app/options.h"

#include <stdlib.h>
#include <string.h>

#define KEY_MAX 64

/* Free all of them. */
void assignments_clear(struct assignments *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->list[i].value);
	free(list->list);
	*list = (struct assignments){ 0 };
}

/* Note one more; its value is copied. */
enum result assignments_add(struct assignments *list, const struct assignment *assignment,
			    const char *value, struct error *error)
{
	struct assignment copy = *assignment;
	struct assignment *bigger;

	if (list->count >= ASSIGNMENTS_MAX)
		return error_set(error, RESULT_LIMIT, "more than %d options", ASSIGNMENTS_MAX);
	/* It grows when the count reaches a power of two. */
	if ((list->count & (list->count - 1)) == 0) {
		size_t room = list->count == 0 ? 1 : 2 * list->count;

		bigger = realloc(list->list, room * sizeof(*bigger));
		if (bigger == NULL)
			return error_set(error, RESULT_FAILED, "no memory");
		list->list = bigger;
	}
	copy.value = NULL;
	if (value != NULL) {
		copy.value = strdup(value);
		if (copy.value == NULL)
			return error_set(error, RESULT_FAILED, "no memory");
	}
	list->list[list->count++] = copy;
	return RESULT_OK;
}

/* "redis.key" and "redis-key" mean "redis_key". */
static void fold_key(const char *key, char folded[KEY_MAX])
{
	size_t i = 0;

	for (; key[i] != '\0' && i < KEY_MAX - 1; i++)
		folded[i] = (char)(key[i] == '.' || key[i] == '-' ? '_' : key[i]);
	folded[i] = '\0';
}

/* Is this the key of the row, or the name of its option? */
static bool answers_to(const struct option_row *row, const char *folded)
{
	char name[KEY_MAX];

	if (row->key == NULL)
		return false;
	if (strcmp(row->key, folded) == 0)
		return true;
	if (row->name == NULL)
		return false;
	fold_key(row->name, name);
	return strcmp(name, folded) == 0;
}

static enum result no_such_key(const char *key, const char *folded, struct error *error)
{
	struct nearest nearest;
	size_t count;
	const struct option_row *rows = option_table(&count);

	nearest_begin(&nearest, folded);
	for (size_t i = 0; i < count; i++)
		if (rows[i].key != NULL)
			nearest_offer(&nearest, rows[i].key);
	if (nearest.best == NULL)
		return error_set(error, RESULT_BAD, "there is no key '%s'", key);
	return error_set(error, RESULT_BAD, "there is no key '%s'; did you mean '%s'?", key,
			 nearest.best);
}

/* A list, or a key that stands there twice, where one value is wanted. */
static bool is_second_value(const struct assignments *list, const struct option_row *row)
{
	if (row->repeatable)
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (list->list[i].row == row && list->list[i].origin == FROM_FILE)
			return true;
	return false;
}

/* Note a value for the row that answers to the key. */
enum result assignments_add_key(struct assignments *list, const char *key, const char *value,
				enum assignment_origin origin, uint32_t line, struct error *error)
{
	struct assignment assignment = { .origin = origin, .line = line };
	char folded[KEY_MAX];
	size_t count;
	const struct option_row *rows = option_table(&count);

	fold_key(key, folded);
	for (size_t i = 0; i < count; i++) {
		if (!answers_to(&rows[i], folded))
			continue;
		if (origin == FROM_FILE && is_second_value(list, &rows[i]))
			return error_set(error, RESULT_BAD,
					 "'%s' takes one value, and this is the second", key);
		assignment.row = &rows[i];
		return assignments_add(list, &assignment, value, error);
	}
	return no_such_key(key, folded, error);
}
