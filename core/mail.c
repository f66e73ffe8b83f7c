#include "core/mail.h"

static const char *const protocols[] = {
	[PROTOCOL_UNKNOWN] = "unknown", [PROTOCOL_SMTP] = "smtp", [PROTOCOL_LMTP] = "lmtp",
	[PROTOCOL_QMTP] = "qmtp",       [PROTOCOL_QMQP] = "qmqp",
};

static const char *const tls_uses[] = {
	[TLS_NONE] = "none",
	[TLS_STARTTLS] = "starttls",
	[TLS_IMPLICIT] = "implicit",
};

static const char *const auth_results[] = {
	[AUTH_NONE] = "none",
	[AUTH_OK] = "ok",
	[AUTH_FAILED] = "failed",
	[AUTH_HIDDEN] = "hidden",
};

static const char *const recipient_verdicts[] = {
	[RECIPIENT_UNKNOWN] = "unknown",
	[RECIPIENT_ACCEPTED] = "accepted",
	[RECIPIENT_DENIED_RELAY] = "denied_relay",
	[RECIPIENT_DENIED_USER] = "denied_user",
	[RECIPIENT_DENIED_POLICY] = "denied_policy",
	[RECIPIENT_TEMPFAIL] = "tempfail",
};

static const char *const outcomes[] = {
	[OUTCOME_UNKNOWN] = "unknown",   [OUTCOME_ACCEPTED] = "accepted",
	[OUTCOME_REJECTED] = "rejected", [OUTCOME_TEMPFAIL] = "tempfail",
	[OUTCOME_ABORTED] = "aborted",
};

static const char *const via_types[] = {
	[VIA_NOTHING] = "nothing",
	[VIA_HTTP_CONNECT] = "http_connect",
	[VIA_SOCKS4] = "socks4",
	[VIA_SOCKS5] = "socks5",
};

static const char *const reply_classes[] = {
	[REPLY_NONE] = "none",
	[REPLY_POSITIVE] = "positive",
	[REPLY_INTERMEDIATE] = "intermediate",
	[REPLY_RELAY_DENIED] = "relay_denied",
	[REPLY_AUTH_REQUIRED] = "auth_required",
	[REPLY_USER_UNKNOWN] = "user_unknown",
	[REPLY_USER_UNVERIFIED] = "user_unverified",
	[REPLY_RELAY_OR_USER] = "relay_or_user",
	[REPLY_BLOCKED] = "blocked",
	[REPLY_GREYLISTED] = "greylisted",
	[REPLY_LIMITED] = "limited",
	[REPLY_SENDER_REFUSED] = "sender_refused",
	[REPLY_CONTENT] = "content",
	[REPLY_SYNTAX] = "syntax",
	[REPLY_POLICY_UNKNOWN] = "policy_unknown",
	[REPLY_TEMPORARY_UNKNOWN] = "temporary_unknown",
};

static const char *const close_reasons[] = {
	[CLOSE_FIN] = "fin",
	[CLOSE_RST] = "rst",
	[CLOSE_TIMEOUT] = "timeout",
	[CLOSE_EOF] = "eof",
};

/* By bit number. */
static const char *const tricks[] = {
	"percent_hack",     "bang_path",       "source_route",      "quoted_address", "double_at",
	"nested_netstring", "address_literal", "no_angle_brackets", "trailing_dot",
};

/* By bit number. */
static const char *const flags[] = {
	"midstream",        "gap",        "one_sided", "overlap_conflict", "truncated",
	"nonstandard_port", "pipelining", "chunking",  "malformed",        "smuggling",
	"short_replies",
};

static const char *word(const char *const *words, size_t count, size_t value)
{
	return value < count && words[value] != NULL ? words[value] : "unknown";
}

static const char *next_bit(const char *const *words, size_t count, uint32_t *bits)
{
	for (size_t i = 0; i < count; i++) {
		if ((*bits & UINT32_C(1) << i) == 0)
			continue;
		*bits &= ~(UINT32_C(1) << i);
		return words[i];
	}
	return NULL;
}

const char *mail_protocol_word(enum mail_protocol protocol)
{
	return word(protocols, ARRAY_COUNT(protocols), protocol);
}

const char *tls_use_word(enum tls_use tls)
{
	return word(tls_uses, ARRAY_COUNT(tls_uses), tls);
}

const char *auth_result_word(enum auth_result result)
{
	return word(auth_results, ARRAY_COUNT(auth_results), result);
}

const char *recipient_verdict_word(enum recipient_verdict verdict)
{
	return word(recipient_verdicts, ARRAY_COUNT(recipient_verdicts), verdict);
}

const char *outcome_word(enum outcome outcome)
{
	return word(outcomes, ARRAY_COUNT(outcomes), outcome);
}

const char *via_type_word(enum via_type type)
{
	return word(via_types, ARRAY_COUNT(via_types), type);
}

const char *reply_class_word(enum reply_class reply_class)
{
	return word(reply_classes, ARRAY_COUNT(reply_classes), reply_class);
}

const char *close_reason_word(enum close_reason reason)
{
	return word(close_reasons, ARRAY_COUNT(close_reasons), reason);
}

const char *address_trick_next(uint32_t *bits)
{
	return next_bit(tricks, ARRAY_COUNT(tricks), bits);
}

const char *session_flag_next(uint32_t *bits)
{
	return next_bit(flags, ARRAY_COUNT(flags), bits);
}

struct span mail_local_part_of(struct span address)
{
	return span_part(address, 0, span_find_last_byte(address, '@'));
}

struct span mail_domain_of(struct span address)
{
	size_t at = span_find_last_byte(address, '@');

	return at == SPAN_NOT_FOUND ? span_of(NULL, 0) : span_part(address, at + 1, SIZE_MAX);
}
