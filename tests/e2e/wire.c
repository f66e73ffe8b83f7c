#include "e2e/wire.h"

#include <criterion/criterion.h>
#include <string.h>

#define FIRST_SECOND 1767225600u /* 2026-01-01 */
#define LINKTYPE_ETHERNET 1u
#define ETHERNET_BYTES 14u
#define IP_BYTES 20u
#define TCP_BYTES 20u
#define UDP_BYTES 8u
#define HEADS_BYTES (ETHERNET_BYTES + IP_BYTES + TCP_BYTES)

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };
enum { FLAG_FIN = 0x01, FLAG_SYN = 0x02, FLAG_PSH = 0x08, FLAG_ACK = 0x10 };

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

/* The file's own heads are in the byte order of the machine. */
static void write32(FILE *file, uint32_t value)
{
	cr_assert_eq(fwrite(&value, sizeof(value), 1, file), 1, "cannot write the capture");
}

void wire_open(struct wire *wire, const char *path)
{
	const uint16_t version[2] = { 2, 4 };

	wire->file = fopen(path, "wb");
	wire->time_us = FIRST_SECOND * UINT64_C(1000000);
	cr_assert_not_null(wire->file, "cannot write '%s'", path);
	write32(wire->file, 0xa1b2c3d4);
	cr_assert_eq(fwrite(version, sizeof(version), 1, wire->file), 1);
	write32(wire->file, 0);
	write32(wire->file, 0);
	write32(wire->file, 262144);
	write32(wire->file, LINKTYPE_ETHERNET);
}

void wire_close(struct wire *wire)
{
	cr_assert_eq(fclose(wire->file), 0, "cannot write the capture");
	wire->file = NULL;
}

static uint32_t sum16(const uint8_t *bytes, size_t length, uint32_t sum)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (length % 2)
		sum += (uint32_t)bytes[length - 1] << 8;
	return sum;
}

/* RFC 1071 */
static uint32_t checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static void fill_ip(uint8_t *ip, const struct wire_tcp *tcp, enum wire_side from, uint8_t protocol,
		    size_t length)
{
	ip[0] = 0x45;
	put16(ip + 2, (uint32_t)(IP_BYTES + length));
	put16(ip + 6, 0x4000); /* do not fragment */
	ip[8] = 64;
	ip[9] = protocol;
	put32(ip + 12, tcp->address[from]);
	put32(ip + 16, tcp->address[!from]);
	put16(ip + 10, checksum(sum16(ip, IP_BYTES, 0)));
}

static void fill_tcp(uint8_t *head, const uint8_t *ip, const struct wire_tcp *tcp,
		     enum wire_side from, uint8_t flags, size_t length)
{
	uint32_t pseudo = sum16(ip + 12, 8, 6 + (uint32_t)(TCP_BYTES + length));

	put16(head, tcp->port[from]);
	put16(head + 2, tcp->port[!from]);
	put32(head + 4, tcp->sequence[from]);
	put32(head + 8, flags & FLAG_ACK ? tcp->sequence[!from] : 0);
	head[12] = (TCP_BYTES / 4) << 4;
	head[13] = flags;
	put16(head + 14, 65000);
	put16(head + 16, checksum(sum16(head, TCP_BYTES + length, pseudo)));
}

void wire_frame(struct wire *wire, const void *bytes, size_t length)
{
	wire->time_us += 1000;
	write32(wire->file, (uint32_t)(wire->time_us / 1000000));
	write32(wire->file, (uint32_t)(wire->time_us % 1000000));
	write32(wire->file, (uint32_t)length);
	write32(wire->file, (uint32_t)length);
	cr_assert_eq(fwrite(bytes, length, 1, wire->file), 1, "cannot write the capture");
}

static void packet(struct wire *wire, struct wire_tcp *tcp, enum wire_side from, uint8_t flags,
		   const void *bytes, size_t length)
{
	uint8_t frame[HEADS_BYTES + WIRE_SAY_MAX] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
	uint8_t *ip = frame + ETHERNET_BYTES;
	uint8_t *head = ip + IP_BYTES;

	cr_assert(length <= WIRE_SAY_MAX);
	if (length)
		memcpy(head + TCP_BYTES, bytes, length);
	fill_ip(ip, tcp, from, PROTOCOL_TCP, TCP_BYTES + length);
	fill_tcp(head, ip, tcp, from, flags, length);
	wire_frame(wire, frame, HEADS_BYTES + length);
	tcp->sequence[from] += (uint32_t)length + ((flags & (FLAG_SYN | FLAG_FIN)) != 0);
}

void wire_datagram(struct wire *wire, const struct wire_tcp *ends, enum wire_side from,
		   const void *bytes, size_t length)
{
	uint8_t frame[HEADS_BYTES + WIRE_SAY_MAX] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
	uint8_t *ip = frame + ETHERNET_BYTES;
	uint8_t *head = ip + IP_BYTES;

	cr_assert(length <= WIRE_SAY_MAX);
	memcpy(head + UDP_BYTES, bytes, length);
	fill_ip(ip, ends, from, PROTOCOL_UDP, UDP_BYTES + length);
	put16(head, ends->port[from]);
	put16(head + 2, ends->port[!from]);
	put16(head + 4, (uint32_t)(UDP_BYTES + length)); /* without a checksum (RFC 768) */
	wire_frame(wire, frame, ETHERNET_BYTES + IP_BYTES + UDP_BYTES + length);
}

void wire_begin(struct wire *wire, struct wire_tcp *tcp)
{
	tcp->sequence[WIRE_CLIENT] = 1000 * tcp->port[WIRE_CLIENT];
	tcp->sequence[WIRE_SERVER] = 7000 * tcp->port[WIRE_CLIENT];
	packet(wire, tcp, WIRE_CLIENT, FLAG_SYN, NULL, 0);
	packet(wire, tcp, WIRE_SERVER, FLAG_SYN | FLAG_ACK, NULL, 0);
	packet(wire, tcp, WIRE_CLIENT, FLAG_ACK, NULL, 0);
}

void wire_say(struct wire *wire, struct wire_tcp *tcp, enum wire_side from, const void *bytes,
	      size_t length)
{
	packet(wire, tcp, from, FLAG_ACK | FLAG_PSH, bytes, length);
	packet(wire, tcp, !from, FLAG_ACK, NULL, 0);
}

void wire_say_text(struct wire *wire, struct wire_tcp *tcp, enum wire_side from, const char *text)
{
	wire_say(wire, tcp, from, text, strlen(text));
}

void wire_end(struct wire *wire, struct wire_tcp *tcp)
{
	packet(wire, tcp, WIRE_CLIENT, FLAG_ACK | FLAG_FIN, NULL, 0);
	packet(wire, tcp, WIRE_SERVER, FLAG_ACK | FLAG_FIN, NULL, 0);
	packet(wire, tcp, WIRE_CLIENT, FLAG_ACK, NULL, 0);
}
