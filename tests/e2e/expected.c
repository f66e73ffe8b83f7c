#include "e2e/expected.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "e2e/events.h"

static void lines_add(struct lines *lines, char *text)
{
	cr_assert_lt(lines->count, LINES_MAX);
	lines->text[lines->count++] = text;
}

void lines_clear(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->text[i]);
	lines->count = 0;
}

void expected_read(const char *path, struct lines *out)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size_bytes = 0;

	out->count = 0;
	cr_assert_not_null(file, "'%s' is missing: say in it what the capture must show", path);
	while (getline(&line, &size_bytes, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] && line[0] != '#')
			lines_add(out, strdup(line));
	}
	free(line);
	(void)fclose(file);
}

/* A server's address and port; IPv6 in brackets. */
static void write_server(FILE *out, const json_t *event)
{
	const char *address = event_text(event, "destination.ip");
	const char *form = strchr(address, ':') ? "[%s]:%d" : "%s:%d";

	/* The form is one of the two above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)fprintf(out, form, address, (int)event_number(event, "destination.port"));
#pragma GCC diagnostic pop
}

static void write_session(FILE *out, const json_t *event)
{
	(void)fprintf(out, " %s %s %s", event_text(event, "network.protocol"),
		      event_text(event, "relaywatch.tls"),
		      event_text(event, "relaywatch.auth.result"));
}

static void write_transaction(FILE *out, const json_t *event)
{
	const char *from = json_string_value(event_get(event, "relaywatch.mail_from"));
	size_t i;
	const json_t *recipient;

	if (!from)
		from = "-";
	(void)fprintf(out, " %s %s", from[0] ? from : "<>",
		      event_text(event, "relaywatch.outcome"));
	json_array_foreach(event_get(event, "relaywatch.recipients"), i, recipient)(void) fprintf(
	    out, " %s=%s", event_text(recipient, "address"), event_text(recipient, "verdict"));
}

static void write_finding(FILE *out, const json_t *event)
{
	(void)fprintf(out, " %s", event_text(event, "relaywatch.verdict"));
}

/* What is written after client and server, by dataset. */
static const struct pair_line {
	const char *dataset;
	void (*write_rest)(FILE *out, const json_t *event);
} pair_lines[] = {
	{ "session", write_session },
	{ "transaction", write_transaction },
	{ "finding", write_finding },
};

static char *line_of_pair(const struct pair_line *how, const json_t *event)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	(void)fprintf(out, "%s %s ", how->dataset, event_text(event, "source.ip"));
	write_server(out, event);
	how->write_rest(out, event);
	(void)fclose(out);
	return text;
}

static char *line_of_server(const json_t *event)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	(void)fprintf(out, "server ");
	write_server(out, event);
	(void)fprintf(out, " %s", event_text(event, "relaywatch.posture"));
	(void)fclose(out);
	return text;
}

/* NULL: its words did not tell. A name is one word here. */
static char *line_of_software(const json_t *event)
{
	const char *name = json_string_value(event_get(event, "relaywatch.software"));
	char *text = NULL;
	size_t bytes;
	FILE *out;

	if (!name)
		return NULL;
	out = open_memstream(&text, &bytes);
	(void)fprintf(out, "software ");
	write_server(out, event);
	(void)fputc(' ', out);
	for (; *name != '\0'; name++)
		(void)fputc(*name == ' ' ? '_' : *name, out);
	(void)fclose(out);
	return text;
}

/* One line an incident: of its last event, and only if it was raised once. */
static char *line_of_alert(const json_t *events, size_t at)
{
	const json_t *alert = json_array_get(events, at);
	const char *id = event_text(alert, "relaywatch.alert_id");
	unsigned raised = 0;
	char *text = NULL;

	for (size_t i = 0; i < json_array_size(events); i++) {
		const json_t *other = json_array_get(events, i);

		if (!event_is(other, "alert") ||
		    strcmp(event_text(other, "relaywatch.alert_id"), id) != 0)
			continue;
		if (i > at)
			return NULL; /* a later event of this incident speaks for it */
		raised += strcmp(event_text(other, "event.action"), "raised") == 0;
	}
	cr_assert(
	    asprintf(&text, "alert %s %s %s %s%s", event_text(alert, "relaywatch.subject.type"),
		     event_text(alert, "relaywatch.subject.id"),
		     event_text(alert, "relaywatch.verdict"), event_text(alert, "event.action"),
		     raised == 1 ? "" : " (not raised exactly once)") > 0);
	return text;
}

void reported_lines(const json_t *events, struct lines *out)
{
	size_t at;
	const json_t *event;

	out->count = 0;
	json_array_foreach(events, at, event)
	{
		for (size_t i = 0; i < sizeof(pair_lines) / sizeof(pair_lines[0]); i++) {
			if (event_is(event, pair_lines[i].dataset))
				lines_add(out, line_of_pair(&pair_lines[i], event));
		}
		if (event_is(event, "server")) {
			char *software = line_of_software(event);

			lines_add(out, line_of_server(event));
			if (software)
				lines_add(out, software);
		}
		if (event_is(event, "alert")) {
			char *line = line_of_alert(events, at);

			if (line)
				lines_add(out, line);
		}
	}
}

/* One of "a|b|c"? */
static bool one_of(const char *words, size_t words_length, const char *word, size_t length)
{
	const char *end = words + words_length;

	while (words <= end) {
		const char *bar = memchr(words, '|', (size_t)(end - words));
		size_t n = (size_t)((bar ? bar : end) - words);

		if (n == length && memcmp(words, word, n) == 0)
			return true;
		words += n + 1;
	}
	return false;
}

/* Compare a word; of ADDRESS=VERDICT only the part after the last '=' has alternatives. */
static bool word_matches(const char *want, size_t want_length, const char *got, size_t got_length)
{
	const char *equals = memrchr(want, '=', want_length);
	size_t fixed = equals ? (size_t)(equals - want) + 1 : 0;

	if (fixed > got_length || memcmp(want, got, fixed) != 0)
		return false;
	return one_of(want + fixed, want_length - fixed, got + fixed, got_length - fixed);
}

static bool line_matches(const char *want, const char *got)
{
	for (;;) {
		size_t want_length = strcspn(want, " ");
		size_t got_length = strcspn(got, " ");

		if (!word_matches(want, want_length, got, got_length))
			return false;
		want += want_length;
		got += got_length;
		if (*want == '\0' || *got == '\0')
			return *want == *got;
		want++;
		got++;
	}
}

/* Said of something that the file does not name: is it wrong? */
static bool must_be_named(const char *line)
{
	static const char *const harmless[] = {
		/* findings that accuse nobody, postures that are no reproach */
		" benign", " relay_denied", " unknown_encrypted", " unknown", " closed",
	};
	size_t length = strlen(line);

	if (strncmp(line, "software ", 9) == 0)
		return false;
	if (strncmp(line, "finding ", 8) != 0 && strncmp(line, "server ", 7) != 0)
		return true;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
		size_t n = strlen(harmless[i]);

		if (length >= n && strcmp(line + length - n, harmless[i]) == 0)
			return false;
	}
	return true;
}

size_t expected_compare(const struct lines *expected, const struct lines *reported, FILE *said)
{
	bool used[LINES_MAX] = { false };
	size_t wrong = 0;

	for (size_t i = 0; i < expected->count; i++) {
		size_t j = 0;

		if (strncmp(expected->text[i], "option ", 7) == 0)
			continue;
		while (j < reported->count &&
		       (used[j] || !line_matches(expected->text[i], reported->text[j])))
			j++;
		if (j < reported->count) {
			used[j] = true;
			continue;
		}
		(void)fprintf(said, "  not reported: %s\n", expected->text[i]);
		wrong++;
	}
	for (size_t j = 0; j < reported->count; j++) {
		if (used[j] || !must_be_named(reported->text[j]))
			continue;
		(void)fprintf(said, "  not expected: %s\n", reported->text[j]);
		wrong++;
	}
	return wrong;
}
