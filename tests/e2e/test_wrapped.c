/*
 * One dialogue in every link type and tunnel, in fragments, and captured twice: the program tells
 * the same of it, byte for byte, but for what is about the packets themselves.
 */
#include "capture/wrap.h"
#include "capture/wrap_cases.h"
#include "e2e/events.h"
#include "e2e/run.h"

#include <criterion/criterion.h>
#include <pcap/pcap.h>
#include <string.h>

#define CAPTURE "pcaps/smtp-open-relay.pcap"
#define DIALOGUE_MAX 128
#define DIALOGUE_MAX_BYTES 1600
#define RAW 101
#define TEXT_MAX 65536

/* The segments of one connection, as they stand behind IP. */
struct dialogue {
	struct line {
		uint8_t bytes[DIALOGUE_MAX_BYTES];
		size_t length;
		bool from_server;
		int64_t time_ns;
	} lines[DIALOGUE_MAX];
	size_t count;
	uint16_t client_port; /* of the connection that is kept: the first one */
};

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

static void dialogue_read(struct dialogue *d)
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

static bool is_ip6(const struct wrap_case *c)
{
	size_t i = 1;

	while (strncmp(c->steps[i], "ip", 2) != 0)
		i++;
	return c->steps[i][2] == '6';
}

/* What is done to each packet besides. */
enum doing {
	DO_NOTHING,
	DO_CUT_INNER,    /* the innermost IP packet in fragments, the last one first */
	DO_TWICE,        /* each packet a second time, at once */
	DO_TWICE_ROUTED, /* the second time with one hop less, in a VLAN */
	DO_TWICE_LATE    /* the second time behind the next packet */
};

struct writer {
	pcap_dumper_t *dumper;
	const struct wrap_case *wrap;
	uint16_t identification;
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
	fix_checksum(tcp, line->length, is_ip6(w->wrap));
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

/* Fragments of 24 bytes of a raw IPv4 packet. */
static void write_pieces(struct writer *w, const struct line *line, struct span packet)
{
	size_t count = (packet.length - 20 + 23) / 24;

	for (size_t i = count; i-- > 0;) {
		struct span part = span_part(packet, 20 + i * 24, 24);
		uint8_t ip[20 + 24];

		memcpy(ip, packet.data, 20);
		memcpy(ip + 20, part.data, part.length);
		ip[2] = 0;
		ip[3] = (uint8_t)(20 + part.length);
		ip[6] = i + 1 < count ? 0x20 : 0;
		ip[7] = (uint8_t)(i * 3);
		seal(ip);
		write_packet(w, line->time_ns, span_of(ip, 20 + part.length));
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

static void write_line(struct writer *w, const struct dialogue *d, size_t i, enum doing doing)
{
	const struct line *line = &d->lines[i];
	struct wrap wrap, before;

	w->identification++;
	wrap_line(w, line, &wrap);
	if (doing == DO_CUT_INNER)
		write_pieces(w, line, wrap_span(&wrap));
	else
		write_packet(w, line->time_ns, wrap_span(&wrap));
	if (doing == DO_TWICE)
		write_packet(w, line->time_ns, wrap_span(&wrap));
	if (doing == DO_TWICE_ROUTED)
		write_routed(w, line, wrap_span(&wrap));
	if (doing == DO_TWICE_LATE && i > 0) {
		w->identification--;
		wrap_line(w, line - 1, &before);
		w->identification++;
		write_packet(w, line->time_ns, wrap_span(&before));
	}
}

static void write_dialogue(const char *path, const struct dialogue *d, const struct wrap_case *c,
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
		write_line(&w, d, i, doing);
	pcap_dump_close(w.dumper);
	pcap_close(pcap);
	/* The link type as the file has it: libpcap's own numbers differ. */
	file = fopen(path, "r+b");
	cr_assert_not_null(file);
	cr_assert_eq(fseek(file, 20, SEEK_SET), 0);
	cr_assert_eq(fwrite(&c->link_type, sizeof(c->link_type), 1, file), 1);
	cr_assert_eq(fclose(file), 0);
}

/* What is about packets and not about the talk goes. */
static void strip(json_t *event)
{
	static const char *const of_relaywatch[] = { "tunnels",    "packets",        "bytes",
						     "segments",   "duplicates",     "memory_bytes",
						     "elapsed_ns", "evidence_frames" };
	json_t *network = json_object_get(event, "network");
	json_t *own = json_object_get(event, "relaywatch");
	json_t *evidence;
	size_t i;

	if (network != NULL)
		(void)json_object_del(network, "vlan");
	for (i = 0; i < ARRAY_COUNT(of_relaywatch); i++)
		(void)json_object_del(own, of_relaywatch[i]);
	json_array_foreach(json_object_get(own, "evidence"), i, evidence)(void)
	    json_object_del(evidence, "frames");
}

/* All that the program says of a file; the caller frees it. */
static json_t *tell(const char *path, const char *name)
{
	struct run run;
	json_t *events, *event;
	size_t i;

	run_relaywatch(&run, (const char *const[]){ "read", "--json", "--sensor-name", "s",
						    "--local-domain", "example.com", path, NULL });
	cr_assert_eq(run.exit_code, 0, "%s: %s", name, run.err);
	events = events_parse(run.out);
	run_clear(&run);
	cr_assert_eq(events_count(events, "session"), 1, "%s", name);
	json_array_foreach(events, i, event) strip(event);
	return events;
}

static void check_same(const json_t *wanted, const json_t *got, const char *name)
{
	char *a, *b;

	for (size_t i = 0; i < json_array_size(wanted); i++) {
		if (json_equal(json_array_get(wanted, i), json_array_get(got, i)))
			continue;
		a = json_dumps(json_array_get(wanted, i), JSON_SORT_KEYS);
		b = json_dumps(json_array_get(got, i), JSON_SORT_KEYS | JSON_ENCODE_ANY);
		cr_expect_str_eq(b == NULL ? "nothing" : b, a, "%s:\n%s\nwanted:\n%s", name,
				 b == NULL ? "nothing" : b, a);
		free(a);
		free(b);
	}
	cr_expect_eq(json_array_size(wanted), json_array_size(got), "%s", name);
}

/* Criterion hands nothing from .init to a test. */
static char scratch[256];

static void set_up(void)
{
	scratch_make(scratch, sizeof(scratch));
}

static void tear_down(void)
{
	scratch_remove(scratch);
}

TestSuite(wrapped, .init = set_up, .fini = tear_down, .timeout = 600);

static const struct wrap_case plain_ip4 = { "raw", RAW, { "tcp", "ip4 6", NULL }, 0, NULL };
static const struct wrap_case plain_ip6 = { "raw", RAW, { "tcp", "ip6 6", NULL }, 0, NULL };
static const struct wrap_case ethernet = {
	"Ethernet", 1, { "tcp", "ip4 6", "02 00 00 00 00 01 02 00 00 00 00 02 0800", NULL }, 0, NULL
};

static json_t *tell_wrapped(const struct dialogue *d, const struct wrap_case *c, enum doing doing)
{
	char path[512];

	path_join(path, sizeof(path), scratch, "wrapped.pcap");
	write_dialogue(path, d, c, doing);
	return tell(path, c->name);
}

/* One half of the table each, so that they run at the same time. */
static void check_cases(size_t first, size_t step)
{
	static struct dialogue d;
	json_t *wanted[2], *got;

	dialogue_read(&d);
	wanted[0] = tell_wrapped(&d, &plain_ip4, DO_NOTHING);
	wanted[1] = tell_wrapped(&d, &plain_ip6, DO_NOTHING);
	for (size_t i = first; i < wrap_case_count; i += step) {
		got = tell_wrapped(&d, &wrap_cases[i], DO_NOTHING);
		check_same(wanted[is_ip6(&wrap_cases[i])], got, wrap_cases[i].name);
		json_decref(got);
	}
	json_decref(wanted[0]);
	json_decref(wanted[1]);
}

Test(wrapped, every_link_and_tunnel_tells_the_same)
{
	check_cases(0, 2);
}

Test(wrapped, every_other_link_and_tunnel_tells_the_same)
{
	check_cases(1, 2);
}

static json_int_t duplicates_of(const char *path)
{
	struct run run;
	json_t *events;
	json_int_t count;

	run_relaywatch(&run, (const char *const[]){ "read", "--json=stats", path, NULL });
	events = events_parse(run.out);
	count = event_number(json_array_get(events, 0), "relaywatch.duplicates");
	json_decref(events);
	run_clear(&run);
	return count;
}

/* Fragments, and packets that came twice, which are counted. */
Test(wrapped, pieces_and_copies_tell_the_same)
{
	static const struct {
		const struct wrap_case *wrap;
		enum doing doing;
		bool is_twice;
	} rows[] = {
		{ &plain_ip4, DO_CUT_INNER, false },
		{ &ethernet, DO_TWICE, true },
		{ &ethernet, DO_TWICE_ROUTED, true },
		{ &ethernet, DO_TWICE_LATE, true },
	};
	static struct dialogue d;
	char path[512];
	json_t *wanted, *got;

	dialogue_read(&d);
	path_join(path, sizeof(path), scratch, "wrapped.pcap");
	wanted = tell_wrapped(&d, &plain_ip4, DO_NOTHING);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		got = tell_wrapped(&d, rows[i].wrap, rows[i].doing);
		check_same(wanted, got, rows[i].wrap->name);
		json_decref(got);
		cr_expect_eq(duplicates_of(path),
			     !rows[i].is_twice                ? 0
			     : rows[i].doing == DO_TWICE_LATE ? (json_int_t)d.count - 1
							      : (json_int_t)d.count,
			     "row %zu", i);
	}
	json_decref(wanted);
}

/* The addresses around it are in the session's event and on the page. */
Test(wrapped, the_outer_addresses_are_kept)
{
	static const struct wrap_case vxlan = {
		"VXLAN in GRE",
		1,
		{ "tcp", "ip4 6", "02 00 00 00 00 01 02 00 00 00 00 02 0800", "08000000 00000100",
		  "udp 4789", "ip6 17", "0000 86dd", "ip4 47",
		  "02 00 00 00 00 01 02 00 00 00 00 02 0800", NULL },
		0,
		NULL
	};
	static struct dialogue d;
	char path[512];
	struct run run;
	json_t *events, *tunnels;

	dialogue_read(&d);
	path_join(path, sizeof(path), scratch, "wrapped.pcap");
	write_dialogue(path, &d, &vxlan, DO_NOTHING);
	run_relaywatch(&run, (const char *const[]){ "read", "--json=session", path, NULL });
	events = events_parse(run.out);
	tunnels = event_get(json_array_get(events, 0), "relaywatch.tunnels");
	cr_assert_eq(json_array_size(tunnels), 2);
	cr_expect_str_eq(event_text(json_array_get(tunnels, 0), "type"), "gre");
	cr_expect_str_eq(event_text(json_array_get(tunnels, 0), "source.ip"), "198.51.100.1");
	cr_expect_str_eq(event_text(json_array_get(tunnels, 0), "destination.ip"), "198.51.100.2");
	cr_expect_str_eq(event_text(json_array_get(tunnels, 1), "type"), "vxlan");
	cr_expect_str_eq(event_text(json_array_get(tunnels, 1), "source.ip"), "2001:db8:1::1");
	cr_expect_str_eq(event_text(json_array_get(events, 0), "source.ip"), "192.0.2.1");
	json_decref(events);
	run_clear(&run);
	run_relaywatch(&run, (const char *const[]){ "read", path, NULL });
	cr_expect_not_null(
	    strstr(run.out, "gre between 198.51.100.1 and 198.51.100.2, 1 session\n"), "%s",
	    run.out);
	run_clear(&run);
}
