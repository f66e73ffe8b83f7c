#include "app/command.h"

#include "app/config.h"
#include "app/option_table.h"
#include "capture/bytes.h"
#include "capture/source.h"
#include "core/digest.h"
#include "detectors/registrable.h"
#include "protocols/mail_address.h"
#include "protocols/message.h"
#include "sinks/event_record.h"

#include <inttypes.h>
#include <string.h>

#define TEXT_COLUMN 30
#define LINE_COLUMNS 96

static const char *const group_titles[OPTION_GROUP_COUNT] = {
	[OPTION_COMMON] = "Options",
	[OPTION_OUTPUT] = "Input and output",
	[OPTION_SITE] = "What is known of the site; each may be repeated, none is needed",
	[OPTION_TUNING] = "Keys of the configuration (-c FILE, -C KEY=VALUE)",
};

/* What the program is for, and which commands there are. */
void help_program(FILE *out, const struct command *commands, size_t count)
{
	(void)fputs("relaywatch finds mail relay abuse in packets.\n\nusage:\n", out);
	for (size_t i = 0; i < count; i++)
		(void)fprintf(out, "  relaywatch %-10s %-24s %s\n", commands[i].name,
			      commands[i].arguments, commands[i].summary);
	(void)fputs("\n  relaywatch COMMAND --help    the options of a command\n"
		    "  relaywatch --version\n",
		    out);
}

/* A paragraph that begins in column at. */
static void put_wrapped(FILE *out, int at, const char *text)
{
	int column = at;

	while (*text != '\0') {
		int length = (int)strcspn(text, " ");

		if (column > at && column + 1 + length > LINE_COLUMNS) {
			(void)fprintf(out, "\n%*s", at, "");
			column = at;
		} else if (column > at) {
			(void)fputc(' ', out);
			column++;
		}
		(void)fprintf(out, "%.*s", length, text);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	(void)fputc('\n', out);
}

/* "  -f, --filter EXPR" */
static int put_name(FILE *out, const struct option_row *row)
{
	int width;

	if (row->group == OPTION_TUNING)
		return fprintf(out, "  %s: %s", row->key, row->argument);
	if (row->letter != 0)
		width = fprintf(out, "  -%c", row->letter);
	else
		width = fprintf(out, "    ");
	if (row->name != NULL)
		width += fprintf(out, "%s --%s", row->letter != 0 ? "," : " ", row->name);
	if (row->argument != NULL)
		width += fprintf(out, row->argument_optional ? "[=%s]" : " %s", row->argument);
	return width;
}

static void put_row(FILE *out, const struct option_row *row)
{
	int width = put_name(out, row);

	if (width + 1 > TEXT_COLUMN)
		(void)fprintf(out, "\n%*s", TEXT_COLUMN, "");
	else
		(void)fprintf(out, "%*s", TEXT_COLUMN - width, "");
	put_wrapped(out, TEXT_COLUMN, row->help);
}

/* A command with its options, from the one table. */
void help_command(FILE *out, const struct command *command)
{
	size_t count;
	const struct option_row *rows = option_table(&count);

	(void)fprintf(out, "relaywatch %s %s\n%s\n", command->name, command->arguments,
		      command->summary);
	if (command->notes != NULL) {
		(void)fputc('\n', out);
		put_wrapped(out, 0, command->notes);
	}
	for (int group = 0; group < OPTION_GROUP_COUNT; group++) {
		bool any = false;

		for (size_t i = 0; i < count; i++) {
			if (rows[i].group != (enum option_group)group ||
			    (rows[i].commands & command->bit) == 0)
				continue;
			if (!any)
				(void)fprintf(out, "\n%s:\n", group_titles[group]);
			any = true;
			put_row(out, &rows[i]);
		}
	}
	(void)fputs("\nExit codes: 0 it ran; 1 it could not, or an input could not be read; 2 "
		    "usage; 3 something\nat or above --fail-on was found.\n",
		    out);
}

/* The program and the libraries that it stands on. */
void help_version(FILE *out)
{
	static const struct {
		const char *name;
		const char *(*version)(void);
	} libraries[] = {
		{ "libpcap", source_libpcap_version }, { "zlib", bytes_gzip_version },
		{ "zstd", bytes_zstd_version },        { "libidn2", mail_address_library_version },
		{ "xxHash", message_library_version }, { "libpsl", registrable_library_version },
		{ "OpenSSL", digest_library_version }, { "hiredis", redis_library_version },
		{ "libyaml", config_library_version }, { "jansson", event_record_library_version },
	};

	(void)fprintf(out, "relaywatch %s\n", RELAYWATCH_VERSION);
	for (size_t i = 0; i < ARRAY_COUNT(libraries); i++)
		(void)fprintf(out, "%s %s\n", libraries[i].name, libraries[i].version());
}
