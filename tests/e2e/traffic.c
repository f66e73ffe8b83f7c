#include "e2e/traffic.h"

#include <criterion/criterion.h>
#include <string.h>

#include "e2e/wire.h"

#define SERVER 0xc0000219u    /* 192.0.2.25 */
#define STRANGERS 0xc6120000u /* 198.18.0.0/15, the hosts of the world at large */
#define PORT_QMTP 209
#define PORT_SMTP 25

static struct wire_tcp connection(size_t number, uint16_t port)
{
	struct wire_tcp tcp = {
		.address = { STRANGERS + 1 + (uint32_t)number, SERVER },
		.port = { (uint16_t)(20000 + number % 40000), port },
	};

	return tcp;
}

/* "LENGTH:TEXT," after what is in out already. */
static void add_netstring(char *out, size_t size_bytes, const char *text)
{
	size_t used = strlen(out);
	int n = snprintf(out + used, size_bytes - used, "%zu:%s,", strlen(text), text);

	cr_assert(n > 0 && (size_t)n < size_bytes - used);
}

/* A QMTP package: http://cr.yp.to/proto/qmtp.txt, section 4. */
static void qmtp_message(struct wire *wire, struct wire_tcp *tcp, size_t number)
{
	char text[256], sender[64], recipients[64] = "", package[512] = "";

	(void)snprintf(text, sizeof(text), "\nMessage-ID: <%zu@bluehill.test>\n\nBuy %zu.\n",
		       number, number);
	(void)snprintf(sender, sizeof(sender), "s%zu@bluehill.test", number);
	add_netstring(recipients, sizeof(recipients), "to@victim.example");
	add_netstring(package, sizeof(package), text);
	add_netstring(package, sizeof(package), sender);
	add_netstring(package, sizeof(package), recipients);
	wire_say_text(wire, tcp, WIRE_CLIENT, package);
}

void traffic_strangers(const char *path, size_t strangers)
{
	struct wire wire;

	cr_assert_leq(strangers, TRAFFIC_STRANGERS_MAX);
	wire_open(&wire, path);
	for (size_t i = 0; i < strangers; i++) {
		struct wire_tcp tcp = connection(i, PORT_QMTP);
		char answer[64] = "";

		wire_begin(&wire, &tcp);
		qmtp_message(&wire, &tcp, i);
		add_netstring(answer, sizeof(answer), "Kok 1767225600 qp 77");
		wire_say_text(&wire, &tcp, WIRE_SERVER, answer);
		wire_end(&wire, &tcp);
	}
	wire_close(&wire);
}

void traffic_hostile(const char *path)
{
	static const struct {
		enum wire_side from;
		const char *text;
	} talk[] = {
		{ WIRE_SERVER, "220 mail.example.com \033[2J\033]0;owned\007<script>\r\n" },
		{ WIRE_CLIENT, "EHLO \033[31mred\233\302\233\377<b>\r\n" },
		{ WIRE_SERVER, "250 mail.example.com \033[5m\r\n" },
		{ WIRE_CLIENT, "MAIL FROM:<\033[1mme\b\b@bluehill.test>\r\n" },
		{ WIRE_SERVER, "250 ok \033c\r\n" },
		{ WIRE_CLIENT, "RCPT TO:<you\033[8m\302\205@victim.example>\r\n" },
		{ WIRE_SERVER, "250 ok \r\n" },
		{ WIRE_CLIENT, "DATA\r\n" },
		{ WIRE_SERVER, "354 go on \033[0m\r\n" },
		{ WIRE_CLIENT, "Message-ID: <\033[7m1@x>\r\nFrom: <\377\376@y>\r\n\r\n"
			       "text\r\n.\r\n" },
		{ WIRE_SERVER, "250 taken \033]8;;http://x\007\r\n" },
		{ WIRE_CLIENT, "QUIT\r\n" },
		{ WIRE_SERVER, "221 bye \033[H\r\n" },
	};
	struct wire_tcp tcp = connection(1, PORT_SMTP);
	struct wire wire;

	wire_open(&wire, path);
	wire_begin(&wire, &tcp);
	for (size_t i = 0; i < sizeof(talk) / sizeof(talk[0]); i++)
		wire_say_text(&wire, &tcp, talk[i].from, talk[i].text);
	wire_end(&wire, &tcp);
	wire_close(&wire);
}

void traffic_no_mail(const char *path)
{
	static const uint16_t ports[] = { 25, 209, 628 };
	static const char hello[] = "\026\003\001\000\005\001\000\000\001\000";
	struct wire wire;

	wire_open(&wire, path);
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		struct wire_tcp http = connection(2 * i, ports[i]);
		struct wire_tcp tls = connection(2 * i + 1, ports[i]);

		wire_begin(&wire, &http);
		wire_say_text(&wire, &http, WIRE_CLIENT, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		wire_end(&wire, &http);
		wire_begin(&wire, &tls);
		wire_say(&wire, &tls, WIRE_CLIENT, hello, sizeof(hello) - 1);
		wire_end(&wire, &tls);
	}
	wire_close(&wire);
}
