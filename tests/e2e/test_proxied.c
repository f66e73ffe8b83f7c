/*
 * Mail of a stranger's that comes through a proxy on a port that says nothing: from the packets to the
 * alert (P28). The proxy's own leg to the exchanger is in the capture, too.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "e2e/events.h"
#include "e2e/run.h"
#include "e2e/wire.h"

#define STRANGER 0xcb007109u /* 203.0.113.9 */
#define PROXY 0xc0000280u    /* 192.0.2.128 */
#define FAR 0xc6336419u      /* 198.51.100.25 */

struct message {
	const char *bytes;
	size_t length;
	enum wire_side from;
};

#define ASKS(text)                                  \
	{                                           \
		text, sizeof(text) - 1, WIRE_CLIENT \
	}
#define ANSWERS(text)                               \
	{                                           \
		text, sizeof(text) - 1, WIRE_SERVER \
	}
#define MESSAGES_MAX 6

static const struct row {
	const char *what;
	uint16_t port;
	struct message handshake[MESSAGES_MAX];
	bool refused, login;
	const char *type, *target; /* NULL: no session through a proxy is told */
} rows[] = {
	{ "HTTP CONNECT",
	  3128,
	  { ASKS("CONNECT mx.o.example:25 HTTP/1.1\r\nHost: mx.o.example:25\r\n\r\n"),
	    ANSWERS("HTTP/1.1 200 Connection established\r\n\r\n") },
	  false,
	  false,
	  "http_connect",
	  "mx.o.example:25" },
	{ "SOCKS 4",
	  1080,
	  { ASKS("\4\1\0\x19\xc6\x33\x64\x19\0"), ANSWERS("\0\x5a\0\0\0\0\0\0") },
	  false,
	  false,
	  "socks4",
	  "198.51.100.25:25" },
	/* What stands before the request was passed over: no port of mail was named yet. */
	{ "SOCKS 5",
	  1080,
	  { ASKS("\5\1\0"), ANSWERS("\5\0"), ASKS("\5\1\0\3\x0cmx.o.example\0\x19"),
	    ANSWERS("\5\0\0\1\0\0\0\0\0\0") },
	  false,
	  false,
	  "socks5",
	  "mx.o.example:25" },
	{ "twin: SOCKS 5 with a password",
	  1080,
	  { ASKS("\5\2\0\2"), ANSWERS("\5\2"), ASKS("\1\1a\1b"), ANSWERS("\1\0"),
	    ASKS("\5\1\0\3\x0cmx.o.example\0\x19"), ANSWERS("\5\0\0\1\0\0\0\0\0\0") },
	  false,
	  true,
	  "socks5",
	  "mx.o.example:25" },
	{ "twin: the proxy refuses",
	  3128,
	  { ASKS("CONNECT mx.o.example:25 HTTP/1.1\r\n\r\n"),
	    ANSWERS("HTTP/1.1 403 Forbidden\r\n\r\n") },
	  true,
	  false,
	  NULL,
	  NULL },
};

static const struct {
	enum wire_side from;
	const char *text;
} lines[] = {
	{ WIRE_SERVER, "220 mx.o.example ESMTP\r\n" },
	{ WIRE_CLIENT, "EHLO client.invalid\r\n" },
	{ WIRE_SERVER, "250 mx.o.example\r\n" },
	{ WIRE_CLIENT, "MAIL FROM:<b@example.net>\r\n" },
	{ WIRE_SERVER, "250 ok\r\n" },
	{ WIRE_CLIENT, "RCPT TO:<a@o.example>\r\n" },
	{ WIRE_SERVER, "250 ok\r\n" },
	{ WIRE_CLIENT, "DATA\r\n" },
	{ WIRE_SERVER, "354 go\r\n" },
	{ WIRE_CLIENT, "Message-ID: <1@example.net>\r\n\r\nsome text\r\n.\r\n" },
	{ WIRE_SERVER, "250 ok\r\n" },
	{ WIRE_CLIENT, "QUIT\r\n" },
	{ WIRE_SERVER, "221 bye\r\n" },
};

/* Each line passes over both legs. */
static void write_capture(const char *path, const struct row *row)
{
	struct wire_tcp in = { .address = { STRANGER, PROXY }, .port = { 40001, row->port } };
	struct wire_tcp out = { .address = { PROXY, FAR }, .port = { 50001, 25 } };
	struct wire wire;

	wire_open(&wire, path);
	wire_begin(&wire, &in);
	for (size_t i = 0; i < MESSAGES_MAX && row->handshake[i].bytes != NULL; i++)
		wire_say(&wire, &in, row->handshake[i].from, row->handshake[i].bytes,
			 row->handshake[i].length);
	if (!row->refused)
		wire_begin(&wire, &out);
	for (size_t i = 0; !row->refused && i < sizeof(lines) / sizeof(lines[0]); i++) {
		bool asked = lines[i].from == WIRE_CLIENT;

		wire_say_text(&wire, asked ? &in : &out, lines[i].from, lines[i].text);
		wire_say_text(&wire, asked ? &out : &in, lines[i].from, lines[i].text);
	}
	wire_end(&wire, &in);
	if (!row->refused)
		wire_end(&wire, &out);
	wire_close(&wire);
}

static void check_session(const struct row *row, const json_t *session)
{
	const json_t *flags = event_get(session, "relaywatch.flags");

	cr_expect_str_eq(event_text(session, "relaywatch.via.type"), row->type, "%s", row->what);
	cr_expect_str_eq(event_text(session, "relaywatch.via.target"), row->target, "%s",
			 row->what);
	cr_expect_eq(json_is_true(event_get(session, "relaywatch.via.login")), row->login, "%s",
		     row->what);
	cr_expect_str_eq(event_text(session, "relaywatch.banner"), "mx.o.example ESMTP");
	cr_expect_str_eq(event_text(session, "source.ip"), "203.0.113.9");
	cr_expect_str_eq(event_text(session, "destination.ip"), "192.0.2.128");
	cr_expect_eq(event_number(session, "destination.port"), row->port);
	/* Neither a gap nor a beginning that is missing. */
	cr_assert_eq(json_array_size(flags), 1, "%s", row->what);
	cr_expect_str_eq(json_string_value(json_array_get(flags, 0)), "nonstandard_port");
}

static void check(const struct row *row, const char *path)
{
	struct run run;
	json_t *events, *event;
	size_t index, through = 0, alerts = 0;

	write_capture(path, row);
	run_relaywatch(&run, (const char *const[]){ "read", "--json=session,alert", "--local-net",
						    "192.0.2.0/24", "--local-domain", "example.com",
						    path, NULL });
	cr_assert_eq(run.exit_code, 0, "%s: %s", row->what, run.err);
	events = events_parse(run.out);
	json_array_foreach(events, index, event)
	{
		if (event_get(event, "relaywatch.via") != NULL) {
			check_session(row, event);
			through++;
		}
		if (!event_is(event, "alert"))
			continue;
		alerts++;
		cr_expect_str_eq(event_text(event, "relaywatch.verdict"), "open_relay_confirmed");
		cr_expect_not_null(
		    strstr(event_text(event, "event.reason"), "the proxy 192.0.2.128"));
	}
	cr_expect_eq(through, row->type != NULL, "%s: %zu sessions", row->what, through);
	cr_expect_eq(alerts, row->type != NULL && !row->login, "%s: %zu alerts", row->what, alerts);
	json_decref(events);
	run_clear(&run);
}

Test(proxied, from_the_packets_to_the_alert)
{
	char scratch[256], path[512];

	scratch_make(scratch, sizeof(scratch));
	path_join(path, sizeof(path), scratch, "proxied.pcap");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i], path);
	scratch_remove(scratch);
}
