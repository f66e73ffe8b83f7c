#include "app/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define KEY_PATH_MAX 128

/* One pass over a file. */
struct config {
	const char *path;
	struct assignments *list;
	yaml_parser_t parser;
	char key[KEY_PATH_MAX]; /* the names above, each with a _ behind it */
	unsigned depth;
};

static uint32_t line_of(const yaml_event_t *event)
{
	return (uint32_t)event->start_mark.line + 1;
}

static enum result broken(const struct config *config, struct error *error)
{
	const yaml_parser_t *parser = &config->parser;

	return error_set(error, RESULT_FAILED, "'%s', line %zu: no YAML: %s", config->path,
			 parser->problem_mark.line + 1,
			 parser->problem == NULL ? "it cannot be read" : parser->problem);
}

static enum result wrong(const struct config *config, const yaml_event_t *event, const char *what,
			 struct error *error)
{
	return error_set(error, RESULT_FAILED, "'%s', line %u: %s", config->path, line_of(event),
			 what);
}

/* Note one value for the key that is open. */
static enum result take_value(struct config *config, const yaml_event_t *event, struct error *error)
{
	struct error own = { .text = "" };
	const char *value = (const char *)event->data.scalar.value;

	if (strlen(value) != event->data.scalar.length)
		return wrong(config, event, "a value holds NUL", error);
	if (event->data.scalar.plain_implicit &&
	    (value[0] == '\0' || strcmp(value, "~") == 0 || strcmp(value, "null") == 0))
		return RESULT_OK; /* a key that nothing is said of */
	if (assignments_add_key(config->list, config->key, value, FROM_FILE, line_of(event),
				&own) != RESULT_OK)
		return wrong(config, event, own.text, error);
	return RESULT_OK;
}

static enum result next_event(struct config *config, yaml_event_t *event, struct error *error)
{
	if (yaml_parser_parse(&config->parser, event) == 0)
		return broken(config, error);
	return RESULT_OK;
}

/* The values of a list, to its end. */
static enum result read_sequence(struct config *config, struct error *error)
{
	yaml_event_t event;
	enum result r;
	bool done;

	do {
		r = next_event(config, &event, error);
		if (r != RESULT_OK)
			return r;
		done = event.type == YAML_SEQUENCE_END_EVENT;
		if (event.type == YAML_SCALAR_EVENT)
			r = take_value(config, &event, error);
		else if (!done)
			r = wrong(config, &event, "a list holds values only", error);
		yaml_event_delete(&event);
	} while (r == RESULT_OK && !done);
	return r;
}

static enum result read_mapping(struct config *config, struct error *error);

/* What stands behind a key. */
static enum result read_value(struct config *config, struct error *error)
{
	yaml_event_t event;
	enum result r = next_event(config, &event, error);

	if (r != RESULT_OK)
		return r;
	if (event.type == YAML_SCALAR_EVENT) {
		r = take_value(config, &event, error);
	} else if (event.type == YAML_SEQUENCE_START_EVENT) {
		r = read_sequence(config, error);
	} else if (event.type == YAML_MAPPING_START_EVENT) {
		size_t length = strlen(config->key);

		if (config->depth >= CONFIG_DEPTH_MAX || length + 1 >= KEY_PATH_MAX)
			r = wrong(config, &event, "too many mappings inside each other", error);
		if (r == RESULT_OK) {
			memcpy(config->key + length, "_", 2);
			r = read_mapping(config, error);
		}
	} else {
		r = wrong(config, &event, "no value, list or mapping", error);
	}
	yaml_event_delete(&event);
	return r;
}

/* Put a key behind the names above it. */
static enum result open_key(struct config *config, size_t above, const yaml_event_t *event,
			    struct error *error)
{
	const char *name = (const char *)event->data.scalar.value;
	size_t length = strlen(name);

	if (above + length >= KEY_PATH_MAX)
		return wrong(config, event, "a key is too long", error);
	memcpy(config->key + above, name, length + 1);
	return RESULT_OK;
}

/* Keys and their values, to the end of the mapping. */
static enum result read_mapping(struct config *config, struct error *error)
{
	size_t above = strlen(config->key);
	yaml_event_t event;
	enum result r;
	bool done;

	config->depth++;
	do {
		r = next_event(config, &event, error);
		if (r != RESULT_OK)
			return r;
		done = event.type == YAML_MAPPING_END_EVENT;
		if (event.type == YAML_SCALAR_EVENT)
			r = open_key(config, above, &event, error);
		else if (!done)
			r = wrong(config, &event, "a key must be a word", error);
		yaml_event_delete(&event);
		if (r == RESULT_OK && !done)
			r = read_value(config, error);
	} while (r == RESULT_OK && !done);
	config->depth--;
	config->key[above] = '\0';
	return r;
}

/* The document: one mapping, or nothing at all. */
static enum result read_document(struct config *config, struct error *error)
{
	yaml_event_t event;
	enum result r;
	bool done;

	do {
		r = next_event(config, &event, error);
		if (r != RESULT_OK)
			return r;
		done = event.type == YAML_STREAM_END_EVENT;
		if (event.type == YAML_MAPPING_START_EVENT)
			r = read_mapping(config, error);
		else if (event.type == YAML_SEQUENCE_START_EVENT ||
			 (event.type == YAML_SCALAR_EVENT && event.data.scalar.length > 0))
			r = wrong(config, &event, "a configuration is made of keys and values",
				  error);
		yaml_event_delete(&event);
	} while (r == RESULT_OK && !done);
	return r;
}

/* Read a configuration file. */
enum result config_read(const char *path, struct assignments *list, struct error *error)
{
	struct config config = { .path = path, .list = list };
	FILE *file = fopen(path, "rb");
	enum result r;

	if (file == NULL)
		return error_set(error, RESULT_FAILED, "cannot open '%s': %s", path,
				 strerror(errno));
	if (yaml_parser_initialize(&config.parser) == 0) {
		(void)fclose(file);
		return error_set(error, RESULT_FAILED, "no memory");
	}
	yaml_parser_set_input_file(&config.parser, file);
	r = read_document(&config, error);
	yaml_parser_delete(&config.parser);
	(void)fclose(file);
	return r;
}

/* For --version. */
const char *config_library_version(void)
{
	return yaml_get_version_string();
}
