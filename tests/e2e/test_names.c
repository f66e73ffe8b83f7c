/* What the name service says of a server is believed the same by UDP and by TCP, however cut. */
#include <criterion/criterion.h>
#include <string.h>

#include "e2e/events.h"
#include "e2e/run.h"
#include "e2e/wire.h"

#define SERVER 0xc0000219u   /* 192.0.2.25 */
#define CLIENT 0xcb007109u   /* 203.0.113.9 */
#define RESOLVER 0xc6336435u /* 198.51.100.53 */

/* RFC 1035, 4.1: identity, flags, counts; a question; records whose names are compressed. */
#define EXAMPLE "\007example\003org\0"
#define MX_QUERY "\0\7\1\0\0\1\0\0\0\0\0\0" EXAMPLE "\0\x0f\0\1"
#define MX_ANSWER                                           \
	"\0\7\x81\x80\0\1\0\1\0\0\0\0" EXAMPLE "\0\x0f\0\1" \
	"\xc0\x0c\0\x0f\0\1\0\0\x0e\x10\0\x08\0\x0a\x03"    \
	"mx1\xc0\x0c"
#define MX1 "\003mx1" EXAMPLE
#define A_QUERY "\0\x08\1\0\0\1\0\0\0\0\0\0" MX1 "\0\1\0\1"
#define A_ANSWER                                                                                \
	"\0\x08\x81\x80\0\1\0\1\0\0\0\0" MX1 "\0\1\0\1\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4\xc0\0\2" \
	"\x19"
#define SELF_A_QUERY "\0\x08\1\0\0\1\0\0\0\0\0\0" EXAMPLE "\0\1\0\1"
#define SELF_A_ANSWER                            \
	"\0\x08\x81\x80\0\1\0\1\0\0\0\0" EXAMPLE \
	"\0\1\0\1\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4\xc0\0\2\x19"
#define NO_MX_ANSWER "\0\7\x81\x80\0\1\0\0\0\0\0\0" EXAMPLE "\0\x0f\0\1"

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

static const struct message by_exchange[] = { ASKS(MX_QUERY), ANSWERS(MX_ANSWER), ASKS(A_QUERY),
					      ANSWERS(A_ANSWER) };
static const struct message by_itself[] = { ASKS(MX_QUERY), ANSWERS(NO_MX_ANSWER),
					    ASKS(SELF_A_QUERY), ANSWERS(SELF_A_ANSWER) };

enum way { BY_UDP, BY_UDP_TWICE, BY_TCP, BY_TCP_IN_BYTES };

static void say_names(struct wire *wire, const struct message *messages, enum way way)
{
	struct wire_tcp tcp = { .address = { CLIENT, RESOLVER }, .port = { 40053, 53 } };

	if (way >= BY_TCP)
		wire_begin(wire, &tcp);
	for (size_t i = 0; i < 4; i++) {
		const struct message *m = &messages[i];
		char framed[512] = { 0, (char)m->length };
		size_t step = way == BY_TCP_IN_BYTES ? 1 : m->length + 2;

		memcpy(framed + 2, m->bytes, m->length);
		if (way < BY_TCP)
			wire_datagram(wire, &tcp, m->from, m->bytes, m->length);
		if (way == BY_UDP_TWICE)
			wire_datagram(wire, &tcp, m->from, m->bytes, m->length);
		for (size_t at = 0; way >= BY_TCP && at < m->length + 2; at += step)
			wire_say(wire, &tcp, m->from, framed + at, step);
	}
	if (way >= BY_TCP)
		wire_end(wire, &tcp);
}

static void say_mail(struct wire *wire)
{
	static const struct {
		enum wire_side from;
		const char *text;
	} lines[] = {
		{ WIRE_SERVER, "220 host.invalid ESMTP\r\n" },
		{ WIRE_CLIENT, "EHLO client.invalid\r\n" },
		{ WIRE_SERVER, "250 host.invalid\r\n" },
		{ WIRE_CLIENT, "MAIL FROM:<b@example.net>\r\n" },
		{ WIRE_SERVER, "250 ok\r\n" },
		{ WIRE_CLIENT, "RCPT TO:<a@example.org>\r\n" },
		{ WIRE_SERVER, "250 ok\r\n" },
		{ WIRE_CLIENT, "DATA\r\n" },
		{ WIRE_SERVER, "354 go\r\n" },
		{ WIRE_CLIENT, "Subject: x\r\n\r\nx\r\n.\r\n" },
		{ WIRE_SERVER, "250 ok\r\n" },
		{ WIRE_CLIENT, "QUIT\r\n" },
		{ WIRE_SERVER, "221 bye\r\n" },
	};
	struct wire_tcp tcp = { .address = { CLIENT, SERVER }, .port = { 40025, 25 } };

	wire_begin(wire, &tcp);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		wire_say_text(wire, &tcp, lines[i].from, lines[i].text);
	wire_end(wire, &tcp);
}

/* From where the server's domain is known; NULL: it is not. The caller frees the events. */
static const char *known_from(const char *path, json_t **out_events)
{
	struct run run;
	const json_t *own;
	json_t *server;

	run_relaywatch(&run, (const char *const[]){ "read", "--json=server", path, NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	*out_events = events_parse(run.out);
	run_clear(&run);
	server = json_array_get(*out_events, 0);
	own = json_array_get(event_get(server, "relaywatch.own_domains"), 0);
	if (own == NULL)
		return NULL;
	cr_expect_str_eq(event_text(own, "domain"), "example.org");
	return event_text(own, "from");
}

Test(names, are_learned_the_same_by_udp_and_tcp)
{
	static const struct {
		const struct message *messages;
		enum way way;
	} rows[] = {
		{ by_exchange, BY_UDP },        { by_exchange, BY_UDP_TWICE },
		{ by_exchange, BY_TCP },        { by_exchange, BY_TCP_IN_BYTES },
		{ by_itself, BY_UDP },          { by_itself, BY_TCP },
		{ by_itself, BY_TCP_IN_BYTES },
	};
	char scratch[256], path[512];

	scratch_make(scratch, sizeof(scratch));
	path_join(path, sizeof(path), scratch, "names.pcap");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wire wire;
		json_t *events = NULL;

		wire_open(&wire, path);
		say_names(&wire, rows[i].messages, rows[i].way);
		say_mail(&wire);
		wire_close(&wire);
		cr_expect_str_eq(known_from(path, &events), "mx", "row %zu", i);
		json_decref(events);
	}
	scratch_remove(scratch);
}
