#include "e2e/traffic.h"

#include <criterion/criterion.h>

#include "e2e/pcap_write.h"

#define SERVER 0xc0000219u    /* 192.0.2.25 */
#define STRANGERS 0xc6120000u /* 198.18.0.0/15, the hosts of the world at large */
#define PORT_QMTP 209
#define PORT_SMTP 25

static struct pcap_tcp connection(size_t number, uint16_t port)
{
	struct pcap_tcp tcp = {
		.address = { STRANGERS + 1 + (uint32_t)number, SERVER },
		.port = { (uint16_t)(20000 + number % 40000), port },
	};

	return tcp;
}

/* A QMTP package: http://cr.yp.to/proto/qmtp.txt, section 4. */
static void qmtp_message(struct pcap_writer *writer, struct pcap_tcp *tcp, size_t number)
{
	char text[256], sender[64], package[512];
	int text_length, sender_length;

	text_length = snprintf(text, sizeof(text),
			       "\nMessage-ID: <%zu@bluehill.test>\n\nBuy %zu.\n", number, number);
	sender_length = snprintf(sender, sizeof(sender), "s%zu@bluehill.test", number);
	(void)snprintf(package, sizeof(package), "%d:%s,%d:%s,20:16:to@victim.example,,",
		       text_length, text, sender_length, sender);
	pcap_tcp_say_text(writer, tcp, PCAP_CLIENT, package);
}

void traffic_strangers(const char *path, size_t strangers)
{
	struct pcap_writer writer;

	cr_assert_leq(strangers, TRAFFIC_STRANGERS_MAX);
	pcap_open(&writer, path);
	for (size_t i = 0; i < strangers; i++) {
		struct pcap_tcp tcp = connection(i, PORT_QMTP);

		pcap_tcp_begin(&writer, &tcp);
		qmtp_message(&writer, &tcp, i);
		pcap_tcp_say_text(&writer, &tcp, PCAP_SERVER, "20:Kok 1767225600 qp 77,");
		pcap_tcp_end(&writer, &tcp);
	}
	pcap_close(&writer);
}

void traffic_hostile(const char *path)
{
	static const struct {
		enum pcap_end from;
		const char *text;
	} talk[] = {
		{ PCAP_SERVER, "220 mail.example.com \033[2J\033]0;owned\007<script>\r\n" },
		{ PCAP_CLIENT, "EHLO \033[31mred\233\302\233\377<b>\r\n" },
		{ PCAP_SERVER, "250 mail.example.com \033[5m\r\n" },
		{ PCAP_CLIENT, "MAIL FROM:<\033[1mme\b\b@bluehill.test>\r\n" },
		{ PCAP_SERVER, "250 ok \033c\r\n" },
		{ PCAP_CLIENT, "RCPT TO:<you\033[8m\302\205@victim.example>\r\n" },
		{ PCAP_SERVER, "250 ok \r\n" },
		{ PCAP_CLIENT, "DATA\r\n" },
		{ PCAP_SERVER, "354 go on \033[0m\r\n" },
		{ PCAP_CLIENT, "Message-ID: <\033[7m1@x>\r\nFrom: <\377\376@y>\r\n\r\n"
			       "text\r\n.\r\n" },
		{ PCAP_SERVER, "250 taken \033]8;;http://x\007\r\n" },
		{ PCAP_CLIENT, "QUIT\r\n" },
		{ PCAP_SERVER, "221 bye \033[H\r\n" },
	};
	struct pcap_tcp tcp = connection(1, PORT_SMTP);
	struct pcap_writer writer;

	pcap_open(&writer, path);
	pcap_tcp_begin(&writer, &tcp);
	for (size_t i = 0; i < sizeof(talk) / sizeof(talk[0]); i++)
		pcap_tcp_say_text(&writer, &tcp, talk[i].from, talk[i].text);
	pcap_tcp_end(&writer, &tcp);
	pcap_close(&writer);
}

void traffic_no_mail(const char *path)
{
	static const uint16_t ports[] = { 25, 209, 628 };
	static const char hello[] = "\026\003\001\000\005\001\000\000\001\000";
	struct pcap_writer writer;

	pcap_open(&writer, path);
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		struct pcap_tcp http = connection(2 * i, ports[i]);
		struct pcap_tcp tls = connection(2 * i + 1, ports[i]);

		pcap_tcp_begin(&writer, &http);
		pcap_tcp_say_text(&writer, &http, PCAP_CLIENT, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		pcap_tcp_end(&writer, &http);
		pcap_tcp_begin(&writer, &tls);
		pcap_tcp_say(&writer, &tls, PCAP_CLIENT, hello, sizeof(hello) - 1);
		pcap_tcp_end(&writer, &tls);
	}
	pcap_close(&writer);
}
