#include "names.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET_BYTES (4 << 20)

static void add_name(struct text *out, const char *before, struct span name)
{
	text_add(out, before);
	text_add(out, name.length == 0 ? "." : "");
	text_add_printable(out, name);
}

/* Write a fact as a line. */
void names_fact(void *ctx, const struct fact *fact)
{
	const struct fact_dns *dns = &fact->as.dns;
	struct text *out = ctx;
	char address[IP_TEXT_MAX];

	cr_assert_eq(fact->kind, FACT_DNS);
	text_addf(out, "%s asked %s", ip_address_format(&dns->client, address),
		  dns_type_word(dns->type));
	add_name(out, " ", dns->name);
	if (dns->rcode != 0)
		text_addf(out, " rcode=%u", dns->rcode);
	for (uint32_t i = 0; i < dns->answer_count; i++) {
		const struct fact_dns_answer *a = &dns->answers[i];

		add_name(out, ", ", a->owner);
		text_addf(out, " %s ", dns_type_word(a->type));
		if (a->type != DNS_MX) {
			text_add(out, ip_address_format(&a->address, address));
			continue;
		}
		text_addf(out, "%u", a->preference);
		add_name(out, " ", a->exchange);
	}
	text_add(out, "\n");
}

/* Hand over one datagram from memory of exactly its size. */
void names_send(struct dns *dns, const struct sent *sent)
{
	const uint8_t client[4] = { 192, 0, 2, 25 };
	const uint8_t resolver[4] = { 192, 0, 2, sent->resolver == 0 ? 53 : sent->resolver };
	bool is_answer = (sent->flags & 0x8000) != 0;
	uint16_t port = sent->port == 0 ? CLIENT_PORT : sent->port;
	size_t length = 4 + sent->body.length;
	uint8_t *bytes = malloc(length);
	struct datagram datagram = {
		.time_ns = INT64_C(1700000000) * NS_PER_SECOND + sent->after_s * NS_PER_SECOND,
		.source = ip_address_v4(is_answer ? resolver : client),
		.destination = ip_address_v4(is_answer ? client : resolver),
		.source_port = is_answer || sent->from_port_53 ? DNS_PORT : port,
		.destination_port = is_answer || sent->from_port_53 ? port : DNS_PORT,
		.missing_bytes = sent->missing_bytes,
	};

	bytes[0] = (uint8_t)(sent->id >> 8);
	bytes[1] = (uint8_t)sent->id;
	bytes[2] = (uint8_t)(sent->flags >> 8);
	bytes[3] = (uint8_t)sent->flags;
	memcpy(bytes + 4, sent->body.bytes, sent->body.length);
	datagram.payload = span_of(bytes, length);
	dns_take(dns, DNS_OVER_UDP, &datagram);
	free(bytes);
}

/* Run a scene and compare. */
void names_check(const struct scene *scene)
{
	struct protocols_stats stats = { 0 };
	struct text out;
	const struct fact_sink facts = { .fact = names_fact, .ctx = &out };
	struct budget budget;
	struct dns_env env = {
		.key = hash_key_fixed(), .budget = &budget, .facts = &facts, .stats = &stats
	};
	struct dns *dns = NULL;

	text_init(&out, 65536);
	budget_init(&budget, BUDGET_BYTES);
	cr_assert_eq(dns_new(&dns, &env), RESULT_OK);
	for (size_t i = 0; i < DATAGRAMS_MAX && scene->sent[i].body.length > 0; i++)
		names_send(dns, &scene->sent[i]);
	cr_expect_str_eq(text_get(&out), scene->facts, "%s:\n%swanted:\n%s", scene->name,
			 text_get(&out), scene->facts);
	cr_expect_eq(stats.dns_unmatched, scene->unmatched, "%s: %llu unmatched", scene->name,
		     (unsigned long long)stats.dns_unmatched);
	cr_expect_eq(stats.dns_malformed, scene->malformed, "%s: %llu malformed", scene->name,
		     (unsigned long long)stats.dns_malformed);
	dns_free(&dns);
	cr_expect_eq(budget.used_bytes, 0, "%s: memory is charged still", scene->name);
	text_clear(&out);
}
