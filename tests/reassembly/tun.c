#include "reassembly/tun.h"

#include "core/cursor.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define IP_HEADER_BYTES 20
#define TCP_HEADER_BYTES 20
#define TCP_PROTOCOL 6
#define OPTION_NOP 1
#define OPTION_MSS 2
#define OPTION_TIMESTAMPS 8

static const uint8_t server[4] = { 192, 0, 2, 25 }, client[4] = { 192, 0, 2, 7 };

struct ip_address tun_server(void)
{
	return ip_address_v4(server);
}

struct ip_address tun_client(void)
{
	return ip_address_v4(client);
}

/* Give the device its address and switch it on. */
static bool set_up(const char *name)
{
	struct ifreq request = { 0 };
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done;

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	memcpy(&address.sin_addr, server, sizeof(server));
	memcpy(&request.ifr_addr, &address, sizeof(address));
	done = ioctl(fd, SIOCSIFADDR, &request) == 0;
	address.sin_addr.s_addr = htonl(0xffffff00);
	memcpy(&request.ifr_netmask, &address, sizeof(address));
	done = done && ioctl(fd, SIOCSIFNETMASK, &request) == 0;
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	done = done && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	(void)close(fd);
	return done;
}

bool tun_open(struct tun *tun)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };

	*tun = (struct tun){ .fd = -1 };
	if (unshare(CLONE_NEWNET) == 0)
		tun->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tun->fd >= 0 && ioctl(tun->fd, TUNSETIFF, &request) == 0 && set_up(request.ifr_name))
		return true;
	(void)fprintf(stderr, "SKIPPED: no TUN device: %s; run the tests as root\n",
		      strerror(errno));
	tun_close(tun);
	return false;
}

void tun_close(struct tun *tun)
{
	if (tun->fd >= 0)
		(void)close(tun->fd);
	tun->fd = -1;
}

/* RFC 1071. */
static uint16_t checksum(uint32_t sum, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sum += (uint32_t)bytes[i] << (i % 2 == 0 ? 8 : 0);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

static uint8_t *put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
	return put16(put16(at, value >> 16), value);
}

/* Header and options; their length comes back. */
static size_t put_tcp(uint8_t *tcp, const struct segment *s)
{
	uint8_t *at = tcp + TCP_HEADER_BYTES;

	if ((s->flags & TCP_SYN) != 0) {
		*at++ = OPTION_MSS;
		*at++ = 4;
		at = put16(at, 1460);
	}
	if (s->has_timestamps) {
		*at++ = OPTION_NOP;
		*at++ = OPTION_NOP;
		*at++ = OPTION_TIMESTAMPS;
		*at++ = 10;
		at = put32(put32(at, s->timestamp_value), s->timestamp_echo);
	}
	put16(put16(tcp, s->source_port), s->destination_port);
	put32(put32(tcp + 4, s->sequence), s->acknowledgement);
	tcp[12] = (uint8_t)((at - tcp) / 4 << 4);
	tcp[13] = s->flags;
	put32(put16(tcp + 14, s->window), s->urgent_pointer); /* checksum 0, pointer */
	return (size_t)(at - tcp);
}

void tun_send(struct tun *tun, struct segment *s, bool wrong_sum)
{
	uint8_t *packet = tun->packet, *tcp = packet + IP_HEADER_BYTES, *ends = packet + 12;
	size_t length;
	uint16_t sum;

	memset(packet, 0, sizeof(tun->packet));
	length = put_tcp(tcp, s);
	cr_assert_leq(IP_HEADER_BYTES + length + s->payload.length, sizeof(tun->packet));
	if (s->payload.length > 0)
		memcpy(tcp + length, s->payload.data, s->payload.length);
	length += s->payload.length;
	packet[0] = 0x45;
	packet[8] = s->ttl;
	packet[9] = TCP_PROTOCOL;
	memcpy(ends, s->source.bytes, 4);
	memcpy(ends + 4, s->destination.bytes, 4);
	put16(packet + 2, (uint32_t)(IP_HEADER_BYTES + length));
	put16(packet + 10, checksum(0, packet, IP_HEADER_BYTES));
	sum = checksum(TCP_PROTOCOL + (uint32_t)length, ends, 8 + length);
	put16(tcp + 16, (uint32_t)sum + wrong_sum);
	s->transport = span_of(tcp, length);
	cr_assert_eq(write(tun->fd, packet, IP_HEADER_BYTES + length),
		     (ssize_t)(IP_HEADER_BYTES + length));
}

/* Find the time stamps among the options. */
static void read_options(struct segment *s, struct span options)
{
	struct cursor in = cursor_of(options);

	while (!cursor_done(&in)) {
		uint8_t kind = cursor_u8(&in);
		uint8_t length = kind <= OPTION_NOP ? 1 : cursor_u8(&in);

		if (kind == 0 || in.failed)
			return;
		if (kind == OPTION_TIMESTAMPS) {
			s->has_timestamps = true;
			s->timestamp_value = cursor_be32(&in);
			s->timestamp_echo = cursor_be32(&in);
		} else if (length > 2) {
			cursor_skip(&in, length - 2u);
		}
	}
}

/* What the kernel sends is well formed: the numbers alone are read. */
static bool read_packet(struct segment *s, struct span packet)
{
	struct cursor in = cursor_of(span_part(packet, IP_HEADER_BYTES, SIZE_MAX));
	size_t header;

	*s = (struct segment){ .window_scale = -1 };
	if (packet.length < IP_HEADER_BYTES + TCP_HEADER_BYTES || packet.data[0] != 0x45 ||
	    packet.data[9] != TCP_PROTOCOL)
		return false;
	s->ttl = packet.data[8];
	s->source = ip_address_v4(packet.data + 12);
	s->destination = ip_address_v4(packet.data + 16);
	s->source_port = cursor_be16(&in);
	s->destination_port = cursor_be16(&in);
	s->sequence = cursor_be32(&in);
	s->acknowledgement = cursor_be32(&in);
	header = cursor_u8(&in) / 16 * 4u;
	s->flags = cursor_u8(&in);
	s->window = cursor_be16(&in);
	packet = span_part(packet, IP_HEADER_BYTES, SIZE_MAX);
	read_options(s, span_part(packet, TCP_HEADER_BYTES, header - TCP_HEADER_BYTES));
	s->payload = span_part(packet, header, SIZE_MAX);
	s->transport = packet;
	return true;
}

bool tun_receive(struct tun *tun, struct segment *out)
{
	ssize_t n;

	while ((n = read(tun->fd, tun->packet, sizeof(tun->packet))) > 0)
		if (read_packet(out, span_of(tun->packet, (size_t)n)))
			return true;
	return false;
}
