#include "sinks/redis_answer.h"

#include "core/text.h"

struct answer {
	const char *begins; /* the first words of the refusal */
	const char *mend;
	bool names_key;
};

/* The error codes of Redis 7; the last row is for all others. */
static const struct answer answers[] = {
	{ "NOAUTH", "Redis wants a password: set RELAYWATCH_REDIS_PASSWORD or redis_password_file",
	  false },
	{ "WRONGPASS", "Redis knows no such user and password: correct them", false },
	{ "ERR invalid password", "Redis does not take this password: correct it", false },
	{ "ERR AUTH",
	  "Redis wants no password: unset RELAYWATCH_REDIS_PASSWORD and "
	  "redis_password_file",
	  false },
	{ "ERR Client sent AUTH",
	  "Redis wants no password: unset RELAYWATCH_REDIS_PASSWORD and "
	  "redis_password_file",
	  false },
	{ "WRONGTYPE",
	  "holds something else than redis_mode writes: name another with redis_key, "
	  "or delete it",
	  true },
	{ "LOADING", "Redis is still loading its data: wait until it is done", false },
	{ "READONLY", "this Redis is a replica: name the primary", false },
	{ "OOM", "Redis is full: raise its maxmemory", false },
	{ "MOVED", "is kept by another node of a Redis Cluster: name that one", true },
	{ "CLUSTERDOWN", "the Redis Cluster is down: bring its nodes up", false },
	{ "MASTERDOWN", "this Redis has lost its primary: name one that is up", false },
	{ "NOPERM", "may not be written by this user: give it the right with ACL SETUSER", true },
	{ "MISCONF", "Redis cannot save to its disk and takes no writes: see its log", false },
	{ "BUSY", "Redis is busy with a script: wait, or end it with SCRIPT KILL", false },
	{ "NOREPLICAS", "Redis has too few replicas to take writes: bring them up", false },
	{ "DENIED", "Redis is in protected mode: set a password, or bind it to this address",
	  false },
	{ "ERR DB index", "this Redis has no database of that number: correct the URL", false },
	{ "ERR max number of clients", "Redis has no room for one more client: raise maxclients",
	  false },
	{ "ERR unknown command",
	  "this server does not know streams: Redis 5 or later is needed, "
	  "or redis_mode list",
	  false },
	{ "", "Redis refuses", false },
};

/* Which row is it? */
unsigned redis_answer_kind(struct span refusal)
{
	unsigned i = 0;

	while (i < ARRAY_COUNT(answers) - 1 && !span_starts_nocase(refusal, answers[i].begins))
		i++;
	return i;
}

/* The mend first, then Redis's own words. */
void redis_answer_explain(struct span refusal, const char *key, struct error *out)
{
	const struct answer *answer = &answers[redis_answer_kind(refusal)];
	struct text own_words;

	text_init(&own_words, 200);
	text_add_printable(&own_words, refusal);
	if (answer->names_key)
		(void)error_set(out, RESULT_FAILED, "the key '%s' %s (%s)", key, answer->mend,
				text_get(&own_words));
	else
		(void)error_set(out, RESULT_FAILED, "%s (%s)", answer->mend, text_get(&own_words));
	text_clear(&own_words);
}
