/* The report for people: what it names, and what must never reach a terminal. */
#include <criterion/criterion.h>
#include <string.h>

#include "e2e/events.h"
#include "e2e/run.h"
#include "e2e/traffic.h"

Test(report, names_posture_offender_and_reason)
{
	static const struct {
		const char *capture;
		const char *said[6];
	} cases[] = {
		{ "pcaps/qmtp-open-relay.pcap",
		  { "192.0.2.25:209", "open", "203.0.113.7", "open_relay_confirmed",
		    "redrock.test" } },
		{ "pcaps/qmqp-exposed.pcap", { "192.0.2.25:628", "exposed", "203.0.113.7" } },
		{ "pcaps/smtp-fixed.pcap", { "192.0.2.25:25", "fixed", "203.0.113.7" } },
		{ "pcaps/smtp-denied.pcap", { "192.0.2.25:25", "closed" } },
		{ "pcaps/smtp-starttls.pcap", { "encrypted" } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run run;

		run_relaywatch(&run,
			       (const char *const[]){ "read", "--local-domain", "example.com",
						      "--local-domain", "example.org", "--trusted",
						      "192.0.2.96/27", cases[i].capture, NULL });
		cr_assert_eq(run.exit_code, 0, "%s", run.err);
		for (const char *const *said = cases[i].said; *said; said++)
			cr_assert_not_null(strstr(run.out, *said), "%s: no '%s' in:\n%s",
					   cases[i].capture, *said, run.out);
		run_clear(&run);
	}
}

Test(report, an_ordinary_day_accuses_nobody)
{
	static const char *const accusations[] = { "open_relay", "probe", "exposed" };
	struct run run;

	run_relaywatch(&run, (const char *const[]){ "read", "pcaps/ordinary-mail.pcap", NULL });
	cr_assert_eq(run.exit_code, 0, "%s", run.err);
	for (size_t i = 0; i < sizeof(accusations) / sizeof(accusations[0]); i++)
		cr_assert_null(strstr(run.out, accusations[i]), "'%s' in:\n%s", accusations[i],
			       run.out);
	run_clear(&run);
}

/* No byte that a terminal would obey: C0 but line feed and tab, DEL, C1 in UTF-8 or bare. */
static void check_printable(const char *text, const char *which)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		cr_assert((*p >= 0x20 || *p == '\n' || *p == '\t') && *p != 0x7f,
			  "byte 0x%02x in the %s", *p, which);
		cr_assert_not(*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0, "C1 0x%02x in the %s",
			      p[1], which);
	}
}

Test(report, hostile_bytes_are_made_harmless)
{
	static const char *const modes[] = { "-v", "--json" };
	char scratch[256], capture[512];

	scratch_make(scratch, sizeof(scratch));
	path_join(capture, sizeof(capture), scratch, "hostile.pcap");
	traffic_hostile(capture);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct run run;

		run_relaywatch(&run, (const char *const[]){ "read", modes[i], capture, NULL });
		cr_assert_eq(run.exit_code, 0, "%s", run.err);
		cr_assert_not_null(strstr(run.out, "192.0.2.25"));
		cr_assert_eq(strlen(run.out), run.out_bytes, "a NUL is in the output");
		check_printable(run.out, modes[i]);
		check_printable(run.err, "log");
		run_clear(&run);
	}
	scratch_remove(scratch);
}
