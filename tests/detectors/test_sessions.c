/* What a session tells of its server, beside what it carried. */
#include "detectors/detectors.h"

#include <criterion/criterion.h>
#include <string.h>

#define SESSIONS_MAX 3

struct scene {
	const char *name;
	struct software software[SESSIONS_MAX]; /* as each session told it */
	const char *reported;                   /* NULL: none */
};

static const struct scene scenes[] = {
	{ "told", { { "Postfix", SOFTWARE_BY_GREETING } }, "Postfix" },
	{ "told late", { { NULL, SOFTWARE_UNTOLD }, { "qmail", SOFTWARE_BY_REPLY } }, "qmail" },
	{ "the first word stays",
	  { { "Exim", SOFTWARE_BY_GREETING },
	    { NULL, SOFTWARE_UNTOLD },
	    { "Sendmail", SOFTWARE_BY_GREETING } },
	  "Exim" },
	{ "a surer word takes its place",
	  { { "Sendmail", SOFTWARE_BY_HABIT },
	    { "IceWarp", SOFTWARE_BY_GREETING },
	    { "Sendmail", SOFTWARE_BY_HABIT } },
	  "IceWarp" },
	{ "never told", { { NULL, SOFTWARE_UNTOLD } }, NULL },
};

struct seen {
	const struct scene *scene;
	int servers;
};

static void on_server(void *ctx, const struct server_report *server)
{
	struct seen *seen = ctx;
	const char *software = server->software == NULL ? "none" : server->software;

	cr_expect_str_eq(software, seen->scene->reported == NULL ? "none" : seen->scene->reported,
			 "%s", seen->scene->name);
	seen->servers++;
}

static void on_alert(void *ctx, const struct alert *alert)
{
	(void)ctx;
	(void)alert;
}

static void on_finding(void *ctx, const struct finding *finding)
{
	(void)ctx;
	(void)finding;
}

static void end_session(struct detectors *detectors, struct software software, int64_t time_ns)
{
	const uint8_t client[4] = { 203, 0, 113, 9 };
	const uint8_t server[4] = { 192, 0, 2, 25 };
	struct fact fact = { .kind = FACT_SESSION, .time_ns = time_ns };
	struct fact_session *session = &fact.as.session;

	strcpy(session->origin.session, "0123456789abcdef");
	session->origin.protocol = PROTOCOL_SMTP;
	session->origin.connection.client = ip_address_v4(client);
	session->origin.connection.server = ip_address_v4(server);
	session->origin.connection.server_port = 25;
	session->origin.software = software;
	session->start_ns = time_ns;
	session->end_ns = time_ns;
	detectors_fact(detectors, &fact);
}

Test(sessions, say_what_software_a_server_is)
{
	for (size_t i = 0; i < ARRAY_COUNT(scenes); i++) {
		struct seen seen = { .scene = &scenes[i] };
		const struct finding_sink sink = {
			.alert = on_alert, .finding = on_finding, .server = on_server, .ctx = &seen
		};
		const struct detectors_options options = { .key = hash_key_fixed() };
		struct detectors *detectors = NULL;
		struct budget budget;
		struct site *site = NULL;

		budget_init(&budget, (size_t)64 << 20);
		cr_assert_eq(site_new(&site), RESULT_OK);
		cr_assert_eq(detectors_new(&detectors, &options, site, &budget, &sink), RESULT_OK);
		for (int k = 0; k < SESSIONS_MAX; k++)
			end_session(detectors, scenes[i].software[k], 1000 + k);
		detectors_finish(detectors);
		cr_expect_eq(seen.servers, 1, "%s", scenes[i].name);
		detectors_free(&detectors);
		cr_expect_eq(budget.used_bytes, 0, "%s", scenes[i].name);
		site_free(&site);
	}
}
