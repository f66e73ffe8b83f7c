/*
 * message - a message as it passes: head fields that matter, and a digest of the body
 *
 * In:      the message's bytes without transport framing (dots unstuffed, netstring and encoding
 *          byte gone), in pieces of any size; lines end in CRLF or LF.
 * Out:     Message-ID, From, Date, Return-Path, X-Originating-IP, Received lines, list and automatic
 *          marks; a digest of the body (body_digest.h).
 * Limits:  one head line (unfolded, 2 KB; longer ones are cut), FACT_TRACE_MAX Received lines;
 *          nothing of the body is kept.
 * Errors:  a gap in the head leaves head_complete false; a gap in the body leaves the digest
 *          unknown.
 * Owner:   embedded in a transaction, which charges it to the budget; spans in message_info are
 *          lent until the message changes.
 *
 * The digest is of the body after the head, so that what relays add to the head does not change
 * it. Line ends count as LF; blank lines at the end are left out; so are blanks at the end of
 * lines. It does not survive a footer or a conversion from 8-bit to quoted-printable: then
 * Message-ID and recipient must do.
 */
#ifndef RELAYWATCH_PROTOCOLS_MESSAGE_H
#define RELAYWATCH_PROTOCOLS_MESSAGE_H

#include "core/fact.h"

struct message;

struct message_info {
	struct span message_id;  /* without < and > */
	struct span header_from; /* the address alone */
	struct span date, return_path;
	struct ip_address originating; /* X-Originating-IP; family 0: none */
	const struct fact_trace *trace;
	uint32_t trace_count;
	bool has_list_headers, is_automatic, head_complete;
	uint64_t bytes;      /* of the whole message, line ends as CRLF, missing bytes counted */
	uint64_t body_bytes; /* that the digest is about */
	uint8_t digest[16];
	bool digest_known; /* the whole body was seen and is not empty */
};

MUST_USE enum result message_new(struct message **out);
void message_free(struct message **message);
size_t message_memory_bytes(void); /* of one message, for the budget */
void message_feed(struct message *message, struct span bytes);
void message_gap(struct message *message, uint64_t length_bytes);
/* No more will come; may be asked for once or several times after. */
void message_finish(struct message *message);
void message_info_get(const struct message *message, struct message_info *out);
const char *message_library_version(void); /* of xxHash, for --version */

#endif
