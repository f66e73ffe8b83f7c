/*
 * dns_message - read a message of the name service, as far as it is about where mail goes
 *
 * In:      a message (RFC 1035, 4.1): the payload of a datagram, or what stands behind its length
 *          in a stream.
 * Out:     its question; then, where they are wanted, its answers, aliases followed.
 * Limits:  DNS_MESSAGE_MAX_BYTES; DNS_RECORDS_MAX records of a section are looked at,
 *          DNS_ALIASES_MAX aliases followed, DNS_NAMES_MAX_BYTES of names kept; what comes past
 *          that is left out. Names that are chains of pointers make a message dear to read, so
 *          these are narrow.
 * Errors:  RESULT_BAD: malformed, cut, or too long.
 * Owner:   plain structs of the caller's. Spans in the answers point into the records and into the
 *          question's name.
 *
 * Names are lower case, with no dot at the end; bytes that are not printable, and dots inside a
 * label, stand as in a zone file (RFC 1035, 5.1): \046.
 */
#ifndef RELAYWATCH_PROTOCOLS_DNS_MESSAGE_H
#define RELAYWATCH_PROTOCOLS_DNS_MESSAGE_H

#include "core/fact.h"

#define DNS_NAME_MAX 1025 /* 255 bytes on the wire, written out */
/* Resolvers offer to take 4096 by UDP, at most; by TCP, answers with signatures are longer. */
#define DNS_MESSAGE_MAX_BYTES 16384
#define DNS_RECORDS_MAX 32
#define DNS_ALIASES_MAX 4
#define DNS_NAMES_MAX_BYTES 8192

struct dns_question {
	uint16_t id;
	bool is_answer;
	bool truncated; /* the whole answer is to be had by TCP */
	uint8_t rcode;
	enum dns_type type;
	size_t name_length;
	char name[DNS_NAME_MAX];
};

struct dns_records {
	struct fact_dns_answer answers[DNS_RECORDS_MAX];
	uint32_t answer_count;
	size_t names_used;
	char names[DNS_NAMES_MAX_BYTES];
};

/* RESULT_END: well-formed, but no question about MX, A or AAAA. */
MUST_USE enum result dns_question_read(struct span message, struct dns_question *out);
/* RESULT_END: the answer sends the asker elsewhere, and says nothing itself. */
MUST_USE enum result dns_records_read(struct span message, const struct dns_question *question,
				      struct dns_records *out);

#endif
