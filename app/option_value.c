#include "app/option_value.h"

#include "app/nearest.h"
#include "capture/capture.h"
#include "protocols/mail_address.h"
#include "sinks/redis_url.h"
#include "sinks/sink_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOUND_TEXT_MAX 32

struct unit {
	const char *word;
	int64_t factor;
};

static const struct unit sizes[] = {
	{ "", 1 },          { "K", 1 << 10 }, { "KiB", 1 << 10 }, { "M", 1 << 20 },
	{ "MiB", 1 << 20 }, { "G", 1 << 30 }, { "GiB", 1 << 30 },
};

static const struct unit times[] = {
	{ "", 1000000000 },      { "ms", 1000000 },      { "s", 1000000000 },
	{ "m", 60000000000 },    { "min", 60000000000 }, { "h", 3600000000000 },
	{ "d", 86400000000000 },
};

static const struct unit counts[] = { { "", 1 } };

static void *member(const struct option_row *row, struct settings *settings)
{
	return (char *)settings + row->offset;
}

/* What the option is called where it was written last; a key when it has no name. */
static const char *name_of(const struct option_row *row)
{
	return row->name != NULL ? row->name : row->key;
}

/* A text; the last one counts. */
enum result option_set_text(const struct option_row *row, struct settings *settings,
			    const char *value, struct error *error)
{
	char **to = member(row, settings);
	char *copy;

	if (value[0] == '\0')
		return error_set(error, RESULT_BAD, "'%s' is empty", name_of(row));
	copy = strdup(value);
	if (copy == NULL)
		return error_set(error, RESULT_FAILED, "no memory");
	free(*to);
	*to = copy;
	return RESULT_OK;
}

/* It is compiled anew for each link type; here a wrong one is told. */
enum result option_set_filter(const struct option_row *row, struct settings *settings,
			      const char *value, struct error *error)
{
	enum result r = capture_check_filter(value, error);

	return r == RESULT_OK ? option_set_text(row, settings, value, error) : r;
}

enum result option_set_flag(const struct option_row *row, struct settings *settings,
			    const char *value, struct error *error)
{
	(void)value;
	(void)error;
	*(bool *)member(row, settings) = true;
	return RESULT_OK;
}

enum result option_set_more(const struct option_row *row, struct settings *settings,
			    const char *value, struct error *error)
{
	(void)value;
	(void)error;
	++*(int64_t *)member(row, settings);
	return RESULT_OK;
}

/* A number in the largest unit that it is whole in, as it could be typed: "65m". */
static const char *in_unit(int64_t number, const struct unit *units, size_t unit_count,
			   char text[BOUND_TEXT_MAX])
{
	const struct unit *best = &units[0];

	for (size_t i = 1; i < unit_count; i++)
		if (number % units[i].factor == 0 &&
		    (best->word[0] == '\0' || units[i].factor > best->factor))
			best = &units[i];
	(void)snprintf(text, BOUND_TEXT_MAX, "%" PRId64 "%s", number / best->factor, best->word);
	return text;
}

static enum result out_of_bounds(const struct option_row *row, const char *value,
				 const struct unit *units, size_t unit_count, struct error *error)
{
	char least[BOUND_TEXT_MAX], most[BOUND_TEXT_MAX];

	return error_set(error, RESULT_BAD, "'%s' is out of bounds for '%s': %s to %s", value,
			 name_of(row), in_unit(row->least, units, unit_count, least),
			 in_unit(row->most, units, unit_count, most));
}

/* A whole number with one of the units behind it. */
static enum result set_number(const struct option_row *row, struct settings *settings,
			      const char *value, const struct unit *units, size_t unit_count,
			      struct error *error)
{
	char *end;
	long long number;
	int64_t total;

	errno = 0;
	number = strtoll(value, &end, 10);
	if (end == value || errno != 0)
		return error_set(error, RESULT_BAD, "'%s' is no number, which '%s' takes", value,
				 name_of(row));
	for (size_t i = 0; i < unit_count; i++) {
		if (strcmp(end, units[i].word) != 0)
			continue;
		if (__builtin_mul_overflow((int64_t)number, units[i].factor, &total) ||
		    total < row->least || total > row->most)
			return out_of_bounds(row, value, units, unit_count, error);
		*(int64_t *)member(row, settings) = total;
		return RESULT_OK;
	}
	return error_set(error, RESULT_BAD, "'%s' in '%s' is no unit that '%s' knows", end, value,
			 name_of(row));
}

enum result option_set_count(const struct option_row *row, struct settings *settings,
			     const char *value, struct error *error)
{
	return set_number(row, settings, value, counts, ARRAY_COUNT(counts), error);
}

/* "512M", "512MiB" */
enum result option_set_size(const struct option_row *row, struct settings *settings,
			    const char *value, struct error *error)
{
	return set_number(row, settings, value, sizes, ARRAY_COUNT(sizes), error);
}

/* "90" (seconds), "200ms", "1h" */
enum result option_set_time(const struct option_row *row, struct settings *settings,
			    const char *value, struct error *error)
{
	return set_number(row, settings, value, times, ARRAY_COUNT(times), error);
}

enum result option_set_severity(const struct option_row *row, struct settings *settings,
				const char *value, struct error *error)
{
	if (severity_parse(value, (enum severity *)member(row, settings)) == RESULT_OK)
		return RESULT_OK;
	return error_set(error, RESULT_BAD,
			 "'%s' is no severity; there are info, low, medium, high, critical", value);
}

enum result option_set_fail_on(const struct option_row *row, struct settings *settings,
			       const char *value, struct error *error)
{
	(void)row;
	if (severity_parse(value, &settings->fail_on) != RESULT_OK)
		return error_set(error, RESULT_BAD,
				 "'%s' is no severity; there are info, low, medium, high, critical",
				 value);
	settings->has_fail_on = true;
	return RESULT_OK;
}

/* Without a value: all types. */
enum result option_set_json(const struct option_row *row, struct settings *settings,
			    const char *value, struct error *error)
{
	(void)row;
	if (value != NULL)
		return sink_json_datasets(value, &settings->json_datasets, error);
	settings->json_datasets = DATASET_ALL;
	return RESULT_OK;
}

/* The URL is taken apart when it is used; here a wrong one is told. */
enum result option_set_redis(const struct option_row *row, struct settings *settings,
			     const char *value, struct error *error)
{
	struct redis_address address;
	enum result r = redis_url_parse(value, &address, error);

	return r == RESULT_OK ? option_set_text(row, settings, value, error) : r;
}

enum result option_set_redis_mode(const struct option_row *row, struct settings *settings,
				  const char *value, struct error *error)
{
	(void)row;
	return redis_mode_parse(value, &settings->redis_mode, error);
}

enum result option_set_overlap(const struct option_row *row, struct settings *settings,
			       const char *value, struct error *error)
{
	struct nearest nearest;

	if (overlap_policy_parse(value, &settings->overlap) == RESULT_OK)
		return RESULT_OK;
	nearest_begin(&nearest, value);
	for (int i = 0; i < OVERLAP_POLICY_COUNT; i++)
		nearest_offer(&nearest, overlap_policy_name((enum overlap_policy)i));
	if (nearest.best != NULL)
		return error_set(error, RESULT_BAD,
				 "'%s' is nothing that '%s' takes; did you mean '%s'?", value,
				 name_of(row), nearest.best);
	return error_set(error, RESULT_BAD,
			 "'%s' is nothing that '%s' takes; there are linux, bsd, first, last, "
			 "solaris",
			 value, name_of(row));
}

static enum result site_error(const struct option_row *row, enum result r, const char *value,
			      const char *what, struct error *error)
{
	if (r == RESULT_OK)
		return r;
	if (r == RESULT_BAD)
		return error_set(error, r, "'%s' is no %s, which '%s' takes", value, what,
				 name_of(row));
	return error_set(error, r, "too many of '%s': there is room for %d", name_of(row),
			 SITE_ENTRIES_MAX);
}

enum result option_set_network(const struct option_row *row, struct settings *settings,
			       const char *value, struct error *error)
{
	enum result r = site_add_network(settings->site, (enum site_role)row->set_number, value);

	return site_error(row, r, value, "address or network (192.0.2.0/24)", error);
}

/* Domains are compared as A-labels; "*." and a dot in front mean the same as nothing there. */
enum result option_set_domain(const struct option_row *row, struct settings *settings,
			      const char *value, struct error *error)
{
	struct span domain = span_trim(span_text(value));
	char folded[256];
	size_t length;
	enum result r = RESULT_BAD;

	if (span_starts_nocase(domain, "*."))
		domain = span_part(domain, 2, SIZE_MAX);
	else if (span_starts_nocase(domain, "."))
		domain = span_part(domain, 1, SIZE_MAX);
	length = mail_domain_fold(domain, folded, sizeof(folded) - 1);
	if (length > 0 && length < sizeof(folded)) {
		folded[length] = '\0';
		r = site_add_domain(settings->site, (enum site_domains)row->set_number, folded);
	}
	return site_error(row, r, value, "domain", error);
}

enum result option_set_nat(const struct option_row *row, struct settings *settings,
			   const char *value, struct error *error)
{
	enum result r = site_add_nat(settings->site, value);

	return site_error(row, r, value, "pair of addresses (PUBLIC=PRIVATE)", error);
}

/* What the table says. */
void option_set_defaults(struct settings *settings)
{
	size_t count;
	const struct option_row *rows = option_table(&count);

	for (size_t i = 0; i < count; i++)
		if (rows[i].standard != 0)
			*(int64_t *)member(&rows[i], settings) = rows[i].standard;
}
