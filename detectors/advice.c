#include "detectors/advice.h"

#include <string.h>

/*
 * From the software's own manuals: Postfix's postconf(5) and qmqpd(8), qmail's FAQ 5.4 and 5.6 and
 * qmail-qmtpd(8), Exim's specification chapter 43, sendmail's cf/README, smtpd.conf(5), Microsoft's
 * pages on receive connectors, Haraka's docs/plugins/relay.md, Courier's makesmtpaccess(8) and
 * makeacceptmailfor(8), James' smtpserver.xml, Stalwart's MtaStageRcpt. A row without software
 * serves where none of the others does.
 */
static const struct {
	enum mail_protocol protocol;
	const char *software; /* how its name begins; NULL: any */
	const char *line;
} rows[] = {
	{ PROTOCOL_QMQP, "Postfix",
	  "list the hosts that may inject in qmqpd_authorized_clients, or take qmqpd out of "
	  "master.cf" },
	{ PROTOCOL_QMQP, NULL,
	  "QMQP has no authentication: let only your own hosts reach TCP port 628 (tcprules: "
	  "'NETWORK:allow' and ':deny'), or switch the service off" },
	{ PROTOCOL_QMTP, NULL,
	  "give the server a control/rcpthosts with your domains, and set RELAYCLIENT in tcprules "
	  "for "
	  "your own networks only" },
	{ PROTOCOL_SMTP, "Postfix",
	  "narrow mynetworks to your own hosts and keep reject_unauth_destination in "
	  "smtpd_relay_restrictions" },
	{ PROTOCOL_SMTP, "Exim",
	  "narrow the hostlist relay_from_hosts, and accept other recipients only in "
	  "+local_domains : "
	  "+relay_to_domains" },
	{ PROTOCOL_SMTP, "Sendmail",
	  "take promiscuous_relay and relay_mail_from out of sendmail.mc, and list relays in "
	  "/etc/mail/access" },
	{ PROTOCOL_SMTP, "OpenSMTPD",
	  "let 'match ... for any action' apply to 'from local' or 'auth' only" },
	{ PROTOCOL_SMTP, "Microsoft",
	  "take Ms-Exch-SMTP-Accept-Any-Recipient from NT AUTHORITY\\ANONYMOUS LOGON on the "
	  "receive "
	  "connector, and narrow its RemoteIPRanges" },
	{ PROTOCOL_SMTP, "qmail",
	  "give the server a control/rcpthosts with your domains, and set RELAYCLIENT for your own "
	  "networks only" },
	{ PROTOCOL_SMTP, "Haraka",
	  "list your own hosts only in config/relay_acl_allow, and your domains only in what the "
	  "rcpt_to plugins read (config/host_list)" },
	{ PROTOCOL_SMTP, "Courier",
	  "set RELAYCLIENT in smtpaccess for your own networks only and run makesmtpaccess, and "
	  "list your domains only in esmtpacceptmailfor.dir" },
	{ PROTOCOL_SMTP, "Apache James",
	  "in smtpserver.xml set authRequired, and narrow authorizedAddresses to your own hosts" },
	{ PROTOCOL_SMTP, "Stalwart",
	  "let allowRelaying of the RCPT TO stage hold for authenticated sessions only, which is "
	  "its default" },
	{ PROTOCOL_SMTP, NULL,
	  "let the server take mail from strangers for your own domains only, and require "
	  "authentication for all others" },
	{ PROTOCOL_LMTP, NULL, "let only your own mail server reach the LMTP port" },
};

static bool begins(const char *software, const char *name)
{
	return software != NULL && span_starts_nocase(span_text(software), name);
}

/* What no setting of the server's alone closes. */
static const char balancer_line[] =
    "strangers come to the server under the address of a balancer or a NAT: take that out of those "
    "that may relay, and let the balancer say who its clients are (PROXY protocol; in Postfix "
    "smtpd_upstream_proxy_protocol)";

/* Squid's default, and what RFC 9110, 9.3.6 asks of every proxy that tunnels. */
static const char proxy_line[] =
    "let the proxy serve your own clients only, and let it connect to no mail port (Squid: "
    "'http_access deny CONNECT !SSL_ports', with 443 alone in SSL_ports)";

/* From issues 3598 and 5242 of mailcow-dockerized, and 1405 of docker-mailserver. */
static const struct {
	uint8_t family, refuses_at;
	const char *line;
} twin_rows[] = {
	{ 6, 4,
	  "the same server refuses this over IPv4: look for IPv6 networks among those that may "
	  "relay, and for what hides strangers' addresses on the way over IPv6, as Docker's "
	  "userland "
	  "proxy does for a container without IPv6 (\"userland-proxy\": false in "
	  "/etc/docker/daemon.json)" },
	{ 4, 6,
	  "the same server refuses this over IPv6: look for IPv4 networks among those that may "
	  "relay, and for what hides strangers' addresses on the way over IPv4" },
	{ 4, 4,
	  "the same server refuses this at its other address: look for what stands between the "
	  "two" },
	{ 6, 6,
	  "the same server refuses this at its other address: look for what stands between the "
	  "two" },
};

/* What is particular first, then the rows of the software, else those of the protocol. */
uint32_t advice_for(const struct advice_case *of, const char *lines[ADVICE_MAX])
{
	uint32_t count = 0;
	uint32_t particular;

	if (of->proxy) { /* of the server behind it nothing is for us to set */
		lines[0] = proxy_line;
		return 1;
	}
	if (of->by_balancer)
		lines[count++] = balancer_line;
	for (size_t i = 0; i < ARRAY_COUNT(twin_rows); i++)
		if (twin_rows[i].family == of->family && twin_rows[i].refuses_at == of->refuses_at)
			lines[count++] = twin_rows[i].line;
	particular = count;
	for (size_t i = 0; i < ARRAY_COUNT(rows) && count < ADVICE_MAX; i++)
		if (rows[i].protocol == of->protocol && rows[i].software != NULL &&
		    begins(of->software, rows[i].software))
			lines[count++] = rows[i].line;
	for (size_t i = 0; count == particular && i < ARRAY_COUNT(rows); i++)
		if (rows[i].protocol == of->protocol && rows[i].software == NULL)
			lines[count++] = rows[i].line;
	return count;
}
