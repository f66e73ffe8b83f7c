#include "detectors/rig.h"

#include "core/time_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void on_alert(void *ctx, const struct alert *alert)
{
	struct rig *rig = ctx;

	rig->alerts[alert->action]++;
}

static void on_finding(void *ctx, const struct finding *finding)
{
	struct rig *rig = ctx;

	rig->findings++;
	rig->relays += finding->verdict <= VERDICT_OPEN_RELAY;
	rig->confirmed += finding->verdict == VERDICT_OPEN_RELAY_CONFIRMED;
	if (ip_address_equal(&finding->client, &rig->watched))
		rig->watched_verdict = finding->verdict;
}

static void on_server(void *ctx, const struct server_report *server)
{
	struct rig *rig = ctx;

	rig->servers++;
	rig->open_servers += server->posture == POSTURE_OPEN;
}

void rig_open(struct rig *rig, size_t budget_bytes)
{
	struct finding_sink sink = {
		.alert = on_alert, .finding = on_finding, .server = on_server, .ctx = rig
	};
	struct detectors_options options = { .key = hash_key_fixed(),
					     .alert_severity = SEVERITY_MEDIUM };

	*rig = (struct rig){ .now_ns = RIG_START_NS,
			     .step_ns = NS_PER_MS,
			     .watched_verdict = VERDICT_COUNT };
	budget_init(&rig->budget, budget_bytes);
	cr_assert_eq(site_new(&rig->site), RESULT_OK);
	cr_assert_eq(site_add_domain(rig->site, SITE_LOCAL_DOMAIN, "example.com"), RESULT_OK);
	cr_assert_eq(site_add_network(rig->site, SITE_LOCAL_NET, "192.0.0.0/8"), RESULT_OK);
	cr_assert_eq(detectors_new(&rig->detectors, &options, rig->site, &rig->budget, &sink),
		     RESULT_OK);
}

void rig_close(struct rig *rig)
{
	detectors_free(&rig->detectors);
	site_free(&rig->site);
	cr_assert_eq(rig->budget.used_bytes, 0, "%zu bytes were not given back",
		     rig->budget.used_bytes);
}

struct ip_address rig_address(uint8_t net, uint32_t n)
{
	const uint8_t bytes[4] = { net, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	return ip_address_v4(bytes);
}

static struct fact begin(struct rig *rig, enum fact_kind kind)
{
	rig->now_ns += rig->step_ns;
	return (
	    struct fact){ .kind = kind, .time_ns = rig->now_ns, .at = { .frame = ++rig->frame } };
}

static struct fact_origin origin(const struct fact *fact, const struct ip_address *client,
				 const struct ip_address *server, enum mail_protocol protocol)
{
	struct fact_origin o = { .protocol = protocol };

	(void)snprintf(o.session, sizeof(o.session), "%016llx", (unsigned long long)fact->at.frame);
	o.connection.client = *client;
	o.connection.server = *server;
	o.connection.client_port = 40000;
	o.connection.server_port = protocol == PROTOCOL_QMQP ? 628 : 25;
	o.connection.start_ns = fact->time_ns;
	o.connection.start_at = fact->at;
	return o;
}

static enum reply_class class_of(enum recipient_verdict verdict)
{
	switch (verdict) {
	case RECIPIENT_ACCEPTED:
		return REPLY_POSITIVE;
	case RECIPIENT_DENIED_RELAY:
		return REPLY_RELAY_DENIED;
	case RECIPIENT_DENIED_USER:
		return REPLY_USER_UNKNOWN;
	case RECIPIENT_UNKNOWN:
	case RECIPIENT_DENIED_POLICY:
	case RECIPIENT_TEMPFAIL:
		break;
	}
	return REPLY_NONE;
}

static void fill_recipients(const struct fact *fact, const struct rig_offer *offer,
			    enum recipient_verdict verdict, char addresses[][64],
			    struct fact_recipient *recipients)
{
	for (size_t i = 0; i < offer->count; i++) {
		struct fact_recipient *r = &recipients[i];

		(void)snprintf(addresses[i], 64, "user@%s", offer->domains[i]);
		*r = (struct fact_recipient){ .verdict = verdict,
					      .at = fact->at,
					      .time_ns = fact->time_ns };
		r->address = r->canonical = span_text(addresses[i]);
		r->domain = r->outer_domain = span_text(offer->domains[i]);
		r->reply.reply_class = class_of(verdict);
		r->reply.code = verdict == RECIPIENT_ACCEPTED ? 250 : 550;
		r->reply.at = fact->at;
	}
}

void rig_offer(struct rig *rig, const struct rig_offer *offer)
{
	static _Thread_local char addresses[RIG_RECIPIENTS_MAX][64];
	static _Thread_local struct fact_recipient recipients[RIG_RECIPIENTS_MAX];
	struct fact fact = begin(rig, FACT_TRANSACTION);
	struct fact_transaction *t = &fact.as.transaction;
	enum recipient_verdict verdict = offer->verdict == RECIPIENT_UNKNOWN ? RECIPIENT_ACCEPTED
									     : offer->verdict;
	bool taken = verdict == RECIPIENT_ACCEPTED && !offer->no_data;

	fill_recipients(&fact, offer, verdict, addresses, recipients);
	t->origin = origin(&fact, &offer->client, &offer->server,
			   offer->protocol == PROTOCOL_UNKNOWN ? PROTOCOL_SMTP : offer->protocol);
	t->index = 1;
	t->mail_from_seen = true;
	t->mail_from = span_text("sender@sender.example");
	t->recipients = recipients;
	t->recipient_count = (uint32_t)offer->count;
	t->recipients_total = offer->count;
	t->last = true;
	t->message_id = span_text(offer->id);
	t->data_invited = t->complete = taken;
	t->body_bytes = 1000;
	t->outcome = taken ? OUTCOME_ACCEPTED : offer->no_data ? OUTCOME_ABORTED : OUTCOME_REJECTED;
	t->answer.reply_class = taken ? REPLY_POSITIVE : REPLY_NONE;
	t->start_ns = t->end_ns = fact.time_ns;
	t->start_at = t->end_at = fact.at;
	detectors_fact(rig->detectors, &fact);
}

void rig_session(struct rig *rig, const struct ip_address *client, const struct ip_address *server,
		 const char *banner, bool encrypted)
{
	struct fact fact = begin(rig, FACT_SESSION);
	struct fact_session *s = &fact.as.session;

	s->origin = origin(&fact, client, server, PROTOCOL_SMTP);
	s->origin.banner = span_text(banner);
	s->origin.tls = encrypted ? TLS_STARTTLS : TLS_NONE;
	s->tls.bytes[FROM_CLIENT] = s->tls.bytes[FROM_SERVER] = encrypted ? 5000 : 0;
	s->start_ns = s->end_ns = fact.time_ns;
	s->end = CLOSE_FIN;
	s->end_at = fact.at;
	detectors_fact(rig->detectors, &fact);
}

void rig_mx(struct rig *rig, const struct ip_address *client, const char *domain, const char *host,
	    const struct ip_address *address)
{
	struct fact_dns_answer answers[] = {
		{ .type = DNS_MX, .owner = span_text(domain), .exchange = span_text(host) },
		{ .type = DNS_A, .owner = span_text(host), .address = *address },
	};
	struct fact fact = begin(rig, FACT_DNS);

	fact.as.dns = (struct fact_dns){ .client = *client,
					 .name = span_text(domain),
					 .type = DNS_MX,
					 .answers = answers,
					 .answer_count = ARRAY_COUNT(answers) };
	detectors_fact(rig->detectors, &fact);
}

void rig_command(struct rig *rig, const struct ip_address *client, const struct ip_address *server,
		 const char *verb)
{
	struct fact fact = begin(rig, FACT_COMMAND);

	fact.as.command.origin = origin(&fact, client, server, PROTOCOL_SMTP);
	(void)snprintf(fact.as.command.verb, sizeof(fact.as.command.verb), "%s", verb);
	detectors_fact(rig->detectors, &fact);
}

void rig_finish(struct rig *rig)
{
	detectors_finish(rig->detectors);
	cr_assert_leq(rig->budget.peak_bytes, rig->budget.limit_bytes);
}
