/*
 * damage - write capture files that are broken, each in another way
 *
 * In:      a folder, which must be there.
 * Out:     files in it: small captures cut short, with wrong words in all places, with blocks and
 *          packets that no honest program writes; and floods.
 * Limits:  a file of at most BLOB_MAX_BYTES.
 * Errors:  exit code 1: a file cannot be written.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BLOB_MAX_BYTES (4u << 20)
#define PACKET_MAX_BYTES 65535
#define CUT_STEP 8 /* every cut of a file is tried in tests/capture; here some of each kind */
#define ETHERNET 1
#define RAW 101
#define WIFI 105
#define MACS "\x02\0\0\0\0\1\x02\0\0\0\0\2"

static const char greeting[] = "220 mx.example.org ESMTP\r\n";

/* A file in the making. */
struct blob {
	const char *folder;
	size_t length;
	uint8_t bytes[BLOB_MAX_BYTES];
};

/* A packet, built from its end: what is put in front wraps what is there. */
struct packet {
	size_t start;
	uint8_t bytes[PACKET_MAX_BYTES];
};

static void put(struct blob *b, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size && b->length < BLOB_MAX_BYTES; i++)
		b->bytes[b->length++] = (uint8_t)(value >> (8 * i));
}

static void put_bytes(struct blob *b, const void *bytes, size_t length)
{
	if (length > BLOB_MAX_BYTES - b->length)
		length = BLOB_MAX_BYTES - b->length;
	memcpy(b->bytes + b->length, bytes, length);
	b->length += length;
}

static void save(const struct blob *b, const char *name, unsigned number, size_t length)
{
	char path[4096];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s-%u", b->folder, name, number);
	file = fopen(path, "wb");
	if (file == NULL || fwrite(b->bytes, 1, length, file) != length || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

static void pcap_begin(struct blob *b, uint32_t link)
{
	b->length = 0;
	put(b, 0xa1b2c3d4, 4);
	put(b, 0x00040002, 4);
	put(b, 0, 8);
	put(b, 262144, 4);
	put(b, link, 4);
}

static void pcap_record(struct blob *b, const void *bytes, size_t length, size_t wire_length)
{
	put(b, 1700000000, 4);
	put(b, b->length % 1000000, 4);
	put(b, length, 4);
	put(b, wire_length, 4);
	put_bytes(b, bytes, length);
}

static void ng_block(struct blob *b, uint32_t type, const void *body, size_t length)
{
	size_t padded = (length + 3) & ~(size_t)3;

	put(b, type, 4);
	put(b, 12 + padded, 4);
	put_bytes(b, body, length);
	put(b, 0, padded - length);
	put(b, 12 + padded, 4);
}

static void ng_begin(struct blob *b, uint16_t link)
{
	const uint8_t interface[8] = { (uint8_t)link, (uint8_t)(link >> 8) };

	b->length = 0;
	ng_block(b, 0x0a0d0d0a, "\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16);
	ng_block(b, 1, interface, sizeof(interface));
}

static void ng_packet(struct blob *b, const void *bytes, size_t length)
{
	uint8_t body[20 + 512] = { [12] = (uint8_t)length, [16] = (uint8_t)length };

	memcpy(body + 20, bytes, length);
	ng_block(b, 6, body, 20 + length);
}

static void packet_begin(struct packet *p, const void *bytes, size_t length)
{
	p->start = PACKET_MAX_BYTES - length;
	memcpy(p->bytes + p->start, bytes, length);
}

static const uint8_t *packet_at(const struct packet *p)
{
	return p->bytes + p->start;
}

static size_t packet_length(const struct packet *p)
{
	return PACKET_MAX_BYTES - p->start;
}

/* false: there is no more room. */
static bool wrap(struct packet *p, const void *header, size_t length)
{
	if (length > p->start)
		return false;
	p->start -= length;
	memcpy(p->bytes + p->start, header, length);
	return true;
}

static bool wrap_ip(struct packet *p, uint8_t protocol)
{
	size_t length = packet_length(p) + 20;
	const uint8_t header[20] = {
		0x45,
		0,
		(uint8_t)(length >> 8),
		(uint8_t)length,
		0,
		1,
		0,
		0,
		64,
		protocol,
		0,
		0,
		192,
		0,
		2,
		25,
		198,
		51,
		100,
		7,
	};

	return wrap(p, header, sizeof(header));
}

static void wrap_tcp(struct packet *p)
{
	static const uint8_t header[20] = { 0, 25, 0x9c, 0x40, 0,    0, 0, 1, 0, 0,
					    0, 1,  0x50, 0x18, 0x10, 0, 0, 0, 0, 0 };

	(void)wrap(p, header, sizeof(header));
}

/* Three packets of mail; small, so that each of its bytes can be damaged. */
static void small_capture(struct blob *b, bool ng)
{
	struct packet p;

	if (ng)
		ng_begin(b, RAW);
	else
		pcap_begin(b, RAW);
	for (int i = 0; i < 3; i++) {
		packet_begin(&p, greeting, sizeof(greeting) - 1);
		wrap_tcp(&p);
		(void)wrap_ip(&p, 6);
		if (ng)
			ng_packet(b, packet_at(&p), packet_length(&p));
		else
			pcap_record(b, packet_at(&p), packet_length(&p), packet_length(&p));
	}
}

static void cuts(struct blob *b, bool ng)
{
	small_capture(b, ng);
	for (size_t n = 0; n < b->length; n += CUT_STEP)
		save(b, ng ? "cut-pcapng" : "cut-pcap", (unsigned)n, n);
}

/* Each word of the first packet and what stands before it, as lengths like to be wrong. */
static void wrong_words(struct blob *b, bool ng)
{
	static const uint32_t words[] = { 0, 0xffffffff, 0x7fffffff, 13 };

	for (size_t at = 0; at < 120; at += 4) {
		for (unsigned i = 0; i < ARRAY_COUNT(words); i++) {
			small_capture(b, ng);
			memcpy(b->bytes + at, &words[i], sizeof(words[i]));
			save(b, ng ? "word-pcapng" : "word-pcap", (unsigned)at * 10 + i, b->length);
		}
	}
}

static void link_types(struct blob *b)
{
	static const uint32_t types[] = { 2, 147, 165, 250, 400, 65535, 0xffffffff };

	for (unsigned i = 0; i < ARRAY_COUNT(types); i++) {
		small_capture(b, false);
		memcpy(b->bytes + 20, &types[i], sizeof(types[i]));
		save(b, "link-type", types[i], b->length);
	}
	ng_begin(b, ETHERNET);
	for (unsigned i = 0; i < 20000; i++) {
		const uint8_t interface[8] = { (uint8_t)i, (uint8_t)(i >> 8) };

		ng_block(b, 1, interface, sizeof(interface));
	}
	save(b, "interfaces", 1, b->length);
}

/* Blocks of pcapng: body and length as given. */
static void odd_blocks(struct blob *b)
{
	static const struct {
		uint32_t type;
		const char *body;
		size_t length;
	} rows[] = {
		{ 6, "", 0 },
		{ 6, "\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20 },
		{ 6, "\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0", 20 },
		{ 6, "\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0", 20 },
		{ 3, "\xff\xff\xff\xff", 4 },
		{ 2, "\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\0\0\0", 20 },
		{ 1, "\1\0\0\0\0\0\0\0\x09\0\xff\xff", 12 }, /* an option past the block */
		{ 1, "\1\0\0\0\0\0\0\0\x09\0\1\0\xff\0\0\0\0\0\0\0", 20 }, /* 2 to the 127 */
		{ 1, "\1\0\0\0\0\0\0\0\x09\0\1\0\x7f\0\0\0\0\0\0\0", 20 }, /* 10 to the 127 */
		{ 0x0a0d0d0a, "\x1a\x2b\x3c\x4d\0\1\0\0", 8 }, /* the other byte order */
		{ 0x0a0d0d0a, "\0\0\0\0\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16 },
	};

	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		ng_begin(b, RAW);
		ng_block(b, rows[i].type, rows[i].body, rows[i].length);
		ng_packet(b, greeting, 20);
		save(b, "block", i, b->length);
	}
}

/* The same header again and again, up to the longest packet that there is. */
static void nested(struct blob *b)
{
	static const struct {
		uint32_t link;
		const char *header, *outer;
		size_t length, outer_length;
	} rows[] = {
		{ ETHERNET, "\x81\0\0\1", MACS, 4, 12 },
		{ ETHERNET, "\0\0\x10\x40", MACS "\x88\x47", 4, 14 },
		{ ETHERNET, MACS "\x65\x58", "", 14, 0 },
		{ RAW, "\x3c\0\0\0\0\0\0\0", "\x60\0\0\0\0\0\x3c\x40", 8, 8 },
		{ WIFI, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "\x88\0\0\0" MACS "\0\0\0\0\0\0\0\0\x80\0",
		  14, 26 },
	};
	struct packet p;

	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		pcap_begin(b, rows[i].link);
		for (int n = 0; n < 20; n++) {
			packet_begin(&p, greeting, sizeof(greeting) - 1);
			while (p.start > rows[i].outer_length + rows[i].length)
				(void)wrap(&p, rows[i].header, rows[i].length);
			(void)wrap(&p, rows[i].outer, rows[i].outer_length);
			pcap_record(b, packet_at(&p), packet_length(&p), packet_length(&p));
		}
		save(b, "nested", i, b->length);
	}
	pcap_begin(b, RAW);
	packet_begin(&p, greeting, sizeof(greeting) - 1);
	wrap_tcp(&p);
	(void)wrap_ip(&p, 6);
	while (wrap_ip(&p, 4))
		continue;
	pcap_record(b, packet_at(&p), packet_length(&p), packet_length(&p));
	save(b, "nested", 100, b->length);
}

/* First fragments whose rest never comes, and one datagram in as many pieces as it can have. */
static void fragments(struct blob *b)
{
	struct packet p;

	pcap_begin(b, RAW);
	for (unsigned i = 0; i < 60000; i++) {
		packet_begin(&p, greeting, 16);
		(void)wrap_ip(&p, 6);
		p.bytes[p.start + 4] = (uint8_t)(i >> 8);
		p.bytes[p.start + 5] = (uint8_t)i;
		p.bytes[p.start + 6] = 0x20;
		pcap_record(b, packet_at(&p), packet_length(&p), packet_length(&p));
	}
	save(b, "fragments", 1, b->length);
	pcap_begin(b, RAW);
	for (unsigned i = 0; i < 60000; i++) {
		packet_begin(&p, greeting, 8);
		(void)wrap_ip(&p, 6);
		p.bytes[p.start + 6] = (uint8_t)(0x20 | (i * 7 % 8192) >> 8);
		p.bytes[p.start + 7] = (uint8_t)(i * 7);
		pcap_record(b, packet_at(&p), packet_length(&p), packet_length(&p));
	}
	save(b, "fragments", 2, b->length);
}

/* One packet with each snap length. */
static void snap_lengths(struct blob *b)
{
	struct packet p;

	pcap_begin(b, ETHERNET);
	packet_begin(&p, greeting, sizeof(greeting) - 1);
	wrap_tcp(&p);
	(void)wrap_ip(&p, 6);
	(void)wrap(&p, MACS "\x08\0", 14);
	for (size_t n = 0; n <= packet_length(&p); n++)
		pcap_record(b, packet_at(&p), n, packet_length(&p));
	for (size_t n = 0; n <= packet_length(&p); n++)
		pcap_record(b, packet_at(&p), n, UINT32_MAX);
	save(b, "snap", 1, b->length);
}

/* Packed once, packed twice, packed and cut; a few bytes that unfold a thousandfold. */
static void packed(struct blob *b)
{
	static uint8_t plain[BLOB_MAX_BYTES], once[BLOB_MAX_BYTES];
	z_stream z;

	pcap_begin(b, RAW);
	memset(plain, 0, sizeof(plain));
	memcpy(plain, b->bytes, b->length);
	memset(&z, 0, sizeof(z));
	if (deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		exit(1);
	z.next_in = plain;
	z.avail_in = sizeof(plain);
	z.next_out = once;
	z.avail_out = sizeof(once);
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		exit(1);
	(void)deflateEnd(&z);
	b->length = 0;
	put_bytes(b, once, z.total_out);
	save(b, "packed", 1, b->length);
	save(b, "packed-cut", 1, b->length / 2);
	b->bytes[b->length / 2] ^= 0x55;
	save(b, "packed-flipped", 1, b->length);
	b->length = 0;
	put_bytes(b, "\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 14);
	save(b, "packed-zstd", 1, b->length);
}

int main(int argc, char **argv)
{
	static struct blob blob;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: damage FOLDER\n");
		return 1;
	}
	blob.folder = argv[1];
	for (int ng = 0; ng < 2; ng++) {
		cuts(&blob, ng != 0);
		wrong_words(&blob, ng != 0);
	}
	link_types(&blob);
	odd_blocks(&blob);
	nested(&blob);
	fragments(&blob);
	snap_lengths(&blob);
	packed(&blob);
	return 0;
}
