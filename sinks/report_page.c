#include "sinks/report_page.h"

#include "core/time_text.h"
#include "sinks/event.h"
#include "sinks/paragraph.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT_TEXT_MAX 32

enum style { STYLE_PLAIN, STYLE_HEAD, STYLE_ALARM, STYLE_WARN, STYLE_GOOD, STYLE_DIM };

static const char *const style_codes[] = {
	[STYLE_PLAIN] = "",        [STYLE_HEAD] = "\x1b[1m",  [STYLE_ALARM] = "\x1b[1;31m",
	[STYLE_WARN] = "\x1b[33m", [STYLE_GOOD] = "\x1b[32m", [STYLE_DIM] = "\x1b[2m",
};

static enum style posture_style(enum posture posture)
{
	static const enum style styles[] = {
		[POSTURE_UNKNOWN] = STYLE_DIM, [POSTURE_CLOSED] = STYLE_GOOD,
		[POSTURE_FIXED] = STYLE_GOOD,  [POSTURE_EXPOSED] = STYLE_WARN,
		[POSTURE_OPEN] = STYLE_ALARM,
	};

	return (size_t)posture < ARRAY_COUNT(styles) ? styles[posture] : STYLE_PLAIN;
}

static enum style severity_style(enum severity severity)
{
	static const enum style styles[] = {
		[SEVERITY_INFO] = STYLE_DIM,       [SEVERITY_LOW] = STYLE_PLAIN,
		[SEVERITY_MEDIUM] = STYLE_WARN,    [SEVERITY_HIGH] = STYLE_ALARM,
		[SEVERITY_CRITICAL] = STYLE_ALARM,
	};

	return (size_t)severity < ARRAY_COUNT(styles) ? styles[severity] : STYLE_PLAIN;
}

/* Text of a fixed width in a style; the escapes take no room. */
static void add_styled(const struct report *report, struct text *out, enum style style,
		       const char *text, int width)
{
	bool colour = report->options.colour && style != STYLE_PLAIN;

	text_addf(out, "%s%-*s%s", colour ? style_codes[style] : "", width, text,
		  colour ? "\x1b[0m" : "");
}

static void add_head(const struct report *report, struct text *out, const char *title)
{
	text_add(out, "\n");
	add_styled(report, out, STYLE_HEAD, title, 0);
	text_add(out, "\n");
}

/* 1234567 as 1,234,567. */
static const char *count_text(uint64_t count, char text[COUNT_TEXT_MAX])
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	size_t at = 0;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
	return text;
}

/* "1 session", "1,203 sessions" */
static void add_count(struct text *out, uint64_t count, const char *one, const char *many)
{
	char text[COUNT_TEXT_MAX];

	text_addf(out, "%s %s", count_text(count, text), count == 1 ? one : many);
}

/* "12 min 3 s" */
static void add_duration(struct text *out, int64_t duration_ns)
{
	int64_t s = duration_ns / NS_PER_SECOND;

	if (s >= 86400)
		text_addf(out, "%" PRId64 " d %" PRId64 " h", s / 86400, s % 86400 / 3600);
	else if (s >= 3600)
		text_addf(out, "%" PRId64 " h %" PRId64 " min", s / 3600, s % 3600 / 60);
	else if (s >= 60)
		text_addf(out, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else
		text_addf(out, "%" PRId64 ".%03" PRId64 " s", s,
			  duration_ns % NS_PER_SECOND / NS_PER_MS);
}

static void add_summary(const struct report *report, struct text *out)
{
	const struct stats *stats = &report->stats;
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

	add_styled(report, out, STYLE_HEAD, "relaywatch", 0);
	text_add(out, ": ");
	add_count(out, stats->packets, "packet", "packets");
	text_add(out, ", ");
	add_count(out, stats->sessions, "mail session", "mail sessions");
	text_add(out, ", ");
	add_count(out, stats->transactions, "message offered", "messages offered");
	text_add(out, "\n");
	if (stats->packets == 0 || stats->end_ns < stats->start_ns)
		return;
	text_addf(out, "%s to %s UTC (", time_text_short(stats->start_ns, from),
		  time_text_short(stats->end_ns, to));
	add_duration(out, stats->end_ns - stats->start_ns);
	text_add(out, ")\n");
}

static const char *server_text(const struct report_server *server, char text[SUBJECT_TEXT_MAX])
{
	return event_server_text(&server->address, server->port, server->protocol, text);
}

/* A server that a reader should see in person. */
static bool is_telling(const struct report_server *server)
{
	return server->posture >= POSTURE_FIXED;
}

/* Open here, and closed at another address of its own. */
static void add_same_server(struct text *out, const struct report_server *server)
{
	const struct same_server *same = &server->same;
	char name[SUBJECT_TEXT_MAX];

	if (same->address.family == 0 || server->posture < POSTURE_EXPOSED ||
	    (same->posture != POSTURE_CLOSED && same->posture != POSTURE_FIXED))
		return;
	text_addf(out, "            the same server is %s at %s\n", posture_word(same->posture),
		  event_server_text(&same->address, same->port, server->protocol, name));
}

static void add_server(const struct report *report, struct text *out,
		       const struct report_server *server, int width)
{
	char name[SUBJECT_TEXT_MAX], time[TIME_TEXT_MAX], count[COUNT_TEXT_MAX];

	text_add(out, "  ");
	add_styled(report, out, posture_style(server->posture), posture_word(server->posture), 8);
	text_addf(out, "  %-*s  since %s", width, server_text(server, name),
		  time_text_short(server->since_ns, time));
	text_addf(out, "  strangers: %s taken", count_text(server->strangers_accepted, count));
	text_addf(out, ", %s denied", count_text(server->strangers_denied, count));
	if (server->strangers_refused > 0)
		text_addf(out, ", %s refused", count_text(server->strangers_refused, count));
	if (server->software != NULL) {
		text_add(out, "  ");
		text_add_printable(out, span_text(server->software));
	}
	text_add(out, "\n");
	add_same_server(out, server);
	if (server->watched_days > 0)
		text_addf(out,
			  "            took mail for the first time %s, when its network had been "
			  "watched on %u days\n",
			  time_text_short(server->appeared_ns, time), server->watched_days);
}

/* How many of each posture were not shown. */
static void add_other_servers(const struct report *report, struct text *out, size_t shown)
{
	uint64_t by_posture[POSTURE_OPEN + 1] = { 0 };
	uint64_t left = report->servers_seen - shown;
	const char *comma = ": ";

	if (left == 0)
		return;
	for (size_t i = shown; i < report->server_count; i++)
		by_posture[report->servers[i].posture]++;
	text_add(out, "  and ");
	add_count(out, left, "more", "more");
	for (int p = POSTURE_OPEN; p >= POSTURE_UNKNOWN; p--) {
		if (by_posture[p] == 0)
			continue;
		text_addf(out, "%s%" PRIu64 " %s", comma, by_posture[p],
			  posture_word((enum posture)p));
		comma = ", ";
	}
	text_add(out, "\n");
}

static void add_servers(const struct report *report, struct text *out)
{
	char name[SUBJECT_TEXT_MAX];
	size_t shown = 0, width = 0;

	add_head(report, out, "SERVERS");
	if (report->server_count == 0)
		text_add(out, "  none was seen\n");
	while (shown < report->server_count &&
	       (shown < REPORT_SHOWN_MAX ||
		(is_telling(&report->servers[shown]) && shown < 5 * REPORT_SHOWN_MAX)))
		shown++;
	for (size_t i = 0; i < shown; i++) {
		size_t n = strlen(server_text(&report->servers[i], name));

		width = n > width ? n : width;
	}
	for (size_t i = 0; i < shown; i++)
		add_server(report, out, &report->servers[i], (int)width);
	add_other_servers(report, out, shown);
}

/* "packets 17, 18 of file 2, 22 of file 3"; with one file nobody needs its number. */
static void add_frames(struct text *out, const struct report_reason *reason)
{
	const struct frame_id *frames = reason->frames;
	bool several_files = false;
	size_t count = 0;

	while (count < ARRAY_COUNT(reason->frames) && frames[count].frame != 0)
		several_files |= frames[count++].file != 0;
	text_add(out, count > 1 ? "packets " : "packet ");
	for (size_t i = 0; i < count; i++) {
		text_addf(out, "%s%" PRIu64, i == 0 ? "" : ", ", frames[i].frame);
		if (several_files && (i + 1 == count || frames[i].file != frames[i + 1].file))
			text_addf(out, " of file %" PRIu32, frames[i].file);
	}
}

/* "(12 times; packets 17, 18, 22)" */
static void add_basis(struct text *out, const struct report_reason *reason)
{
	char count[COUNT_TEXT_MAX];
	bool has_frames = reason->frames[0].frame != 0;

	if (reason->count <= 1 && !has_frames)
		return;
	text_add(out, " (");
	if (reason->count > 1)
		text_addf(out, "%s times%s", count_text(reason->count, count),
			  has_frames ? "; " : "");
	if (has_frames)
		add_frames(out, reason);
	text_add(out, ")");
}

static void add_reason(struct text *out, const struct report_reason *reason)
{
	struct text sentence;

	text_init(&sentence, 4096);
	text_add(&sentence, reason->text);
	add_basis(&sentence, reason);
	text_addf(out, "%16s%+5.0f  ", "", round(reason->weight_decibans));
	paragraph_add(out, 23, text_get(&sentence));
	text_clear(&sentence);
}

/* Whom it is about beside the subject, and how much there was of it. */
static void add_extent(struct text *out, const struct report_group *group)
{
	char ip[IP_TEXT_MAX], name[SUBJECT_TEXT_MAX];

	text_addf(out, "%16s", "");
	if (group->subject_is_server)
		text_addf(out, "client %s", ip_address_format(&group->client, ip));
	else
		text_addf(
		    out, "at %s",
		    event_server_text(&group->server, group->server_port, group->protocol, name));
	if (group->pairs > 1) {
		text_add(out, " and ");
		add_count(out, group->pairs - 1, "other", "others");
	}
	text_add(out, "; ");
	add_count(out, group->transactions, "message", "messages");
	text_add(out, "; ");
	add_count(out, group->accepted, "recipient taken", "recipients taken");
	text_addf(out, ", %" PRIu64 " denied\n", group->denied);
}

static void add_group(const struct report *report, struct text *out,
		      const struct report_group *group)
{
	text_add(out, "  ");
	add_styled(report, out, severity_style(group->severity), severity_word(group->severity), 8);
	text_addf(out, "  %3.0f  ", floor(group->score));
	add_styled(report, out, STYLE_HEAD, verdict_word(group->verdict), 22);
	text_add_printable(out, span_text(group->subject));
	text_add(out, "\n");
	add_extent(out, group);
	for (uint32_t i = 0; i < group->reason_count; i++)
		add_reason(out, &group->reasons[i]);
}

/* The pairs that need no words of their own. */
static void add_quiet(const struct report *report, struct text *out)
{
	static const struct {
		enum verdict verdict;
		const char *words;
	} quiet[] = {
		{ VERDICT_RELAY_DENIED, "told no" },
		{ VERDICT_UNKNOWN_ENCRYPTED, "encrypted" },
		{ VERDICT_BENIGN, "harmless" },
	};
	const char *before = "  other pairs: ";
	char count[COUNT_TEXT_MAX];
	bool any = false;

	for (size_t i = 0; i < ARRAY_COUNT(quiet); i++) {
		uint64_t n = report->pairs_by_verdict[quiet[i].verdict];

		if (n == 0)
			continue;
		text_addf(out, "%s%s %s", before, count_text(n, count), quiet[i].words);
		before = ", ";
		any = true;
	}
	if (any)
		text_add(out, "\n");
}

static void add_offenders(const struct report *report, struct text *out)
{
	size_t shown = report->group_count < REPORT_SHOWN_MAX ? report->group_count
							      : REPORT_SHOWN_MAX;
	uint64_t left = report->group_count - shown + report->groups_left_out;

	add_head(report, out, "OFFENDERS");
	if (report->group_count == 0)
		text_add(out, "  none\n");
	for (size_t i = 0; i < shown; i++)
		add_group(report, out, report->sorted[i]);
	if (left > 0) {
		text_add(out, "  and ");
		add_count(out, left, "more, see", "more, see");
		text_add(out, " --json=finding\n");
	}
	add_quiet(report, out);
}

static void add_advice(const struct report *report, struct text *out)
{
	char name[SUBJECT_TEXT_MAX];
	size_t shown = 0;

	for (size_t i = 0; i < report->server_count && shown < REPORT_SHOWN_MAX; i++) {
		const struct report_server *server = &report->servers[i];

		if (server->advice_count == 0)
			continue;
		if (shown++ == 0)
			add_head(report, out, "ADVICE");
		text_addf(out, "  %s\n", server_text(server, name));
		for (uint32_t a = 0; a < server->advice_count; a++) {
			text_add(out, "    - ");
			paragraph_add(out, 6, server->advice[a]);
		}
	}
}

/* Domains of which nobody can say whose they are. */
static void add_domains(const struct report *report, struct text *out)
{
	char name[SUBJECT_TEXT_MAX];
	size_t shown = 0;

	for (size_t i = 0; i < report->server_count && shown < REPORT_SHOWN_MAX; i++) {
		const struct report_server *server = &report->servers[i];
		struct text list;

		if (server->undetermined_count == 0)
			continue;
		if (shown++ == 0)
			add_head(report, out, "WHOSE ARE THESE? TELL OURS WITH --local-domain");
		text_init(&list, 2048);
		for (uint32_t d = 0; d < server->undetermined_count; d++)
			text_addf(&list, "%s%s", d == 0 ? "" : ", ", server->undetermined[d]);
		text_addf(out, "  %s\n    ", server_text(server, name));
		paragraph_add(out, 4, text_get(&list));
		text_clear(&list);
	}
}

/* The name of a counter, as words. */
static void add_words(struct text *out, const char *name)
{
	for (; *name != '\0'; name++)
		text_add_bytes(out, *name == '_' ? " " : name, 1);
}

static void add_named(struct text *out, const char *title, const struct stats_named *list)
{
	char count[COUNT_TEXT_MAX];
	bool any = false;

	for (size_t i = 0; i < STATS_NAMED_MAX && list[i].name != NULL; i++) {
		if (list[i].count == 0)
			continue;
		text_addf(out, any ? ", " : "  %-22s", title);
		text_addf(out, "%s ", count_text(list[i].count, count));
		add_words(out, list[i].name);
		any = true;
	}
	if (any)
		text_add(out, "\n");
}

static void add_not_seen(const struct report *report, struct text *out)
{
	const struct stats *stats = &report->stats;
	const struct stats_named sessions[STATS_NAMED_MAX] = {
		{ "readable", stats->sessions_readable },
		{ "encrypted", stats->sessions_encrypted },
		{ "one-sided", stats->sessions_one_sided },
		{ "cut", stats->sessions_cut },
	};
	const struct stats_named dropped[STATS_NAMED_MAX] = {
		{ "by the kernel", stats->dropped_kernel },
		{ "by the interface", stats->dropped_interface },
	};
	const struct stats_named twice[STATS_NAMED_MAX] = {
		{ stats->duplicates == 1 ? "packet" : "packets", stats->duplicates },
	};
	char title[64], count[COUNT_TEXT_MAX];

	add_head(report, out, "WHAT WAS SEEN AND WHAT NOT");
	(void)snprintf(title, sizeof(title), "%s session%s:", count_text(stats->sessions, count),
		       stats->sessions == 1 ? "" : "s");
	if (stats->sessions == 0)
		text_add(out, "  no mail session\n");
	add_named(out, title, sessions);
	report_tunnels_page(&report->tunnels, out);
	add_named(out, "not looked into:", stats->not_seen);
	add_named(out, "captured twice:", twice);
	add_named(out, "no mail, mail port:", stats->not_mail);
	add_named(out, "dropped packets:", dropped);
	add_named(out, "damaged:", stats->damaged);
	add_named(out, "forgotten:", stats->forgotten);
}

/* The whole page. */
void report_page(const struct report *report, struct text *out)
{
	if (report->has_stats)
		add_summary(report, out);
	add_servers(report, out);
	add_offenders(report, out);
	add_advice(report, out);
	add_domains(report, out);
	if (report->has_stats)
		add_not_seen(report, out);
}
