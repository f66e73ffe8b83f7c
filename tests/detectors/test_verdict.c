/* From what is held against a pair to a verdict, a score, a severity and sentences. */
#include "detectors/verdict.h"

#include "core/time_text.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define DAY_NS (24 * NS_PER_HOUR)
#define START_NS (INT64_C(1750000000) * NS_PER_SECOND)
#define MARKS_MAX 4
#define CLAIMS_MAX 3

/* How far the server went for one domain. */
enum went { WENT_NOWHERE, WENT_DENIED, WENT_RECIPIENT, WENT_INVITED, WENT_TAKEN };

struct asked {
	const char *domain; /* NULL: no claim */
	enum ownership ownership;
	enum went went;
	bool left, routed, qmqp;
	uint32_t tricks;
};

struct world {
	struct site *site;
	struct budget budget;
	struct state state;
	struct pair *pair;
};

static struct ip_address ip(const char *text)
{
	struct ip_address address;

	cr_assert_eq(ip_address_parse(text, &address), RESULT_OK, "%s", text);
	return address;
}

static void open_world(struct world *w)
{
	struct ip_address server = ip("192.0.2.25"), client = ip("203.0.113.5");
	struct hash_key key = hash_key_fixed();
	struct server *s;

	budget_init(&w->budget, 1 << 20);
	cr_assert_eq(site_new(&w->site), RESULT_OK);
	cr_assert_eq(state_init(&w->state, &key, &w->budget), RESULT_OK);
	s = state_server(&w->state, &server, 25, PROTOCOL_SMTP, START_NS);
	cr_assert_not_null(s);
	w->pair = state_pair(&w->state, s, &client, START_NS);
	cr_assert_not_null(w->pair);
	w->pair->standings = STANDING_STRANGER;
}

static void close_world(struct world *w)
{
	state_clear(&w->state);
	site_free(&w->site);
	cr_assert_eq(w->budget.used_bytes, 0);
}

static struct track **track_of(struct claim *claim, enum went went)
{
	switch (went) {
	case WENT_DENIED:
		return &claim->denied;
	case WENT_RECIPIENT:
		return &claim->recipient;
	case WENT_INVITED:
		return &claim->invited;
	case WENT_TAKEN:
		return &claim->taken;
	case WENT_NOWHERE:
		break;
	}
	return NULL;
}

static void ask(struct world *w, const struct asked *a)
{
	struct connection connection = { .client_port = 40000, .server_port = 25 };
	struct frame_id at = { .frame = 1 };
	struct holding *holding;
	struct claim *claim;

	if (a->domain == NULL)
		return;
	holding = state_holding(&w->state, w->pair->server->host, span_text(a->domain));
	cr_assert_not_null(holding);
	holding->ownership = a->ownership;
	claim = state_claim(&w->state, w->pair, holding, a->tricks, a->qmqp);
	cr_assert_not_null(claim);
	claim->denied_in_words = a->went == WENT_DENIED;
	if (a->went != WENT_NOWHERE)
		state_track(&w->state, track_of(claim, a->went), START_NS, at, &connection);
	if (a->left)
		state_track(&w->state, &claim->left, START_NS + 1, at, &connection);
	if (a->routed)
		state_track(&w->state, &claim->routed, START_NS + 1, at, &connection);
}

static void mark(struct world *w, enum rule rule, size_t times)
{
	struct connection connection = { .client_port = 40000, .server_port = 25 };

	for (size_t i = 0; i < times; i++)
		state_mark(&w->state, w->pair, rule, START_NS, (struct frame_id){ .frame = i + 1 },
			   &connection);
}

/* Prior and weights sum to the logit of the score. */
static void must_add_up(const struct judgement *j, const char *what)
{
	double sum = PRIOR_DECIBANS;

	for (uint32_t i = 0; i < j->count; i++)
		sum += j->rules[i].weight_decibans;
	cr_expect_lt(fabs(sum - 10 * log10(j->score / (100 - j->score))), 1e-6, "%s", what);
}

#define FOREIGN OWNERSHIP_FOREIGN
#define OWN OWNERSHIP_OWN
#define OPEN OWNERSHIP_UNDETERMINED

Test(verdict, what_claims_come_to)
{
	static const struct {
		const char *what;
		struct asked asked[CLAIMS_MAX];
		const char *verdict, *ownership;
	} rows[] = {
		{ "nothing", { { 0 } }, "benign", "undetermined" },
		{ "its own, taken", { { "a.example", OWN, WENT_TAKEN } }, "benign", "own" },
		{ "its own, and it left",
		  { { "a.example", OWN, WENT_TAKEN, .left = true } },
		  "benign",
		  "own" },
		{ "its own, denied", { { "a.example", OWN, WENT_DENIED } }, "benign", "own" },
		{ "undetermined, taken",
		  { { "a.example", OPEN, WENT_TAKEN } },
		  "benign",
		  "undetermined" },
		{ "undetermined, and it left",
		  { { "a.example", OPEN, WENT_TAKEN, .left = true } },
		  "benign",
		  "undetermined" },
		{ "undetermined, invited",
		  { { "a.example", OPEN, WENT_INVITED } },
		  "benign",
		  "undetermined" },
		{ "undetermined, denied",
		  { { "a.example", OPEN, WENT_DENIED } },
		  "relay_denied",
		  "undetermined" },
		{ "foreign, denied",
		  { { "a.example", FOREIGN, WENT_DENIED } },
		  "relay_denied",
		  "foreign" },
		{ "foreign, recipient taken",
		  { { "a.example", FOREIGN, WENT_RECIPIENT } },
		  "probe",
		  "foreign" },
		{ "foreign, invited",
		  { { "a.example", FOREIGN, WENT_INVITED } },
		  "open_relay",
		  "foreign" },
		{ "foreign, taken",
		  { { "a.example", FOREIGN, WENT_TAKEN } },
		  "open_relay",
		  "foreign" },
		{ "foreign, and it left",
		  { { "a.example", FOREIGN, WENT_TAKEN, .left = true } },
		  "open_relay_confirmed",
		  "foreign" },
		{ "foreign, and its exchanger was asked for",
		  { { "a.example", FOREIGN, WENT_TAKEN, .routed = true } },
		  "open_relay_confirmed",
		  "foreign" },
		{ "foreign, it left, but nothing was taken",
		  { { "a.example", FOREIGN, WENT_NOWHERE, .left = true } },
		  "benign",
		  "undetermined" },
		{ "a trick, taken",
		  { { "a.example", FOREIGN, WENT_TAKEN, .tricks = TRICK_BANG_PATH } },
		  "probe",
		  "foreign" },
		{ "a trick, and it left",
		  { { "a.example", FOREIGN, WENT_TAKEN, .left = true, .tricks = TRICK_BANG_PATH } },
		  "open_relay_confirmed",
		  "foreign" },
		{ "a trick that leads home",
		  { { "a.example", OWN, WENT_TAKEN, .tricks = TRICK_BANG_PATH } },
		  "benign",
		  "own" },
		{ "how brackets are written is no trick",
		  { { "a.example", FOREIGN, WENT_TAKEN, .tricks = TRICK_NO_ANGLE_BRACKETS } },
		  "open_relay",
		  "foreign" },
		{ "one of its own and one of others",
		  { { "a.example", OWN, WENT_TAKEN }, { "b.example", FOREIGN, WENT_TAKEN } },
		  "open_relay",
		  "foreign" },
		{ "one of its own and one that nobody knows",
		  { { "a.example", OWN, WENT_TAKEN }, { "b.example", OPEN, WENT_TAKEN } },
		  "benign",
		  "undetermined" },
		{ "by QMQP recipients are no matter",
		  { { "a.example", FOREIGN, WENT_TAKEN, .qmqp = true } },
		  "benign",
		  "undetermined" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct judgement j;
		struct world w;

		open_world(&w);
		for (size_t k = 0; k < CLAIMS_MAX; k++)
			ask(&w, &rows[i].asked[k]);
		verdict_judge(w.site, w.pair, START_NS, &j);
		cr_expect_str_eq(verdict_word(j.verdict), rows[i].verdict, "%s: %s", rows[i].what,
				 verdict_word(j.verdict));
		cr_expect_str_eq(ownership_word(j.ownership), rows[i].ownership, "%s: %s",
				 rows[i].what, ownership_word(j.ownership));
		must_add_up(&j, rows[i].what);
		close_world(&w);
	}
}

/* The first that holds is the verdict, the others stand beside it. */
Test(verdict, what_marks_come_to)
{
	static const struct {
		enum rule rules[MARKS_MAX];
		size_t count;
		const char *verdict, *also, *severity;
	} rows[] = {
		{ { RULE_QMQP_ACCEPTED }, 1, "open_relay", NULL, "high" },
		{ { RULE_INSIDER_QMQP_ACCEPTED }, 1, "open_relay", NULL, "low" },
		{ { RULE_SPRAY }, 1, "spam_source", NULL, "high" },
		{ { RULE_HARVEST }, 1, "harvest", NULL, "medium" },
		{ { RULE_PASSWORD_GUESSING }, 1, "brute_force", NULL, "medium" },
		{ { RULE_FORGED_PROXY }, 1, "evasion", NULL, "medium" },
		{ { RULE_XCLIENT }, 1, "evasion", NULL, "medium" },
		{ { RULE_SMUGGLING }, 1, "evasion", NULL, "medium" },
		{ { RULE_MANY_TRICKS }, 1, "probe", NULL, "info" },
		{ { RULE_SCANNER_PATTERN }, 1, "probe", NULL, "low" },
		{ { RULE_ROLE_COMMAND }, 1, "probe", NULL, "info" },
		{ { RULE_RELAY_DENIED }, 1, "relay_denied", NULL, "info" },
		{ { RULE_QMQP_CLOSED }, 1, "relay_denied", NULL, "info" },
		{ { RULE_PASSWORD_GUESSING, RULE_HARVEST }, 2, "harvest", "brute_force", "medium" },
		{ { RULE_SCANNER_PATTERN, RULE_XCLIENT }, 2, "evasion", "probe", "medium" },
		{ { RULE_RELAY_DENIED, RULE_SPRAY }, 2, "spam_source", "relay_denied", "high" },
		{ { RULE_QMQP_ACCEPTED, RULE_HARVEST }, 2, "open_relay", "harvest", "high" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *first = evidence_rule(rows[i].rules[0])->name;
		struct judgement j;
		struct world w;

		open_world(&w);
		for (size_t k = 0; k < rows[i].count; k++)
			mark(&w, rows[i].rules[k], 1);
		verdict_judge(w.site, w.pair, START_NS, &j);
		cr_expect_str_eq(verdict_word(j.verdict), rows[i].verdict, "%s: %s", first,
				 verdict_word(j.verdict));
		cr_expect_str_eq(severity_word(j.severity), rows[i].severity, "%s: %s at %f", first,
				 severity_word(j.severity), j.score);
		for (uint32_t v = 0; v < VERDICT_COUNT; v++)
			cr_expect_eq((j.also >> v & 1) != 0,
				     rows[i].also != NULL &&
					 strcmp(verdict_word((enum verdict)v), rows[i].also) == 0,
				     "%s: also %s", first, verdict_word((enum verdict)v));
		must_add_up(&j, first);
		close_world(&w);
	}
}

/* One sort of witness counts once, however many rules it brings; another one adds to it. */
Test(verdict, witnesses_add_and_rules_of_one_do_not)
{
	struct judgement one, same, two;
	struct world w;

	open_world(&w);
	mark(&w, RULE_XCLIENT, 1);
	verdict_judge(w.site, w.pair, START_NS, &one);
	mark(&w, RULE_SMUGGLING, 1);
	verdict_judge(w.site, w.pair, START_NS, &same);
	mark(&w, RULE_QMQP_ACCEPTED, 1);
	verdict_judge(w.site, w.pair, START_NS, &two);
	cr_expect_lt(fabs(one.score - same.score), 1e-9);
	cr_expect_gt(two.score, same.score + 5);
	cr_expect_eq(same.count, 2);
	cr_expect_eq(same.rules[1].weight_decibans, 0);
	close_world(&w);
}

/* What is old fades: a step of severity at a time, and the verdict stays. */
Test(verdict, severity_fades_with_age)
{
	static const struct {
		int64_t days;
		const char *severity;
	} rows[] = { { 0, "high" }, { 10, "medium" }, { 30, "info" }, { 365, "info" } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct judgement j;
		struct world w;

		open_world(&w);
		mark(&w, RULE_SPRAY, 1);
		verdict_judge(w.site, w.pair, START_NS + rows[i].days * DAY_NS, &j);
		cr_expect_str_eq(verdict_word(j.verdict), "spam_source");
		cr_expect_str_eq(severity_word(j.severity), rows[i].severity, "%lld days: %s, %f",
				 (long long)rows[i].days, severity_word(j.severity), j.score);
		close_world(&w);
	}
}

Test(verdict, scanners_and_honeypots)
{
	for (int honeypot = 0; honeypot < 2; honeypot++) {
		struct judgement j;
		struct world w;

		open_world(&w);
		ask(&w, &(struct asked){ "a.example", FOREIGN, WENT_TAKEN, .left = true });
		if (honeypot)
			cr_assert_eq(site_add_network(w.site, SITE_HONEYPOT, "192.0.2.25"),
				     RESULT_OK);
		else
			w.pair->standings = STANDING_SCANNER;
		verdict_judge(w.site, w.pair, START_NS, &j);
		cr_expect_eq(j.severity, SEVERITY_INFO);
		cr_expect_str_eq(verdict_word(j.verdict),
				 honeypot ? "open_relay_confirmed" : "probe");
		close_world(&w);
	}
}

Test(verdict, nothing_but_encryption)
{
	static const struct {
		uint64_t encrypted, transactions;
		uint32_t standings;
		const char *verdict;
	} rows[] = {
		{ 1, 0, STANDING_STRANGER, "unknown_encrypted" },
		{ 1, 1, STANDING_STRANGER, "benign" },
		{ 0, 0, STANDING_STRANGER, "benign" },
		{ 1, 0, STANDING_STRANGER | STANDING_AUTHENTICATED, "benign" },
		{ 1, 0, STANDING_TRUSTED, "benign" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct judgement j;
		struct world w;

		open_world(&w);
		w.pair->encrypted = rows[i].encrypted;
		w.pair->transactions = rows[i].transactions;
		w.pair->standings = rows[i].standings;
		verdict_judge(w.site, w.pair, START_NS, &j);
		cr_expect_str_eq(verdict_word(j.verdict), rows[i].verdict, "row %zu: %s", i,
				 verdict_word(j.verdict));
		close_world(&w);
	}
}

static void reason_of(const struct world *w, const struct judgement *j, enum rule rule,
		      struct text *out)
{
	text_reset(out);
	for (uint32_t i = 0; i < j->count; i++)
		if (j->rules[i].rule == rule)
			verdict_reason(w->pair, &j->rules[i], out);
}

/* A sentence names the addresses and the domain; what a stranger wrote obeys nobody's terminal. */
Test(verdict, sentences)
{
	struct judgement j;
	struct text text;
	struct world w;

	text_init(&text, 4096);
	open_world(&w);
	ask(&w, &(struct asked){ "a.example", FOREIGN, WENT_TAKEN });
	verdict_judge(w.site, w.pair, START_NS, &j);
	reason_of(&w, &j, RULE_FOREIGN_ACCEPTED, &text);
	cr_expect(strstr(text_get(&text), "192.0.2.25") != NULL, "%s", text_get(&text));
	cr_expect(strstr(text_get(&text), "203.0.113.5") != NULL, "%s", text_get(&text));
	cr_expect(strstr(text_get(&text), "a.example,") != NULL, "%s", text_get(&text));
	/* The same domain in another class of address is no further domain. */
	ask(&w, &(struct asked){ "a.example", FOREIGN, WENT_TAKEN, .left = true,
				 .tricks = TRICK_BANG_PATH });
	verdict_judge(w.site, w.pair, START_NS, &j);
	reason_of(&w, &j, RULE_FOREIGN_ACCEPTED, &text);
	cr_expect(strstr(text_get(&text), "more") == NULL, "%s", text_get(&text));
	ask(&w, &(struct asked){ "b.example", FOREIGN, WENT_TAKEN });
	verdict_judge(w.site, w.pair, START_NS, &j);
	reason_of(&w, &j, RULE_FOREIGN_ACCEPTED, &text);
	cr_expect(strstr(text_get(&text), "and 1 more") != NULL, "%s", text_get(&text));
	close_world(&w);

	open_world(&w);
	ask(&w, &(struct asked){ "\033[2J\x80.example", FOREIGN, WENT_TAKEN });
	verdict_judge(w.site, w.pair, START_NS, &j);
	reason_of(&w, &j, RULE_FOREIGN_ACCEPTED, &text);
	cr_expect(strstr(text_get(&text), "\\x1b[2J\\x80.example") != NULL, "%s", text_get(&text));
	close_world(&w);
	text_clear(&text);
}
