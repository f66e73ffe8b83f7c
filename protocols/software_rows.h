/*
 * software_rows - what each mail server says that no other is known to say
 *
 * In:      -
 * Out:     three tables: words of greetings, keywords of EHLO's answer, words of replies. Each row
 *          names where it was read: a file of the product's own source or documentation, a
 *          collection of fingerprints, or a capture.
 * Limits:  a text that several products share names none of them.
 * Errors:  -
 * Owner:   constants.
 *
 *   "nmap"   nmap-service-probes, of nmap 7.93; "its program": the texts in what Debian 12 runs
 *   "recog"  xml/smtp_banners.xml of Rapid7's recog; "recog ehlo" is its xml/smtp_ehlo.xml
 */
#ifndef RELAYWATCH_PROTOCOLS_SOFTWARE_ROWS_H
#define RELAYWATCH_PROTOCOLS_SOFTWARE_ROWS_H

#include "core/fact.h"

/* A greeting's words in any case, or a keyword. */
struct software_words {
	const char *words;
	const char *name;
	const char *source;
};

enum software_place { AT_FRONT, ANYWHERE, WHOLE };

/*
 * A reply's words behind its enhanced code, in the case that stands here. {n} is a number, {id} a
 * queue's name of a message as Postfix makes it, {hex} 32 hexadecimal digits, {word} bytes up to
 * a blank.
 */
struct software_reply {
	uint16_t code; /* 0: any, and QMTP and QMQP */
	enum software_place place;
	bool habit; /* others are known to have copied it: what else is told counts more */
	const char *pattern;
	const char *name;
	const char *source;
};

extern const struct software_words software_greetings[];
extern const size_t software_greeting_count;
extern const struct software_words software_keywords[];
extern const size_t software_keyword_count;
extern const struct software_reply software_replies[];
extern const size_t software_reply_count;

#endif
