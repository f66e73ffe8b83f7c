#include "app/options.h"

#include "app/config.h"
#include "app/nearest.h"
#include "app/option_value.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One pass over the command line. */
struct reading {
	struct settings *settings;
	struct assignments list;
	uint32_t command;
	uint64_t overridden; /* bit: row of the table; -C has said something about it */
	const char *config_file;
	char *const *arguments;
	int count, at;
};

static const struct option_row *row_of_name(struct span name)
{
	size_t count;
	const struct option_row *rows = option_table(&count);

	for (size_t i = 0; i < count; i++)
		if (rows[i].name != NULL && span_equal(name, span_text(rows[i].name)))
			return &rows[i];
	return NULL;
}

static const struct option_row *row_of_letter(char letter)
{
	size_t count;
	const struct option_row *rows = option_table(&count);

	for (size_t i = 0; i < count; i++)
		if (rows[i].letter == letter)
			return &rows[i];
	return NULL;
}

static enum result unknown_option(const struct reading *reading, struct span name,
				  struct error *error)
{
	char word[NEAREST_MAX + 1] = "";
	struct nearest nearest;
	size_t count;
	const struct option_row *rows = option_table(&count);

	memcpy(word, name.data, name.length < NEAREST_MAX ? name.length : NEAREST_MAX);
	nearest_begin(&nearest, word);
	for (size_t i = 0; i < count; i++)
		if (rows[i].name != NULL && (rows[i].commands & reading->command) != 0)
			nearest_offer(&nearest, rows[i].name);
	if (nearest.best == NULL)
		return error_set(error, RESULT_BAD, "there is no option '--%s'; see --help", word);
	return error_set(error, RESULT_BAD, "there is no option '--%s'; did you mean '--%s'?", word,
			 nearest.best);
}

/* KEY=VALUE of -C. */
static enum result take_override(struct reading *reading, const char *text, struct error *error)
{
	const char *equals = strchr(text, '=');
	char key[128];

	if (equals == NULL || equals == text || (size_t)(equals - text) >= sizeof(key))
		return error_set(error, RESULT_BAD, "'%s' is no KEY=VALUE, which '-C' takes", text);
	memcpy(key, text, (size_t)(equals - text));
	key[equals - text] = '\0';
	return assignments_add_key(&reading->list, key, equals + 1, FROM_OVERRIDE, 0, error);
}

/* An option and its value (NULL: none), as written. */
static enum result take(struct reading *reading, const struct option_row *row, const char *value,
			const char *written, struct error *error)
{
	const struct assignment assignment = { .row = row, .origin = FROM_COMMAND_LINE };

	if ((row->commands & reading->command) == 0)
		return error_set(error, RESULT_BAD, "'%s' is no option of this command; see --help",
				 written);
	if (row->letter == 'c') {
		reading->config_file = value;
		return RESULT_OK;
	}
	if (row->letter == 'C')
		return take_override(reading, value, error);
	return assignments_add(&reading->list, &assignment, value, error);
}

/* The word after an option that needs one. */
static enum result next_word(struct reading *reading, const struct option_row *row,
			     const char *written, const char **out, struct error *error)
{
	if (reading->at >= reading->count)
		return error_set(error, RESULT_BAD, "'%s' needs a value: %s", written,
				 row->argument);
	*out = reading->arguments[reading->at++];
	return RESULT_OK;
}

/* --name, --name=value, --name value */
static enum result take_long(struct reading *reading, const char *argument, struct error *error)
{
	struct span name = span_text(argument + 2);
	size_t equals = span_find_byte(name, '=');
	const char *value = equals == SPAN_NOT_FOUND ? NULL : argument + 2 + equals + 1;
	const struct option_row *row;

	name = span_part(name, 0, equals);
	row = row_of_name(name);
	if (row == NULL)
		return unknown_option(reading, name, error);
	if (row->argument == NULL && value != NULL)
		return error_set(error, RESULT_BAD, "'--%s' takes no value", row->name);
	if (row->argument != NULL && !row->argument_optional && value == NULL &&
	    next_word(reading, row, argument, &value, error) != RESULT_OK)
		return RESULT_BAD;
	return take(reading, row, value, argument, error);
}

/* -v, -vv, -f EXPR, -fEXPR */
static enum result take_short(struct reading *reading, const char *argument, struct error *error)
{
	for (const char *at = argument + 1; *at != '\0'; at++) {
		const struct option_row *row = row_of_letter(*at);
		const char written[3] = { '-', *at, '\0' };
		const char *value = NULL;
		bool ends = row != NULL && row->argument != NULL;
		enum result r;

		if (row == NULL)
			return error_set(error, RESULT_BAD, "there is no option '-%c'; see --help",
					 *at);
		if (ends && at[1] != '\0')
			value = at + 1;
		else if (ends && next_word(reading, row, written, &value, error) != RESULT_OK)
			return RESULT_BAD;
		r = take(reading, row, value, written, error);
		if (r != RESULT_OK || ends)
			return r;
	}
	return RESULT_OK;
}

static enum result read_arguments(struct reading *reading, struct error *error)
{
	bool only_files = false;

	while (reading->at < reading->count) {
		char *argument = reading->arguments[reading->at++];
		enum result r = RESULT_OK;

		if (!only_files && strcmp(argument, "--") == 0)
			only_files = true;
		else if (!only_files && strncmp(argument, "--", 2) == 0)
			r = take_long(reading, argument, error);
		else if (!only_files && argument[0] == '-' && argument[1] != '\0')
			r = take_short(reading, argument, error);
		else
			reading->settings->files[reading->settings->file_count++] = argument;
		if (r != RESULT_OK)
			return r;
	}
	return RESULT_OK;
}

static uint64_t row_bit(const struct option_row *row)
{
	size_t count;

	return UINT64_C(1) << (row - option_table(&count));
}

static enum result apply_one(struct reading *reading, const struct assignment *one,
			     struct error *error)
{
	struct error own = { .text = "" };
	enum result r = one->row->set(one->row, reading->settings, one->value, &own);

	if (r == RESULT_OK)
		return r;
	if (one->origin == FROM_FILE)
		return error_set(error, RESULT_FAILED, "'%s', line %u: %s", reading->config_file,
				 one->line, own.text);
	return error_set(error, r, "%s", own.text);
}

/* The file first, then -C, then the command line, so that the later one counts. */
static enum result apply(struct reading *reading, struct error *error)
{
	for (size_t i = 0; i < reading->list.count; i++)
		if (reading->list.list[i].origin == FROM_OVERRIDE)
			reading->overridden |= row_bit(reading->list.list[i].row);
	for (int origin = 0; origin < ORIGIN_COUNT; origin++) {
		for (size_t i = 0; i < reading->list.count; i++) {
			const struct assignment *one = &reading->list.list[i];
			enum result r;

			if (one->origin != (enum assignment_origin)origin ||
			    (one->origin == FROM_FILE &&
			     (reading->overridden & row_bit(one->row)) != 0))
				continue;
			r = apply_one(reading, one, error);
			if (r != RESULT_OK)
				return r;
		}
	}
	return RESULT_OK;
}

/* Where nobody gave the sensor a name, it has the host's. */
static enum result name_sensor(struct settings *settings, struct error *error)
{
	char name[256] = "";

	if (settings->sensor_name != NULL)
		return RESULT_OK;
	if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0')
		strcpy(name, "sensor");
	settings->sensor_name = strdup(name);
	if (settings->sensor_name == NULL)
		return error_set(error, RESULT_FAILED, "no memory");
	return RESULT_OK;
}

static enum result read_all(struct reading *reading, struct error *error)
{
	enum result r = read_arguments(reading, error);

	if (r == RESULT_OK && reading->config_file != NULL)
		r = config_read(reading->config_file, &reading->list, error);
	if (r == RESULT_OK)
		r = apply(reading, error);
	if (r == RESULT_OK)
		r = name_sensor(reading->settings, error);
	return r;
}

/* Read the arguments after the command's name. */
enum result options_parse(struct settings *settings, uint32_t command, int count,
			  char *const *arguments, struct error *error)
{
	struct reading reading = {
		.settings = settings, .command = command, .count = count, .arguments = arguments
	};
	enum result r;

	if (settings_init(settings) != RESULT_OK)
		return error_set(error, RESULT_FAILED, "no memory");
	option_set_defaults(settings);
	settings->files = calloc((size_t)count + 1, sizeof(*settings->files));
	if (settings->files == NULL)
		return error_set(error, RESULT_FAILED, "no memory");
	r = read_all(&reading, error);
	assignments_clear(&reading.list);
	return r;
}
