/*
 * fuzz_dns - datagrams of the name service: no fault, and only names in the form that is promised
 *
 * In:      datagrams, each behind two bytes of length. Every one is handed over as a question and
 *          as an answer, so that answers match.
 */
#include "core/cursor.h"
#include "protocols/dns.h"

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

	(void)ctx;
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
	dns_datagram(dns, &datagram);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fact_sink sink = { .fact = check_fact };
	struct cursor in = cursor_of(span_of(data, size));
	struct protocols_stats stats = { 0 };
	struct budget budget;
	struct dns_env env = {
		.key = hash_key_fixed(), .budget = &budget, .facts = &sink, .stats = &stats
	};
	struct dns *dns = NULL;

	budget_init(&budget, 4 << 20);
	if (dns_new(&dns, &env) != RESULT_OK)
		abort();
	for (int64_t now = 1; cursor_left(&in) >= 2; now++) {
		size_t length = cursor_be16(&in);
		struct span bytes;

		if (length > cursor_left(&in))
			length = cursor_left(&in);
		bytes = cursor_take(&in, length);
		send(dns, bytes, false, now);
		send(dns, bytes, true, now);
	}
	dns_free(&dns);
	if (budget.used_bytes != 0)
		abort();
	return 0;
}
