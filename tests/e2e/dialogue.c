#include "e2e/dialogue.h"

#include <criterion/criterion.h>
#include <pcap/pcap.h>
#include <string.h>

#define CAPTURE "pcaps/smtp-open-relay.pcap"
#define PIECE_BYTES ((size_t)24)

static void keep_line(void *ctx, const struct segment *s)
{
	struct dialogue *d = ctx;
	struct line *line = &d->lines[d->count];

	if (d->client_port == 0)
		d->client_port = s->source_port;
	if (s->source_port != d->client_port && s->destination_port != d->client_port)
		return;
	cr_assert(d->count < DIALOGUE_MAX && s->transport.length <= DIALOGUE_MAX_BYTES);
	memcpy(line->bytes, s->transport.data, s->transport.length);
	line->length = s->transport.length;
	line->from_server = s->source_port != d->client_port;
	line->time_ns = s->time_ns;
	d->count++;
}

static void ignore_datagram(void *ctx, const struct datagram *datagram)
{
	(void)ctx;
	(void)datagram;
}

void dialogue_read(struct dialogue *d)
{
	const char *const paths[] = { CAPTURE };
	const struct packet_sink sink = { keep_line, ignore_datagram, d };
	struct capture *capture = NULL;

	memset(d, 0, sizeof(*d));
	cr_assert_eq(capture_open_files(&capture, paths, 1, NULL, NULL), RESULT_OK);
	while (capture_run(capture, 1000, &sink, NULL) == RESULT_OK)
		continue;
	capture_free(&capture);
	cr_assert_gt(d->count, 10);
}

static uint32_t sum_words(uint32_t sum, const uint8_t *p, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	return sum;
}

/* RFC 9293, 3.1: over the addresses that wrap.c will put in front. */
static void fix_checksum(uint8_t *tcp, size_t length, bool ip6)
{
	static const uint8_t ip6_network[] = { 0x20, 0x01, 0x0d, 0xb8 };
	static const uint8_t ip4_network[] = { 192, 0, 2, 0 };
	uint32_t sum = 6 + (uint32_t)length + 1 + 2; /* protocol, length, last numbers */

	tcp[16] = tcp[17] = 0;
	for (int i = 0; i < 2; i++)
		sum = sum_words(sum, ip6 ? ip6_network : ip4_network, 4);
	sum = sum_words(sum, tcp, length);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	tcp[16] = (uint8_t)(~sum >> 8);
	tcp[17] = (uint8_t)~sum;
}

bool dialogue_is_ip6(const struct wrap_case *c)
{
	size_t i = 1;

	while (strncmp(c->steps[i], "ip", 2) != 0)
		i++;
	return c->steps[i][2] == '6';
}

struct writer {
	pcap_dumper_t *dumper;
	const struct wrap_case *wrap;
	uint16_t identification;
	unsigned copies; /* of packets that were written before */
};

static void write_packet(struct writer *w, int64_t time_ns, struct span bytes)
{
	struct pcap_pkthdr head = { .ts = { .tv_sec = time_ns / 1000000000,
					    .tv_usec = time_ns % 1000000000 },
				    .caplen = (uint32_t)bytes.length,
				    .len = (uint32_t)bytes.length };

	pcap_dump((u_char *)w->dumper, &head, bytes.data);
}

static void wrap_line(struct writer *w, const struct line *line, struct wrap *wrap)
{
	uint8_t tcp[DIALOGUE_MAX_BYTES];

	memcpy(tcp, line->bytes, line->length);
	fix_checksum(tcp, line->length, dialogue_is_ip6(w->wrap));
	wrap_begin_bytes(wrap, span_of(tcp, line->length));
	wrap->reversed = line->from_server;
	wrap->identification = w->identification;
	wrap_steps(wrap, w->wrap->steps + 1);
}

/* IPv4's checksum anew. */
static void seal(uint8_t *ip)
{
	uint32_t sum;

	ip[10] = ip[11] = 0;
	sum = sum_words(0, ip, 20);
	sum = (sum & 0xffff) + (sum >> 16);
	ip[10] = (uint8_t)(~sum >> 8);
	ip[11] = (uint8_t)~sum;
}

/* A raw packet inside of GRE. */
static void write_in_gre(struct writer *w, const struct line *line, struct span packet)
{
	struct wrap wrap;

	wrap_begin_bytes(&wrap, packet);
	wrap.ip_count = 1;
	wrap.reversed = line->from_server;
	wrap_step(&wrap, "0000 0800");
	wrap_step(&wrap, "ip4 47");
	write_packet(w, line->time_ns, wrap_span(&wrap));
}

/* One fragment, which is all there. */
static void write_piece(struct writer *w, const struct line *line, struct span piece,
			enum doing doing)
{
	if (doing == DO_CUT_INNER)
		write_in_gre(w, line, piece);
	else
		write_packet(w, line->time_ns, piece);
	if (doing == DO_CUT_TWICE) {
		write_packet(w, line->time_ns, piece);
		w->copies++;
	}
}

/* Fragments of PIECE_BYTES of a raw IPv4 packet. */
static void write_pieces(struct writer *w, const struct line *line, struct span packet,
			 enum doing doing)
{
	size_t count = (packet.length - 20 + PIECE_BYTES - 1) / PIECE_BYTES;

	for (size_t i = count; i-- > 0;) {
		struct span part = span_part(packet, 20 + i * PIECE_BYTES, PIECE_BYTES);
		uint8_t ip[20 + PIECE_BYTES];

		memcpy(ip, packet.data, 20);
		memcpy(ip + 20, part.data, part.length);
		ip[2] = 0;
		ip[3] = (uint8_t)(20 + part.length);
		ip[6] = i + 1 < count ? 0x20 : 0;
		ip[7] = (uint8_t)(i * PIECE_BYTES / 8);
		seal(ip);
		write_piece(w, line, span_of(ip, 20 + part.length), doing);
	}
}

/* The same of a raw IPv6 packet: RFC 8200, 4.5. */
static void write_pieces_6(struct writer *w, const struct line *line, struct span packet)
{
	size_t count = (packet.length - 40 + PIECE_BYTES - 1) / PIECE_BYTES;

	for (size_t i = count; i-- > 0;) {
		struct span part = span_part(packet, 40 + i * PIECE_BYTES, PIECE_BYTES);
		uint8_t ip[48 + PIECE_BYTES] = { 0 };

		memcpy(ip, packet.data, 40);
		memcpy(ip + 48, part.data, part.length);
		ip[4] = 0;
		ip[5] = (uint8_t)(8 + part.length);
		ip[40] = ip[6];
		ip[6] = 44;
		ip[42] = (uint8_t)(i * PIECE_BYTES >> 8);
		ip[43] = (uint8_t)(i * PIECE_BYTES | (i + 1 < count));
		ip[46] = (uint8_t)(w->identification >> 8);
		ip[47] = (uint8_t)w->identification;
		write_piece(w, line, span_of(ip, 48 + part.length), DO_CUT);
	}
}

/* The same packet one hop further, in a VLAN of its own; Ethernet and IPv4. */
static void write_routed(struct writer *w, const struct line *line, struct span packet)
{
	static const uint8_t tag[] = { 0x81, 0, 0, 77 };
	uint8_t bytes[WRAP_MAX_BYTES];

	memcpy(bytes, packet.data, 12);
	bytes[0] ^= 4;
	memcpy(bytes + 12, tag, sizeof(tag));
	memcpy(bytes + 16, packet.data + 12, packet.length - 12);
	bytes[18 + 8]--;
	seal(bytes + 18);
	write_packet(w, line->time_ns, span_of(bytes, packet.length + sizeof(tag)));
}

/* A packet that is there already, in one way or another. */
static void write_copy(struct writer *w, const struct line *line, struct span packet,
		       enum doing doing)
{
	struct wrap before;

	switch (doing) {
	case DO_TWICE:
		write_packet(w, line->time_ns, packet);
		break;
	case DO_TWICE_ROUTED:
		write_routed(w, line, packet);
		break;
	case DO_TWICE_IN_GRE:
		write_in_gre(w, line, packet);
		break;
	case DO_TWICE_LATE:
		if (w->identification == 1) /* the first one */
			return;
		w->identification--;
		wrap_line(w, line - 1, &before);
		w->identification++;
		write_packet(w, line->time_ns, wrap_span(&before));
		break;
	case DO_NOTHING:
	case DO_CUT:
	case DO_CUT_INNER:
	case DO_CUT_TWICE:
		return;
	}
	w->copies++;
}

static void write_line(struct writer *w, const struct line *line, enum doing doing)
{
	bool is_cut = doing == DO_CUT || doing == DO_CUT_INNER || doing == DO_CUT_TWICE;
	struct wrap wrap;

	w->identification++;
	wrap_line(w, line, &wrap);
	if (is_cut && wrap_span(&wrap).data[0] >> 4 == 6)
		write_pieces_6(w, line, wrap_span(&wrap));
	else if (is_cut)
		write_pieces(w, line, wrap_span(&wrap), doing);
	else
		write_packet(w, line->time_ns, wrap_span(&wrap));
	write_copy(w, line, wrap_span(&wrap), doing);
}

unsigned dialogue_write(const char *path, const struct dialogue *d, const struct wrap_case *c,
			enum doing doing)
{
	pcap_t *pcap = pcap_open_dead_with_tstamp_precision(pcap_datalink_name_to_val("NULL"),
							    65535, PCAP_TSTAMP_PRECISION_NANO);
	struct writer w = { .wrap = c };
	FILE *file;

	cr_assert_not_null(pcap);
	w.dumper = pcap_dump_open(pcap, path);
	cr_assert_not_null(w.dumper, "%s", pcap_geterr(pcap));
	for (size_t i = 0; i < d->count; i++)
		write_line(&w, &d->lines[i], doing);
	pcap_dump_close(w.dumper);
	pcap_close(pcap);
	/* The link type as the file has it: libpcap's own numbers differ. */
	file = fopen(path, "r+b");
	cr_assert_not_null(file);
	cr_assert_eq(fseek(file, 20, SEEK_SET), 0);
	cr_assert_eq(fwrite(&c->link_type, sizeof(c->link_type), 1, file), 1);
	cr_assert_eq(fclose(file), 0);
	return w.copies;
}
