/*
 * detectors - what a fact costs the detectors in time, and a pair and a server in memory
 *
 * In:      nothing, or a number of facts: only these are timed, for a profiler.
 * Out:     CPU nanoseconds a fact at 1e3, 1e5, 1e6 and 1e7 facts, and their ratios; bytes a pair and a
 *          server, as the budget counts them and as malloc does.
 * Limits:  the detectors' share of the default memory_limit; at 1e7 facts they forget.
 * Errors:  exit 1 without memory.
 *
 * Seven in ten facts are strangers' mail, to domains of the server and of others; the rest are
 * sessions, answers of the name service, failed logins, and mail that leaves a relay. Clients and
 * servers are drawn from numbers that grow with the facts. Making the facts is timed apart, and
 * not counted.
 */
#include "detectors/detectors.h"
#include "core/hash.h"
#include "core/time_text.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHARE_BYTES ((size_t)192 << 20)
#define START_NS (INT64_C(1750000000) * NS_PER_SECOND)
#define STEP_NS (20 * NS_PER_MS)
#define TICK_FACTS 50
#define FOREIGN_DOMAINS 5000
#define CLIENTS_LEAST 100
#define FACTS_PER_CLIENT 8
#define FACTS_PER_SERVER 500
#define SMALL_RUNS 200

/* The fact at hand, and what it points to. */
struct maker {
	uint64_t seed;
	uint32_t clients, servers;
	uint64_t number;
	struct fact fact;
	struct fact_recipient recipient;
	struct fact_dns_answer answer;
	char address[64], domain[32], message_id[32];
};

static void fail(const char *what)
{
	(void)fprintf(stderr, "detectors: %s\n", what);
	exit(1);
}

static double cpu_s(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A number below most that the fact's own number decides (splitmix64). */
static uint32_t draw(struct maker *m, uint32_t most)
{
	uint64_t z = (m->seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z >> 32) % most);
}

static struct ip_address address_of(uint8_t net, uint32_t number)
{
	const uint8_t bytes[4] = { net, (uint8_t)(number >> 16), (uint8_t)(number >> 8),
				   (uint8_t)number };

	return ip_address_v4(bytes);
}

/* ---- facts */

static struct fact_origin origin_of(struct maker *m, uint32_t client, uint32_t server)
{
	struct fact_origin origin = { .protocol = PROTOCOL_SMTP };

	origin.connection =
	    (struct connection){ .client = address_of(100, client),
				 .server = address_of(10, server),
				 .client_port = (uint16_t)(1024 + m->number % 60000),
				 .server_port = 25,
				 .start_ns = m->fact.time_ns,
				 .start_at = m->fact.at };
	origin.helo = span_text("client.example");
	origin.banner = span_text("mx.example.com ESMTP");
	(void)snprintf(origin.session, sizeof(origin.session), "%016" PRIx64, m->number);
	return origin;
}

static void begin(struct maker *m, enum fact_kind kind)
{
	m->number++;
	m->fact.kind = kind;
	m->fact.time_ns = START_NS + (int64_t)m->number * STEP_NS;
	m->fact.at = (struct frame_id){ .frame = m->number };
}

/* One message for one recipient. */
static struct fact_transaction *make_mail(struct maker *m, uint32_t client, uint32_t server,
					  bool foreign, bool taken)
{
	struct fact_transaction *t = &m->fact.as.transaction;
	uint32_t user = draw(m, 1000);

	begin(m, FACT_TRANSACTION);
	(void)snprintf(m->domain, sizeof(m->domain), foreign ? "d%u.test" : "example.com",
		       draw(m, FOREIGN_DOMAINS));
	(void)snprintf(m->address, sizeof(m->address), "user%u@%s", user, m->domain);
	(void)snprintf(m->message_id, sizeof(m->message_id), "%" PRIu64 "@x.test", m->number);
	m->recipient = (struct fact_recipient){
		.address = span_text(m->address),
		.canonical = span_text(m->address),
		.domain = span_text(m->domain),
		.outer_domain = span_text(m->domain),
		.verdict = taken ? RECIPIENT_ACCEPTED : RECIPIENT_DENIED_RELAY,
		.reply = { .code = taken ? 250 : 554,
			   .reply_class = taken ? REPLY_POSITIVE : REPLY_RELAY_DENIED,
			   .text = span_text(taken ? "2.1.5 Ok" : "5.7.1 Relay access denied") },
		.time_ns = m->fact.time_ns,
		.at = m->fact.at,
	};
	*t = (struct fact_transaction){ .origin = origin_of(m, client, server),
					.index = 1,
					.mail_from_seen = true,
					.mail_from = span_text("sender@sender.test"),
					.recipients = &m->recipient,
					.recipient_count = 1,
					.recipients_total = 1,
					.last = true,
					.message_id = span_text(m->message_id),
					.header_complete = taken,
					.body_bytes = 1000 + m->number % 5000,
					.body_digest_known = taken,
					.data_invited = taken,
					.complete = taken,
					.outcome = taken ? OUTCOME_ACCEPTED : OUTCOME_REJECTED,
					.start_ns = m->fact.time_ns,
					.end_ns = m->fact.time_ns,
					.start_at = m->fact.at,
					.end_at = m->fact.at };
	t->body_size_bytes = t->body_bytes;
	memcpy(t->body_digest, &m->number, sizeof(m->number));
	t->answer = m->recipient.reply;
	return t;
}

/* The message made last leaves the server for the outside. */
static void make_onward(struct maker *m)
{
	struct fact_transaction *t = &m->fact.as.transaction;
	struct connection *c = &t->origin.connection;

	m->fact.time_ns += NS_PER_SECOND;
	c->client = c->server;
	c->server = address_of(172, draw(m, FOREIGN_DOMAINS));
	t->end_ns = m->fact.time_ns;
}

static void make_session(struct maker *m, uint32_t client, uint32_t server)
{
	begin(m, FACT_SESSION);
	m->fact.as.session = (struct fact_session){ .origin = origin_of(m, client, server),
						    .end = CLOSE_FIN,
						    .start_ns = m->fact.time_ns,
						    .end_ns = m->fact.time_ns,
						    .bytes = { 500, 500 } };
}

static void make_auth(struct maker *m, uint32_t client, uint32_t server)
{
	begin(m, FACT_AUTH);
	m->fact.as.auth = (struct fact_auth){ .origin = origin_of(m, client, server),
					      .mechanism = span_text("PLAIN"),
					      .user = span_text("info"),
					      .result = AUTH_FAILED,
					      .reply = { .code = 535 } };
}

static void make_dns(struct maker *m, uint32_t server)
{
	begin(m, FACT_DNS);
	(void)snprintf(m->domain, sizeof(m->domain), "d%u.test", draw(m, FOREIGN_DOMAINS));
	(void)snprintf(m->address, sizeof(m->address), "mx.%s", m->domain);
	m->answer = (struct fact_dns_answer){ .type = DNS_MX,
					      .owner = span_text(m->domain),
					      .preference = 10,
					      .exchange = span_text(m->address),
					      .ttl_s = 300 };
	m->fact.as.dns = (struct fact_dns){ .client = address_of(10, server),
					    .resolver = address_of(10, 1 << 20),
					    .name = span_text(m->domain),
					    .type = DNS_MX,
					    .answers = &m->answer,
					    .answer_count = 1 };
}

/* The next of the mix; true: the message is one that leaves the server next. */
static bool make_next(struct maker *m)
{
	uint32_t client = draw(m, m->clients), server = draw(m, m->servers), kind = draw(m, 100);

	if (kind < 50)
		(void)make_mail(m, client, server, false, true);
	else if (kind < 65)
		(void)make_mail(m, client, server, true, false);
	else if (kind < 70)
		(void)make_mail(m, client, server, true, true);
	else if (kind < 85)
		make_session(m, client, server);
	else if (kind < 90)
		make_auth(m, client, server);
	else
		make_dns(m, server);
	return kind >= 65 && kind < 70;
}

/* ---- runs */

struct bench {
	struct site *site;
	struct budget budget;
	struct detectors *detectors;
};

static void no_alert(void *ctx, const struct alert *alert)
{
	(void)ctx;
	(void)alert;
}

static void no_finding(void *ctx, const struct finding *finding)
{
	(void)ctx;
	(void)finding;
}

static void no_server(void *ctx, const struct server_report *server)
{
	(void)ctx;
	(void)server;
}

static void bench_begin(struct bench *b)
{
	static const struct finding_sink sink = { .alert = no_alert,
						  .finding = no_finding,
						  .server = no_server };
	const struct detectors_options options = { .key = hash_key_fixed(),
						   .alert_severity = SEVERITY_MEDIUM };

	budget_init(&b->budget, SHARE_BYTES);
	if (site_new(&b->site) != RESULT_OK ||
	    site_add_domain(b->site, SITE_LOCAL_DOMAIN, "example.com") != RESULT_OK ||
	    site_add_network(b->site, SITE_LOCAL_NET, "10.0.0.0/8") != RESULT_OK ||
	    detectors_new(&b->detectors, &options, b->site, &b->budget, &sink) != RESULT_OK)
		fail("no memory");
}

static void bench_end(struct bench *b)
{
	detectors_free(&b->detectors);
	site_free(&b->site);
}

/* detectors NULL: the facts are made only. */
static void feed(struct detectors *detectors, struct maker *m)
{
	if (detectors == NULL)
		return;
	if (m->number % TICK_FACTS == 0)
		detectors_tick(detectors, m->fact.time_ns);
	detectors_fact(detectors, &m->fact);
}

/* So many facts; the seconds that it took. */
static double play(struct detectors *detectors, uint64_t facts)
{
	struct maker m = { .clients = CLIENTS_LEAST + (uint32_t)(facts / FACTS_PER_CLIENT),
			   .servers = 1 + (uint32_t)(facts / FACTS_PER_SERVER) };
	double start = cpu_s();

	while (m.number < facts) {
		bool leaves = make_next(&m);

		feed(detectors, &m);
		if (!leaves)
			continue;
		make_onward(&m);
		feed(detectors, &m);
	}
	return cpu_s() - start;
}

/* Nanoseconds a fact, of the fastest of some runs; and that of what is said at the end. */
static double time_facts(uint64_t facts, int runs)
{
	double best = 1e9, making = 1e9, end_best = 1e9;
	struct detectors_stats stats = { 0 };

	for (int i = 0; i < runs; i++) {
		struct bench b = { 0 };
		double took, alone = play(NULL, facts);

		bench_begin(&b);
		took = play(b.detectors, facts);
		detectors_stats_get(b.detectors, &stats);
		best = took < best ? took : best;
		making = alone < making ? alone : making;
		took = cpu_s();
		detectors_finish(b.detectors);
		took = cpu_s() - took;
		end_best = took < end_best ? took : end_best;
		bench_end(&b);
	}
	best = (best - making) * 1e9 / (double)facts;
	printf("  %8" PRIu64 " facts  %6.0f ns of CPU each; %" PRIu64 " pairs kept, %" PRIu64
	       " forgotten; the end took %.0f ns a pair\n",
	       facts, best, stats.pairs, stats.forgotten_pairs,
	       stats.pairs == 0 ? 0 : end_best * 1e9 / (double)stats.pairs);
	return best;
}

/* ---- memory */

struct bytes {
	double budget, heap;
};

static struct bytes bytes_of(const struct bench *b)
{
	struct mallinfo2 info = mallinfo2();

	return (struct bytes){ (double)b->budget.used_bytes,
			       (double)(info.uordblks + info.hblkhd) };
}

/* What count pairs, of one client each, take; of servers servers, all or none of them abused. */
static struct bytes weigh(uint32_t count, uint32_t servers, bool foreign, bool taken)
{
	struct bench b = { 0 };
	struct maker m = { .clients = 1, .servers = 1 };
	struct bytes before, after;

	bench_begin(&b);
	(void)make_mail(&m, 1 << 22, 1 << 22, foreign, taken);
	feed(b.detectors, &m);
	before = bytes_of(&b);
	for (uint32_t i = 0; i < count; i++) {
		(void)make_mail(&m, i, i % servers, foreign, taken);
		feed(b.detectors, &m);
	}
	after = bytes_of(&b);
	bench_end(&b);
	return (struct bytes){ (after.budget - before.budget) / count,
			       (after.heap - before.heap) / count };
}

static void show(const char *what, struct bytes bytes)
{
	printf("  %-48s %6.0f by the budget, %6.0f by malloc\n", what, bytes.budget, bytes.heap);
}

static void show_memory(void)
{
	enum { MANY = 20000 };
	struct bytes pair = weigh(MANY, 1, false, true);
	struct bytes server = weigh(MANY, MANY, false, true);

	printf("memory, in bytes:\n");
	show("a pair with harmless mail", pair);
	show("a pair that was denied relaying", weigh(MANY, 1, true, false));
	show("a pair that relayed", weigh(MANY, 1, true, true));
	show("a server", (struct bytes){ server.budget - pair.budget, server.heap - pair.heap });
}

int main(int argc, char **argv)
{
	double small, middle, full, large;

	if (argc > 1) {
		(void)time_facts(strtoull(argv[1], NULL, 10), 1);
		return 0;
	}
	printf("time, in a mix of facts:\n");
	small = time_facts(1000, SMALL_RUNS);
	middle = time_facts(100000, 5);
	full = time_facts(1000000, 2);
	large = time_facts(10000000, 1);
	printf(
	    "  1e5 facts cost %.2f times what 1e3 do, 1e7 %.2f times, and %.2f times what 1e6 do\n",
	    middle / small, large / small, large / full);
	show_memory();
	return 0;
}
