#include "protocols/smtp_state.h"

#include <string.h>

/*
 * AUTH (RFC 4954). Of what the client sends only the user's name is kept, where the mechanism
 * shows it; the decoded bytes are wiped at once.
 */

#define DECODED_MAX_BYTES 3072 /* of a line of LINE_MAX_BYTES */

static int base64_value(uint8_t byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return byte - 'A';
	if (byte >= 'a' && byte <= 'z')
		return byte - 'a' + 26;
	if (ascii_is_digit(byte))
		return byte - '0' + 52;
	if (byte == '+')
		return 62;
	return byte == '/' ? 63 : -1;
}

/* Decode as far as it is base64 (RFC 4648); gives the length. */
static size_t base64_decode(struct span text, uint8_t out[DECODED_MAX_BYTES])
{
	uint32_t bits = 0;
	int bit_count = 0;
	size_t n = 0;

	for (size_t i = 0; i < text.length; i++) {
		int value = base64_value(text.data[i]);

		if (value < 0)
			break;
		bits = (bits << 6 | (uint32_t)value) & 0xffffff;
		bit_count += 6;
		if (bit_count < 8)
			continue;
		bit_count -= 8;
		if (n < DECODED_MAX_BYTES)
			out[n++] = (uint8_t)(bits >> bit_count);
	}
	return n;
}

static void keep_user(struct smtp *s, struct span user)
{
	struct span kept = span_part(user, 0, sizeof(s->auth.user));

	if (kept.length > 0)
		memcpy(s->auth.user, kept.data, kept.length);
	s->auth.user_length = kept.length;
}

/* RFC 4616: authzid NUL authcid NUL password. */
static void user_plain(struct smtp *s, struct span decoded)
{
	size_t first = span_find_byte(decoded, '\0');
	struct span authzid, rest;

	if (first == SPAN_NOT_FOUND)
		return;
	authzid = span_part(decoded, 0, first);
	rest = span_part(decoded, first + 1, SIZE_MAX);
	rest = span_part(rest, 0, span_find_byte(rest, '\0'));
	keep_user(s, rest.length > 0 ? rest : authzid);
}

/* The first line is the name, the second the password. */
static void user_whole(struct smtp *s, struct span decoded)
{
	keep_user(s, decoded);
}

/* RFC 2195: name SP digest; the digest is the last word. */
static void user_cram(struct smtp *s, struct span decoded)
{
	size_t blank = span_find_last_byte(decoded, ' ');

	if (blank != SPAN_NOT_FOUND)
		keep_user(s, span_part(decoded, 0, blank));
}

/* The value behind a mark, to the end that the mechanism has. */
static void keep_between(struct smtp *s, struct span decoded, const char *mark, uint8_t end)
{
	size_t start = span_find_nocase(decoded, mark);
	struct span rest;

	if (start == SPAN_NOT_FOUND)
		return;
	rest = span_part(decoded, start + strlen(mark), SIZE_MAX);
	keep_user(s, span_part(rest, 0, span_find_byte(rest, end)));
}

static void user_xoauth2(struct smtp *s, struct span decoded)
{
	keep_between(s, decoded, "user=", 1);
}

/* RFC 7628: n,a=name,^A... */
static void user_oauthbearer(struct smtp *s, struct span decoded)
{
	keep_between(s, decoded, "a=", ',');
}

/* RFC 5802: n,,n=name,r=nonce */
static void user_scram(struct smtp *s, struct span decoded)
{
	keep_between(s, decoded, ",n=", ',');
}

/* RFC 2831: username="name" */
static void user_digest(struct smtp *s, struct span decoded)
{
	keep_between(s, decoded, "username=\"", '"');
}

static const struct mechanism {
	const char *name; /* or how it begins */
	void (*user)(struct smtp *s, struct span decoded);
} mechanisms[] = {
	{ "PLAIN", user_plain },
	{ "LOGIN", user_whole },
	{ "CRAM-MD5", user_cram },
	{ "XOAUTH2", user_xoauth2 },
	{ "OAUTHBEARER", user_oauthbearer },
	{ "SCRAM-", user_scram },
	{ "DIGEST-MD5", user_digest },
	{ "EXTERNAL", user_whole },
};

/* Read the name out of the first response; later ones hold secrets alone. */
static void read_response(struct smtp *s, struct span response)
{
	uint8_t decoded[DECODED_MAX_BYTES];
	struct span name = span_of(s->auth.mechanism, s->auth.mechanism_length);
	size_t length;

	if (s->auth.responses++ > 0)
		return;
	length = base64_decode(span_trim(response), decoded);
	for (size_t i = 0; i < ARRAY_COUNT(mechanisms); i++) {
		if (!span_starts_nocase(name, mechanisms[i].name))
			continue;
		mechanisms[i].user(s, span_of(decoded, length));
		break;
	}
	explicit_bzero(decoded, sizeof(decoded));
}

/* AUTH mechanism [initial-response] */
void smtp_auth_begin(struct smtp *s, struct span argument)
{
	size_t blank = span_find_byte(argument, ' ');
	struct span name = span_part(argument, 0, blank);

	name = span_part(name, 0, sizeof(s->auth.mechanism));
	s->auth = (struct auth_exchange){ .mechanism_length = name.length };
	if (name.length > 0)
		memcpy(s->auth.mechanism, name.data, name.length);
	if (blank != SPAN_NOT_FOUND)
		read_response(s, span_part(argument, blank, SIZE_MAX));
}

/* A line of the exchange; "*" gives it up, and the server says 501. */
void smtp_auth_response(struct smtp *s, struct span line)
{
	if (!span_is_nocase(span_trim(line), "*"))
		read_response(s, line);
}

/* The server's word: another line is wanted, yes, or no. */
void smtp_auth_done(struct smtp *s, const struct fact_reply *reply)
{
	enum auth_result result = AUTH_NONE;

	if (reply != NULL && reply->code >= 300 && reply->code < 400) {
		s->mode = CLIENT_SASL;
		return;
	}
	if (reply != NULL)
		result = reply->code < 300 ? AUTH_OK : AUTH_FAILED;
	/* It may be the word on a later command: only 235 is on this one alone (RFC 4954, 6). */
	if (s->auth.line_lost && result == AUTH_OK && reply->code != 235)
		result = AUTH_NONE;
	session_auth(s->session, span_of(s->auth.mechanism, s->auth.mechanism_length),
		     span_of(s->auth.user, s->auth.user_length), result, reply, s->now.time_ns,
		     s->now.at);
	s->auth = (struct auth_exchange){ 0 };
	line_clear(&s->client_line);
}

/*
 * 334 and 235 answer AUTH alone (RFC 4954, 4 and 6): it goes on, or was let in, also where its words
 * were not captured.
 */
bool smtp_auth_unasked(struct smtp *s, const struct fact_reply *reply)
{
	if (reply->code == 334 && s->blind && s->mode == CLIENT_COMMAND) {
		s->auth = (struct auth_exchange){ .line_lost = true, .responses = 1 };
		s->mode = CLIENT_SASL;
		return true;
	}
	if (reply->code != 235)
		return false;
	if (s->mode == CLIENT_SASL)
		s->mode = CLIENT_COMMAND;
	smtp_auth_done(s, reply);
	return true;
}
