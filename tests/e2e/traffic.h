/*
 * traffic - captures that nobody could record: very many strangers, hostile bytes
 *
 * In:      where the capture is to be written.
 * Out:     the file.
 * Limits:  TRAFFIC_STRANGERS_MAX strangers, one connection each.
 * Errors:  assertions of the test.
 * Owner:   -
 */
#ifndef RELAYWATCH_TESTS_E2E_TRAFFIC_H
#define RELAYWATCH_TESTS_E2E_TRAFFIC_H

#include <stddef.h>

#define TRAFFIC_STRANGERS_MAX 60000

/* The server of all of it, as alerts name it. */
#define TRAFFIC_RELAY "192.0.2.25:209/qmtp"

/* Each stranger hands one message for a foreign domain to one QMTP server, which takes it. */
void traffic_strangers(const char *path, size_t strangers);

/* An SMTP session whose every text holds terminal escapes, HTML and bytes that are no UTF-8. */
void traffic_hostile(const char *path);

/* TLS and HTTP on mail ports, and nothing else: no mail session at all. */
void traffic_no_mail(const char *path);

#endif
