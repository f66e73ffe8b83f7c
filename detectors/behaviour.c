#include "detectors/behaviour.h"

#include "core/time_text.h"
#include "detectors/cusum.h"
#include "detectors/lru.h"

#include <math.h>
#include <stdlib.h>

/*
 * Recipients that do not exist: one in ten for people and old lists, one in two for who guesses.
 * Passwords that are refused: three in ten for people and forgotten devices, nine in ten for who
 * guesses.
 */
#define UNKNOWN_INNOCENT 0.1
#define UNKNOWN_GUESSING 0.5
#define REFUSED_INNOCENT 0.3
#define REFUSED_GUESSING 0.9
/*
 * Guessing under TLS. A guess is EHLO, AUTH with one to three lines, and QUIT: after the handshake's two
 * turns the client takes three at least, and says little. Measured with OpenSSL and Python's smtplib,
 * TLS 1.2 and 1.3, ports 465 and 587: one guess by PLAIN 146 to 167 bytes, by LOGIN 193 to 228, two by PLAIN
 * at most 249; a check of the service (EHLO, QUIT) four turns and 71 to 85; a look at the certificate three
 * turns and 31; a mail 465 and more, and the shortest that can be, behind a login, 287.
 */
#define HIDDEN_TURNS_MIN 5
#define HIDDEN_BYTES_MIN 120
#define HIDDEN_BYTES_MAX 280
#define HIDDEN_ALIKE_BYTES 64
#define HIDDEN_RUN_MIN 20
/* Such sessions an hour: two checks a minute; one guess in five seconds. */
#define HIDDEN_INNOCENT_PER_HOUR 120.0
#define HIDDEN_GUESSING_PER_HOUR 720.0
/* Sessions that are alike: nine in ten of who guesses, one in two of what else is short. */
#define ALIKE_INNOCENT 0.5
#define ALIKE_GUESSING 0.9
#define HIDDEN_MEAN_SHARE 0.125 /* of a new session in the mean */
/* New exchangers an hour: an inside host that is no mail server has next to none. */
#define EXCHANGERS_INNOCENT_PER_HOUR 4.0
#define EXCHANGERS_SPRAYING_PER_HOUR 30.0

/* Set two bits; true: they were set before. */
static bool seen_before(uint64_t filter[4], uint64_t hash)
{
	uint64_t bits[2] = { hash & 255, hash >> 8 & 255 };
	bool seen = true;

	for (size_t i = 0; i < ARRAY_COUNT(bits); i++) {
		uint64_t *word = &filter[bits[i] / 64];
		uint64_t bit = UINT64_C(1) << bits[i] % 64;

		seen = seen && (*word & bit) != 0;
		*word |= bit;
	}
	return seen;
}

bool behaviour_recipient(struct behaviour *b, uint64_t recipient_hash, bool unknown)
{
	if (!unknown || !seen_before(b->seen_recipients, recipient_hash))
		cusum_share(&b->harvest_decibans, unknown, UNKNOWN_INNOCENT, UNKNOWN_GUESSING);
	return b->harvest_decibans >= CUSUM_DECIDED;
}

bool behaviour_password(struct behaviour *b, bool refused)
{
	cusum_share(&b->guessing_decibans, refused, REFUSED_INNOCENT, REFUSED_GUESSING);
	return b->guessing_decibans >= CUSUM_DECIDED;
}

/* Is this one like those before it? Those count that came in a row, at more than the usual rate. */
static bool is_alike(struct hidden_guessing *h, int64_t start_ns, uint64_t talk_bytes)
{
	if (h->run > 0)
		cusum_wait(&h->decibans, time_between_ns(h->last_ns, start_ns),
			   HIDDEN_INNOCENT_PER_HOUR, HIDDEN_GUESSING_PER_HOUR);
	if (h->run == 0 || start_ns > h->last_ns)
		h->last_ns = start_ns;
	if (h->decibans <= 0) {
		h->run = 0;
		h->mean_bytes = (double)talk_bytes;
	}
	return fabs((double)talk_bytes - h->mean_bytes) <= HIDDEN_ALIKE_BYTES;
}

/* Who carries more than a guess has got in, or never meant to guess: all begins anew. */
bool behaviour_hidden(struct behaviour *b, int64_t start_ns, uint32_t turns, uint64_t talk_bytes)
{
	struct hidden_guessing *h = &b->hidden;
	bool alike;

	if (talk_bytes > HIDDEN_BYTES_MAX) {
		*h = (struct hidden_guessing){ .run = 0 };
		return false;
	}
	if (turns < HIDDEN_TURNS_MIN || talk_bytes < HIDDEN_BYTES_MIN)
		return false;
	alike = is_alike(h, start_ns, talk_bytes);
	cusum_share(&h->decibans, alike, ALIKE_INNOCENT, ALIKE_GUESSING);
	if (!alike)
		return false;
	cusum_rate(&h->decibans, 0, HIDDEN_INNOCENT_PER_HOUR, HIDDEN_GUESSING_PER_HOUR);
	h->mean_bytes += ((double)talk_bytes - h->mean_bytes) * HIDDEN_MEAN_SHARE;
	h->run++;
	return h->run >= HIDDEN_RUN_MIN && h->decibans >= CUSUM_DECIDED;
}

/* ---- senders ---- */

struct sender {
	struct lru_node lru;
	struct subject_peer exchangers[SENDER_EXCHANGERS_MAX];
	size_t exchanger_count;
	double spray_decibans;
	int64_t last_ns;
	bool seen;
	bool sprayer;
};

struct senders {
	struct hash_key key;
	struct lru table;
};

enum result senders_new(struct senders **out, const struct hash_key *key, struct budget *budget)
{
	struct senders *senders = calloc(1, sizeof(*senders));

	if (senders == NULL)
		return RESULT_FAILED;
	senders->key = *key;
	if (lru_init(&senders->table, sizeof(struct sender), SENDERS_MAX, budget) != RESULT_OK) {
		free(senders);
		return RESULT_FAILED;
	}
	*out = senders;
	return RESULT_OK;
}

void senders_free(struct senders **senders)
{
	if (*senders == NULL)
		return;
	lru_clear(&(*senders)->table);
	free(*senders);
	*senders = NULL;
}

uint64_t senders_forgotten(const struct senders *senders)
{
	return senders->table.forgotten;
}

static struct lru_id id_of(const struct senders *all, const struct ip_address *client)
{
	struct span address = span_of(client, sizeof(*client));

	return lru_id_of(&all->key, &address, 1);
}

/* After a quiet day the exchangers count as new again. */
static bool is_new_exchanger(struct sender *s, const struct ip_address *exchanger, uint16_t port,
			     int64_t time_ns)
{
	if (time_between_ns(s->last_ns, time_ns) > 24 * NS_PER_HOUR)
		s->exchanger_count = 0;
	for (size_t i = 0; i < s->exchanger_count; i++)
		if (ip_address_equal(&s->exchangers[i].address, exchanger))
			return false;
	if (s->exchanger_count == SENDER_EXCHANGERS_MAX)
		return false;
	s->exchangers[s->exchanger_count++] = (struct subject_peer){ .address = *exchanger,
								     .port = port };
	return true;
}

/* New exchangers arrive at one of two rates. */
bool senders_sent(struct senders *all, const struct ip_address *client,
		  const struct ip_address *exchanger, uint16_t port, int64_t time_ns)
{
	struct sender *s = lru_need(&all->table, id_of(all, client));

	if (s == NULL)
		return false;
	if (!s->seen)
		s->last_ns = time_ns;
	s->seen = true;
	if (s->sprayer || !is_new_exchanger(s, exchanger, port, time_ns))
		return s->sprayer;
	cusum_rate(&s->spray_decibans, time_between_ns(s->last_ns, time_ns),
		   EXCHANGERS_INNOCENT_PER_HOUR, EXCHANGERS_SPRAYING_PER_HOUR);
	s->last_ns = time_ns > s->last_ns ? time_ns : s->last_ns;
	s->sprayer = s->spray_decibans >= CUSUM_DECIDED;
	return s->sprayer;
}

size_t senders_exchangers(const struct senders *senders, const struct ip_address *client,
			  const struct subject_peer **out)
{
	const struct sender *s = lru_find(&senders->table, id_of(senders, client));

	*out = s == NULL ? NULL : s->exchangers;
	return s == NULL ? 0 : s->exchanger_count;
}
