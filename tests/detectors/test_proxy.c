/* Mail that comes through a proxy of ours (P28), and what must not be held against it. */
#include "detectors/scene.h"

#include <criterion/criterion.h>
#include <string.h>

#define PROXY "192.0.2.128"
#define PORT 3128
#define OURS "192.0.2.25"
#define FAR "198.51.100.25"
#define STRANGER "203.0.113.5"
#define TRUSTED "192.0.2.98"
#define FOREIGN "lena@o.example"
#define OWN "anna@example.com"

/* What was seen beside the session with the proxy. */
enum beside { NOTHING, LEAVES = 1, MX_FAR = 2, MX_OURS = 4, MX_NAME = 8, TO_OURS = 16 };

struct row {
	const char *what;
	struct mail mail; /* client, to, and what is not ordinary */
	enum beside beside;
	bool no_site;
	const char *verdict, *posture;
};

static const struct row rows[] = {
	{ "P28 a stranger's mail to an exchanger outside",
	  { .client = STRANGER, .to = FOREIGN },
	  NOTHING,
	  false,
	  "open_relay",
	  "open" },
	{ "P28 it is seen to leave",
	  { .client = STRANGER, .to = FOREIGN },
	  LEAVES,
	  false,
	  "open_relay_confirmed",
	  "open" },
	{ "P28 it is seen to leave, nothing is configured",
	  { .client = STRANGER, .to = FOREIGN },
	  LEAVES,
	  true,
	  "open_relay_confirmed",
	  "open" },
	{ "the exchangers are others'",
	  { .client = STRANGER, .to = FOREIGN },
	  MX_FAR,
	  true,
	  "open_relay",
	  "open" },
	{ "twin: the recipient is ours",
	  { .client = STRANGER, .to = OWN },
	  NOTHING,
	  false,
	  "benign",
	  "unknown" },
	{ "twin: ours, handed to our own server",
	  { .client = STRANGER, .to = OWN },
	  TO_OURS,
	  false,
	  "benign",
	  "unknown" },
	{ "twin: the exchanger is ours, nothing is configured",
	  { .client = STRANGER, .to = OWN },
	  MX_OURS | TO_OURS,
	  true,
	  "benign",
	  "unknown" },
	{ "twin: the exchanger has a name and no address, nothing is configured",
	  { .client = STRANGER, .to = OWN },
	  MX_NAME,
	  true,
	  "benign",
	  "unknown" },
	{ "twin: whose domain it is nobody knows",
	  { .client = STRANGER, .to = FOREIGN },
	  NOTHING,
	  true,
	  "benign",
	  "unknown" },
	{ "twin: a client that may send",
	  { .client = TRUSTED, .to = FOREIGN },
	  LEAVES,
	  false,
	  "benign",
	  "unknown" },
	{ "twin: a neighbour, nothing is configured",
	  { .client = TRUSTED, .to = FOREIGN },
	  LEAVES,
	  true,
	  "benign",
	  "unknown" },
	{ "twin: the proxy asked who it is",
	  { .client = STRANGER, .to = FOREIGN, .via_login = VIA_LOGIN_TAKEN },
	  LEAVES,
	  false,
	  "benign",
	  "unknown" },
	{ "twin: it said who it is, unasked",
	  { .client = STRANGER, .to = FOREIGN, .via_login = VIA_LOGIN_OFFERED },
	  NOTHING,
	  false,
	  "benign",
	  "unknown" },
	{ "twin: the far server let it in",
	  { .client = STRANGER, .to = FOREIGN, .auth = AUTH_OK },
	  LEAVES,
	  false,
	  "benign",
	  "unknown" },
	{ "twin: the far server does not relay",
	  { .client = STRANGER, .to = FOREIGN, .verdict = RECIPIENT_DENIED_RELAY },
	  NOTHING,
	  false,
	  "relay_denied",
	  "unknown" },
	{ "twin: the far server does not know the user",
	  { .client = STRANGER, .to = FOREIGN, .verdict = RECIPIENT_DENIED_USER },
	  NOTHING,
	  false,
	  "benign",
	  "unknown" },
	{ "twin: one of ours, who reaches a submission port outside",
	  { .client = "192.0.2.200", .to = FOREIGN },
	  LEAVES,
	  false,
	  "benign",
	  "unknown" },
	{ "twin: a program on the proxy itself",
	  { .client = "127.0.0.1", .to = FOREIGN },
	  LEAVES,
	  true,
	  "benign",
	  "unknown" },
	{ "the far server calls itself what we are",
	  { .client = STRANGER, .to = FOREIGN, .banner = "mx.o.example ESMTP" },
	  MX_FAR,
	  true,
	  "open_relay",
	  "open" },
};

static void play_row(struct scene *s, const struct row *row)
{
	struct mail mail = row->mail, onward = row->mail;

	mail.at = 10;
	mail.server = PROXY;
	mail.port = PORT;
	mail.via = FAR ":25";
	mail.message_id = "1@x.example";
	mail.body = "a body";
	onward.at = 10.1;
	onward.client = PROXY;
	onward.server = (row->beside & TO_OURS) != 0 ? OURS : FAR;
	onward.message_id = mail.message_id;
	onward.body = mail.body;
	if (!row->no_site)
		scene_site(s);
	if ((row->beside & MX_FAR) != 0)
		scene_mx(s, 1, PROXY, "o.example", "mx.o.example", FAR);
	if ((row->beside & MX_OURS) != 0)
		scene_mx(s, 1, PROXY, "example.com", "mx.example.com", OURS);
	if ((row->beside & MX_NAME) != 0)
		scene_mx(s, 1, PROXY, "example.com", "mx.example.com", NULL);
	scene_mail(s, &mail);
	if ((row->beside & (LEAVES | TO_OURS)) != 0)
		scene_mail(s, &onward);
}

Test(proxy, mail_through_it)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		for (int backwards = 0; backwards < 2; backwards++) {
			struct scene *s = scene_new();
			bool open = strcmp(rows[i].posture, "open") == 0;

			play_row(s, &rows[i]);
			if (backwards)
				scene_play_backwards(s);
			else
				scene_play(s);
			cr_expect_str_eq(scene_verdict(s, rows[i].mail.client, PROXY, PORT),
					 rows[i].verdict, "%s, %d: %s", rows[i].what, backwards,
					 scene_verdict(s, rows[i].mail.client, PROXY, PORT));
			cr_expect_str_eq(scene_posture(s, PROXY, PORT), rows[i].posture,
					 "%s, %d: %s", rows[i].what, backwards,
					 scene_posture(s, PROXY, PORT));
			cr_expect_eq(scene_alerts(s, ALERT_RAISED), open, "%s", rows[i].what);
			if (open)
				cr_expect_not_null(
				    strstr(scene_last_alert_reason(s), "the proxy " PROXY),
				    "%s: %s", rows[i].what, scene_last_alert_reason(s));
			scene_free(&s);
		}
	}
}

/* Of a stranger it is said, held against nobody; of one who may send it is not. */
Test(proxy, the_way_is_told)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scene *s = scene_new();
		bool stranger = strcmp(rows[i].mail.client, STRANGER) == 0 &&
				rows[i].mail.via_login == VIA_LOGIN_NONE &&
				rows[i].mail.auth == AUTH_NONE;

		play_row(s, &rows[i]);
		scene_play(s);
		cr_expect_eq(scene_has_rule(s, rows[i].mail.client, PROXY, PORT, "through_proxy"),
			     stranger, "%s", rows[i].what);
		scene_free(&s);
	}
}

/* Far servers' words are not the proxy's: neither their names nor their refusals are its own. */
Test(proxy, far_servers_teach_nothing_of_it)
{
	struct scene *s = scene_new();
	const struct mail refused = { .at = 1,
				      .client = STRANGER,
				      .server = PROXY,
				      .port = PORT,
				      .to = "nobody@o.example",
				      .via = FAR ":25",
				      .verdict = RECIPIENT_DENIED_USER,
				      .banner = "mx.o.example ESMTP Postfix" };
	const struct mail taken = { .at = 2,
				    .client = STRANGER,
				    .server = PROXY,
				    .port = PORT,
				    .to = FOREIGN,
				    .via = FAR ":25",
				    .banner = "mx.o.example ESMTP Postfix" };

	scene_site(s);
	scene_mail(s, &refused);
	scene_mail(s, &taken);
	scene_session(s, 3, STRANGER, PROXY, PORT, NULL, TLS_NONE);
	scene_play(s);
	cr_expect_str_eq(scene_verdict(s, STRANGER, PROXY, PORT), "open_relay");
	cr_expect_str_eq(scene_ownership(s, STRANGER, PROXY, PORT), "foreign");
	scene_free(&s);
}
