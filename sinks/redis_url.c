#include "sinks/redis_url.h"

#include "core/span.h"

#include <string.h>

#define PORT_DEFAULT 6379
#define WANTED "redis://[USER@]HOST[:PORT][/DB] or unix:/PATH"

static const struct {
	const char *scheme;
	const char *answer;
} not_taken[] = {
	{ "rediss:", "TLS is not in the installed hiredis; use redis:// through a TLS tunnel" },
	{ "redis+sentinel:", "Sentinel is not built yet; name the primary with redis://" },
	{ "redis+cluster:", "Cluster is not built yet; name the node of the key with redis://" },
};

/* A number of digits only, up to most. */
static enum result read_number(struct span text, uint32_t most, uint32_t *out)
{
	uint32_t number = 0;

	if (text.length == 0 || text.length > 9)
		return RESULT_BAD;
	for (size_t i = 0; i < text.length; i++) {
		if (!ascii_is_digit(text.data[i]))
			return RESULT_BAD;
		number = 10 * number + (uint32_t)(text.data[i] - '0');
	}
	if (number > most)
		return RESULT_BAD;
	*out = number;
	return RESULT_OK;
}

static enum result copy_part(struct span part, char *out, size_t out_size)
{
	if (part.length == 0 || part.length >= out_size)
		return RESULT_BAD;
	memcpy(out, part.data, part.length);
	out[part.length] = '\0';
	return RESULT_OK;
}

/* HOST, HOST:PORT, [IPv6], [IPv6]:PORT */
static enum result read_host(struct span text, struct redis_address *address)
{
	size_t close = span_find_byte(text, ']');
	bool bracketed = text.length > 0 && text.data[0] == '[' && close != SPAN_NOT_FOUND;
	size_t end = bracketed ? close + 1 : span_find_byte(text, ':');
	struct span rest = end == SPAN_NOT_FOUND ? span_of(NULL, 0)
						 : span_part(text, end, SIZE_MAX);
	struct span host = bracketed ? span_part(text, 1, close - 1) : span_part(text, 0, end);
	uint32_t port = PORT_DEFAULT;

	if (copy_part(host, address->host, sizeof(address->host)) != RESULT_OK)
		return RESULT_BAD;
	if (rest.length > 0 && (rest.data[0] != ':' || read_number(span_part(rest, 1, SIZE_MAX),
								   65535, &port) != RESULT_OK))
		return RESULT_BAD;
	address->port = (uint16_t)port;
	return port == 0 ? RESULT_BAD : RESULT_OK;
}

/* What stands before the @. */
static enum result read_user(struct span text, struct redis_address *address, struct error *error)
{
	if (span_find_byte(text, ':') != SPAN_NOT_FOUND)
		return error_set(
		    error, RESULT_BAD,
		    "a password in the URL of Redis can be read by everybody on this "
		    "host; put it in RELAYWATCH_REDIS_PASSWORD or redis_password_file");
	if (copy_part(text, address->user, sizeof(address->user)) != RESULT_OK)
		return error_set(error, RESULT_BAD, "the user in the URL of Redis is %s",
				 text.length == 0 ? "empty" : "too long");
	return RESULT_OK;
}

static enum result read_tcp(struct span rest, const char *url, struct redis_address *address,
			    struct error *error)
{
	size_t at = span_find_last_byte(rest, '@');
	size_t slash;
	struct span database;

	if (at != SPAN_NOT_FOUND) {
		if (read_user(span_part(rest, 0, at), address, error) != RESULT_OK)
			return RESULT_BAD;
		rest = span_part(rest, at + 1, SIZE_MAX);
	}
	slash = span_find_byte(rest, '/');
	database = slash == SPAN_NOT_FOUND ? span_of(NULL, 0)
					   : span_part(rest, slash + 1, SIZE_MAX);
	if (database.length > 0 && read_number(database, 999999, &address->database) != RESULT_OK)
		return error_set(error, RESULT_BAD, "'%.*s' is no number of a database",
				 (int)database.length, (const char *)database.data);
	if (read_host(span_part(rest, 0, slash), address) == RESULT_OK)
		return RESULT_OK;
	/* With a user in it the URL is not repeated: what was meant may have been a password. */
	return error_set(error, RESULT_BAD, "'%s' is no URL of Redis: " WANTED,
			 at == SPAN_NOT_FOUND ? url : "redis://...");
}

/* unix:/PATH, unix:///PATH, either with ?db=N */
static enum result read_unix(struct span rest, const char *url, struct redis_address *address,
			     struct error *error)
{
	struct span number;
	size_t query;

	if (span_starts_nocase(rest, "//"))
		rest = span_part(rest, 2, SIZE_MAX);
	query = span_find_byte(rest, '?');
	number = query == SPAN_NOT_FOUND ? span_of(NULL, 0) : span_part(rest, query, SIZE_MAX);
	address->is_unix = true;
	if (number.length > 0 &&
	    (!span_starts_nocase(number, "?db=") ||
	     read_number(span_part(number, 4, SIZE_MAX), 999999, &address->database) != RESULT_OK))
		return error_set(error, RESULT_BAD, "'%s' is no URL of Redis: " WANTED, url);
	if (rest.length == 0 || rest.data[0] != '/' ||
	    copy_part(span_part(rest, 0, query), address->host, sizeof(address->host)) != RESULT_OK)
		return error_set(error, RESULT_BAD, "'%s' is no URL of Redis: " WANTED, url);
	return RESULT_OK;
}

/* Take a URL apart. */
enum result redis_url_parse(const char *url, struct redis_address *out, struct error *error)
{
	struct redis_address address = { 0 };
	struct span text = span_text(url);
	enum result r;

	for (size_t i = 0; i < ARRAY_COUNT(not_taken); i++)
		if (span_starts_nocase(text, not_taken[i].scheme))
			return error_set(error, RESULT_BAD, "%s", not_taken[i].answer);
	if (span_starts_nocase(text, "redis://"))
		r = read_tcp(span_part(text, strlen("redis://"), SIZE_MAX), url, &address, error);
	else if (span_starts_nocase(text, "unix:"))
		r = read_unix(span_part(text, strlen("unix:"), SIZE_MAX), url, &address, error);
	else
		r = error_set(error, RESULT_BAD, "this is no URL of Redis: " WANTED);
	if (r == RESULT_OK)
		*out = address;
	return r;
}
