#include "detectors/allowed.h"

#include "core/time_text.h"
#include "detectors/cusum.h"
#include "detectors/lossy.h"
#include "detectors/sketch.h"
#include "detectors/track.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Messages to people who were not written to before, an hour: at least, or twice the busiest hour. */
#define USUAL_PER_HOUR 20.0
#define USUAL_OF_PEAK 2.0
#define BURST_FACTOR 10.0
#define PEAK_FADES_PER_HOUR 0.995 /* by half in six days */
#define ACTIVE_HOURS_MIN 2        /* before a client by address is judged */
/* A message from one more foreign sender domain: one in fifty, against six in ten. */
#define FOREIGN_INNOCENT 0.02
#define FOREIGN_ABUSED 0.6
/* A recipient who does not exist: one in twenty of those that people write to, three in ten of a
   bought list. */
#define REFUSED_INNOCENT 0.05
#define REFUSED_ABUSED 0.3
#define REFUSED_OFTEN 30.0 /* decibans, beside a changing sender */
#define RECIPIENTS_MIN 50
#define RECIPIENTS_A_MESSAGE 5
/* One more account of one client: an office behind one address has a few an hour. */
#define ACCOUNTS_INNOCENT_PER_HOUR 10.0
#define ACCOUNTS_GUESSED_PER_HOUR 300.0
/* An account that writes as somebody else, with its first message. */
#define OTHER_NAME_INNOCENT 0.2
#define OTHER_NAME_GUESSED 0.95
#define OTHER_NAME_OFTEN 30.0
#define SENDER_DOMAINS_MAX 16

struct allowed_sender {
	struct lru_node lru;
	struct sketch recipients;
	uint32_t domains[SENDER_DOMAINS_MAX];
	size_t domain_count;
	double burst_decibans, foreign_decibans, refused_decibans;
	double burst_messages, burst_recipients;
	int64_t last_ns;
	int64_t hour; /* the one that is counted */
	double hour_messages, peak_per_hour;
	uint32_t active_hours;
	bool seen, authenticated, abused;
	bool serves_many; /* changed its name in a quiet hour, too */
	struct peers clients;
};

/* Who gets in, at one server, from one address. */
struct guest {
	struct lru_node lru;
	struct sketch accounts;
	double rate_decibans, other_decibans;
	int64_t last_ns;
	bool seen;
};

/* Overwritten by whoever comes to the same place. */
struct login {
	uint64_t session; /* first, as lossy.h wants it */
	uint64_t user, local_part, domain;
};

struct sender_of {
	uint64_t sender;
	struct lru_id who;
};

struct allowed {
	struct hash_key key;
	struct budget *budget;
	struct lru senders, guests;
	struct lossy logins, senders_of;
};

enum result allowed_new(struct allowed **out, const struct hash_key *key, struct budget *budget)
{
	struct allowed *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return RESULT_FAILED;
	a->key = *key;
	lossy_init(&a->logins, sizeof(struct login), ALLOWED_LOGINS, budget);
	lossy_init(&a->senders_of, sizeof(struct sender_of), ALLOWED_SENDERS, budget);
	if (lru_init(&a->senders, sizeof(struct allowed_sender), ALLOWED_MAX, budget) !=
		RESULT_OK ||
	    lru_init(&a->guests, sizeof(struct guest), ALLOWED_MAX, budget) != RESULT_OK) {
		allowed_free(&a);
		return RESULT_FAILED;
	}
	*out = a;
	return RESULT_OK;
}

void allowed_free(struct allowed **allowed)
{
	struct allowed *a = *allowed;

	if (a == NULL)
		return;
	lru_clear(&a->senders);
	lru_clear(&a->guests);
	lossy_clear(&a->logins);
	lossy_clear(&a->senders_of);
	free(a);
	*allowed = NULL;
}

uint64_t allowed_forgotten(const struct allowed *a)
{
	return a->senders.forgotten + a->guests.forgotten;
}

static uint64_t hash_text(const struct allowed *a, const char *text)
{
	return hash_bytes(&a->key, text, strlen(text));
}

void allowed_login(struct allowed *a, const char *session, struct span user)
{
	uint64_t hash = hash_text(a, session);
	struct login *login = lossy_put(&a->logins, hash);

	if (login == NULL)
		return;
	login->user = hash_span(&a->key, user);
	login->local_part = hash_span(&a->key, mail_local_part_of(user));
	login->domain = hash_span(&a->key, mail_domain_of(user));
}

/* NULL: the name was not to be seen. */
static const struct login *login_of(const struct allowed *a, const char *session)
{
	return lossy_get(&a->logins, hash_text(a, session));
}

static struct span client_bytes(const struct allowed_message *m)
{
	return span_of(&m->client.address, sizeof(m->client.address));
}

static struct lru_id sender_id(const struct allowed *a, const struct allowed_message *m,
			       const struct login *login)
{
	return lru_id_at(&a->key, m->server,
			 login != NULL ? span_of(&login->user, sizeof(login->user))
				       : client_bytes(m));
}

/* ---- the rate ---- */

/* Close the hour that was counted, and let those go by in which nothing came. */
static void pass_hours(struct allowed_sender *s, int64_t now_ns)
{
	int64_t hour = now_ns / NS_PER_HOUR;
	int64_t passed = hour - s->hour;

	if (passed <= 0)
		return;
	if (s->hour_messages > s->peak_per_hour)
		s->peak_per_hour = s->hour_messages;
	s->active_hours++;
	if (s->foreign_decibans >= CUSUM_DECIDED && s->burst_decibans < CUSUM_DECIDED)
		s->serves_many = true;
	s->peak_per_hour *= pow(PEAK_FADES_PER_HOUR, (double)passed);
	s->hour_messages = 0;
	s->hour = hour;
}

static double usual_per_hour(const struct allowed_sender *s)
{
	double usual = USUAL_OF_PEAK * s->peak_per_hour;

	return usual < USUAL_PER_HOUR ? USUAL_PER_HOUR : usual;
}

/* A burst ends where its sum has fallen back: then it is counted anew. */
static void pass_time(struct allowed_sender *s, int64_t now_ns)
{
	double usual = usual_per_hour(s);

	cusum_wait(&s->burst_decibans, time_between_ns(s->last_ns, now_ns), usual,
		   BURST_FACTOR * usual);
	if (s->burst_decibans <= 0)
		s->burst_messages = s->burst_recipients = 0;
	if (now_ns > s->last_ns)
		s->last_ns = now_ns;
	pass_hours(s, now_ns);
}

static void note_burst(struct allowed_sender *s)
{
	double usual = usual_per_hour(s);

	cusum_rate(&s->burst_decibans, 0, usual, BURST_FACTOR * usual);
	s->burst_messages++;
	s->hour_messages++;
}

/* ---- the sender ---- */

/* Another foreign domain than all that it wrote from before; the null sender is nobody's. */
static bool is_new_foreign(const struct allowed *a, struct allowed_sender *s,
			   const struct allowed_message *m)
{
	uint32_t hash = (uint32_t)hash_span(&a->key, mail_domain_of(m->mail_from));

	if (m->own_sender)
		return false;
	if (m->mail_from.length == 0)
		return true;
	for (size_t i = 0; i < s->domain_count && i < SENDER_DOMAINS_MAX; i++)
		if (s->domains[i] == hash)
			return false;
	s->domains[s->domain_count++ % SENDER_DOMAINS_MAX] = hash;
	if (s->domain_count >= 2 * SENDER_DOMAINS_MAX)
		s->domain_count = SENDER_DOMAINS_MAX;
	return true;
}

static bool is_abused(const struct allowed_sender *s)
{
	bool changes = s->foreign_decibans >= CUSUM_DECIDED && !s->serves_many;
	bool refused = s->refused_decibans >= CUSUM_DECIDED;

	if (s->burst_decibans < CUSUM_DECIDED || s->burst_recipients < RECIPIENTS_MIN)
		return false;
	if (s->active_hours >= ACTIVE_HOURS_MIN)
		return changes || refused;
	if (!s->authenticated)
		return false;
	return refused ||
	       (changes && (s->refused_decibans >= REFUSED_OFTEN ||
			    s->burst_recipients >= RECIPIENTS_A_MESSAGE * s->burst_messages));
}

static void remember_sender(struct allowed *a, const struct allowed_message *m, struct lru_id who)
{
	struct sender_of *of = lossy_put(&a->senders_of,
					 lru_id_at(&a->key, m->server, m->mail_from).halves[0]);

	if (of != NULL)
		of->who = who;
}

/* ---- one client, many accounts ---- */

static bool is_as_itself(const struct allowed *a, const struct login *login,
			 const struct allowed_message *m)
{
	struct span domain = mail_domain_of(m->mail_from);

	return m->own_sender ||
	       hash_span(&a->key, mail_local_part_of(m->mail_from)) == login->local_part ||
	       (domain.length > 0 && hash_span(&a->key, domain) == login->domain);
}

static bool is_any_password(struct allowed *a, const struct allowed_message *m,
			    const struct login *login)
{
	struct guest *g = lru_need(&a->guests, lru_id_at(&a->key, m->server, client_bytes(m)));

	if (g == NULL)
		return false;
	if (sketch_add(&g->accounts, login->user) > 0) {
		cusum_rate(&g->rate_decibans, g->seen ? time_between_ns(g->last_ns, m->time_ns) : 0,
			   ACCOUNTS_INNOCENT_PER_HOUR, ACCOUNTS_GUESSED_PER_HOUR);
		cusum_share(&g->other_decibans, !is_as_itself(a, login, m), OTHER_NAME_INNOCENT,
			    OTHER_NAME_GUESSED);
		g->last_ns = m->time_ns;
		g->seen = true;
	}
	return g->rate_decibans >= CUSUM_DECIDED && g->other_decibans >= OTHER_NAME_OFTEN;
}

/* ---- */

static double add_recipients(struct allowed_sender *s, const struct allowed_message *m)
{
	double more = 0;

	for (uint32_t i = 0; i < m->recipient_count; i++)
		more += sketch_add(&s->recipients, m->recipients[i]);
	return more;
}

enum allowed_says allowed_sent(struct allowed *a, const struct allowed_message *m,
			       const struct peers **out_clients)
{
	const struct login *login = m->authenticated ? login_of(a, m->session) : NULL;
	struct lru_id id = sender_id(a, m, login);
	struct allowed_sender *s = lru_need(&a->senders, id);
	double more;

	*out_clients = NULL;
	if (s == NULL)
		return ALLOWED_ORDINARY;
	if (!s->seen) {
		s->last_ns = m->time_ns;
		s->hour = m->time_ns / NS_PER_HOUR;
	}
	s->seen = true;
	s->authenticated = m->authenticated;
	(void)peers_add(&s->clients, &m->client.address, m->client.port);
	pass_time(s, m->time_ns);
	more = add_recipients(s, m);
	if (m->first) {
		cusum_share(&s->foreign_decibans, is_new_foreign(a, s, m), FOREIGN_INNOCENT,
			    FOREIGN_ABUSED);
		remember_sender(a, m, id);
	}
	if (m->first && more > 0)
		note_burst(s);
	s->burst_recipients += more;
	s->abused = is_abused(s);
	*out_clients = &s->clients;
	if (m->first && login != NULL && is_any_password(a, m, login))
		return ALLOWED_ANY_PASSWORD;
	return s->abused ? ALLOWED_ABUSED : ALLOWED_ORDINARY;
}

bool allowed_handed_on(struct allowed *a, const struct ip_address *server, struct span mail_from,
		       bool refused, bool *out_authenticated, const struct peers **out_clients)
{
	const struct sender_of *of = lossy_get(&a->senders_of,
					       lru_id_at(&a->key, server, mail_from).halves[0]);
	struct allowed_sender *s;

	if (of == NULL)
		return false;
	s = lru_find(&a->senders, of->who);
	if (s == NULL)
		return false;
	cusum_share(&s->refused_decibans, refused, REFUSED_INNOCENT, REFUSED_ABUSED);
	if (s->abused || !is_abused(s))
		return false; /* told already, or nothing to tell */
	s->abused = true;
	*out_authenticated = s->authenticated;
	*out_clients = &s->clients;
	return true;
}
