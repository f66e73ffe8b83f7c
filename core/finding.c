#include "core/finding.h"

#include <string.h>

static const char *const severities[] = {
	[SEVERITY_INFO] = "info", [SEVERITY_LOW] = "low",           [SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
};

const char *verdict_word(enum verdict verdict)
{
	static const char *const words[VERDICT_COUNT] = {
		[VERDICT_OPEN_RELAY_CONFIRMED] = "open_relay_confirmed",
		[VERDICT_OPEN_RELAY] = "open_relay",
		[VERDICT_AUTH_ABUSE] = "auth_abuse",
		[VERDICT_SPAM_SOURCE] = "spam_source",
		[VERDICT_BACKSCATTER] = "backscatter",
		[VERDICT_HARVEST] = "harvest",
		[VERDICT_BRUTE_FORCE] = "brute_force",
		[VERDICT_EVASION] = "evasion",
		[VERDICT_PROBE] = "probe",
		[VERDICT_RELAY_DENIED] = "relay_denied",
		[VERDICT_UNKNOWN_ENCRYPTED] = "unknown_encrypted",
		[VERDICT_BENIGN] = "benign",
	};

	return (size_t)verdict < VERDICT_COUNT ? words[verdict] : "unknown";
}

const char *severity_word(enum severity severity)
{
	return (size_t)severity < ARRAY_COUNT(severities) ? severities[severity] : "unknown";
}

int severity_number(enum severity severity)
{
	static const int numbers[] = {
		[SEVERITY_INFO] = 0,  [SEVERITY_LOW] = 21,      [SEVERITY_MEDIUM] = 47,
		[SEVERITY_HIGH] = 73, [SEVERITY_CRITICAL] = 99,
	};

	return (size_t)severity < ARRAY_COUNT(numbers) ? numbers[severity] : 0;
}

/* Read one of the five words. */
enum result severity_parse(const char *word, enum severity *out)
{
	for (size_t i = 0; i < ARRAY_COUNT(severities); i++) {
		if (strcmp(severities[i], word) == 0) {
			*out = (enum severity)i;
			return RESULT_OK;
		}
	}
	return RESULT_BAD;
}

const char *ownership_word(enum ownership ownership)
{
	static const char *const words[] = {
		[OWNERSHIP_UNDETERMINED] = "undetermined",
		[OWNERSHIP_OWN] = "own",
		[OWNERSHIP_FOREIGN] = "foreign",
	};

	return (size_t)ownership < ARRAY_COUNT(words) ? words[ownership] : "undetermined";
}

const char *posture_word(enum posture posture)
{
	static const char *const words[] = {
		[POSTURE_UNKNOWN] = "unknown", [POSTURE_CLOSED] = "closed",
		[POSTURE_FIXED] = "fixed",     [POSTURE_EXPOSED] = "exposed",
		[POSTURE_OPEN] = "open",
	};

	return (size_t)posture < ARRAY_COUNT(words) ? words[posture] : "unknown";
}

const char *alert_action_word(enum alert_action action)
{
	static const char *const words[] = {
		[ALERT_RAISED] = "raised",
		[ALERT_ESCALATED] = "escalated",
		[ALERT_ONGOING] = "ongoing",
		[ALERT_RESOLVED] = "resolved",
	};

	return (size_t)action < ARRAY_COUNT(words) ? words[action] : "unknown";
}

const char *subject_type_word(enum subject_type type)
{
	static const char *const words[] = {
		[SUBJECT_SERVER] = "server",
		[SUBJECT_CLIENT] = "client",
		[SUBJECT_ACCOUNT] = "account",
	};

	return (size_t)type < ARRAY_COUNT(words) ? words[type] : "unknown";
}

const char *witness_word(enum witness witness)
{
	static const char *const words[] = {
		[WITNESS_REPLY] = "reply",         [WITNESS_ONWARD_LEG] = "onward_leg",
		[WITNESS_TRACE] = "trace",         [WITNESS_NAME_SERVICE] = "name_service",
		[WITNESS_BEHAVIOUR] = "behaviour", [WITNESS_SITE] = "site",
	};

	return (size_t)witness < ARRAY_COUNT(words) ? words[witness] : "unknown";
}
