#include "protocols/dns.h"

#include "protocols/dns_message.h"
#include "protocols/recent.h"

#include <stdlib.h>
#include <string.h>

/* RFC 1035, 4.1.1 */
#define RCODE_OK 0
#define RCODE_NO_SUCH_NAME 3

struct dns {
	struct dns_env env;
	struct recent *queries;
	struct recent *mail_names;   /* exchanges, and domains that are their own */
	struct dns_records *records; /* of the answer under way */
};

static enum result take_records(struct dns *dns)
{
	if (budget_take(dns->env.budget, sizeof(*dns->records)) != RESULT_OK)
		return RESULT_LIMIT;
	dns->records = malloc(sizeof(*dns->records));
	if (dns->records != NULL)
		return RESULT_OK;
	budget_give(dns->env.budget, sizeof(*dns->records));
	return RESULT_FAILED;
}

/* Begin, with all memory that will ever be needed. */
enum result dns_new(struct dns **out, const struct dns_env *env)
{
	struct dns *dns = calloc(1, sizeof(*dns));
	enum result r;

	if (dns == NULL)
		return RESULT_FAILED;
	dns->env = *env;
	r = recent_new(&dns->queries, DNS_QUERIES_MAX, env->budget);
	if (r == RESULT_OK)
		r = recent_new(&dns->mail_names, DNS_MAIL_NAMES_MAX, env->budget);
	if (r == RESULT_OK)
		r = take_records(dns);
	if (r != RESULT_OK) {
		dns_free(&dns);
		return r;
	}
	*out = dns;
	return RESULT_OK;
}

/* Free it. */
void dns_free(struct dns **dns)
{
	if (*dns == NULL)
		return;
	recent_free(&(*dns)->queries);
	recent_free(&(*dns)->mail_names);
	if ((*dns)->records != NULL)
		budget_give((*dns)->env.budget, sizeof(*(*dns)->records));
	free((*dns)->records);
	free(*dns);
	*dns = NULL;
}

static uint64_t name_fingerprint(const struct dns *dns, struct span name)
{
	return hash_span(&dns->env.key, name);
}

static size_t put(uint8_t *place, const void *bytes, size_t length_bytes)
{
	memcpy(place, bytes, length_bytes);
	return length_bytes;
}

/* All by which a resolver knows its answer (RFC 5452, 9.1). */
static uint64_t query_fingerprint(const struct dns *dns, enum dns_transport transport,
				  const struct datagram *datagram, const struct dns_question *q)
{
	const struct ip_address *client = q->is_answer ? &datagram->destination : &datagram->source;
	const struct ip_address *resolver = q->is_answer ? &datagram->source
							 : &datagram->destination;
	uint16_t port = q->is_answer ? datagram->destination_port : datagram->source_port;
	const uint8_t kinds[] = { (uint8_t)q->type, (uint8_t)transport };
	uint8_t bytes[2 * 17 + 2 + 2 + sizeof(kinds) + DNS_NAME_MAX];
	size_t n = 0;

	n += put(bytes + n, client->bytes, sizeof(client->bytes));
	n += put(bytes + n, &client->family, sizeof(client->family));
	n += put(bytes + n, resolver->bytes, sizeof(resolver->bytes));
	n += put(bytes + n, &resolver->family, sizeof(resolver->family));
	n += put(bytes + n, &port, sizeof(port));
	n += put(bytes + n, &q->id, sizeof(q->id));
	n += put(bytes + n, kinds, sizeof(kinds));
	n += put(bytes + n, q->name, q->name_length);
	return hash_bytes(&dns->env.key, bytes, n);
}

/* Only questions about where mail goes are of interest. */
static bool is_about_mail(const struct dns *dns, const struct dns_question *question)
{
	struct span name = span_of(question->name, question->name_length);
	int64_t seen_ns;

	return question->type == DNS_MX ||
	       recent_find(dns->mail_names, name_fingerprint(dns, name), &seen_ns);
}

/* The exchanges of an answer, or the domain itself where it has none. */
static void remember_mail_names(struct dns *dns, const struct dns_question *question,
				int64_t time_ns)
{
	const struct dns_records *records = dns->records;
	struct span asked = span_of(question->name, question->name_length);
	uint32_t exchanges = 0;

	for (uint32_t i = 0; i < records->answer_count; i++) {
		const struct fact_dns_answer *answer = &records->answers[i];

		if (answer->type != DNS_MX)
			continue;
		exchanges++;
		if (answer->exchange.length > 0)
			recent_put(dns->mail_names, name_fingerprint(dns, answer->exchange),
				   time_ns);
	}
	if (exchanges == 0 &&
	    (question->rcode == RCODE_OK || question->rcode == RCODE_NO_SUCH_NAME))
		recent_put(dns->mail_names, name_fingerprint(dns, asked), time_ns);
}

static void tell(struct dns *dns, const struct datagram *datagram,
		 const struct dns_question *question)
{
	struct fact fact = { .kind = FACT_DNS, .time_ns = datagram->time_ns, .at = datagram->at };
	struct fact_dns *out = &fact.as.dns;

	out->client = datagram->destination;
	out->resolver = datagram->source;
	out->name = span_of(question->name, question->name_length);
	out->type = question->type;
	out->rcode = question->rcode;
	out->answers = dns->records->answers;
	out->answer_count = dns->records->answer_count;
	dns->env.stats->dns_answers++;
	dns->env.facts->fact(dns->env.facts->ctx, &fact);
}

/* An answer that matches a question; it takes the question's place away, as for the asker. */
static void take_answer(struct dns *dns, enum dns_transport transport,
			const struct datagram *datagram, const struct dns_question *question)
{
	uint64_t fingerprint = query_fingerprint(dns, transport, datagram, question);
	int64_t asked_ns;
	enum result r;

	if (!recent_find(dns->queries, fingerprint, &asked_ns) ||
	    datagram->time_ns - asked_ns > DNS_QUERY_TIMEOUT_NS) {
		dns->env.stats->dns_unmatched++;
		return;
	}
	r = dns_records_read(datagram->payload, question, dns->records);
	if (r == RESULT_BAD) {
		dns->env.stats->dns_malformed++;
		return;
	}
	recent_remove(dns->queries, fingerprint);
	if (r == RESULT_END || question->truncated)
		return;
	if (question->type == DNS_MX)
		remember_mail_names(dns, question, datagram->time_ns);
	/* That a name has no address of one family says nothing of the other. */
	else if (dns->records->answer_count == 0 && question->rcode == RCODE_OK)
		return;
	tell(dns, datagram, question);
}

/* Take one message. */
void dns_take(struct dns *dns, enum dns_transport transport, const struct datagram *message)
{
	struct dns_question question;
	enum result r = RESULT_BAD;

	if (message->missing_bytes == 0)
		r = dns_question_read(message->payload, &question);
	if (r == RESULT_BAD)
		dns->env.stats->dns_malformed++;
	if (r != RESULT_OK || !is_about_mail(dns, &question))
		return;
	if (!question.is_answer && message->destination_port == DNS_PORT)
		recent_put(dns->queries, query_fingerprint(dns, transport, message, &question),
			   message->time_ns);
	else if (question.is_answer && message->source_port == DNS_PORT)
		take_answer(dns, transport, message, &question);
}
