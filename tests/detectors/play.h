/*
 * play - a table of short scenes: some mails in their order, and what is said of one pair
 *
 * In:      what differs from the ordinary: struct roles, struct mail.
 * Out:     plays_check fails the test where the verdict or the number of alerts is another.
 * Limits:  PLAY_MAILS_MAX mails.
 * Errors:  see scene.h.
 * Owner:   plain tables.
 */
#ifndef RELAYWATCH_TESTS_DETECTORS_PLAY_H
#define RELAYWATCH_TESTS_DETECTORS_PLAY_H

#include "detectors/scene.h"

#define SERVER "192.0.2.25"
#define STRANGER "203.0.113.5"
#define EXCHANGER "198.51.100.7"
#define OURS "user@example.com"
#define THEIRS "victim@foreign.example"

#define PLAY_MAILS_MAX 6

/* Roles beside those of scene_site. */
struct roles {
	const char *relay_to, *mta_chain, *smarthost, *proxy;
	bool nothing_said; /* no site at all */
};

/* Mails in their order, and what is said of one pair. */
struct play {
	const char *what;
	struct roles roles;
	struct mail mails[PLAY_MAILS_MAX];
	const char *client, *server; /* NULL: STRANGER at SERVER */
	uint16_t port;               /* 0: 25 */
	const char *verdict;
	size_t alerts;
};

/* Play each; ten seconds pass between two mails, and all are one message unless said otherwise. */
void plays_check(const struct play *plays, size_t count);

#endif
