/*
 * The receiver's truth: random scripts of segments are played into a real TCP, that of this
 * machine's kernel. What its socket reads is what reassembly tells.
 */
#include "reassembly/reassembly.h"
#include "reassembly/tun.h"

#include "core/text.h"
#include "core/time_text.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SCRIPTS 10000
#define SCRIPT_SEGMENTS_MAX 14
#define SERVER_PORT 25
#define RECEIVE_BUFFER_BYTES 4096
#define CLIENT_ISN 0xfffffe00u /* the numbers wrap */
#define GREETING "220 hello\r\n"

struct duel {
	uint64_t seed, random;
	struct tun tun;
	struct reassembly *reassembly;
	struct budget budget;
	int listener, socket;
	uint16_t client_port;
	uint64_t frame;
	int64_t now_ns;
	uint32_t server_isn;
	bool has_timestamps;
	struct text read;   /* by the socket */
	struct text told;   /* by reassembly, to the first hole */
	struct text script; /* for people */
	bool hole, conflict;
	int32_t top; /* of all that was sent */
	int32_t fin; /* the place of a FIN; INT32_MAX: none */
	uint32_t right_sums;
	uint32_t other_versions; /* scripts in which another of two versions won */
};

/* SplitMix64 (Steele, Lea and Flood, 2014). */
static uint32_t below(struct duel *d, uint32_t limit)
{
	uint64_t z = d->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) % limit);
}

static enum first_look on_look(void *ctx, const struct segment *segment)
{
	(void)ctx;
	(void)segment;
	return LOOK_MAIL_PORT;
}

static void *on_open(void *ctx, const struct connection *connection)
{
	(void)ctx;
	if (connection->server_port != SERVER_PORT) /* a SYN-ACK of the client's, after a RST */
		return NULL;
	return (void *)(uintptr_t)connection;
}

static bool on_data(void *ctx, void *session, const struct chunk *chunk)
{
	struct duel *d = ctx;

	(void)session;
	if (chunk->direction == FROM_CLIENT && !d->hole)
		text_add_bytes(&d->told, chunk->bytes.data, chunk->bytes.length);
	return true;
}

static bool on_gap(void *ctx, void *session, const struct gap *gap)
{
	struct duel *d = ctx;

	(void)session;
	if (gap->direction == FROM_CLIENT)
		d->hole = true;
	return true;
}

static void on_close(void *ctx, void *session, const struct conversation_end *end)
{
	struct duel *d = ctx;
	const struct connection *connection = session;

	(void)end;
	d->conflict |= (connection->flags & CONNECTION_OVERLAP_CONFLICT) != 0;
}

static const struct conversation_ops ops = {
	.look = on_look, .open = on_open, .data = on_data, .gap = on_gap, .close = on_close
};

/* Both the kernel and reassembly see a packet; the kernel's answers are seen by reassembly. */
static void see(struct duel *d, struct segment *s)
{
	s->time_ns = d->now_ns;
	s->at.frame = ++d->frame;
	reassembly_segment(d->reassembly, s);
	d->now_ns += NS_PER_MS;
}

static void hear(struct duel *d)
{
	struct segment answer;

	while (tun_receive(&d->tun, &answer)) {
		if (answer.destination_port != d->client_port)
			continue;
		if ((answer.flags & TCP_SYN) != 0)
			d->server_isn = answer.sequence;
		text_addf(&d->script, "   S flags %x at %d length %zu ack %d window %u\n",
			  answer.flags, (int)(answer.sequence - d->server_isn - 1),
			  answer.payload.length, (int)(answer.acknowledgement - CLIENT_ISN - 1),
			  answer.window);
		see(d, &answer);
	}
}

/* The socket reads whatever is there. */
static void drain(struct duel *d)
{
	uint8_t bytes[4096];
	int on = 1;
	ssize_t n;

	if (d->socket < 0)
		return;
	while ((n = recv(d->socket, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		text_add_bytes(&d->read, bytes, (size_t)n);
	(void)setsockopt(d->socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

struct shot {
	uint8_t flags;
	int32_t at, ack;
	uint32_t length, version, timestamp;
	uint16_t urgent;
	bool wrong_sum;
};

static void shoot(struct duel *d, const struct shot *shot)
{
	uint8_t bytes[1024];
	struct segment s = { .source = tun_client(),
			     .destination = tun_server(),
			     .source_port = d->client_port,
			     .destination_port = SERVER_PORT,
			     .sequence = CLIENT_ISN + 1 + (uint32_t)shot->at,
			     .acknowledgement = d->server_isn + 1 + (uint32_t)shot->ack,
			     .window = 60000,
			     .urgent_pointer = shot->urgent,
			     .flags = shot->flags,
			     .ttl = 64,
			     .window_scale = -1,
			     .has_timestamps = d->has_timestamps,
			     .timestamp_value = shot->timestamp,
			     .payload = span_of(bytes, shot->length) };

	for (uint32_t i = 0; i < shot->length; i++) {
		uint32_t place = (uint32_t)shot->at + i;

		bytes[i] = (uint8_t)((shot->version == 0 ? 'a' : 'A') + place % 26);
	}
	if ((s.flags & TCP_ACK) == 0)
		s.acknowledgement = 0;
	text_addf(&d->script, "C flags %x at %d length %u ack %d version %u stamp %u%s\n", s.flags,
		  shot->at, shot->length, shot->ack, shot->version, shot->timestamp,
		  shot->wrong_sum ? " wrong sum" : "");
	tun_send(&d->tun, &s, shot->wrong_sum);
	see(d, &s);
	hear(d);
	drain(d);
	hear(d);
}

/* A step away from what is plain. */
static void twist(struct duel *d, struct shot *shot)
{
	switch (below(d, 12)) {
	case 0: /* behind all that was sent: what a kernel makes of data behind a FIN is its affair */
		if (shot->at + (int32_t)shot->length < d->top || d->fin != INT32_MAX)
			break;
		shot->flags |= TCP_FIN;
		d->fin = shot->at + (int32_t)shot->length;
		break;
	case 1:
		shot->flags |= TCP_RST;
		shot->length = 0;
		break;
	case 2:
		shot->flags |= TCP_SYN;
		break;
	case 3:
		shot->flags = 0;
		break;
	case 4:
		shot->ack += 5000;
		break;
	case 5:
		shot->ack -= 100000;
		break;
	case 6:
		shot->timestamp = 10;
		break;
	case 7:
		shot->wrong_sum = d->right_sums >= 2; /* it means something only then */
		break;
	case 8: /* about the edge of the window */
		shot->at += RECEIVE_BUFFER_BYTES / 2 + (int32_t)below(d, RECEIVE_BUFFER_BYTES);
		break;
	case 9:
		if (d->told.length == 0) /* without data it begins no flow */
			break;
		shot->flags |= TCP_URG;
		shot->urgent = (uint16_t)(1 + below(d, shot->length + 1));
		break;
	case 10:
		shot->at -= (int32_t)below(d, 400);
		break;
	default:
		shot->flags |= TCP_PSH;
	}
}

static void play(struct duel *d)
{
	uint32_t count = 1 + below(d, SCRIPT_SEGMENTS_MAX);
	struct shot shot = { .flags = TCP_SYN, .at = -1, .ack = -1, .timestamp = 1000 };
	int32_t ack = 0;

	shoot(d, &shot);
	shot = (struct shot){ .flags = TCP_ACK, .timestamp = 1001 };
	shoot(d, &shot);
	d->socket = accept(d->listener, NULL, NULL);
	cr_assert_geq(d->socket, 0, "seed %lu: %s", d->seed, strerror(errno));
	if (below(d, 2) == 0) {
		cr_assert_eq(send(d->socket, GREETING, sizeof(GREETING) - 1, 0),
			     (ssize_t)sizeof(GREETING) - 1);
		hear(d);
		ack = sizeof(GREETING) - 1;
	}
	for (uint32_t i = 0; i < count; i++) {
		int32_t reach = (int32_t)d->read.length;

		shot = (struct shot){ .flags = TCP_ACK,
				      .at = reach - 20 + (int32_t)below(d, 60),
				      .ack = ack,
				      .length = below(d, 40),
				      .version = below(d, 2),
				      .timestamp = 1002 + i };
		if (below(d, 2) == 0)
			shot.at = reach;
		if (below(d, 3) == 0)
			twist(d, &shot);
		if (shot.at > d->fin)
			shot.at = d->fin;
		if (shot.at + (int32_t)shot.length > d->fin)
			shot.length = (uint32_t)(d->fin - shot.at);
		if (shot.at + (int32_t)shot.length > d->top)
			d->top = shot.at + (int32_t)shot.length;
		shoot(d, &shot);
		d->right_sums += !shot.wrong_sum && d->told.length > 0;
	}
}

static void begin(struct duel *d, uint64_t seed)
{
	struct reassembly_options options = { .key = hash_key_fixed(),
					      .handshakes_max = 64,
					      .contacts_max = 64 };

	d->seed = d->random = seed;
	d->client_port = (uint16_t)(10000 + seed % 50000);
	d->now_ns = INT64_C(1700000000) * NS_PER_SECOND;
	d->has_timestamps = below(d, 2) == 0;
	d->socket = -1;
	d->hole = d->conflict = false;
	d->top = 0;
	d->fin = INT32_MAX;
	d->right_sums = 0;
	text_init(&d->read, 1u << 20);
	text_init(&d->told, 1u << 20);
	text_init(&d->script, 1u << 20);
	budget_init(&d->budget, 1u << 20);
	cr_assert_eq(reassembly_new(&d->reassembly, &options, &d->budget, &ops, d), RESULT_OK);
}

static void end(struct duel *d)
{
	struct linger at_once = { .l_onoff = 1 };

	(void)setsockopt(d->socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	(void)close(d->socket);
	reassembly_free(&d->reassembly);
	text_clear(&d->read);
	text_clear(&d->told);
	text_clear(&d->script);
	while (tun_receive(&d->tun, &(struct segment){ 0 }))
		;
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int size = RECEIVE_BUFFER_BYTES;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 8), 0);
	return fd;
}

/*
 * Linux joins segments that meet, where their memory allows it, and of three that overlap another
 * one may win then. That the session is flagged is what can be asked for.
 */
static void check(struct duel *d)
{
	const char *told = text_get(&d->told), *read = text_get(&d->read);

	if (d->conflict && strcmp(told, read) != 0 && strcasecmp(told, read) == 0) {
		d->other_versions++;
		return;
	}
	cr_expect_str_eq(told, read, "seed %lu\ntold: %s\nread: %s\n%s", d->seed, told, read,
			 text_get(&d->script));
}

Test(receiver, tells_what_a_socket_reads)
{
	struct duel d = { 0 };

	if (!tun_open(&d.tun))
		cr_skip_test("no TUN device");
	d.listener = listen_on(SERVER_PORT);
	for (uint64_t seed = 1; seed <= SCRIPTS; seed++) {
		begin(&d, seed);
		play(&d);
		reassembly_finish(d.reassembly);
		check(&d);
		end(&d);
	}
	(void)close(d.listener);
	tun_close(&d.tun);
	cr_expect_leq(d.other_versions, SCRIPTS / 200, "%u of %d", d.other_versions, SCRIPTS);
}
