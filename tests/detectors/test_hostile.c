/* Work that an outsider could multiply: each of these took minutes when it was done for all pairs,
 * domains or claims at each fact. They assert what comes out; that they end says the rest. */
#include "detectors/rig.h"

#include "core/time_text.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define LARGE ((size_t)192 << 20)
#define MANY 30000

static struct ip_address server_of(uint32_t n)
{
	return rig_address(192, n);
}

static struct ip_address stranger(uint32_t n)
{
	return rig_address(20, n);
}

static struct rig_offer relayed(uint32_t client, const char *domain)
{
	return (struct rig_offer){ .client = stranger(client),
				   .server = server_of(25),
				   .domains = { domain },
				   .count = 1,
				   .id = "id@spam.example" };
}

/* One look-up takes back what thousands of strangers are accused of. */
Test(hostile, all_taken_back_at_once)
{
	struct rig rig;
	struct ip_address server = server_of(25);

	rig_open(&rig, LARGE);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_offer in = relayed(i, "hosted.example");

		rig_offer(&rig, &in);
	}
	rig_mx(&rig, &server, "hosted.example", "mx.example.com", &server);
	rig_finish(&rig);
	cr_expect_eq(rig.findings, MANY);
	cr_expect_eq(rig.relays, 0);
	cr_expect_eq(rig.open_servers, 0);
	cr_expect_eq(rig.alerts[ALERT_RAISED], rig.alerts[ALERT_RESOLVED]);
	rig_close(&rig);
}

/* A server that denied some is fixed only when it denies what it took: which of its domains? */
Test(hostile, domains_of_one_server_that_denies_others)
{
	struct rig rig;
	char domain[32];

	rig_open(&rig, LARGE);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_offer in = relayed(i, domain);

		(void)snprintf(domain, sizeof(domain), "d%u.example", i);
		rig_offer(&rig, &in);
		in = relayed(i, "no.example");
		in.verdict = RECIPIENT_DENIED_RELAY;
		rig_offer(&rig, &in);
	}
	rig_finish(&rig);
	cr_expect_eq(rig.relays, MANY);
	cr_expect_eq(rig.open_servers, 1);
	rig_close(&rig);
}
