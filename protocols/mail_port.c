#include "protocols/mail_port.h"

static const struct mail_port ports[] = {
	{ 24, PROTOCOL_LMTP, true, false },    /* "any private mail system"; LMTP by custom */
	{ 25, PROTOCOL_SMTP, true, false },    /* RFC 5321, 4.5.4.2 */
	{ 26, PROTOCOL_SMTP, false, false },   /* where a provider blocks 25 */
	{ 209, PROTOCOL_QMTP, true, false },   /* QMTP, section 7 */
	{ 465, PROTOCOL_SMTP, true, true },    /* RFC 8314, 3.3 */
	{ 587, PROTOCOL_SMTP, true, false },   /* RFC 6409, 3.1 */
	{ 628, PROTOCOL_QMQP, true, false },   /* IANA, qmqp */
	{ 2525, PROTOCOL_SMTP, false, false }, /* where a provider blocks 25 and 587 */
	{ 6209, PROTOCOL_QMTP, true, true },   /* IANA, qmtps */
};

/* Look a port up. */
const struct mail_port *mail_port_find(uint16_t port)
{
	for (size_t i = 0; i < ARRAY_COUNT(ports); i++)
		if (ports[i].port == port)
			return &ports[i];
	return NULL;
}
