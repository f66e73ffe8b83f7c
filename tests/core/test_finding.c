#include "core/finding.h"

#include <criterion/criterion.h>

Test(finding, verdict_words)
{
	static const char *const want[] = {
		"open_relay_confirmed", "open_relay",        "auth_abuse",
		"spam_source",          "backscatter",       "harvest",
		"brute_force",          "evasion",           "probe",
		"relay_denied",         "unknown_encrypted", "benign",
	};

	cr_assert_eq(ARRAY_COUNT(want), VERDICT_COUNT);
	for (int i = 0; i < VERDICT_COUNT; i++)
		cr_expect_str_eq(verdict_word((enum verdict)i), want[i]);
	cr_expect_str_eq(verdict_word(VERDICT_COUNT), "unknown");
}

Test(finding, severities_stand_for_their_numbers)
{
	static const struct {
		const char *word;
		int number;
	} cases[] = {
		{ "info", 0 }, { "low", 21 }, { "medium", 47 }, { "high", 73 }, { "critical", 99 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		enum severity severity;

		cr_assert_eq(severity_parse(cases[i].word, &severity), RESULT_OK);
		cr_expect_eq(severity, (enum severity)i);
		cr_expect_eq(severity_number(severity), cases[i].number);
		cr_expect_str_eq(severity_word(severity), cases[i].word);
	}
}

Test(finding, refuses_other_severities)
{
	static const char *const cases[] = { "", "Info", "hig", "highest", "99", " low" };
	enum severity severity = SEVERITY_HIGH;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		cr_expect_eq(severity_parse(cases[i], &severity), RESULT_BAD, "'%s'", cases[i]);
	cr_expect_eq(severity, SEVERITY_HIGH);
	cr_expect_str_eq(severity_word((enum severity)9), "unknown");
	cr_expect_eq(severity_number((enum severity)9), 0);
}

Test(finding, other_words)
{
	cr_expect_str_eq(ownership_word(OWNERSHIP_OWN), "own");
	cr_expect_str_eq(ownership_word(OWNERSHIP_FOREIGN), "foreign");
	cr_expect_str_eq(ownership_word(OWNERSHIP_UNDETERMINED), "undetermined");
	cr_expect_str_eq(posture_word(POSTURE_OPEN), "open");
	cr_expect_str_eq(posture_word(POSTURE_EXPOSED), "exposed");
	cr_expect_str_eq(posture_word(POSTURE_CLOSED), "closed");
	cr_expect_str_eq(posture_word(POSTURE_FIXED), "fixed");
	cr_expect_str_eq(posture_word(POSTURE_UNKNOWN), "unknown");
	cr_expect_str_eq(alert_action_word(ALERT_RAISED), "raised");
	cr_expect_str_eq(alert_action_word(ALERT_ESCALATED), "escalated");
	cr_expect_str_eq(alert_action_word(ALERT_ONGOING), "ongoing");
	cr_expect_str_eq(alert_action_word(ALERT_RESOLVED), "resolved");
	cr_expect_str_eq(subject_type_word(SUBJECT_SERVER), "server");
	cr_expect_str_eq(subject_type_word(SUBJECT_CLIENT), "client");
	cr_expect_str_eq(subject_type_word(SUBJECT_ACCOUNT), "account");
	cr_expect_str_eq(witness_word(WITNESS_REPLY), "reply");
	cr_expect_str_eq(witness_word(WITNESS_ONWARD_LEG), "onward_leg");
	cr_expect_str_eq(witness_word(WITNESS_TRACE), "trace");
	cr_expect_str_eq(witness_word(WITNESS_NAME_SERVICE), "name_service");
	cr_expect_str_eq(witness_word(WITNESS_BEHAVIOUR), "behaviour");
	cr_expect_str_eq(posture_word((enum posture)9), "unknown");
}
