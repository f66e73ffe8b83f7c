#include "core/mail.h"

#include <criterion/criterion.h>

#define EXPECT_WORD(call, want) cr_expect_str_eq(call, want)

/* The words that the JSON contract prints; a consumer compares with them. */
Test(mail, words)
{
	EXPECT_WORD(mail_protocol_word(PROTOCOL_SMTP), "smtp");
	EXPECT_WORD(mail_protocol_word(PROTOCOL_LMTP), "lmtp");
	EXPECT_WORD(mail_protocol_word(PROTOCOL_QMTP), "qmtp");
	EXPECT_WORD(mail_protocol_word(PROTOCOL_QMQP), "qmqp");
	EXPECT_WORD(tls_use_word(TLS_NONE), "none");
	EXPECT_WORD(tls_use_word(TLS_STARTTLS), "starttls");
	EXPECT_WORD(tls_use_word(TLS_IMPLICIT), "implicit");
	EXPECT_WORD(auth_result_word(AUTH_NONE), "none");
	EXPECT_WORD(auth_result_word(AUTH_OK), "ok");
	EXPECT_WORD(auth_result_word(AUTH_FAILED), "failed");
	EXPECT_WORD(auth_result_word(AUTH_HIDDEN), "hidden");
	EXPECT_WORD(recipient_verdict_word(RECIPIENT_UNKNOWN), "unknown");
	EXPECT_WORD(recipient_verdict_word(RECIPIENT_ACCEPTED), "accepted");
	EXPECT_WORD(recipient_verdict_word(RECIPIENT_DENIED_RELAY), "denied_relay");
	EXPECT_WORD(recipient_verdict_word(RECIPIENT_DENIED_USER), "denied_user");
	EXPECT_WORD(recipient_verdict_word(RECIPIENT_DENIED_POLICY), "denied_policy");
	EXPECT_WORD(recipient_verdict_word(RECIPIENT_TEMPFAIL), "tempfail");
	EXPECT_WORD(outcome_word(OUTCOME_UNKNOWN), "unknown");
	EXPECT_WORD(outcome_word(OUTCOME_ACCEPTED), "accepted");
	EXPECT_WORD(outcome_word(OUTCOME_REJECTED), "rejected");
	EXPECT_WORD(outcome_word(OUTCOME_TEMPFAIL), "tempfail");
	EXPECT_WORD(outcome_word(OUTCOME_ABORTED), "aborted");
	EXPECT_WORD(via_type_word(VIA_HTTP_CONNECT), "http_connect");
	EXPECT_WORD(via_type_word(VIA_SOCKS4), "socks4");
	EXPECT_WORD(via_type_word(VIA_SOCKS5), "socks5");
	EXPECT_WORD(close_reason_word(CLOSE_FIN), "fin");
	EXPECT_WORD(close_reason_word(CLOSE_RST), "rst");
	EXPECT_WORD(close_reason_word(CLOSE_TIMEOUT), "timeout");
	EXPECT_WORD(close_reason_word(CLOSE_EOF), "eof");
}

Test(mail, a_value_outside_its_enumeration_is_unknown)
{
	EXPECT_WORD(mail_protocol_word((enum mail_protocol)99), "unknown");
	EXPECT_WORD(outcome_word((enum outcome)99), "unknown");
	EXPECT_WORD(reply_class_word((enum reply_class) - 1), "unknown");
	EXPECT_WORD(close_reason_word((enum close_reason)4), "unknown");
}

Test(mail, every_reply_class_has_a_word_of_its_own)
{
	for (int i = REPLY_NONE; i <= REPLY_TEMPORARY_UNKNOWN; i++)
		for (int j = REPLY_NONE; j < i; j++)
			cr_expect_str_neq(reply_class_word((enum reply_class)i),
					  reply_class_word((enum reply_class)j));
	EXPECT_WORD(reply_class_word(REPLY_RELAY_DENIED), "relay_denied");
}

Test(mail, session_flags_come_lowest_bit_first)
{
	static const struct {
		enum session_flag flag;
		const char *want;
	} cases[] = {
		{ SESSION_MIDSTREAM, "midstream" },
		{ SESSION_GAP, "gap" },
		{ SESSION_ONE_SIDED, "one_sided" },
		{ SESSION_OVERLAP_CONFLICT, "overlap_conflict" },
		{ SESSION_TRUNCATED, "truncated" },
		{ SESSION_NONSTANDARD_PORT, "nonstandard_port" },
		{ SESSION_PIPELINING, "pipelining" },
		{ SESSION_CHUNKING, "chunking" },
		{ SESSION_MALFORMED, "malformed" },
		{ SESSION_SMUGGLING, "smuggling" },
		{ SESSION_SHORT_REPLIES, "short_replies" },
	};
	uint32_t all = 0;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		all |= cases[i].flag;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		EXPECT_WORD(session_flag_next(&all), cases[i].want);
	cr_expect_null(session_flag_next(&all));
}

Test(mail, address_tricks)
{
	uint32_t bits = TRICK_TRAILING_DOT | TRICK_BANG_PATH | TRICK_DOUBLE_AT;

	EXPECT_WORD(address_trick_next(&bits), "bang_path");
	EXPECT_WORD(address_trick_next(&bits), "double_at");
	EXPECT_WORD(address_trick_next(&bits), "trailing_dot");
	cr_expect_null(address_trick_next(&bits));
	cr_expect_eq(bits, 0);
}

/* A bit without a word must end the walk, not run past the table. */
Test(mail, unknown_bits_end_the_walk)
{
	uint32_t bits = UINT32_C(1) << 31;

	cr_expect_null(session_flag_next(&bits));
	cr_expect_null(address_trick_next(&bits));
}
