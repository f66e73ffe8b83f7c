#include "detectors/signatures.h"

/*
 * Local parts and domains as the tools write them; a NULL matches anything. A row needs all that
 * it names. Sources: the NASL texts of Nessus 10262, 11852 and 38789 and Greenbone 105974, nmap's
 * smtp-open-relay.nse, Metasploit's smtp_relay, MAPS' and abuse.net's published test pages.
 */
static const struct {
	const char *tool;
	const char *sender_local, *sender_domain;
	const char *recipient_local, *recipient_domain;
} rows[] = {
	{ "nmap smtp-open-relay", "antispam", NULL, "relaytest", NULL },
	{ "nmap smtp-open-relay", NULL, NULL, "relaytest", "nmap.scanme.org" },
	{ "Nessus 10262", "test_1", "example.edu", "test_2", "example.edu" },
	{ "Nessus relay test", "nessus", NULL, "postmaster", NULL },
	{ "Nessus relay test", "nessus", NULL, "nobody", NULL },
	{ "Greenbone relay test", "openvas", NULL, "postmaster", NULL },
	{ "MAPS relay test", "spamtest", NULL, "nobody", "mail-abuse.org" },
	{ "abuse.net relay test", "spamtest", "abuse.net", NULL, NULL },
	{ "abuse.net relay test", NULL, NULL, "securitytest", "abuse.net" },
};

static bool fits(const char *want, struct span have)
{
	return want == NULL || span_is_nocase(have, want);
}

/* The first row that fits. */
const char *signature_of(const struct fact_transaction *transaction,
			 const struct fact_recipient *recipient)
{
	struct span from = mail_local_part_of(transaction->mail_from);
	struct span from_domain = mail_domain_of(transaction->mail_from);
	struct span to = mail_local_part_of(recipient->canonical);
	struct span to_domain = mail_domain_of(recipient->canonical);

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (fits(rows[i].sender_local, from) && fits(rows[i].sender_domain, from_domain) &&
		    fits(rows[i].recipient_local, to) && fits(rows[i].recipient_domain, to_domain))
			return rows[i].tool;
	return NULL;
}
