#include "core/fact.h"

const char *fact_kind_word(enum fact_kind kind)
{
	static const char *const words[] = {
		[FACT_TRANSACTION] = "transaction",
		[FACT_SESSION] = "session",
		[FACT_AUTH] = "auth",
		[FACT_COMMAND] = "command",
		[FACT_CONTACT] = "contact",
		[FACT_DNS] = "dns",
	};

	return (size_t)kind < ARRAY_COUNT(words) ? words[kind] : "unknown";
}

const char *dns_type_word(enum dns_type type)
{
	static const char *const words[] = {
		[DNS_MX] = "MX",
		[DNS_A] = "A",
		[DNS_AAAA] = "AAAA",
	};

	return (size_t)type < ARRAY_COUNT(words) ? words[type] : "unknown";
}

const char *contact_kind_word(enum contact_kind kind)
{
	static const char *const words[] = {
		[CONTACT_REFUSED] = "refused",
		[CONTACT_RESET] = "reset",
		[CONTACT_SILENT] = "silent",
		[CONTACT_UNANSWERED] = "unanswered",
	};

	return (size_t)kind < ARRAY_COUNT(words) ? words[kind] : "unknown";
}

/* A claim counts only when the operator named the proxy that makes it. */
const struct ip_address *fact_client(const struct fact_origin *origin)
{
	if (origin->claim_trusted && origin->claimed_client.family != 0)
		return &origin->claimed_client;
	return &origin->connection.client;
}
