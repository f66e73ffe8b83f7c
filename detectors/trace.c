#include "detectors/trace.h"

#include "detectors/standing.h"

#include <string.h>

/*
 * Servers that write how they took a message, and by what their lines are known. All lines are
 * "from NAME (.. [ADDRESS]) by HOST MARK with PROTOCOL id ..", but for Exim, which puts its mark
 * behind the protocol. Left out on purpose: qmail and its kin (AUTH patches leave the line as it
 * is), mailfront (the same, and no recipient), Exchange (never says), Courier (its mark is what
 * others write too).
 */
static const struct {
	const char *mark;
	bool behind_with;
	const char *authenticated; /* a comment that says so as well as the A does; or NULL */
} formats[] = {
	/* Postfix, smtpd/smtpd.c: "by %s (%s) with %s id %s"; mail_name is "Postfix" unless changed */
	{ "(Postfix)", false, "(Authenticated sender: " },
	{ "(Debian GNU)", false, "(Authenticated sender: " },
	/* Exim, src/globals.c, received_header_text: "by .. with .. (Exim 4.96) (envelope-from ..)" */
	{ "(Exim ", true, NULL },
	/* sendmail, cf/m4/proto.m4, HReceived: "by $j ($v/$Z) with $r id $i", $v beginning with 8. */
	{ "(8.", false, "(authenticated" },
	/* OpenSMTPD, usr.sbin/smtpd/smtp_session.c: "by %s (%s) with %sSMTP%s%s id %08x" */
	{ "(OpenSMTPD)", false, NULL },
	/* Haraka, connection.js, received_line: "by .. (Haraka/..) with ESMTPSA id .." */
	{ "(Haraka", false, "(authenticated" },
};

/* RFC 3848, RFC 6531, 4.3, and what the servers above wrote before them. */
static const struct {
	const char *word;
	enum trace_word says;
	enum mail_protocol protocol;
} with_words[] = {
	{ "SMTP", TRACE_CLEAR, PROTOCOL_SMTP },
	{ "ESMTP", TRACE_CLEAR, PROTOCOL_SMTP },
	{ "UTF8SMTP", TRACE_CLEAR, PROTOCOL_SMTP },
	{ "QMTP", TRACE_CLEAR, PROTOCOL_QMTP },
	{ "QMQP", TRACE_CLEAR, PROTOCOL_QMQP },
	{ "SMTPS", TRACE_ENCRYPTED, PROTOCOL_SMTP },
	{ "ESMTPS", TRACE_ENCRYPTED, PROTOCOL_SMTP },
	{ "UTF8SMTPS", TRACE_ENCRYPTED, PROTOCOL_SMTP },
	{ "ASMTP", TRACE_AUTHENTICATED, PROTOCOL_SMTP },
	{ "ESMTPA", TRACE_AUTHENTICATED, PROTOCOL_SMTP },
	{ "ESMTPSA", TRACE_AUTHENTICATED, PROTOCOL_SMTP },
	{ "UTF8SMTPA", TRACE_AUTHENTICATED, PROTOCOL_SMTP },
	{ "UTF8SMTPSA", TRACE_AUTHENTICATED, PROTOCOL_SMTP },
};

/* A server that took the message as a hop of its own: a filter, or the host by its loopback. */
#define FILTER_MARK "(amavis"

/* Addresses that no stranger comes from: RFC 1918, 6598, 3927, 4193, 4291. */
static const char *const private_networks[] = {
	"10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
	"169.254.0.0/16", "fc00::/7",      "fe80::/10",
};

static bool is_private(const struct ip_address *a)
{
	struct ip_network network;

	for (size_t i = 0; i < ARRAY_COUNT(private_networks); i++)
		if (ip_network_parse(private_networks[i], &network) == RESULT_OK &&
		    ip_network_contains(&network, a))
			return true;
	return false;
}

static bool contains(struct span s, const char *text)
{
	return text != NULL && span_find_nocase(s, text) != SPAN_NOT_FOUND;
}

/* What stands after "by HOST": the mark must be there, not where the client writes its name. */
static struct span behind_host(const struct fact_trace *line)
{
	size_t at = (size_t)(line->by.data - line->raw.data) + line->by.length;

	return span_trim(span_part(line->raw, at, SIZE_MAX));
}

static bool is_in_format(const struct fact_trace *line, size_t row)
{
	struct span tail = behind_host(line);

	if (!formats[row].behind_with)
		return span_starts_nocase(tail, formats[row].mark);
	return span_starts_nocase(tail, "with ") && contains(tail, formats[row].mark);
}

static enum trace_word read_line(const struct fact_trace *line, enum mail_protocol *out_protocol)
{
	size_t row = 0;

	while (row < ARRAY_COUNT(formats) && !is_in_format(line, row))
		row++;
	if (row == ARRAY_COUNT(formats))
		return TRACE_SILENT;
	for (size_t i = 0; i < ARRAY_COUNT(with_words); i++) {
		if (!span_is_nocase(line->with, with_words[i].word))
			continue;
		*out_protocol = with_words[i].protocol;
		if (contains(line->raw, formats[row].authenticated))
			return TRACE_AUTHENTICATED;
		return with_words[i].says;
	}
	return TRACE_SILENT;
}

/* Did the message only go round: from the host to itself, or through a filter of ours? */
static bool is_own_hop(const struct site *site, const struct ip_address *host,
		       const struct ip_address *from)
{
	return ip_address_is_loopback(from) || ip_address_equal(from, host) ||
	       site_contains(site, SITE_MTA_CHAIN, from);
}

/* Walk down the lines until one names a stranger. */
struct trace_origin trace_read(const struct site *site, const struct fact_transaction *t,
			       trace_is_name_fn *is_name, const void *ctx)
{
	const struct ip_address *host = &t->origin.connection.client;
	struct trace_origin origin = { .word = TRACE_SILENT };
	bool went_round = false;

	for (uint32_t i = 0; i < t->trace_count; i++) {
		const struct fact_trace *line = &t->trace[i];
		bool by_host = line->by.length > 0 &&
			       (span_equal_nocase(line->by, t->origin.helo) ||
				is_name(ctx, line->by));

		if (line->from.family == 0)
			return origin;
		/* A filter's line may stand between two of the host's. */
		if (!by_host && !(went_round && contains(behind_host(line), FILTER_MARK)))
			return origin;
		if (is_own_hop(site, host, &line->from)) {
			went_round = true;
			continue;
		}
		if (!by_host || is_private(&line->from) ||
		    standing_of(site, PROTOCOL_SMTP, &line->from, host, AUTH_NONE) !=
			STANDING_STRANGER)
			return origin;
		origin.word = read_line(line, &origin.protocol);
		origin.client = line->from;
		origin.recipient = line->for_address;
		return origin;
	}
	return origin;
}
