#include "core/digest.h"

#include <openssl/evp.h>
#include <string.h>

#define IP_PROTOCOL_TCP 6

/* SHA-256 at one go. */
enum result digest_sha256(const void *data, size_t length_bytes, uint8_t out[SHA256_BYTES])
{
	if (EVP_Digest(data, length_bytes, out, NULL, EVP_sha256(), NULL) != 1)
		return RESULT_FAILED;
	return RESULT_OK;
}

/* Print bytes in hexadecimal. */
void digest_hex(const uint8_t *data, size_t length_bytes, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length_bytes; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	out[2 * length_bytes] = '\0';
}

static size_t put(uint8_t *to, size_t at, const void *bytes, size_t n)
{
	memcpy(to + at, bytes, n);
	return at + n;
}

static size_t put_port(uint8_t *to, size_t at, uint16_t port)
{
	uint8_t bytes[2] = { (uint8_t)(port >> 8), (uint8_t)port };

	return put(to, at, bytes, sizeof(bytes));
}

/* The smaller end point goes first, so that both directions have one id. */
enum result digest_community_id(const struct connection *c, char out[COMMUNITY_ID_MAX])
{
	size_t n = c->client.family == 4 ? 4 : 16;
	int order = memcmp(c->client.bytes, c->server.bytes, n);
	bool client_first = order < 0 || (order == 0 && c->client_port < c->server_port);
	const struct ip_address *a = client_first ? &c->client : &c->server;
	const struct ip_address *b = client_first ? &c->server : &c->client;
	uint8_t bytes[2 + 16 + 16 + 2 + 4] = { 0 }; /* begins with the seed, 0 */
	uint8_t sha1[20];
	size_t at = 2;

	at = put(bytes, at, a->bytes, n);
	at = put(bytes, at, b->bytes, n);
	at = put(bytes, at, (const uint8_t[]){ IP_PROTOCOL_TCP, 0 }, 2);
	at = put_port(bytes, at, client_first ? c->client_port : c->server_port);
	at = put_port(bytes, at, client_first ? c->server_port : c->client_port);
	if (EVP_Digest(bytes, at, sha1, NULL, EVP_sha1(), NULL) != 1)
		return RESULT_FAILED;
	memcpy(out, "1:", 2);
	EVP_EncodeBlock((unsigned char *)out + 2, sha1, sizeof(sha1));
	return RESULT_OK;
}

/* For --version. */
const char *digest_library_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}
