#include "detectors/verdict.h"

#include "detectors/ownership.h"
#include "detectors/starttls.h"

#include <stdlib.h>

#define REASON_DOMAIN_MAX_BYTES 255

/* The most that each verdict can cost. */
static const enum severity ceilings[VERDICT_COUNT] = {
	[VERDICT_OPEN_RELAY_CONFIRMED] = SEVERITY_CRITICAL,
	[VERDICT_OPEN_RELAY] = SEVERITY_HIGH,
	[VERDICT_AUTH_ABUSE] = SEVERITY_HIGH,
	[VERDICT_SPAM_SOURCE] = SEVERITY_HIGH,
	[VERDICT_BACKSCATTER] = SEVERITY_MEDIUM,
	[VERDICT_HARVEST] = SEVERITY_MEDIUM,
	[VERDICT_BRUTE_FORCE] = SEVERITY_MEDIUM,
	[VERDICT_EVASION] = SEVERITY_MEDIUM,
	[VERDICT_PROBE] = SEVERITY_LOW,
	[VERDICT_RELAY_DENIED] = SEVERITY_INFO,
	[VERDICT_UNKNOWN_ENCRYPTED] = SEVERITY_INFO,
	[VERDICT_BENIGN] = SEVERITY_INFO,
};

/* A rule that is seen makes its verdict hold. RULE_UNDETERMINED_ACCEPTED accuses nobody. */
static const struct {
	enum rule rule;
	enum verdict verdict;
} accusations[] = {
	{ RULE_FOREIGN_ACCEPTED, VERDICT_OPEN_RELAY },
	{ RULE_FOREIGN_INVITED, VERDICT_OPEN_RELAY },
	{ RULE_FOREIGN_BY_BALANCER, VERDICT_OPEN_RELAY },
	{ RULE_QMQP_ACCEPTED, VERDICT_OPEN_RELAY },
	{ RULE_INSIDER_QMQP_ACCEPTED, VERDICT_OPEN_RELAY },
	{ RULE_ANY_PASSWORD, VERDICT_OPEN_RELAY },
	{ RULE_TRACE_CLEAR, VERDICT_OPEN_RELAY },
	{ RULE_ACCOUNT_SPRAY, VERDICT_AUTH_ABUSE },
	{ RULE_SPRAY, VERDICT_SPAM_SOURCE },
	{ RULE_SPRAY_UNANSWERED, VERDICT_SPAM_SOURCE },
	{ RULE_CLIENT_BURST, VERDICT_SPAM_SOURCE },
	{ RULE_BACKSCATTER, VERDICT_BACKSCATTER },
	{ RULE_HARVEST, VERDICT_HARVEST },
	{ RULE_PASSWORD_GUESSING, VERDICT_BRUTE_FORCE },
	{ RULE_GUESSING_INFERRED, VERDICT_BRUTE_FORCE },
	{ RULE_FORGED_PROXY, VERDICT_EVASION },
	{ RULE_XCLIENT, VERDICT_EVASION },
	{ RULE_SMUGGLING, VERDICT_EVASION },
	{ RULE_FOREIGN_RECIPIENT_TAKEN, VERDICT_PROBE },
	{ RULE_TRICK_ACCEPTED, VERDICT_PROBE },
	{ RULE_MANY_TRICKS, VERDICT_PROBE },
	{ RULE_PROBE_CAMPAIGN, VERDICT_PROBE },
	{ RULE_SCANNER_PATTERN, VERDICT_PROBE },
	{ RULE_ROLE_COMMAND, VERDICT_PROBE },
	{ RULE_RELAY_DENIED, VERDICT_RELAY_DENIED },
	{ RULE_DENIED_BEHIND_PROXY, VERDICT_RELAY_DENIED },
	{ RULE_QMQP_CLOSED, VERDICT_RELAY_DENIED },
	{ RULE_TRACE_ENCRYPTED, VERDICT_UNKNOWN_ENCRYPTED },
	{ RULE_ALL_ENCRYPTED, VERDICT_UNKNOWN_ENCRYPTED },
};

bool verdict_is_relay(enum verdict verdict)
{
	return verdict == VERDICT_OPEN_RELAY || verdict == VERDICT_OPEN_RELAY_CONFIRMED;
}

static struct judged_rule *find_rule(struct judgement *j, enum rule rule)
{
	for (uint32_t i = 0; i < j->count; i++)
		if (j->rules[i].rule == rule)
			return &j->rules[i];
	return NULL;
}

/* Put a track under its rule; the domain that was seen first names it. */
static void add(struct judgement *j, enum rule rule, const struct track *track, struct span domain)
{
	struct judged_rule *to = find_rule(j, rule);

	if (track == NULL || track->count == 0)
		return;
	if (to == NULL) {
		to = &j->rules[j->count++];
		*to = (struct judged_rule){ .rule = rule };
	}
	if (domain.length > 0 && (to->domains == 0 || track->first_ns < to->track.first_ns))
		to->domain = domain;
	to->domains += domain.length > 0;
	track_merge(&to->track, track);
}

/* The same, of a domain that was counted already if it can be told by another claim. */
static void add_of(struct judgement *j, enum rule rule, const struct track *track,
		   const struct claim *claim)
{
	const struct judged_rule *to = find_rule(j, rule);
	uint32_t domains = to == NULL ? 0 : to->domains;
	const struct claim *c = claim->pair->claims;

	if (track == NULL)
		return;
	while (c != claim && c->holding != claim->holding)
		c = c->next_of_pair;
	add(j, rule, track, holding_domain(claim->holding));
	if (c != claim && domains > 0)
		find_rule(j, rule)->domains = domains;
}

/* An answer that says "no relaying" or "no such user" alike is settled by whose domain it is. */
static bool denial_counts(const struct claim *claim)
{
	if (claim->holding->ownership == OWNERSHIP_OWN)
		return false;
	return claim->denied_in_words || claim->holding->ownership == OWNERSHIP_FOREIGN ||
	       claim->pair->server->strangers_accepted > 0;
}

/* Relaying as such: a plain address in a domain that is somebody else's. */
static void add_plain_claim(struct judgement *j, const struct claim *claim)
{
	enum ownership ownership = claim->holding->ownership;

	if (ownership == OWNERSHIP_OWN) {
		add_of(j, RULE_OWN_DOMAIN, claim->taken, claim);
		return;
	}
	if (ownership == OWNERSHIP_UNDETERMINED) {
		add_of(j, RULE_UNDETERMINED_ACCEPTED, claim->taken, claim);
		return;
	}
	add_of(j, RULE_FOREIGN_ACCEPTED, claim->taken, claim);
	add_of(j, RULE_FOREIGN_INVITED, claim->invited, claim);
	add_of(j, RULE_FOREIGN_RECIPIENT_TAKEN, claim->recipient, claim);
}

/* A routed address is a suspicion, until its message is seen to leave. */
static void add_trick_claim(struct judgement *j, const struct claim *claim)
{
	if (claim->holding->ownership == OWNERSHIP_OWN)
		return;
	if (claim->left != NULL) {
		add_of(j, RULE_FOREIGN_ACCEPTED, claim->taken, claim);
		add_of(j, RULE_FOREIGN_INVITED, claim->invited, claim);
		return;
	}
	add_of(j, RULE_TRICK_ACCEPTED, claim->taken, claim);
}

/* Of an inside client only what strangers sent through it counts. */
static bool is_acquitted(const struct claim *claim)
{
	return claim->pair->balancer != NULL && !balancer_is_one(claim->pair->balancer);
}

/* A stranger's message, which the server took for the balancer's. */
static void add_balancer_claim(struct judgement *j, const struct claim *claim)
{
	if (claim->holding->ownership != OWNERSHIP_FOREIGN ||
	    (claim->trick_class != 0 && claim->left == NULL))
		return;
	add_of(j, RULE_FOREIGN_BY_BALANCER, claim->taken, claim);
	add_of(j, RULE_FOREIGN_BY_BALANCER, claim->invited, claim);
}

static void add_claim(struct judgement *j, const struct claim *claim)
{
	bool cleared = claim->holding->ownership == OWNERSHIP_OWN ||
		       (claim->holding->ownership == OWNERSHIP_UNDETERMINED && !claim->qmqp);

	if (is_acquitted(claim))
		return;
	if (claim->pair->balancer != NULL)
		add_balancer_claim(j, claim);
	else if (claim->qmqp)
		; /* whose domain it is does not matter there: the marks tell */
	else if (claim->trick_class == 0)
		add_plain_claim(j, claim);
	else
		add_trick_claim(j, claim);
	if (denial_counts(claim))
		add_of(j, claim->pair->server->proxy ? RULE_DENIED_BEHIND_PROXY : RULE_RELAY_DENIED,
		       claim->denied, claim);
	if (cleared)
		return;
	add_of(j, claim->left_keys > 2 ? RULE_LEFT_THREE_KEYS : RULE_LEFT_TWO_KEYS, claim->left,
	       claim);
	add_of(j, RULE_ROUTE_ASKED_AND_TAKEN, claim->routed, claim);
	add_of(j, RULE_TRACE_CLEAR, claim->traced, claim);
}

static bool is_trick_rule(enum rule rule)
{
	return rule == RULE_MANY_TRICKS || rule == RULE_PROBE_CAMPAIGN;
}

/* What accused it is what a mail server does; that it is one may be seen later. */
static bool is_spray_rule(enum rule rule)
{
	return rule == RULE_SPRAY || rule == RULE_SPRAY_UNANSWERED;
}

static void add_mark(struct judgement *j, const struct pair *pair, const struct mark *mark)
{
	enum rule rule = mark->rule;

	if ((is_trick_rule(rule) && pair_is_ordinary(pair)) ||
	    (is_spray_rule(rule) && pair->client_takes_mail))
		return;
	if (rule == RULE_STARTTLS_MISSING)
		rule = starttls_rule(pair, mark);
	if (rule != RULE_COUNT)
		add(j, rule, &mark->track, span_of(NULL, 0));
}

/* What speaks for a client that does nothing wrong. */
static void add_clearing(struct judgement *j, const struct pair *pair)
{
	bool may_send = !balancer_is_one(pair->balancer) || pair->balancer->vouched;
	struct track track = { 0 };
	struct connection connection = { .client = pair->client,
					 .server = pair->server->host->address };
	static const struct {
		enum standing standing;
		enum rule rule;
	} rules[] = {
		{ STANDING_TRUSTED, RULE_TRUSTED_CLIENT },
		{ STANDING_HOP, RULE_TRUSTED_CLIENT },
		{ STANDING_LOCAL, RULE_TRUSTED_CLIENT },
		{ STANDING_AUTHENTICATED, RULE_AUTHENTICATED },
		{ STANDING_SCANNER, RULE_OWN_SCANNER },
	};

	track_add(&track, pair->first_ns, (struct frame_id){ 0 }, &connection);
	for (size_t i = 0; i < ARRAY_COUNT(rules); i++)
		if ((pair->standings & rules[i].standing) != 0 &&
		    (rules[i].rule != RULE_TRUSTED_CLIENT || may_send))
			add(j, rules[i].rule, &track, span_of(NULL, 0));
	if (balancer_is_one(pair->balancer))
		add(j, RULE_SPEAKS_FOR_MANY, &track, span_of(NULL, 0));
}

static void add_encrypted(struct judgement *j, const struct pair *pair)
{
	struct track track = { 0 };
	struct connection connection = { .client = pair->client,
					 .server = pair->server->host->address };

	if (pair->encrypted == 0 || pair->transactions > 0 ||
	    (pair->standings & ~(uint32_t)STANDING_STRANGER) != 0)
		return;
	track_add(&track, pair->first_ns, (struct frame_id){ 0 }, &connection);
	add(j, RULE_ALL_ENCRYPTED, &track, span_of(NULL, 0));
}

/* The first that holds, and the others beside it. */
static void find_verdict(struct judgement *j)
{
	uint32_t holds = 0;
	bool left = find_rule(j, RULE_LEFT_TWO_KEYS) != NULL ||
		    find_rule(j, RULE_LEFT_THREE_KEYS) != NULL ||
		    find_rule(j, RULE_ROUTE_ASKED_AND_TAKEN) != NULL ||
		    find_rule(j, RULE_TRACE_CLEAR) != NULL;

	for (size_t i = 0; i < ARRAY_COUNT(accusations); i++)
		if (find_rule(j, accusations[i].rule) != NULL)
			holds |= UINT32_C(1) << accusations[i].verdict;
	if ((holds & UINT32_C(1) << VERDICT_OPEN_RELAY) != 0 && left &&
	    find_rule(j, RULE_INSIDER_QMQP_ACCEPTED) == NULL)
		holds |= UINT32_C(1) << VERDICT_OPEN_RELAY_CONFIRMED;
	j->verdict = VERDICT_BENIGN;
	for (uint32_t v = 0; v < VERDICT_BENIGN; v++) {
		if ((holds & UINT32_C(1) << v) == 0)
			continue;
		j->verdict = (enum verdict)v;
		holds &= ~(UINT32_C(1) << v);
		break;
	}
	if (j->verdict == VERDICT_OPEN_RELAY_CONFIRMED)
		holds &= ~(UINT32_C(1) << VERDICT_OPEN_RELAY);
	j->also = holds;
}

/* Within one witness the strongest for and the strongest against count. */
static void weigh(struct judgement *j, int64_t now_ns)
{
	double sum = PRIOR_DECIBANS;
	bool accused = j->verdict < VERDICT_RELAY_DENIED;

	for (enum witness w = 0; w < WITNESS_COUNT; w++) {
		struct judged_rule *most = NULL, *least = NULL;
		double high = 0, low = 0;

		for (uint32_t i = 0; i < j->count; i++) {
			struct judged_rule *r = &j->rules[i];
			double weight = evidence_weight(r->rule, r->track.count,
							time_between_ns(r->track.last_ns, now_ns));

			if (evidence_rule(r->rule)->witness != w || (accused && weight < 0))
				continue;
			if (weight > high) {
				high = weight;
				most = r;
			}
			if (weight < low) {
				low = weight;
				least = r;
			}
		}
		if (most != NULL)
			most->weight_decibans = high;
		if (least != NULL)
			least->weight_decibans = low;
		sum += high + low;
	}
	j->score = evidence_score(sum);
}

static int stronger(const void *left, const void *right)
{
	const struct judged_rule *a = left;
	const struct judged_rule *b = right;

	if (a->weight_decibans != b->weight_decibans)
		return a->weight_decibans > b->weight_decibans ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

/* The ceiling, a step less below 90 and below 75, nothing below 50. */
static enum severity severity_of(enum verdict verdict, double score)
{
	int steps = score >= 90 ? 0 : score >= 75 ? 1 : 2;
	int severity = (int)ceilings[verdict] - steps;

	if (score < 50 || severity < (int)SEVERITY_INFO)
		return SEVERITY_INFO;
	return (enum severity)severity;
}

static enum ownership ownership_of(const struct pair *pair, enum verdict verdict)
{
	bool undetermined = false;
	bool own = false;

	for (const struct claim *c = pair->claims; c != NULL; c = c->next_of_pair) {
		if (c->holding->ownership == OWNERSHIP_FOREIGN && verdict <= VERDICT_RELAY_DENIED)
			return OWNERSHIP_FOREIGN;
		undetermined = undetermined || c->holding->ownership == OWNERSHIP_UNDETERMINED;
		own = own || c->holding->ownership == OWNERSHIP_OWN;
	}
	return own && !undetermined ? OWNERSHIP_OWN : OWNERSHIP_UNDETERMINED;
}

/* Does every domain that the pair is accused of rest on weak grounds? */
static bool is_weak(const struct pair *pair, enum verdict verdict)
{
	if (verdict != VERDICT_OPEN_RELAY || pair_mark(pair, RULE_QMQP_ACCEPTED) != NULL ||
	    pair_mark(pair, RULE_INSIDER_QMQP_ACCEPTED) != NULL)
		return false;
	for (const struct claim *c = pair->claims; c != NULL; c = c->next_of_pair)
		if (c->holding->ownership == OWNERSHIP_FOREIGN &&
		    (c->taken != NULL || c->invited != NULL || c->traced != NULL) &&
		    !ownership_is_weak(c->holding))
			return false;
	return true;
}

static void find_times(struct judgement *j)
{
	bool found = false;

	for (size_t i = 0; i < ARRAY_COUNT(accusations); i++) {
		const struct judged_rule *r = find_rule(j, accusations[i].rule);
		bool same = r != NULL && (accusations[i].verdict == j->verdict ||
					  (j->verdict == VERDICT_OPEN_RELAY_CONFIRMED &&
					   accusations[i].verdict == VERDICT_OPEN_RELAY));

		if (!same)
			continue;
		if (!found || r->track.first_ns < j->decisive_ns)
			j->decisive_ns = r->track.first_ns;
		if (!found || r->track.last_ns > j->last_decisive_ns)
			j->last_decisive_ns = r->track.last_ns;
		found = true;
	}
}

/* Our own scanners are never accused: whatever they did is a test, and told as information. */
static void acquit_scanner(struct judgement *j)
{
	if (j->verdict >= VERDICT_UNKNOWN_ENCRYPTED)
		return;
	j->verdict = VERDICT_PROBE;
	j->severity = SEVERITY_INFO;
}

/* Gather, decide, weigh. */
void verdict_judge(const struct site *site, const struct pair *pair, int64_t now_ns,
		   struct judgement *out)
{
	/* The rules, 20 KB of them, are written as they are added. */
	out->count = 0;
	out->decisive_ns = pair->first_ns;
	out->last_decisive_ns = pair->last_ns;
	for (const struct claim *c = pair->claims; c != NULL; c = c->next_of_pair)
		add_claim(out, c);
	for (const struct mark *m = pair->marks; m != NULL; m = m->next)
		add_mark(out, pair, m);
	add_clearing(out, pair);
	add_encrypted(out, pair);
	find_verdict(out);
	find_times(out);
	weigh(out, now_ns);
	out->severity = severity_of(out->verdict, out->score);
	out->ownership = ownership_of(pair, out->verdict);
	out->weak = is_weak(pair, out->verdict);
	if ((pair->standings & STANDING_SCANNER) != 0)
		acquit_scanner(out);
	if (site_contains(site, SITE_HONEYPOT, &pair->server->host->address))
		out->severity = SEVERITY_INFO;
	if (find_rule(out, RULE_INSIDER_QMQP_ACCEPTED) != NULL && out->severity > SEVERITY_LOW &&
	    find_rule(out, RULE_QMQP_ACCEPTED) == NULL)
		out->severity = SEVERITY_LOW;
	qsort(out->rules, out->count, sizeof(out->rules[0]), stronger);
}

static void add_domain(const struct judged_rule *rule, struct text *out)
{
	struct text printable;

	if (rule->domains == 0) {
		text_add(out, "a domain");
		return;
	}
	text_init(&printable, REASON_DOMAIN_MAX_BYTES);
	text_add_printable(&printable, rule->domain);
	text_add(out, text_get(&printable));
	text_clear(&printable);
	if (rule->domains > 1)
		text_addf(out, " and %u more", rule->domains - 1);
}

/* What a letter after % stands for, see evidence.h. */
static void add_word(const struct pair *pair, const struct judged_rule *rule, char letter,
		     struct text *out)
{
	static const struct campaign_part none = { .clients = 0 };
	const struct campaign_part *campaign = pair->behaviour == NULL ? &none
								       : &pair->behaviour->campaign;
	struct ip_network around = ip_network_around(&pair->client);
	char address[IP_TEXT_MAX];

	switch (letter) {
	case 'S':
		text_add(out, pair->server->proxy ? "the proxy " : "");
		text_add(out, ip_address_format(&pair->server->host->address, address));
		break;
	case 'C':
		text_add(out, ip_address_format(&pair->client, address));
		break;
	case 'D':
		add_domain(rule, out);
		break;
	case 'N':
		text_addf(out, "%.0f", pair->balancer == NULL ? 0 : pair->balancer->names.count);
		break;
	case 'W':
		text_addf(out, "%s/%u", ip_address_format(&around.base, address),
			  around.prefix_bits);
		break;
	case 'A':
		text_addf(out, "%u%s", campaign->clients,
			  campaign->clients < CAMPAIGN_CLIENTS_MAX ? "" : " or more");
		break;
	case 'P':
		text_addf(out, "%u", pair->server->port);
		break;
	case 'Y':
		text_addf(out, "%u", pair->server->watched_days);
		break;
	case 'K':
		text_addf(out, "%u", campaign->kinds);
		break;
	default:
		break;
	}
}

/* Put the names into the rule's sentence. */
void verdict_reason(const struct pair *pair, const struct judged_rule *rule, struct text *out)
{
	for (const char *p = evidence_rule(rule->rule)->meaning; *p != '\0'; p++) {
		if (*p == '%')
			add_word(pair, rule, *++p, out);
		else
			text_add_bytes(out, p, 1);
	}
}
