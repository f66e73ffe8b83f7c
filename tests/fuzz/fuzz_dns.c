/*
 * fuzz_dns - messages of the name service: no fault, and only names in the form that is promised
 *
 * In:      messages, each behind two bytes of length. Every one is handed over as a question and
 *          as an answer, so that answers match: by UDP, then as two streams, whole and byte by
 *          byte, which must tell the same.
 */
#include "core/cursor.h"
#include "protocols/dns_stream.h"

#include <stdlib.h>
#include <string.h>

/* Lower case, printable, no dot at the end. */
static void check_name(struct span name)
{
	for (size_t i = 0; i < name.length; i++)
		if (name.data[i] <= ' ' || name.data[i] > '~' ||
		    name.data[i] != ascii_lower(name.data[i]))
			abort();
	if (name.length > 0 && name.data[name.length - 1] == '.' &&
	    (name.length < 2 || name.data[name.length - 2] != '\\'))
		abort();
}

static void check_fact(void *ctx, const struct fact *fact)
{
	const struct fact_dns *dns = &fact->as.dns;
	uint64_t *count = ctx;

	*count += 1 + dns->answer_count;
	if (fact->kind != FACT_DNS)
		abort();
	check_name(dns->name);
	for (uint32_t i = 0; i < dns->answer_count; i++) {
		const struct fact_dns_answer *a = &dns->answers[i];

		check_name(a->owner);
		check_name(a->exchange);
		if (a->type != DNS_MX && a->address.family == 0)
			abort();
	}
}

static void send(struct dns *dns, struct span bytes, bool as_answer, int64_t time_ns)
{
	uint8_t *copy = malloc(bytes.length + 1);
	struct datagram datagram = { .time_ns = time_ns,
				     .source_port = as_answer ? DNS_PORT : 40000,
				     .destination_port = as_answer ? 40000 : DNS_PORT };

	if (copy == NULL)
		abort();
	if (bytes.length > 0)
		memcpy(copy, bytes.data, bytes.length);
	if (bytes.length > 2)
		copy[2] = as_answer ? copy[2] | 0x80 : copy[2] & 0x7f;
	datagram.payload = span_of(copy, bytes.length);
	dns_take(dns, DNS_OVER_UDP, &datagram);
	free(copy);
}

/* Say bytes of one side, each piece from memory of exactly its size; false: it is over. */
static bool say(struct dns_stream *stream, struct dns *dns, enum direction direction,
		struct span bytes, bool split)
{
	bool wanted = true;

	while (wanted && bytes.length > 0) {
		size_t n = split ? 1 : bytes.length;
		uint8_t *copy = malloc(n);
		const struct chunk chunk = { .direction = direction,
					     .time_ns = 1,
					     .bytes = span_of(copy, n) };

		if (copy == NULL)
			abort();
		memcpy(copy, bytes.data, n);
		wanted = dns_stream_data(stream, dns, &chunk);
		free(copy);
		bytes = span_part(bytes, n, SIZE_MAX);
	}
	return wanted;
}

/* The input as a connection: the client sends it as it stands, the server likewise. */
static void converse(struct dns *dns, struct budget *budget, struct protocols_stats *stats,
		     struct span input, bool split)
{
	const struct connection connection = { .client_port = 40000, .server_port = DNS_PORT };
	struct dns_stream *stream = NULL;
	struct span half = span_part(input, 0, input.length / 2);
	struct gap gap = { .direction = FROM_SERVER, .length_bytes = input.length % 600 };

	(void)dns_stream_begins(input, FROM_SERVER);
	if (dns_stream_new(&stream, &connection, budget, stats) != RESULT_OK)
		abort();
	(void)say(stream, dns, FROM_CLIENT, input, split);
	(void)say(stream, dns, FROM_SERVER, input, split);
	(void)say(stream, dns, FROM_SERVER, half, split);
	if (dns_stream_gap(stream, &gap))
		(void)say(stream, dns, FROM_SERVER, input, split);
	dns_stream_free(&stream);
}

/* Everything by UDP. */
static void send_all(struct dns *dns, struct span input)
{
	struct cursor in = cursor_of(input);

	for (int64_t now = 1; cursor_left(&in) >= 2; now++) {
		size_t length = cursor_be16(&in);
		struct span bytes;

		if (length > cursor_left(&in))
			length = cursor_left(&in);
		bytes = cursor_take(&in, length);
		send(dns, bytes, false, now);
		send(dns, bytes, true, now);
	}
}

enum way { WAY_UDP, WAY_TCP, WAY_TCP_SPLIT };

/* One run; how much was told. */
static uint64_t run(struct span input, enum way way)
{
	uint64_t told = 0;
	const struct fact_sink sink = { .fact = check_fact, .ctx = &told };
	struct protocols_stats stats = { 0 };
	struct budget budget;
	struct dns_env env = {
		.key = hash_key_fixed(), .budget = &budget, .facts = &sink, .stats = &stats
	};
	struct dns *dns = NULL;

	budget_init(&budget, 4 << 20);
	if (dns_new(&dns, &env) != RESULT_OK)
		abort();
	if (way == WAY_UDP)
		send_all(dns, input);
	else
		converse(dns, &budget, &stats, input, way == WAY_TCP_SPLIT);
	dns_free(&dns);
	if (budget.used_bytes != 0)
		abort();
	return told + stats.dns_unmatched + stats.dns_malformed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span input = span_of(data, size);

	(void)run(input, WAY_UDP);
	if (run(input, WAY_TCP) != run(input, WAY_TCP_SPLIT))
		abort();
	return 0;
}
