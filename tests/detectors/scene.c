#include "detectors/scene.h"

#include "core/digest.h"
#include "core/time_text.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCENE_START_NS (INT64_C(1750000000) * NS_PER_SECOND)
#define RESULTS_MAX 8192
#define TEXT_MAX 512
#define RECIPIENTS_MAX 3
#define REASON_MAX 256
#define ADVICE_BYTES_MAX (1 << 20)

struct scene_fact {
	struct fact fact;
	struct fact_recipient recipients[RECIPIENTS_MAX];
	struct fact_dns_answer answers[2];
	struct fact_trace trace;
	char domain[TEXT_MAX];
};

struct seen_finding {
	struct finding finding;
	char rules[32][40];
	char reasons[32][REASON_MAX];
	double sum;
};

struct seen_alert {
	enum alert_action action;
	uint64_t clients;
	char subject[SUBJECT_TEXT_MAX];
	const char *advice; /* the first line */
	char id[ALERT_ID_MAX];
	char reason[TEXT_MAX];
};

struct scene {
	struct site *site;
	enum severity alert_severity;
	struct scene_fact *facts;
	size_t fact_count;
	uint16_t next_port;
	struct seen_finding *findings;
	size_t finding_count;
	struct server_report *servers;
	size_t server_count;
	struct text advice; /* lines, each with the number of its server */
	struct seen_alert *alerts;
	size_t alert_count;
};

static void *need(void *memory)
{
	cr_assert_not_null(memory);
	return memory;
}

static struct ip_address ip(const char *text)
{
	struct ip_address address;

	cr_assert_eq(ip_address_parse(text, &address), RESULT_OK, "%s", text);
	return address;
}

struct scene *scene_new(void)
{
	struct scene *s = need(calloc(1, sizeof(*s)));

	cr_assert_eq(site_new(&s->site), RESULT_OK);
	s->facts = need(calloc(SCENE_FACTS_MAX, sizeof(*s->facts)));
	s->findings = need(calloc(RESULTS_MAX, sizeof(*s->findings)));
	s->servers = need(calloc(RESULTS_MAX, sizeof(*s->servers)));
	s->alerts = need(calloc(RESULTS_MAX, sizeof(*s->alerts)));
	s->next_port = 20000;
	text_init(&s->advice, ADVICE_BYTES_MAX);
	s->alert_severity = SEVERITY_MEDIUM;
	return s;
}

void scene_free(struct scene **scene)
{
	struct scene *s = *scene;

	site_free(&s->site);
	free(s->facts);
	free(s->findings);
	free(s->servers);
	text_clear(&s->advice);
	free(s->alerts);
	free(s);
	*scene = NULL;
}

void scene_net(struct scene *s, enum site_role role, const char *cidr)
{
	cr_assert_eq(site_add_network(s->site, role, cidr), RESULT_OK);
}

void scene_domain(struct scene *s, enum site_domains set, const char *domain)
{
	cr_assert_eq(site_add_domain(s->site, set, domain), RESULT_OK);
}

void scene_nat(struct scene *s, const char *public_equals_private)
{
	cr_assert_eq(site_add_nat(s->site, public_equals_private), RESULT_OK);
}

void scene_site(struct scene *s)
{
	scene_domain(s, SITE_LOCAL_DOMAIN, "example.com");
	scene_net(s, SITE_LOCAL_NET, "192.0.2.0/24");
	scene_net(s, SITE_LOCAL_NET, "2001:db8:1::/48");
	scene_net(s, SITE_TRUSTED, "192.0.2.96/27");
}

/* ---- facts ---- */

static struct scene_fact *next_fact(struct scene *s, enum fact_kind kind, double at)
{
	struct scene_fact *f = &s->facts[s->fact_count++];

	cr_assert_leq(s->fact_count, SCENE_FACTS_MAX);
	f->fact.kind = kind;
	f->fact.time_ns = SCENE_START_NS + (int64_t)(at * 1e9);
	f->fact.at.frame = s->fact_count;
	return f;
}

static struct fact_origin origin(struct scene *s, const struct fact *fact, const char *client,
				 const char *server, uint16_t port, enum mail_protocol protocol)
{
	struct fact_origin o = { .protocol = protocol };

	o.connection.client = ip(client);
	o.connection.server = ip(server);
	o.connection.client_port = s->next_port++;
	o.connection.server_port = port;
	o.connection.start_ns = fact->time_ns;
	o.connection.start_at = fact->at;
	(void)snprintf(o.session, sizeof(o.session), "%016zx", s->fact_count);
	return o;
}

static enum reply_class class_for(enum recipient_verdict verdict)
{
	static const enum reply_class classes[] = {
		[RECIPIENT_UNKNOWN] = REPLY_NONE,
		[RECIPIENT_ACCEPTED] = REPLY_POSITIVE,
		[RECIPIENT_DENIED_RELAY] = REPLY_RELAY_DENIED,
		[RECIPIENT_DENIED_USER] = REPLY_USER_UNKNOWN,
		[RECIPIENT_DENIED_POLICY] = REPLY_POLICY_UNKNOWN,
		[RECIPIENT_TEMPFAIL] = REPLY_GREYLISTED,
	};

	return classes[verdict];
}

static enum outcome outcome_for(const struct mail *m, enum recipient_verdict verdict)
{
	if (m->outcome != OUTCOME_UNKNOWN)
		return m->outcome;
	if (m->no_answer)
		return OUTCOME_UNKNOWN;
	if (m->no_data)
		return OUTCOME_ABORTED;
	if (verdict == RECIPIENT_TEMPFAIL)
		return OUTCOME_TEMPFAIL;
	return verdict == RECIPIENT_ACCEPTED ? OUTCOME_ACCEPTED : OUTCOME_REJECTED;
}

static void add_recipient(struct scene_fact *f, const char *to, uint32_t tricks,
			  enum recipient_verdict verdict, enum reply_class reply)
{
	struct fact_transaction *t = &f->fact.as.transaction;
	struct fact_recipient *r = &f->recipients[t->recipient_count++];
	const char *at = strrchr(to, '@');

	cr_assert_leq(t->recipient_count, RECIPIENTS_MAX);
	t->recipients = f->recipients;
	t->recipients_total = t->recipient_count;
	r->address = span_text(to);
	r->canonical = span_text(to);
	r->domain = at == NULL ? span_of(NULL, 0) : span_text(at + 1);
	r->outer_domain = r->domain;
	r->tricks = tricks;
	r->verdict = verdict;
	r->reply.reply_class = reply != REPLY_NONE ? reply : class_for(verdict);
	r->reply.code = verdict == RECIPIENT_ACCEPTED ? 250 : 550;
	r->reply.at = f->fact.at;
	r->at = f->fact.at;
	r->time_ns = f->fact.time_ns;
}

void scene_recipient(struct scene *s, const char *to, enum recipient_verdict verdict,
		     enum reply_class reply)
{
	cr_assert_gt(s->fact_count, 0);
	add_recipient(&s->facts[s->fact_count - 1], to, 0, verdict, reply);
}

void scene_mail(struct scene *s, const struct mail *m)
{
	struct scene_fact *f = next_fact(s, FACT_TRANSACTION, m->at);
	struct fact_transaction *t = &f->fact.as.transaction;
	enum recipient_verdict verdict = m->verdict == RECIPIENT_UNKNOWN ? RECIPIENT_ACCEPTED
									 : m->verdict;

	t->origin = origin(s, &f->fact, m->client, m->server, m->port == 0 ? 25 : m->port,
			   m->protocol == PROTOCOL_UNKNOWN ? PROTOCOL_SMTP : m->protocol);
	t->origin.auth = m->auth;
	t->origin.banner = span_text(m->banner);
	t->origin.helo = span_text(m->helo);
	if (m->claimed != NULL)
		t->origin.claimed_client = ip(m->claimed);
	t->origin.software = m->software;
	if (m->via != NULL)
		t->origin.via = (struct fact_via){ .type = VIA_HTTP_CONNECT,
						   .login = m->via_login,
						   .port = 25,
						   .target = span_text(m->via) };
	add_recipient(f, m->to, m->tricks, verdict, m->reply);
	t->index = 1;
	t->mail_from_seen = true;
	t->mail_from = span_text(m->from == NULL ? "sender@sender.example" : m->from);
	t->last = true;
	t->message_id = span_text(m->message_id);
	t->is_automatic = m->automatic;
	t->outcome = outcome_for(m, verdict);
	t->data_invited = verdict == RECIPIENT_ACCEPTED && !m->no_data;
	t->complete = t->data_invited;
	t->body_bytes = m->size == 0 ? 1000 : m->size;
	if (m->body != NULL) {
		uint8_t sha[SHA256_BYTES];

		cr_assert_eq(digest_sha256(m->body, strlen(m->body), sha), RESULT_OK);
		memcpy(t->body_digest, sha, sizeof(t->body_digest));
		t->body_digest_known = true;
	}
	if (m->one_sided) {
		f->recipients[0].verdict = RECIPIENT_UNKNOWN;
		f->recipients[0].inferred_accepted = true;
		f->recipients[0].reply = (struct fact_reply){ 0 };
		t->outcome = OUTCOME_UNKNOWN;
		t->data_invited = false;
	}
	if (m->took_from != NULL) {
		f->trace = (struct fact_trace){ .from = ip(m->took_from),
						.by = span_text(m->took_by) };
		t->trace = &f->trace;
		t->trace_count = 1;
	}
	t->answer.reply_class = m->answer;
	if (t->answer.reply_class == REPLY_NONE && t->outcome == OUTCOME_ACCEPTED)
		t->answer.reply_class = REPLY_POSITIVE;
	if (m->protocol == PROTOCOL_QMQP && t->outcome == OUTCOME_REJECTED)
		t->answer.reply_class = f->recipients[0].reply.reply_class;
	t->start_ns = t->end_ns = f->fact.time_ns;
	t->start_at = t->end_at = f->fact.at;
}

void scene_mx(struct scene *s, double at, const char *client, const char *domain, const char *host,
	      const char *address)
{
	struct scene_fact *f = next_fact(s, FACT_DNS, at);
	struct fact_dns *dns = &f->fact.as.dns;

	dns->client = ip(client);
	dns->resolver = ip("198.51.100.53");
	dns->name = span_text(domain);
	dns->type = DNS_MX;
	f->answers[0] = (struct fact_dns_answer){ .type = DNS_MX,
						  .owner = span_text(domain),
						  .preference = 10,
						  .exchange = span_text(host) };
	dns->answers = f->answers;
	dns->answer_count = 1;
	if (address == NULL)
		return;
	f = next_fact(s, FACT_DNS, at);
	dns = &f->fact.as.dns;
	dns->client = ip(client);
	dns->resolver = ip("198.51.100.53");
	dns->name = span_text(host);
	dns->type = DNS_A;
	f->answers[0] = (struct fact_dns_answer){ .type = DNS_A,
						  .owner = span_text(host),
						  .address = ip(address) };
	dns->answers = f->answers;
	dns->answer_count = 1;
}

void scene_session(struct scene *s, double at, const char *client, const char *server,
		   uint16_t port, const char *banner, enum tls_use tls)
{
	struct scene_fact *f = next_fact(s, FACT_SESSION, at);
	struct fact_session *session = &f->fact.as.session;

	session->origin = origin(s, &f->fact, client, server, port, PROTOCOL_SMTP);
	session->origin.banner = span_text(banner);
	session->origin.tls = tls;
	session->start_ns = session->end_ns = f->fact.time_ns;
	session->tls.bytes[FROM_CLIENT] = session->tls.bytes[FROM_SERVER] = tls == TLS_NONE ? 0
											    : 5000;
	session->end = CLOSE_FIN;
	session->end_at = f->fact.at;
}

void scene_session_flags(struct scene *s, uint32_t flags)
{
	cr_assert_gt(s->fact_count, 0);
	s->facts[s->fact_count - 1].fact.as.session.origin.flags = flags;
}

void scene_session_talk(struct scene *s, uint32_t turns, uint64_t talk_bytes)
{
	struct fact_session *session;

	cr_assert_gt(s->fact_count, 0);
	session = &s->facts[s->fact_count - 1].fact.as.session;
	session->origin.auth = AUTH_HIDDEN;
	session->tls.turns = turns;
	session->tls.talk_bytes = talk_bytes;
}

void scene_session_ehlo(struct scene *s, bool offered, bool blanked)
{
	struct fact_session *session;

	cr_assert_gt(s->fact_count, 0);
	session = &s->facts[s->fact_count - 1].fact.as.session;
	session->ehlo_answered = true;
	session->starttls_offered = offered;
	session->starttls_blanked = blanked;
}

void scene_command(struct scene *s, double at, const char *client, const char *server,
		   const char *verb, bool accepted)
{
	struct scene_fact *f = next_fact(s, FACT_COMMAND, at);
	struct fact_command *command = &f->fact.as.command;

	command->origin = origin(s, &f->fact, client, server, 25, PROTOCOL_SMTP);
	(void)snprintf(command->verb, sizeof(command->verb), "%s", verb);
	command->accepted = accepted;
}

void scene_refused(struct scene *s, double at, const char *client, const char *server,
		   uint16_t port)
{
	struct scene_fact *f = next_fact(s, FACT_CONTACT, at);

	f->fact.as.contact = (struct contact){ .client = ip(client),
					       .server = ip(server),
					       .server_port = port,
					       .kind = CONTACT_REFUSED,
					       .count = 1,
					       .first_ns = f->fact.time_ns,
					       .last_ns = f->fact.time_ns,
					       .at = f->fact.at };
}

void scene_auth(struct scene *s, double at, const char *client, const char *server,
		const char *user, enum auth_result result)
{
	struct scene_fact *f = next_fact(s, FACT_AUTH, at);
	struct fact_auth *auth = &f->fact.as.auth;

	auth->origin = origin(s, &f->fact, client, server, 587, PROTOCOL_SMTP);
	auth->origin.auth = result;
	auth->mechanism = span_text("PLAIN");
	auth->user = span_text(user);
	auth->result = result;
}

/* ---- what the detectors say ---- */

static void on_finding(void *ctx, const struct finding *finding)
{
	struct scene *s = ctx;
	struct seen_finding *seen = &s->findings[s->finding_count++];

	cr_assert_lt(s->finding_count, RESULTS_MAX);
	seen->finding = *finding;
	seen->sum = finding->prior_decibans;
	for (uint32_t i = 0; i < finding->evidence_count; i++) {
		(void)snprintf(seen->rules[i], sizeof(seen->rules[i]), "%s",
			       finding->evidence[i].rule);
		(void)snprintf(seen->reasons[i], sizeof(seen->reasons[i]), "%s",
			       finding->evidence[i].reason);
		seen->sum += finding->evidence[i].weight_decibans;
		cr_assert_null(strchr(finding->evidence[i].reason, '%'), "%s",
			       finding->evidence[i].reason);
	}
	/* Whatever is played: what is told adds up to the score that is told. */
	cr_assert_float_eq(finding->score, 100 / (1 + pow(10, -seen->sum / 10)), 1e-9,
			   "%f at %f decibans, %s", finding->score, seen->sum, seen->rules[0]);
}

static void on_server(void *ctx, const struct server_report *server)
{
	struct scene *s = ctx;

	s->servers[s->server_count++] = *server;
	cr_assert_lt(s->server_count, RESULTS_MAX);
	for (uint32_t i = 0; i < server->advice_count; i++)
		text_addf(&s->advice, "%zu: %s\n", s->server_count - 1, server->advice[i]);
}

static void on_alert(void *ctx, const struct alert *alert)
{
	struct scene *s = ctx;
	struct seen_alert *seen = &s->alerts[s->alert_count++];

	cr_assert_lt(s->alert_count, RESULTS_MAX);
	seen->action = alert->action;
	seen->clients = alert->clients_count;
	cr_assert_gt(strlen(alert->reason), 10);
	(void)snprintf(seen->subject, sizeof(seen->subject), "%s", alert->subject_id);
	(void)snprintf(seen->id, sizeof(seen->id), "%s", alert->alert_id);
	seen->advice = alert->advice_count == 0 ? "none" : alert->advice[0];
	(void)snprintf(seen->reason, sizeof(seen->reason), "%s", alert->reason);
}

/* Xorshift (Marsaglia, 2003), and the shuffle of Fisher and Yates. */
static void shuffle(size_t *order, size_t count, uint64_t seed)
{
	for (size_t i = count; i > 1; i--) {
		size_t k, kept;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		k = (size_t)(seed % i);
		kept = order[i - 1];
		order[i - 1] = order[k];
		order[k] = kept;
	}
}

/* The server that a fact is about; family 0: none. */
static struct ip_address server_of(const struct fact *fact)
{
	switch (fact->kind) {
	case FACT_TRANSACTION:
		return fact->as.transaction.origin.connection.server;
	case FACT_SESSION:
		return fact->as.session.origin.connection.server;
	case FACT_AUTH:
		return fact->as.auth.origin.connection.server;
	case FACT_COMMAND:
		return fact->as.command.origin.connection.server;
	case FACT_CONTACT:
		return fact->as.contact.server;
	case FACT_DNS:
		break;
	}
	return (struct ip_address){ 0 };
}

/* Put each server's facts back in their order, and leave the servers shuffled. */
static void sort_by_server(const struct scene *s, size_t *order)
{
	for (size_t i = 0; i < s->fact_count; i++) {
		struct ip_address here = server_of(&s->facts[order[i]].fact);

		for (size_t k = i + 1; k < s->fact_count; k++) {
			struct ip_address there = server_of(&s->facts[order[k]].fact);
			size_t kept = order[i];

			if (order[k] >= order[i] || !ip_address_equal(&here, &there))
				continue;
			order[i] = order[k];
			order[k] = kept;
		}
	}
}

static void play(struct scene *s, const size_t *order)
{
	struct finding_sink sink = {
		.alert = on_alert, .finding = on_finding, .server = on_server, .ctx = s
	};
	struct detectors_options options = { .key = hash_key_fixed(),
					     .alert_severity = s->alert_severity };
	struct detectors *d = NULL;
	struct budget budget;

	s->finding_count = s->server_count = s->alert_count = 0;
	text_reset(&s->advice);
	budget_init(&budget, 16 << 20);
	cr_assert_eq(detectors_new(&d, &options, s->site, &budget, &sink), RESULT_OK);
	for (size_t i = 0; i < s->fact_count; i++)
		detectors_fact(d, &s->facts[order[i]].fact);
	detectors_finish(d);
	detectors_free(&d);
	cr_assert_eq(budget.used_bytes, 0, "%zu bytes were not given back", budget.used_bytes);
}

static void play_in_order(struct scene *s, bool backwards, uint64_t seed)
{
	size_t *order = need(calloc(s->fact_count + 1, sizeof(*order)));

	for (size_t i = 0; i < s->fact_count; i++)
		order[i] = backwards ? s->fact_count - 1 - i : i;
	if (seed != 0)
		shuffle(order, s->fact_count, seed);
	play(s, order);
	free(order);
}

void scene_play(struct scene *s)
{
	play_in_order(s, false, 0);
}

void scene_play_backwards(struct scene *s)
{
	play_in_order(s, true, 0);
}

void scene_play_shuffled(struct scene *s, uint64_t seed)
{
	play_in_order(s, false, seed);
}

void scene_play_interleaved(struct scene *s, uint64_t seed)
{
	size_t *order = need(calloc(s->fact_count + 1, sizeof(*order)));

	for (size_t i = 0; i < s->fact_count; i++)
		order[i] = i;
	shuffle(order, s->fact_count, seed);
	sort_by_server(s, order);
	play(s, order);
	free(order);
}

void scene_summary(const struct scene *s, struct text *out)
{
	char client[IP_TEXT_MAX], server[IP_TEXT_MAX];

	for (size_t i = 0; i < s->server_count; i++)
		text_addf(out, "%s:%u %s, as %s\n",
			  ip_address_format(&s->servers[i].address, server), s->servers[i].port,
			  posture_word(s->servers[i].posture),
			  s->servers[i].same.address.family == 0
			      ? "none"
			      : ip_address_format(&s->servers[i].same.address, client));
	for (size_t i = 0; i < s->finding_count; i++) {
		const struct finding *f = &s->findings[i].finding;

		text_addf(out, "%s -> %s:%u %s, also %x, %s, %s, %.2f, %llu of %llu",
			  ip_address_format(&f->client, client),
			  ip_address_format(&f->server, server), f->server_port,
			  verdict_word(f->verdict), f->also, severity_word(f->severity),
			  ownership_word(f->ownership), f->score, (unsigned long long)f->accepted,
			  (unsigned long long)f->recipients);
		for (size_t r = 0; r < f->evidence_count; r++)
			text_addf(out, " %s", s->findings[i].rules[r]);
		text_add(out, "\n");
	}
}

void scene_alert_severity(struct scene *s, enum severity severity)
{
	s->alert_severity = severity;
}

static const struct seen_finding *find(const struct scene *s, const char *client,
				       const char *server, uint16_t port)
{
	struct ip_address c = ip(client);
	struct ip_address a = ip(server);

	for (size_t i = 0; i < s->finding_count; i++) {
		const struct finding *f = &s->findings[i].finding;

		if (f->server_port == port && ip_address_equal(&f->client, &c) &&
		    ip_address_equal(&f->server, &a))
			return &s->findings[i];
	}
	return NULL;
}

const char *scene_verdict(const struct scene *s, const char *client, const char *server,
			  uint16_t port)
{
	const struct seen_finding *f = find(s, client, server, port);

	return f == NULL ? "nothing" : verdict_word(f->finding.verdict);
}

double scene_score(const struct scene *s, const char *client, const char *server, uint16_t port)
{
	const struct seen_finding *f = find(s, client, server, port);

	return f == NULL ? -1 : f->finding.score;
}

const char *scene_severity(const struct scene *s, const char *client, const char *server,
			   uint16_t port)
{
	const struct seen_finding *f = find(s, client, server, port);

	return f == NULL ? "nothing" : severity_word(f->finding.severity);
}

const char *scene_ownership(const struct scene *s, const char *client, const char *server,
			    uint16_t port)
{
	const struct seen_finding *f = find(s, client, server, port);

	return f == NULL ? "nothing" : ownership_word(f->finding.ownership);
}

bool scene_has_rule(const struct scene *s, const char *client, const char *server, uint16_t port,
		    const char *rule)
{
	const struct seen_finding *f = find(s, client, server, port);

	for (size_t i = 0; f != NULL && i < f->finding.evidence_count; i++)
		if (strcmp(f->rules[i], rule) == 0)
			return true;
	return false;
}

const char *scene_reason(const struct scene *s, const char *client, const char *server,
			 uint16_t port, const char *rule)
{
	const struct seen_finding *f = find(s, client, server, port);

	for (size_t i = 0; f != NULL && i < f->finding.evidence_count; i++)
		if (strcmp(f->rules[i], rule) == 0)
			return f->reasons[i];
	return "";
}

double scene_sum_error(const struct scene *s, const char *client, const char *server, uint16_t port)
{
	const struct seen_finding *f = find(s, client, server, port);

	cr_assert_not_null(f);
	return f->sum - 10 * log10(f->finding.score / (100 - f->finding.score));
}

static const struct server_report *find_server(const struct scene *s, const char *server,
					       uint16_t port)
{
	struct ip_address a = ip(server);

	for (size_t i = 0; i < s->server_count; i++)
		if (s->servers[i].port == port && ip_address_equal(&s->servers[i].address, &a))
			return &s->servers[i];
	return NULL;
}

const char *scene_posture(const struct scene *s, const char *server, uint16_t port)
{
	const struct server_report *report = find_server(s, server, port);

	return report == NULL ? "nothing" : posture_word(report->posture);
}

const char *scene_same_server(const struct scene *s, const char *server, uint16_t port)
{
	static _Thread_local char text[IP_TEXT_MAX + 16];
	const struct server_report *report = find_server(s, server, port);
	char address[IP_TEXT_MAX];

	if (report == NULL || report->same.address.family == 0)
		return "none";
	(void)snprintf(text, sizeof(text), "%s %s",
		       ip_address_format(&report->same.address, address),
		       posture_word(report->same.posture));
	return text;
}

uint32_t scene_watched_days(const struct scene *s, const char *server, uint16_t port)
{
	const struct server_report *report = find_server(s, server, port);

	return report == NULL ? 0 : report->watched_days;
}

bool scene_advises(const struct scene *s, const char *server, uint16_t port, const char *words)
{
	const struct server_report *report = find_server(s, server, port);
	char number[24];

	cr_assert_not_null(report);
	(void)snprintf(number, sizeof(number), "%zu: ", (size_t)(report - s->servers));
	for (const char *line = text_get(&s->advice); *line != '\0';
	     line = strchr(line, '\n') + 1) {
		const char *found = strstr(line, words);

		if (strncmp(line, number, strlen(number)) == 0 && found != NULL &&
		    found < strchr(line, '\n'))
			return true;
	}
	return false;
}

size_t scene_alerts(const struct scene *s, enum alert_action action)
{
	size_t count = 0;

	for (size_t i = 0; i < s->alert_count; i++)
		count += s->alerts[i].action == action;
	return count;
}

uint64_t scene_last_alert_clients(const struct scene *s)
{
	return s->alert_count == 0 ? 0 : s->alerts[s->alert_count - 1].clients;
}

const char *scene_last_alert_subject(const struct scene *s)
{
	return s->alert_count == 0 ? "none" : s->alerts[s->alert_count - 1].subject;
}

const char *scene_alert_advice(const struct scene *s, size_t number)
{
	return number < s->alert_count ? s->alerts[number].advice : "none";
}

const char *scene_last_alert_reason(const struct scene *s)
{
	return s->alert_count == 0 ? "" : s->alerts[s->alert_count - 1].reason;
}

const char *scene_alert_id(const struct scene *s, size_t number)
{
	return number < s->alert_count ? s->alerts[number].id : "none";
}
