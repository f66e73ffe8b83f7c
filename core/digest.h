/*
 * digest - cryptographic digests (OpenSSL stays behind this file)
 *
 * In:      bytes.
 * Out:     SHA-256, and the Community ID of a connection (Corelight's specification, version 1,
 *          seed 0: "1:" and the base64 of a SHA-1).
 * Limits:  -
 * Errors:  RESULT_FAILED when the library refuses.
 * Owner:   the caller's buffers.
 */
#ifndef RELAYWATCH_CORE_DIGEST_H
#define RELAYWATCH_CORE_DIGEST_H

#include "core/conversation.h"

#define SHA256_BYTES 32
#define COMMUNITY_ID_MAX 40

MUST_USE enum result digest_sha256(const void *data, size_t length_bytes,
				   uint8_t out[SHA256_BYTES]);
/* Two hexadecimal digits a byte; out holds 2 * length_bytes + 1. */
void digest_hex(const uint8_t *data, size_t length_bytes, char *out);
MUST_USE enum result digest_community_id(const struct connection *connection,
					 char out[COMMUNITY_ID_MAX]);
const char *digest_library_version(void); /* of OpenSSL, for --version */

#endif
