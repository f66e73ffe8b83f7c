#include "detectors/play.h"

#include <criterion/criterion.h>
#include <string.h>

static struct scene *set(const struct roles *roles)
{
	struct scene *s = scene_new();

	if (!roles->nothing_said)
		scene_site(s);
	if (roles->relay_to != NULL)
		scene_domain(s, SITE_RELAY_TO, roles->relay_to);
	if (roles->mta_chain != NULL)
		scene_net(s, SITE_MTA_CHAIN, roles->mta_chain);
	if (roles->smarthost != NULL)
		scene_net(s, SITE_SMARTHOST, roles->smarthost);
	if (roles->proxy != NULL)
		scene_net(s, SITE_PROXY, roles->proxy);
	return s;
}

static void play_it(const struct play *play)
{
	const char *client = play->client == NULL ? STRANGER : play->client;
	const char *server = play->server == NULL ? SERVER : play->server;
	uint16_t port = play->port == 0 ? 25 : play->port;
	struct scene *s = set(&play->roles);

	for (size_t i = 0; i < PLAY_MAILS_MAX && play->mails[i].to != NULL; i++) {
		struct mail m = play->mails[i];

		if (m.at == 0)
			m.at = 10 * (double)(i + 1);
		if (m.client == NULL)
			m.client = STRANGER;
		if (m.server == NULL)
			m.server = SERVER;
		if (m.message_id == NULL)
			m.message_id = "id@sender.example";
		if (m.body == NULL)
			m.body = "text";
		if (m.port == 0 && strcmp(m.server, server) == 0)
			m.port = port;
		scene_mail(s, &m);
	}
	scene_play(s);
	cr_expect_str_eq(scene_verdict(s, client, server, port), play->verdict, "%s: %s",
			 play->what, scene_verdict(s, client, server, port));
	cr_expect_eq(scene_alerts(s, ALERT_RAISED), play->alerts, "%s: %zu alerts", play->what,
		     scene_alerts(s, ALERT_RAISED));
	scene_free(&s);
}

void plays_check(const struct play *plays, size_t count)
{
	for (size_t i = 0; i < count; i++)
		play_it(&plays[i]);
}
