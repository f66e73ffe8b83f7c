/*
 * keyed - what an attack on the tables of reassembly costs that knows everything but the seed
 *
 * In:      nothing.
 * Out:     one line a case: nanoseconds a segment, how many times the plain case's.
 *          plain     flows of addresses and ports drawn at random
 *          attack    flows that all fall into one bucket under a key that is not ours
 *          known     the same, and that key is ours: what the seed is worth; no limit
 *          opening   SYNs at random; the attack on them as above
 *          marks     segments of no flow that share the mark of one, which is not keyed: each costs
 *                    a hash more than others of no flow
 * Errors:  exit 1 when an attack costs more than TIMES_MAX times as much as what stands beside it.
 *
 * Each case runs RUNS times, and the fastest run counts, so that a busy machine disturbs little.
 */
#include "core/time_text.h"
#include "reassembly/flow_table.h"
#include "reassembly/reassembly.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FLOWS 4096u         /* as many as buckets: one bucket holds them all, or each holds one */
#define ROUNDS 16u          /* segments of each flow */
#define COLLIDING_BITS 4095 /* of the hash, for the flows */
#define RUNS 5
#define TIMES_MAX 2.0
#define MARKED_TIMES_MAX 10.0
#define MEMORY_BYTES ((size_t)64 << 20)

static const uint8_t said[] = "NOOP\r\n";

static enum first_look on_look(void *ctx, const struct segment *segment)
{
	(void)ctx;
	return segment->payload.data == said ? LOOK_MAIL_PORT : LOOK_NOT_MAIL;
}

static void *on_open(void *ctx, const struct connection *connection)
{
	(void)connection;
	return ctx;
}

static bool on_data(void *ctx, void *session, const struct chunk *chunk)
{
	(void)ctx;
	(void)session;
	(void)chunk;
	return true;
}

static bool on_gap(void *ctx, void *session, const struct gap *gap)
{
	(void)ctx;
	(void)session;
	(void)gap;
	return true;
}

static void on_close(void *ctx, void *session, const struct conversation_end *end)
{
	(void)ctx;
	(void)session;
	(void)end;
}

static bool is_mail_port(uint16_t port)
{
	return port == 25;
}

/* SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* A segment of a client to the one server. */
static struct segment from(uint32_t address, uint16_t port)
{
	const uint8_t client[4] = { (uint8_t)(address >> 24), (uint8_t)(address >> 16),
				    (uint8_t)(address >> 8), (uint8_t)address };
	static const uint8_t server[4] = { 192, 0, 2, 25 };

	return (struct segment){ .time_ns = NS_PER_SECOND,
				 .source = ip_address_v4(client),
				 .destination = ip_address_v4(server),
				 .source_port = port,
				 .destination_port = 25,
				 .flags = TCP_ACK,
				 .window = 65535,
				 .window_scale = -1,
				 .ttl = 64,
				 .payload = { .data = said, .length = sizeof(said) - 1 } };
}

/* Clients at random; key: only those that fall into bucket 0 under it. */
static void draw_clients(struct segment *out, const struct hash_key *key)
{
	uint64_t random = 1;

	for (size_t i = 0; i < FLOWS;) {
		uint64_t r = draw(&random);
		struct segment s = from((uint32_t)r, (uint16_t)(r >> 32 | 1024));
		struct flow_place place;

		if (key != NULL) {
			flow_place_of(key, &s, &place);
			if ((place.hash & COLLIDING_BITS) != 0)
				continue;
		}
		out[i++] = s;
	}
}

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

static struct reassembly *make(const struct hash_key *key, struct budget *budget)
{
	static const struct conversation_ops ops = {
		.look = on_look, .open = on_open, .data = on_data, .gap = on_gap, .close = on_close
	};
	const struct reassembly_options options = { .key = *key, .is_mail_port = is_mail_port };
	struct reassembly *reassembly;

	budget_init(budget, MEMORY_BYTES);
	if (reassembly_new(&reassembly, &options, budget, &ops, budget) == RESULT_OK)
		return reassembly;
	(void)fprintf(stderr, "keyed: no memory\n");
	exit(1);
}

/* Hand all of them over in turn, ROUNDS times; the fastest of the runs, in ns a segment. */
static double run(const struct segment *segments, const struct segment *first,
		  const struct hash_key *key)
{
	double best = 0;

	for (int i = 0; i < RUNS; i++) {
		struct budget budget;
		struct reassembly *r = make(key, &budget);
		int64_t began_ns;
		double each_ns;

		if (first != NULL)
			reassembly_segment(r, first);
		began_ns = now_ns();
		for (uint32_t round = 0; round < ROUNDS; round++)
			for (size_t n = 0; n < FLOWS; n++) {
				struct segment s = segments[n];

				s.sequence += round * (uint32_t)s.payload.length;
				reassembly_segment(r, &s);
			}
		each_ns = (double)(now_ns() - began_ns) / (ROUNDS * FLOWS);
		best = i == 0 || each_ns < best ? each_ns : best;
		reassembly_free(&r);
	}
	return best;
}

/* One line; false: dearer than may be. */
static bool say(const char *name, double each_ns, double plain_ns, double times_max)
{
	double times = each_ns / plain_ns;
	bool good = times_max <= 0 || times <= times_max;

	printf("%-24s %8.0f ns a segment, %6.2f times%s\n", name, each_ns, times,
	       good ? "" : ", too dear");
	return good;
}

static bool try_flows(struct segment *plain, struct segment *evil, const struct hash_key *ours,
		      const struct hash_key *theirs)
{
	double plain_ns = run(plain, NULL, ours);
	bool good = say("plain", plain_ns, plain_ns, 0);

	good = say("attack", run(evil, NULL, ours), plain_ns, TIMES_MAX) && good;
	return say("known", run(evil, NULL, theirs), plain_ns, 0) && good;
}

static bool try_openings(struct segment *plain, struct segment *evil, const struct hash_key *ours)
{
	double plain_ns;

	for (size_t i = 0; i < FLOWS; i++) {
		plain[i].flags = evil[i].flags = TCP_SYN;
		plain[i].payload.length = evil[i].payload.length = 0;
	}
	plain_ns = run(plain, NULL, ours);
	return say("opening, plain", plain_ns, plain_ns, 0) &&
	       say("opening, attack", run(evil, NULL, ours), plain_ns, TIMES_MAX);
}

/* A mark is told by the last bits of the addresses and by the ports: these all have one. */
static bool try_marks(struct segment *plain, struct segment *evil, const struct hash_key *ours)
{
	static const uint8_t other[] = "GET /\n";
	const struct segment first = from(10u << 24, 0);
	double plain_ns;

	for (uint32_t i = 0; i < FLOWS; i++) {
		plain[i] = from(10u << 24 | i, (uint16_t)(i ^ 16384));
		evil[i] = from(10u << 24 | i, (uint16_t)i);
		plain[i].payload.data = evil[i].payload.data = other;
		plain[i].payload.length = evil[i].payload.length = 0;
	}
	evil[0] = evil[1];
	plain_ns = run(plain, &first, ours);
	return say("marks, plain", plain_ns, plain_ns, 0) &&
	       say("marks, attack", run(evil, &first, ours), plain_ns, MARKED_TIMES_MAX);
}

int main(void)
{
	const struct hash_key theirs = hash_key_fixed();
	struct segment *plain = calloc(FLOWS, sizeof(*plain));
	struct segment *evil = calloc(FLOWS, sizeof(*evil));
	struct hash_key ours;
	bool good;

	if (plain == NULL || evil == NULL || hash_key_random(&ours) != RESULT_OK)
		return EXIT_FAILURE;
	draw_clients(plain, NULL);
	draw_clients(evil, &theirs);
	good = try_flows(plain, evil, &ours, &theirs);
	good = try_openings(plain, evil, &ours) && good;
	good = try_marks(plain, evil, &ours) && good;
	free(plain);
	free(evil);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
